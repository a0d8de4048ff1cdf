"""The one function: answers, refuses, records, stops."""

from __future__ import annotations

import json
import threading
from typing import Any
from xml.etree import ElementTree

import pytest

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.base.errors import ConnectionFailed, LimitReached
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.policy import ReadOnlyPolicy
from tests.gateway.conftest import ReadAudit
from tests.gateway.organisation import SmallOrganisation
from tests.gateway.wire_requests import form_request, json_request, rest_request

COST_TARGET = "AWSInsightsIndexService.GetCostAndUsage"
JANUARY = {
    "TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
}
COST = json_request("ce", COST_TARGET, JANUARY)


def cost_call(**params: Any) -> Call:
    return Call("ce", "GetCostAndUsage", "us-east-1", {**JANUARY, **params})


def test_answer_of_the_upstream_reaches_the_client(gateway: Gateway, caller: Caller) -> None:
    response = gateway.handle(COST, caller)

    assert response.status == 200
    month = json.loads(response.body)["ResultsByTime"][0]
    assert month["Total"]["UnblendedCost"] == {"Amount": "12.5000000000", "Unit": "USD"}


def test_upstream_sees_the_parameters_as_boto3_takes_them(
    gateway: Gateway, organisation: SmallOrganisation, caller: Caller
) -> None:
    gateway.handle(
        form_request(
            "ec2",
            "Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1&InstanceId.2=i-2"
            "&Filter.1.Name=tag:team&Filter.1.Value.1=R%26D&MaxResults=5",
        ),
        caller,
    )

    assert organisation.asked == [
        Call(
            "ec2",
            "DescribeInstances",
            "us-east-1",
            {
                "InstanceIds": ["i-1", "i-2"],
                "Filters": [{"Name": "tag:team", "Values": ["R&D"]}],
                "MaxResults": 5,
            },
        )
    ]


def test_missing_parameter_is_a_validation_error(gateway: Gateway, caller: Caller) -> None:
    response = gateway.handle(json_request("ce", COST_TARGET, {"Metrics": []}), caller)

    assert response.status == 400
    error = json.loads(response.body)
    assert error["__type"] == "ValidationException"
    assert "TimePeriod" in error["message"]


REFUSED = {
    "json": (json_request("secretsmanager", "secretsmanager.GetSecretValue", {"SecretId": "a"})),
    "ec2": form_request("ec2", "Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1"),
    "query": form_request("sts", "Action=GetSessionToken&Version=2011-06-15"),
    "s3": rest_request("s3", "DELETE", "/b/k"),
    "rest-json": rest_request("lambda", "GET", "/2015-03-31/functions/f"),
}


@pytest.mark.parametrize("protocol", REFUSED)
def test_refusal_is_worded_in_the_client_s_own_protocol(
    gateway: Gateway, organisation: SmallOrganisation, caller: Caller, protocol: str
) -> None:
    response = gateway.handle(REFUSED[protocol], caller)

    assert response.status == 403
    code, message = error_of(response)
    expected = {"ec2": "UnauthorizedOperation", "query": "AccessDenied", "s3": "AccessDenied"}
    assert code == expected.get(protocol, "AccessDeniedException")
    assert "does not pass finops-repl's gateway" in message
    assert organisation.asked == []


def error_of(response: WireResponse) -> tuple[str, str]:
    if response.body.startswith(b"<"):
        root = ElementTree.fromstring(response.body)
        code, message = root.find(".//Code"), root.find(".//Message")
        if root.tag == "Error":
            code, message = root.find("Code"), root.find("Message")
        assert code is not None
        assert message is not None
        return code.text or "", message.text or ""
    fields = json.loads(response.body)
    return fields["__type"], fields["message"]


@pytest.mark.parametrize(
    "request_",
    [
        json_request("ce", "AWSInsightsIndexService.NoSuchThing", {}),
        json_request("nosuchservice", "NoSuch.Thing", {}),
        form_request("ec2", "Action=NoSuchThing&Version=2016-11-15"),
        rest_request("s3", "PATCH", "/b"),
        WireRequest("GET", "/", (("Host", "127.0.0.1"),)),
    ],
    ids=["json", "service", "form", "rest", "unsigned"],
)
def test_unknown_operation_is_a_modelled_4xx_and_recorded(
    gateway: Gateway, caller: Caller, audited: ReadAudit, request_: WireRequest
) -> None:
    response = gateway.handle(request_, caller)

    assert 400 <= response.status < 500
    assert b"<html" not in response.body.lower()
    error_of(response)
    (line,) = audited()
    assert line["decision"] == "malformed"


def test_every_response_has_one_length_and_a_request_id(gateway: Gateway, caller: Caller) -> None:
    for request in (COST, *REFUSED.values(), rest_request("s3", "GET", "/sim-results/out/q.csv")):
        response = gateway.handle(request, caller)
        names = [name.lower() for name, _ in response.headers]
        assert names.count("content-length") == 1
        assert "x-amzn-requestid" in names


def test_audit_has_a_line_for_every_call_and_no_secret(
    gateway: Gateway, caller: Caller, audited: ReadAudit
) -> None:
    sql = "select line_item_usage_account_id from cur2 where x = 'password123'"
    start = json_request("athena", "AmazonAthena.StartQueryExecution", {"QueryString": sql})
    gateway.handle(COST, caller)
    gateway.handle(start, caller)
    gateway.handle(REFUSED["json"], caller)
    gateway.perform(cost_call(), caller)
    gateway.handle(WireRequest("GET", "/x", (("Host", "evil"),)), caller)

    lines = audited()
    assert [line["decision"] for line in lines] == ["allow", "allow", "deny", "allow", "malformed"]
    assert [line["operation"] for line in lines] == [
        "GetCostAndUsage",
        "StartQueryExecution",
        "GetSecretValue",
        "GetCostAndUsage",
        "",
    ]
    first = lines[0]
    assert first["user"] == "ana"
    assert first["run"] == "r1"
    assert first["service"] == "ce"
    assert first["account"] == "123456789012"
    assert first["status"] == 200
    assert first["bytes"] > 0
    text = json.dumps(lines)
    assert "AKIAEXAMPLE" not in text
    assert "Signature" not in text
    assert "password123" not in text
    assert "detail" not in first


