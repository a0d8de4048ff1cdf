"""A model of the Messages API, by its real client, from the command line and in the chat."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pexpect

from tests.acceptance.conftest import ACCOUNT, COMMAND, Finops
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
