import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from finops_repl.base.errors import DamagedFile, InputError, UnknownName
from finops_repl.workflows.store import WorkflowExists, WorkflowStore
from finops_repl.workflows.workflow import Draft, slug_of

REPORT = Draft(
    name="EC2 Spike Report",
    description="Finds the jump",
    language="python",
    code="print('ä €')\n",
    tags=("EC2", "weekly"),
)


@pytest.fixture
def store(tmp_path: Path) -> WorkflowStore:
    return WorkflowStore(tmp_path / "workflows")


def test_a_saved_workflow_is_loaded_by_name_and_by_slug(store: WorkflowStore) -> None:
    saved = store.save(REPORT)
    assert store.load("EC2 Spike Report") == store.load("ec2-spike-report") == saved
    assert saved.code == REPORT.code
    assert saved.tags == ("ec2", "weekly")


def test_the_file_holds_the_promised_fields(store: WorkflowStore) -> None:
    store.save(REPORT)
    fields = json.loads(store.path_of("ec2-spike-report").read_text())
    promised = {"schema", "name", "description", "language", "code", "tags", "created", "updated"}
    assert promised <= fields.keys()
    assert fields["schema"] == 1


def test_saving_over_a_workflow_must_be_asked_for(store: WorkflowStore) -> None:
    first = store.save(REPORT)
    longer = REPORT.model_copy(update={"code": "print(2)"})
    with pytest.raises(WorkflowExists, match="EC2 Spike Report"):
        store.save(longer)
    assert store.load(REPORT.name).code == REPORT.code
    again = store.save(longer, overwrite=True)
    assert again.created == first.created
    assert again.updated >= first.updated
    assert store.load(REPORT.name).code == "print(2)"


def test_names_that_share_a_file_collide_in_the_open(store: WorkflowStore) -> None:
    store.save(REPORT)
    with pytest.raises(WorkflowExists):
        store.save(REPORT.model_copy(update={"name": "ec2: spike / report!"}))


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Monthly Cost Report", "monthly-cost-report"),
        ("Überblick März", "uberblick-marz"),
        ("../../etc/passwd", "etc-passwd"),
        ("a" * 100, "a" * 64),
    ],
)
def test_a_name_gives_a_plain_file_name(name: str, slug: str) -> None:
    assert slug_of(name) == slug


@pytest.mark.parametrize("name", ["", "///", "€"])
def test_a_name_without_letters_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        slug_of(name)


def test_a_control_character_in_a_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="control characters"):
        Draft(name="a\x1b[31m", language="python", code="1")


def test_an_unknown_name_comes_with_the_nearest(store: WorkflowStore) -> None:
    store.save(REPORT)
    with pytest.raises(UnknownName) as caught:
        store.load("ec2-spikes-report")
    assert caught.value.nearest == ["ec2-spike-report"]


@pytest.mark.parametrize(
    "content",
    [
        '{"schema": 1, "name": ',
        "[]",
        '{"schema": 99}',
        '{"schema": 1, "name": "x", "language": "cobol", "code": "1"}',
        '{"schema": 1, "name": "x", "language": "python", "code": "1", "endpoint": "http://x"}',
    ],
)
def test_a_broken_file_is_named_and_left_untouched(store: WorkflowStore, content: str) -> None:
    store.save(REPORT)
    path = store.path_of(REPORT.name)
    path.write_text(content)
    with pytest.raises(DamagedFile, match=r"ec2-spike-report\.json"):
        store.load(REPORT.name)
    with pytest.raises(DamagedFile):
        store.save(REPORT, overwrite=True)
    with pytest.raises(DamagedFile):
        store.tag(REPORT.name, add=["x"])
    assert path.read_text() == content
    (listing,) = store.list()
    assert listing.problem


def test_tags_are_added_removed_and_searched(store: WorkflowStore) -> None:
    store.save(REPORT)
    store.save(REPORT.model_copy(update={"name": "Other", "tags": ()}))
    assert store.tag(REPORT.name, add=["Monthly"], remove=["weekly"]).tags == ("ec2", "monthly")
    assert [item.slug for item in store.list("MONTHLY")] == ["ec2-spike-report"]
    with pytest.raises(InputError, match="tag"):
        store.tag(REPORT.name, add=["two words"])


def test_examples_answer_until_the_workspace_has_its_own(tmp_path: Path) -> None:
    examples = WorkflowStore(tmp_path / "examples")
    examples.save(REPORT)
    store = WorkflowStore(tmp_path / "mine", [examples.path_of(REPORT.name)])
    assert store.load(REPORT.name).code == REPORT.code
    assert store.list()[0].example
    store.tag(REPORT.name, add=["own"])
    assert not store.list()[0].example
    assert store.load(REPORT.name).tags == ("ec2", "weekly", "own")
    assert examples.load(REPORT.name).tags == ("ec2", "weekly")


def test_a_planted_link_is_replaced_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim.json"
    victim.write_text(json.dumps({"schema": 1, **json.loads(REPORT.model_dump_json())}))
    before = victim.read_text()
    folder = tmp_path / "workflows"
    folder.mkdir()
    (folder / "ec2-spike-report.json").symlink_to(victim)
    store = WorkflowStore(folder)
    with pytest.raises(WorkflowExists):
        store.save(REPORT)
    store.save(REPORT.model_copy(update={"code": "print(3)"}), overwrite=True)
    assert victim.read_text() == before
    assert store.load(REPORT.name).code == "print(3)"
