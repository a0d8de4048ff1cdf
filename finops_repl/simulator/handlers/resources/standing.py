"""The resources that exist when the account is looked at, as every inventory reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from finops_repl.simulator.resource import Fact
from finops_repl.simulator.view import View
from finops_repl.simulator.world import Tags

__all__ = ["Standing", "key_values", "standing"]

_COLUMNS = "kind, id, on_bill, account_id, region, zone, created, facts, tags"


@dataclass(frozen=True, slots=True)
class Standing:
    """A resource of an account: `id` as its service calls it, `on_bill` as the bill does.

    `created` is aware UTC; `facts` are what `estate` and `incidents` say of its kind.
    """

    kind: str
    id: str
    on_bill: str
    account: str
    region: str
    zone: str
    created: datetime
    facts: Mapping[str, Fact]
    tags: Tags

    def text(self, fact: str) -> str:
        """A fact as text, empty where there is none."""
        return str(self.facts.get(fact, ""))

    def number(self, fact: str) -> int:
        """A fact as a number, 0 where there is none."""
        return int(self.facts.get(fact, 0))

    @property
    def arn(self) -> str:
        """Its ARN; the bill names volumes and buckets without."""
        if self.kind == "volume":
            return f"arn:aws:ec2:{self.region}:{self.account}:volume/{self.id}"
        return f"arn:aws:s3:::{self.id}" if self.kind == "bucket" else self.on_bill


def standing(view: View, *kinds: str, region: str = "") -> list[Standing]:
    """The resources of these kinds, of all where none is named, in a region or everywhere.

    Oldest first, then by id: the order of every list.
    """
    where, values = ["exists"], list[Any]()
    if kinds:
        where.append(f"kind IN ({', '.join('?' * len(kinds))})")
        values += kinds
    if region:
        where.append("region = ?")
        values.append(region)
    rows = view.rows(
        f"SELECT {_COLUMNS} FROM resource WHERE {' AND '.join(where)} ORDER BY created, id",  # noqa: S608
        values,
    )
    return [_read(*row) for row in rows]


def key_values(tags: Tags) -> list[dict[str, str]]:
    """Tags in the form of most services."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _read(
    kind: str, id_: str, on_bill: str, account: str, region: str, zone: str, created: datetime,
    facts: str, tags: str,
) -> Standing:  # fmt: skip
    return Standing(
        kind, id_, on_bill, account, region, zone, created, json.loads(facts), json.loads(tags)
    )
