"""Which kind of bill a table is, told by its columns: the same question has four spellings."""

from __future__ import annotations

from collections.abc import Iterable

from finops_repl.billing.port import BillKind
from finops_repl.trino.bill_columns import squeezed

__all__ = ["kind_of", "partition_of"]

MAPS = frozenset({"resource_tags", "product", "cost_category", "discount"})
"""Columns of CUR 2.0 alone; the legacy CUR has one column for each tag and attribute."""

CUR2_ONLY = frozenset({"bill_payer_account_name", "line_item_usage_account_name"}) | MAPS


def kind_of(columns: Iterable[str]) -> BillKind:
    """The kind of bill that has these columns, whatever their case."""
    names = {name.lower() for name in columns}
    if "line_item_unblended_cost" in names:
        return "cur2" if names & CUR2_ONLY or "billing_period" in names else "legacy"
    if any(squeezed(name) == "lineitemunblendedcost" for name in names):
        return "raw"
    if {"billedcost", "chargeperiodstart"} <= names:
        return "focus"
    return "other"


def partition_of(columns: Iterable[str]) -> str:
    """The columns that name the month: `billing_period`, `year,month`, or none."""
    names = {name.lower() for name in columns}
    if "billing_period" in names:
        return "billing_period"
    return "year,month" if {"year", "month"} <= names else ""
