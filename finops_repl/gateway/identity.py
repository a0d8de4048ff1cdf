"""Whose credentials sign what leaves the gateway: the user's own session, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from finops_repl.base.errors import ConfigError, ConnectionFailed

if TYPE_CHECKING:
    from botocore.session import Session

__all__ = ["Identity", "explained"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A profile of the AWS command line (empty: what it would use), and a role to assume with it.

    `region` is where regional services are asked that nobody named a region for; empty leaves it
    to the profile.
    """

    profile: str = ""
    role: str = ""
    region: str = ""

    def session(self) -> Session:
        """botocore's session for it; its credentials refresh themselves, nothing is asked yet.

        Raises `ConfigError` for a profile that is not there.
        """
        import botocore.exceptions
        import botocore.session

        session = botocore.session.Session(profile=self.profile or None)
        try:
            if self.region:
                session.set_config_variable("region", self.region)
            session.get_scoped_config()
        except botocore.exceptions.ProfileNotFound as error:
            known = ", ".join(session.available_profiles) or "none"
            raise ConfigError(
                f"there is no AWS profile {self.profile!r}", hint=f"profiles here: {known}"
            ) from error
        if self.role:
            _assume(session, self.role)
        return session

    @property
    def sign_in(self) -> str:
        """The command that renews it."""
        profile = f" --profile {self.profile}" if self.profile else ""
        return f"aws sso login{profile}"


def _assume(session: Session, role: str) -> None:
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

    source = session.get_credentials()
    if source is None:
        raise ConnectionFailed(
            "there are no AWS credentials to assume the role with",
            hint="choose --profile, or sign in with the AWS command line",
        )
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=session.create_client,
        source_credentials=source,
        role_arn=role,
        extra_args={"RoleSessionName": "finops-repl"},
    )
    session._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]  # how botocore's own resolver sets them
        method="assume-role", refresh_using=fetcher.fetch_credentials
    )


@contextmanager
def explained(identity: Identity, service: str) -> Iterator[None]:
    """Turn what botocore raises when AWS was not reached into a sentence that says what to do."""
    import botocore.exceptions as failed
    from botocore.parsers import ResponseParserError

    signed_out: Any = (
        failed.NoCredentialsError,
        failed.PartialCredentialsError,
        failed.CredentialRetrievalError,
        failed.TokenRetrievalError,
        failed.SSOError,
    )
    try:
        yield
    except signed_out as error:
        raise ConnectionFailed(
            f"AWS does not know who we are: {error}", hint=f"sign in: {identity.sign_in}"
        ) from error
    except failed.HTTPClientError as error:
        raise ConnectionFailed(
            f"{service} does not answer: {type(error).__name__}",
            hint="check the network, a proxy (HTTPS_PROXY) and the region",
        ) from error
    except ResponseParserError as error:
        raise ConnectionFailed(
            f"what answered for {service} is not AWS",
            hint="check for a proxy or a sign-in page of the network on the way",
        ) from error
    except failed.BotoCoreError as error:
        raise ConnectionFailed(f"{service} was not asked: {error}") from error
