"""Whole bills beside each other, row by row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np

from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.lines import Lines
from finops_repl.simulator.meter import LINE_TYPES
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect

__all__ = ["SUPPORT", "Generated", "Row", "exported", "exported_total", "unlike", "unlike_exported"]

SUPPORT = ("Fee", "Tax")
"""The row types of the support fee and its tax."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a row is about: a resource or commitment, a day, a type."""

    resource: str
    day: date
    type: str


class Generated:
    """A ledger's rows before they are written: every number, and what it is charged for."""

    _numbers: ClassVar[dict[tuple[object, ...], int]] = {}
    """What a meter says on the bill, numbered alike in all bills."""

    def __init__(self, ledger: Ledger) -> None:
        arns = {bought.id: bought.arn for bought in ledger.commitments}
        self._resources = {
            self._number(meter): meter.resource or arns.get(meter.commitment.partition("/")[0], "")
            for meter in ledger.meters
        }
        self._day = ledger.calendar.day
        numbers = np.array([self._number(meter) for meter in ledger.meters])
        lines = Lines.joined(ledger.months())
        columns = [getattr(lines, field.name) for field in fields(Lines)]
        columns[0] = numbers[lines.meter]
        self._table = np.stack(columns, axis=1)
        self.unblended = Decimal(int(lines.unblended.sum())).scaleb(-10)
        support = np.isin(lines.type, [LINE_TYPES.index(name) for name in SUPPORT])
        self.before_support = self.unblended - Decimal(int(lines.unblended[support].sum())).scaleb(
            -10
        )

    def only(self, other: Generated) -> list[Row]:
        """The rows that the other bill does not have, or has otherwise."""
        mine, theirs = (
            np.ascontiguousarray(each._table).view([("", np.int64)] * each._table.shape[1]).ravel()
            for each in (self, other)
        )
        found = self._table[~np.isin(mine, theirs)]
        return [
            Row(self._resources[meter], self._day(day), LINE_TYPES[type_])
            for meter, day, type_ in found[:, :3].tolist()
        ]

    def _number(self, meter: Any) -> int:
        said = (meter.identity, astuple(meter.offer), tuple(sorted(meter.tags.items())))
        return self._numbers.setdefault(said, len(self._numbers))


def unlike(first: Generated, other: Generated) -> list[Row]:
    """The rows that only one of two bills has, or that differ in anything."""
    return first.only(other) + other.only(first)


def exported(organisation: SimulatedOrganisation) -> dict[tuple[str, str], Row]:
    """The rows of the bill as SQL sees it: by line item id and a hash of all columns."""
    store = connect(organisation.store_path, read_only=True)
    found = store.execute(
        "SELECT identity_line_item_id, hash(c)::VARCHAR, coalesce(nullif(line_item_resource_id, "
        "''), savings_plan_savings_plan_a_r_n), line_item_usage_start_date::DATE,"
        " line_item_line_item_type FROM cur2 c"
    ).fetchall()
    store.close()
    return {(id_, content): Row(*rest) for id_, content, *rest in found}


def unlike_exported(
    first: dict[tuple[str, str], Row], other: dict[tuple[str, str], Row]
) -> Iterable[Row]:
    """The rows that only one of two exported bills has, or that differ in anything."""
    both = first | other
    return [both[key] for key in first.keys() ^ other.keys()]


def exported_total(organisation: SimulatedOrganisation) -> Decimal:
    """The whole bill's unblended cost."""
    store = connect(organisation.store_path, read_only=True)
    ((total,),) = store.execute("SELECT sum(line_item_unblended_cost) FROM cur2").fetchall()
    store.close()
    return Decimal(total)
