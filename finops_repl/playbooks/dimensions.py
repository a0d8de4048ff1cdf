"""What costs are told apart by: a column of the bill, a tag, a day, week or month."""

from __future__ import annotations

import re

from finops_repl.playbooks.question import phrase

__all__ = [
    "COLUMNS",
    "TAGS",
    "THING",
    "THINGS",
    "TIMES",
    "Dimension",
    "called",
    "dimension_said",
    "is_tag",
    "tag_key",
]

Dimension = str
"""`service`, `usage type`, `month`, ...; of a tag `tag:` and its key, as in `tag:team`."""

TIMES = ("day", "week", "month")
COLUMNS = {
    "service": r"(?:aws )?services?",
    "account": r"(?:linked |usage |member )?accounts?(?: names?| ids?)?",
    "region": r"regions?",
    "usage type": r"usage ?types?",
    "operation": r"operations?",
    "resource": r"resources?(?: ids?)?",
    "charge type": r"(?:charge|line item|record|row) (?:types?|categor(?:y|ies))",
    "purchase option": r"(?:purchase|purchasing|pricing) (?:options?|types?|models?)",
    "day": r"days?|dates?",
    "week": r"weeks?",
    "month": r"months?",
}
TAGS = {
    "team": r"teams?",
    "environment": r"environments?|envs?",
    "application": r"applications?|apps?",
    "project": r"projects?",
    "owner": r"owners?",
    "cost center": r"cost[ -]?cent(?:er|re)s?",
    "tenant": r"tenants?",
    "department": r"departments?",
    "stage": r"stages?",
    "component": r"components?",
    "Name": r"names?",
}
"""Tags that are known to be tags without being called so."""
KEY = r"(?:\"[^\"]+\"|'[^']+'|[A-Za-z][\w:./@-]*)"
ANY_TAG = rf"tag (?:keys? )?{KEY}|(?!(?:by|per|the|each|every|which)\b){KEY} tags?"
THING = "|".join((ANY_TAG, *COLUMNS.values(), *TAGS.values()))
THINGS = "|".join(said for name, said in (COLUMNS | TAGS).items() if name not in TIMES)
THINGS = rf"(?:{THINGS})(?<=s)"
"""Several of something, but not of days: `resources`, `teams`."""


def dimension_said(words: str) -> Dimension:
    """What is called so; the words have matched `THING`."""
    for name, said in COLUMNS.items():
        if phrase(said).fullmatch(words):
            return name
    key = re.sub(r"(?i)^tag\s+(?:keys?\s+)?|\s+tags?$", "", words)
    for name, said in TAGS.items():
        if phrase(said).fullmatch(key):
            return f"tag:{name}"
    return "tag:" + key.strip("\"'")


def is_tag(dimension: Dimension) -> bool:
    return dimension.startswith("tag:")


def called(dimension: Dimension) -> str:
    """The dimension in words: `usage type`, `team`."""
    return dimension.removeprefix("tag:")


def tag_key(dimension: Dimension) -> str:
    """The key as a question calls it; the bill may write it otherwise."""
    return dimension.removeprefix("tag:")
