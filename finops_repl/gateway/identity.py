"""Whose credentials sign what leaves the gateway: the user's own session, and where it ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import ConfigError, ConnectionFailed
from finops_repl.gateway.renewal import renewal_of

if TYPE_CHECKING:
    from botocore.credentials import Credentials
    from botocore.session import Session

__all__ = ["AccessKeys", "Identity", "explained", "lasting_name"]


@dataclass(frozen=True, slots=True)
class AccessKeys:
    """An access key that stands in a file of the user's, named by `source`."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)
    source: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """A profile of the AWS command line (empty: what it would use), and a role to assume with it.

    `region` is where regional services are asked that nobody named a region for; empty leaves it
    to the profile. `keys` sign in the profile's stead. `origin` says who chose it, empty for
    nobody.
    """

    profile: str = ""
    role: str = ""
    region: str = ""
    keys: AccessKeys | None = None
    origin: str = ""

    def session(self, *, endpoint_url: str | None = None) -> Session:
        """botocore's session for it, its credentials found; they refresh themselves.

        A role is assumed at `endpoint_url` where one is given. Raises `ConfigError` for a profile
        that is not there or settings that cannot be read, `ConnectionFailed` where credentials
        cannot be had.
        """
        import botocore.exceptions
        import botocore.session

        session = botocore.session.Session(profile=self.profile or None)
        try:
            if self.region:
                session.set_config_variable("region", self.region)
            if self.keys:
                session.set_credentials(self.keys.key_id, self.keys.secret, self.keys.token or None)
            session.get_scoped_config()
            source = self._credentials(session)
        except botocore.exceptions.ProfileNotFound as error:
            known = ", ".join(session.available_profiles) or "none"
            raise ConfigError(
                f"there is no AWS profile {self.profile!r}", hint=f"profiles here: {known}"
            ) from error
        except botocore.exceptions.ConfigParseError as error:
            raise ConfigError(
                f"the AWS settings cannot be read: {error}",
                hint="mend ~/.aws/config or ~/.aws/credentials, or what AWS_CONFIG_FILE names",
            ) from error
        if self.role:
            _assume(session, source, self.role, endpoint_url)
        return session

    def _credentials(self, session: Session) -> Credentials | None:
        providers = session.get_component("credential_provider")
        providers.get_provider("assume-role")._prompter = _no_mfa
        try:
            found: Credentials | None = session.get_credentials()
        except (OSError, ValueError) as error:  # a credential_process that is not there, or no JSON
            raise ConnectionFailed(
                f"the credentials of the AWS profile {self.profile or 'default'!r} cannot be had:"
                f" {type(error).__name__}",
                hint=f"try: aws sts get-caller-identity; or {self.renewal}",
            ) from error
        return found

    @property
    def is_chosen(self) -> bool:
        """Whether anybody said who signs; else it is what botocore comes upon."""
        return bool(self.origin)

    @property
    def name(self) -> str:
        """What people call it: the profile's name, or where its keys stand."""
        return self.profile or (".env" if self.keys else "default")

    @property
    def renewal(self) -> str:
        """What renews it, by where its credentials come from."""
        if self.keys:
            return f"put keys that are valid into {self.keys.source}"
        return renewal_of(self.profile, by_environment=self.origin.startswith("AWS_ACCESS_KEY_ID"))


def lasting_name(arn: str) -> str:
    """Who an ARN of STS names, without the time of a start.

    Where a profile's role has no `role_session_name`, botocore makes one of the time.
    """
    return re.sub(r"/botocore-session-\d+$", "", arn)


def _no_mfa(_prompt: str) -> str:
    """botocore would ask in the middle of a call, where nobody sees it."""
    raise ConnectionFailed(
        "this AWS profile asks for an MFA code with every role",
        hint="use a profile of AWS SSO, or credentials of a session that has given its code",
    )


def _assume(
    session: Session, source: Credentials | None, role: str, endpoint_url: str | None
) -> None:
    from botocore.config import Config
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    if source is None:
        raise ConnectionFailed(
            "there are no AWS credentials to assume the role with",
            hint="choose --profile, or sign in with the AWS command line",
        )
    # As for every call: an endpoint of the environment may be a gateway's.
    config = Config(ignore_configured_endpoint_urls=True)  # type: ignore[call-arg]  # not in stubs
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(session.create_client, endpoint_url=endpoint_url),
        source_credentials=source,
        role_arn=role,
        extra_args={"RoleSessionName": "finops-repl"},
    )
    session.set_default_client_config(config)
    session._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # how botocore's own resolver sets them
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )


@contextmanager
def explained(identity: Identity, service: str) -> Iterator[None]:
    """Turn what botocore raises when AWS was not reached into a sentence that says what to do."""
    from xml.etree.ElementTree import ParseError

    import botocore.exceptions as failed
    from botocore.parsers import ResponseParserError

    signed_out: Any = (
        failed.NoCredentialsError,
        failed.PartialCredentialsError,
        failed.TokenRetrievalError,
        failed.SSOError,
    )
    try:
        yield
    except signed_out as error:
        raise ConnectionFailed(
            f"AWS does not know who we are: {error}", hint=identity.renewal
        ) from error
    except failed.CredentialRetrievalError as error:
        # Its text is what a program of the user's printed, and may hold what it was to keep.
        provider = error.kwargs.get("provider", "the profile")
        raise ConnectionFailed(
            f"AWS credentials could not be had from {provider}", hint=identity.renewal
        ) from error
    except (failed.ConnectionError, failed.HTTPClientError) as error:
        raise ConnectionFailed(
            f"{service} does not answer: {type(error).__name__}",
            hint="check the network, a proxy (HTTPS_PROXY), the region and aws.endpoint_url",
        ) from error
    except (ResponseParserError, ParseError) as error:  # a bucket's location is read aside
        raise ConnectionFailed(
            f"what answered for {service} is not AWS",
            hint="check for a proxy or a sign-in page of the network on the way",
        ) from error
    except failed.BotoCoreError as error:
        raise ConnectionFailed(
            f"{service} was not asked: {error}",
            hint=f"check the region and the AWS settings of {identity.name}",
        ) from error
