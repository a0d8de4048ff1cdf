"""Whatever stands in an expression, it is answered or refused: nothing else comes of it."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from finops_repl.simulator.handlers.cloudwatch.insights_syntax import read_select
from finops_repl.simulator.handlers.cloudwatch.metric_math.computation import FUNCTIONS
from finops_repl.simulator.handlers.cloudwatch.metric_math.tree import MathError
from finops_repl.simulator.handlers.cloudwatch.search import Search
from finops_repl.simulator.metrics.series import Metric
from tests.simulator.handlers.cloudwatch.series import evaluated, series

LOCAL = "111111111111"
OWNED = [
    (Metric("AWS/EC2", "CPUUtilization", (("InstanceId", "i-1"),)), LOCAL),
    (Metric("AWS/EBS", "VolumeReadOps", (("VolumeId", "vol-1"),)), "222222222222"),
]
leaves = st.sampled_from([
    "m1", "m2", "m3", "[m1, m2, m3]", "[]", "METRICS()", "METRICS('1')", "0", "2", "0.5", "1e308",
    "1e999", "SEARCH('a', 'Sum', 60)", "REPEAT", "ASC", "'x'",
])  # fmt: skip
signs = st.sampled_from(["+", "-", "*", "/", "^", "<", "==", ">=", "AND", "||", ",", ")", "]"])


def within(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    called = st.tuples(st.sampled_from(FUNCTIONS), inner).map(lambda it: f"{it[0]}({it[1]})")
    return st.one_of(
        called,
        called,
        st.tuples(inner, signs, inner).map(" ".join),
        st.tuples(inner, inner).map(lambda it: f"FILL({it[0]}, {it[1]})"),
        st.tuples(inner, inner, inner).map(lambda it: f"IF({it[0]}, {it[1]}, {it[2]})"),
        st.tuples(inner, inner).map(lambda it: f"SLICE([{it[0]}], {it[1]})"),
        inner.map(lambda it: f"SORT({it}, MAX, DESC, 2)"),
        inner.map(lambda it: f"-({it})"),
    )


expressions = st.recursive(leaves, within, max_leaves=6)
terms = st.sampled_from([
    "cpu", "EBS", "NOT EBS", '"AWS/EC2"', "MetricName=Ops", "InstanceId", 'VolumeId="vol-1"', "i-1",
    ":aws.AccountId=LOCAL", "x", "cpu OR ops", "NOT (cpu x)",
])  # fmt: skip
searches = st.lists(terms, min_size=1, max_size=4).map(" ".join)
search_words = st.sampled_from([
    "{AWS/EC2,InstanceId}", "{", "}", "(", ")", "=", "NOT", "AND", "OR", "cpu", "EBS", '"AWS/EC2"',
    "MetricName=", "InstanceId", ":aws.AccountId", "'LOCAL'", '"', "\\", "-", ",", "i-1",
])  # fmt: skip
select_words = st.sampled_from([
    "SELECT", "AVG(", "AVG", "(", ")", "a", '"AWS/EC2"', "FROM", "SCHEMA(", ",", "WHERE", "=", "!=",
    "'x'", "GROUP", "BY", "ORDER", "ASC", "DESC", "LIMIT", "5", "AWS.AccountId", "AND", "'", '"',
])  # fmt: skip


def texts(words: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(words, max_size=14).map(" ".join),
        st.lists(words, max_size=14).map("".join),
        st.text(max_size=40),
    )


@settings(max_examples=150, deadline=None)
@given(st.one_of(expressions, st.text(max_size=40)), expressions)
def test_any_math_is_evaluated_or_refused(first: str, second: str) -> None:
    metrics = {"m1": series(3, None, -2), "m2": series(0, 1e308), "m3": series()}
    try:
        found = evaluated(first, second, all_of=metrics)
    except MathError:
        return
    for one in found if isinstance(found, list) else [found]:
        assert not isinstance(one, float)
        assert all(math.isfinite(value) for value in one.points.values())


@settings(max_examples=150, deadline=None)
@given(texts(search_words))
def test_any_search_is_read_or_refused(text: str) -> None:
    try:
        search = Search.parse(text, local=LOCAL)
    except MathError:
        return
    assert {search.finds(owned) for owned in OWNED} <= {True, False}


@settings(max_examples=150, deadline=None)
@given(searches, searches)
def test_operators_of_a_search_are_those_of_sets(one: str, other: str) -> None:
    def found(text: str) -> set[str]:
        search = Search.parse(text, local=LOCAL)
        return {account for metric, account in OWNED if search.finds((metric, account))}

    first, second = found(one), found(other)
    assert found(f"({one}) OR ({other})") == first | second
    assert found(f"({one}) ({other})") == found(f"({one}) AND ({other})") == first & second
    assert found(f"({one}) NOT ({other})") == first - second


@settings(max_examples=150, deadline=None)
@given(texts(select_words))
def test_any_query_is_read_or_refused(text: str) -> None:
    try:
        select = read_select(text)
    except MathError:
        return
    assert select.metric
    assert {select.finds(owned) for owned in OWNED} <= {True, False}
