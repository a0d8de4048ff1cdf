"""The written investigations that a question can call for, in the order that they are tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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
from finops_repl.playbooks.run_saved import list_saved
from finops_repl.playbooks.spend.playbook import spend
from finops_repl.playbooks.spend.question import asks_spend, read_spend
from finops_repl.playbooks.steps import Playbook
from finops_repl.playbooks.tag_coverage import COVERAGE, read_tags, tag_coverage
from finops_repl.playbooks.waste import WASTE, read_waste, waste

__all__ = ["INVESTIGATIONS", "Investigation"]

WORKFLOWS = phrase("workflows")
LISTING = phrase("workflows|which|saved")


class Investigation(NamedTuple):
    """What calls for an investigation, and how it begins.

    `begin` raises `NotUnderstood` where words are left over. With `parts_words` a slash between two
    words is a comma: `volumes/addresses`, but never `RI/SP`.
    """

    is_asked: Callable[[Question], bool]
    begin: Callable[[Question], Playbook]
    parts_words: bool = False


def _listed(words: Question) -> Playbook:
    words.take_all(LISTING)
    words.check((), "list workflows")
    return list_saved()


def _budgets(words: Question) -> Playbook:
    read_budgets(words)
    return budgets()


def _commitments(words: Question) -> Playbook:
    asked = read_commitments(words)
    return commitments_to_buy() if asked.aspect == "buy" else commitments(asked)


def _gp2(words: Question) -> Playbook:
    read_gp2(words)
    return gp2_to_gp3()


INVESTIGATIONS: tuple[Investigation, ...] = (
    Investigation(lambda q: q.has(WORKFLOWS), _listed),
    Investigation(lambda q: q.has(EXPORT), lambda q: export(read_export(q))),
    Investigation(lambda q: q.has(COVERAGE), lambda q: tag_coverage(read_tags(q)), True),
    Investigation(lambda q: q.has(BUDGET), _budgets),
    Investigation(lambda q: q.has(COMMITMENT), _commitments),
    Investigation(lambda q: q.has(FORECAST), lambda q: forecast(read_forecast(q))),
    Investigation(lambda q: q.has(GP2), _gp2, True),
    Investigation(lambda q: q.has(SNAPSHOTS), lambda q: old_snapshots(read_snapshots(q)), True),
    Investigation(lambda q: q.has(WASTE), lambda q: waste(read_waste(q)), True),
    Investigation(lambda q: q.has(TRANSFER), lambda q: data_transfer(read_transfer(q)), True),
    Investigation(lambda q: q.has(ROSE), lambda q: cost_jump(read_jump(q))),
    Investigation(asks_spend, lambda q: spend(read_spend(q))),
)
"""The first that is asked for and understands all the other words answers."""
