"""The doctor's look at an AWS account: who signs, which bill there is, who answers SQL on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from finops_repl.assembly.doctor import Examined, examine
from finops_repl.assembly.setting_checks import SettingChecks
from tests.standin.aws_account import AwsStandIn

Look = Callable[..., dict[str, Examined]]


@pytest.fixture
def look(
    standin: AwsStandIn, profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Look]:
    """The checks of AWS under settings of these variables, on the stand-in's account."""
    opened: list[SettingChecks] = []
    monkeypatch.setenv("FINOPS_AWS_ENDPOINT_URL", standin.url)
    monkeypatch.setenv("FINOPS_AWS_BILL_REGION", "eu-central-1")
    monkeypatch.setenv("FINOPS_CACHE_ENABLED", "false")

    def look(**variables: str) -> dict[str, Examined]:
        for name, value in variables.items():
            monkeypatch.setenv(f"FINOPS_AWS_{name}", value)
        checks = SettingChecks(
            {"account": "aws", "aws_profile": "payer", "workspace": str(tmp_path)},
            asks_model=False,
        )
        opened.append(checks)
        wanted = ("settings", "credentials", "account", "bill", "athena")
        chosen = [check for check in checks.checks() if check.name in wanted]
        return {examined.check.name: examined for examined in examine(chosen)}

    yield look
    for checks in opened:
        checks.close()


def test_everything_of_a_connected_account_is_told(look: Look) -> None:
    found = look(BILL="billing.cur2", WORKGROUP="finops")
    assert {name: each.status for name, each in found.items()} == dict.fromkeys(found, "ok")
    assert "payer, shared-credentials-file: an access key" in found["credentials"].found
    assert found["account"].found.startswith("123456789012 (payer) (aws), by flag")
    assert found["bill"].found == "AwsDataCatalog.billing.cur2, cur2, a month by billing_period"
    assert found["athena"].found == (
        "workgroup finops in eu-central-1, results at s3://results/finops/,"
        " ends a query at 500.0 GB"
    )


def test_an_account_without_a_bill_says_how_to_find_one(look: Look) -> None:
    found = look()
    assert found["bill"].status == "warn"
    assert "account connect" in found["bill"].remedy
    assert found["athena"].status == "ok"


def test_a_table_that_is_no_bill_is_a_warning(look: Look, standin: AwsStandIn) -> None:
    metadata = {"Name": "trails", "Columns": [{"Name": "eventname", "Type": "string"}]}
    standin.scripted["GetTableMetadata"] = {"TableMetadata": metadata}
    found = look(BILL="billing.trails", WORKGROUP="finops")
    assert found["bill"].status == "warn"
    assert "CUR or FOCUS" in found["bill"].remedy


def test_a_table_that_cannot_be_read_fails_and_athena_is_not_looked_at(
    look: Look, standin: AwsStandIn
) -> None:
    standin.scripted["GetTableMetadata"] = ("MetadataException", "Table nope not found")
    found = look(BILL="billing.nope", WORKGROUP="finops")
    assert found["bill"].status == "fail"
    assert "nope" in found["bill"].found
    assert found["athena"].status == "not looked at"


@pytest.mark.parametrize(
    ("workgroup", "output", "status", "says"),
    [
        ("nowhere", "", "fail", "there is no workgroup nowhere in eu-central-1"),
        ("primary", "", "fail", "no place for results"),
        ("primary", "s3://mine/", "ok", "results at s3://mine/"),
        ("finops", "s3://mine/", "warn", "results at s3://results/finops/"),
    ],
)
def test_the_place_of_results_is_the_one_that_a_query_will_use(
    look: Look, workgroup: str, output: str, status: str, says: str
) -> None:
    athena = look(BILL="billing.cur2", WORKGROUP=workgroup, OUTPUT=output)["athena"]
    assert athena.status == status
    assert says in athena.found
    assert bool(athena.remedy) is (status != "ok")


def test_who_cannot_sign_fails_once_and_the_rest_is_not_looked_at(
    look: Look, profiles: Path
) -> None:
    profiles.write_text("")
    found = look(BILL="billing.cur2")
    assert found["credentials"].status == "fail"
    assert {found[name].status for name in ("account", "bill", "athena")} == {"not looked at"}
