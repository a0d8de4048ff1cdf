from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.base.aws_signs import aws_settings_found
from finops_repl.base.caps import TURN_CAPS, Caps
from finops_repl.base.config import read_settings
from finops_repl.base.errors import ConfigError
from finops_repl.base.places import Workspace, settings_dir


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def user_file(text: str) -> None:
    settings_dir().mkdir(parents=True, exist_ok=True)
    (settings_dir() / "settings.toml").write_text(text)


def test_flag_beats_environment_beats_user_file_beats_workspace(workspace: Workspace) -> None:
    (workspace.root / "finops-repl.toml").write_text("timeout_s = 10\n")
    assert read_settings({}, workspace, env={}).timeout_s == 10
    user_file("timeout_s = 20\n")
    assert read_settings({}, workspace, env={}).timeout_s == 20
    env = {"FINOPS_TIMEOUT_S": "40"}
    assert read_settings({}, workspace, env=env).timeout_s == 40
    chosen = read_settings({"timeout_s": 50.0}, workspace, env=env)
    assert chosen.timeout_s == 50
    assert chosen.origins["timeout_s"] == "flag"
    assert chosen.origins["account"] == "default"


@pytest.mark.parametrize(
    "name",
    [
        *["account", "model", "approve", "limits.session_usd", "limits.call_usd"],
        *["limits.turn_usd", "limits.turn_tokens", "limits.session_seconds"],
        *["athena.full_scan", "cache.enabled", "cache.fresh", "gateway.allow"],
        *["sandbox.pool", "sandbox.unproven", "approval.code", "approval.budget_rise"],
    ],
)
def test_a_workspace_may_not_decide_over_money_identity_or_approval(
    workspace: Workspace, name: str
) -> None:
    (workspace.root / "finops-repl.toml").write_text(f'{name} = "auto"\n')
    with pytest.raises(ConfigError, match=f"may not set '{name}'"):
        read_settings({}, workspace, env={})


