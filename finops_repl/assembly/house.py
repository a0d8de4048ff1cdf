"""One session's house: each room is opened when it is first needed, and once."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from finops_repl.assembly.account import Account
from finops_repl.assembly.accounts import open_account
from finops_repl.assembly.caps import session_spend, turn_limits
from finops_repl.assembly.models import OFFLINE, chosen_model, model_named, opened_model
from finops_repl.assembly.shelf import chosen_workspace, workflow_shelf
from finops_repl.base.config import Settings, read_settings
from finops_repl.base.errors import FinopsError
from finops_repl.base.places import Workspace, state_dir
from finops_repl.base.scope import Scope, new_id
from finops_repl.base.setting_values import ApprovalKind, ApprovalMode

if TYPE_CHECKING:
    from finops_repl.agent.approval import ApprovalPolicy
    from finops_repl.agent.loop import Agent
    from finops_repl.agent.models.port import Model
    from finops_repl.agent.resume import Resumed
    from finops_repl.agent.sessions import SessionFile
    from finops_repl.billing.port import Bill
    from finops_repl.gateway.gateway import Gateway
    from finops_repl.sandbox.container import ContainerSandbox
    from finops_repl.sandbox.docker_engine import DockerEngine
    from finops_repl.sandbox.scripts import ScriptRunner
    from finops_repl.tools.toolbox import ToolBox
    from finops_repl.workflows.runner import WorkflowRunner
    from finops_repl.workflows.store import WorkflowStore

__all__ = ["House"]


class House:
    """The rooms of one session on one account; `attended` says that somebody can be asked.

    `piped_in` is what the user handed in with the question, as data. A `sandbox` that is given is
    its giver's to close.
    """

    def __init__(
        self,
        settings: Settings,
        workspace: Workspace,
        account: Account,
        *,
        attended: bool,
        piped_in: str = "",
        sandbox: ContainerSandbox | None = None,
        earlier: SessionFile | None = None,
    ) -> None:
        """`earlier` is the session to go on with; without one a new session begins."""
        self.settings = settings
        self.workspace = workspace
        self.account = account
        self.attended = attended
        self.piped_in = piped_in
        self._given_sandbox = sandbox
        self._earlier = earlier
        self._making = threading.Lock()
        self._closing = ExitStack()
        self._closing.callback(account.close)
        self.scope = Scope(
            account=account.name,
            workspace=workspace.root,
            user=getpass.getuser(),
            session=earlier.head.session if earlier else new_id(),
            grants=frozenset[str](settings.approve),
            spend=session_spend(settings),
        )

    @classmethod
    def open(
        cls,
        flags: Mapping[str, Any],
        *,
        headless: bool,
        piped_in: str = "",
        sandbox: ContainerSandbox | None = None,
        earlier: SessionFile | None = None,
    ) -> House:
        """The house that flags, environment and settings files describe.

        Raises `ConfigError` where they open another account than the `earlier` session's.
        """
        workspace = chosen_workspace(flags)
        settings = read_settings(flags, workspace)
        account = open_account(settings, headless=headless)
        if earlier is not None:
            from finops_repl.assembly.resuming import refuse_other_account

            refuse_other_account(earlier.head, account)
        return cls(
            settings,
            workspace,
            account,
            attended=not headless,
            piped_in=piped_in,
            sandbox=sandbox,
            earlier=earlier,
        )

    def close(self) -> None:
        """End what runs and let go of the account's files; nothing of it is used afterwards."""
        self._closing.close()

    @property
    def chosen_timeout_s(self) -> float | None:
        """The time limit that somebody chose for scripts; None leaves it to the workflow."""
        chosen = self.settings.origins["timeout_s"] != "default"
        return self.settings.timeout_s if chosen else None

    @cached_property
    def gateway(self) -> Gateway:
        from finops_repl.assembly.door import open_door

        gateway = open_door(self.account, self.settings, self.scope.spend)
        self._closing.callback(gateway.close)
        return gateway

    @cached_property
    def bill(self) -> Bill:
        """The bill as SQL; on AWS its queries pass the gateway like any script's."""
        return self.account.open_bill(self.gateway, self.scope)

    @cached_property
    def workflows(self) -> WorkflowStore:
        return workflow_shelf(self.workspace)

    @cached_property
    def sandbox(self) -> ContainerSandbox:
        """Where scripts run; a chat, which runs many, may keep boxes ready with `prepare`."""
        if self._given_sandbox is not None:
            return self._given_sandbox
        from finops_repl.sandbox.container import ContainerSandbox

        pool = self.settings.sandbox_pool if self.attended else 0
        sandbox = ContainerSandbox(self._engine, pool=pool)
        self._closing.callback(sandbox.close)
        return sandbox

    @cached_property
    def _engine(self) -> DockerEngine:
        from finops_repl.sandbox.docker_engine import DockerEngine
        from finops_repl.sandbox.own_packages import image_for

        return DockerEngine(
            image=lambda: image_for(self.workspace), unproven=self.settings.sandbox_unproven
        )

    @cached_property
    def scripts(self) -> ScriptRunner:
        from finops_repl.sandbox.scripts import ScriptRunner

        gateway = self.gateway
        return ScriptRunner(
            self.sandbox,
            self.workspace,
            gateway.handle,
            gateway.calls,
            cancel_calls=gateway.cancel,
            price_of_run=gateway.price,
        )

    @cached_property
    def workflow_runner(self) -> WorkflowRunner:
        from finops_repl.workflows.runner import WorkflowRunner

        return WorkflowRunner(
            self.scripts, self.bill_of_scripts, without_bill=self.account.without_bill
        )

    @cached_property
    def tools(self) -> ToolBox:
        from finops_repl.tools.compute import Compute
        from finops_repl.tools.execute_code import ExecuteCode
        from finops_repl.tools.query_bill import QueryBill
        from finops_repl.tools.read_piped import ReadPiped
        from finops_repl.tools.run_workflow import RunWorkflow
        from finops_repl.tools.toolbox import ToolBox
        from finops_repl.tools.workflow_shelf import (
            ListWorkflows,
            LoadWorkflow,
            SaveWorkflow,
            TagWorkflow,
        )

        shelf, limit = self.workflows, self.chosen_timeout_s
        return ToolBox(
            [
                QueryBill(self.bill),
                Compute(),
                ExecuteCode(self.scripts, self.bill_of_scripts, longest_s=limit),
                ListWorkflows(shelf),
                LoadWorkflow(shelf),
                RunWorkflow(shelf, self.workflow_runner, longest_s=limit),
                SaveWorkflow(shelf),
                TagWorkflow(shelf),
                ReadPiped(self.piped_in),
            ]
        )

    @cached_property
    def model(self) -> Model:
        """The model that was chosen, else the one the environment has a key for, else offline.

        Raises `ConfigError` for a model of the Messages API that nothing gives access to.
        """
        return opened_model(chosen_model(self.settings))

    @cached_property
    def model_name(self) -> str:
        """What `model` will be called, without making it; raises as it does."""
        chosen = chosen_model(self.settings)
        return OFFLINE if chosen is None else chosen.model

    async def use_model(self, name: str) -> None:
        """Let the model of that name answer from here on; its session opens a branch.

        Raises as `model` does, and `UnknownName` for a name that is none.
        """
        import asyncio  # a workflow's start needs none of it

        from finops_repl.agent.branches import for_model

        agent = await asyncio.to_thread(lambda: self.agent)
        model = opened_model(model_named(self.settings, name))
        branch = for_model(agent.messages, model.name)
        agent.open_branch(branch, model, self._fallback(model))
        former, self.model, self.model_name = self.model, model, model.name
        await former.aclose()

    def _fallback(self, model: Model) -> Model | None:
        """Who goes on where the model stays away: the offline analyst, unless it is the model."""
        from finops_repl.agent.models.offline import OfflineModel

        return None if isinstance(model, OfflineModel) else OfflineModel()

    @cached_property
    def session_file(self) -> SessionFile:
        from finops_repl.agent.sessions import SessionFile, SessionHead

        file = self._earlier or SessionFile.create(
            SessionHead(
                self.scope.session,
                self.account.name,
                self.account.upstream.account_id,
                self.account.reopening,
                str(self.workspace.root),
                datetime.now(UTC).isoformat(timespec="seconds"),
            )
        )
        self._closing.callback(file.close)
        return file

    @cached_property
    def resumed(self) -> Resumed | None:
        """What the session's earlier part left; None for a session that begins."""
        from finops_repl.agent.resume import resume

        return resume(self.session_file, self.scope) if self._earlier else None

    @property
    def agent(self) -> Agent:
        """The agent of this session; each of its events is on disk before a face sees it.

        A chat has it made in a thread, and a command may want it meanwhile: there is one.
        """
        with self._making:
            return self._made_agent

    @cached_property
    def _made_agent(self) -> Agent:
        from finops_repl.agent.branches import for_model
        from finops_repl.agent.history import History
        from finops_repl.agent.loop import Agent
        from finops_repl.base.events import EventLog

        earlier = self.resumed
        agent = Agent(
            self.scope,
            self.model,
            self.tools,
            self._approvals(),
            earlier.log if earlier else EventLog(self.scope),
            self.session_file.record,
            figures=earlier.figures if earlier else None,
            history=earlier.history if earlier else History((), self.session_file.commit),
            limits=turn_limits(self.settings),
            today=self._today,
            fallback=self._fallback(self.model),
            context=self._context(),
        )
        if earlier and earlier.model not in ("", self.model.name):
            agent.open_branch(for_model(agent.messages, self.model.name))
        return agent

    @property
    def context_tokens(self) -> int | None:
        """What the conversation fills of the model's context; None before the first reply."""
        agent: Agent | None = self.__dict__.get("_made_agent")  # a look at it does not make it
        return None if agent is None else agent.context_tokens

    def account_fields(self) -> dict[str, str]:
        """What is known of the account, for people and programs."""
        known = self._bill_columns()
        fields = {
            "account": self.account.name,
            "kind": self.account.kind,
            "id": self.account.upstream.account_id if self.account.is_simulated else "",
            "data through": str(self.account.as_of or ""),
            "choose again": f"--account {self.account.spec}",
            "bill": self._bill_told(),
            **{f"bill's {name.replace('_', ' ')}": sql for name, sql in known.items()},
            "also allowed": self._also_allowed(),
            **self.account.facts(self.gateway, self.scope),
            "caps": self._caps() if self.account.kind == "aws" else "",
            "audit": str(state_dir("audit")),
        }
        return {name: value for name, value in fields.items() if value}

    def _bill_told(self) -> str:
        """The bill's table and kind; of one that does not answer, why and what to do."""
        try:
            table = self.bill.primary
        except FinopsError as error:
            stated = self.account.stated_bill
            if stated is None:
                raise
            return f"{stated.database}.{stated.table} (not read: {error.message}; {error.hint})"
        if not table.table:
            return "none: Cost Explorer only"
        return f"{table.catalog}.{table.database}.{table.table} ({table.kind})"

    def _also_allowed(self) -> str:
        """The reads that pass beyond the reviewed ones, and who said so."""
        names = self.settings.gateway_allow
        origin = self.settings.origins["gateway.allow"]
        return f"{', '.join(names)} (gateway.allow, {origin})" if names else ""

    def _caps(self) -> str:
        given = {"a session": self.settings.session_usd, "a call": self.settings.call_usd}
        return ", ".join(
            f"{what} ${cap}" if cap is not None else f"{what} none" for what, cap in given.items()
        )

    def _context(self) -> dict[str, str]:
        """What stands beside each question."""
        piped_in = f"{len(self.piped_in):,} characters" if self.piped_in else ""
        known = {"bill": self.account.kind_of_bill, "piped_in": piped_in}
        return {name: value for name, value in known.items() if value}

    def _today(self) -> date:
        """The account's own day: a simulated one lives on the day after its last data."""
        if self.account.as_of is not None:
            return self.account.as_of + timedelta(days=1)
        return datetime.now(UTC).date()

    def bill_of_scripts(self) -> Mapping[str, str]:
        """What a script is told of the bill: where its table lies, and the map over its columns.

        Where that is refused, the script may do without; if it asks the bill itself, it sees why.
        """
        try:
            return {**self._bill_columns(), **self.bill.primary.as_mapping()}
        except FinopsError:
            if self.account.stated_bill is None:
                raise
            return self.account.stated_bill.as_mapping()

    def _bill_columns(self) -> Mapping[str, str]:
        """The map over the columns of the bill, empty where nothing can tell them."""
        from finops_repl.billing.columns import bill_columns

        try:
            columns = self.bill.columns(self.bill.primary.table)
        except FinopsError:
            return {}
        return bill_columns(columns).as_mapping()

    def _approvals(self) -> ApprovalPolicy:
        """Code runs unasked on the simulated account; the scope holds what was granted."""
        from finops_repl.agent.approval import ApprovalPolicy
        from finops_repl.assembly.sandbox_state import EngineState

        modes: dict[ApprovalKind, ApprovalMode] = {}
        if self.account.is_simulated:
            modes["code"] = "auto"
        settings, earlier = self.settings, self.resumed
        is_typed = settings.origins["approve"] in ("flag", "environment")
        approved_anew = settings.approve if is_typed else frozenset[str]()
        return ApprovalPolicy(
            {**modes, **settings.approval},
            attended=self.attended,
            sandbox=EngineState(lambda: self._engine, settings.sandbox_unproven),
            always=earlier.always if earlier else {},
            revoked=earlier.revoked - approved_anew if earlier else frozenset(),
        )
