"""What the doctor looks at besides the sandbox: settings, workspace, disk, account, model."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.assembly.doctor import Check
from finops_repl.base.aws_signs import aws_settings_found
from finops_repl.base.config import Settings, read_settings
from finops_repl.base.errors import ConfigError, ConnectionFailed, FinopsError
from finops_repl.base.findings import Detail, Finding
from finops_repl.base.places import Workspace, cache_dir, find_workspace, settings_dir, state_dir
from finops_repl.base.setting_values import WhenUnproven

if TYPE_CHECKING:
    from finops_repl.agent.models.messages_api import ModelSettings
    from finops_repl.assembly.house import House

__all__ = ["SettingChecks"]

GB = 1024**3
LITTLE_ROOM_BYTES = GB


class SettingChecks:
    """Checks of what one command line, environment and home amount to."""

    def __init__(self, flags: dict[str, object], *, asks_model: bool) -> None:
        self._flags = flags
        self._asks_model = asks_model

    def checks(self) -> Sequence[Check]:
        """Those of places first: the others read files there."""
        return (
            Check("workspace", self.workspace),
            Check("disk", self.disk),
            Check("settings", self.settings),
            Check("credentials", self.credentials, needs=("settings",), patience_s=30),
            Check("account", self.account, needs=("credentials",), patience_s=30),
            Check("bill", self.bill, needs=("account",), patience_s=30),
            Check("athena", self.athena, needs=("bill",), patience_s=30),
            Check("model", self.model, needs=("settings",), patience_s=60),
        )

    @property
    def unproven(self) -> WhenUnproven:
        """What is to happen where limits do not hold; unreadable settings allow nothing."""
        try:
            return self._settings.sandbox_unproven
        except FinopsError:
            return "refuse"

    @cached_property
    def _workspace(self) -> Workspace:
        chosen = self._flags.get("workspace")
        return find_workspace(str(chosen) if chosen else None)

    @cached_property
    def _settings(self) -> Settings:
        return read_settings(self._flags, self._workspace)

    def workspace(self, give_up: threading.Event) -> Finding:
        """Whether scripts, logs and exports can be written; a workspace may yet have to be made."""
        root = self._workspace.root
        if root.exists() and not root.is_dir():
            raise ConfigError(
                f"the workspace {root} is no folder", hint="give --workspace a folder"
            )
        folders = [root, self._workspace.scripts, self._workspace.data, self._workspace.workflows]
        for folder in {_nearest_there(folder) for folder in folders}:
            _try_writing(folder)
        found = str(root) if root.exists() else f"{root}, made by the first run"
        return Finding(found, details={"root": str(root), "exists": root.exists()})

    def disk(self, give_up: threading.Event) -> Finding:
        """Whether there is room where sessions, the audit and exports are written."""
        places = {"state": state_dir(), "cache": cache_dir(), "workspace": self._workspace.root}
        free = {name: shutil.disk_usage(_nearest_there(path)).free for name, path in places.items()}
        details: dict[str, Detail] = {f"{name}_free_bytes": size for name, size in free.items()}
        found = f"at least {min(free.values()) / GB:.1f} GB free for {', '.join(free)}"
        short = [str(places[name]) for name, size in free.items() if size < LITTLE_ROOM_BYTES]
        if short:
            return Finding(found, f"make room at {', '.join(short)}", details)
        return Finding(found, details=details)

    def settings(self, give_up: threading.Event) -> Finding:
        """Which settings somebody made, and where."""
        origins = self._settings.origins
        made = {name: origin for name, origin in origins.items() if origin != "default"}
        said = ", ".join(f"{name} by {origin}" for name, origin in made.items())
        return Finding(said or "none made: all as they come", details=dict(origins))

    def credentials(self, give_up: threading.Event) -> Finding:
        """Who signs, with keys of which age; the bill may have a signer of its own."""
        settings = self._settings
        if settings.account.partition(":")[0] != "aws":
            return Finding("none needed: the account is not AWS")
        from finops_repl.assembly.signers import bill_signer, signer
        from finops_repl.gateway.credentials_age import credentials_finding

        now, endpoint = datetime.now(UTC), settings.aws.endpoint_url or None
        main = signer(settings)
        found = credentials_finding(main, now=now, endpoint_url=endpoint)
        of_bill = bill_signer(settings, main)
        if of_bill is None:
            return found
        other = credentials_finding(of_bill, now=now, endpoint_url=endpoint)
        return Finding(
            f"{found.found}\nfor the bill {other.found}",
            found.remedy or other.remedy,
            {**found.details, **{f"bill_{name}": it for name, it in other.details.items()}},
        )

    @cached_property
    def _house(self) -> House:
        from finops_repl.assembly.house import House

        return House.open(self._flags, headless=False)

    def close(self) -> None:
        """Let go of the account, where it was opened."""
        house: House | None = self.__dict__.pop("_house", None)
        if house is not None:
            house.close()

    def bill(self, give_up: threading.Event) -> Finding:
        """Which table the bill is, of which kind."""
        from finops_repl.assembly.bill_checks import bill_finding

        return bill_finding(self._house)

    def athena(self, give_up: threading.Event) -> Finding:
        """The place that answers SQL on the bill."""
        from finops_repl.assembly.bill_checks import athena_finding

        return athena_finding(self._house)

    def account(self, give_up: threading.Event) -> Finding:
        """Which account is meant, and by whom."""
        from finops_repl.assembly.account_page import account_page

        settings = self._settings
        fields = account_page(self._house)
        account = self._house.account
        origin = settings.origins["account"]
        found = f"{account.name} ({account.kind}), by {origin}"
        if "also allowed" in fields:
            found += f"\nbeyond the reviewed reads it allows {fields['also allowed']}"
        if "signs" in fields:
            found += f"\nsigns as {fields['signs']}"
        details: dict[str, Detail] = {**fields, "origin": origin}
        sign = "" if settings.account else aws_settings_found(origins=settings.origins)
        if sign:
            return Finding(
                f"{found}\nthis machine has AWS settings ({sign}), so programs must say which"
                " account they mean",
                f"--account simulated, FINOPS_ACCOUNT, or account in {settings_dir()}",
                details,
            )
        return Finding(found, details=details)

    def model(self, give_up: threading.Event) -> Finding:
        """Which model answers; it is asked only where that was asked for."""
        from finops_repl.assembly.models import OFFLINE, chosen_model

        chosen = chosen_model(self._settings)
        if chosen is None:
            by_choice = self._settings.model == OFFLINE
            why = "as chosen" if by_choice else "no ANTHROPIC_API_KEY, no ANTHROPIC_BASE_URL"
            return Finding(f"the offline analyst ({why})", details={"model": OFFLINE})
        server = chosen.base_url or "the official server"
        key = "with a key" if chosen.api_key else "without a key"
        found = f"{chosen.model} at {server}, {key}"
        details: dict[str, Detail] = {
            "model": chosen.model,
            "base_url": chosen.base_url,
            "has_key": bool(chosen.api_key),
            "asked": self._asks_model,
        }
        if not self._asks_model:
            return Finding(f"{found}; not asked (--ask-model does)", details=details)
        asyncio.run(_ask(chosen))
        return Finding(f"{found}; it answers", details=details)


async def _ask(chosen: ModelSettings) -> None:
    """Have one word from the model; raises `ConnectionFailed` where none comes."""
    from finops_repl.agent.models.messages_api import MessagesModel
    from finops_repl.agent.models.port import Message, ModelError, ModelRequest, TextBlock

    model = MessagesModel(chosen)
    question = Message("user", (TextBlock("Answer with the one word: ready"),))
    request = ModelRequest("You answer in one word.", (), (question,), max_tokens=1024)
    try:
        async for _ in model.stream(request):
            pass
    except ModelError as error:
        raise ConnectionFailed(
            f"{chosen.model} does not answer: {error.message}",
            hint=error.hint or "check the key and the network, or use --model offline",
        ) from error
    finally:
        await model.aclose()


def _nearest_there(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _try_writing(folder: Path) -> None:
    """Make a file and remove it; raises `ConfigError` where that is not allowed."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=".doctor-", dir=folder)
        os.close(descriptor)
        Path(name).unlink()
    except OSError as error:
        raise ConfigError(
            f"{folder} cannot be written to: {error.strerror}",
            hint="make it writable, or choose another with --workspace or FINOPS_WORKSPACE",
        ) from error
