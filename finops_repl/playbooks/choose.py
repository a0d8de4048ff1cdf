"""Which written investigation a question calls for, once every word of it is understood."""

from __future__ import annotations

import re
from collections.abc import Sequence

from finops_repl.playbooks.budgets import BUDGET, budgets, read_budgets
from finops_repl.playbooks.commitment_question import COMMITMENT, read_commitments
from finops_repl.playbooks.commitments import commitments
from finops_repl.playbooks.commitments_to_buy import commitments_to_buy
from finops_repl.playbooks.cost_jump import ROSE, cost_jump, read_jump
from finops_repl.playbooks.data_transfer import TRANSFER, data_transfer, read_transfer
from finops_repl.playbooks.export import EXPORT, export, read_export
from finops_repl.playbooks.forecast import FORECAST, forecast, read_forecast
from finops_repl.playbooks.gp2_to_gp3 import GP2, gp2_to_gp3, read_gp2
from finops_repl.playbooks.old_snapshots import SNAPSHOTS, old_snapshots, read_snapshots
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import list_saved, run_saved, save_last, then_save
from finops_repl.playbooks.spend import spend
from finops_repl.playbooks.spend_question import SPEND, read_spend
from finops_repl.playbooks.steps import PastCall, Playbook
from finops_repl.playbooks.tag_coverage import COVERAGE, read_tags, tag_coverage
from finops_repl.playbooks.waste import WASTE, read_waste, waste

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
RUN = re.compile(
    r"^\s*(?:please\s+)?(?:re-?)?run\s+(?:the\s+)?(?:workflow\s+)?[\"'`]?"
    r"(?P<name>[^\"'`]+?)[\"'`]?(?:\s+workflow)?(?:\s+again)?\s*[.!]?\s*$",
    re.IGNORECASE,
)
SLASH = re.compile(r"(?<=[A-Za-z])\s*/\s*(?=[A-Za-z])")
"""`volumes/addresses` is two words."""
WORKFLOWS = phrase("workflows")
LISTING = phrase("workflows|which|saved")

CAN = """\
I can answer these kinds:

- why did our cost, or that of one service such as EC2 or S3, go up in the last 90 days
- what did we spend, in whole months: in all, by service, account, region or month, in one account \
or one region
- what will we spend this month, next month or in a month to come; which budgets are or will be \
exceeded, and what rose in them
- how well are Savings Plans and reservations used, what do they cover, how much is unused, which \
end soon, and what should we buy
- what is idle or unattached, and where can we save
- how much is untagged, or what is the tag coverage of a key
- what do we pay for data transfer and NAT
- what would gp3 save in place of gp2, and what do old snapshots cost
- export costs to CSV

and I list, run and save workflows by name. For anything else set `ANTHROPIC_API_KEY` (or \
`ANTHROPIC_BASE_URL` for a server of your own) and start again, or ask the bill in SQL with `/sql` \
(from the shell: `finops-repl sql`).
"""

UNKNOWN = (
    "I am the offline analyst: I follow written investigations and do not understand free "
    f"questions. {CAN}"
)


def choose(question: str, past: Sequence[PastCall]) -> Playbook | None:
    """The playbook for a question; None where no words of it are known.

    Raises `NotUnderstood` where some are and others are not: what they mean is not left out.
    """
    if found := SAVE.match(question):
        return save_last(found["name"].strip(), past, overwrite=bool(found["overwrite"]))
    if (both := THEN_SAVE.match(question)) and (found := SAVE.match(both["save"])):
        investigation = choose(both["question"], past)
        if investigation is not None:
            name = found["name"].strip()
            return then_save(investigation, name, overwrite=bool(found["overwrite"]))
    if found := RUN.match(question):
        return run_saved(found["name"].strip())
    words, apart = Question(question), Question(SLASH.sub(", ", question))
    if words.has(WORKFLOWS):
        words.take_all(LISTING)
        words.check((), "list workflows")
        return list_saved()
    if words.has(EXPORT):
        return export(read_export(words))
    if apart.has(COVERAGE):
        return tag_coverage(read_tags(apart))
    if words.has(BUDGET):
        read_budgets(words)
        return budgets()
    if words.has(COMMITMENT):
        asked = read_commitments(words)
        return commitments_to_buy() if asked.aspect == "buy" else commitments(asked)
    if words.has(FORECAST):
        return forecast(read_forecast(words))
    if apart.has(GP2):
        read_gp2(apart)
        return gp2_to_gp3()
    if apart.has(SNAPSHOTS):
        return old_snapshots(read_snapshots(apart))
    if apart.has(WASTE):
        return waste(read_waste(apart))
    if apart.has(TRANSFER):
        return data_transfer(read_transfer(apart))
    if words.has(ROSE):
        return cost_jump(read_jump(words))
    if words.has(SPEND):
        return spend(read_spend(words))
    return None
