"""Workflows on disk: one JSON file each, written whole, damaged ones named and left alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from finops_repl.base.errors import DamagedFile, InputError, UnknownName
from finops_repl.base.files import read_versioned, write_versioned
from finops_repl.base.places import bundled
from finops_repl.workflows.parameters import usual
from finops_repl.workflows.workflow import SCHEMA, Draft, Workflow, slug_of

__all__ = ["Listing", "WorkflowExists", "WorkflowStore", "examples"]

EXAMPLES = ("cost-anomaly-detector", "export-costs-to-csv", "monthly-cost-report")


def examples() -> tuple[Path, ...]:
    """The workflows that come with the product."""
    folder = bundled("workflows")
    return tuple(folder / f"{slug}.json" for slug in EXAMPLES)


class WorkflowExists(InputError):
    """Saving would replace a workflow that is there already."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A workflow as a list shows it; `problem` says why a damaged one cannot be read."""

    slug: str
    path: Path
    name: str
    description: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    updated: datetime | None = None
    example: bool = False
    problem: str = ""
    usual: tuple[str, ...] = ()
    """Each parameter with its default: `top=10`."""


class WorkflowStore:
    """The workflows of a workspace, and behind them the examples shipped with the product.

    An example answers to its name until the workspace has its own workflow of that name;
    examples are never written to.
    """

    def __init__(self, folder: Path, examples: Iterable[Path] = ()) -> None:
        self._folder = folder
        self._examples = {path.stem: path for path in examples}

    def save(self, draft: Draft, *, overwrite: bool = False) -> Workflow:
        """Write a draft; without `overwrite`, `WorkflowExists` says what is in its place."""
        path = self._folder / f"{draft.slug}.json"
        created = datetime.now(UTC)
        if path.exists() or path.is_symlink():
            if not overwrite:
                raise WorkflowExists(
                    f"{path.name} holds a workflow already: {self._name_in(path)!r}",
                    hint="overwrite it, or choose another name",
                )
            created = _read(path).created
        workflow = Workflow(**dict(draft), created=created, updated=datetime.now(UTC))
        self._write(path, workflow)
        return workflow

    def load(self, name: str) -> Workflow:
        """The workflow of this name or slug; `UnknownName` carries the nearest ones."""
        return _read(self.path_of(name))

    def list(self, tag: str | None = None) -> tuple[Listing, ...]:
        """Every workflow by slug, damaged ones included, or those with a tag."""
        listings = (_listing(path, self._is_example(path)) for path in self._paths().values())
        return tuple(item for item in listings if tag is None or tag.lower() in item.tags)

    def tag(self, name: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> Workflow:
        """Add and remove tags; tagging an example makes the workspace's own copy of it."""
        before = self.load(name)
        dropped = {tag.strip().lower() for tag in remove}
        kept = dict.fromkeys(tag for tag in before.tags if tag not in dropped)
        try:
            after = Workflow.model_validate(
                {**dict(before), "tags": (*kept, *add), "updated": datetime.now(UTC)}
            )
        except ValidationError as error:
            raise InputError(_first_problem(error), hint="for example: monthly, ec2") from error
        after = after.model_copy(update={"tags": tuple(dict.fromkeys(after.tags))})
        self._write(self._folder / f"{self.path_of(name).stem}.json", after)
        return after

    def path_of(self, name: str) -> Path:
        """The file that a name or slug means."""
        paths = self._paths()
        slug = slug_of(name)
        if slug not in paths:
            raise UnknownName("workflow", name, paths)
        return paths[slug]

    def _paths(self) -> dict[str, Path]:
        own = {path.stem: path for path in self._folder.glob("*.json")}
        return dict(sorted({**self._examples, **own}.items()))

    def _is_example(self, path: Path) -> bool:
        return path == self._examples.get(path.stem)

    def _name_in(self, path: Path) -> str:
        try:
            return _read(path).name
        except DamagedFile:
            return "a file that cannot be read"

    def _write(self, path: Path, workflow: Workflow) -> None:
        fields = workflow.model_dump(mode="json")
        if not workflow.needs:
            del fields["needs"]  # whoever has a version before it reads the file all the same
        write_versioned(path, SCHEMA, fields)


def _read(path: Path) -> Workflow:
    fields = read_versioned(path, SCHEMA)
    del fields["schema"]
    try:
        return Workflow.model_validate(fields)
    except ValidationError as error:
        raise DamagedFile(
            f"{path} is no workflow: {_first_problem(error)}",
            hint="it was left untouched; mend the field or save the workflow anew",
        ) from error


def _listing(path: Path, example: bool) -> Listing:
    try:
        workflow = _read(path)
    except DamagedFile as error:
        return Listing(path.stem, path, path.stem, problem=error.message, example=example)
    return Listing(
        path.stem,
        path,
        workflow.name,
        workflow.description,
        workflow.language,
        workflow.tags,
        tuple(parameter.name for parameter in workflow.parameters),
        workflow.needs,
        workflow.updated,
        example,
        usual=tuple(usual(parameter) for parameter in workflow.parameters),
    )


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"the field {field!r} is not known"
    return f"field {field!r}: {problem['msg']}"
