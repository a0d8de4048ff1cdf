"""What is taken out of answers: secrets of metadata, and the credentials that AWS quotes."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["HARMLESS", "is_secret", "without_credentials", "without_secrets"]

_SOUNDS_SECRET = re.compile(
    r"^environment(_?variables|_?files)?$|user_?data|password|passphrase|secret|credential"
    r"|private_?key|pre_?shared|api_?key|(auth\w*|session|access|refresh|bearer|id)_?token"
    r"|signed_?ur[il]|manifest_?url|upload_?policy|^plaintext$",
    re.IGNORECASE,
)

_HOLDS_SECRET: Final = frozenset(
    {
        # What starts a container often names a password.
        "ContainerDefinition.command",
        "ContainerDefinition.entryPoint",
        "ContainerOverride.command",
        "HealthCheck.command",
        "ImageConfig.Command",
        "ImageConfig.EntryPoint",
        # Free text that AWS itself marks as sensitive.
        "ConnectionPoolConfigurationInfo.InitQuery",
        "OptionSetting.Value",
        # Links that bear a signature.
        "FunctionCodeLocation.Location",
        "LayerVersionContentOutput.Location",
        "SnapshotDetail.Url",
        "SnapshotTaskDetail.Url",
    }
)
"""Fields whose names tell nothing, by structure and member."""

HARMLESS: Final = frozenset(
    {
        "AuthSecretArn",
        "AuthTokenEnabled",
        "AuthTokenLastModifiedDate",
        "AuthTokenStatus",
        "AuthorizedTokenIssuerList",
        "ClientPasswordAuthType",
        "InternalUserDatabaseEnabled",
        "MasterPasswordSecretArn",
        "MasterPasswordSecretKmsKeyId",
        "MasterUserSecret",
        "PasswordCount",
        "PasswordLastUsed",
        "SecretArn",
        "SecretStatus",
        "SqlServerCredentials",
        "TdeCredentialArn",
        "UseExistingClientSecret",
        "UseLakeFormationCredentials",
        "bearerTokenAuthenticationEnabled",
        "secretOptions",
    }
)
"""Names that sound like a secret and hold none: states, dates, counts and where a secret lies."""


@functools.lru_cache(maxsize=8192)
def is_secret(structure: str, member: str) -> bool:
    """Whether a field is taken out; a test holds every output that passes against this."""
    if member in HARMLESS:
        return False
    return _SOUNDS_SECRET.search(member) is not None or f"{structure}.{member}" in _HOLDS_SECRET


def without_secrets(value: Any, shape: Any) -> Any:
    """The value of an answer of this botocore shape without its secrets, at any depth.

    Names in maps stay whatever they are: tags are a customer's own words.
    """
    if isinstance(value, Mapping) and shape is not None:
        if shape.type_name == "map":
            return {name: without_secrets(kept, shape.value) for name, kept in value.items()}
        return {
            name: without_secrets(kept, shape.members.get(name))
            for name, kept in value.items()
            if not is_secret(shape.name, name)
        }
    if isinstance(value, list) and shape is not None:
        return [without_secrets(item, shape.member) for item in value]
    return value


def without_credentials(text: str, credentials: Iterable[str | None]) -> str:
    """An error's text without these credentials.

    A signature that does not fit is answered with what AWS signed itself, session token included.
    Source: IAM User Guide, "Troubleshoot Signature Version 4 signing for AWS API requests".
    """
    for credential in credentials:
        if credential:
            text = text.replace(credential, "(not shown)")
    return text
