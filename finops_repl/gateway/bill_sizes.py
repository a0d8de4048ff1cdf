"""How large the bill's months are: Glue's partitions, and the sizes of the objects below them.

What was found is remembered for some minutes. A table whose partitions Glue does not list (they
are projected) is told by the names of its objects, `billing_period=2026-01/...`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from urllib.parse import unquote

from finops_repl.aws.call import Call, Result
from finops_repl.base.errors import InputError
from finops_repl.base.s3_place import S3Place
from finops_repl.base.table import Column
from finops_repl.gateway.meter import Ask
from finops_repl.trino.partitions import TableName

__all__ = ["BillSizes", "Part", "Shape"]

T = TypeVar("T")

REMEMBERED_S: Final = 600.0
MOST_PAGES: Final = 50
"""Of a listing: 50,000 objects, for $0.00025. What is larger is not estimated."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a table is laid out: its partition columns, and where its objects lie."""

    keys: tuple[Column, ...]
    location: str


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: the values of the partition columns, and its bytes or the place that has them.

    What lies beside all partitions has no values.
    """

    values: tuple[str, ...]
    size: int = 0
    location: str = ""


class _NotTold(Exception):
    """AWS does not say, or says too much."""


class BillSizes:
    """Asks about one table, by region; any number of threads may use it."""

    def __init__(self, table: TableName, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def shape(self, region: str, ask: Ask) -> Shape | None:
        """The table's layout; None where it cannot be had."""
        return self._remembered("shape", region, lambda: self._ask_shape(region, ask))

    def parts(self, shape: Shape, region: str, ask: Ask) -> Sequence[Part] | None:
        """The table's partitions; None where they cannot be had."""
        return self._remembered("parts", region, lambda: self._ask_parts(shape, region, ask))

    def size(self, part: Part, region: str, ask: Ask) -> int | None:
        """The bytes of a partition; None where they cannot be had."""
        if not part.location:
            return part.size
        return self._remembered(
            part.location,
            region,
            lambda: sum(size for _, size in _objects(part.location, region, ask)),
        )

    def _remembered(self, what: str, region: str, find: Callable[[], T]) -> T | None:
        now = self._clock()
        with self._lock:
            until, found = self._known.get((what, region), (0.0, None))
        if now < until:
            return cast("T | None", found)  # what `find` gave, kept under its name
        try:
            value = find()
        except _NotTold:  # it may be told next time
            return None
        with self._lock:
            self._known[what, region] = (now + REMEMBERED_S, value)
        return value

    def _ask_shape(self, region: str, ask: Ask) -> Shape:
        params = {
            "CatalogName": self._table.catalog,
            "DatabaseName": self._table.database,
            "TableName": self._table.table,
        }
        told = ask(Call("athena", "GetTableMetadata", region, params))
        about: Any = told.fields.get("TableMetadata") if isinstance(told, Result) else None
        if not about:
            raise _NotTold
        keys = tuple(
            Column(str(key["Name"]), str(key.get("Type", "string")))
            for key in about.get("PartitionKeys") or ()
        )
        return Shape(keys, str((about.get("Parameters") or {}).get("location", "")))

    def _ask_parts(self, shape: Shape, region: str, ask: Ask) -> Sequence[Part]:
        params = {
            "DatabaseName": self._table.database,
            "TableName": self._table.table,
            "ExcludeColumnSchema": True,
        }
        listed = [
            Part(tuple(each["Values"]), location=str(each["StorageDescriptor"]["Location"]))
            for page in _pages(Call("glue", "GetPartitions", region, params), "NextToken", ask)
            for each in page.get("Partitions") or ()
        ]
        return listed or _projected(shape, region, ask)


def _projected(shape: Shape, region: str, ask: Ask) -> Sequence[Part]:
    """Partitions by the names of a table's objects; those that name none are read every time."""
    sizes: dict[tuple[str, ...], int] = {}
    names = [key.name.lower() for key in shape.keys]
    for key, size in _objects(shape.location, region, ask):
        named = {
            name.lower(): unquote(value)
            for name, equals, value in (part.partition("=") for part in key.split("/")[:-1])
            if equals
        }
        values = tuple(named[name] for name in names) if named.keys() >= set(names) else ()
        sizes[values] = sizes.get(values, 0) + size
    return [Part(values, size) for values, size in sizes.items()]


def _objects(location: str, region: str, ask: Ask) -> Iterator[tuple[str, int]]:
    """Key and bytes of each object below a place."""
    try:
        place = S3Place.of(location)
    except InputError:
        raise _NotTold from None
    params = {"Bucket": place.bucket, "Prefix": place.prefix}
    call = Call("s3", "ListObjectsV2", region, params)
    for page in _pages(call, "ContinuationToken", ask):
        for each in page.get("Contents") or ():
            yield str(each["Key"]), int(each["Size"])


def _pages(call: Call, token: str, ask: Ask) -> Iterator[Any]:
    """The fields of each page; `token` is the parameter that asks for the next one."""
    params = dict(call.params)
    for _ in range(MOST_PAGES):
        told = ask(Call(call.service, call.operation, call.region, params))
        if not isinstance(told, Result):
            raise _NotTold
        yield told.fields
        following = told.fields.get("NextContinuationToken") or told.fields.get("NextToken")
        if not following:
            return
        params[token] = following
    raise _NotTold
