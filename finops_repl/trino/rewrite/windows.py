"""What is written in and around an aggregate: DISTINCT, ORDER BY, FILTER and OVER."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.types import Type

__all__ = ["Clauses", "direction", "groupable", "holds_map", "ordering", "window"]


@dataclass(frozen=True, slots=True)
class Clauses:
    """What may be written in and around an aggregate."""

    distinct: bool = False
    order: str = ""
    nulls: str = ""
    where: str = ""
    over: str = ""

    def around(self, bare: str) -> str:
        """`bare`, one call of an aggregate, with its clauses in place."""
        name, rest = bare.split("(", 1)
        distinct = "DISTINCT " if self.distinct and not rest.startswith("DISTINCT") else ""
        inside = f"{distinct}{rest[:-1]}{self.nulls}{self.order}"
        return f"{name}({inside}){self.where}{self.over}"

    @property
    def any(self) -> bool:
        return bool(self.distinct or self.order or self.nulls or self.where or self.over)


def groupable(t: Translator, of: Type, node: exp.Expr) -> None:
    """Refuse to group by maps: DuckDB takes the order of their entries into account."""
    if holds_map(of):
        text = f"Grouping by {of} is not supported here"
        hint = "group by element_at(map, 'key')"
        raise t.problem("NOT_SUPPORTED", text, node, hint=hint)


def holds_map(of: Type) -> bool:
    """Whether values of this type are maps or have maps in them."""
    return of.name == "map" or any(map(holds_map, of.args))


def window(t: Translator, node: exp.Window, scope: Scope) -> str:
    """What stands in the parentheses of OVER."""
    if node.args.get("alias") is not None:
        named = scope.windows.get(node.args["alias"].name.lower())
        if named is None or any(node.args.get(part) for part in ("partition_by", "order", "spec")):
            text = f"WINDOW {node.args['alias'].name} cannot be resolved"
            raise t.problem("SYNTAX_ERROR", text, node)
        node = named
    t.only(node, "this", "partition_by", "order", "spec", "over")
    parts = []
    keys = [t.expression(each, scope) for each in node.args.get("partition_by") or []]
    for key in keys:
        groupable(t, key.type, node)
    if keys:
        parts.append("PARTITION BY " + ", ".join(key.sql for key in keys))
    if node.args.get("order") is not None:
        parts.append(ordering(t, node.args["order"].expressions, scope))
    if node.args.get("spec") is not None:
        parts.append(
            _frame(t, node.args["spec"], scope, ordered=node.args.get("order") is not None)
        )
    return " ".join(parts)


def _frame(t: Translator, spec: exp.Expr, scope: Scope, *, ordered: bool) -> str:
    """ROWS, RANGE or GROUPS: the latter two count values and peers, and RANGE takes intervals."""
    t.only(spec, "kind", "start", "start_side", "end", "end_side")
    kind = str(spec.args["kind"]).upper()

    def bound(name: str) -> str:
        value, side = spec.args.get(name), str(spec.args.get(f"{name}_side") or "").upper()
        if value is None:
            return "CURRENT ROW"
        if isinstance(value, str) and value.upper() == "CURRENT ROW":
            return "CURRENT ROW"
        if isinstance(value, str) and value.upper() == "UNBOUNDED":
            return f"UNBOUNDED {side}"
        if isinstance(value, exp.Literal) and not value.is_string and value.name.isdigit():
            return f"{value.name} {side}"
        if kind == "RANGE" and isinstance(value, exp.Interval):
            return f"{t.expression(value, scope).sql} {side}"
        raise t.problem("NOT_SUPPORTED", "That window frame is not supported here", spec)

    if kind != "ROWS" and not ordered:
        text = f"Window frame of type {kind} requires ORDER BY"
        raise t.problem("INVALID_WINDOW_FRAME", text, spec)
    return f"{kind} BETWEEN {bound('start')} AND {bound('end')}"


def ordering(t: Translator, keys: list[exp.Expr], scope: Scope) -> str:
    """ORDER BY within a window or an aggregate; NULLs last unless said otherwise."""
    return "ORDER BY " + ", ".join(
        f"{t.expression(key.this, scope).sql} {direction(t, key)}" for key in keys
    )


def direction(t: Translator, key: exp.Expr) -> str:
    """ASC or DESC and where the NULLs of a sort key go."""
    if not isinstance(key, exp.Ordered):
        raise t.problem("SYNTAX_ERROR", "A sort key is expected here", key)
    t.only(key, "this", "desc", "nulls_first")
    order = "DESC" if key.args.get("desc") else "ASC"
    return f"{order} NULLS {'FIRST' if key.args.get('nulls_first') else 'LAST'}"
