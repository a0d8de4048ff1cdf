"""Attacks on saved workflows: a script cannot write one, a tampered one is not run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.base.errors import DamagedFile, InputError
from finops_repl.sandbox.port import Language
from finops_repl.workflows.store import WorkflowStore
from finops_repl.workflows.workflow import Draft
from tests.attacks.battery import attack, both
from tests.sandbox.running import Runs

SAVED = Draft(name="Saved", language="python", code="print(1)")


@pytest.fixture
def store(run: Runs) -> WorkflowStore:
    """The workflows of the workspace whose data/ the runs have."""
    store = WorkflowStore(run.data.parent / "workflows")
    store.save(SAVED)
    return store


@attack(37)
@both(
    python="""
import json, os
content = json.dumps({'schema': 1, 'name': 'Evil', 'language': 'python', 'code': 'print(2)'})
for folder in ('workspace/workflows', 'workflows', 'data/workflows', '/work/workspace/workflows'):
    os.makedirs(folder, exist_ok=True)
    for name in ('saved.json', 'evil.json'):
        open(f'{folder}/{name}', 'w').write(content)
os.symlink('../workflows', 'data/link')
""",
    javascript="""
const content = JSON.stringify({ schema: 1, name: 'Evil', language: 'python', code: 'print(2)' });
for (const folder of [
  'workspace/workflows', 'workflows', 'data/workflows', '/work/workspace/workflows',
]) {
  fs.mkdirSync(folder, { recursive: true });
  for (const name of ['saved.json', 'evil.json']) fs.writeFileSync(`${folder}/${name}`, content);
}
fs.symlinkSync('../workflows', 'data/link');
""",
)
def test_script_writes_no_workflow(
    run: Runs, store: WorkflowStore, language: Language, code: str
) -> None:
    result = run(code, language)
    assert result.exit_code == 0, result.stderr
    assert sorted(file.name for file in result.files) == [
        "workflows/evil.json",
        "workflows/saved.json",
    ]
    assert [item.slug for item in store.list()] == ["saved"]
    assert store.load("saved").code == SAVED.code


@attack(37)
@pytest.mark.parametrize(
    "tampered",
    [
        {"endpoint": "http://evil.example"},
        {"env": {"AWS_PROFILE": "admin"}},
        {"approve": ["everything"]},
        {"image": "evil"},
        {"language": "shell"},
        {"code": None},
        {"schema": 2},
        {"name": "a\x1b[2J"},
        {"inputs": "../../.aws/credentials"},
        {"parameters": {"name": 1}},
    ],
    ids=lambda tampered: next(iter(tampered)),
)
def test_tampered_workflow_is_named_and_not_loaded(
    store: WorkflowStore, tampered: dict[str, object]
) -> None:
    path = store.path_of("saved")
    path.write_text(json.dumps(json.loads(path.read_text()) | tampered))
    with pytest.raises(DamagedFile, match=r"saved\.json"):
        store.load("saved")


@attack(37)
@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "..", "a/../../secret"])
def test_workflows_name_leads_nowhere_else(store: WorkflowStore, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "secret.json"
    outside.write_bytes(store.path_of("saved").read_bytes())
    with pytest.raises(InputError):
        store.load(name)
