"""What an account has of a bill: exports in S3, a table in Glue, a workgroup that may ask it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from finops_repl.assembly.connecting.door import Door
from finops_repl.assembly.connecting.step import Questions, Step, refused
from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.size import size_text
from finops_repl.billing.exports import Export, data_exports, legacy_reports
from finops_repl.billing.tables import FoundTable, bill_tables, completeness, described
from finops_repl.billing.workgroups import Workgroup, find_workgroup, list_workgroups

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

__all__ = ["FoundBill", "find_exports", "find_table", "find_workgroup_for"]

MOST_WORKGROUPS = 50
"""Workgroups whose settings are read: each is a call."""

HOW_TO_EXPORT = (
    "in the payer's Billing console, Data Exports: create a CUR 2.0 export to S3 and have it"
    " catalogued in Glue; or name a table with --table database.table and --region"
)


@dataclass(slots=True)
class FoundBill:
    """What was found so far; empty where nothing was."""

    exports: list[Export] = field(default_factory=list)
    table: FoundTable | None = None
    workgroup: Workgroup | None = None
    output: str = ""


def find_exports(door: Door, found: FoundBill) -> Iterator[Step]:
    """A step for each of the two kinds."""
    from botocore.exceptions import ClientError

    kinds: tuple[tuple[str, str, Callable[[object], tuple[Export, ...]]], ...] = (
        ("data exports", "bcm-data-exports", data_exports),
        ("legacy reports", "cur", legacy_reports),
    )
    for name, service, look in kinds:
        try:
            exports = look(door.client(service))
        except ClientError as error:
            yield refused(name, service, error, renewal=door.identity.renewal)
            continue
        found.exports += exports
        told = "; ".join(f"{e.name} ({e.kind}) to {e.place} in {e.region}" for e in exports)
        yield Step(name, "ok" if exports else "not found", told or "there are none")


def find_table(
    door: Door,
    found: FoundBill,
    regions: Sequence[str],
    settings: AwsSettings,
    questions: Questions,
    *,
    named: bool,
) -> Iterator[Step]:
    """Steps of looking for the table; `named` says that somebody typed which, else it is found."""
    tables: list[FoundTable] = []
    denied: list[Step] = []
    for region in regions:
        for step in _look_in(door, region, settings.bill if named else "", tables):
            denied.append(step)
            yield step
    places = [export.place for export in found.exports]
    # What is in use stays in use while it is there.
    tables.sort(key=lambda each: (each.name != settings.bill, *completeness(each, places)))
    if not tables and denied:
        told = f"what tables there are in {', '.join(regions)} may not be seen"
        yield Step("table", "refused", told, denied[0].remedy)
        return
    if not tables:
        where = f"no table in {', '.join(regions)} has the columns of a bill"
        wanted = f"{settings.bill} is no bill in {', '.join(regions)}"
        yield Step("table", "not found", wanted if named else where, HOW_TO_EXPORT)
        return
    number = 0
    if len(tables) > 1:
        number = questions.choose("Which table is the bill?", [_told(each) for each in tables])
    found.table = tables.pop(number)
    others = f"; also there: {', '.join(_told(each) for each in tables)}" if tables else ""
    remedy = "" if found.table.partition else "it has no partition by month: each query scans all"
    yield Step("table", "ok", _told(found.table) + others, remedy)


def _look_in(door: Door, region: str, named: str, tables: list[FoundTable]) -> Iterator[Step]:
    """Add the region's tables that are a bill; steps only for what may not be read."""
    from botocore.exceptions import ClientError

    denied: dict[str, ClientError] = {}
    try:
        glue = door.client("glue", region)
        if named:
            database, _, table = named.partition(".")
            told = glue.get_table(DatabaseName=database, Name=table)["Table"]
            tables += [each for each in (described(told, region),) if each.kind != "other"]
            return
        tables += bill_tables(glue, region, refused=denied.__setitem__)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            yield refused(f"tables of {region}", "glue", error, renewal=door.identity.renewal)
    for database, denial in denied.items():
        yield refused(f"tables of {database}", "glue", denial)


def _told(table: FoundTable) -> str:
    kind = f"{table.kind} view" if table.is_view else table.kind
    month = f", by {table.partition}" if table.partition else ""
    return f"{table.name} in {table.region} ({kind}, {table.columns} columns{month})"


def find_workgroup_for(
    door: Door, found: FoundBill, settings: AwsSettings, questions: Questions
) -> Iterator[Step]:
    """A step: the workgroup to use in the table's region, and where it writes."""
    from botocore.exceptions import ClientError

    if found.table is None:
        return
    try:
        athena = door.client("athena", found.table.region)
        names = [settings.workgroup] if settings.workgroup else list_workgroups(athena)
        looked = [find_workgroup(athena, name) for name in names[:MOST_WORKGROUPS]]
    except ClientError as error:
        yield refused("workgroup", "athena", error, renewal=door.identity.renewal)
        return
    groups = sorted((group for group in looked if group is not None), key=_preference)
    usable = [group for group in groups if group.usable] or groups
    if not usable:
        which = f"named {settings.workgroup} " if settings.workgroup else ""
        told = f"there is none {which}in {found.table.region}"
        yield Step("workgroup", "not found", told, "name one of that region with --workgroup")
        return
    number = 0
    if len(usable) > 1:
        number = questions.choose("Which workgroup asks it?", [_rules(each) for each in usable])
    group = usable[number]
    found.workgroup, found.output = group, settings.output
    if group.output and (group.enforced or not found.output):
        found.output = group.output
    if not found.output and not group.keeps_results:
        found.output = questions.place("Where may Athena write results (s3://bucket/prefix/)?")
    yield _workgroup_step(group, found.output, names)


def _preference(group: Workgroup) -> tuple[object, ...]:
    """Those of a rule first: one that writes to one place, one that bounds a query."""
    return (
        not group.usable,
        not group.enforced,
        group.cutoff_bytes is None,
        group.name == "primary",
        group.name,
    )


def _workgroup_step(group: Workgroup, output: str, names: Collection[str]) -> Step:
    others = sorted(set(names) - {group.name})
    told = _rules(replace(group, output=output))
    told += f"; also there: {', '.join(others)}" if others else ""
    if not group.enabled:
        return Step("workgroup", "refused", f"{group.name} is switched off", "name another")
    if not output and not group.keeps_results:
        return Step("workgroup", "not found", told, "say where: --output s3://bucket/prefix/")
    bounded = "" if group.cutoff_bytes else "a cutoff of scanned bytes there would bound a query"
    return Step("workgroup", "ok", told, bounded)


def _rules(group: Workgroup) -> str:
    place = "kept by Athena" if group.keeps_results else group.output or "nowhere"
    enforced = ", enforced" if group.enforced and group.output else ""
    cutoff = "no cutoff"
    if group.cutoff_bytes:
        cutoff = f"a query ends at {size_text(group.cutoff_bytes)}"
    return f"{group.name} (results {place}{enforced}; {cutoff})"
