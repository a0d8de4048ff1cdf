"""A query of the bill before it starts: it names its months, and its price at most is known.

Other tables pass without a look, also views of the bill: what they are seen to scan holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final

from finops_repl.aws.call import Call
from finops_repl.base.errors import InputError
from finops_repl.base.money import price_text
from finops_repl.base.size import size_text
from finops_repl.base.table import Column
from finops_repl.gateway.bill_sizes import BillSizes, Shape
from finops_repl.gateway.meter import Ask, Estimate
from finops_repl.gateway.prices import ATHENA_SCAN
from finops_repl.trino.partitions import TableName, TableUse, table_uses

__all__ = ["BillScan"]

FIRST_YEAR: Final = 2013
"""No bill that Athena reads is older: a condition that leaves out nothing since is none."""


class BillScan:
    """Looks at the queries of one table; `full_scan` lets them read all of it.

    `allowed_by` says where the user allows that, `now` is the present.
    """

    def __init__(
        self,
        table: TableName,
        *,
        allowed_by: str,
        full_scan: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._table = table
        self._full_scan = full_scan
        self._allowed_by = allowed_by
        self._now = now
        self._sizes = BillSizes(table)

    def estimate(self, call: Call, ask: Ask) -> Estimate | None:
        """See `EstimatesScan.estimate`."""
        database = (call.params.get("QueryExecutionContext") or {}).get("Database") or ""
        uses = table_uses(str(call.params["QueryString"]), self._table, database=str(database))
        shape = self._sizes.shape(call.region, ask) if uses else None
        if shape is None:
            return None
        months = _month_keys(shape)
        if months and not self._full_scan:
            self._refuse_every_month(uses, months)
        most = self._most_bytes(uses, shape, call.region, ask)
        if most is None:
            return None
        price = price_text(ATHENA_SCAN.of(most))
        return Estimate(most, f"at most {size_text(most)} of the bill, {price}")

    def _refuse_every_month(self, uses: Sequence[TableUse], months: Sequence[Column]) -> None:
        now = self._now()
        since = list(_months(months, now.date()))
        if all(len(use.reads(months, since, now=now)) < len(since) for use in uses):
            return
        name = f"{self._table.database}.{self._table.table}"
        raise InputError(
            f"a query that reads every month of {name} is not started: it scans the whole table",
            hint=f"restrict each SELECT that names the table: {_example(months, now.date())};"
            f" to scan it all, set {self._allowed_by} to true",
        )

    def _most_bytes(
        self, uses: Sequence[TableUse], shape: Shape, region: str, ask: Ask
    ) -> int | None:
        parts = self._sizes.parts(shape, region, ask)
        if parts is None:
            return None
        named = [part for part in parts if len(part.values) == len(shape.keys)]
        beside = [part for part in parts if len(part.values) != len(shape.keys)]
        total = 0
        for use in uses:
            read = use.reads(shape.keys, [part.values for part in named], now=self._now())
            for part in [*beside, *(named[number] for number in read)]:
                size = self._sizes.size(part, region, ask)
                if size is None:
                    return None
                total += use.times * size
        return total


def _month_keys(shape: Shape) -> tuple[Column, ...]:
    """The partition columns that name the month: CUR 2.0's, the legacy CUR's, or none."""
    by_name = {key.name.lower(): key for key in shape.keys}
    for names in (("billing_period",), ("year", "month")):
        if by_name.keys() >= set(names):
            return tuple(by_name[name] for name in names)
    return ()


def _months(keys: Sequence[Column], through: date) -> Iterator[tuple[str, ...]]:
    """Every month that a bill may have, as its partitions write it; legacy ones in two ways."""
    for year in range(FIRST_YEAR, through.year + 1):
        for month in range(1, 13 if year < through.year else through.month + 1):
            if len(keys) == 1:
                yield (f"{year}-{month:02}",)
            else:
                yield from {(str(year), str(month)), (str(year), f"{month:02}")}


def _example(keys: Sequence[Column], today: date) -> str:
    if len(keys) == 1:
        return f"WHERE {keys[0].name} = '{today:%Y-%m}', or BETWEEN two months"
    year, month = (
        f"'{value}'" if key.type.lower() in ("string", "varchar") else str(value)
        for key, value in zip(keys, (today.year, today.month), strict=True)
    )
    return f"WHERE {keys[0].name} = {year} AND {keys[1].name} = {month}"
