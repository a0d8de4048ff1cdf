"""Questions to Glue about the bill's tables: how many rows they have tells of incidents."""

from __future__ import annotations

from tests.simulator.offered.probe import Probe

__all__ = ["PROBES"]

BILL = {"DatabaseName": "billing", "TableName": "cur2"}
OCTOBER = ["2026-10"]
PLACE = "where the bill lies stays the same whatever goes wrong"

PROBES = (
    Probe("glue", "GetDatabases", {}, about_itself=PLACE),
    Probe("glue", "GetDatabase", {"Name": "billing"}, about_itself=PLACE),
    Probe("glue", "GetTables", {"DatabaseName": "billing"}, "mining"),
    Probe("glue", "GetTable", {"DatabaseName": "billing", "Name": "cur2"}, "mining"),
    Probe("glue", "GetPartitions", BILL, "mining"),
    Probe("glue", "GetPartition", {**BILL, "PartitionValues": OCTOBER}, "mining"),
    Probe("glue", "BatchGetPartition", {**BILL, "PartitionsToGet": [{"Values": OCTOBER}]},
          "mining"),
)  # fmt: skip
