"""Questions to Glue about the bill's tables: how many rows they have tells of incidents."""

from __future__ import annotations

from typing import Any

from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

BILL = {"DatabaseName": "billing", "TableName": "cur2"}
PLACE = "where the bill lies stays the same whatever goes wrong"


def _open_month(organisation: SimulatedOrganisation) -> dict[str, Any]:
    return {**BILL, "PartitionValues": [f"{organisation.spec.as_of:%Y-%m}"]}


def _open_months(organisation: SimulatedOrganisation) -> dict[str, Any]:
    return {**BILL, "PartitionsToGet": [{"Values": [f"{organisation.spec.as_of:%Y-%m}"]}]}


PROBES = (
    Probe("glue", "GetDatabases", {}, about_itself=PLACE),
    Probe("glue", "GetDatabase", {"Name": "billing"}, about_itself=PLACE),
    Probe("glue", "GetTables", {"DatabaseName": "billing"}, "mining"),
    Probe("glue", "GetTable", {"DatabaseName": "billing", "Name": "cur2"}, "mining"),
    Probe("glue", "GetPartitions", BILL, "mining"),
    Probe("glue", "GetPartition", _open_month, "mining"),
    Probe("glue", "BatchGetPartition", _open_months,
          "mining"),
)  # fmt: skip
