"""What a question is restricted to: services, accounts, regions, values of a tag; or leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from finops_repl.playbooks.dimensions import KEY, TAGS, Dimension, dimension_said, is_tag, tag_key
from finops_repl.playbooks.question import FILLER, NotUnderstood, Question, phrase
from finops_repl.playbooks.regions import CODE, REGION_NAMES, region_said
from finops_repl.playbooks.services import SERVICES, service_said
from finops_repl.playbooks.vocabulary import VOCABULARY

__all__ = ["Filter", "check_filters", "take_named_filters", "take_plain_filters"]

EXCEPT = (
    r"(?:excluding|excl\.?|without|except(?: for)?|other than|apart from|besides|ignoring"
    r"|not (?:including|counting))"
)
OUT = rf"(?:(?P<out>{EXCEPT}) (?:the )?)?"
LED = r"(?:(?:for|in|of|from|on) )?(?:the )?"
AND = r"(?:, ?| and |, and | or | plus | vs\.? | versus | with | against )"
"""What stands between the values of one list."""

SERVICE = "(?:" + "|".join(each.said for each in SERVICES) + ")"
CITIES = sorted((name.replace(".", r"\.") for name in REGION_NAMES), key=len, reverse=True)
REGION = rf"(?:{CODE}|{'|'.join(CITIES)})"
NO_NAME = "|".join((*map(re.escape, sorted(VOCABULARY | FILLER)), SERVICE, REGION))
QUOTED = r"\"[^\"]+\"|'[^']+'"
NAME = rf"(?:{QUOTED}|(?!(?:{NO_NAME})(?![\w@-]))[\w@][\w@-]*(?:\.[\w@-]+)*)"
KNOWN = "|".join(sorted(VOCABULARY | FILLER))
COMPOUND = rf"(?:\d{{12}}|(?!(?:{KNOWN})-|(?:{CODE})(?![\w-]))[A-Za-z]\w*(?:-\w+)+)"
"""A name that can be nothing but an account's: twelve digits, or words with dashes, of which the
first is none that "year-over-year" and the like begin with."""
NAMED_LAST = rf"(?:{QUOTED}|{COMPOUND})"


def _bare(said: str) -> str:
    return said.strip().strip("\"'")


def _list(item: str, kind: str = "") -> str:
    again = rf"(?:{kind} )?" if kind else ""
    return rf"{item}(?:{AND}(?:the )?{again}{item})*"


ACCOUNTS = r"(?:linked |member |usage )?accounts?(?: named| called| ids?)?"
TAG = "|".join(TAGS.values())

ACCOUNT = rf"{OUT}{LED}{ACCOUNTS} (?P<values>{_list(NAME, ACCOUNTS)})"
ACCOUNT_LAST = rf"{OUT}{LED}(?P<values>{_list(NAMED_LAST)}) {ACCOUNTS}"
LEFT_OUT = rf"{EXCEPT}|including|incl\.?|minus|gross of"
JOINED = re.compile(r"\b(?:and|or|nor|plus)\b|&")
ONLY = r"(?: (?:services?|alone|only))?"
SERVICES_SAID = rf"{OUT}{LED}(?:only )?(?P<values>{_list(SERVICE)}){ONLY}"
REGIONS_SAID = rf"{OUT}{LED}(?:regions? )?(?P<values>{_list(REGION)})(?: regions?)?"
COMPOUNDS = rf"{OUT}(?:for|in|of|from|on|did|does|compare) (?:the )?(?P<values>{_list(COMPOUND)})"
COMPOUNDS_FIRST = (
    rf"{OUT}(?P<values>{_list(COMPOUND)})(?='s\b| costs?\b| spen[dt]| bills?\b| share\b)"
)
TAGGED = rf"{OUT}{LED}(?:tagged|tag) (?P<key>{KEY}) ?(?:=|:|is) ?(?P<values>{NAME})"
TAG_VALUE = rf"{OUT}{LED}(?P<key>{TAG})(?: ?(?:=|:) ?| )(?P<values>{_list(NAME)})"
TAG_LAST = rf"{OUT}(?:for|in|of|from|on|did|does) (?:the )?(?P<values>{NAME}) (?P<key>{TAG})"


@dataclass(frozen=True, slots=True)
class Filter:
    """Values of one dimension as a question names them; `out`: all but these.

    Services are by their usual name, regions by their code; accounts and tags are looked for.
    `place` is where it stands in the question, `said` how.
    """

    of: Dimension
    values: tuple[str, ...]
    out: bool
    place: tuple[int, int]
    said: str

    @property
    def words(self) -> str:
        """As an answer names it: `EC2`, `account sim-web`, `without region us-east-1`."""
        listed = " and ".join(self.values)
        name = f"{tag_key(self.of)} " if is_tag(self.of) else f"{self.of} "
        text = listed if self.of == "service" else f"{name}{listed}"
        return f"without {text}" if self.out else text


def take_named_filters(question: Question) -> tuple[Filter, ...]:
    """Accounts and tags that are said to be such; taken before words that names may hold."""
    return (
        *_taken(question, "account", ACCOUNT, NAME),
        *_taken(question, "account", ACCOUNT_LAST, NAMED_LAST),
        *_taken(question, "", TAGGED, NAME),
        *_taken(question, "", TAG_VALUE, NAME),
        *_taken(question, "", TAG_LAST, NAME),
    )


def take_plain_filters(question: Question) -> tuple[Filter, ...]:
    """Services and regions, and names that can only be an account's."""
    return (
        *_taken(question, "service", SERVICES_SAID, SERVICE, lambda said: service_said(said).name),
        *_taken(question, "region", REGIONS_SAID, REGION, region_said),
        *_taken(question, "account", COMPOUNDS, COMPOUND),
        *_taken(question, "account", COMPOUNDS_FIRST, COMPOUND),
    )


