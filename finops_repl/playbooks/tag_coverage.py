"""How much of the cost carries a tag: by key, by account, and who lost or misspells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.periods import MONTH_NAMES, Meant, shifted, take_months
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import NotUnderstood, Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripted import LOOK, rows, scripted_bill, silent
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, PlaybookStopped, Step

__all__ = ["COVERAGE", "TagQuestion", "read_tags", "tag_coverage"]

TAGS = phrase(r"un-?tagged|mis-?tagged|tags?|tagged|tagging|tag keys?")
COVERAGE = phrase(  # a tag alone may also be what cost is asked by
    r"un-?tagged|mis-?tagged|tagged|tagging|tag coverage|coverage (?:of|for) (?:\S+ ){1,3}tags?"
    r"|(?:no|without(?: an?)?|missing|lost|mis-?spel(?:t|led)) \S+ tags?|tags? \S*\s*(?:are |is )?"
    r"(?:mis-?spel(?:t|led)|missing)"
)
OTHER = (
    "coverage|by|of|for|with|without|key|keys|tag|tags|account|accounts|and|is|are|the|a|an|no|in"
    "|cost|costs|spend|spending|values?|last|this|month|we|our|what|which|do|does|best|worst|well"
    "|badly|resources?|at|per|each|every|all|any|how|much|since|from|to"
)
NAME = rf"(?!(?:{OTHER})(?![\w:-]))(?P<key>[\w:-]+)"
THE = r"(?: the| a| an| our)?(?: tag| key| tag key)*"
KEY = (  # in this order: the surest first
    phrase(rf"tag(?:ging|ged)?(?: coverage)?(?: of| for| with| by){THE} [\"'`]?{NAME}[\"'`]?"),
    phrase(rf"coverage (?:of|for){THE} [\"'`]?{NAME}[\"'`]?(?: tags?| keys?)?"),
    phrase(rf"un-?tagged (?:by|for|with){THE} [\"'`]?{NAME}[\"'`]?(?: tags?| keys?)?"),
    phrase(rf"tag(?:ging)? [\"'`]?{NAME}[\"'`]?"),
    phrase(rf"(?:no|the|an?|without(?: an?)?|of|with|by|our) [\"'`]?{NAME}[\"'`]? tags?"),
    phrase(rf"[\"'`]?{NAME}[\"'`]? (?:tags?|tagging|tag coverage)"),
)
ASKED = phrase(
    r"coverage|worst|best|accounts?|keys?|values?|by|per|each|costs?|spend(?:ing)?|share"
    r"|percent(?:age)?|part|which|misspel(?:t|led)|mis-?spelled|missing|without|no|not|with|lost"
    r"|badly|well|good|bad|resources?|our"
)
ONE_BY_ONE = phrase(
    r"(?:which|what|list|show|find)(?: (?:me|us|the|all|our))* (?:un-?tagged )?resources?"
)
KNOWN = (*MONTH_NAMES, "tag", "tagging", "tagged", "untagged", "coverage", "accounts", "worst")
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class TagQuestion:
    """A key as the resources have it, all where empty; without months the last 30 days."""

    key: str = ""
    months: Meant | None = None


def read_tags(question: Question) -> TagQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over."""
    if question.has(ONE_BY_ONE):
        raise NotUnderstood(
            "I tell what untagged resources cost, not which they are",
            hint='ask "How much is untagged?", or what was spent by resource, or ask by /sql',
        )
    months = take_months(question)
    question.take_all(phrase("misspel(?:t|led)|mis-?spelled|missing|which|worst at|best at"))
    found = next((key for each in KEY if (key := question.take(each))), None)
    question.take_all(TAGS)
    question.take_all(ASKED)
    question.check(KNOWN, "How much is untagged, or what is the tag coverage of team?")
    return TagQuestion(found["key"] if found else "", months)


