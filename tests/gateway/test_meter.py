"""What calls cost is asked before them and counted after them, and the cap holds."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.base.spend import Spend
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.meter import Meter
from finops_repl.gateway.policy import ReadOnlyPolicy

PERIOD = {"TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"}}
TB = 10**12


class Priced:
    """An account whose one query scans more each time that it is looked at."""

    account = "111122223333 (billing)"
    account_id = "111122223333"

    def __init__(self, scans: list[int]) -> None:
        self.asked: list[str] = []
        self._scans = iter(scans)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        self.asked.append(call.operation)
        if call.operation == "GetQueryExecution":
            scanned = {"DataScannedInBytes": next(self._scans)}
            return Result({"QueryExecution": {"QueryExecutionId": "q", "Statistics": scanned}})
        if call.operation == "StartQueryExecution":
            return Result({"QueryExecutionId": "q"})
        return Result({})


def opened(folder: Path, account: Priced, cap: str) -> tuple[Gateway, Spend]:
    spend = Spend(Decimal(cap))
    policy = ReadOnlyPolicy(lambda sql, _: sql)
    return Gateway(account, policy, AuditLog(folder), meter=Meter(spend)), spend


def start(gateway: Gateway) -> None:
    query = Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": "SELECT 1"})
    assert isinstance(gateway.perform(query, Caller("session")), Result)


def audited(folder: Path) -> Decimal:
    """The sum of all prices that the audit holds."""
    lines = [line for path in folder.iterdir() for line in path.read_text().splitlines()]
    return sum((Decimal(json.loads(line)["price_usd"]) for line in lines), Decimal(0))


def test_a_loop_over_cost_explorer_stops_at_the_cap_before_the_call(tmp_path: Path) -> None:
    account = Priced([])
    gateway, spend = opened(tmp_path, account, "0.05")
    caller = Caller("session", run="run")
    answers = [
        gateway.perform(Call("ce", "GetTags", "us-east-1", PERIOD), caller) for _ in range(8)
    ]
    assert [type(answer) for answer in answers] == [Result] * 5 + [Refusal] * 3
    assert len(account.asked) == 5
    refused = answers[-1]
    assert isinstance(refused, Refusal)
    assert refused.code == "LimitExceededException"
    assert "the session cap of $0.05 would be passed" in refused.message
    assert spend.spent("aws") == Decimal("0.05") == audited(tmp_path)
    assert sum(record.price_usd for record in gateway.calls("run")) == Decimal("0.05")


def test_what_a_query_scanned_is_counted_once_and_at_least_10_mb(tmp_path: Path) -> None:
    account = Priced([0, 1_000, 5_000_000, TB // 10, TB // 10])
    gateway, spend = opened(tmp_path, account, "10")
    start(gateway)
    look = Call("athena", "GetQueryExecution", "us-east-1", {"QueryExecutionId": "q"})
    spent = []
    for _ in range(5):
        gateway.perform(look, Caller("session"))
        spent.append(spend.spent("aws"))
    assert spent == [Decimal(x) for x in ("0", "0.00005", "0.00005", "0.5", "0.5")]
    assert audited(tmp_path) == Decimal("0.5")


def test_a_query_whose_scan_passed_the_cap_is_stopped_and_counted(tmp_path: Path) -> None:
    account = Priced([TB // 100, TB])
    gateway, spend = opened(tmp_path, account, "1")
    start(gateway)
    look = Call("athena", "GetQueryExecution", "us-east-1", {"QueryExecutionId": "q"})
    assert isinstance(gateway.perform(look, Caller("session")), Result)
    refused = gateway.perform(look, Caller("session"))
    assert isinstance(refused, Refusal)
    assert "the session cap of $1 was passed: $5.00" in refused.message
    assert account.asked[1:] == ["GetQueryExecution", "GetQueryExecution", "StopQueryExecution"]
    assert spend.spent("aws") == Decimal(5) == audited(tmp_path)


def test_a_query_of_somebody_else_is_neither_charged_nor_stopped(tmp_path: Path) -> None:
    account = Priced([TB])
    gateway, spend = opened(tmp_path, account, "1")
    look = Call("athena", "GetQueryExecution", "us-east-1", {"QueryExecutionId": "q"})
    assert isinstance(gateway.perform(look, Caller("session")), Result)
    assert account.asked == ["GetQueryExecution"]
    assert spend.spent("aws") == 0 == audited(tmp_path)


@pytest.mark.parametrize(("metrics", "price"), [(1, "0.00001"), (500, "0.005")])
def test_metrics_are_priced_by_their_number(tmp_path: Path, metrics: int, price: str) -> None:
    gateway, spend = opened(tmp_path, Priced([]), "1")
    asked = [{"Id": f"m{number}"} for number in range(metrics)]
    call = Call("cloudwatch", "GetMetricData", "us-east-1", {"MetricDataQueries": asked})
    gateway.perform(call, Caller("session"))
    assert spend.spent("aws") == Decimal(price)


def test_what_is_refused_costs_nothing(tmp_path: Path) -> None:
    gateway, spend = opened(tmp_path, Priced([]), "1")
    gateway.perform(Call("ce", "CreateAnomalyMonitor", "us-east-1", {}), Caller("session"))
    assert spend.spent() == 0 == audited(tmp_path)


def test_queries_that_nobody_looks_at_are_looked_at_before_the_next_is_started(
    tmp_path: Path,
) -> None:
    account = Priced([TB // 10, TB // 5, TB])
    gateway, spend = opened(tmp_path, account, "2")
    for _ in range(3):
        start(gateway)
    query = Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": "SELECT 1"})
    refused = gateway.perform(query, Caller("session"))
    assert isinstance(refused, Refusal)
    assert "the session cap of $2 was passed: $6.50" in refused.message
    assert account.asked[-2:] == ["GetQueryExecution", "StopQueryExecution"]
    assert spend.spent("aws") == Decimal("6.5") == audited(tmp_path)


def test_past_the_cap_what_is_free_is_still_answered(tmp_path: Path) -> None:
    gateway, spend = opened(tmp_path, Priced([]), "1")
    spend.charge("aws", Decimal("0.995"))
    refused = gateway.perform(Call("ce", "GetTags", "us-east-1", PERIOD), Caller("session"))
    assert isinstance(refused, Refusal)
    free = gateway.perform(Call("ec2", "DescribeInstances", "us-east-1", {}), Caller("session"))
    assert isinstance(free, Result)
