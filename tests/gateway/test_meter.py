"""What calls cost is asked before them and counted after them, and the caps hold."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.base.spend import Spend
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.decision import Allow
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.meter import Meter
from finops_repl.gateway.policy import ReadOnlyPolicy
from tests.gateway.priced_account import GB, TB, PricedAccount

PERIOD = {"TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"}}
CALLER = Caller("session", run="run")


class Everything:
    """A policy that widens to all: what a user may do in their own settings."""

    def decide(self, call: Call) -> Allow:
        return Allow("the user says so")


@dataclass
class Counter:
    """A gateway before a priced account, with its budget and what its audit holds."""

    account: PricedAccount
    gateway: Gateway
    spend: Spend
    folder: Path
    opened: list[Gateway] = field(default_factory=list)

    def ask(self, name: str, caller: Caller = CALLER, **params: Any) -> Answer:
        service, _, operation = name.partition(":")
        return self.gateway.perform(Call(service, operation, "us-east-1", params), caller)

    def start(self, caller: Caller = CALLER) -> str:
        told = self.ask("athena:StartQueryExecution", caller, QueryString="SELECT 1")
        assert isinstance(told, Result), told
        return str(told.fields["QueryExecutionId"])

    def look(self, query: str, caller: Caller = CALLER) -> Answer:
        return self.ask("athena:GetQueryExecution", caller, QueryExecutionId=query)

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the audit."""
        return [call.fields for call in AuditLog(self.folder).calls()]

    def audited(self, run: str = "") -> Decimal:
        """The sum of the prices in the audit, of one run or of all."""
        lines = (line for line in self.lines() if not run or line["run"] == run)
        return sum((Decimal(line["price_usd"]) for line in lines), Decimal(0))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Any]:
    """Opens counters; their queries are watched each minute, so in no test that wants no watch."""
    counters: list[Counter] = []

    def open_one(
        account: PricedAccount,
        cap: str = "100",
        *,
        call: str = "",
        everything: bool = False,
        every_s: float = 60,
    ) -> Counter:
        spend = Spend(Decimal(cap), raised_by="--session-usd")
        folder = tmp_path / str(len(counters))
        folder.mkdir()
        meter = Meter(spend, call_usd=Decimal(call) if call else None, raised_by="limits.call_usd")
        policy = Everything() if everything else ReadOnlyPolicy(lambda sql, _: sql)
        audit = AuditLog(folder)
        gateway = Gateway(account, policy, audit, meter=meter, look_every_s=every_s)
        counters.append(Counter(account, gateway, spend, folder))
        return counters[-1]

    yield open_one
    for counter in counters:
        counter.gateway.close()


def test_a_loop_over_cost_explorer_stops_at_the_cap_before_the_call(opened: Any) -> None:
    counter = opened(PricedAccount(), "0.05")
    answers = [counter.ask("ce:GetTags", **PERIOD) for _ in range(8)]
    assert [type(answer) for answer in answers] == [Result] * 5 + [Refusal] * 3
    assert len(counter.account.asked) == 5
    assert answers[-1] == Refusal(
        "ServiceQuotaExceededException",
        "the session cap of $0.05 would be passed: $0.05 is spent, $0.01 is asked for"
        " (raise it by --session-usd, or ask for less)",
    )
    assert counter.spend.spent("aws") == Decimal("0.05") == counter.audited()
    assert counter.gateway.price("run") == Decimal("0.05")
    assert [line["decision"] for line in counter.lines()] == ["allow"] * 5 + ["deny"] * 3
    assert "session cap" in counter.lines()[-1]["reason"]


def test_a_client_is_told_of_the_cap_at_its_first_try(opened: Any) -> None:
    """A code that reads as throttling would be tried again, three times and with pauses."""
    counter = opened(PricedAccount(), "0")
    client = session(counter.gateway, CALLER).client("ce")
    with pytest.raises(ClientError, match=r"the session cap of \$0 would be passed"):
        client.get_tags(**PERIOD)
    assert len(counter.lines()) == 1