def tag_coverage(asked: TagQuestion) -> Playbook:
    """One script over the bill; its figures are the answer's."""
    (described,) = yield LOOK
    bill = scripted_bill(described, "tag coverage", "Athena")
    if bill.columns.tags != "map":
        raise PlaybookStopped(
            "tag coverage needs the column resource_tags, and this export has none",
            hint="include it in the export (Billing, Data Exports); activated keys appear in it",
        )
    params: dict[str, object] = {"key": asked.key, "days": 30, "from_month": "", "to_month": ""}
    if asked.months is not None:
        months = asked.months(date.fromisoformat(bill.last_day))
        params["from_month"] = months.start.strftime("%Y-%m")
        params["to_month"] = shifted(months.end, -1).strftime("%Y-%m")
    (ran,) = yield Step(
        "I sum the taggable cost with and without a value of the key, by account. Where the bill "
        "lacks the key, or none is named, one request of Cost Explorer ($0.01) tells which keys "
        "nobody activated.",
        (script_call("tag_coverage", params, TIMEOUT_S),),
    )
    found = Finding.of(ran)
    return _missing(asked, found) if "missing" in found.said else _answer(asked, found)


def _missing(asked: TagQuestion, found: Finding) -> str:
    finding, key = found.said, plain(asked.key)
    there = ", ".join(plain(each) for each in finding["keys"])
    if finding["silent"]:
        why = (
            "Whether it is not activated for cost allocation or on no resource I cannot tell: "
            f"{'; '.join(silent(found))}."
        )
    elif finding["missing"]:
        why = (
            "It is **not activated** for cost allocation: resources carry it, but the bill shows a "
            "key only once the payer's account activates it (Billing, cost allocation tags). That "
            "is not untagged, and nothing can be said of its coverage before; after activation a "
            "backfill reaches 12 months."
        )
    else:
        why = "No resource carries it either, or never in a way that the payer's account saw it."
    return f"The tag `{key}` is on no row of the bill. {why}\n\nKeys on the bill: {there}."


def _answer(asked: TagQuestion, found: Finding) -> str:
    finding = found.said
    of = f"`{plain(asked.key)}`" if asked.key else "any user tag"
    parts = [
        f"{found['untagged']} of {found['taggable']} taggable cost has no value of {of}, "
        f"{finding['first']} to {finding['last']}: coverage "
        f"**{found['coverage']}**.",
        "\n".join(_accounts(found)),
    ]
    if not asked.key:
        parts.append("\n".join(_keys(found)))
    if finding["lost"]:
        parts.append("\n".join(_lost(found)))
    if any(rows(found, "misspelt")):
        parts.append("\n".join(_misspelt(found)))
    if finding.get("inactive"):
        parts.append(
            "On resources, but not activated for cost allocation, so on no row of the bill (not "
            f"untagged): {', '.join(plain(each) for each in finding['inactive'])}."
        )
    parts += [
        f"Not taggable, and not in it: {found['usage without a resource']} of usage that names no "
        f"resource, and {found['no usage']} of fees, discounts and unused commitments. Tax, "
        "credits and refunds are left out.",
        "How: amortized cost of usage rows with a resource, before discounts that are rows of "
        "their own; those with a value of the key against all of them.",
    ]
    if finding["silent"]:
        parts.append(f"Did not answer: {'; '.join(silent(found))}.")
    parts.append(f"All accounts are in data/{plain(finding['file'])}.{offer('tag-coverage')}")
    return "\n\n".join(parts)


def _accounts(found: Finding) -> Iterator[str]:
    yield "| Account, most untagged cost first | Untagged cost | Coverage |"
    yield "|---|---:|---:|"
    for place, (account,), cost in rows(found, "untagged"):
        yield f"| {account} | {cost} | {found[f'coverage {place}']} |"


def _keys(found: Finding) -> Iterator[str]:
    yield "| Key | Coverage |"
    yield "|---|---:|"
    for _, (key,), share in rows(found, "coverage of key"):
        yield f"| {key} | {share} |"


def _lost(found: Finding) -> Iterator[str]:
    yield "Had the tag in the last 90 days and lost it:"
    yield ""
    for place, (account, region, day, who, one) in enumerate(found.said["lost"]):
        yield (
            f"- {found[f'lost count {place}']} resources in {plain(account)}, {plain(region)}, "
            f"since {day} (one is {plain(one)}), {found[f'lost {place}']} in these days; "
            + (plain(who) if who else "CloudTrail shows no event of it")
        )


def _misspelt(found: Finding) -> Iterator[str]:
    yield "| Written | Likely means | Cost under it |"
    yield "|---|---|---:|"
    for _, (written, usual), cost in rows(found, "misspelt"):
        yield f"| {written} | {usual} | {cost} |"
