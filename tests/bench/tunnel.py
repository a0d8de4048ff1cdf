"""How fast a script takes 100 MB of an AWS answer through the tunnel, by its own clock."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.port import Language
from tests.bench.ours import run_once
from tests.bench.rounds import Contestant
from tests.bench.scripts import DONE

__all__ = ["TAKE_BY_NODE", "TAKE_BY_PYTHON", "take"]

MB = 1_000_000
SIZE_MB = 100

TAKE_BY_PYTHON = f"""
import http.client, os, time
from urllib.parse import urlsplit
aws = urlsplit(os.environ['AWS_ENDPOINT_URL'])
room = memoryview(bytearray(256 * 1024))
began = time.perf_counter()
connection = http.client.HTTPConnection(aws.hostname, aws.port)
connection.request('GET', '/large')
answer = connection.getresponse()
taken = 0
while count := answer.readinto(room):
    taken += count
assert taken == {SIZE_MB * MB}, taken
print('seconds', time.perf_counter() - began, '{DONE}')
"""
TAKE_BY_NODE = f"""
const http = require('node:http');
const began = performance.now();
http.get(process.env.AWS_ENDPOINT_URL + '/large', (answer) => {{
  let taken = 0;
  answer.on('data', (chunk) => {{ taken += chunk.length; }});
  answer.on('end', () => {{
    if (taken !== {SIZE_MB * MB}) throw new Error(String(taken));
    console.log('seconds', (performance.now() - began) / 1000, '{DONE}');
  }});
}});
"""
SECONDS = re.compile(r"seconds ([0-9.e-]+)")


def take(sandbox: ContainerSandbox, code: str, language: Language) -> Contestant:
    """Megabytes (10^6) a second of one download, connection and request included."""
    data = Path(tempfile.mkdtemp())
    door = _large_door()

    def once() -> float:
        printed = run_once(sandbox, code, language, data, door).stdout
        seconds = SECONDS.search(printed)
        if seconds is None:
            raise SystemExit(f"the script did not say how long it took: {printed}")
        return SIZE_MB / float(seconds[1])

    return once


def _large_door() -> Callable[[WireRequest], WireResponse]:
    answer = WireResponse(200, (("Content-Type", "application/octet-stream"),), bytes(SIZE_MB * MB))
    return lambda request: answer
