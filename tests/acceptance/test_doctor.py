"""`finops-repl doctor`: what holds, what does not, what to do, and an exit code."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import docker
import pytest

import finops_repl
from finops_repl.base.scope import new_id
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.owner import Owner
from tests.acceptance.conftest import ACCOUNT, Ended, Finops
from tests.sandbox.docker_contexts import write_context
from tests.sandbox.forwarder import Forwarder
from tests.standin.messages_api import Failure, MessagesStandIn, Text, Turn

NOWHERE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = connect()
    yield client
    client.close()


def checks(ended: Ended) -> dict[str, dict[str, Any]]:
    return {check["check"]: check for check in ended.json()["checks"]}


def statuses(ended: Ended) -> dict[str, str]:
    return {name: check["status"] for name, check in checks(ended).items()}


def test_everything_in_order_is_usable(finops: Finops, workspace: Path) -> None:
    ended = finops("doctor", "--account", ACCOUNT)
    assert ended.code == 0, ended.stdout
    assert ended.stdout.endswith("Usable.\n")
    assert "FAIL" not in ended.stdout
    for said in (
        "unix:///var/run/docker.sock (the local socket)",
        "cgroup v",
        image_tag(),
        "print(1) in a container of its own",
        str(workspace),
        "sim-",
        "offline",
    ):
        assert said in ended.stdout
    assert not (workspace / "scripts").exists()
    assert not list(workspace.glob(".doctor*"))


def test_json_is_one_object_with_a_status_and_details_for_each_check(finops: Finops) -> None:
    ended = finops("doctor", "--json", "--account", ACCOUNT)
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.json()["usable"] is True
    assert list(statuses(ended)) == [
        "workspace", "disk", "settings", "credentials", "account", "bill", "athena", "model",
        "engine", "image", "leftovers", "limits", "run",
    ]  # fmt: skip
    assert set(statuses(ended).values()) == {"ok"}
    details = checks(ended)["engine"]["details"]
    assert details["named_by"] == "the local socket"
    assert {"version", "api", "cgroup_version", "cgroup_driver", "storage_driver"} <= set(details)
    assert (details["rootless"], details["remote"]) in ((False, False), (True, False))
    assert checks(ended)["run"]["details"]["ms"] > 0
    assert checks(ended)["settings"]["details"]["account"] == "flag"


def test_no_engine_fails_with_what_to_do_and_the_rest_is_looked_at(finops: Finops) -> None:
    ended = finops("doctor", "--json", "--account", ACCOUNT, env=NOWHERE)
    assert ended.code == 4
    found = statuses(ended)
    assert found["engine"] == "fail"
    assert {found[name] for name in ("image", "leftovers", "limits", "run")} == {"not looked at"}
    assert {found[name] for name in ("workspace", "account", "model")} == {"ok"}
    assert "unix:///nowhere/docker.sock" in checks(ended)["engine"]["found"]
    assert checks(ended)["engine"]["remedy"]
    ended = finops("doctor", "--account", ACCOUNT, env=NOWHERE)
    assert ended.code == 4
    assert "FAIL  engine" in ended.stdout
    assert ended.stdout.endswith("Not usable as it is: engine.\n")


def test_engine_of_a_context_is_named_by_it(finops: Finops, tmp_path: Path) -> None:
    network = Forwarder()
    host = network.host
    try:
        write_context(tmp_path / "docker", "far", host, current=True)
        env = {"DOCKER_CONFIG": str(tmp_path / "docker")}
        ended = finops("doctor", "--json", "--account", ACCOUNT, env=env)
    finally:
        network.close()
    assert ended.code == 0, ended.stdout
    details = checks(ended)["engine"]["details"]
    assert (details["host"], details["remote"]) == (host, True)
    assert "context far" in details["named_by"]


def test_missing_image_says_how_to_build_it(finops: Finops, tmp_path: Path) -> None:
    # A version of the product whose image nobody has built.
    package = Path(finops_repl.__file__).parent
    shutil.copytree(package, tmp_path / "finops_repl", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(package.parent / "sandbox", tmp_path / "sandbox")
    (tmp_path / "sandbox" / "new.py").write_text(f"# {new_id()}\n")
    ended = subprocess.run(
        [sys.executable, "-c", "from finops_repl.cli import main; main()", "doctor",
         "--account", ACCOUNT],
        capture_output=True, text=True, timeout=60, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert ended.returncode == 4, ended.stdout + ended.stderr
    assert "FAIL  image       there is no sandbox image" in ended.stdout
    assert "finops-repl sandbox build" in ended.stdout
    assert "-     run         needs limits" in ended.stdout


def test_workspace_that_cannot_be_written_is_named(finops: Finops, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder, says in (
        ("/proc/finops-workspace", "/proc cannot be written to"),
        (str(tmp_path / "file"), "is no folder"),
        (str(tmp_path / "file" / "below"), "cannot be written to"),
    ):
        ended = finops("doctor", "--json", "--account", ACCOUNT, "--workspace", folder, env=NOWHERE)
        assert ended.code == 2
        assert says in checks(ended)["workspace"]["found"]
        assert checks(ended)["workspace"]["remedy"]


def test_state_that_cannot_be_written_is_said_and_not_a_crash(finops: Finops) -> None:
    env = {**NOWHERE, "XDG_STATE_HOME": "/proc/finops-state"}
    ended = finops("doctor", "--json", "--account", ACCOUNT, env=env)
    assert ended.code == 2
    assert statuses(ended)["disk"] == "fail"


def test_broken_settings_fail_alone(finops: Finops, private_home: Path) -> None:
    settings = private_home / "config" / "finops-repl" / "settings.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("acount = 'simulated'\n")
    ended = finops("doctor", "--json")
    assert ended.code == 2
    found = statuses(ended)
    assert found["settings"] == "fail"
    assert (found["account"], found["model"]) == ("not looked at", "not looked at")
    assert found["run"] == "ok"
    assert "account" in checks(ended)["settings"]["remedy"]


def test_aws_settings_without_a_choice_are_a_warning(finops: Finops) -> None:
    ended = finops("doctor", "--json", env={**NOWHERE, "AWS_PROFILE": "payer"})
    account = checks(ended)["account"]
    assert account["status"] == "warn"
    assert "AWS_PROFILE" in account["found"]
    assert "--account simulated" in account["remedy"]


def test_missing_bill_file_is_named(finops: Finops) -> None:
    ended = finops("doctor", "--json", "--account", "files:/nowhere.csv", env=NOWHERE)
    assert ended.code == 2
    assert "/nowhere.csv" in checks(ended)["account"]["found"]


def test_key_is_found_and_never_shown_and_the_model_not_asked(finops: Finops) -> None:
    with MessagesStandIn([]) as server:
        env = {**NOWHERE, "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "sk-secret"}
        ended = finops("doctor", "--json", "--account", ACCOUNT, env=env)
        assert server.requests == []
    model = checks(ended)["model"]
    assert (model["status"], model["details"]["has_key"]) == ("ok", True)
    assert "not asked" in model["found"]
    assert "sk-secret" not in ended.stdout + ended.stderr


def test_model_is_asked_where_that_was_asked_for(finops: Finops) -> None:
    with MessagesStandIn([Turn(Text("ready")), Failure(401, "authentication_error")]) as server:
        env = {**NOWHERE, "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "sk-secret"}
        ended = finops("doctor", "--ask-model", "--json", "--account", ACCOUNT, env=env)
        assert ended.code == 4  # by the engine alone
        assert "it answers" in checks(ended)["model"]["found"]
        ended = finops("doctor", "--ask-model", "--json", "--account", ACCOUNT, env=env)
        assert ended.code == 3
        assert checks(ended)["model"]["remedy"]


def test_leftovers_are_counted_and_left_to_the_sweep(
    finops: Finops, client: docker.DockerClient
) -> None:
    dead = replace(Owner.this_process(), pid=2**22 + 1)
    left = client.api.create_container(
        image_tag(), labels=dead.labels(new_id()), network_disabled=True
    )["Id"]
    try:
        ended = finops("doctor", "--json", "--account", ACCOUNT)
        assert ended.code == 0
        leftovers = checks(ended)["leftovers"]
        assert (leftovers["status"], leftovers["details"]["count"]) == ("warn", 1)
        assert "finops-repl sandbox sweep" in leftovers["remedy"]
    finally:
        with contextlib.suppress(docker.errors.NotFound):  # the doctor's own run swept it
            client.api.remove_container(left, force=True)
