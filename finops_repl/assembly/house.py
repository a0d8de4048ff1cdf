"""One session's house: each room is opened when it is first needed, and once."""

from __future__ import annotations

import getpass
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from finops_repl.assembly.account import Account
from finops_repl.assembly.accounts import open_account
from finops_repl.assembly.caps import session_spend
from finops_repl.assembly.models import OFFLINE, chosen_model, model_named, opened_model
from finops_repl.assembly.shelf import chosen_workspace, workflow_shelf
from finops_repl.base.config import Settings, read_settings
from finops_repl.base.errors import FinopsError
from finops_repl.base.places import Workspace
from finops_repl.base.scope import Scope, new_id

if TYPE_CHECKING:
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
        sandbox = ContainerSandbox(self.engine, pool=pool)
        self._closing.callback(sandbox.close)
        return sandbox

    @cached_property
    def engine(self) -> DockerEngine:
        from finops_repl.sandbox.docker_engine import DockerEngine
        from finops_repl.sandbox.own_packages import image_for

        return DockerEngine(
            image=lambda: image_for(self.workspace), unproven=self.settings.sandbox_unproven
        )

    @cached_property
    def scripts(self) -> ScriptRunner:
        from finops_repl.sandbox.scripts import ScriptRunner
        from finops_repl.tools.clean_output import CleanOutput

        gateway = self.gateway
        return ScriptRunner(
            self.sandbox,
            self.workspace,
            gateway.handle,
            gateway.calls,
            cancel_calls=gateway.cancel,
            price_of_run=gateway.price,
            cleaned=CleanOutput,
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
        return opened_model(chosen_model(self.settings), attended=self.attended)

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
        from finops_repl.assembly.conversation import fallback_of

        agent = await asyncio.to_thread(lambda: self.agent)
        model = opened_model(model_named(self.settings, name), attended=self.attended)
        branch = for_model(agent.messages, model.name)
        agent.open_branch(branch, model, fallback_of(model))
        former, self.model, self.model_name = self.model, model, model.name
        await former.aclose()

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
        from finops_repl.assembly.conversation import opened_agent

        return opened_agent(self)

    @property
    def window_tokens(self) -> int | None:
        """How much the model can read; None where that is not known."""
        model: Model | None = self.__dict__.get("model")  # a look at it does not make it
        return None if model is None else model.window_tokens

    @property
    def context_tokens(self) -> int | None:
        """What the conversation fills of the model's context; None before the first reply."""
        agent: Agent | None = self.__dict__.get("_made_agent")  # a look at it does not make it
        return None if agent is None else agent.context_tokens

    def bill_of_scripts(self) -> Mapping[str, str]:
        """What a script is told of the bill: where its table lies, and the map over its columns.

        Where that is refused, the script may do without; if it asks the bill itself, it sees why.
        """
        try:
            return {**self.bill_columns(), **self.bill.primary.as_mapping()}
        except FinopsError:
            if self.account.stated_bill is None:
                raise
            return self.account.stated_bill.as_mapping()

    def bill_columns(self) -> Mapping[str, str]:
        """The map over the columns of the bill, empty where nothing can tell them."""
        from finops_repl.billing.columns import bill_columns

        try:
            columns = self.bill.columns(self.bill.primary.table)
        except FinopsError:
            return {}
        return bill_columns(columns).as_mapping()
