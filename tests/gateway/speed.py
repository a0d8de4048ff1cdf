"""How long the gateway takes: `python -m tests.gateway.speed` prints p50 and p99 in ms.

The upstream answers at once, so that what is left is identifying, deciding, recording, wording.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from finops_repl.aws.call import Call, Caller
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from tests.gateway.organisation import BUCKET, SmallOrganisation
from tests.gateway.wire_requests import form_request, json_request, rest_request

COST: dict[str, Any] = {
    "TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"},
    "Granularity": "MONTHLY",
    "Metrics": ["UnblendedCost"],
    "GroupBy": [{"Type": "DIMENSION", "Key": "SERVICE"}],
    "Filter": {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund"]}}},
}
COLD_START = """
import time; started = time.perf_counter()
import tempfile; from pathlib import Path
from tests.gateway import speed
aws = speed.session(speed.small_gateway(Path(tempfile.mkdtemp())), speed.Caller("s", "r"))
aws.client("ce").get_cost_and_usage(**speed.COST)
print(time.perf_counter() - started)
"""


def small_gateway(audit_folder: Path) -> Gateway:
    """A gateway over the small organisation whose policy accepts every statement."""
    return Gateway(SmallOrganisation(), ReadOnlyPolicy(lambda sql, _: sql), AuditLog(audit_folder))


def figures() -> Iterator[tuple[str, float, float]]:
    """What was timed, its median and its 99th percentile in milliseconds."""
    caller = Caller("s", "r")
    target = "AWSInsightsIndexService.GetCostAndUsage"
    requests = {
        "GetCostAndUsage, bytes to bytes": json_request("ce", target, COST),
        "DescribeInstances, bytes to bytes": form_request(
            "ec2", "Action=DescribeInstances&Version=2016-11-15"
        ),
        "GetObject, bytes to bytes": rest_request("s3", "GET", f"/{BUCKET}/out/q.csv"),
        "a refused TerminateInstances": form_request(
            "ec2", "Action=TerminateInstances&Version=2016-11-15&InstanceId.1=i-1"
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        gateway = small_gateway(Path(folder))
        for name, request in requests.items():
            yield name, *_timed(lambda request=request: gateway.handle(request, caller), 1_500)  # type: ignore[misc]  # the default binds the loop's request
        call = Call("ce", "GetCostAndUsage", "us-east-1", COST)
        yield "GetCostAndUsage, parsed", *_timed(lambda: gateway.perform(call, caller), 1_500)
        hooked: Any = session(gateway, caller).client("ce")
        yield (
            "boto3 through the hook",
            *_timed(lambda: hooked.get_cost_and_usage(**COST), 300),
        )
        with open_loopback(gateway, caller) as door:
            import boto3

            over_http: Any = boto3.client(
                "ce",
                endpoint_url=door.url,
                aws_access_key_id=door.access_key_id,
                aws_secret_access_key=door.secret,
                region_name=door.region,
            )
            yield (
                "boto3 over loopback HTTP",
                *_timed(lambda: over_http.get_cost_and_usage(**COST), 300),
            )
    starts = sorted(_cold_start() for _ in range(5))
    yield "process start to first boto3 answer", starts[2], starts[-1]


def _timed(step: Callable[[], object], times: int) -> tuple[float, float]:
    for _ in range(20):
        step()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        step()
        taken.append((time.perf_counter() - started) * 1_000)
    taken.sort()
    return taken[times // 2], taken[times * 99 // 100]


def _cold_start() -> float:
    command = [sys.executable, "-c", COLD_START]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(printed) * 1_000


def print_figures() -> None:
    """A line each."""
    print("\nthe gateway")
    for what, median, high in figures():
        print(f"  {what:40} p50 {median:8.3f} ms   p99 {high:8.3f} ms", flush=True)


if __name__ == "__main__":
    print_figures()
