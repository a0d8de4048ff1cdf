"""The user's AWS account behind the gateway: each call is built anew, signed and sent for them.

Nothing of a script's request is forwarded. botocore makes a new one of the parsed parameters,
finds the endpoint by its own rule sets and signs with the user's session; what a script sent as
host, signature or header has no part in it.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future, wait
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.base.errors import ConnectionFailed
from finops_repl.gateway.identity import Identity, explained
from finops_repl.gateway.stripping import without_credentials, without_secrets

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

__all__ = ["HOME_REGIONS", "RealAccount"]

HOME_REGIONS: Final[Mapping[str, str]] = {
    "cost-optimization-hub": "us-east-1",
    "cur": "us-east-1",
    "globalaccelerator": "us-west-2",
    "health": "us-east-1",
    "pricing": "us-east-1",
    "trustedadvisor": "us-east-1",
}
"""Services that answer in one region, where botocore's rule sets do not say so. The others of
their kind (ce, budgets, organizations, ...) its rule sets send home by themselves."""

CONNECTIONS: Final = 32
MAX_BODY_BYTES: Final = 64 * 1024 * 1024
CANCEL_POLL_S: Final = 0.05


class RealAccount:
    """An upstream that asks AWS; any number of threads may use it.

    `endpoint_url` sends every service to one address instead, for a stand-in of AWS.
    """

    def __init__(self, identity: Identity, *, endpoint_url: str = "") -> None:
        self.identity = identity
        self._endpoint_url = endpoint_url or None
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._lock = threading.Lock()
        self._connections = threading.Semaphore(CONNECTIONS)

    @property
    def account(self) -> str:
        """The account's display name: its twelve digits, and the profile where one was chosen."""
        return f"{self.account_id} ({self.identity.profile or 'default'})"

    @cached_property
    def account_id(self) -> str:
        """The account that signs; the first look asks AWS, and raises `ConnectionFailed`."""
        answer = self.answer(
            Call("sts", "GetCallerIdentity", self.region), cancelled=threading.Event()
        )
        if isinstance(answer, Refusal):
            raise ConnectionFailed(
                f"AWS refuses these credentials: {answer.message}",
                hint=f"sign in: {self.identity.sign_in}",
            )
        return str(answer.fields["Account"])

    @property
    def region(self) -> str:
        """Where regional services are asked that nobody named a region for."""
        return self._session.get_config_variable("region") or "us-east-1"

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Ask AWS; what it refuses comes back in its own words.

        Gives up when `cancelled` is set: what was asked may still be answered, but to nobody.
        Raises `ConnectionFailed` where AWS was not reached or does not know the identity.
        """
        asked: Future[Answer] = Future()
        # The threads of an executor would be waited for at the end of the process.
        threading.Thread(
            target=self._ask_aside, args=(call, asked), name="aws", daemon=True
        ).start()
        while not wait((asked,), CANCEL_POLL_S).done:
            if cancelled.is_set():
                asked.cancel()
                return Refusal("RequestAborted", "the run was cancelled")
        return asked.result()

    def close(self) -> None:
        """Let go of every connection."""
        for client in self._clients.values():
            client.close()

    @cached_property
    def _session(self) -> Session:
        with explained(self.identity, "AWS"):
            return self.identity.session(endpoint_url=self._endpoint_url)

    def _ask_aside(self, call: Call, asked: Future[Answer]) -> None:
        with self._connections:
            if not asked.set_running_or_notify_cancel():
                return
            try:
                asked.set_result(self._ask(call))
            except BaseException as error:
                asked.set_exception(error)  # for whoever waits

    def _ask(self, call: Call) -> Answer:
        from botocore.exceptions import ClientError, ParamValidationError

        with explained(self.identity, call.service):
            client = self._client(call.service, call.region)
            try:
                fields = client._make_api_call(call.operation, dict(call.params))  # type: ignore[attr-defined]  # what each method of a client is
            except ClientError as error:
                return self._refusal(error)
            except ParamValidationError as error:
                return Refusal("ValidationException", str(error))
            return Result(_read(fields))

    def _refusal(self, error: Any) -> Refusal:
        """AWS's own words; a 5xx, which botocore has tried again already, becomes a 400."""
        told = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400))
        message = str(told.get("Message", ""))
        if (found := self._session.get_credentials()) is not None:
            signer = found.get_frozen_credentials()
            message = without_credentials(
                message, (signer.access_key, signer.secret_key, signer.token)
            )
        code = str(told.get("Code", "RequestFailed"))
        return Refusal(code, message, status if 400 <= status < 500 else 400)

    def _client(self, service: str, region: str) -> BaseClient:
        place = HOME_REGIONS.get(service, region)
        with self._lock:
            known = self._clients.get((service, place))
            if known is None:
                known = self._clients[service, place] = self._make_client(service, place)
            return known

    def _make_client(self, service: str, region: str) -> BaseClient:
        from botocore.config import Config

        if region not in self._known_regions:
            raise ConnectionFailed(
                f"there is no region {region!r} in this partition of AWS",
                hint="name a region such as us-east-1",
            )
        # An endpoint of the environment may be a gateway's: simulated figures for real ones.
        config = Config(
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # the stubs lack it
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=CONNECTIONS,
            retries={"mode": "standard", "total_max_attempts": 3},
            user_agent_extra="finops-repl",
        )
        client: BaseClient = self._session.create_client(
            service, region_name=region, endpoint_url=self._endpoint_url, config=config
        )
        return client

    @cached_property
    def _known_regions(self) -> frozenset[str]:
        partition = self._session.get_partition_for_region(self.region)
        return frozenset(self._session.get_available_regions("ec2", partition))


def _read(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The result without secrets and what botocore adds, a streaming body read to its end."""
    result: dict[str, Any] = without_secrets(fields)
    result.pop("ResponseMetadata", None)
    for name, value in result.items():
        if hasattr(value, "read"):
            with closing(value):  # one that is not read to its end would keep its connection
                body = value.read(MAX_BODY_BYTES + 1)
            if len(body) > MAX_BODY_BYTES:
                raise ConnectionFailed(
                    f"the object is larger than {MAX_BODY_BYTES >> 20} MB",
                    hint="read it in ranges, or query it in Athena",
                )
            result[name] = body
    return result
