"""One map over all kinds of bill: what a question needs, as SQL over the columns that are there.

CUR 2.0, the legacy CUR, its raw slash names and FOCUS call the same things by other names; an
export also leaves columns out. Each field is an expression in Trino's SQL, empty where the table
has nothing for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Literal

from finops_repl.base.table import Column
from finops_repl.billing.cost_columns import (
    amortized_cost,
    focus_purchase,
    net_amortized_cost,
    purchase_option,
)
from finops_repl.billing.kind import kind_of
from finops_repl.billing.port import BillKind
from finops_repl.trino.bill_columns import squeezed

__all__ = ["BillColumns", "bill_columns"]

TagForm = Literal["map", "columns", "json", ""]

CUR_APART = ("Credit", "Refund", "Tax")
CUR_USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")
FOCUS_APART = ("Credit", "Adjustment", "Tax")
SPLIT = "'EKSPod-EC2', 'ECSTask-EC2'"
PLAIN = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class BillColumns:
    """Expressions over one bill.

    `set_apart` are the row types that are shown beside the cost of usage, `usage_rows` those that
    are usage; `once` is a condition that leaves out rows counted twice (split cost allocation).
    `partition` names the columns that hold the month.
    """

    kind: BillKind
    day: str = ""
    row_type: str = ""
    cost: str = ""
    metric: str = ""
    amortized: str = ""
    net: str = ""
    net_amortized: str = ""
    list_cost: str = ""
    usage: str = ""
    unit: str = ""
    account: str = ""
    account_name: str = ""
    payer: str = ""
    service: str = ""
    service_code: str = ""
    region: str = ""
    usage_type: str = ""
    operation: str = ""
    resource: str = ""
    purchase: str = ""
    currency: str = ""
    once: str = ""
    set_apart: tuple[str, ...] = ()
    usage_rows: tuple[str, ...] = ()
    partition: tuple[str, ...] = ()
    tags: TagForm = ""
    tag_columns: Mapping[str, str] | None = None

    @property
    def account_shown(self) -> str:
        """The account's name where the bill has it, else its id."""
        if not self.account_name:
            return self.account
        return f"coalesce(nullif({self.account_name}, ''), {self.account})"

    @property
    def month_shown(self) -> str:
        """The billing month as `YYYY-MM`."""
        if self.partition == ("billing_period",):
            return "billing_period"
        return f"date_format({self.day}, '%Y-%m')"

    def tag(self, key: str) -> str:
        """The value of a user's tag (`team`), NULL where a row has none; empty: not in the bill."""
        if self.tags == "columns":
            return (self.tag_columns or {}).get(squeezed(key), "")
        name = key if self.kind == "focus" else f"user_{key}"
        if self.tags == "map":
            return f"element_at({self._held_tags}, '{_text(name)}')"
        if self.tags == "json":
            return f"json_extract_scalar({self._held_tags}, '$[\"{_text(name)}\"]')"
        return ""

    @property
    def _held_tags(self) -> str:
        return (self.tag_columns or {}).get("", "")

    def months(self, first: date, beyond: date) -> str:
        """The condition for the months from `first` until before `beyond`, both a month's first.

        By the partition, so that nothing else is scanned; by the day where there is none.
        """
        if self.partition == ("billing_period",):
            if (first.year, first.month) == _before(beyond):
                return f"billing_period = '{first:%Y-%m}'"
            return f"billing_period >= '{first:%Y-%m}' AND billing_period < '{beyond:%Y-%m}'"
        if self.partition:
            months = []
            year, month = first.year, first.month
            while (year, month) < (beyond.year, beyond.month):
                months.append(f"(year = '{year}' AND month IN ('{month}', '{month:02d}'))")
                year, month = (year + 1, 1) if month == 12 else (year, month + 1)
            return months[0][1:-1] if len(months) == 1 else f"({' OR '.join(months)})"
        start, end = (f"TIMESTAMP '{each} 00:00:00'" for each in (first, beyond))
        return f"{self.day} >= {start} AND {self.day} < {end}"

    def days(self, first: date, beyond: date) -> str:
        """The condition for the days from `first` until before `beyond`, within their months."""
        if first.day == beyond.day == 1:
            return self.months(first, beyond)
        start, end = (f"TIMESTAMP '{each} 00:00:00'" for each in (first, beyond))
        within = f"{self.day} >= {start} AND {self.day} < {end}"
        if not self.partition:
            return within
        after = (beyond - timedelta(days=1)).replace(day=28) + timedelta(days=4)
        return f"{self.months(first.replace(day=1), after.replace(day=1))} AND {within}"

    def as_mapping(self) -> dict[str, str]:
        """The map for a model, a user or a script: what the bill lacks is left out."""
        example = date(2026, 9, 1), date(2026, 10, 1)
        told = {
            "cost": self.cost,
            "metric": self.metric,
            "amortized": self.amortized,
            "list_cost": self.list_cost,
            "account": self.account,
            "account_name": self.account_name,
            "payer": self.payer,
            "service": self.service,
            "region": self.region,
            "usage_type": self.usage_type,
            "operation": self.operation,
            "resource": self.resource,
            "currency": self.currency,
            "usage": self.usage,
            "unit": self.unit,
            "day": self.day,
            "row_type": self.row_type,
            "tag_team": self._tag_example(),
            "one_month": self.months(*example) if self.day or self.partition else "",
            "leave_out": self.once,
        }
        return {name: sql for name, sql in told.items() if sql}

    def _tag_example(self) -> str:
        if self.tags != "columns" or self.tag("team"):
            return self.tag("team")
        return next(iter((self.tag_columns or {}).values()), "")


