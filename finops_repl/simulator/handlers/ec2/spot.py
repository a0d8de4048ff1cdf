"""EC2's Spot prices: those that the bill has of Spot instances.

The market of the simulated AWS stands still, which is its own: each price holds since the first day
of the bill, in every zone.
"""

from __future__ import annotations

import threading
from datetime import datetime

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ec2.filters import filtered
from finops_repl.simulator.handlers.ec2.listing import PAGES
from finops_repl.simulator.handlers.ec2.types import ZONES
from finops_repl.simulator.instance_types import instance_types
from finops_repl.simulator.offers import REGIONS, Region, instance, price_e10
from finops_repl.simulator.view import View

__all__ = ["SpotPrices"]

LINUX = ("Linux/UNIX", "Linux/UNIX (Amazon VPC)")
FILTERS = {
    "availability-zone": "AvailabilityZone",
    "instance-type": "InstanceType",
    "product-description": "ProductDescription",
    "spot-price": "SpotPrice",
    "timestamp": "Timestamp",
}


class SpotPrices:
    """Answers for a call's region; a price that never changed is told once."""

    operations = frozenset({"DescribeSpotPriceHistory"})

    def __init__(self, view: View) -> None:
        self._since = view.calendar.moment(0)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        wanted = params.get("InstanceTypes") or instance_types()
        zone = params.get("AvailabilityZone")
        platforms = params.get("ProductDescriptions") or LINUX
        until: datetime | None = params.get("EndTime")
        region = REGIONS.get(call.region)
        is_told = any(each in LINUX for each in platforms) and (not until or until >= self._since)
        if region is None or not is_told:
            return Result({"SpotPriceHistory": []})
        prices = [
            {
                "InstanceType": kind,
                "ProductDescription": LINUX[0],
                "SpotPrice": _price(kind, region),
                "Timestamp": self._since,
                "AvailabilityZone": place,
            }
            for kind in instance_types()
            for place in (f"{region.code}{letter}" for letter in ZONES)
            if kind in wanted and zone in (None, place)
        ]
        found = filtered(prices, params, FILTERS, tagged=False)
        if isinstance(found, Refusal):
            return found
        return PAGES.answer(found, params, lambda shown: {"SpotPriceHistory": list(shown)})


def _price(kind: str, region: Region) -> str:
    """The bill's rate to its last digit, in six decimals at least, as AWS writes it."""
    price = price_e10(instance(kind, market="spot"), region)
    dollars, rest = divmod(price, 10**10)
    return f"{dollars}.{f'{rest:010d}'.rstrip('0'):0<6}"
