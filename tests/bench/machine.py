"""The machine that figures belong to, in a few lines to paste with them."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime

from finops_repl.sandbox.docker_connect import connect

__all__ = ["describe_machine"]


def describe_machine() -> str:
    """Cores, load, memory, systems and the Docker engine, a line each."""
    client = connect()
    try:
        engine = client.info()
        version = client.version()["Version"]
    finally:
        client.close()
    memory = int(engine["MemTotal"]) / 2**30
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return "\n".join(
        (
            f"measured  {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"machine   {os.cpu_count()} cores, {memory:.0f} GB, {platform.machine()},"
            f" Linux {platform.release()}; load {load} (1, 5, 15 min)"
            if sys.platform == "linux"
            else f"machine   {os.cpu_count()} cores, {platform.platform()}; load {load}",
            f"engine    Docker {version}, {engine['OperatingSystem']}, cgroup"
            f" v{engine.get('CgroupVersion', '?')} ({engine.get('CgroupDriver', '?')}),"
            f" storage {engine['Driver']}, {engine['NCPU']} cores",
            f"host      Python {platform.python_version()}",
        )
    )
