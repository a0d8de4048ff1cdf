"""Reads that a user lets through beyond the reviewed table, by name, in their own settings.

Only reads can be let through: what hands out credentials or changes things stays refused, whatever
the settings say. What comes with an answer that passes is stripped of secrets all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from finops_repl.aws.wire.models import ServiceModels
from finops_repl.base.errors import ConfigError, nearest
from finops_repl.base.places import settings_dir
from finops_repl.base.settings_files import USER_FILE
from finops_repl.gateway.operations import WITHHELD_BECAUSE, Withheld, reads, reviewed

__all__ = ["how_to_allow", "never_allowed", "widened"]

_READS_WITH_EFFECT: Final = frozenset(
    {
        "cognito-identity:GetId",
        "socialmessaging:GetWhatsAppMessageMedia",
        "stepfunctions:GetActivityTask",
    }
)
"""Of the services that nobody reviewed: reads by name that make or take something."""

_NAMES_CREDENTIAL = re.compile(
    r"(BatchGet|Describe|Get)\w*(Credentials|Tokens?|Password|SecretValue|AccessKeys|AccessDetails"
    r"|Url|URL|Link)((For|From|With)\w+)?"
)
_IS_CREDENTIAL = re.compile(
    r"secretaccesskey|sessiontoken|secretstring|auth(orization)?token|accesstoken|refreshtoken"
    r"|idtoken|passworddata|privatekey|plaintext|\w*signed_?ur[il]",
    re.IGNORECASE,
)
_CREDENTIAL_DEPTH = 2
"""So far below its top is an answer made of credentials, not merely beside one that is stripped."""


def never_allowed(service: str, operation: str) -> Withheld | None:
    """Why no setting lets an operation through, as far as its name tells; None where one can."""
    row = reviewed().get(service, {}).get(operation)
    if row is not None:
        match row.verdict:
            case "write" | "effect" | "credentials" as always:
                return always
            case _:
                return None
    if not reads(operation):
        return "write"
    if f"{service}:{operation}" in _READS_WITH_EFFECT:
        return "effect"
    return "credentials" if _NAMES_CREDENTIAL.fullmatch(operation) else None


def how_to_allow(service: str, operation: str) -> str:
    """The line of the settings that lets an operation through, and the file that it belongs in."""
    place = settings_dir() / USER_FILE
    return f'the user may allow it: [gateway] allow = ["{service}:{operation}"] in {place}'


def widened(names: Iterable[str], models: ServiceModels) -> frozenset[str]:
    """The names (`service:Operation`) that let something through which the table refuses.

    Raises `ConfigError` for a name that botocore does not know, and for what is never let through.
    """
    return frozenset(name for name in names if _is_widening(name, models))


def _is_widening(name: str, models: ServiceModels) -> bool:
    service, _, operation = name.partition(":")
    _refuse_unknown(name, service, operation, models)
    row = reviewed().get(service, {}).get(operation)
    if row is not None and row.passes:
        return False
    never = _why_never(service, operation, models)
    if never is not None:
        raise ConfigError(
            f"gateway.allow names {name}, which never passes: {WITHHELD_BECAUSE[never]}",
            hint="only reads can be allowed: remove it, and do it outside finops-repl",
        )
    if models.operation(service, operation).has_event_stream_output:
        raise ConfigError(
            f"gateway.allow names {name}, whose answer is an endless stream",
            hint="the gateway carries whole answers only: remove it",
        )
    return True


def _why_never(service: str, operation: str, models: ServiceModels) -> Withheld | None:
    """As `never_allowed`, and by what the answer holds as well."""
    never = never_allowed(service, operation)
    if never is None and _hands_out_credentials(models.operation(service, operation).output_shape):
        return "credentials"
    return never


def _refuse_unknown(name: str, service: str, operation: str, models: ServiceModels) -> None:
    services = models.index.entries
    if service not in services or not operation:
        close = nearest(service, services)
        meant = f"services like it: {', '.join(close)}; " if close and operation else ""
        raise ConfigError(
            f"gateway.allow names {name!r}, which is no operation of AWS",
            hint=f"{meant}write service:Operation in boto3's names, such as lambda:GetFunction",
        )
    known = models.service(service).operation_names

    def may_be(operation: str) -> bool:
        return _why_never(service, operation, models) is None

    if operation not in known:
        close = nearest(operation, [each for each in known if may_be(each)])
        raise ConfigError(
            f"gateway.allow names {name!r}, and {service} has no such operation",
            hint=f"did you mean {', '.join(close)}?" if close else "name each operation in full",
        )


def _hands_out_credentials(output: Any) -> bool:
    return any(_IS_CREDENTIAL.fullmatch(name) for name in _members(output, _CREDENTIAL_DEPTH))


def _members(shape: Any, depth: int) -> Iterator[str]:
    """The names of the fields so far below a shape; lists do not count as a level."""
    while shape is not None and shape.type_name == "list":
        shape = shape.member
    if shape is not None and shape.type_name == "structure" and depth:
        for name, member in shape.members.items():
            yield name
            yield from _members(member, depth - 1)
