"""EC2: the Reserved Instances that the organisation's accounts hold or held in a region."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable, Mapping
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.purchased.purchases import Purchase, purchases
from finops_repl.simulator.view import View, invalid

__all__ = ["ReservedInstancesService"]

STAMP = "%Y-%m-%dT%H:%M:%S.000Z"
FILTERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "availability-zone": lambda each: "",
    "duration": lambda each: str(each["Duration"]),
    "end": lambda each: each["End"].strftime(STAMP),
    "fixed-price": lambda each: str(each["FixedPrice"]),
    "instance-type": lambda each: each["InstanceType"],
    "product-description": lambda each: each["ProductDescription"],
    "reserved-instances-id": lambda each: each["ReservedInstancesId"],
    "scope": lambda each: each["Scope"],
    "start": lambda each: each["Start"].strftime(STAMP),
    "state": lambda each: each["State"],
    "usage-price": lambda each: str(each["UsagePrice"]),
}
CLASSES = ("standard", "convertible")


class ReservedInstancesService:
    """A call sees its own region; all are regional, and none has tags."""

    operations = frozenset({"DescribeReservedInstances"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        bought = purchases(
            self._view,
            "kind = 'ri' AND region = ? AND service LIKE 'Amazon Elastic Compute Cloud%'",
            [call.region],
        )
        found = [_described(each) for each in bought]
        wanted = list(params.get("ReservedInstancesIds") or ())
        unknown = sorted(set(wanted) - {each["ReservedInstancesId"] for each in found})
        if unknown:
            return invalid(
                f"The reserved instances ID '{unknown[0]}' does not exist",
                "InvalidReservedInstancesId",
            )
        class_ = params.get("OfferingClass")
        if class_ and class_ not in CLASSES:
            return invalid(
                f"Value ({class_}) for parameter offeringClass is invalid. Valid values: "
                f"{', '.join(CLASSES)}",
                "InvalidParameterValue",
            )
        found = [
            each
            for each in found
            if (not wanted or each["ReservedInstancesId"] in wanted)
            and class_ in (None, "", each["OfferingClass"])
            and params.get("OfferingType") in (None, "", each["OfferingType"])
        ]
        for given in params.get("Filters") or ():
            name = str(given.get("Name"))
            patterns = [str(value) for value in given.get("Values") or ()]
            if name == "tag-key" or name.startswith("tag:"):
                found = []
            elif name not in FILTERS:
                return invalid(f"The filter '{name}' is invalid", "InvalidParameterValue")
            else:
                found = [each for each in found if _matches(FILTERS[name](each), patterns)]
        return Result({"ReservedInstances": found})


def _matches(value: str, patterns: list[str]) -> bool:
    # EC2's wildcards are * and ?; a bracket is a character like any other.
    return any(fnmatch.fnmatchcase(value, each.replace("[", "[[]")) for each in patterns)


def _described(each: Purchase) -> dict[str, Any]:
    charges = [{"Amount": float(each.recurring), "Frequency": "Hourly"}] if each.recurring else []
    return {
        "ReservedInstancesId": each.id,
        "InstanceType": each.instance_type,
        "InstanceCount": each.quantity,
        "ProductDescription": "Linux/UNIX",
        "State": each.state,
        "Start": each.starts_at,
        "End": each.ends_at,
        "Duration": each.seconds,
        "FixedPrice": float(each.fixed_price),
        "UsagePrice": 0.0,
        "RecurringCharges": charges,
        "CurrencyCode": "USD",
        "OfferingClass": each.offering_class,
        "OfferingType": each.option,
        "InstanceTenancy": "default",
        "Scope": "Region",
        "Tags": [],
    }
