"""Who asks: the account, the kind of identity, and the account's part in its organisation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from finops_repl.assembly.connecting.door import Door
from finops_repl.assembly.connecting.step import Step

__all__ = ["identity_kind", "look_who_asks"]

KINDS = (
    (r"iam::\d{12}:root$", "the root user"),
    (r"iam::\d{12}:user/(?:.*/)?([^/]+)$", "IAM user {}"),
    (r"sts::\d{12}:assumed-role/AWSReservedSSO_(.+)_[0-9a-f]+/", "SSO permission set {}"),
    (r"sts::\d{12}:assumed-role/([^/]+)/", "role {}"),
    (r"sts::\d{12}:federated-user/(.+)$", "federated user {}"),
)
"""Source: "IAM identifiers" of the IAM User Guide, and for SSO "Permission sets" of its guide."""


def identity_kind(arn: str) -> str:
    """What an ARN of GetCallerIdentity says of who asks."""
    for pattern, words in KINDS:
        if found := re.search(pattern, arn):
            return words.format(*found.groups())
    return arn


def look_who_asks(door: Door, name: str) -> Iterator[Step]:
    """One step; raises `ConnectionFailed` where AWS does not know the identity."""
    account = door.account.account_id
    arn = door.client("sts", door.account.region).get_caller_identity()["Arn"]
    part, remedy = _part_in_organisation(door, account)
    told = [f"{account}{_alias(door)}", identity_kind(arn), part]
    if identity_kind(arn) == "the root user":
        remedy = "use a role that only reads instead of the root user"
    yield Step(name, "ok", ", ".join(filter(None, told)), remedy)


def _alias(door: Door) -> str:
    from botocore.exceptions import ClientError

    try:
        aliases = door.client("iam").list_account_aliases()["AccountAliases"]
    except ClientError:
        return ""  # a name is a kindness, and many may not ask for it
    return f" ({aliases[0]})" if aliases else ""


def _part_in_organisation(door: Door, account: str) -> tuple[str, str]:
    """Payer, member or neither, and what that means for the bill."""
    from botocore.exceptions import ClientError

    try:
        told = door.client("organizations").describe_organization()["Organization"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "AWSOrganizationsNotInUseException":
            return "an account of its own", ""
        return "", "whether it pays for others could not be read (organizations)"
    payer = told.get("MasterAccountId", "")
    if payer == account:
        return f"the payer of {told['Id']}", ""
    return (
        f"a member of {told['Id']}, whose payer is {payer}",
        "a member sees its own costs alone; for the whole bill connect a profile of the payer",
    )
