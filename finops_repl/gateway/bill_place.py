"""Where the bill is asked, when that is not where everything else is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from finops_repl.aws.call import Call, Upstream

__all__ = ["BILL_SERVICES", "UNNAMED_REGION", "BillPlace"]

BILL_SERVICES: Final = frozenset({"athena", "glue", "s3"})
CATALOGUED: Final = frozenset({"athena", "glue"})

UNNAMED_REGION: Final = "us-east-1"
"""What a client in the sandbox or at the loopback door asks that was told no region."""


@dataclass(frozen=True, slots=True)
class BillPlace:
    """The account that answers for Athena, Glue and S3, and the region of the bill's table.

    A script need not know either: a call for Athena or Glue that names no region of its own is
    asked there. Who wants us-east-1's own Athena, while the bill lies elsewhere, asks it in an
    account without a bill.
    """

    upstream: Upstream
    region: str

    def placed(self, call: Call) -> Call:
        """The call as it is to be asked there."""
        if call.service in CATALOGUED and call.region == UNNAMED_REGION:
            return replace(call, region=self.region)
        return call
