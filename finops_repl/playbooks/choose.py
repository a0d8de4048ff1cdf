"""Which written investigation a question calls for, once every word of it is understood."""

from __future__ import annotations

import re
from collections.abc import Sequence

from finops_repl.playbooks.investigations import INVESTIGATIONS
from finops_repl.playbooks.question import NotUnderstood, Question
from finops_repl.playbooks.run_saved import run_saved, save_last, then_save
from finops_repl.playbooks.spend.question import whole_question
from finops_repl.playbooks.steps import PastCall, Playbook
from finops_repl.playbooks.vocabulary import SPELLINGS

__all__ = ["CAN", "UNKNOWN", "choose"]

SAVE = re.compile(
    r"^\s*(?:please\s+)?save(?:\s+(?:(?:it|that|this|the)(?:\s+last)?"
    r"(?:\s+(?:script|analysis|answer|investigation))?))?\s+(?:as|named|called)\s+"
    r"(?:a\s+workflow\s+)?(?:named\s+|called\s+)?[\"'`]?(?P<name>[^\"'`]+?)[\"'`]?"
    r"(?P<overwrite>,?\s+(?:and\s+)?overwrite(?:\s+it)?)?\s*[.!]?\s*$",
    re.IGNORECASE,
)
THEN_SAVE = re.compile(
    r"^(?P<question>.+?)(?:[?.!;,]\s*|\s+)(?:and\s+|then\s+)*(?P<save>save\s+(?:it|that|this)\b.+)$",
    re.IGNORECASE | re.DOTALL,
)
PARAM = r"[A-Za-z_]\w*=[^\s,]*[^\s,.!]"
RUN = re.compile(
    r"^\s*(?:please\s+)?(?:re-?)?run\s+(?:the\s+)?(?:workflow\s+)?[\"'`]?"
    r"(?P<name>[^\"'`]+?)[\"'`]?(?:\s+workflow)?"
    rf"(?P<params>(?:,?\s+(?:(?:with|and)\s+)?{PARAM})*)(?:\s+again)?\s*[.!]?\s*$",
    re.IGNORECASE,
)
SLASH = re.compile(r"(?<=[A-Za-z])\s*/\s*(?=[A-Za-z])")
"""`volumes/addresses` is two words."""
TRIGGERS = ("spend", "spent", "cost", "costs", "bill", "compare", "changed", "export", "workflows")
"""Words that call for an investigation: of a slip in one it is said what may be meant."""

CAN = """\
I can answer these kinds:

- why did our cost, or that of one service such as EC2 or S3, go up in the last 90 days
- what did we spend: on services, in accounts or regions, on a tag's value, in any months, weeks, \
days; by service, account, region, usage type, resource, tag, charge type, purchase option, day, \
week or month; the top 20, a share, the change from one period to another; unblended, amortized, \
net or at list prices
- what will we spend this month, next month or in a month to come; which budgets are or will be \
exceeded, and what rose in them
- how well are Savings Plans and reservations used, what do they cover, how much is unused, which \
end soon, and what should we buy
- what is idle or unattached, and where can we save
- how much is untagged, or what is the tag coverage of a key
- what do we pay for data transfer and NAT
- what would gp3 save in place of gp2, and what do old snapshots cost
- export costs to CSV

and I list, run (`run NAME top=5`) and save workflows by name. For anything else set \
`ANTHROPIC_API_KEY` (or `ANTHROPIC_BASE_URL` for a server of your own) and start again, or ask the \
bill in SQL with `/sql` (from the shell: `finops-repl sql`).
"""

UNKNOWN = (
    "I am the offline analyst: I follow written investigations, take each question by itself and "
    f"do not understand free ones. {CAN}"
)


def choose(question: str, past: Sequence[PastCall]) -> Playbook | None:
    """The playbook for a question; None where no words of it are known.

    Raises `NotUnderstood` where some are and others are not: what they mean is not left out, and
    for a piece of a question, such as "and by region?", whose rest was said before. Where
    several investigations are called for, it is that of the first of them.
    """
    if found := SAVE.match(question):
        return save_last(found["name"].strip(), past, overwrite=bool(found["overwrite"]))
    if (both := THEN_SAVE.match(question)) and (found := SAVE.match(both["save"])):
        investigation = choose(both["question"], past)
        if investigation is not None:
            name = found["name"].strip()
            return then_save(investigation, name, overwrite=bool(found["overwrite"]))
    if found := RUN.match(question):
        given = (each.partition("=") for each in re.findall(PARAM, found["params"]))
        return run_saved(found["name"].strip(), {name: value for name, _, value in given})
    refused: NotUnderstood | None = None
    for each in INVESTIGATIONS:
        words = Question(SLASH.sub(", ", question) if each.parts_words else question)
        if not each.is_asked(words):
            continue
        try:
            return each.begin(words)
        except NotUnderstood as problem:
            refused = refused or problem
    if refused is not None:
        raise refused
    words = Question(question)
    if words.slips(TRIGGERS):
        words.check((*TRIGGERS, *SPELLINGS), "What did we spend by service last month?")
    if whole := whole_question(words):
        raise NotUnderstood(
            "I take each question by itself, and this is a piece of one",
            hint=f"the nearest that I can answer is: {whole}",
        )
    return None
