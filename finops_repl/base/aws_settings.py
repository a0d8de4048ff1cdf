"""What a user says of their AWS account: who asks, and where the bill lies there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from finops_repl.base.errors import ConfigError, InputError
from finops_repl.base.s3_place import S3Place
from finops_repl.base.setting_values import names_listed

__all__ = ["PROFILE_VARIABLES", "PROVIDER_VARIABLES", "AwsSettings"]

PROVIDER_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
"""By which an environment names credentials that botocore finds by itself."""
PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""As botocore ranks them."""

ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+")
ENDPOINT = re.compile(r"https?://[\w.\[\]:-]+(/\S*)?")


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """Everything empty leaves it to the AWS command line's own settings, or to Athena.

    `bill` is `database.table` of the bill in Athena, `output` (`s3://bucket/prefix/`) where its
    results are written, `exports` the places whose objects may be read besides them.
    `bill_profile`, `bill_role` and `bill_region` say who asks for the bill and where, when that is
    not who asks for everything else. `endpoint_url` sends every call to a stand-in of AWS.
    """

    profile: str = ""
    role: str = ""
    region: str = ""
    bill: str = ""
    workgroup: str = ""
    output: str = ""
    exports: tuple[str, ...] = ()
    bill_profile: str = ""
    bill_role: str = ""
    bill_region: str = ""
    endpoint_url: str = ""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> AwsSettings:
        """The settings named `aws.*`; raises `ConfigError` for one that cannot be meant."""
        given = {name: str(values.get(f"aws.{name}") or "") for name in cls.__slots__}
        exports = names_listed("aws.exports", values, such_as="s3://bucket/prefix/")
        places = [("output", given["output"])] if given["output"] else []
        for name, place in (*places, *(("exports", each) for each in exports)):
            try:
                S3Place.of(place)
            except InputError as error:
                raise ConfigError(f"aws.{name} is {place!r}", hint=error.hint) from error
        for name in ("role", "bill_role"):
            if given[name] and not ROLE.fullmatch(given[name]):
                raise ConfigError(
                    f"aws.{name} is {given[name]!r}, which is no role",
                    hint="give its ARN: arn:aws:iam::123456789012:role/NAME",
                )
        if given["endpoint_url"] and not ENDPOINT.fullmatch(given["endpoint_url"]):
            raise ConfigError(
                f"aws.endpoint_url is {given['endpoint_url']!r}",
                hint="give a URL: http://127.0.0.1:5000; without one, AWS itself is asked",
            )
        if given["bill"] and given["bill"].count(".") != 1:
            raise ConfigError(
                f"aws.bill is {given['bill']!r}", hint="give database.table as Athena names it"
            )
        return cls(**{**given, "exports": exports})  # type: ignore[arg-type]  # names are the slots

    @property
    def readable_places(self) -> tuple[str, ...]:
        """Whose objects may be read: results of queries, and exports of the bill."""
        return (self.output, *self.exports) if self.output else self.exports
