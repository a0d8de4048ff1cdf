"""Results of queries are for who started them, whatever way leads to them."""

from __future__ import annotations

from typing import Any

import pytest

from finops_repl.aws.call import Call, Caller, Result
from finops_repl.gateway.result_objects import ResultObjects
from finops_repl.gateway.started import StartedQueries

OURS, THEIRS = "0a1b2c3d-1111-2222-3333-444455556666", "ffffffff-1111-2222-3333-444455556666"
CALLER = Caller("session")


def queries(
    output: str = "s3://results/finops/", *, exports: tuple[str, ...] = ()
) -> StartedQueries:
    started = StartedQueries(ResultObjects(output, exports) if output else None)
    start = Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": "SELECT 1"})
    started.note(start, Result({"QueryExecutionId": OURS}), CALLER)
    return started


def passes(started: StartedQueries, operation: str, **params: Any) -> bool:
    return started.objection(Call("s3", operation, "us-east-1", params)) is None


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject", "GetObjectAttributes"])
@pytest.mark.parametrize(
    "name",
    [
        "{}.csv",
        "{}.csv.metadata",
        "{}.txt",
        "{}.txt.metadata",
        "{}-manifest.csv",
        "Unsaved/2026/11/27/{}.csv",
    ],
)
def test_the_files_of_a_query_are_for_who_started_it(operation: str, name: str) -> None:
    started = queries()
    mine, others = f"finops/{name.format(OURS)}", f"finops/{name.format(THEIRS)}"
    assert passes(started, operation, Bucket="results", Key=mine)
    assert not passes(started, operation, Bucket="results", Key=others)


@pytest.mark.parametrize(
    "key",
    [
        f"finops/{OURS}/{THEIRS}.csv",
        f"finops/{THEIRS}.csv/{OURS}",
        f"finops/x{OURS}.csv",
        f"finops/{OURS}.csv?{THEIRS}.csv",
        f"finops/{OURS}.csv.bak",
        f"finops/{OURS}\n{THEIRS}.csv",
        f"finops/{OURS}",
        f"finops/{OURS.upper()}.csv",
        "finops/",
        "finops/tables/secret.parquet",
    ],
)
def test_a_key_that_only_mentions_a_query_of_ours_stays_closed(key: str) -> None:
    assert not passes(queries(), "GetObject", Bucket="results", Key=key)


@pytest.mark.parametrize(
    ("prefix", "allowed"),
    [
        (f"finops/{OURS}", True),
        (f"finops/{OURS}.csv", True),
        (f"finops/{THEIRS}", False),
        ("finops/", False),
        ("finops", False),
        ("fin", False),
        ("", False),
        (None, False),
        (f"finops/{OURS[:8]}", False),
        ("other/", True),
    ],
)
@pytest.mark.parametrize("operation", ["ListObjects", "ListObjectsV2", "ListObjectVersions"])
def test_a_listing_shows_nothing_of_others(
    operation: str, prefix: str | None, allowed: bool
) -> None:
    asked = {"Bucket": "results"} | ({} if prefix is None else {"Prefix": prefix})
    assert passes(queries(), operation, **asked) is allowed


def test_other_places_are_none_of_its_business() -> None:
    started = queries()
    assert passes(started, "HeadObject", Bucket="elsewhere", Key=f"finops/{THEIRS}.csv")
    assert passes(started, "ListObjectsV2", Bucket="elsewhere")
    assert passes(started, "HeadObject", Bucket="results", Key="finops-else/x")
    assert passes(started, "GetBucketLocation", Bucket="results")
    assert passes(started, "ListBuckets")


def test_places_of_exports_stay_readable_within_and_around_the_results() -> None:
    within = queries(exports=("s3://results/finops/exports",))
    assert passes(within, "GetObject", Bucket="results", Key="finops/exports/a.parquet")
    assert passes(within, "ListObjectsV2", Bucket="results", Prefix="finops/exports/")
    assert not passes(within, "GetObject", Bucket="results", Key="finops/exports-of-others/a")
    around = queries(exports=("s3://results/",))
    assert passes(around, "GetObject", Bucket="results", Key=f"finops/{THEIRS}.csv")


def test_a_bucket_that_is_all_results_is_closed_to_its_root() -> None:
    started = queries("s3://results")
    assert passes(started, "GetObject", Bucket="results", Key=f"{OURS}.csv")
    assert not passes(started, "GetObject", Bucket="results", Key=f"{THEIRS}.csv")
    assert not passes(started, "ListObjectsV2", Bucket="results", Prefix="any/")


@pytest.mark.parametrize(
    "bucket",
    ["arn:aws:s3:us-east-1:111122223333:accesspoint/results", "results-abc-s3alias"],
)
def test_an_access_point_is_no_way_around(bucket: str) -> None:
    started = queries()
    assert not passes(started, "HeadObject", Bucket=bucket, Key=f"finops/{THEIRS}.csv")
    assert not passes(started, "ListObjectsV2", Bucket=bucket)


def test_an_account_without_a_place_of_results_has_none_to_close() -> None:
    assert passes(queries(""), "GetObject", Bucket="sim-results", Key=f"{THEIRS}.csv")


def test_the_oldest_queries_are_forgotten_first() -> None:
    started = StartedQueries(ResultObjects("s3://results/"))
    start = Call("athena", "StartQueryExecution", "us-east-1", {})
    for number in range(10_001):
        started.note(start, Result({"QueryExecutionId": f"q{number}"}), CALLER)
    assert not passes(started, "GetObject", Bucket="results", Key="q0.csv")
    assert passes(started, "GetObject", Bucket="results", Key="q1.csv")
