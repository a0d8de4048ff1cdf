"""No secret comes along with metadata: every field of every answer that passes is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from finops_repl.aws.call import Call
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.decision import Allow
from finops_repl.gateway.operations import REVIEWED
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.stripping import SECRET, without_secrets

HARMLESS = frozenset(
    {
        "AuthSecretArn",
        "AuthTokenEnabled",
        "AuthTokenLastModifiedDate",
        "AuthTokenStatus",
        "ClientPasswordAuthType",
        "EnvironmentInformation",
        "InternalUserDatabaseEnabled",
        "MasterPasswordSecretArn",
        "MasterPasswordSecretKmsKeyId",
        "MasterUserSecret",
        "PasswordCount",
        "PasswordLastUsed",
        "SecretArn",
        "SecretStatus",
        "SqlServerCredentials",
        "TargetEnvironment",
        "TdeCredentialArn",
        "UseExistingClientSecret",
        "UseLakeFormationCredentials",
        "secretOptions",
    }
)
"""Names that sound like a secret and hold none: states, dates, counts and where a secret lies."""
SOUNDS_SECRET = re.compile(
    r"environment|user_?data|password|secret|credential|private_?key|auth_?token|passphrase", re.I
)


def members(shape: Any, seen: set[str]) -> Iterator[str]:
    """The names of all fields below an output shape."""
    if shape.type_name == "structure" and shape.name not in seen:
        seen.add(shape.name)
        for name, member in shape.members.items():
            yield name
            yield from members(member, seen)
    elif shape.type_name == "list":
        yield from members(shape.member, seen)
    elif shape.type_name == "map":
        yield from members(shape.value, seen)


def test_every_field_that_sounds_like_a_secret_is_taken_out_or_reviewed() -> None:
    models, policy = ServiceModels(), ReadOnlyPolicy(lambda sql, _: sql)
    found: set[str] = set()
    for service in REVIEWED:
        model = models.service(service)
        for operation in model.operation_names:
            output = model.operation_model(operation).output_shape
            passes = isinstance(policy.decide(Call(service, operation, "us-east-1")), Allow)
            if output is not None and passes:
                found |= {name for name in members(output, set()) if SOUNDS_SECRET.search(name)}
    assert found - SECRET - HARMLESS == set()
    assert (SECRET | HARMLESS) - found == set()
    assert SECRET.isdisjoint(HARMLESS)


def test_secrets_go_at_any_depth_and_all_else_stays() -> None:
    answer = {
        "DBInstances": [
            {"PendingModifiedValues": {"MasterUserPassword": "pw", "AllocatedStorage": 20}}
        ],
        "Body": b"bytes",
    }
    assert without_secrets(answer) == {
        "DBInstances": [{"PendingModifiedValues": {"AllocatedStorage": 20}}],
        "Body": b"bytes",
    }
