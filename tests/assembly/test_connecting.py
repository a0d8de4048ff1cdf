"""Connecting to an account that has a bill, one that has none, and one that refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from finops_repl.assembly.connecting.bill import (
    FoundBill,
    find_exports,
    find_table,
    find_workgroup_for,
)
from finops_repl.assembly.connecting.connect import Connecting, Wishes
from finops_repl.assembly.connecting.costs import ask_cost_explorer
from finops_repl.assembly.connecting.door import Door
from finops_repl.assembly.connecting.step import Step
from finops_repl.assembly.connecting.who import identity_kind, look_who_asks
from finops_repl.assembly.signers import bill_signer, signer
from finops_repl.aws.call import Caller
from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.config import read_settings
from finops_repl.base.errors import ConnectionFailed, InputError, UnknownName
from finops_repl.base.places import Workspace, state_dir
from finops_repl.base.spend import Spend
from finops_repl.billing.tables import FoundTable
from finops_repl.gateway.identity import AccessKeys, Identity
from finops_repl.gateway.meter import Meter
from tests.assembly.conftest import DATA, fill
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn, profile_text


@dataclass
class Answers:
    """Answers every question as it was told, and remembers them."""

    agrees: bool = True
    number: int = 0
    output: str = ""
    asked: list[str] = field(default_factory=list)

    def agree(self, question: str) -> bool:
        self.asked.append(question)
        return self.agrees

    def choose(self, question: str, options: Sequence[str]) -> int:
        self.asked.append(question)
        return self.number

    def place(self, question: str) -> str:
        self.asked.append(question)
        return self.output


def connected(
    standin: AwsStandIn,
    answers: Answers | None = None,
    wishes: Wishes | None = None,
    **flags: str,
) -> tuple[dict[str, Step], Connecting]:
    typed = {"aws_profile": "payer", "aws_endpoint_url": standin.url} | flags
    settings = read_settings(typed, Workspace(Path("nowhere")), env={})
    identity = signer(settings, env={})
    connecting = Connecting(
        settings,
        identity,
        bill_signer(settings, identity),
        wishes or Wishes(),
        answers or Answers(),
        user="ana",
    )
    try:
        return {step.name: step for step in connecting.steps()}, connecting
    finally:
        connecting.close()


@pytest.fixture(scope="module")
def kept_door(filled: AwsStandIn) -> Iterator[Door]:
    keys = AccessKeys(ACCESS_KEY, SECRET_KEY)
    opened = Door(Identity(keys=keys), Caller("s", "r"), Meter(Spend()), endpoint_url=filled.url)
    yield opened
    opened.close()


@pytest.fixture
def door(kept_door: Door, standin: AwsStandIn) -> Door:
    """A way to the account whose clients are made once."""
    return kept_door


def audited() -> list[dict[str, str]]:
    lines = [path.read_text().splitlines() for path in state_dir("audit").iterdir()]
    return [json.loads(line) for each in lines for line in each]


def test_the_bill_is_found_by_its_columns_where_the_exports_point(
    standin: AwsStandIn, profiles: Path
) -> None:
    steps, connecting = connected(standin)
    assert {name: step.status for name, step in steps.items()} == {
        "identity": "ok",
        "cost explorer": "ok",
        "data exports": "ok",
        "legacy reports": "ok",
        "table": "ok",
        "workgroup": "ok",
        "price": "ok",
    }
    assert steps["identity"].found.startswith("123456789012, ")
    assert "an account of its own" in steps["identity"].found
    assert "1,234.57 USD" in steps["cost explorer"].found
    assert steps["data exports"].found == "cur2 (cur2) to s3://bills/exports/cur2/ in eu-central-1"
    table, _, others = steps["table"].found.partition("; also there: ")
    assert table == "billing.cur2 in eu-central-1 (cur2, 7 columns, by billing_period)"
    assert [each.split()[0] for each in others.split(", billing.")] == [
        "billing.cur2_small",
        "cur2_view",
        "old",
    ]
    assert "finops (results s3://results/finops/, enforced; a query ends at 500.0 GB)" in (
        steps["workgroup"].found
    )
    assert connecting.values() == {
        "profile": "payer",
        "bill": "billing.cur2",
        "bill_region": "eu-central-1",
        "workgroup": "finops",
        "output": "s3://results/finops/",
        "exports": ("s3://bills/exports/cur2/", "s3://old-bills/cur/legacy/"),
    }
    assert standin.refused == []
    # Every call is in the audit, and its price is told.
    lines = audited()
    assert len(lines) == len(connecting.calls) > 8
    assert {line["decision"] for line in lines} == {"allow"}
    assert sum(Decimal(line["price_usd"]) for line in lines) == Decimal("0.01")
    assert f"{len(lines)} calls for $0.01 by list prices" in steps["price"].found
    assert [line["operation"] for line in lines if line["service"] == "ce"] == ["GetCostAndUsage"]


@pytest.mark.parametrize("wanted", [True, False])
def test_nothing_is_paid_without_a_yes(door: Door, standin: AwsStandIn, wanted: bool) -> None:
    answers = Answers(agrees=False)
    [step] = ask_cost_explorer(door, answers, wanted=wanted)
    assert step.status == "left out"
    assert ["$0.01" in question for question in answers.asked] == [True] * wanted
    assert standin.verified == []


def table_of(
    door: Door, region: str, bill: str = "", *, named: bool = False, number: int = 0
) -> tuple[Step, str]:
    found = FoundBill()
    settings, answers = AwsSettings(bill=bill), Answers(number=number)
    [step] = find_table(door, found, [region], settings, answers, named=named)
    return step, found.table.name if found.table else ""


def test_the_choice_among_tables_is_the_users(door: Door) -> None:
    assert table_of(door, "eu-central-1")[1] == "billing.cur2"  # the most complete
    assert table_of(door, "eu-central-1", number=1)[1] == "billing.cur2_small"
    in_use = table_of(door, "eu-central-1", "billing.old")
    assert in_use[1] == "billing.old"
    named, name = table_of(door, "eu-central-1", "billing.old", named=True)
    assert name == "billing.old"
    assert named.found.endswith("(legacy, 3 columns, by year,month)")


@pytest.mark.parametrize("bill", ["billing.trails", "billing.nothing", "nowhere.cur2"])
def test_a_table_that_is_no_bill_is_not_taken(door: Door, bill: str) -> None:
    step, name = table_of(door, "eu-central-1", bill, named=True)
    assert (step.status, name) == ("not found", "")
    assert step.found == f"{bill} is no bill in eu-central-1"


def test_a_region_without_tables_says_how_to_export(door: Door) -> None:
    step, name = table_of(door, "eu-north-1")
    assert (step.status, name) == ("not found", "")
    assert "--table database.table" in step.remedy


def workgroup_of(door: Door, settings: AwsSettings, *, says: str = "") -> tuple[Step, str]:
    found = FoundBill(table=FoundTable("eu-central-1", "billing", "cur2", "cur2", "", 7))
    [step] = find_workgroup_for(door, found, settings, Answers(output=says))
    return step, found.output


def test_a_workgroup_without_a_place_asks_for_one(door: Door, standin: AwsStandIn) -> None:
    step, output = workgroup_of(door, AwsSettings(workgroup="primary"))
    assert (step.status, output) == ("not found", "")
    assert "--output" in step.remedy
    said = workgroup_of(door, AwsSettings(workgroup="primary"), says="s3://mine/results/")
    assert (said[0].status, said[1]) == ("ok", "s3://mine/results/")
    enforced = workgroup_of(door, AwsSettings(output="s3://not-enforced/"))
    assert enforced[1] == "s3://results/finops/"
    standin.scripted["GetWorkGroup"] = ("InvalidRequestException", "WorkGroup x is not found.")
    missing, _ = workgroup_of(door, AwsSettings(workgroup="nobodys"))
    assert missing.status == "not found"
    standin.scripted["GetWorkGroup"] = {}
    missing, _ = workgroup_of(door, AwsSettings(workgroup="nobodys"))
    assert (missing.status, missing.found) == (
        "not found",
        "there is none named nobodys in eu-central-1",
    )


def test_refusals_become_steps_and_the_rest_is_looked_at(door: Door, standin: AwsStandIn) -> None:
    denied = ("AccessDeniedException", "User not enabled for cost explorer access")
    standin.scripted["GetCostAndUsage"] = denied
    standin.scripted["ListExports"] = (
        "AccessDeniedException",
        "User: x is not authorized to perform: bcm-data-exports:ListExports",
    )
    [asked] = ask_cost_explorer(door, Answers(), wanted=True)
    assert asked.status == "refused"
    assert "never enabled" in asked.found
    found = FoundBill()
    data, legacy = find_exports(door, found)
    assert (data.status, legacy.status) == ("refused", "ok")
    assert "finops-repl iam-policy" in data.remedy
    assert [export.place for export in found.exports] == ["s3://old-bills/cur/legacy/"]


def test_a_cap_that_does_not_cover_the_request_is_told_as_such(standin: AwsStandIn) -> None:
    keys = AccessKeys(ACCESS_KEY, SECRET_KEY)
    meter = Meter(Spend(Decimal("0.001")))
    door = Door(Identity(keys=keys), Caller("s", "r"), meter, endpoint_url=standin.url)
    [step] = ask_cost_explorer(door, Answers(), wanted=True)
    door.close()
    assert (step.status, step.remedy) == ("refused", "")
    assert "the session cap of $0.001 would be passed" in step.found
    assert ("us-east-1", "ce") not in standin.verified


@pytest.mark.usefixtures("profiles")
def test_the_caps_of_the_settings_hold_while_connecting(standin: AwsStandIn) -> None:
    for cap in ("call_usd", "session_usd"):
        steps, _ = connected(standin, None, None, **{f"limits_{cap}": "0.001"})
        assert steps["cost explorer"].status == "refused"
        assert f"or limits.{cap} in " in steps["cost explorer"].found


def test_a_database_that_is_denied_hides_no_other(door: Door, standin: AwsStandIn) -> None:
    standin.scripted["GetTables"] = ("AccessDeniedException", "Lake Formation: no permission")
    denied, table = find_table(
        door, FoundBill(), ["eu-central-1"], AwsSettings(), Answers(), named=False
    )
    assert (denied.name, denied.status, table.status) == (
        "tables of billing",
        "refused",
        "refused",
    )
    assert "SELECT and DESCRIBE" in denied.remedy


def test_payer_and_member_are_told_apart(door: Door, standin: AwsStandIn) -> None:
    session: Any = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name="us-east-1")
    client = session.client("organizations", endpoint_url=standin.url)
    organization = client.create_organization(FeatureSet="ALL")["Organization"]
    [found] = look_who_asks(door, "identity")
    assert f"the payer of {organization['Id']}" in found.found
    standin.scripted["DescribeOrganization"] = {
        "Organization": {**organization, "MasterAccountId": "999988887777"}
    }
    [found] = look_who_asks(door, "identity")
    assert "whose payer is 999988887777" in found.found
    assert "profile of the payer" in found.remedy
    standin.scripted["DescribeOrganization"] = ("AccessDeniedException", "no")
    [found] = look_who_asks(door, "identity")
    assert "could not be read" in found.remedy
    client.delete_organization()


def test_the_bill_is_looked_for_with_the_key_that_holds_it(
    standin: AwsStandIn, profiles: Path
) -> None:
    key_id, secret = standin.key_of(DATA)
    fill(standin, key_id, secret)
    with profiles.open("a") as file:
        file.write(profile_text("data", key_id, secret))
    standin.signed_by.clear()
    steps, connecting = connected(standin, aws_bill_profile="data")
    signed = {(service, key) for key, service in standin.signed_by}
    assert ("ce", ACCESS_KEY) in signed
    assert {("glue", key_id), ("athena", key_id)} <= signed
    assert not {("glue", ACCESS_KEY), ("athena", ACCESS_KEY), ("ce", key_id)} & signed
    assert steps["identity"].found.startswith("123456789012")
    assert steps["bill's identity"].found.startswith(f"{DATA}, IAM user ana")
    values = connecting.values()
    assert (values["profile"], values["bill_profile"]) == ("payer", "data")
    accounts = {line["service"]: line["account"] for line in audited()}
    assert (accounts["ce"], accounts["glue"]) == ("123456789012", DATA)


def test_who_cannot_ask_at_all_is_told_at_once(standin: AwsStandIn, profiles: Path) -> None:
    profiles.write_text(profile_text("payer", "AKIANOBODY", "x"))
    with pytest.raises(ConnectionFailed, match="AWS refuses these credentials"):
        connected(standin)


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:iam::111122223333:root", "the root user"),
        ("arn:aws:iam::111122223333:user/finance/ana", "IAM user ana"),
        (
            "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Billing_RO_0a1b2c3d4e5f/ana",
            "SSO permission set Billing_RO",
        ),
        ("arn:aws-us-gov:sts::111122223333:assumed-role/reader/finops-repl", "role reader"),
        ("arn:aws:sts::111122223333:federated-user/ana", "federated user ana"),
        ("arn:aws:new::thing", "arn:aws:new::thing"),
    ],
)
def test_an_arn_says_which_kind_of_identity_asks(arn: str, kind: str) -> None:
    assert identity_kind(arn) == kind


REFUSED = ("AccessDeniedException", "User: x is not authorized to perform this")
LOOKS = ("GetCostAndUsage", "DescribeReportDefinitions", "ListExports", "GetDatabases")


def test_an_account_that_refuses_every_look_is_a_failure_and_one_that_answers_any_is_none(
    standin: AwsStandIn, profiles: Path
) -> None:
    standin.scripted |= dict.fromkeys(LOOKS, REFUSED)
    steps, connecting = connected(standin)
    assert steps["identity"].status == "ok"
    failure = connecting.failure()
    assert isinstance(failure, ConnectionFailed)
    assert "finops-repl iam-policy" in failure.hint
    standin.scripted["ListExports"] = {"Exports": []}
    assert connected(standin)[1].failure() is None


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ({"aws_bill": "billing.nosuch"}, "the table billing.nosuch is not there"),
        ({"aws_workgroup": "nosuch"}, "the workgroup nosuch is not there"),
    ],
)
def test_what_a_flag_names_and_nobody_finds_is_a_failure(
    standin: AwsStandIn, profiles: Path, flags: dict[str, str], says: str
) -> None:
    failure = connected(standin, None, Wishes(cost_explorer=False), **flags)[1].failure()
    assert isinstance(failure, InputError)
    assert says in failure.message
    assert failure.hint


def test_a_region_that_aws_does_not_have_is_told_before_anything_is_paid(
    standin: AwsStandIn, profiles: Path
) -> None:
    with pytest.raises(UnknownName, match=r"no region named 'eu-centrl-1'.*eu-central-1"):
        connected(standin, wishes=Wishes(("eu-centrl-1",)))
    assert "ce" not in {service for _, service in standin.verified}
