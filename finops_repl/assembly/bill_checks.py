"""What the doctor looks at of the bill: its table and kind, and who answers SQL on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finops_repl.assembly.real import CONNECT, asking_athena
from finops_repl.base.errors import ConfigError, ConnectionFailed
from finops_repl.base.findings import Detail, Finding
from finops_repl.base.size import size_text

if TYPE_CHECKING:
    from finops_repl.assembly.house import House
    from finops_repl.billing.workgroups import Workgroup

__all__ = ["athena_finding", "bill_finding"]


def bill_finding(house: House) -> Finding:
    """Which table holds the bill and of what kind it is; raises what keeps it from being read."""
    table = house.bill.primary
    if not table.table:
        return Finding("none: Cost Explorer alone answers", f"{CONNECT} looks for an export")
    details: dict[str, Detail] = {"kind": table.kind, "partition": table.partition}
    where = ".".join(part for part in (table.catalog, table.database, table.table) if part)
    found = f"{where}, {table.kind}"
    if table.partition:
        found += f", a month by {table.partition}"
    if table.kind == "other":
        return Finding(found, "name a table of a CUR or FOCUS export: aws.bill", details)
    return Finding(found, details=details)


def athena_finding(house: House) -> Finding:
    """Which workgroup answers, where, and where results go.

    Raises `ConfigError` where no query could run, `ConnectionFailed` where AWS refuses the look.
    """
    account = house.account
    if account.kind == "files":
        return Finding("not asked: files are read on this machine")
    if account.kind == "simulated":
        return Finding(f"the simulated one, workgroup {house.bill.primary.workgroup}")
    if not house.settings.aws.bill:
        return Finding("not asked: there is no bill in it")
    from botocore.exceptions import ClientError

    from finops_repl.billing.workgroups import find_workgroup

    name = house.bill.primary.workgroup
    session = asking_athena(house.account, house.gateway, house.scope)
    place = f"workgroup {name} in {session.region_name}"
    try:
        found = find_workgroup(session.client("athena"), name)
    except ClientError as error:
        raise ConnectionFailed(
            f"{place}: {error.response['Error']['Message']}",
            hint="allow athena:GetWorkGroup: finops-repl iam-policy",
        ) from error
    if found is None:
        raise ConfigError(f"there is no {place}", hint=f"name one: aws.workgroup, or {CONNECT}")
    return _judged(found, place, house.settings.aws.output)


def _judged(group: Workgroup, place: str, chosen: str) -> Finding:
    if not group.enabled:
        raise ConfigError(f"{place} is disabled", hint=f"name another: aws.workgroup, or {CONNECT}")
    output = group.output if group.enforced else chosen or group.output
    if not output and not group.keeps_results:
        raise ConfigError(
            f"{place} has no place for results, and aws.output names none",
            hint='name one: aws.output = "s3://bucket/prefix/"',
        )
    found = f"{place}, results at {output or 'Athena itself'}"
    if group.cutoff_bytes:
        found += f", ends a query at {size_text(group.cutoff_bytes)}"
    details: dict[str, Detail] = {"workgroup": group.name, "output": output}
    if group.enforced and chosen and chosen.rstrip("/") != group.output.rstrip("/"):
        remedy = f"aws.output is {chosen}, and the workgroup writes elsewhere whatever a query says"
        return Finding(found, f"{remedy}: set aws.output to {group.output}", details)
    return Finding(found, details=details)
