"""A model of the Messages API, by its real client, from the command line and in the chat."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pexpect

from finops_repl.sandbox.docker_connect import connect
from tests.acceptance.conftest import ACCOUNT, COMMAND, Finops
from tests.sandbox.running import containers_of, soon
from tests.standin.messages_api import (
    Call,
    Failure,
    MessagesStandIn,
    Request,
    Text,
    Turn,
    assert_calls_answered_once,
    assert_prefix_extensions,
)

SQL = "SELECT count(*) AS line_items FROM cur2 WHERE billing_period = '2026-09'"
SCRIPT = """
import boto3
print(boto3.client("sts").get_caller_identity()["Account"])
figure(12.5, "USD", "an amount of the script", period="2026-09")
"""


def turns() -> list[Turn | Failure]:
    return [
        Failure(529, "overloaded_error"),
        Turn(
            Call("query_bill", {"sql": SQL}),
            Call("execute_code", {"language": "python", "code": SCRIPT}),
        ),
        Turn(Call("save_workflow", {"name": "Who am I", "language": "python", "code": SCRIPT})),
        Turn(Text("It comes to $12.50 [f1] or $12.50 [f2], not to $99.99.")),
    ]


def test_one_question_goes_through_tools_and_faults_to_an_answer(
    finops: Finops, workspace: Path
) -> None:
    with MessagesStandIn(turns()) as server:
        env = {"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "sk-test"}
        ended = finops("--account", ACCOUNT, "--json", "-p", "What is it?", env=env)
        assert ended.code == 0, ended.stderr
        assert_calls_answered_once(server.requests[-1].body["messages"])
        assert_prefix_extensions(server.requests)
    fields = ended.json()
    assert fields["end"] == "answered"
    assert "$12.50" in fields["answer"]
    assert "$99.99 *(unsourced)*" in fields["answer"]
    (run,) = fields["runs"]
    assert run["exit_code"] == 0
    assert {figure["label"] for figure in fields["figures"]} >= {"an amount of the script"}
    saved = json.loads((workspace / "workflows" / "who-am-i.json").read_text())
    assert saved["code"] == SCRIPT
    assert "sk-test" not in ended.stdout + ended.stderr


def test_a_cap_of_the_users_settings_ends_an_unattended_question(finops: Finops) -> None:
    def server(request: Request) -> Turn:
        if request.body.get("tool_choice") == {"type": "none"}:
            return Turn(Text("So far I know this."))
        return Turn(Call("list_workflows", {"tag": str(len(request.messages))}))

    with MessagesStandIn(server) as stand_in:
        env = {"ANTHROPIC_BASE_URL": stand_in.url, "FINOPS_LIMITS_TURN_TOOL_CALLS": "2"}
        ended = finops("--account", ACCOUNT, "-p", "What is it?", env=env)
    assert ended.code == 5
    assert ended.stdout.startswith("So far I know this.")
    assert "limits.turn_tool_calls" in ended.stdout
    assert "2 of 2 tool calls" in ended.stderr


def test_a_model_that_is_away_is_replaced_and_the_exit_code_says_so(finops: Finops) -> None:
    with MessagesStandIn(lambda request: Failure(401, "authentication_error")) as stand_in:
        env = {"ANTHROPIC_BASE_URL": stand_in.url, "ANTHROPIC_API_KEY": "sk-test"}
        question = "What did we spend by service last month?"
        ended = finops("--account", ACCOUNT, "--json", "-p", question, env=env)
    fields = ended.json()
    assert ended.code == 3
    assert (fields["end"], fields["model"]) == ("answered", "offline")
    assert "stays away" in fields["answer"]
    assert fields["figures"]
    assert "ANTHROPIC_API_KEY" in ended.stderr


def test_the_chat_shows_code_output_and_answer_of_a_model(workspace: Path) -> None:
    with MessagesStandIn(turns()) as server:
        env = {
            **os.environ,
            "ANTHROPIC_BASE_URL": server.url,
            "ANTHROPIC_API_KEY": "sk-test",
            "TERM": "dumb",
        }
        arguments = ["--account", ACCOUNT, "--workspace", str(workspace)]
        chat = pexpect.spawn(COMMAND, arguments, env=env, timeout=60, encoding="utf-8")
        chat.expect("Ctrl-D leaves")
        chat.expect("> ")
        chat.send("What is it?\r")
        chat.expect("get_caller_identity")
        chat.expect("finished")
        chat.expect("How each figure was made")
        chat.expect("an amount of the script")
        chat.expect("> ")
        chat.send("/exit\r")
        chat.expect(pexpect.EOF)
        chat.close()
        assert chat.exitstatus == 0


PLAIN_FIELDS = {"model", "max_tokens", "system", "tools", "messages", "stream", "tool_choice"}
PLAIN_BLOCKS = {
    "text": {"type", "text"},
    "tool_use": {"type", "id", "name", "input"},
    "tool_result": {"type", "tool_use_id", "content", "is_error"},
}
"""What the first version of the Messages API knew; local servers often know no more."""


def unknown_to_an_old_server(request: Request) -> str:
    """What a server without betas, thinking and caching would stumble over; empty for nothing."""
    if request.path.partition("?")[0] != "/v1/messages":
        return f"no such path: {request.path}"
    if any(name.lower() == "anthropic-beta" for name in request.headers):
        return "no betas here"
    if strange := request.body.keys() - PLAIN_FIELDS:
        return f"unknown fields: {sorted(strange)}"
    if not isinstance(request.body["system"], str):
        return "system is a text"
    blocks: list[Any] = [
        block
        for message in request.messages
        if not isinstance(message["content"], str)
        for block in message["content"]
    ]
    for block in blocks:
        if block["type"] not in PLAIN_BLOCKS or block.keys() - PLAIN_BLOCKS[block["type"]]:
            return f"unknown block: {block}"
    return ""


def test_a_server_without_betas_thinking_and_token_counts_answers_a_whole_question(
    finops: Finops,
) -> None:
    left = iter(
        [
            Turn(
                Call("query_bill", {"sql": SQL}),
                Call("execute_code", {"language": "python", "code": SCRIPT}),
            ),
            Turn(Text("It comes to $12.50 [f1, f2].")),  # which call ends first is not said
        ]
    )
    refused: list[str] = []

    def reply(request: Request) -> Turn | Failure:
        if why := unknown_to_an_old_server(request):
            refused.append(why)
            return Failure(400, "invalid_request_error", why)
        return next(left)

    with MessagesStandIn(reply) as server:
        env = {"ANTHROPIC_BASE_URL": server.url}
        ended = finops("-p", "What is it?", "--account", ACCOUNT, "--model", "local-7b", env=env)
        plain = [each for each in server.requests if not unknown_to_an_old_server(each)]
    assert (ended.code, "$12.50 [f1, f2]" in ended.stdout) == (0, True), ended.stderr
    assert "finished" in ended.stderr
    assert len(refused) == 1  # it is asked plainly from then on
    assert len(plain) == 2
    assert_prefix_extensions(plain)
    assert_calls_answered_once(plain[-1].messages)


ENDLESS = "import time\nprint('begun', flush=True)\ntime.sleep(600)"


def test_ctrl_c_while_a_script_runs_ends_its_container_and_the_chat_goes_on(
    workspace: Path,
) -> None:
    script = [
        Turn(Call("execute_code", {"language": "python", "code": ENDLESS})),
        Turn(Text("Here again.")),
    ]
    client = connect()
    with MessagesStandIn(script) as server:
        env = {
            **os.environ,
            "ANTHROPIC_BASE_URL": server.url,
            "ANTHROPIC_API_KEY": "sk-test",
            "FINOPS_SANDBOX_POOL": "0",  # so that a box bears the name of its run
            "TERM": "dumb",
        }
        arguments = ["--account", ACCOUNT, "--workspace", str(workspace)]
        chat = pexpect.spawn(COMMAND, arguments, env=env, timeout=60, encoding="utf-8")
        try:
            chat.expect("Ctrl-D leaves")
            chat.expect("> ")
            chat.send("Go on.\r")
            chat.expect("│ begun")
            [log] = (workspace / "scripts").glob("*.py")
            run = log.stem.rpartition("_")[2]
            assert containers_of(client, run)
            chat.send("\x03")
            chat.expect("interrupted")
            assert soon(lambda: not containers_of(client, run))
            chat.expect("> ")
            chat.send("Still there?\r")
            chat.expect("Here again.")
            chat.expect("> ")
            chat.send("/exit\r")
            chat.expect(pexpect.EOF)
        finally:
            chat.close(force=True)
            client.close()
        assert chat.exitstatus == 0
        assert_calls_answered_once(server.requests[-1].messages)
        assert_prefix_extensions(server.requests)