def test_audit_quotes_nothing_of_what_it_refused(
    gateway: Gateway, caller: Caller, audited: ReadAudit
) -> None:
    quoting = [
        json_request("ce", COST_TARGET, {**JANUARY, "Metrics": "password123"}),
        json_request("ce", COST_TARGET, {**JANUARY, "Metrics": [{"password123": 1}]}),
        json_request("ce", COST_TARGET, {"Metrics": ["password123"]}),
        form_request("ec2", "Action=DescribeInstances&Version=2016-11-15&MaxResults=password123"),
        json_request(
            "athena", "AmazonAthena.StartQueryExecution", {"QueryString": "password123 ::"}
        ),
        json_request(
            "athena",
            "AmazonAthena.StartQueryExecution",
            {"QueryString": "select 1 from 'password123'"},
        ),
        rest_request("s3", "PUT", "/b/k", body=b"password123"),
    ]
    for request in quoting:
        assert gateway.handle(request, caller).status >= 400

    assert len(audited()) == len(quoting)
    assert "password123" not in json.dumps(audited())


def test_records_of_a_run_say_what_was_asked(gateway: Gateway, caller: Caller) -> None:
    sql = "select 1 as one"
    gateway.handle(COST, caller)
    gateway.handle(
        json_request("athena", "AmazonAthena.StartQueryExecution", {"QueryString": sql}), caller
    )
    gateway.handle(REFUSED["json"], caller)
    gateway.perform(cost_call(), Caller(session="s1", run="another"))

    cost, query, refused = gateway.calls("r1")
    assert json.loads(cost.detail) == JANUARY
    assert query.detail == sql
    assert refused.detail == ""
    assert len(gateway.calls("another")) == 1
    assert gateway.calls("unknown") == ()


def test_long_details_are_cut(gateway: Gateway, caller: Caller) -> None:
    wide = {"Dimensions": {"Key": "SERVICE", "Values": ["x" * 5_000]}}
    gateway.perform(cost_call(Filter=wide), caller)

    (record,) = gateway.calls("r1")
    assert len(record.detail) == 2_000


def test_parsed_calls_pass_by_the_same_policy(gateway: Gateway, caller: Caller) -> None:
    allowed = gateway.perform(cost_call(), caller)
    refused = gateway.perform(Call("ec2", "TerminateInstances", "us-east-1"), caller)

    assert isinstance(allowed, Result)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.status) == ("UnauthorizedOperation", 403)


class Waiting(SmallOrganisation):
    """Answers nothing until the call is cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        self.entered.set()
        cancelled.wait(30)
        return Refusal("RequestAborted", "cancelled while under way")


def test_cancelled_run_ends_its_call_and_gets_no_other(
    audit_folder: Any, models: ServiceModels, caller: Caller
) -> None:
    upstream = Waiting()
    gateway = Gateway(
        upstream, ReadOnlyPolicy(lambda sql, _: sql), AuditLog(audit_folder), models=models
    )
    answers: list[Answer] = []
    thread = threading.Thread(
        target=lambda: answers.append(gateway.perform(cost_call(), caller)), daemon=True
    )
    thread.start()
    assert upstream.entered.wait(10)

    gateway.cancel("r1")
    thread.join(10)

    assert answers == [Refusal("RequestAborted", "cancelled while under way")]
    later = gateway.handle(COST, caller)
    assert error_of(later) == ("RequestAborted", "the run was cancelled")
    assert gateway.calls("r1")[-1].reason == "the run was cancelled"
    assert len(upstream.asked) == 0


class Failing(SmallOrganisation):
    """Raises what an upstream may raise."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConnectionFailed("the SSO session has ended", hint="aws sso login"), "RequestFailed"),
        (LimitReached("the session cap of $1 would be passed"), "ServiceQuotaExceededException"),
    ],
)
def test_error_of_ours_becomes_a_4xx_that_says_what_to_do(
    audit_folder: Any, models: ServiceModels, caller: Caller, error: Exception, code: str
) -> None:
    gateway = Gateway(
        Failing(error), ReadOnlyPolicy(lambda sql, _: sql), AuditLog(audit_folder), models=models
    )

    response = gateway.handle(COST, caller)

    assert response.status == 400
    assert error_of(response) == (code, str(error))
    assert [call.capped for call in gateway.calls(caller.run)] == [isinstance(error, LimitReached)]


def test_bug_of_the_upstream_is_recorded_and_surfaces(
    audit_folder: Any, models: ServiceModels, caller: Caller, audited: ReadAudit
) -> None:
    gateway = Gateway(
        Failing(KeyError("oops")),
        ReadOnlyPolicy(lambda sql, _: sql),
        AuditLog(audit_folder),
        models=models,
    )

    with pytest.raises(KeyError):
        gateway.handle(COST, caller)

    (line,) = audited()
    assert (line["decision"], line["status"]) == ("allow", 0)


def test_many_threads_share_one_gateway(
    gateway: Gateway, caller: Caller, audited: ReadAudit
) -> None:
    statuses: list[int] = []

    def ask() -> None:
        for _ in range(20):
            statuses.append(gateway.handle(COST, caller).status)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 160
    assert len(gateway.calls("r1")) == len(audited()) == 160
