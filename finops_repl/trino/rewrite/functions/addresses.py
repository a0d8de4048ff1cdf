"""Functions of URLs: their parts, and text in them.

Trino reads with Java's `URI`: a text that is none gives NULL, a part that is not there ''. Read
here are absolute URLs of a plain host, without escapes; others that Java may read are refused.
"""

from __future__ import annotations

from finops_repl.trino.rewrite.functions.registry import Builder, Call, Table, result
from finops_repl.trino.rewrite.typed import Typed, coerced, raised, text_literal
from finops_repl.trino.types import BIGINT, VARCHAR

__all__ = ["BUILDERS", "TABLE"]

SHAPE = (
    r"([A-Za-z][A-Za-z0-9+.-]*)://((?:[A-Za-z0-9-]+\.)*[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+){3})(?::(\d+))?"
    r"(/[^?#]*)?(?:\?([^#]*))?(?:#([^#]*))?"
)
ILLEGAL = r'[\x00-\x20"<>\\^`{|}\x7f]'
PARTS = {
    "url_extract_protocol": 1,
    "url_extract_host": 2,
    "url_extract_port": 3,
    "url_extract_path": 4,
    "url_extract_query": 5,
    "url_extract_fragment": 6,
}
NO_ESCAPE = "'%([^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)'"

TABLE: Table = {
    "url_encode": (
        (
            "varchar -> varchar",
            "replace(replace(replace(url_encode({0}), '%20', '+'), '%2A', '*'), '~', '%7E')",
        ),
    ),
    "url_decode": (
        (
            "varchar -> varchar",
            f"CASE WHEN regexp_matches({{0}}, {NO_ESCAPE}) THEN "
            + raised("Illegal hex characters in escape pattern", of=VARCHAR,
                     code="INVALID_FUNCTION_ARGUMENT")
            + " ELSE url_decode(replace({0}, '+', ' ')) END",
        ),
    ),
}  # fmt: skip


def part(call: Call) -> Typed:
    """url_extract_host(url) and its like; the port is a bigint."""
    if len(call.args) != 1 or call.value(0).type.name not in ("varchar", "unknown"):
        raise call.mismatch(("varchar",))
    url = coerced(call.value(0), VARCHAR)
    found = f"regexp_extract({url}, {text_literal(SHAPE)}, {PARTS[call.name]})"
    if call.name == "url_extract_port":
        return result(call, _read(url, f"TRY_CAST(nullif({found}, '') AS BIGINT)"), BIGINT)
    return result(call, _read(url, found), VARCHAR)


def parameter(call: Call) -> Typed:
    """url_extract_parameter(url, name): the first of that name; NULL where there is none."""
    if len(call.args) != 2 or any(
        call.value(index).type.name not in ("varchar", "unknown") for index in (0, 1)
    ):
        raise call.mismatch(("varchar, varchar",))
    url, name = (coerced(call.value(index), VARCHAR) for index in (0, 1))
    query = f"regexp_extract({url}, {text_literal(SHAPE)}, 5)"
    named = f"list_filter(string_split({query}, '&'), lambda e: split_part(e, '=', 1) = {name})"
    value = f"substr({named}[1], length({name}) + 2)"
    sql = _read(url, f"CASE WHEN {name} IS NOT NULL AND len({named}) > 0 THEN {value} END")
    return result(call, sql, VARCHAR)


def _read(url: str, made: str) -> str:
    refused = raised("That URL is not read here: ", url, of=VARCHAR, code="NOT_SUPPORTED")
    known = f"regexp_full_match({url}, {text_literal(SHAPE)}) AND NOT contains({url}, '%')"
    return (
        f"CASE WHEN {url} IS NULL OR regexp_matches({url}, {text_literal(ILLEGAL)}) THEN NULL "
        f"WHEN {known} THEN {made} WHEN {refused} IS NULL THEN NULL END"
    )


BUILDERS: dict[str, Builder] = {**dict.fromkeys(PARTS, part), "url_extract_parameter": parameter}
