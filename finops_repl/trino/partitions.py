"""Which partitions of a table a statement reads at most: what it may scan is known before it runs.

Only the WHERE of the SELECT that names the table, and the ON of its inner joins, count. A
condition on the partition's columns alone is tried on each partition in a locked room; every other
one may hold of any, also one that the room has no function for, as it has none for random(). So a
month that is left out is left out by Athena too, while a condition that is not understood leaves
nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from finops_repl.base.errors import FinopsError
from finops_repl.base.table import Column
from finops_repl.trino.catalog import Catalog
from finops_repl.trino.check import explained, metadata_statement, parse_query
from finops_repl.trino.room import Limits, SqlRoom
from finops_repl.trino.types import quoted, text_literal

if TYPE_CHECKING:
    from sqlglot import exp

__all__ = ["TableName", "TableUse", "table_uses"]

Values = tuple[str, ...]

MOST_USES, MOST_TIMES = 200, 10_000
RECURSIONS = 10
"""How often a recursive WITH repeats itself at most. Source: Trino, WITH RECURSIVE."""
MOST_TRIED = 32
"""Conditions of one SELECT that are tried; what is beyond may hold of any partition."""
TRY_TIMEOUT_S = 2.0
ROOM = Limits(memory="256MB", threads=1, temporary="16MB")


class TableName(NamedTuple):
    """A table's full name; its parts are compared without their case."""

    catalog: str
    database: str
    table: str


class _Held(NamedTuple):
    """The partitions, by number, of which a condition may hold, and of which it surely does."""

    may: frozenset[int]
    surely: frozenset[int]


@dataclass(frozen=True, slots=True)
class TableUse:
    """One place where a statement names a table: how often it is read there, and under what."""

    times: int
    _names: frozenset[str]
    _conditions: tuple[exp.Expr, ...]

    def reads(
        self, keys: Sequence[Column], partitions: Sequence[Values], *, now: datetime | None = None
    ) -> frozenset[int]:
        """The numbers of the partitions that this place may read.

        `partitions` are the values of the partition columns `keys`, in their order; `now` is what
        SQL takes for the present.
        """
        with _Trial(self._names, keys, partitions, now) as trial:
            read = trial.all
            for condition in self._conditions:
                read &= trial.of(condition).may
        return read


def table_uses(sql: str, table: TableName, *, database: str = "") -> tuple[TableUse, ...]:
    """Where the reading statement `sql` reads `table`; `database` is that of unqualified names.

    A plain EXPLAIN and a metadata statement read nothing. Raises `SqlProblem` for what is no
    reading statement.
    """
    if metadata_statement(sql) or explained(sql):
        return ()
    from sqlglot import exp

    tree = parse_query(sql)
    named = [each for each in tree.find_all(exp.Table) if _is(each, table, database)]
    if len(named) > MOST_USES:
        return (TableUse(len(named), frozenset(), ()),)
    repeats = _Repeats(tree)
    return tuple(
        TableUse(
            repeats.of(each), frozenset({each.alias_or_name.lower()}), tuple(_conditions(each))
        )
        for each in named
        if not _is_of_with(each)
    )


def _is(named: exp.Table, table: TableName, database: str) -> bool:
    written = (named.catalog or table.catalog, named.db or database, named.name)
    return [part.lower() for part in written] == [part.lower() for part in table]


def _is_of_with(named: exp.Table) -> bool:
    """Whether a name is that of a WITH query that can be seen there, not of a table."""
    from sqlglot import exp

    at: exp.Expr = named
    within: exp.Expr | None = None
    while not named.db and at.parent is not None:
        within, at = (at if isinstance(at, exp.CTE) else within), at.parent
        with_ = at if isinstance(at, exp.With) else at.args.get("with_")
        for query in with_.expressions if isinstance(with_, exp.With) else ():
            if query is within:  # neither itself nor what follows is seen from within
                break
            if query.alias.lower() == named.name.lower():
                return True
    return False


class _Repeats:
    """How often what stands in a WITH query is read: once for each place that names it."""

    def __init__(self, tree: exp.Expr) -> None:
        from sqlglot import exp

        self._known: dict[int, int] = {}
        self._named: dict[str, list[exp.Table]] = {}
        for named in tree.find_all(exp.Table):
            if not named.db:
                self._named.setdefault(named.name.lower(), []).append(named)

    def of(self, node: exp.Expr) -> int:
        from sqlglot import exp

        query = node.find_ancestor(exp.CTE)
        if query is None:
            return 1
        if id(query) not in self._known:
            self._known[id(query)] = RECURSIONS  # what it is while it is asked for itself
            with_ = query.parent
            repeats = isinstance(with_, exp.With) and with_.recursive
            named = [
                each
                for each in self._named.get(query.alias.lower(), ())
                if repeats or each.find_ancestor(exp.CTE) is not query
            ]
            self._known[id(query)] = min(MOST_TIMES, max(1, sum(map(self.of, named))))
        return self._known[id(query)]


