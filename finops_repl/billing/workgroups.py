"""Athena's workgroups as somebody must know them who is about to query a bill."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Workgroup", "find_workgroup", "list_workgroups"]


@dataclass(frozen=True, slots=True)
class Workgroup:
    """Where its queries write, and what bounds them.

    With `enforced` it writes to `output` whatever a query says; with `keeps_results` Athena keeps
    results itself. `cutoff_bytes` ends a query that scanned more.
    """

    name: str
    enabled: bool = True
    output: str = ""
    enforced: bool = False
    keeps_results: bool = False
    cutoff_bytes: int | None = None

    @property
    def usable(self) -> bool:
        """Whether a query that names no output place can run there."""
        return self.enabled and bool(self.output or self.keeps_results)


def list_workgroups(athena: Any) -> tuple[str, ...]:
    """The names of the region's workgroups; `athena` is boto3's client there."""
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = athena.list_work_groups(**token)
        names += [group["Name"] for group in page.get("WorkGroups", ())]
        if not page.get("NextToken"):
            return tuple(names)
        token = {"NextToken": page["NextToken"]}


def find_workgroup(athena: Any, name: str) -> Workgroup | None:
    """The workgroup's settings; None where there is none of that name."""
    from botocore.exceptions import ClientError

    try:
        answer = athena.get_work_group(WorkGroup=name)
    except ClientError as error:
        if re.search("work ?group .*not found", str(error), re.IGNORECASE):
            return None
        raise
    group: Mapping[str, Any] | None = answer.get("WorkGroup")
    if group is None:
        return None
    settings = group.get("Configuration", {})
    return Workgroup(
        name,
        group.get("State", "ENABLED") == "ENABLED",
        settings.get("ResultConfiguration", {}).get("OutputLocation", ""),
        bool(settings.get("EnforceWorkGroupConfiguration")),
        bool(settings.get("ManagedQueryResultsConfiguration", {}).get("Enabled")),
        settings.get("BytesScannedCutoffPerQuery"),
    )
