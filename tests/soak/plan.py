"""What is run: every way a run can go, mixed by a seed, each with the end it must come to."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from finops_repl.sandbox.port import Order, Reason

__all__ = ["Step", "plan"]


@dataclass(frozen=True, slots=True)
class Step:
    """One run: what is ordered, when it is cancelled, and how it must end.

    `files` are those that it leaves, `calls` those that it makes to AWS.
    """

    name: str
    order: Order
    reason: Reason = "exit"
    exit_code: int | None = 0
    cancel_after_s: float | None = None
    files: tuple[str, ...] = ()
    calls: int = 0


TOO_LONG_S = 0.4
CANCEL_AFTER_S = 0.3

BY_BOTO3 = """
import boto3
assert boto3.client('sts').get_caller_identity()['Account'] == '123456789012'
ce = boto3.client('ce', region_name='us-east-1')
ce.get_cost_and_usage(TimePeriod={'Start': '2026-01-01', 'End': '2026-02-01'},
                      Granularity='MONTHLY', Metrics=['UnblendedCost'])
"""
BY_SDK = """
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
new STSClient({}).send(new GetCallerIdentityCommand({})).then((identity) => {
  if (identity.Account !== '123456789012') process.exit(9);
});
"""
HANGING_CALL = """
import boto3, threading
for _ in range(20):
    threading.Thread(target=boto3.client('sts').get_caller_identity, daemon=True).start()
threading.Event().wait()
"""
STUBBORN = """
import os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
print('still here', flush=True)
time.sleep(600)
"""
FILES_BY_PYTHON = """
with open('data/costs.csv', 'w') as out:
    out.write('service,usd\\n' + 'AmazonEC2,12.5\\n' * 10_000)
with open('data/notes.txt', 'w') as out:
    out.write('x' * 100_000)
"""
FILE_BY_NODE = "fs.writeFileSync('data/totals.json', JSON.stringify([{ usd: 12.5 }]))"
LINKS = "import os; os.symlink('/etc/passwd', 'data/link'); open('data/kept.txt', 'w').write('1')"
LOUD = "import sys\nfor n in range(20_000): print(n, 'x' * 80); print(n, file=sys.stderr)"
GREEDY = "kept = []\nwhile True: kept.append(b'x' * (64 << 20))"
FOREVER_BY_NODE = "setInterval(() => console.log('still here'), 50)"


def _python(code: str, timeout_s: float = 60.0) -> Order:
    return Order(code, "python", timeout_s=timeout_s)


def _node(code: str, timeout_s: float = 60.0) -> Order:
    return Order(code, "javascript", timeout_s=timeout_s)


KINDS: Final = (
    (12, Step("Python prints", _python("print(1)"))),
    (12, Step("Node prints", _node("console.log(1)"))),
    (12, Step("boto3 asks AWS", _python(BY_BOTO3), calls=2)),
    (8, Step("Node's SDK asks AWS", _node(BY_SDK), calls=1)),
    (6, Step("Python leaves files", _python(FILES_BY_PYTHON), files=("costs.csv", "notes.txt"))),
    (4, Step("Node leaves a file", _node(FILE_BY_NODE), files=("totals.json",))),
    (3, Step("a link is left", _python(LINKS), files=("kept.txt",))),
    (6, Step("much is printed", _python(LOUD))),
    (6, Step("Python fails", _python("raise ValueError('no such account')"), exit_code=1)),
    (4, Step("Node fails", _node("throw new Error('no such account')"), exit_code=1)),
    (3, Step("Python leaves with 3", _python("import sys; sys.exit(3)"), exit_code=3)),
    (3, Step("no Python at all", _python("print("), exit_code=1)),
    (5, Step("a stubborn script times out", _python(STUBBORN, TOO_LONG_S), "timeout", None)),
    (4, Step("Node times out", _node(FOREVER_BY_NODE, TOO_LONG_S), "timeout", None)),
    (5, Step("a script is cancelled", _python(STUBBORN), "cancelled", None, CANCEL_AFTER_S)),
    (4, Step("Node is cancelled", _node(FOREVER_BY_NODE), "cancelled", None, CANCEL_AFTER_S)),
    (2, Step("calls are cancelled", _python(HANGING_CALL), "cancelled", None, CANCEL_AFTER_S)),
    (2, Step("cancelled before it began", _python("print(1)"), "cancelled", None, 0.0)),
    (1, Step("memory runs out", _python(GREEDY), "memory", None)),
)
"""How often each kind is drawn, of about a hundred."""


def plan(count: int, seed: int) -> Iterator[Step]:
    """So many steps; each kind once where there is room, the others drawn, all in mixed order."""
    draw = random.Random(seed)
    steps = [step for _, step in KINDS][:count]
    weights = [weight for weight, _ in KINDS]
    steps += draw.choices([step for _, step in KINDS], weights, k=count - len(steps))
    draw.shuffle(steps)
    return iter(steps)
