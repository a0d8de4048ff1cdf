"""Types are read from Trino's words and Hive's, and coerced as Trino coerces them."""

from __future__ import annotations

import pytest

from finops_repl.trino.types import common_type, hive_type, parse_type


@pytest.mark.parametrize(
    ("text", "trino", "hive"),
    [
        ("string", "varchar", "string"),
        ("map<string,double>", "map(varchar, double)", "map<string,double>"),
        ("decimal(18,10)", "decimal(18,10)", "decimal(18,10)"),
        ("timestamp", "timestamp(3)", "timestamp"),
        ("timestamp(6) with time zone", "timestamp(6) with time zone",
         "timestamp(6) with time zone"),
        ("array<struct<a:int,b:string>>", "array(row(a integer, b varchar))",
         "array<struct<a:int,b:string>>"),
        ("row(integer, varchar)", "row(integer, varchar)", "struct<:int,:string>"),
        ("row(date date, interval day to second)", "row(date date, interval day to second)",
         "struct<date:date,:interval day to second>"),
        ("row(at timestamp with time zone)", "row(at timestamp(3) with time zone)",
         "struct<at:timestamp(3) with time zone>"),
        ("varchar(20)", "varchar", "string"),
        ("BIGINT", "bigint", "bigint"),
    ],
)  # fmt: skip
def test_type_is_read_and_written(text: str, trino: str, hive: str) -> None:
    assert str(parse_type(text)) == trino
    assert hive_type(parse_type(text)) == hive


@pytest.mark.parametrize("text", ["", "nope", "map<string>", "array<", "int int", "decimal(x)"])
def test_no_type_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the message repeats the text
        parse_type(text)


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("integer", "bigint", "bigint"),
        ("bigint", "double", "double"),
        ("integer", "decimal(5,2)", "decimal(12,2)"),
        ("decimal(10,2)", "decimal(5,4)", "decimal(12,4)"),
        ("decimal(10,2)", "double", "double"),
        ("date", "timestamp", "timestamp(3)"),
        ("timestamp(0)", "timestamp(3)", "timestamp(3)"),
        ("timestamp", "timestamp with time zone", "timestamp(3) with time zone"),
        ("array(integer)", "array(double)", "array(double)"),
        ("varchar", "integer", None),
        ("varchar", "date", None),
        ("boolean", "integer", None),
        ("map(varchar, integer)", "array(integer)", None),
    ],
)
def test_two_types_meet_where_trino_says(one: str, other: str, common: str | None) -> None:
    for pair in ((one, other), (other, one)):
        found = common_type(parse_type(each) for each in pair)
        assert (str(found) if found else None) == common