def check_filters(question: Question, filters: Iterable[Filter]) -> None:
    """Raises `NotUnderstood` for filters that a word joins, or of which there are two of a kind.

    "S3 and account sim-web" is a sum of two things, which no filter is.
    """
    ordered = sorted(filters, key=lambda each: each.place)
    for first, second in pairwise(ordered):
        between = question.text[first.place[1] : second.place[0]].strip().lower()
        if first.out and not second.out and not between:
            raise NotUnderstood(
                f'I cannot tell whether "{second.said}" is left out with "{first.said}", or is '
                "what is asked for",
                hint=f'say "{second.said}" first, or ask for one of them at a time',
            )
        if between in ("and", "or", ", and", ", or", "plus") or (first.out and between == ","):
            raise NotUnderstood(
                f'I cannot sum "{first.said}" and "{second.said}" as one',
                hint="ask for one of them at a time",
            )
    left_out = phrase(LEFT_OUT).search(question.text)
    if left_out and _goes_on(question, ordered, left_out.end()):
        raise NotUnderstood(
            f'I cannot tell whether "{left_out[0]}" goes on behind "and"',
            hint="say what is left out at the end, in one list of services, accounts or charges",
        )
    kinds = [(each.of, each.out) for each in ordered]
    twice = next((each for each in ordered if kinds.count((each.of, each.out)) > 1), None)
    if twice is not None:
        raise NotUnderstood(
            f"I understand one list of {twice.of}s, and the question has two",
            hint='join them by "and", or ask one at a time',
        )


def _goes_on(question: Question, filters: Iterable[Filter], start: int) -> bool:
    """Whether a word joins anything to what is left out from there on, or a comma a filter."""
    commas = (question.text[start : each.place[0]].rstrip()[-1:] for each in filters)
    return JOINED.search(question.left, start) is not None or "," in commas


def _taken(
    question: Question,
    of: Dimension,
    pattern: str,
    item: str,
    value: Callable[[str], str] = _bare,
) -> Iterable[Filter]:
    """Every match of a pattern whose `values` are a list of such items."""
    while found := question.take(phrase(pattern)):
        values = (each[0] for each in phrase(item).finditer(found["values"]))
        named = tuple(dict.fromkeys(map(value, values)))
        of_what = of or dimension_said(f"tag {found['key']}")
        yield Filter(of_what, named, bool(found["out"]), found.span(), found[0].strip())
