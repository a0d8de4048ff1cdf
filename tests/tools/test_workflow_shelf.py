"""Saving, listing, reading and tagging workflows by tools, on real files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finops_repl.tools.encoding import encode
from finops_repl.tools.tool import ApprovalNeed, ToolResult
from finops_repl.tools.workflow_shelf import ListWorkflows, LoadWorkflow, SaveWorkflow, TagWorkflow
from finops_repl.workflows.store import WorkflowStore
from tests.tools.conftest import Bench

CODE = "print('hello')\n"


@pytest.fixture
def store(tmp_path: Path) -> WorkflowStore:
    return WorkflowStore(tmp_path / "workflows")


def need_of(bench: Bench, tool: SaveWorkflow, **given: object) -> ApprovalNeed | None:
    prepared = bench.prepare(tool, **given)
    assert not isinstance(prepared, ToolResult)
    return prepared.approval


def test_code_is_saved_with_parameters_and_tags(bench: Bench, store: WorkflowStore) -> None:
    result = bench.call(
        SaveWorkflow(store),
        name="EC2 jump",
        language="python",
        code=CODE,
        tags=["EC2"],
        parameters=[{"name": "days", "type": "integer", "default": 90}],
    )
    assert result.content == {"saved": "ec2-jump", "name": "EC2 jump", "tags": ["ec2"]}
    assert store.load("ec2-jump").parameters[0].default == 90


def test_a_run_is_saved_whole_from_its_kept_script(
    bench: Bench, store: WorkflowStore, tmp_path: Path
) -> None:
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "script_20261120T120000_ab12cd34.cjs").write_text(CODE * 1_000)
    result = bench.call(SaveWorkflow(store), name="long", run="ab12cd34")
    assert not result.is_error
    saved = store.load("long")
    assert (saved.language, saved.code) == ("javascript", CODE * 1_000)


@pytest.mark.parametrize(
    ("given", "taught"),
    [
        ({}, "either code"),
        ({"code": CODE, "run": "ab12cd34", "language": "python"}, "either code"),
        ({"code": CODE}, "language"),
        ({"run": "../../etc"}, "no run id"),
        ({"run": "ffff0000"}, "no script of run"),
        ({"code": CODE, "language": "python", "tags": ["no tag!"]}, "tags"),
    ],
)
def test_what_cannot_be_saved_says_why(
    bench: Bench, store: WorkflowStore, given: dict[str, object], taught: str
) -> None:
    result = bench.call(SaveWorkflow(store), name="x", **given)
    assert result.is_error
    assert taught in str(result.content)
    assert store.list() == ()


def test_nothing_is_overwritten_unasked(bench: Bench, store: WorkflowStore) -> None:
    tool, draft = SaveWorkflow(store), {"name": "x", "language": "python", "code": CODE}
    assert need_of(bench, tool, **draft, overwrite=True) is None
    bench.call(tool, **draft)
    again = bench.call(tool, **draft)
    assert again.is_error
    assert "overwrite: true" in again.content["hint"]
    need = need_of(bench, tool, **draft, overwrite=True)
    assert need is not None
    assert (need.kind, need.detail) == ("workflow_overwrite", CODE)


def test_long_code_is_read_page_by_page(bench: Bench, store: WorkflowStore) -> None:
    code = "".join(f"print({n:>60})\n" for n in range(400))
    bench.call(SaveWorkflow(store), name="long", language="python", code=code)
    pages, line = [], 1
    while line:
        content = bench.call(LoadWorkflow(store), name="long", first_line=line).content
        pages.append(content["code"])
        line = content.get("more_from_line", 0)
    assert len(pages) > 3
    assert "\n".join(pages) + "\n" == code


def test_unknown_names_bring_the_nearest(bench: Bench, store: WorkflowStore) -> None:
    bench.call(SaveWorkflow(store), name="ec2 jump", language="python", code=CODE)
    result = bench.call(LoadWorkflow(store), name="ec2-jmp")
    assert "did you mean ec2-jump" in result.content["hint"]


def test_damaged_files_are_listed_with_their_problem(
    bench: Bench, store: WorkflowStore, tmp_path: Path
) -> None:
    bench.call(SaveWorkflow(store), name="good", language="python", code=CODE)
    (tmp_path / "workflows" / "bad.json").write_text("{")
    content = bench.call(ListWorkflows(store)).content
    assert content["count"] == 2
    assert "not valid JSON" in content["workflows"][0]["problem"]


def test_tags_are_added_and_removed(bench: Bench, store: WorkflowStore) -> None:
    bench.call(SaveWorkflow(store), name="x", language="python", code=CODE, tags=["a"])
    result = bench.call(TagWorkflow(store), name="x", add=["b"], remove=["a"])
    assert result.content["tags"] == ["b"]


@pytest.mark.parametrize(
    "code",
    [
        "x = '" + "\\\\" * 9_000 + "'\n",
        '\t"""\n' * 3_000,
        "y = '" + "漢" * 4_000 + "'\nprint(y)\n",
        "a\n" * 6_000,
        "z" * 30_000,
    ],
    ids=["backslashes", "quotes", "wide", "short lines", "one line"],
)
def test_code_of_any_kind_is_read_whole_by_pages_that_are_never_cut(
    bench: Bench, store: WorkflowStore, code: str
) -> None:
    bench.call(
        SaveWorkflow(store), name="long", language="python", code=code, description="d" * 500
    )
    read, line, character = "", 1, 1
    for _ in range(200):
        result = bench.call(
            LoadWorkflow(store), name="long", first_line=line, first_character=character
        )
        content = json.loads(encode(result.content, rest=result.rest))
        assert "cut" not in content
        read += content["code"]
        if "more_from_line" not in content:
            break
        read += "" if "more_from_character" in content else "\n"
        line, character = content["more_from_line"], content.get("more_from_character", 1)
    assert read == code.rstrip("\n")


@pytest.mark.parametrize(
    "code",
    [
        "a\n... 812 characters left out ...\nb",
        "key = '[redacted]'",
        "... 5 characters left out ...",
    ],
)
def test_code_that_was_cut_in_a_result_is_never_saved(
    bench: Bench, store: WorkflowStore, code: str
) -> None:
    result = bench.call(SaveWorkflow(store), name="x", language="python", code=code)
    assert result.is_error
    assert "by its run" in result.content["hint"]
    assert store.list() == ()


def test_a_long_list_of_workflows_is_read_by_pages(bench: Bench, store: WorkflowStore) -> None:
    for n in range(60):
        bench.call(
            SaveWorkflow(store), name=f"w {n:02}", language="python", code=CODE,
            description=f"{n} " + "words " * 60,
        )  # fmt: skip
    names: list[str] = []
    first = 1
    while first:
        result = bench.call(ListWorkflows(store), first=first)
        content = json.loads(encode(result.content, rest=result.rest))
        assert "cut" not in content
        names += [workflow["slug"] for workflow in content["workflows"]]
        first = content.get("more_from", 0)
    assert names == [f"w-{n:02}" for n in range(60)]
