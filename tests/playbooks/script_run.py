"""Runs a script as the sandbox would, but in a plain child process: globals, door, figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_repl.gateway.loopback import LoopbackDoor

HARNESS = """
import json, sys
given = json.load(open(sys.argv[1]))
declared = []
def figure(value, unit, label, **pedigree):
    declared.append({"value": str(value), "unit": unit, "label": label, **pedigree})
exec(compile(given["code"], "script.py", "exec"), {
    "__name__": "__main__", "params": given["params"], "bill": given["bill"],
    "DATA_DIR": given["data"], "figure": figure,
})
json.dump(declared, open(sys.argv[1] + ".figures", "w"))
"""


@dataclass(frozen=True)
class Ran:
    stdout: str
    declared: tuple[Mapping[str, Any], ...]

    def figure(self, label: str) -> Decimal:
        (found,) = (f for f in self.declared if f["label"] == label)
        return Decimal(found["value"])

    @property
    def finding(self) -> Any:
        return json.loads(self.stdout.splitlines()[-1])


def run_script(
    code: str, params: Mapping[str, Any], bill: Mapping[str, str], door: LoopbackDoor, data: Path
) -> Ran:
    """The script's output and figures; its failure is the test's."""
    job = data / "job.json"
    job.write_text(json.dumps({"code": code, "params": params, "bill": bill, "data": str(data)}))
    done = subprocess.run(
        [sys.executable, "-c", HARNESS, str(job)],
        env={**os.environ, **door.environment()},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(Path(f"{job}.figures").read_text())
    return Ran(done.stdout, tuple(figures))
