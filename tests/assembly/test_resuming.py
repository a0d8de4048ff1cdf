"""Which session is gone on with, on which account, in which workspace, with which model."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finops_repl.agent.sessions import SessionFile, SessionHead
from finops_repl.assembly.accounts import open_account
from finops_repl.assembly.house import House
from finops_repl.assembly.resuming import refuse_other_account, session_to_resume
from finops_repl.base.config import read_settings
from finops_repl.base.errors import ConfigError, InputError, UnknownName
from finops_repl.base.events import ApprovalRevoked, BranchOpened, EventLog, QuestionAsked
from finops_repl.base.places import Workspace
from finops_repl.base.scope import Scope

SPEC = "simulated:seed=7,as_of=2026-10-20,incidents=all,rows=1000000"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def costs(tmp_path: Path) -> Path:
    file = tmp_path / "costs.csv"
    file.write_text("BilledCost,ServiceName\n1.5,Compute\n")
    return file


def keep(
    session: str, workspace: Path, *, used: int, model: str = "offline", **reopen: str
) -> SessionFile:
    """A session on disk, last used in that second; simulated where nothing else is said."""
    head = SessionHead(
        session, "sim-shop", "", {"account": SPEC, **reopen}, str(workspace), "2026-11-20"
    )
    file = SessionFile.create(head)
    file.record(EventLog(Scope("sim-shop", workspace, "u")).wrap(QuestionAsked("why?", model)))
    file.close()
    os.utime(file.path, (used, used))
    return file


def chosen(flags: dict[str, Any], session: str | None = None) -> tuple[str, dict[str, Any]]:
    file, own = session_to_resume(flags, session)
    file.close()
    return file.head.session, own


def test_continue_takes_the_last_session_of_workspace_and_account(
    workspace: Path, tmp_path: Path, costs: Path
) -> None:
    keep("aa", workspace, used=10)
    keep("bb", workspace, used=20)
    keep("cc", workspace, used=30, account=f"files:{costs}")
    keep("dd", tmp_path / "elsewhere", used=40)
    keep("ee", workspace, used=50, account="aws", aws_profile="payer")
    here = {"workspace": str(workspace)}
    assert chosen(here)[0] == "bb"
    assert chosen({**here, "account": f"files:{costs}"})[0] == "cc"
    assert chosen({**here, "account": "aws"})[0] == "ee"
    assert chosen({**here, "account": "aws", "aws_profile": "payer"})[0] == "ee"
    for flags in (
        {"account": "simulated:seed=8"},
        {"account": "aws", "aws_profile": "another"},
        {"workspace": str(tmp_path)},
    ):
        with pytest.raises(InputError, match="can be continued"):
            chosen({**here, **flags})


def test_a_session_opens_on_its_own_account_day_workspace_and_model(workspace: Path) -> None:
    keep("ab12", workspace, used=10, model="claude-haiku-5-5")
    session, flags = chosen({"timeout_s": 5.0}, "ab")
    assert session == "ab12"
    assert flags["account"] == SPEC
    assert flags["workspace"] == str(workspace)
    assert flags["model"] == "claude-haiku-5-5"
    assert flags["timeout_s"] == 5.0
    assert chosen({"model": "offline"}, "ab")[1]["model"] == "offline"
    assert chosen({"account": "simulated:seed=7"}, "ab")[1]["account"] == SPEC


@pytest.mark.parametrize(
    ("flags", "hint"),
    [
        ({"account": "aws"}, "--account"),
        ({"account": "simulated:seed=8"}, "--account"),
        ({"account": "simulated:as_of=2026-10-21"}, "--account"),
        ({"account": "files:costs.csv"}, "--account"),
        ({"aws_profile": "payer"}, "--profile"),
        ({"workspace": "/another"}, "--workspace"),
    ],
)
def test_another_account_or_workspace_is_refused_and_the_session_let_go(
    workspace: Path, flags: dict[str, Any], hint: str
) -> None:
    file = keep("ab12", workspace, used=10)
    with pytest.raises(InputError, match="session ab12") as refused:
        session_to_resume(flags, "ab12")
    assert f"leave {hint} out" in refused.value.hint
    SessionFile.reopen(file.path).close()


def test_a_session_that_is_not_there_is_named() -> None:
    with pytest.raises(UnknownName, match="zz"):
        session_to_resume({}, "zz")


def test_an_account_that_became_another_one_is_refused(costs: Path, workspace: Path) -> None:
    settings = read_settings({"account": f"files:{costs}"}, Workspace(workspace), env={})
    account = open_account(settings, headless=True)
    head = SessionHead("ab12", account.name, account.upstream.account_id, account.reopening)
    refuse_other_account(head, account)
    refuse_other_account(SessionHead("ab12"), account)  # of a version that did not say
    for changed in (replace(head, account="prod"), replace(head, account_id="111122223333")):
        with pytest.raises(ConfigError, match="ab12 is about"):
            refuse_other_account(changed, account)


def test_files_are_found_again_from_another_folder(
    costs: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(costs.parent)
    settings = read_settings({"account": "files:costs.csv"}, Workspace(workspace), env={})
    assert open_account(settings, headless=True).reopening == {"account": f"files:{costs}"}


def house(workspace: Path, costs: Path, file: SessionFile | None, **flags: Any) -> House:
    named = {"account": f"files:{costs}", "workspace": str(workspace), "model": "offline", **flags}
    return House.open(named, headless=True, earlier=file)


def test_a_house_goes_on_in_the_same_file_and_another_model_opens_a_branch(
    workspace: Path, costs: Path
) -> None:
    first = house(workspace, costs, None)
    first.agent.tell(QuestionAsked("why?", "claude-haiku-5-5"))
    path = first.session_file.path
    first.close()
    again = house(workspace, costs, SessionFile.reopen(path))
    assert again.agent.model.name == "offline"
    assert again.session_file.path == path
    lines = again.session_file.events()
    assert lines[-1]["type"] == BranchOpened.__name__
    assert lines[-1]["model"] == "offline"
    assert {line["session"] for line in lines} == {first.scope.session}
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    again.close()


@pytest.mark.parametrize(("typed", "granted"), [((), False), (("code",), True)])
def test_what_was_revoked_stays_so_unless_it_is_approved_anew(
    workspace: Path, costs: Path, typed: tuple[str, ...], granted: bool
) -> None:
    first = house(workspace, costs, None)
    first.agent.tell(ApprovalRevoked("code"))
    path = first.session_file.path
    first.close()
    again = house(workspace, costs, SessionFile.reopen(path), approve=typed)
    (code, *_) = again.agent.approvals.standing()
    assert bool(code.granted) is granted
    again.close()
