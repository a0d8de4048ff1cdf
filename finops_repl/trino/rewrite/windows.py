"""What is written in and around an aggregate: DISTINCT, ORDER BY, FILTER and OVER."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from finops_repl.trino.rewrite.map_keys import ordered
from finops_repl.trino.rewrite.scope import Scope, Translator

__all__ = ["Clauses", "Frame", "direction", "framed", "ordering", "window"]


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


@dataclass(frozen=True, slots=True)
class Frame:
    """What a window is made of, its own clauses and those of the window that it extends."""

    partition: tuple[exp.Expr, ...] = ()
    order: exp.Expr | None = None
    spec: exp.Expr | None = None


def framed(t: Translator, node: exp.Expr, named: Mapping[str, Frame]) -> Frame:
    """The window of an OVER or of a WINDOW clause; `named` are those that it may extend."""
    t.only(node, "this", "partition_by", "order", "spec", "over", "alias")
    alias, partition = node.args.get("alias"), tuple(node.args.get("partition_by") or ())
    own = Frame(partition, node.args.get("order"), node.args.get("spec"))
    if alias is None:
        return own
    base = named.get(alias.name.lower())
    if base is None:
        text = f"Cannot resolve WINDOW name {alias.name}"
        raise t.problem("INVALID_WINDOW_REFERENCE", text, alias)
    if own.partition:
        text = "WINDOW specification with named WINDOW reference cannot specify PARTITION BY"
        raise t.problem("INVALID_PARTITION_BY", text, own.partition[0])
    if own.order is not None and base.order is not None:
        text = "Cannot specify ORDER BY if referenced named WINDOW specifies ORDER BY"
        raise t.problem("INVALID_ORDER_BY", text, own.order)
    if base.spec is not None and (own.order is not None or own.spec is not None):
        text = "Cannot reference named WINDOW containing frame specification"
        raise t.problem("INVALID_WINDOW_REFERENCE", text, alias)
    return Frame(base.partition, own.order or base.order, own.spec or base.spec)


def window(t: Translator, node: exp.Expr, scope: Scope) -> str:
    """What stands in the parentheses of OVER."""
    made = framed(t, node, scope.windows)
    parts = []
    keys = [t.expression(each, scope) for each in made.partition]
    if keys:
        parts.append("PARTITION BY " + ", ".join(ordered(key.sql, key.type) for key in keys))
    if made.order is not None:
        parts.append(ordering(t, made.order.expressions, scope))
    if made.spec is not None:
        parts.append(_bounds(t, made.spec, scope, ordered=made.order is not None))
    return " ".join(parts)


def _bounds(t: Translator, spec: exp.Expr, scope: Scope, *, ordered: bool) -> str:
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
