"""Attacks of one run on another: on the next one, and on one that runs at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.attacks.test_sandbox_runner import FORGE, forged
from tests.sandbox.running import Runs, identity

COUNT: dict[Language, str] = {
    "python": """
import os, time
for _ in range(100):
    here = [name for name in os.listdir('/proc') if name.isdigit()]
    if len(here) == 2: break
    time.sleep(0.05)
print(len(here))
""",
    "javascript": """
const processes = () => fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length;
for (let n = 0; n < 100 && processes() !== 2; n += 1) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
console.log(processes());
""",
}


LOOK_AND_LEAVE = both(
    python="""
import os
folders = ('/tmp', '/work', '/dev/shm', '/tmp/matplotlib', 'data')
for folder in folders:
    print(folder, sorted(os.listdir(folder)))
for folder in folders:
    open(f'{folder}/' + params['name'], 'w').write('left behind')
""",
    javascript="""
const folders = ['/tmp', '/work', '/dev/shm', '/tmp/matplotlib', 'data'];
for (const folder of folders) console.log(folder, fs.readdirSync(folder).sort().join(' '));
for (const folder of folders) fs.writeFileSync(path.join(folder, params.name), 'left behind');
""",
)


@pytest.fixture
def prepared(engine: DockerEngine, tmp_path: Path) -> Iterator[Runs]:
    """Runs jobs in boxes that were made ready before anything was known of them."""
    with ContainerSandbox(engine, pool=2) as sandbox:
        sandbox.prepare()
        assert sandbox.wait_ready(60)
        yield Runs(sandbox, tmp_path / "data")


@attack(40)
@LOOK_AND_LEAVE
def test_next_run_finds_nothing_of_the_one_before(run: Runs, language: Language, code: str) -> None:
    first, second = (run(code, language, params={"name": "left.csv"}) for _ in range(2))
    assert [file.name for file in first.files] == ["left.csv"]
    # Nor the file in the workspace, which the script does not name in a string.
    assert (second.exit_code, second.stdout) == (0, first.stdout)
    assert "left" not in second.stdout


@attack(22, 24, 40)
@LOOK_AND_LEAVE
def test_prepared_box_is_as_empty_and_as_closed_as_a_new_one(
    run: Runs, prepared: Runs, language: Language, code: str
) -> None:
    code += COUNT[language] + FORGE[language]
    new, first, second = (
        runs(code, language, params={"name": "left.csv"}) for runs in (run, prepared, prepared)
    )
    assert [file.name for file in new.files] == ["left.csv"]
    # They fail, so that what they leave lies beside the first one's file.
    assert [file.name for file in first.files] == ["left.failed-test.csv"]
    assert first.stdout == second.stdout == new.stdout
    assert "\n2\n" in second.stdout  # its runner and itself: the other interpreter has gone
    assert (second.reason, second.exit_code) == ("exit", 9), second.stderr
    assert forged(second) == (set(), [])


@attack(40)
@both(
    python="""
import boto3, os
boto3.client('sts').get_caller_identity()  # the door opens when both are here
print(sum(name.isdigit() for name in os.listdir('/proc')))
""",
    javascript="""
import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
await new STSClient({}).send(new GetCallerIdentityCommand({}));
console.log(fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length);
""",
)
def test_two_runs_at_a_time_see_only_themselves(run: Runs, language: Language, code: str) -> None:
    both_begun = threading.Barrier(2, timeout=60)
    outputs: dict[str, str] = {}

    def door(request: WireRequest) -> WireResponse:
        both_begun.wait()
        return identity(request)

    def one(name: str) -> None:
        outputs[name] = run(code, language, run=name, door=door).stdout

    threads = [threading.Thread(target=one, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outputs == {"one": "2\n", "two": "2\n"}  # each sees its runner and itself
