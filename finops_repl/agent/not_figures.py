"""What of an answer is no figure: dates, ids, addresses, code, numbering. It is blanked out.

A blank has the length of what it stands for, so that places in the text stay what they are.
"""

from __future__ import annotations

import re

from finops_repl.agent.figure_words import CODES

__all__ = ["BLANK", "CITED", "blanked", "code_places"]

BLANK, CITED = "\x00", "\x01"
"""What stands in the place of anything else, and of a citation."""

MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
YEAR = r"(?:19|20)\d\d"
ISO = r"\d{4}-\d{2}(?:-\d{2})?(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?)?"
UNIT_BEHIND = rf"(?:[%$€£]|percent|{CODES}|[KMB]\b|million|billion|thousand|[KMGTP]i?B\b)"
ALONE, APART = r"(?<![\w.,$€£])", r"(?<![\w.,$€£-])"
"""No digit of a larger number, and not the end of a word with dashes either."""

TO = r"\s?(?:–|-|to|and)\s?"
WHOLE = r"(?:(?:full|whole|complete|calendar)\s+)?"
LASTING = (
    r"(?:seconds?|secs?|s|ms|minutes?|mins?|days?|nights?|weeks?|weekdays?|months?|quarters?"
    r"|years?)"
)
WHEN = (
    r"(?:last|past|previous|prior|next|first|latest|recent|every|each|within|after|before|these"
    r"|those|trailing|rolling)"
)
AWAY = r"(?:before|after|earlier|later|ago|period|window|lookback)"
NUMBERED = (
    r"(?:\bversions?|\bv|\bPython|\bNode(?:\.js)?|\bCUR|\bFOCUS|\bTLS|\bPostgreSQL|\bMySQL|\bAurora"
    r"|\bRedis|\bKubernetes|\bEKS|\bHTTP|\bsections?|\bchapters?|\bsteps?|\bphases?|\boptions?"
    r"|\bpages?|\blines?|\brows?|\bports?|\btickets?|\bnumbers?|\bno\.|\brank(?:ed)?|\btop|\bfirst"
    r"|\bp|#|\btier|\bgen|\bpart|\bfigures?|\btables?|\bfootnotes?|\bnotes?)"
)
"""Words whose number is a name: `version 2`, `top 10`."""

PATTERNS = (
    r"https?://\S+",
    r"\]\([^)\s]*\)",  # the address of a link
    r"\barn:[\w:/.*@+=-]+",
    r"\[\^?\d{1,3}\]",  # a footnote
    # Days, months and years
    rf"{APART}{ISO}(?![\w-])",
    rf"{ALONE}\d{{4}}/\d{{1,2}}(?:/\d{{1,2}})?(?![\w/])",
    rf"{ALONE}\d{{1,2}}/\d{{1,2}}/\d{{2,4}}(?![\w/])",
    rf"{APART}(?:19|20)\d{{6}}(?![\w.,-])",
    rf"{ALONE}\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?:\s?(?:am|pm|utc|z)\b)?",
    rf"\b{MONTHS}\s+{DAY}(?:{TO}(?:{MONTHS}\s+)?{DAY})?(?:,?\s+{YEAR})?(?![\w.%,]*\d)",
    rf"{ALONE}(?:{DAY}{TO})?{DAY}\s+(?:of\s+)?{MONTHS}(?:,?\s+{YEAR})?\b",
    rf"\b{MONTHS},?\s+{YEAR}\b",
    rf"\b(?:in|since|of|from|until|till|by|before|after|during|year|FY|Q[1-4]|H[12])\s?{YEAR}\b"
    rf"(?!\s*{UNIT_BEHIND})",
    rf"(?<![\w.,$€£+−-]){YEAR}(?=\s*(?:[.,;:)!?|*_–-]|$|\n))",
    r"\b(?:Q[1-4]|H[12]|FY\s?\d{2,4})\b",
    # Spans of time that say when or how long, not how much was used
    rf"\b{WHEN}\s+(?:the\s+)?\d{{1,4}}(?:{TO}\d{{1,4}})?[\s-]+{WHOLE}(?:hours?|hrs?|h)\b",
    rf"{ALONE}\d{{1,4}}[\s-]hours?[\s-]{AWAY}\b",
    rf"{ALONE}\d{{1,4}}(?:\.\d+)?(?:{TO}\d{{1,4}})?[\s-]?{WHOLE}{LASTING}\b",
    rf"{ALONE}\d{{1,3}}-(?:hour|minute)\b",
    # Names that hold digits
    rf"{APART}(?:\d{{12}}|\d{{4}}-\d{{4}}-\d{{4}})(?![\w.,-])",  # accounts
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\w.])",  # addresses
    rf"{NUMBERED}\s?\d+(?:\.\d+)*(?![\w%,]|\s*{UNIT_BEHIND})",
    # gp3, m5.4xlarge, i-0ab, us-east-1, costs_2026.csv; but not USD5
    rf"(?<!\w)(?!(?:US)?(?:{CODES})\d)[A-Za-z_][A-Za-z_-]*\d[\w./-]*",
    r"(?<![\w.])\d+(?:st|nd|rd|th)\b",
    r"&#?\w{1,30};",
)
NO_FIGURE = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS), re.IGNORECASE)
CITATION = re.compile(r"\[(?:f\d+(?:\s*,\s*f\d+)*|run [0-9a-f]{4,32})\]")
NUMBERING = re.compile(
    r"^[ \t>]*(?:[-*+](?=[ \t])|(?:#{1,6}[ \t]+)?[*_]{0,2}\d{1,3}(?:\.\d{1,2})*[.):](?=[ \t*_]))",
    re.MULTILINE,
)

FENCE = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*\n?(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)([^\n]+?)(?<!`)\1(?!`)")
PROSE = frozenset({"", "text", "txt", "plain", "markdown", "md", "csv", "tsv", "output", "table"})
"""Fences that hold words or results; in any other language a number is code."""

AMOUNT_ALONE = re.compile(
    rf"\s*[-−+(~≈]*\s*(?:US)?[$€£¥]?\s*(?:(?:{CODES})\s)?\s*[-−]?\d[\d.,\s]*\s*"
    r"(?:%|percent|[KMB]|USD|EUR|GBP|dollars|[KMGTP]i?B|hours|million|billion|thousand)?\)?\s*",
    re.IGNORECASE,
)


def blanked(block: str) -> str:
    """The block with everything blanked that holds digits and is no figure."""
    text = FENCE.sub(_without_code, block.replace("&nbsp;", "      "))
    text = CODE_SPAN.sub(_without_span, text)
    text = CITATION.sub(lambda found: CITED * len(found.group()), text)
    text = NUMBERING.sub(_blank, text)
    return NO_FIGURE.sub(_blank, text)


def code_places(block: str) -> list[tuple[int, int]]:
    """Where code stands: a mark inside would be shown as it is written."""
    spans = (*FENCE.finditer(block), *CODE_SPAN.finditer(block))
    return [found.span() for found in spans]


def _blank(found: re.Match[str]) -> str:
    return BLANK * len(found.group())


def _without_code(fence: re.Match[str]) -> str:
    return fence.group() if fence[2].lower() in PROSE else _blank(fence)


def _without_span(span: re.Match[str]) -> str:
    """A code span that is an amount and nothing else is an amount in other clothes."""
    if not AMOUNT_ALONE.fullmatch(span[2]) or not re.search(r"[^\d\s]", span[2]):
        return _blank(span)
    return " " * len(span[1]) + span[2] + " " * len(span[1])
