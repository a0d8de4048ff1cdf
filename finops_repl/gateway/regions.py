"""Where AWS is asked: the region of a call, within the partition of who signs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from finops_repl.base.errors import ConnectionFailed

if TYPE_CHECKING:
    from botocore.session import Session

__all__ = ["HOME_REGIONS", "Regions"]

HOME_REGIONS: Final[Mapping[str, str]] = {
    "cost-optimization-hub": "us-east-1",
    "cur": "us-east-1",
    "globalaccelerator": "us-west-2",
    "health": "us-east-1",
    "pricing": "us-east-1",
    "trustedadvisor": "us-east-1",
}
"""Services that answer in one region, where botocore's rule sets do not say so. The others of
their kind (ce, budgets, organizations, ...) its rule sets send home by themselves."""

STANDARD: Final = "aws"
GOVCLOUD: Final = (
    "costs of GovCloud are in the commercial account that it is paired with: use a profile of that"
)


class Regions:
    """The regions of the partition (`aws`, `aws-us-gov`, `aws-cn`) that `region` lies in."""

    def __init__(self, session: Session, region: str) -> None:
        self._session = session
        self._region = region

    def place(self, service: str, region: str) -> str:
        """The region to ask; raises `ConnectionFailed` for what this partition does not have."""
        if self._partition != STANDARD:
            self._require_offered(service)
        home = HOME_REGIONS.get(service)
        if home and home not in self.known:
            home = next(iter(self._session.get_available_regions(service, self._partition)), None)
        place = home or region
        if place not in self.known:
            raise ConnectionFailed(
                f"there is no region {place!r} in this partition of AWS",
                hint=f"name a region such as {min(self.known)}",
            )
        return place

    def _require_offered(self, service: str) -> None:
        """Raise `ConnectionFailed` where botocore lists the service in AWS, but not over there."""

        def endpoints(partition: str) -> list[str]:
            return self._session.get_available_regions(service, partition, allow_non_regional=True)

        if endpoints(STANDARD) and not endpoints(self._partition):
            raise ConnectionFailed(
                f"{service} is not offered in the partition {self._partition}",
                hint=GOVCLOUD if self._partition == "aws-us-gov" else "leave it out",
            )

    @cached_property
    def _partition(self) -> str:
        return self._session.get_partition_for_region(self._region)

    @cached_property
    def known(self) -> frozenset[str]:
        """The regions that there are."""
        return frozenset(self._session.get_available_regions("ec2", self._partition))
