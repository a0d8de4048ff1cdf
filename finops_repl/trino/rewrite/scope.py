"""What a name means at a place in a statement, and what translators need of one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from finops_repl.trino.problem import ProblemCode, SqlProblem
from finops_repl.trino.rewrite.typed import Typed

if TYPE_CHECKING:
    from sqlglot import exp

    from finops_repl.trino.catalog import Catalog
    from finops_repl.trino.rewrite.windows import Frame

__all__ = ["Field", "Output", "Relation", "Scan", "Scope", "Translator"]


@dataclass(frozen=True, slots=True)
class Scan:
    """One reading of a table of the catalog, under `alias` in the text.

    `conditions` on its partition columns alone tell which partitions are read.
    """

    table: str
    alias: str
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a relation: its name as users see it, its name in the text, its value.

    `origin` is the table and column of the catalog that it is read from, if it is.
    """

    name: str
    column: str
    value: Typed
    origin: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A translated query: its text and its columns."""

    sql: str
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A column that expressions can name, behind `qualifier` (catalog, database, table).

    `scan` is the alias of the scan that it comes from, if it is a table's. A `hidden` one is no
    part of `*`.
    """

    qualifier: tuple[str, ...]
    name: str
    value: Typed
    origin: tuple[str, str] | None = None
    scan: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """The names visible to an expression, inner ones first.

    `aliases` are those of the select list, lower case, which an error may tell of. `keys` are the
    expressions of GROUP BY that hold maps, and the text that stands for each.
    """

    fields: tuple[Field, ...] = ()
    parent: Scope | None = None
    variables: Mapping[str, Typed] = field(default_factory=dict)
    outputs: Mapping[str, Typed] = field(default_factory=dict)
    ctes: Mapping[str, Relation] = field(default_factory=dict)
    windows: Mapping[str, Frame] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    keys: Mapping[str, str] = field(default_factory=dict)

    def find(self, parts: tuple[str, ...]) -> list[Field]:
        """The fields that `parts` names here or, where none does, in an enclosing query."""
        *where, name = (part.lower() for part in parts)
        suffix = tuple(where)
        found = [
            each
            for each in self.fields
            if each.name.lower() == name
            and (not suffix or each.qualifier[len(each.qualifier) - len(suffix) :] == suffix)
            and len(suffix) <= len(each.qualifier)
        ]
        if found or self.parent is None:
            return found
        return self.parent.find(parts)

    def keyed(self, value: Typed) -> Typed:
        """An expression as GROUP BY has it, here or around this."""
        if value.sql in self.keys:
            return replace(value, sql=self.keys[value.sql])
        return self.parent.keyed(value) if self.parent is not None else value

    @property
    def in_lambda(self) -> bool:
        """Whether this is the body of a lambda, or within one."""
        return bool(self.variables) or (self.parent is not None and self.parent.in_lambda)

    def cte(self, name: str) -> Relation | None:
        """The WITH query of that name, the nearest one."""
        found = self.ctes.get(name.lower())
        if found is not None or self.parent is None:
            return found
        return self.parent.cte(name)

    def queries(self) -> list[str]:
        """The names of every WITH query that is seen here."""
        return [*self.ctes, *(self.parent.queries() if self.parent else ())]

    def visible(self) -> tuple[Field, ...]:
        """Every field that can be named, for suggestions."""
        return self.fields + (self.parent.visible() if self.parent else ())


class Translator(Protocol):
    """One statement's translation, as its parts see it."""

    @property
    def catalog(self) -> Catalog: ...

    @property
    def now(self) -> datetime:
        """The moment that the whole statement takes for now (UTC)."""
        ...

    def expression(self, node: exp.Expr, scope: Scope) -> Typed: ...

    def query(self, node: exp.Expr, scope: Scope) -> Relation: ...

    def fresh(self, prefix: str) -> str:
        """A name that nothing else in the statement has."""
        ...

    def table(self, name: str) -> tuple[Output, ...]:
        """The columns of a table of the catalog, as the store holds them."""
        ...

    def source_of(self, name: str) -> str:
        """A table of the catalog as the store names it in FROM."""
        ...

    def read(self, origin: tuple[str, str] | None) -> None:
        """Note that the statement reads this column of this table."""
        ...

    def scanned(self, table: str, alias: str) -> None:
        """Note that the statement scans a table under this alias."""
        ...

    def pruned(self, alias: str, condition: str) -> None:
        """Note that a scan reads only the partitions that meet a condition."""
        ...

    def problem(
        self, code: ProblemCode, text: str, node: exp.Expr, *, hint: str = ""
    ) -> SqlProblem: ...

    def only(self, node: exp.Expr, *allowed: str) -> None:
        """Refuse `node` when it carries anything besides the named parts."""
        ...