def test_a_call_that_costs_more_than_a_call_may_is_not_made(opened: Any) -> None:
    counter = opened(PricedAccount(), call="0.005")
    refused = counter.ask("ce:GetTags", **PERIOD)
    assert isinstance(refused, Refusal)
    assert refused.message == (
        "the call cap of $0.005 is passed: this call costs $0.01 ($0.00 is spent in this session)"
        " (raise it by limits.call_usd, or ask for less)"
    )
    assert counter.account.asked == []


def test_what_a_query_scanned_is_counted_once_and_at_least_10_mb(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [0, 1_000, 5_000_000, TB // 10, TB // 10]}))
    query = counter.start()
    spent = []
    for _ in range(5):
        counter.look(query)
        spent.append(counter.spend.spent("aws"))
    assert spent == [Decimal(x) for x in ("0", "0.00005", "0.00005", "0.5", "0.5")]
    assert counter.audited("run") == Decimal("0.5") == counter.gateway.price("run")


def test_a_query_whose_scan_passed_the_cap_is_stopped_and_counted(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [TB // 100, TB]}), "1")
    query = counter.start()
    assert isinstance(counter.look(query), Result)
    refused = counter.look(query)
    assert isinstance(refused, Refusal)
    assert "the session cap of $1 was passed: $5.00 is spent" in refused.message
    assert counter.account.stopped == {"q1"}
    assert counter.spend.spent("aws") == Decimal(5) == counter.audited()
    # Whoever asks later is told the same, and AWS is not asked for it.
    assert counter.look(query) == refused
    results = counter.ask("athena:GetQueryResults", QueryExecutionId=query)
    assert results == refused
    assert "GetQueryResults" not in counter.account.operations()


def test_a_query_that_costs_more_than_a_call_may_is_stopped(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [TB]}), call="1")
    refused = counter.look(counter.start())
    assert isinstance(refused, Refusal)
    assert "the call cap of $1 is passed: this query has cost $5.00" in refused.message
    assert counter.account.stopped == {"q1"}


def test_a_query_that_ended_past_the_cap_is_paid_for_and_may_be_read(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [TB]}, done={"q1"}), "1")
    query = counter.start()
    assert isinstance(counter.look(query), Result)
    assert isinstance(counter.ask("athena:GetQueryResults", QueryExecutionId=query), Result)
    refused = counter.ask("athena:StartQueryExecution", QueryString="SELECT 1")
    assert isinstance(refused, Refusal)
    assert counter.account.stopped == set()


def test_a_query_of_somebody_else_is_neither_charged_nor_stopped(opened: Any) -> None:
    counter = opened(PricedAccount({"theirs": [TB]}), "1")
    assert isinstance(counter.look("theirs"), Result)
    assert counter.account.operations() == {"GetQueryExecution": 1}
    assert counter.spend.spent("aws") == 0 == counter.audited()