def bill_columns(columns: Iterable[Column]) -> BillColumns:
    """The map over a table of these columns; of kind `other` it is empty."""
    listed = tuple(columns)
    kind = kind_of(column.name for column in listed)
    known = {squeezed(column.name): column for column in reversed(listed)}
    if kind == "focus":
        return _focus(known)
    return BillColumns(kind) if kind == "other" else _cur(kind, known)


def _named(known: Mapping[str, Column], *names: str) -> str:
    """The first of these columns that is there, as SQL names it."""
    for name in names:
        found = known.get(squeezed(name))
        if found is not None:
            plain = PLAIN.fullmatch(found.name)
            return found.name if plain else '"' + found.name.replace('"', '""') + '"'
    return ""


def _moment(known: Mapping[str, Column], name: str) -> str:
    """A moment as a timestamp; a crawler declares it a string now and then."""
    found = known.get(squeezed(name))
    if found is None or found.type.lower().startswith(("timestamp", "date")):
        return _named(known, name)
    return f"CAST(from_iso8601_timestamp({_named(known, name)}) AS timestamp)"


def _cur(kind: BillKind, known: Mapping[str, Column]) -> BillColumns:
    operation = _named(known, "line_item_operation")
    form, tags = _tags(known, "resource_tags", "resourcetagsuser")
    return BillColumns(
        kind,
        day=_moment(known, "line_item_usage_start_date"),
        row_type=_named(known, "line_item_line_item_type"),
        cost=_named(known, "line_item_unblended_cost"),
        metric="unblended cost",
        amortized=amortized_cost(partial(_named, known)),
        net=_named(known, "line_item_net_unblended_cost"),
        net_amortized=net_amortized_cost(partial(_named, known)),
        list_cost=_named(known, "pricing_public_on_demand_cost"),
        usage=_named(known, "line_item_usage_amount"),
        unit=_named(known, "pricing_unit"),
        account=_named(known, "line_item_usage_account_id"),
        account_name=_named(known, "line_item_usage_account_name"),
        payer=_named(known, "bill_payer_account_id"),
        service=_named(known, "line_item_product_code"),
        service_code=_named(known, "line_item_product_code"),
        region=_named(known, "product_region_code", "product_region"),
        usage_type=_named(known, "line_item_usage_type"),
        operation=operation,
        resource=_named(known, "line_item_resource_id"),
        purchase=purchase_option(partial(_named, known)),
        currency=_named(known, "line_item_currency_code"),
        once=f"coalesce({operation}, '') NOT IN ({SPLIT})" if operation else "",
        set_apart=CUR_APART,
        usage_rows=CUR_USAGE,
        partition=_partition(known),
        tags=form,
        tag_columns=tags,
    )


def _focus(known: Mapping[str, Column]) -> BillColumns:
    form, tags = _tags(known, "tags", "tagsuser")
    return BillColumns(
        "focus",
        day=_moment(known, "ChargePeriodStart"),
        row_type=_named(known, "ChargeCategory"),
        cost=_named(known, "BilledCost"),
        metric="billed cost",
        amortized=_named(known, "EffectiveCost"),
        net=_named(known, "BilledCost"),
        net_amortized=_named(known, "EffectiveCost"),
        list_cost=_named(known, "ListCost"),
        usage=_named(known, "ConsumedQuantity"),
        unit=_named(known, "ConsumedUnit"),
        account=_named(known, "SubAccountId"),
        account_name=_named(known, "SubAccountName"),
        payer=_named(known, "BillingAccountId"),
        service=_named(known, "ServiceName"),
        service_code=_named(known, "x_ServiceCode"),
        region=_named(known, "RegionId", "Region"),
        usage_type=_named(known, "x_UsageType", "SkuMeter"),
        operation=_named(known, "x_Operation"),
        resource=_named(known, "ResourceId"),
        purchase=focus_purchase(partial(_named, known)),
        currency=_named(known, "BillingCurrency"),
        set_apart=FOCUS_APART,
        usage_rows=("Usage",),
        partition=_partition(known),
        tags=form,
        tag_columns=tags,
    )


def _tags(known: Mapping[str, Column], held: str, prefix: str) -> tuple[TagForm, dict[str, str]]:
    """How a bill holds tags; the column that holds all of them stands under the empty key."""
    found = known.get(squeezed(held))
    if found is not None:
        form: TagForm = "map" if found.type.lower().startswith("map") else "json"
        return form, {"": _named(known, held)}
    columns = {
        name.removeprefix(prefix): _named(known, column.name)
        for name, column in known.items()
        if name.startswith(prefix)
    }
    return ("columns", columns) if columns else ("", {})


def _partition(known: Mapping[str, Column]) -> tuple[str, ...]:
    if "billingperiod" in known and known["billingperiod"].name.lower() == "billing_period":
        return ("billing_period",)
    return ("year", "month") if {"year", "month"} <= known.keys() else ()


def _before(day: date) -> tuple[int, int]:
    return (day.year - 1, 12) if day.month == 1 else (day.year, day.month - 1)


def _text(text: str) -> str:
    return text.replace("'", "''").replace('"', "")