def _conditions(named: exp.Table) -> Iterator[exp.Expr]:
    """What every row of the table must meet that the SELECT it stands in goes on with.

    Nothing where the table does not stand there itself, or where an outer join also goes on with
    rows that the table does not have: a condition is then not met by the table's own rows alone.
    """
    from sqlglot import exp

    select = named.find_ancestor(exp.Select)
    if select is None:
        return
    joins = list(select.args.get("joins") or ())
    sources = [select.args.get("from_"), *joins]
    at = next((n for n, source in enumerate(sources) if source and source.this is named), None)
    if at is None or (at and joins[at - 1].side in ("LEFT", "FULL")):
        return
    if any(join.side in ("RIGHT", "FULL") for join in joins[at:]):
        return
    where = select.args.get("where")
    if where is not None:
        yield where.this
    for join in joins:
        if not join.side and join.kind in ("", "INNER") and join.args.get("on") is not None:
            yield join.args["on"]


class _Trial:
    """Tries conditions on partitions in a locked room that is opened when one is to be tried."""

    def __init__(
        self,
        names: frozenset[str],
        keys: Sequence[Column],
        partitions: Sequence[Values],
        now: datetime | None,
    ) -> None:
        self.all = frozenset(range(len(partitions)))
        self._names = names
        self._keys = {key.name.lower(): key for key in keys}
        self._partitions = partitions
        self._now = now
        self._left = MOST_TRIED
        self._room: SqlRoom | None = None

    def __enter__(self) -> _Trial:
        return self

    def __exit__(self, *_: object) -> None:
        if self._room is not None:
            self._room.close()

    def of(self, condition: exp.Expr) -> _Held:
        """Of which partitions the condition may hold, and of which it surely does."""
        from sqlglot import exp

        if self._is_of_keys(condition) and (tried := self._tried(condition)) is not None:
            return tried
        match condition:
            case exp.Paren():
                return self.of(condition.this)
            case exp.Not():
                held = self.of(condition.this)
                return _Held(self.all - held.surely, self.all - held.may)
            case exp.And():
                left, right = self.of(condition.left), self.of(condition.right)
                return _Held(left.may & right.may, left.surely & right.surely)
            case exp.Or():
                left, right = self.of(condition.left), self.of(condition.right)
                return _Held(left.may | right.may, left.surely | right.surely)
            case _:
                return _Held(self.all, frozenset())

    def _is_of_keys(self, condition: exp.Expr) -> bool:
        """Whether nothing but partition columns and constants decides."""
        from sqlglot import exp

        for node in condition.walk():
            if isinstance(node, (exp.Query, exp.Subquery, exp.Placeholder, exp.Window)):
                return False
            if isinstance(node, exp.Column):
                if node.table and node.table.lower() not in self._names:
                    return False
                if node.name.lower() not in self._keys or node.args.get("db"):
                    return False
        return True

    def _tried(self, condition: exp.Expr) -> _Held | None:
        """What the room says of it for each partition; None where it does not understand."""
        if self._left <= 0 or not self._partitions:
            return None
        self._left -= 1
        try:
            rows = self._opened().query(self._sql(condition), timeout_s=TRY_TIMEOUT_S).rows
        except FinopsError:
            return None
        held = {int(str(number)): value for number, value in rows}
        false = frozenset(number for number, value in held.items() if value is False)
        true = frozenset(number for number, value in held.items() if value is True)
        return _Held(self.all - false, true)

    def _sql(self, condition: exp.Expr) -> str:
        from finops_repl.trino.dialect import written

        names = list(self._keys)
        rows = ", ".join(
            f"({number}, {', '.join(map(text_literal, values))})"
            for number, values in enumerate(self._partitions)
        )
        held = ", ".join(
            f"CAST(k{at} AS {_trino(self._keys[name].type)}) AS {quoted(name)}"
            for at, name in enumerate(names)
        )
        columns = ", ".join(f"k{at}" for at in range(len(names)))
        return (
            f"SELECT number_, ({written(_unqualified(condition))}) AS held_"  # noqa: S608
            f" FROM (SELECT number_, {held} FROM (VALUES {rows}) AS v (number_, {columns})) AS p"
        )

    def _opened(self) -> SqlRoom:
        if self._room is None:
            now = self._now
            self._room = SqlRoom(
                Catalog("none", "none"),
                lambda _: "memory.main",
                limits=ROOM,
                now=None if now is None else lambda: now,
            )
        return self._room


def _unqualified(condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    copy = condition.copy()
    for column in list(copy.find_all(exp.Column)):
        column.set("table", None)
    return copy


def _trino(kind: str) -> str:
    return "varchar" if kind.lower() == "string" else kind
