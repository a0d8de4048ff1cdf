"""What the slash commands, the banner and the toolbar show of a house."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from finops_repl import __version__
from finops_repl.agent.resume import turns_of
from finops_repl.assembly.account_page import account_page
from finops_repl.assembly.house import House
from finops_repl.assembly.models import OFFLINE
from finops_repl.assembly.preparing import Preparing
from finops_repl.base.events import CodeFinished
from finops_repl.base.places import state_dir
from finops_repl.base.table import Table
from finops_repl.faces.port import Banner, OnOutput, Resumed, Status, WorkflowSummary
from finops_repl.faces.session_commands import HouseSession

__all__ = ["HouseCommands", "account_lines"]

MOST_ROWS = 200
"""Rows that `/sql` fetches: a screen is no place for more."""

REGION = "us-east-1"


class HouseCommands:
    """The rooms of a house as the chat needs them.

    `sandbox` is its state when the chat opens: `starting` or `unavailable`.
    """

    def __init__(self, house: House, *, sandbox: str) -> None:
        self._house = house
        self._preparing = Preparing(house, sandbox)
        self.session = HouseSession(house)

    def banner(self) -> Banner:
        """What the chat says when it opens; the very first time it explains itself."""
        house = self._house
        seen = state_dir() / "seen"
        first_run = not seen.exists()
        seen.touch(mode=0o600)
        return Banner(
            version=__version__,
            account=house.account.name,
            model=house.model_name,
            workspace=house.workspace.root,
            session=house.session_file.path,
            is_simulated=house.account.is_simulated,
            is_offline=house.model_name == OFFLINE,
            as_of=str(house.account.as_of or ""),
            first_run=first_run,
        )

    def resumed(self) -> Resumed | None:
        """The session's earlier part; None for one that begins."""
        earlier = self._house.resumed
        return Resumed(earlier.facts, len(turns_of(earlier.facts))) if earlier else None

    def status(self) -> Status:
        house = self._house
        return Status(
            account=house.account.name,
            model=house.model_name,
            region=REGION if house.account.is_simulated else "",
            as_of=str(house.account.as_of or ""),
            spent_usd=house.scope.spend.spent(),
            sandbox=self._preparing.sandbox,
            context_tokens=self._house.context_tokens,
        )

    def prepare(self, changed: Callable[[], None]) -> None:
        self._preparing.begin(changed)

    def account_lines(self) -> Sequence[str]:
        return account_lines(account_page(self._house))

    def list_workflows(self) -> Sequence[WorkflowSummary]:
        return [
            WorkflowSummary(item.slug, item.name, item.description, item.tags, item.parameters)
            for item in self._house.workflows.list()
            if not item.problem
        ]

    def sql(self, statement: str, *, cancelled: threading.Event) -> Table:
        return self._house.bill.query(
            statement,
            timeout_s=self._house.settings.timeout_s,
            max_rows=MOST_ROWS,
            cancelled=cancelled,
        )

    def run_workflow(
        self,
        name: str,
        params: Mapping[str, str],
        *,
        on_output: OnOutput,
        cancelled: threading.Event,
    ) -> CodeFinished:
        from finops_repl.tools.script_report import finished  # pydantic: no prompt waits for it

        house = self._house
        report = house.workflow_runner.run(
            house.scope,
            house.workflows.load(name),
            params,
            timeout_s=house.chosen_timeout_s,
            on_output=on_output,
            cancelled=cancelled,
        )
        return finished(report)


def account_lines(fields: Mapping[str, str]) -> list[str]:
    """The account's fields, aligned."""
    width = max(map(len, fields))
    return [f"{name:<{width}}  {value}" for name, value in fields.items()]
