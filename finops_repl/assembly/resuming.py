"""Which session is gone on with, and the flags that open its account and workspace again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finops_repl.assembly.account import Account
from finops_repl.assembly.shelf import chosen_workspace
from finops_repl.base.config import read_settings
from finops_repl.base.errors import ConfigError, DamagedFile, InputError

if TYPE_CHECKING:
    from finops_repl.agent.sessions import SessionFile, SessionHead

__all__ = ["refuse_other_account", "session_to_resume"]

Flags = Mapping[str, Any]

FLAGS_OF_ACCOUNT = {"account": "--account", "aws_profile": "--profile", "aws_role": "--role"}
DEFAULT_ACCOUNT = "simulated"


def session_to_resume(flags: Flags, session: str | None) -> tuple[SessionFile, dict[str, Any]]:
    """The session whose id begins so, None for the last one of workspace and account that the
    flags name; held for this process, with the flags that open it as it was.

    Raises `UnknownName` or `InputError` where there is none or it is open elsewhere, and where a
    flag names another account or workspace than its own.
    """
    from finops_repl.agent.session_list import find_session, last_model
    from finops_repl.agent.sessions import SessionFile

    path = _last(flags) if session is None else find_session(session)
    file = SessionFile.reopen(path)
    try:
        own = _own_flags(file.head, flags)
        model = flags.get("model") or last_model(path)
    except BaseException:
        file.close()
        raise
    return file, {**flags, **own, "model": model}


def refuse_other_account(head: SessionHead, account: Account) -> None:
    """Hold the account that was opened against the one that the session is about."""
    same_name = head.account in ("", account.name)
    same_id = head.account_id in ("", account.upstream.account_id)
    if not (same_name and same_id):
        raise ConfigError(
            f"the session {head.session} is about {head.account} {head.account_id}, and its"
            f" settings now open {account.name} {account.upstream.account_id}",
            hint="its figures are not this account's: start a new session, or set the profile"
            " or file back to what it was",
        )


def _last(flags: Flags) -> Path:
    from finops_repl.agent.session_list import kept_sessions
    from finops_repl.agent.sessions import read_head

    workspace = chosen_workspace(flags)
    settings = read_settings(flags, workspace)
    named = {**flags, "account": settings.account or DEFAULT_ACCOUNT}
    for path in kept_sessions():
        try:
            head = read_head(path)
        except DamagedFile:
            continue
        if head.workspace == str(workspace.root) and not _differing(head, named):
            return path
    raise InputError(
        f"no session in {workspace.root} about {named['account']} can be continued",
        hint="finops-repl sessions lists all; --resume ID opens one wherever it belongs",
    )


def _own_flags(head: SessionHead, flags: Flags) -> dict[str, Any]:
    """What opens the session's account and workspace; the flags may name no others."""
    if not head.reopen:
        return {}  # of an older version: the account that opens must bear its name
    if differing := _differing(head, flags):
        raise InputError(
            f"the session {head.session} is about {head.account}, not {flags[differing]}",
            hint=f"leave {FLAGS_OF_ACCOUNT[differing]} out and it opens on its own account; for"
            " another account, start a new session",
        )
    typed = flags.get("workspace")
    if (
        typed
        and head.workspace
        and Path(str(typed)).expanduser().absolute() != Path(head.workspace)
    ):
        raise InputError(
            f"the session {head.session} belongs to the workspace {head.workspace}",
            hint="leave --workspace out, or start a new session",
        )
    cleared = dict.fromkeys(FLAGS_OF_ACCOUNT)
    return {**cleared, **head.reopen, "workspace": head.workspace or typed}


def _differing(head: SessionHead, flags: Flags) -> str:
    """The flag that names another account than the session's; empty where none does."""
    for name in FLAGS_OF_ACCOUNT:
        typed = str(flags.get(name) or "")
        if typed and not _includes(typed, head.reopen.get(name, "")):
            return name
    return ""


def _includes(typed: str, own: str) -> bool:
    """Whether what was typed holds of an account: its kind, and each field that was named."""
    kind, _, fields = typed.partition(":")
    own_kind, _, own_fields = own.partition(":")
    if kind == "files":
        return own_kind == kind and Path(fields).expanduser().resolve() == Path(own_fields)
    if kind != DEFAULT_ACCOUNT:
        return typed == own
    named = {field.strip() for field in fields.split(",") if field.strip()}
    return kind == own_kind and named <= set(own_fields.split(","))
