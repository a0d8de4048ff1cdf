"""EC2: the Reserved Instances that the organisation's accounts hold or held in a region."""

from __future__ import annotations

import threading
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ec2.filters import filtered
from finops_repl.simulator.handlers.purchased.purchases import Purchase, purchases
from finops_repl.simulator.view import View, invalid

__all__ = ["ReservedInstancesService"]

FILTERS = {
    "availability-zone": "AvailabilityZone",
    "duration": "Duration",
    "end": "End",
    "fixed-price": "FixedPrice",
    "instance-type": "InstanceType",
    "product-description": "ProductDescription",
    "reserved-instances-id": "ReservedInstancesId",
    "scope": "Scope",
    "start": "Start",
    "state": "State",
    "usage-price": "UsagePrice",
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
        chosen = filtered(found, params, FILTERS)
        if isinstance(chosen, Refusal):
            return chosen
        return Result({"ReservedInstances": list(chosen)})


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
