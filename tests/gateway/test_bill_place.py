"""A bill in another account: its services are signed by its key and recorded as its account's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from finops_repl.aws.call import Call, Caller, Refusal, Result
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.bill_place import BILL_SERVICES, BillPlace
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.identity import AccessKeys, Identity
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.real_account import RealAccount
from tests.gateway.conftest import ReadAudit
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn

PAYER, DATA = "123456789012", "444455556666"
CALLER = Caller("session", "run")


@pytest.fixture(scope="module")
def standin() -> Iterator[AwsStandIn]:
    with AwsStandIn() as running:
        yield running


@pytest.fixture(scope="module")
def data_key(standin: AwsStandIn) -> tuple[str, str]:
    return standin.key_of(DATA)


@pytest.fixture
def gateway(
    standin: AwsStandIn, data_key: tuple[str, str], audit_folder: Path
) -> Iterator[Gateway]:
    payer = RealAccount(Identity(keys=AccessKeys(ACCESS_KEY, SECRET_KEY)), endpoint_url=standin.url)
    data = RealAccount(Identity(keys=AccessKeys(*data_key)), endpoint_url=standin.url)
    standin.signed_by.clear()
    standin.arrived.clear()
    yield Gateway(
        payer,
        ReadOnlyPolicy(lambda sql, parameters: sql),
        AuditLog(audit_folder),
        bill=BillPlace(data, "eu-central-1"),
    )
    payer.close()
    data.close()


def test_each_call_is_signed_by_its_own_account(
    gateway: Gateway, standin: AwsStandIn, data_key: tuple[str, str], audited: ReadAudit
) -> None:
    asking = session(gateway, CALLER, region="eu-west-1")
    asking.client("ec2").describe_vpcs()
    asking.client("sts").get_caller_identity()
    asking.client("glue").get_databases()
    asking.client("athena").list_work_groups()
    asking.client("s3").list_buckets()
    by_service = {service: key for key, service in standin.signed_by if service != "sts"}
    assert by_service == {
        "ec2": ACCESS_KEY,
        "glue": data_key[0],
        "athena": data_key[0],
        "s3": data_key[0],
    }
    accounts = {line["service"]: line["account"] for line in audited()}
    assert accounts == {"ec2": PAYER, "sts": PAYER} | dict.fromkeys(BILL_SERVICES, DATA)


def test_a_refused_call_is_recorded_under_the_account_it_was_meant_for(
    gateway: Gateway, standin: AwsStandIn, audited: ReadAudit
) -> None:
    answer = gateway.perform(Call("glue", "DeleteTable", "us-east-1"), CALLER)
    assert isinstance(answer, Refusal)
    assert [(line["decision"], line["account"]) for line in audited()] == [("deny", DATA)]
    assert ("us-east-1", "glue") not in standin.verified


def test_who_names_no_region_asks_where_the_bill_lies(
    gateway: Gateway, standin: AwsStandIn, audited: ReadAudit
) -> None:
    for service, operation in (("athena", "ListWorkGroups"), ("ec2", "DescribeVpcs")):
        for region in ("us-east-1", "eu-west-3"):
            answer = gateway.perform(Call(service, operation, region), CALLER)
            assert isinstance(answer, Result)
    asked = [place for place in standin.verified if place[1] != "sts"]
    assert asked == [
        ("eu-central-1", "athena"),
        ("eu-west-3", "athena"),
        ("us-east-1", "ec2"),
        ("eu-west-3", "ec2"),
    ]
    assert [line["region"] for line in audited()] == [region for region, _ in asked]
