"""Which written investigation a question calls for, by its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from finops_repl.playbooks.spend import spend
from finops_repl.playbooks.steps import PastCall, Playbook

__all__ = ["UNKNOWN", "choose"]

SPEND = re.compile(
    r"\b(spend|spent|spending|cost|costs|bill|billed|pay|paid|expensive|biggest|largest|top"
    r"|how much|breakdown)\b",
    re.IGNORECASE,
)

UNKNOWN = """\
I am the offline analyst: I follow written investigations and do not understand free questions. \
I can answer three kinds:

- why did EC2 (or our cost) go up
- what did we spend, by service, by account or by month, in a given month
- export costs to CSV

and I list, run and save workflows by name. For anything else set `ANTHROPIC_API_KEY` (or \
`ANTHROPIC_BASE_URL` for a server of your own) and start again, or ask the bill in SQL with `/sql`.
"""


def choose(question: str, past: Sequence[PastCall]) -> Playbook | None:
    """The playbook for a question; None where no words of it are known."""
    if SPEND.search(question):
        return spend(question)
    return None