def test_an_unknown_setting_names_the_nearest(workspace: Workspace) -> None:
    user_file("acount = 'simulated'\n")
    with pytest.raises(ConfigError, match="did you mean account"):
        read_settings({}, workspace, env={})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timeout_s", "0"),
        ("timeout_s", "901"),
        ("timeout_s", "soon"),
        ("limits.session_usd", "-1"),
        ("limits.call_usd", "lots"),
        ("limits.turn_usd", "much"),
        ("limits.turn_tokens", "0"),
        ("limits.session_tool_calls", "1.5"),
        ("limits.turn_seconds", "-3"),
        ("athena.full_scan", "perhaps"),
        ("sandbox.pool", "9"),
        ("sandbox.pool", "two"),
        ("sandbox.unproven", "ignore"),
        ("cache.enabled", "perhaps"),
        ("cache.fresh", "2"),
    ],
)
def test_a_wrong_value_is_named(workspace: Workspace, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is '{value}'"):
        read_settings({name.replace(".", "_"): value}, workspace, env={})


def test_a_typed_zero_is_no_default(workspace: Workspace) -> None:
    with pytest.raises(ConfigError, match=r"timeout_s is 0\.0"):
        read_settings({"timeout_s": 0.0}, workspace, env={})


def test_a_table_of_the_file_is_a_dotted_name(workspace: Workspace) -> None:
    user_file("[sandbox]\npool = 0\nunproven = 'warn'\n")
    chosen = read_settings({}, workspace, env={})
    assert (chosen.sandbox_pool, chosen.sandbox_unproven) == (0, "warn")
    assert chosen.origins["sandbox.pool"] == "user file"
    user_file("[sandbox]\npol = 3\n")
    with pytest.raises(ConfigError, match=r"did you mean sandbox\.pool"):
        read_settings({}, workspace, env={})


def test_answers_are_kept_and_read_unless_somebody_says_otherwise(workspace: Workspace) -> None:
    def chosen(flag: bool | None = None, **env: str) -> tuple[bool, bool]:
        settings = read_settings({"cache_fresh": flag}, workspace, env=env)
        return settings.cache_enabled, settings.cache_fresh

    assert chosen() == (True, False)
    assert chosen(True) == chosen(FINOPS_CACHE_FRESH="1") == (True, True)
    user_file("[cache]\nenabled = false\nfresh = true\n")
    assert chosen() == (False, True)
    assert chosen(FINOPS_CACHE_ENABLED="true", FINOPS_CACHE_FRESH="false") == (True, False)


def test_approvals_are_a_closed_set(workspace: Workspace) -> None:
    chosen = read_settings({"approve": ("code", "workflow-overwrite")}, workspace, env={})
    assert chosen.approve == {"code", "workflow_overwrite"}
    assert read_settings({}, workspace, env={"FINOPS_APPROVE": "code"}).approve == {"code"}
    with pytest.raises(ConfigError, match="valid: code, workflow-overwrite"):
        read_settings({}, workspace, env={"FINOPS_APPROVE": "everything"})


def test_each_kind_has_a_mode_of_its_own(workspace: Workspace) -> None:
    user_file('[approval]\ncode = "never"\nfile_export = "auto"\n')
    chosen = read_settings({}, workspace, env={"FINOPS_APPROVAL_BUDGET_RISE": "never"})
    assert chosen.approval == {"code": "never", "file_export": "auto", "budget_rise": "never"}
    with pytest.raises(ConfigError, match="valid: auto, ask, never"):
        read_settings({}, workspace, env={"FINOPS_APPROVAL_CODE": "sometimes"})
    with pytest.raises(ConfigError, match=r"did you mean FINOPS_APPROVAL_CODE"):
        read_settings({}, workspace, env={"FINOPS_APPROVAL_COD": "ask"})


def test_of_two_words_on_one_kind_the_nearer_wins(workspace: Workspace) -> None:
    user_file('[approval]\ncode = "never"\n')
    typed = read_settings({"approve": ("code",)}, workspace, env={})
    assert typed.approve == {"code"}
    assert typed.approval == {}
    user_file('approve = ["code", "workflow-overwrite"]\n')
    named = read_settings({}, workspace, env={"FINOPS_APPROVAL_CODE": "ask"})
    assert named.approve == {"workflow_overwrite"}
    assert named.approval == {"code": "ask"}
    user_file('approve = ["code"]\n[approval]\ncode = "ask"\n')
    with pytest.raises(ConfigError, match=r"approve lists code, and approval\.code is 'ask'"):
        read_settings({}, workspace, env={})


def test_reads_that_are_allowed_besides_are_a_list_of_names(workspace: Workspace) -> None:
    assert read_settings({}, workspace, env={}).gateway_allow == ()
    user_file("[gateway]\nallow = ['lambda:GetFunction', 'logs:StartQuery']\n")
    chosen = read_settings({}, workspace, env={})
    assert chosen.gateway_allow == ("lambda:GetFunction", "logs:StartQuery")
    assert chosen.origins["gateway.allow"] == "user file"
    env = {"FINOPS_GATEWAY_ALLOW": "ssm:GetParameter, dynamodb:Query,"}
    chosen = read_settings({}, workspace, env=env)
    assert chosen.gateway_allow == ("ssm:GetParameter", "dynamodb:Query")


@pytest.mark.parametrize("name", ["gateway.allow", "aws.exports", "approve"])
def test_what_is_no_list_of_texts_is_named(workspace: Workspace, name: str) -> None:
    for value in ("7", "[7]"):
        user_file(f"{name} = {value}\n")
        with pytest.raises(ConfigError, match=rf"{name} is \[?7"):
            read_settings({}, workspace, env={})


def test_dollars_stay_exact(workspace: Workspace) -> None:
    env = {"FINOPS_LIMITS_SESSION_USD": "0.10"}
    user_file("[limits]\nsession_usd = 5\ncall_usd = 0.025\n")
    chosen = read_settings({}, workspace, env=env)
    assert (chosen.session_usd, chosen.call_usd) == (Decimal("0.10"), Decimal("0.025"))
    typed = read_settings({"limits_session_usd": "0.20"}, workspace, env=env)
    assert typed.session_usd == Decimal("0.20")


def test_a_question_has_caps_unless_somebody_says_otherwise(workspace: Workspace) -> None:
    assert read_settings({}, workspace, env={}).turn_caps == TURN_CAPS
    user_file("[limits]\nturn_tokens = 9000\nturn_usd = 0.5\nsession_seconds = 60\n")
    chosen = read_settings({}, workspace, env={"FINOPS_LIMITS_TURN_TOOL_CALLS": "7"})
    assert chosen.turn_caps == Caps(Decimal("0.5"), 9000, 7, TURN_CAPS.seconds)
    assert chosen.session_caps == Caps(seconds=60)


def test_who_caps_the_session_lets_one_question_take_all_of_it(workspace: Workspace) -> None:
    chosen = read_settings({"limits_session_usd": "20"}, workspace, env={})
    assert chosen.session_caps == Caps(usd=Decimal(20))
    assert chosen.turn_caps.usd is None


def test_the_whole_bill_is_scanned_only_where_the_user_says_so(workspace: Workspace) -> None:
    assert not read_settings({}, workspace, env={}).athena_full_scan
    assert read_settings({}, workspace, env={"FINOPS_ATHENA_FULL_SCAN": "true"}).athena_full_scan
    user_file("[athena]\nfull_scan = true\n")
    assert read_settings({}, workspace, env={}).athena_full_scan


def test_a_region_alone_is_no_sign_of_an_account(private_home: Path) -> None:
    assert aws_settings_found({"AWS_REGION": "eu-west-1", "AWS_CA_BUNDLE": "/x"}) == ""
    assert aws_settings_found({"AWS_PROFILE": "payer"}) == "AWS_PROFILE"
    (private_home / ".aws").mkdir()
    (private_home / ".aws" / "config").write_text("[default]\n")
    assert aws_settings_found({}).endswith(".aws/config")


def test_what_is_said_of_aws_is_the_users_own(workspace: Workspace) -> None:
    user_file(
        "[aws]\nprofile = 'billing'\nbill = 'cur.cur2'\noutput = 's3://results/finops/'\n"
        "exports = ['s3://exports/cur/']\n"
    )
    chosen = read_settings({"aws_role": "arn:aws:iam::111122223333:role/x"}, workspace, env={}).aws
    assert (chosen.profile, chosen.bill, chosen.role[-2:]) == ("billing", "cur.cur2", "/x")
    assert chosen.exports == ("s3://exports/cur/",)
    assert chosen.readable_places == ("s3://results/finops/", "s3://exports/cur/")
    env = {"FINOPS_AWS_EXPORTS": "s3://exports/cur/, s3://exports/focus/"}
    chosen = read_settings({}, workspace, env=env).aws
    assert chosen.exports == ("s3://exports/cur/", "s3://exports/focus/")
    for name, value in (("output", "results/"), ("exports", "s3:/x"), ("bill", "cur2")):
        with pytest.raises(ConfigError, match=f"aws.{name} is '{value}'"):
            read_settings({f"aws_{name}": value}, workspace, env={})


@pytest.mark.parametrize("name", ["profile", "role", "endpoint_url", "output", "bill"])
def test_a_workspace_may_not_say_who_asks_aws(workspace: Workspace, name: str) -> None:
    (workspace.root / "finops-repl.toml").write_text(f"[aws]\n{name} = 'theirs'\n")
    with pytest.raises(ConfigError, match=f"may not set 'aws.{name}'"):
        read_settings({}, workspace, env={})


@pytest.mark.parametrize(
    ("name", "says"),
    [("FINOPS_ACOUNT", "did you mean FINOPS_ACCOUNT?"), ("FINOPS_XYZ", "valid: FINOPS_ACCOUNT")],
)
def test_a_variable_that_is_no_setting_is_an_error(
    workspace: Workspace, name: str, says: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        read_settings({}, workspace, env={name: "aws"})
    assert name in refused.value.message
    assert says in refused.value.hint
    others = {"FINOPS_WORKSPACE": "/w", "FINOPS_PEERS_HOME": "/p", "FIN": "", "PATH": "/bin"}
    assert read_settings({}, workspace, env=others).account == ""


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("role", "nonsense", "arn:aws:iam::"),
        ("bill_role", "arn:aws:iam::1:role/x", "arn:aws:iam::"),
        ("endpoint_url", "nonsense", "http://"),
        ("endpoint_url", "ftp://127.0.0.1", "http://"),
    ],
)
def test_what_cannot_be_meant_of_aws_names_its_field(
    workspace: Workspace, name: str, value: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=rf"aws\.{name} is '{value}'") as refused:
        read_settings({f"aws_{name}": value}, workspace, env={})
    assert says in refused.value.hint


def test_roles_and_endpoints_of_every_partition_are_taken(workspace: Workspace) -> None:
    role = "arn:aws-us-gov:iam::111122223333:role/path/Re+ad=er,x.@_-1"
    for url in ("http://127.0.0.1:9", "https://[::1]:8/x", "http://localhost"):
        aws = read_settings({"aws_role": role, "aws_endpoint_url": url}, workspace, env={}).aws
        assert (aws.role, aws.endpoint_url) == (role, url)


def test_settings_of_an_aws_account_are_a_sign_of_one(workspace: Workspace) -> None:
    user_file("[aws]\nbill = 'cur.cur2'\n")
    settings = read_settings({}, workspace, env={})
    assert aws_settings_found({}, origins=settings.origins) == "aws.bill by user file"
    user_file("[aws]\nregion = 'eu-west-1'\n")
    settings = read_settings({"aws_profile": "typed"}, workspace, env={})
    assert aws_settings_found({}, origins=settings.origins) == ""
