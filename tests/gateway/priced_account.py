"""A scripted account whose calls cost money: its queries scan what the test says they do."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result

TB = 10**12
GB = 10**9


@dataclass
class PricedAccount:
    """`scans` are the bytes that each query has scanned at one look after the other.

    A query runs until it is stopped or listed in `done`; `sizes` are the bytes of the objects that
    the bill's table has, by partition location and key. `asked` keeps what was asked.
    """

    scans: dict[str, list[int]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    months: Mapping[str, str] = field(default_factory=dict)
    """Glue's partitions: the place of each month."""
    keys: Sequence[tuple[str, str]] = (("billing_period", "string"),)
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Objects of bucket `bill` by key."""
    refuses: frozenset[str] = frozenset()
    account: str = "111122223333 (billing)"
    account_id: str = "111122223333"
    asked: list[Call] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    _started: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        with self._lock:
            self.asked.append(call)
            if call.operation in self.refuses:
                return Refusal("AccessDeniedException", "not for this role", 403)
            known = getattr(self, f"_{call.operation}", None)
            answer: Answer = known(call.params) if known else Result({})
            return answer

    def operations(self) -> Counter[str]:
        """How often each operation was asked for."""
        return Counter(call.operation for call in self.asked)

    def _StartQueryExecution(self, params: Mapping[str, Any]) -> Answer:
        self._started += 1
        return Result({"QueryExecutionId": f"q{self._started}"})

    def _GetQueryExecution(self, params: Mapping[str, Any]) -> Answer:
        name = params["QueryExecutionId"]
        scans = self.scans.get(name, [0])
        scanned = scans.pop(0) if len(scans) > 1 else scans[0]
        state = "RUNNING"
        if name in self.stopped:
            state = "CANCELLED"
        elif name in self.done:
            state = "SUCCEEDED"
        execution = {
            "QueryExecutionId": name,
            "Status": {"State": state},
            "Statistics": {"DataScannedInBytes": scanned},
        }
        return Result({"QueryExecution": execution})

    def _StopQueryExecution(self, params: Mapping[str, Any]) -> Answer:
        self.stopped.add(params["QueryExecutionId"])
        return Result({})

    def _StartQuery(self, params: Mapping[str, Any]) -> Answer:
        return Result({"queryId": "l1"})

    def _GetQueryResults(self, params: Mapping[str, Any]) -> Answer:
        if "queryId" not in params:
            return Result({"ResultSet": {"Rows": []}})
        scans = self.scans["l1"]
        scanned = float(scans.pop(0) if len(scans) > 1 else scans[0])
        status = "Cancelled" if "l1" in self.stopped else "Running"
        return Result({"status": status, "statistics": {"bytesScanned": scanned}, "results": []})

    def _StopQuery(self, params: Mapping[str, Any]) -> Answer:
        self.stopped.add(params["queryId"])
        return Result({"success": True})

    def _GetTableMetadata(self, params: Mapping[str, Any]) -> Answer:
        keys = [{"Name": name, "Type": kind} for name, kind in self.keys]
        place = {"location": "s3://bill/cur/data"}
        return Result({"TableMetadata": {"PartitionKeys": keys, "Parameters": place}})

    def _GetPartitions(self, params: Mapping[str, Any]) -> Answer:
        listed = sorted(self.months.items())
        first = int(params.get("NextToken", 0))
        page = [
            {"Values": month.split(","), "StorageDescriptor": {"Location": place}}
            for month, place in listed[first : first + 2]
        ]
        following = {"NextToken": str(first + 2)} if len(listed) > first + 2 else {}
        return Result({"Partitions": page, **following})

    def _ListObjectsV2(self, params: Mapping[str, Any]) -> Answer:
        keys = sorted(key for key in self.sizes if key.startswith(params["Prefix"]))
        first = int(params.get("ContinuationToken", 0))
        page = [{"Key": key, "Size": self.sizes[key]} for key in keys[first : first + 2]]
        following = {"NextContinuationToken": str(first + 2)} if len(keys) > first + 2 else {}
        return Result({"Contents": page, **following})
