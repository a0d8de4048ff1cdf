"""SQL/JSON: json_exists, json_value, json_query, json_array and json_object.

A document is text; what is not found, and what fails, has the result that a clause says. Source:
Trino's documentation, "JSON functions and operators", `JsonValueFunction`, `JsonQueryFunction`.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from finops_repl.trino.problem import ProblemCode, SqlProblem
from finops_repl.trino.rewrite.casts import cast
from finops_repl.trino.rewrite.functions.json_objects import MAKERS, returned
from finops_repl.trino.rewrite.functions.json_paths import items_of
from finops_repl.trino.rewrite.json_casts import as_written
from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced, raised
from finops_repl.trino.types import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    VARCHAR,
    Type,
    common_type,
    duckdb_type,
)

__all__ = ["sql_json"]

MALFORMED = "conversion to JSON failed: malformed input argument to {} function"
FOUND_NONE, FOUND_MANY = "JSON path found no items", "JSON path found multiple items"
NO_SCALAR = "JSON path found an item that cannot be converted to an SQL value"
OUTPUT = "conversion from JSON failed: "
RESULT = "cannot extract SQL scalar from JSON: "

KINDS = {"VARCHAR": VARCHAR, "BOOLEAN": BOOLEAN, "DOUBLE": DOUBLE}
"""What a scalar of JSON is to SQL, by DuckDB's name of its kind; every other is a whole number."""