def test_the_same_token_starts_a_query_once_and_is_charged_once(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [TB // 10]}))
    query = counter.start()
    counter.look(query)
    counter.account._started = 0  # as Athena answers a token that it knows
    assert counter.start() == query
    counter.look(query)
    assert counter.spend.spent("aws") == Decimal("0.5") == counter.audited()


@pytest.mark.parametrize(
    ("name", "params", "price"),
    [
        ("cloudwatch:GetMetricData", {"MetricDataQueries": [{"Id": "m1"}]}, "0.00001"),
        ("cloudwatch:GetMetricData", {"MetricDataQueries": [{"Id": "m"}] * 500}, "0.005"),
        ("cloudwatch:ListMetrics", {}, "0.00001"),
        ("s3:ListObjectsV2", {"Bucket": "b"}, "0.000005"),
        ("s3:HeadObject", {"Bucket": "b", "Key": "k"}, "0.0000004"),
        ("ec2:DescribeInstances", {}, "0"),
        ("pricing:GetProducts", {}, "0"),
    ],
)
def test_a_call_is_priced_by_what_it_asks(
    opened: Any, name: str, params: dict[str, Any], price: str
) -> None:
    counter = opened(PricedAccount())
    counter.ask(name, **params)
    assert counter.spend.spent("aws") == Decimal(price) == counter.audited()


SEARCH = "SEARCH('{AWS/EC2,InstanceId}', 'Average', 300)"
SELECT = 'SELECT AVG(CPUUtilization) FROM "AWS/EC2" GROUP BY InstanceId LIMIT 10'


class Metrics(PricedAccount):
    """Answers a question for metrics with so many series of query `e`."""

    series: int = 40
    following: str = ""

    def _GetMetricData(self, params: Any) -> Answer:
        fields: dict[str, Any] = {"MetricDataResults": [{"Id": "e"}] * self.series}
        return Result(fields | ({"NextToken": self.following} if self.following else {}))


@pytest.mark.parametrize(
    ("expression", "more", "series", "metrics"),
    [
        (SEARCH, {}, 40, 40),
        (f" {SEARCH} * 2 ", {}, 40, 40),
        (SEARCH, {}, 0, 1),
        # More than is foreseen is counted all the same.
        (SEARCH, {}, 600, 600),
        # What was found does not show: as many as it may be.
        (f"SUM({SEARCH})", {}, 1, 500),
        ("sum( search ('x', 'Sum', 60))", {}, 1, 500),
        (f"SORT({SEARCH}, AVG, DESC, 3)", {}, 3, 500),
        (SEARCH, {"ReturnData": False}, 0, 500),
        (f"{SEARCH} / SUM({SEARCH})", {}, 40, 1_000),
        (SELECT, {}, 10, 10_000),
        (f"\n{SELECT.lower()}", {}, 10, 10_000),
        ("m1 * 2", {}, 1, 1),
    ],
)
def test_metrics_that_are_searched_are_paid_for_by_what_was_found_or_may_be(
    opened: Any, expression: str, more: dict[str, Any], series: int, metrics: int
) -> None:
    account = Metrics()
    account.series = series
    counter = opened(account)
    counter.ask(
        "cloudwatch:GetMetricData",
        MetricDataQueries=[{"Id": "m1"}, {"Id": "e", "Expression": expression, **more}],
    )
    assert counter.spend.spent("aws") == Decimal(metrics + 1) / 100_000 == counter.audited()


def test_every_page_of_a_search_is_paid_for_as_if_it_were_all(opened: Any) -> None:
    account = Metrics()
    counter = opened(account)
    asked: dict[str, Any] = {"MetricDataQueries": [{"Id": "e", "Expression": SEARCH}]}
    account.following = "more"
    counter.ask("cloudwatch:GetMetricData", **asked)
    account.following = ""
    counter.ask("cloudwatch:GetMetricData", **asked, NextToken="more")
    assert counter.spend.spent("aws") == Decimal("0.01") == counter.audited()


@pytest.mark.parametrize(("expression", "most"), [(SEARCH, "0.005"), (SELECT, "0.10")])
def test_a_search_is_not_made_where_what_it_may_find_passes_a_cap(
    opened: Any, expression: str, most: str
) -> None:
    asked: dict[str, Any] = {"MetricDataQueries": [{"Id": "e", "Expression": expression}]}
    enough = opened(Metrics(), most)
    assert isinstance(enough.ask("cloudwatch:GetMetricData", **asked), Result)
    # It found less, but may find as much again.
    assert isinstance(enough.ask("cloudwatch:GetMetricData", **asked), Refusal)
    short = opened(Metrics(), call=str(Decimal(most) - Decimal("0.00001")))
    assert isinstance(short.ask("cloudwatch:GetMetricData", **asked), Refusal)
    assert short.account.asked == []
    assert len(enough.account.asked) == 1


def test_a_query_of_logs_that_the_user_lets_through_is_metered_and_stopped(opened: Any) -> None:
    counter = opened(PricedAccount({"l1": [100 * GB, 300 * GB]}), "1", everything=True)
    assert isinstance(counter.ask("logs:StartQuery", queryString="fields @message"), Result)
    assert isinstance(counter.ask("logs:GetQueryResults", queryId="l1"), Result)
    assert counter.spend.spent("aws") == Decimal("0.5")
    refused = counter.ask("logs:GetQueryResults", queryId="l1")
    assert isinstance(refused, Refusal)
    assert counter.account.stopped == {"l1"}
    assert counter.spend.spent("aws") == Decimal("1.5") == counter.audited()


def test_what_is_refused_costs_nothing(opened: Any) -> None:
    counter = opened(PricedAccount(), "1")
    counter.ask("ce:CreateAnomalyMonitor")
    assert counter.spend.spent() == 0 == counter.audited()


def test_queries_that_nobody_looks_at_are_looked_at_before_the_next_is_started(opened: Any) -> None:
    scans = {"q1": [TB // 10], "q2": [TB // 5, TB]}
    counter = opened(PricedAccount(scans), "2")
    other = Caller("session", run="other")
    counter.start()
    counter.start(other)
    counter.start()
    refused = counter.ask("athena:StartQueryExecution", QueryString="SELECT 1")
    assert isinstance(refused, Refusal)
    assert "the session cap of $2 would be passed: $5.50 is spent" in refused.message
    assert counter.spend.spent("aws") == Decimal("5.5") == counter.audited()
    # Each pays for its own.
    assert counter.audited("run") == Decimal("0.5") == counter.gateway.price("run")
    assert counter.audited("other") == Decimal(5) == counter.gateway.price("other")


def test_past_the_cap_what_is_free_is_still_answered(opened: Any) -> None:
    counter = opened(PricedAccount(), "1")
    counter.spend.charge(counter.spend.hold("aws", Decimal(0)), Decimal("0.995"))
    assert isinstance(counter.ask("ce:GetTags", **PERIOD), Refusal)
    assert isinstance(counter.ask("ec2:DescribeInstances"), Result)


def wait_for(true: Any) -> None:
    patience = threading.Event()
    for _ in range(500):
        if true():
            return
        patience.wait(0.01)
    pytest.fail("it did not happen")


def test_a_query_that_nobody_looks_at_is_stopped_at_the_cap(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [0, TB // 100, TB // 100, TB]}), "1", every_s=0.01)
    query = counter.start()
    wait_for(lambda: counter.account.stopped)
    refused = counter.look(query)
    assert isinstance(refused, Refusal)
    assert "the session cap of $1 was passed" in refused.message
    assert counter.spend.spent("aws") == Decimal(5) == counter.audited("run")
    [stop] = [line for line in counter.lines() if line["operation"] == "StopQueryExecution"]
    assert "the session cap of $1 was passed" in stop["reason"]


def test_a_watch_ends_when_nothing_runs(opened: Any) -> None:
    counter = opened(PricedAccount(done={"q1", "q2"}), every_s=0.01)
    for _ in range(2):
        counter.start()
        wait_for(lambda: counter.gateway._watch._thread is None)
    looks = len(counter.account.asked)
    threading.Event().wait(0.05)
    assert len(counter.account.asked) == looks


def test_the_queries_of_a_run_end_with_it_and_those_of_others_go_on(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [0, GB], "q2": [GB]}))
    query, other = counter.start(), counter.start(Caller("session", run="other"))
    counter.gateway.cancel("run")
    assert counter.account.stopped == {query}
    # What it scanned until then is on the run's bill when the run is reported.
    assert counter.gateway.price("run") == Decimal("0.005") == counter.audited("run")
    refused = counter.look(query, Caller("session"))
    assert isinstance(refused, Refusal)
    assert "the run that started the query ended" in refused.message
    assert isinstance(counter.look(other, Caller("session")), Result)


def test_a_run_is_not_reported_before_the_last_look_at_its_queries_is_on_record(
    opened: Any,
) -> None:
    class SlowToRecord(PricedAccount):
        @property  # asked for when a call is put on record
        def account_id(self) -> str:
            if self.asked and self.asked[-1].operation == "GetQueryExecution":
                threading.Event().wait(0.05)
            return "111122223333"

        @account_id.setter
        def account_id(self, value: str) -> None: ...

    counter = opened(SlowToRecord({"q1": [GB]}, done={"q1"}))
    counter.start()
    counter.gateway.cancel("run")
    assert counter.gateway.price("run") == Decimal("0.005") == counter.audited("run")


def test_a_query_that_had_ended_by_itself_is_counted_and_stays_readable(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [GB]}, done={"q1"}))
    query = counter.start()
    counter.gateway.cancel("run")
    assert counter.account.stopped == set()
    assert counter.gateway.price("run") == Decimal("0.005")
    told = counter.ask("athena:GetQueryResults", Caller("session"), QueryExecutionId=query)
    assert isinstance(told, Result)


def test_a_query_whose_run_is_cancelled_while_it_starts_is_stopped_too(opened: Any) -> None:
    class Slow(PricedAccount):
        """Cancels the run while the query starts, and answers a call that is not given up."""

        gateway: Gateway

        def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
            if call.operation == "StartQueryExecution":
                threading.Thread(target=self.gateway.cancel, args=("run",)).start()
                assert self.gateway._runs.cancelled("run").wait(5)
                if cancelled.is_set():
                    super().answer(call, cancelled=cancelled)  # it began all the same
                    return Refusal("RequestAborted", "the run was cancelled")
            return super().answer(call, cancelled=cancelled)

    account = Slow()
    counter = opened(account, every_s=0.01)
    account.gateway = counter.gateway
    counter.ask("athena:StartQueryExecution", QueryString="SELECT 1")
    wait_for(lambda: account.stopped == {"q1"})


def test_when_the_session_ends_every_query_does(opened: Any) -> None:
    counter = opened(PricedAccount({"q1": [GB], "q2": [GB]}))
    counter.start()
    counter.start(Caller("session"))
    counter.gateway.close()
    assert counter.account.stopped == {"q1", "q2"}
    assert counter.spend.spent("aws") == Decimal("0.01") == counter.audited()


def test_a_stop_that_aws_did_not_hear_is_said_again(opened: Any) -> None:
    class Deaf(PricedAccount):
        heard = 0

        def _StopQueryExecution(self, params: Any) -> Answer:
            self.heard += 1
            return super()._StopQueryExecution(params) if self.heard > 2 else Result({})

    counter = opened(Deaf({"q1": [TB]}), "1", every_s=0.01)
    counter.start()
    wait_for(lambda: counter.account.stopped == {"q1"})


def test_the_bill_is_the_audit_whatever_a_run_does(opened: Any) -> None:
    """Many threads, priced and free calls, queries looked at or not, some ended by the cap."""
    scans = {f"q{n}": [n * GB, 20 * n * GB] for n in range(1, 40)}
    counter = opened(
        PricedAccount(scans, done={f"q{n}" for n in range(1, 40, 3)}), "2", every_s=0.002
    )

    def work(number: int) -> None:
        caller = Caller("session", run=f"run{number}")
        for turn in range(6):
            counter.ask("ce:GetTags", caller, **PERIOD)
            counter.ask("s3:ListObjectsV2", caller, Bucket="b")
            told = counter.ask("athena:StartQueryExecution", caller, QueryString="SELECT 1")
            if isinstance(told, Result) and turn % 2:
                counter.look(str(told.fields["QueryExecutionId"]), caller)
        counter.gateway.cancel(caller.run)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counter.gateway.close()
    spent = counter.spend.spent("aws")
    assert spent > 0
    assert spent == counter.audited()
    shown = [counter.gateway.price(f"run{number}") for number in range(4)]
    assert shown == [counter.audited(f"run{number}") for number in range(4)]
    assert sum(shown) == spent
