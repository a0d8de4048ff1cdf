"""What goes wrong says what to do, and its exit code says what kind it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.base.places import settings_dir
from tests.acceptance.conftest import ACCOUNT, Finops

NO_ENGINE = {"DOCKER_HOST": "tcp://127.0.0.1:9"}


def test_an_empty_question_is_a_usage_error(finops: Finops) -> None:
    ended = finops("-p", "   ")
    assert (ended.code, ended.stdout) == (2, "")
    assert "the question is empty" in ended.stderr


def test_a_chat_without_a_terminal_says_how_to_ask_once(finops: Finops) -> None:
    ended = finops()
    assert (ended.code, ended.stdout) == (2, "")
    assert '-p "..."' in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--timeout", "soon", "-p", "hi"], "'soon' is no number of seconds, such as 120"),
        (["sesion"], "No such command 'sesion'. Did you mean sessions?"),
        (["audit", "--since", "May"], "'May' is no day; write it as YYYY-MM-DD"),
    ],
)
def test_a_wrong_value_says_how_it_is_written(
    finops: Finops, arguments: list[str], says: str
) -> None:
    ended = finops(*arguments)
    assert (ended.code, ended.stdout) == (2, "")
    assert says in ended.stderr


def test_help_lists_every_exit_code(finops: Finops) -> None:
    listed = finops("--help").stdout.partition("Exit codes:")[2].split("\n")
    codes = [line.split()[0] for line in listed if line.strip()]
    assert codes == ["0", "1", "2", "3", "4", "5", "6", "130"]


@pytest.mark.parametrize(
    "arguments", [["-p", "What did we spend?"], ["sql", "SELECT 1"], ["account"]]
)
def test_a_program_on_a_machine_with_aws_settings_must_say_which_account(
    finops: Finops, arguments: list[str]
) -> None:
    ended = finops(*arguments, env={"AWS_PROFILE": "payer"})
    assert (ended.code, ended.stdout) == (2, "")
    assert "--account simulated" in ended.stderr
    assert "--account aws" in ended.stderr


@pytest.mark.parametrize(
    ("account", "says"),
    [
        ("simulatd", "simulated"),
        ("simulated:sed=7", "seed"),
        ("simulated:seed=x", "seed"),
        ("simulated:as_of=2026-13-01", "as_of"),
        ("simulated:incidents=spik", "spike"),
        ("files:", "files:"),
        ("files:/nowhere.csv", "/nowhere.csv"),
    ],
)
def test_a_wrong_account_names_the_field_and_what_is_valid(
    finops: Finops, account: str, says: str
) -> None:
    ended = finops("sql", "--account", account, "SELECT 1")
    assert (ended.code, ended.stdout) == (2, "")
    assert says in ended.stderr


def test_an_unknown_workflow_comes_with_the_nearest_names(finops: Finops) -> None:
    ended = finops("run-workflow", "monthly-cost-reprot", "--account", ACCOUNT)
    assert ended.code == 2
    assert "monthly-cost-report" in ended.stderr


def test_a_broken_workflow_is_named_and_left_untouched(finops: Finops, workspace: Path) -> None:
    broken = workspace / "workflows" / "mine.json"
    broken.write_text('{"schema": 1, "name": "Mine", ')
    ended = finops("run-workflow", "mine", "--account", ACCOUNT)
    assert ended.code == 2
    assert str(broken) in ended.stderr
    assert broken.read_text() == '{"schema": 1, "name": "Mine", '


def test_an_error_with_json_is_still_one_object(finops: Finops) -> None:
    ended = finops("run-workflow", "nothing-like-it", "--json", "--account", ACCOUNT)
    assert ended.code == 2
    assert ended.json()["ok"] is False


def test_without_an_engine_scripts_fail_with_what_to_do(finops: Finops) -> None:
    ended = finops("run-workflow", "monthly-cost-report", "--account", ACCOUNT, env=NO_ENGINE)
    assert (ended.code, ended.stdout) == (4, "")
    assert "DOCKER_HOST" in ended.stderr
    assert finops("sandbox", "build", env=NO_ENGINE).code == 4


def test_without_an_engine_sql_and_what_needs_no_script_still_work(finops: Finops) -> None:
    ended = finops("sql", "--account", ACCOUNT, "--json", "SELECT 1 AS one", env=NO_ENGINE)
    assert ended.code == 0
    assert ended.json()["rows"] == [{"one": 1}]
    ended = finops("--account", ACCOUNT, "-p", "What did we spend by service?", env=NO_ENGINE)
    assert ended.code == 0
    assert "| AmazonEC2 |" in ended.stdout


def test_a_script_over_its_limit_ends_with_its_partial_output(
    finops: Finops, workspace: Path
) -> None:
    endless = {
        "schema": 1,
        "name": "Endless",
        "language": "python",
        "code": "import time\nprint('partial', flush=True)\nwhile True: time.sleep(1)\n",
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
    }
    (workspace / "workflows" / "endless.json").write_text(json.dumps(endless))
    ended = finops("run-workflow", "endless", "--timeout", "2", "--account", ACCOUNT)
    assert (ended.code, ended.stdout) == (5, "partial\n")
    assert "time limit" in ended.stderr


def test_a_failing_script_is_exit_code_one(finops: Finops, workspace: Path) -> None:
    failing = {
        "schema": 1,
        "name": "Failing",
        "language": "javascript",
        "code": "console.log('before'); process.exit(7);\n",
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
    }
    (workspace / "workflows" / "failing.json").write_text(json.dumps(failing))
    ended = finops("run-workflow", "failing", "--json", "--account", ACCOUNT)
    assert ended.code == 1
    assert ended.json()["exit_code"] == 7
    assert ended.json()["stdout"] == "before\n"


def test_code_on_the_users_own_files_needs_approval(
    finops: Finops, workspace: Path, tmp_path: Path
) -> None:
    hello = {
        "schema": 1,
        "name": "Hello",
        "language": "python",
        "code": "print('hello')\n",
        "created": "2026-01-01T00:00:00Z",
        "updated": "2026-01-01T00:00:00Z",
    }
    (workspace / "workflows" / "hello.json").write_text(json.dumps(hello))
    (tmp_path / "costs.csv").write_text("BilledCost,ServiceName\n1.5,Compute\n")
    account = f"files:{tmp_path / 'costs.csv'}"
    ended = finops("--account", account, "-p", "run hello")
    assert ended.code == 6
    assert "--approve code" in ended.stderr
    assert not (workspace / "scripts").exists()
    assert finops("--account", account, "--approve", "code", "-p", "run hello").code == 0


@pytest.mark.parametrize(
    "question",
    [
        "What will we spend next year?",
        "What did we spend last weekend?",
        "Why did our costs go down?",
        "What did we spend on S3 storage last month?",
        "What did we spend last month or in May?",
        "Why did sim-shop-prod costs jump?",
        "What did we spend by instance type?",
        "What is love?",
    ],
)
def test_a_question_beyond_the_offline_analyst_is_not_answered_by_another(
    finops: Finops, question: str
) -> None:
    ended = finops("--account", ACCOUNT, "-p", question)
    assert ended.code == 1
    assert "I can answer these kinds" in ended.stdout
    assert "$" not in ended.stdout


def test_an_investigation_that_cannot_be_finished_is_exit_code_one(finops: Finops) -> None:
    ended = finops("--account", ACCOUNT, "-p", "run the workflow nothing-like-it")
    assert ended.code == 1
    assert "nothing-like-it" in ended.stdout


def test_the_time_limit_holds_for_what_the_agent_runs(finops: Finops) -> None:
    ended = finops("--account", ACCOUNT, "--timeout", "0.2", "-p", "export costs to CSV")
    assert ended.code != 0
    assert "at most 0.2 s" in ended.stderr


def test_a_wrong_flag_with_json_is_still_one_object(finops: Finops) -> None:
    ended = finops("sql", "--json", "--bogus", "SELECT 1")
    assert ended.code == 2
    assert "--bogus" in ended.json()["error"]


def test_an_error_cannot_speak_to_the_terminal(finops: Finops, workspace: Path) -> None:
    (workspace / "workflows" / "a\x1b]0;owned\x07b.json").write_text("{}")
    ended = finops("run-workflow", "a-0-owned-c", "--account", ACCOUNT)
    assert ended.code == 2
    assert "\x1b" not in ended.stderr


def test_a_workspace_that_is_no_folder_is_named(finops: Finops, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = finops("workflows", "--workspace", str(tmp_path / "file"))
    assert ended.code == 2
    assert "is no folder" in ended.stderr


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("selct 1", "SYNTAX_ERROR"),
        ("SELECT nope FROM cur2", "COLUMN_NOT_FOUND"),
        ("SELECT * FROM cur3", "TABLE_NOT_FOUND"),
        ("SELECT line_item_product_code c, count(*) FROM cur2 GROUP BY c", "COLUMN_NOT_FOUND"),
    ],
)
def test_sql_that_athena_would_refuse_is_refused_in_its_words(
    finops: Finops, statement: str, says: str
) -> None:
    ended = finops("sql", "--account", ACCOUNT, statement)
    assert (ended.code, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert "AccessDenied" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sql", "SELECT", "1"), "put it in quotes"),
        (("sql", "--fresh", "SELECT 1"), "--fresh is about an AWS account"),
        (("sql", "--profile", "payer", "SELECT 1"), "--account aws"),
        (("--json", "iam-policy", "--format", "terraform"), "exclude each other"),
    ],
)
def test_what_would_have_no_effect_is_refused(
    finops: Finops, arguments: tuple[str, ...], says: str
) -> None:
    ended = finops(*arguments)
    assert ended.code == 2
    assert says in ended.stderr


def test_json_before_the_command_counts_like_json_behind_it(finops: Finops) -> None:
    assert finops("--json", "account", "--account", ACCOUNT).json()["kind"] == "simulated"
    assert "finops-repl-reads-1" in finops("--json", "iam-policy").json()


def test_where_aws_settings_are_an_account_is_to_be_chosen_but_not_for_workflows(
    finops: Finops,
) -> None:
    settings_dir().mkdir(parents=True)
    own = settings_dir() / "settings.toml"
    own.write_text("[aws]\nprofile = 'payer'\n")
    unchosen = finops("sql", "SELECT 1")
    assert unchosen.code == 2
    assert "aws.profile by user file" in unchosen.stderr
    assert 'account = "simulated" or account = "aws"' in unchosen.stderr
    assert str(own) in unchosen.stderr
    assert finops("workflows").code == 0
