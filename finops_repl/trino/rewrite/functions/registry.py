"""How a scalar function is described, and which of its signatures a call means.

An entry is a signature in Trino's words and a template of DuckDB's: `{0}` is the first argument,
coerced. Single capitals are type variables: `array(T), function(T, boolean) -> array(T)`.
What a template cannot say is a builder: a function of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from sqlglot import exp

from finops_repl.trino.rewrite.scope import Scope, Translator
from finops_repl.trino.rewrite.typed import Typed, coerced
from finops_repl.trino.types import DOUBLE, UNKNOWN, VARBINARY, Type, common_type, parse_type

__all__ = [
    "Around",
    "Builder",
    "Call",
    "Overload",
    "Table",
    "applied",
    "coerced_call",
    "constant_text",
    "overload",
]

OF_BINARY = frozenset({"lpad", "replace", "reverse", "rpad", "from_utf8", "strpos", "substr"})
"""Functions of strings that Trino has of varbinary too."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call on its way to become text; a lambda among `nodes` has no value in `args` yet."""

    t: Translator
    scope: Scope
    node: exp.Expr
    name: str
    nodes: tuple[exp.Expr, ...]
    args: tuple[Typed | None, ...]

    def value(self, index: int) -> Typed:
        """The argument at `index`, which is no lambda."""
        found = self.args[index] if index < len(self.args) else None
        if found is None:
            raise self.mismatch(())
        return found

    def mismatch(self, expected: Iterable[str]) -> Exception:
        """The error for arguments that fit no signature."""
        if self.name in OF_BINARY and any(arg and arg.type == VARBINARY for arg in self.args):
            text = f"{self.name} of varbinary is not supported here"
            return self.t.problem("NOT_SUPPORTED", text, self.node)
        types = ", ".join(str(arg.type) if arg else "function" for arg in self.args)
        shown = ", ".join(f"{self.name}({each})" for each in expected)
        text = f"Unexpected parameters ({types}) for function {self.name}."
        return self.t.problem(
            "FUNCTION_NOT_FOUND", f"{text} Expected: {shown}" if shown else text, self.node
        )


Builder = Callable[[Call], Typed]
Around = Callable[[str], str]
"""Puts DISTINCT, ORDER BY, FILTER and OVER around one aggregate, given its bare call."""
Table = Mapping[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature and its template."""

    params: tuple[Type, ...]
    returns: Type
    template: str
    text: str


@cache
def overload(signature: str, template: str) -> Overload:
    """`varchar, bigint -> varchar` and a template as an overload."""
    params, returns = signature.split("->")
    listed = tuple(parse_type(each) for each in _split(params))
    return Overload(listed, parse_type(returns), template, params.strip())


def _split(params: str) -> list[str]:
    depth, parts = 0, [""]
    for letter in params.strip():
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def coerced_call(call: Call, overloads: Iterable[Overload]) -> tuple[Overload, list[str], Type]:
    """The overload that a call means, its arguments' texts, and the type of its result."""
    overloads = list(overloads)
    for strict in (True, False):
        for each in overloads:
            bound = _bind(call, each, strict=strict)
            if bound is not None:
                texts, variables = _texts(call, each, bound)
                return each, texts, _fill(each.returns, variables)
    raise call.mismatch(each.text for each in overloads)


def _is_variable(of: Type) -> bool:
    return len(of.name) == 1


def _bind(call: Call, each: Overload, *, strict: bool) -> dict[str, Type] | None:
    if len(each.params) != len(call.args):
        return None
    bound: dict[str, Type] = {}
    for param, arg in zip(each.params, call.args, strict=True):
        if (arg is None) != (param.name == "function"):
            return None
        if arg is not None and not _accepts(param, arg.type, bound, strict=strict):
            return None
    return bound


def _accepts(param: Type, given: Type, bound: dict[str, Type], *, strict: bool) -> bool:
    if _is_variable(param):
        found = common_type((bound.get(param.name, UNKNOWN), given))
        if found is None:
            return False
        bound[param.name] = found
        return True
    if given == UNKNOWN:
        if param.args:
            bound.update({arg.name: UNKNOWN for arg in param.args if _is_variable(arg)})
        return True
    if param.args:
        return param.name == given.name and all(
            _accepts(inner, have, bound, strict=strict)
            for inner, have in zip(param.args, given.args, strict=True)
        )
    if param.name == given.name:
        return True
    return not strict and common_type((param, given)) == param


def _fill(of: Type, bound: Mapping[str, Type]) -> Type:
    if _is_variable(of):
        return bound.get(of.name, UNKNOWN)
    return replace(of, args=tuple(_fill(arg, bound) for arg in of.args)) if of.args else of


def _texts(call: Call, each: Overload, bound: dict[str, Type]) -> tuple[list[str], dict[str, Type]]:
    texts = []
    for param, arg, node in zip(each.params, call.args, call.nodes, strict=True):
        if arg is None:
            texts.append(_lambda(call, node, param, bound))
            continue
        target = _fill(param, bound)
        keeps = param.name == arg.type.name and not param.args and not _is_variable(param)
        texts.append(arg.sql if keeps and not arg.exact else coerced(arg, target))
    return texts, bound


def _lambda(call: Call, node: exp.Expr, param: Type, bound: dict[str, Type]) -> str:
    values = [Typed(call.t.fresh("p"), _fill(of, bound)) for of in param.args[:-1]]
    body = applied(call, node, values)
    wanted = param.args[-1]
    if not _accepts(wanted, body.type, bound, strict=False):
        raise call.mismatch(())
    names = ", ".join(value.sql for value in values)
    return f"lambda {names}: {coerced(body, _fill(wanted, bound))}"


def applied(call: Call, node: exp.Expr, values: Sequence[Typed]) -> Typed:
    """The body of the lambda `node` with its parameters standing for `values`."""
    names = [each.name.lower() for each in node.expressions]
    if len(names) != len(values):
        raise call.mismatch(())
    variables = dict(zip(names, values, strict=True))
    return call.t.expression(node.this, Scope(parent=call.scope, variables=variables))


def constant_text(call: Call, index: int, what: str) -> str:
    """The argument at `index`, which must be a string literal."""
    value = call.value(index)
    if not isinstance(value.constant, str):
        raise call.t.problem("NOT_SUPPORTED", f"{what} must be a string literal here", call.node)
    return value.constant


def result(call: Call, sql: str, of: Type, *, nan: bool = False) -> Typed:
    """The value of a call: NaN and length are taken over from its arguments."""
    known = [arg for arg in call.args if arg is not None]
    return Typed(
        sql,
        of,
        nan=of == DOUBLE and (nan or any(arg.nan for arg in known)),
        weight=max(1, sum(arg.weight for arg in known)),
    )