def sql_json(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """A call of an SQL/JSON function."""
    name = node.name
    if node.args.get("passing"):
        raise t.problem("NOT_SUPPORTED", f"PASSING in {name} is not supported here", node)
    if name in MAKERS:
        return MAKERS[name](t, node, scope)
    return _document(t, node, scope)


def _document(t: Translator, node: exp.Expr, scope: Scope) -> Typed:
    """json_exists, json_value and json_query, which look into a document."""
    value = t.expression(node.expressions[0], scope)
    if value.type.name == "varbinary":
        text = f"{node.name} of varbinary is not supported here"
        raise t.problem("NOT_SUPPORTED", text, node)
    if value.type.name not in ("varchar", "unknown"):
        text = f"Cannot read input of type {value.type} as JSON using formatting JSON"
        hint = "json_format(x) is the text of a value of type json"
        raise t.problem("TYPE_MISMATCH", text, node, hint=hint)
    document, each = coerced(value, VARCHAR), t.fresh("p")
    found = items_of(t, f"json({each})", node.args["path"])
    # A list of one names the document, so that its text stands here once.
    items = f"list_transform([{document}], lambda {each}: "
    items += f"CASE WHEN json_valid({each}) THEN {found} END)[1]"
    of, rest = READERS[node.name](t, node, scope, items)
    malformed = _outcome(t, node, scope, "on_error", of, MALFORMED.format(node.name.upper()),
                         "JSON_INPUT_CONVERSION_ERROR")  # fmt: skip
    sql = f"CASE WHEN {document} IS NULL THEN NULL WHEN {items} IS NULL THEN {malformed} {rest} END"
    nan, text = of.name in ("double", "real"), f"CAST({sql} AS {duckdb_type(of)})"
    return Typed(text, of, nan=nan, weight=value.weight)


def _exists(t: Translator, node: exp.Expr, scope: Scope, items: str) -> tuple[Type, str]:
    return BOOLEAN, f"ELSE len({items}) > 0"


def _value(t: Translator, node: exp.Expr, scope: Scope, items: str) -> tuple[Type, str]:
    """The one scalar that the path finds, as the type that RETURNING names."""
    of = returned(t, node)
    if of.args or of.name in ("json", "varbinary"):
        text = f"Invalid return type of function JSON_VALUE: {of}"
        raise t.problem("TYPE_MISMATCH", text, node)

    def failed(why: str) -> str:
        return _outcome(t, node, scope, "on_error", of, RESULT + why, "JSON_VALUE_RESULT_ERROR")

    empty = _outcome(t, node, scope, "on_empty", of, RESULT + FOUND_NONE, "JSON_VALUE_RESULT_ERROR")
    each = t.fresh("p")
    kind, shown = f"json_type({each})", f"({each} ->> '$')"
    whens = ""
    for name, held in (*KINDS.items(), ("", BIGINT)):
        read = shown if held == VARCHAR else f"TRY_CAST({shown} AS {duckdb_type(held)})"
        try:
            made = cast(t, Typed(read, held), of, node, safe=True).sql
        except SqlProblem as problem:
            if problem.code != "TYPE_MISMATCH":
                raise
            made = "NULL"
        whens += f"WHEN {kind} = '{name}' THEN {made} " if name else f"ELSE {made}"
    unlike = f"JSON path found an item that cannot be converted to {of}"
    scalar = f"list_transform([{items}[1]], lambda {each}: CASE {whens} END)[1]"
    scalar = f"coalesce({scalar}, {failed(unlike)})"
    first = f"json_type({items}[1])"
    return of, (
        f"WHEN len({items}) = 0 THEN {empty} WHEN len({items}) > 1 THEN {failed(FOUND_MANY)} "
        f"WHEN {first} = 'NULL' THEN NULL "
        f"WHEN {first} IN ('OBJECT', 'ARRAY') THEN {failed(NO_SCALAR)} ELSE {scalar}"
    )


def _query(t: Translator, node: exp.Expr, scope: Scope, items: str) -> tuple[Type, str]:
    """What the path finds as JSON: one item, or an array around any number of them."""
    if returned(t, node) != VARCHAR:
        raise t.problem("NOT_SUPPORTED", "json_query RETURNING another type than varchar", node)
    wrapper = node.args.get("wrapper") or "WITHOUT"
    if wrapper != "WITHOUT" and node.args.get("quotes"):
        text = f"{node.args['quotes']} QUOTES behavior specified with WITH ARRAY WRAPPER behavior"
        raise t.problem("INVALID_FUNCTION_ARGUMENT", text, node)

    def outcome(clause: str, why: str) -> str:
        code: ProblemCode = "JSON_OUTPUT_CONVERSION_ERROR"
        return _outcome(t, node, scope, clause, VARCHAR, OUTPUT + why, code)

    each = t.fresh("p")
    first, kind = f"CAST({items}[1] AS VARCHAR)", f"json_type({items}[1])"
    texts = f"list_transform({items}, lambda {each}: CAST({each} AS VARCHAR))"
    wrapped = as_written(f"('[' || array_to_string({texts}, ',') || ']')")
    one = as_written(first)
    if node.args.get("quotes") == "OMIT":
        one = f"CASE WHEN {kind} = 'VARCHAR' THEN {items}[1] ->> '$' ELSE {one} END"
    rest = {
        "WITHOUT": f"WHEN len({items}) > 1 THEN {outcome('on_error', FOUND_MANY)} ELSE {one}",
        "UNCONDITIONAL": f"ELSE {wrapped}",
        "CONDITIONAL": f"WHEN len({items}) = 1 AND {kind} IN ('OBJECT', 'ARRAY') THEN {one} "
        f"ELSE {wrapped}",
    }[wrapper]
    return VARCHAR, f"WHEN len({items}) = 0 THEN {outcome('on_empty', FOUND_NONE)} {rest}"


def _outcome(
    t: Translator,
    node: exp.Expr,
    scope: Scope,
    clause: str,
    of: Type,
    why: str,
    code: ProblemCode,
) -> str:
    """What a clause says to be the result: a constant, a default, or that the query fails."""
    said = node.args.get(clause) or ("FALSE" if node.name == "json_exists" else "NULL")
    if said == "ERROR":
        return raised(why, of=of, code=code)
    if said == "DEFAULT":
        default = t.expression(node.args[f"default_{clause}"], scope)
        if common_type((of, default.type)) != of:
            words = clause.replace("_", " ").upper()
            text = f"DEFAULT {words} of JSON_VALUE must evaluate to {of} (actual: {default.type})"
            raise t.problem("TYPE_MISMATCH", text, node)
        return coerced(default, of)
    return {"EMPTY ARRAY": "'[]'", "EMPTY OBJECT": "'{}'", "UNKNOWN": "NULL"}.get(said, said)


Reader = Callable[[Translator, exp.Expr, Scope, str], tuple[Type, str]]
READERS: dict[str, Reader] = {"json_exists": _exists, "json_value": _value, "json_query": _query}
