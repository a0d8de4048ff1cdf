"""Which written investigation a question calls for, by its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from finops_repl.playbooks.cost_jump import cost_jump, service_in
from finops_repl.playbooks.export import export
from finops_repl.playbooks.run_saved import list_saved, run_saved, save_last, then_save
from finops_repl.playbooks.spend import spend
from finops_repl.playbooks.steps import PastCall, Playbook

__all__ = ["UNKNOWN", "choose"]

SAVE = re.compile(
    r"^\s*(?:please\s+)?save\b(?:.*?)\b(?:as|named|called)\s+(?:a\s+workflow\s+)?"
    r"(?:named\s+|called\s+)?[\"'`]?(?P<name>[^\"'`]+?)[\"'`]?"
    r"(?P<overwrite>,?\s+(?:and\s+)?overwrite(?:\s+it)?)?\s*[.!]?\s*$",
    re.IGNORECASE,
)
THEN_SAVE = re.compile(
    r"^(?P<question>.+?)(?:[?.!;,]\s*|\s+)(?:and\s+|then\s+)*(?P<save>save\s+(?:it|that|this)\b.+)$",
    re.IGNORECASE | re.DOTALL,
)
LIST = re.compile(r"\b(list|show|which|what)\b.*\bworkflows\b|^\s*workflows\s*\??\s*$", re.I)
RUN = re.compile(
    r"^\s*(?:please\s+)?(?:re-?)?run\s+(?:the\s+)?(?:workflow\s+)?[\"'`]?"
    r"(?P<name>[^\"'`]+?)[\"'`]?(?:\s+workflow)?(?:\s+again)?\s*[.!]?\s*$",
    re.IGNORECASE,
)
EXPORT = re.compile(r"\b(export|csv|download)\b", re.IGNORECASE)
ROSE = re.compile(
    r"\b(jump|jumped|jumps|spike|spiked|spikes|surge|surged|soar|soared|explode|exploded|double"
    r"|doubled|triple|tripled|rose|rise|risen|rising|increase|increased|increasing|grow|grew|grown"
    r"|climb|climbed|anomaly|anomalies|unusual|incident)\b"
    r"|\b(go|goes|going|gone|went|is|are|was|were|been|shot|so)\s+(so\s+|way\s+|much\s+)?"
    r"(up|high|higher|expensive)\b|\bmore\s+expensive\b",
    re.IGNORECASE,
)
SPEND = re.compile(
    r"\b(spend|spent|spending|cost|costs|bill|billed|pay|paid|expensive|biggest|largest"
    r"|how much|breakdown)\b",
    re.IGNORECASE,
)

FELL = re.compile(
    r"\b(go|goes|going|gone|went|come|came|is|are)\s+(so\s+)?down\b|\b(decreas\w*|dropp?\w*|fell|fall\w*"
    r"|declin\w*|lower|cheaper)\b",
    re.IGNORECASE,
)
BEYOND_SPEND = re.compile(
    r"\b(next|will|forecast\w*|predict\w*|budget\w*|weeks?|weekly|yesterday|today|days?|daily|hour\w*"
    r"|quarter\w*|regions?|tags?|tagged|untagged|teams?|environments?|usage\s+types?"
    r"|instance\s+types?|resources?|operations?|reserv\w*|savings?|commitments?|idle|amorti[sz]ed|net)\b"
    r"|(?<![\d-])(?<!january )(?<!february )(?<!march )(?<!april )(?<!may )(?<!june )(?<!july )"
    r"(?<!august )(?<!september )(?<!october )(?<!november )(?<!december )\b20\d\d\b(?!-)",
    re.IGNORECASE,
)
"""What the spend playbook does not know: leaving it out would answer another question."""

UNKNOWN = """\
I am the offline analyst: I follow written investigations and do not understand free questions. \
I can answer three kinds:

- why did our cost, or that of one service such as EC2 or S3, go up in the last 90 days
- what did we spend, in whole months: in all, by service, by account or by month
- export costs to CSV

and I list, run and save workflows by name. For anything else set `ANTHROPIC_API_KEY` (or \
`ANTHROPIC_BASE_URL` for a server of your own) and start again, or ask the bill in SQL with `/sql` \
(from the shell: `finops-repl sql`).
"""


def choose(question: str, past: Sequence[PastCall]) -> Playbook | None:
    """The playbook for a question; None where no words of it are known."""
    if found := SAVE.match(question):
        return save_last(found["name"].strip(), past, overwrite=bool(found["overwrite"]))
    if (both := THEN_SAVE.match(question)) and (found := SAVE.match(both["save"])):
        investigation = choose(both["question"], past)
        if investigation is not None:
            name = found["name"].strip()
            return then_save(investigation, name, overwrite=bool(found["overwrite"]))
    if LIST.search(question):
        return list_saved()
    if found := RUN.match(question):
        return run_saved(found["name"].strip())
    if EXPORT.search(question):
        return export(question)
    if FELL.search(question):
        return None
    if ROSE.search(question):
        return cost_jump(question)
    if SPEND.search(question) and not BEYOND_SPEND.search(question) and not service_in(question):
        return spend(question)
    return None
