"""Searches find the metrics that CloudWatch's guide says they do, and read them as named ones."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from finops_repl.aws.call import CANCELLED, Call, Refusal
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.names import Partial
from finops_repl.simulator.handlers.cloudwatch.search import Search
from finops_repl.simulator.metrics.series import Metric
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import ask, fields
from tests.simulator.metrics.readings import NOW, data, day, listed, query

DAY, HOUR = 86_400, 3_600
WEEK: dict[str, Any] = {"StartTime": NOW - timedelta(days=7), "EndTime": NOW}
CPU = '{AWS/EC2,InstanceId} MetricName="CPUUtilization"'


@pytest.mark.parametrize(
    ("term", "name", "found"),
    [
        ("count", "CustomCount1", True),
        ("COUNT", "CustomCount1", True),
        ("couNT", "CustomCount1", False),
        ("CustomCount", "CustomCount1", True),
        ("Count1", "CustomCount1", True),
        ("customcount", "CustomCount1", False),
        ("count1", "CustomCount1", False),
        ("customcount1", "CustomCount1", True),
        ("cust", "CustomCount1", False),
        ("failure", "SDBFailure", True),
        ("sdb", "SDBFailure", True),
        ("project2trial333", "Project2-trial333", True),
        ("trial", "Project2-trial333", True),
        *((term, name, True)
          for term in ("network/errors", "network+errors", "network-errors", "Network_Errors")
          for name in ("Network-Errors-2", "NetworkErrors2")),
        ("errors-network", "NetworkErrors2", False),
        ("ReadOps", "VolumeReadOps", True),
        ("i-0abc12def", "i-0abc12def", True),
        ("i-0abc12de", "i-0abc12def", False),
        ("micro", "t2.micro", True),
    ],
)  # fmt: skip
def test_a_term_matches_tokens_of_a_name(term: str, name: str, found: bool) -> None:
    assert Partial(term).matches(name) == found


METRICS = {
    "cpu": Metric("AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),)),
    "in": Metric("AWS/EC2", "NetworkPacketsIn", (("InstanceId", "i-1"),)),
    "group": Metric("AWS/EC2", "CPUUtilization", (("AutoScalingGroupName", "shop-web"),)),
    "disk": Metric("AWS/EC2", "DiskReadOps", (("InstanceId", "i-2"),)),
    "ebs": Metric("AWS/EBS", "VolumeReadOps", (("VolumeId", "vol-1"),)),
    "errors": Metric("AWS/Lambda", "Errors", (("FunctionName", "ProjectA"),)),
    "calls": Metric("AWS/Lambda", "Invocations", (("FunctionName", "ProjectA"),)),
    "other": Metric("AWS/Lambda", "Invocations", (("FunctionName", "sum"),)),
    "app": Metric("Own App", "Europe\\France Traffic(Network)", (("Dim@1", "x"), ("b", "y"))),
}
OWNERS = {"ebs": "222222222222", "errors": "333333333333"}
LOCAL = "111111111111"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{AWS/EC2,InstanceId}", "cpu in disk"),
        ("{AWS/EC2}", "cpu in group disk"),
        ("{AWS/EC2, InstanceId}, network packets", "in"),
        ("{AWS/EC2,InstanceId} network AND packets", "in"),
        ('{"AWS/EC2", "InstanceId"} MetricName="CPUUtilization" OR ops', "cpu disk"),
        ('{AWS/EC2,InstanceId} NOT i-1', "disk"),
        ('{"Own App", b, "Dim@1"} "Europe\\\\France Traffic\\(Network\\)"', "app"),
        ('{"Own App", "Dim@1"}', ""),
        ('"CPUUtilization"', "cpu group"),
        ('"cpuutilization"', ""),
        ("cpuutilization", "cpu group"),
        ('"AWS/EC2" MetricName="CPUUtilization"', "cpu group"),
        ("NOT Namespace=AWS", "app"),
        ("(EC2 OR EBS) AND MetricName=ReadOps", "disk ebs"),
        ("(EC2 OR EBS) MetricName = ReadOps", "disk ebs"),
        ('{AWS/Lambda,FunctionName} MetricName="Errors" OR (MetricName="Invocations" AND'
         " (ProjectA OR ProjectB))", "errors calls"),
        ("FunctionName=project", "errors calls"),
        ('AutoScalingGroupName="shop-web" Namespace="AWS/EC2"', "group"),
        ("AutoScalingGroupName=web NOT cpu", ""),
        ("NOT NOT ebs", "ebs"),
        ("NOT volume network packets", "in"),
        ("MetricName=aws", ""),
        ("Namespace=cpu", ""),
        ("InstanceId=ops", ""),
        (":aws.AccountId = 222222222222", "ebs"),
        (":aws.AccountId='333333333333' OR :aws.AccountId=\"222222222222\"", "ebs errors"),
        ("{AWS/Lambda} :aws.AccountId = 'LOCAL'", "calls other"),
        ("or", ""),
        ("sum OR ebs NOT volume", "other"),
    ],
)  # fmt: skip
def test_a_search_finds_what_its_terms_say(text: str, found: str) -> None:
    search = Search.parse(text, local=LOCAL)
    owned = {name: (metric, OWNERS.get(name, LOCAL)) for name, metric in METRICS.items()}
    assert [name for name, each in owned.items() if search.finds(each)] == found.split()


@pytest.mark.parametrize(
    "text",
    ["", "  ", "{}", "{} cpu", "{AWS/EC2", "(cpu", "cpu)", "cpu AND", "OR cpu", "NOT", "a = ",
     "= a", "a = = b", "()", "-", 'MetricName="CPU', "(" * 200 + "a" + ")" * 200,
     "NOT " * 250 + "a", "a" * 1_025],
)  # fmt: skip
def test_a_search_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(MathError):
        Search.parse(text, local=LOCAL)


def expression(text: str, **more: Any) -> dict[str, Any]:
    return {"Id": "e", "Expression": text, **more}


def test_a_search_reads_what_naming_its_metrics_would(
    small: SimulatedOrganisation, aws: Any
) -> None:
    client = aws.client("cloudwatch", region_name="us-east-1")
    answer = client.get_metric_data(
        MetricDataQueries=[expression(f"SEARCH('{CPU}', 'Average', {HOUR})")], **WEEK
    )
    metrics = [
        each
        for each in listed(small, "us-east-1", Namespace="AWS/EC2", MetricName="CPUUtilization")
        if each["Dimensions"][0]["Name"] == "InstanceId"
    ]
    queries = [query(each, "Average", HOUR, f"q{at}") for at, each in enumerate(metrics)]
    named = client.get_metric_data(MetricDataQueries=queries, **WEEK)
    results = answer["MetricDataResults"]
    assert [each["Label"] for each in results] == [
        each["Dimensions"][0]["Value"] for each in metrics
    ]
    assert {each["Id"] for each in results} == {"e"}
    assert [each["Values"] for each in results] == [
        each["Values"] for each in named["MetricDataResults"]
    ]
    assert len(results) > 20


def test_the_sum_of_a_search_is_the_bill(small: SimulatedOrganisation) -> None:
    start, end = day("2026-10-20"), day("2026-11-01")
    store = connect(small.store_path, read_only=True)
    billed = {
        begins.replace(tzinfo=UTC): amount
        for begins, amount in store.execute(
            "SELECT line_item_usage_start_date::DATE::TIMESTAMP,"
            " sum(line_item_usage_amount)::DOUBLE"
            " FROM cur2 WHERE product_region_code = 'us-east-1'"
            " AND line_item_usage_type LIKE '%NatGateway-Bytes'"
            " AND line_item_usage_start_date >= ? GROUP BY 1",
            [start.replace(tzinfo=None)],
        ).fetchall()
    }
    store.close()
    search = f"SEARCH('{{AWS/NATGateway,NatGatewayId}} MetricName=BytesIn', 'Sum', {DAY})"
    total = f"SUM({search}) / 1024 ^ 3"
    (found,) = data(small, "us-east-1", [expression(total)], start, end)
    assert len(billed) == 12
    assert found == pytest.approx(billed, rel=1e-9)
    (filled,) = data(small, "us-east-1", [expression(f"SUM(FILL({search}, 0))")], start, NOW)
    # What the ledger does not know yet is not filled.
    assert max(filled) == end - timedelta(days=1)


def test_five_hundred_metrics_are_found_and_that_there_are_more_is_told(
    small: SimulatedOrganisation,
) -> None:
    some = next(listed(small, "us-west-2", Namespace="AWS/EC2"))
    named = [query(some, "Sum", DAY, f"q{at}") for at in range(100)]
    every = expression(f"SEARCH('{{AWS/EC2,InstanceId}}', 'Sum', {DAY})", ReturnData=False)
    rest = {"Id": "f", "Expression": f"SEARCH('{{AWS/EBS}}', 'Sum', {DAY})"}
    # The same search within one expression is one: its metrics are not found a second time.
    twice = " + ".join([f"METRIC_COUNT({every['Expression']})"] * 2)
    for queries, counts, told in (
        ([every, {"Id": "n", "Expression": "TIME_SERIES(METRIC_COUNT(e))", "Period": DAY}],
         [500], True),
        ([*named, every, {"Id": "n", "Expression": "TIME_SERIES(METRIC_COUNT(e))"}],
         [400], True),
        ([every, rest, {"Id": "n", "Expression": "TIME_SERIES(METRIC_COUNT(f))", "Period": DAY}],
         [0], True),
        ([{"Id": "n", "Expression": f"TIME_SERIES({twice})", "Period": DAY}], [1_000], True),
        ([{**rest, "Expression": f"SEARCH('{{AWS/EBS}} vol-x', 'Sum', {DAY})"}, *named], [], False),
    ):  # fmt: skip
        answer = fields(
            small, "cloudwatch", "GetMetricData", "us-west-2", MetricDataQueries=queries, **WEEK
        )
        numbers = [each for each in answer["MetricDataResults"] if each["Id"] == "n"]
        assert [each["Values"][0] for each in numbers] == counts
        assert [each["Code"] for each in answer["Messages"]] == ["MaxMetricsExceeded"] * told


def test_pages_of_a_search_make_the_whole(small: SimulatedOrganisation) -> None:
    queries = [expression(f"SEARCH('{{AWS/RDS}} cpu', 'Average', {DAY})")]
    whole = data(small, "us-east-1", queries, WEEK["StartTime"], NOW)
    seen: list[dict[datetime, float]] = [{} for _ in whole]
    token: dict[str, str] = {}
    pages, most = 0, -(-sum(len(each) for each in whole) // 5)
    while pages <= most:
        page = fields(
            small, "cloudwatch", "GetMetricData", MetricDataQueries=queries, **WEEK,
            MaxDatapoints=5, **token,
        )  # fmt: skip
        pages += 1
        assert sum(len(each["Values"]) for each in page["MetricDataResults"]) <= 5
        for place, each in enumerate(page["MetricDataResults"]):
            seen[place] |= dict(zip(each["Timestamps"], each["Values"], strict=True))
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert seen == whole
    assert pages == most > 3


def test_an_account_narrows_a_search(small: SimulatedOrganisation) -> None:
    owner = small.world.account("sim-shop-prod").id
    by_term = f"SEARCH('{{AWS/RDS}} cpu :aws.AccountId={owner}', 'Average', {DAY})"
    by_query = expression(f"SEARCH('{{AWS/RDS}} cpu', 'Average', {DAY})", AccountId=owner)
    every = expression(f"SEARCH('{{AWS/RDS}} cpu', 'Average', {DAY})")
    mine, same, all_ = (
        data(small, "us-east-1", [each], WEEK["StartTime"], NOW)
        for each in (expression(by_term), by_query, every)
    )
    assert mine == same
    assert 0 < len(mine) < len(all_)


def test_labels_tell_series_apart_by_what_differs(small: SimulatedOrganisation) -> None:
    for text, sample in (
        ("{AWS/RDS,DBInstanceIdentifier} cpu", "shop-database-prod-01"),
        ("DBInstanceIdentifier=\"shop-database-prod-01\"", "ReadIOPS"),
        ("{AWS/RDS} iops", "ReadIOPS shop-database-prod-01"),
        ("{AWS/RDS} cpu \"shop-database-prod-01\"", "CPUUtilization"),
    ):  # fmt: skip
        for label, prefix in ((None, ""), ("Load:", "Load: "), ("", "")):
            more = {} if label is None else {"Label": label}
            answer = fields(
                small, "cloudwatch", "GetMetricData", **WEEK,
                MetricDataQueries=[expression(f"SEARCH('{text}', 'Sum', {DAY})", **more)],
            )  # fmt: skip
            labels = [each["Label"] for each in answer["MetricDataResults"]]
            assert f"{prefix}{sample}" in labels
            assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SEARCH('{AWS/EC2,InstanceId}', 'Average')", "Period must not be null"),
        ("SEARCH('{AWS/EC2,InstanceId}', 'Mean', 300)", "the statistic 'Mean'"),
        ("SEARCH('{AWS/EC2,InstanceId}', 'Average', 299)", "Period must be"),
        ("SEARCH('{AWS/EC2,InstanceId}', 'Sum', 1e999)", "SEARCH takes a search"),
        ("SEARCH('{AWS/EC2,InstanceId}')", "SEARCH takes a search, a statistic and a period"),
        ("SEARCH('(cpu', 'Average', 300)", "')' is missing"),
        (f"SEARCH('{'a' * 1_025}', 'Average', 300)", "1,024 characters"),
        ("+".join(["SEARCH('a','Sum')"] * 101), "100 SEARCH expressions"),
        ("1" * 2_049, "2,048 characters"),
    ],
)
def test_a_search_is_refused_in_cloudwatchs_words(
    small: SimulatedOrganisation, text: str, told: str
) -> None:
    answer = ask(small, "cloudwatch", "GetMetricData", **WEEK, MetricDataQueries=[expression(text)])
    assert isinstance(answer, Refusal)
    assert answer.code == "ValidationError"
    assert told in answer.message


def test_a_client_is_told_which_expression_is_wrong(aws: Any) -> None:
    with pytest.raises(ClientError, match=r"\(ValidationError\).*Error in expression 'e': "):
        aws.client("cloudwatch").get_metric_data(
            MetricDataQueries=[expression("SUM(SEARCH('cpu AND', 'Sum', 60))")], **WEEK
        )


def test_a_search_that_finds_nothing_has_no_results(small: SimulatedOrganisation) -> None:
    nothing = [expression(f"SEARCH('{{Own/App}}', 'Sum', {DAY})")]
    assert data(small, "us-east-1", nothing, WEEK["StartTime"], NOW) == []
    summed = [expression(f"SUM(SEARCH('{{Own/App}}', 'Sum', {DAY}))")]
    assert data(small, "us-east-1", summed, WEEK["StartTime"], NOW) == [{}]


@pytest.mark.parametrize(
    "text",
    ["SEARCH('{Own/App}', 'Sum', 60)", "SEARCH('{AWS/RDS}', 'Sum', 60)",
     "SUM(SEARCH('{AWS/RDS}', 'Sum', 60))", 'SELECT MAX(CPUUtilization) FROM "AWS/RDS"'],
)  # fmt: skip
def test_what_nobody_waits_for_any_more_is_not_read(
    small: SimulatedOrganisation, text: str
) -> None:
    given_up = threading.Event()
    given_up.set()
    params = {**WEEK, "MetricDataQueries": [expression(text, Period=60)]}
    call = Call("cloudwatch", "GetMetricData", "us-east-1", params)
    (handler,) = (
        each for each in small.handlers("cloudwatch") if "GetMetricData" in each.operations
    )
    assert handler.answer(call, cancelled=given_up) == CANCELLED
