"""Attacks of one run on another: on the next one, and on one that runs at the same time."""

from __future__ import annotations

import threading

from finops_repl.aws.http import WireRequest, WireResponse
from finops_repl.sandbox.port import Language
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs, identity


@attack(40)
@both(
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
def test_next_run_finds_nothing_of_the_one_before(run: Runs, language: Language, code: str) -> None:
    first, second = (run(code, language, params={"name": "left.csv"}) for _ in range(2))
    assert [file.name for file in first.files] == ["left.csv"]
    assert (second.exit_code, second.stdout) == (0, first.stdout)
    # Nor the file in the workspace, which the script does not name in a string.
    assert "left" not in second.stdout


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
