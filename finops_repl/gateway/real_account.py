"""The user's AWS account behind the gateway: each call is built anew, signed and sent for them.

Nothing of a script's request is forwarded. botocore makes a new one of the parsed parameters,
finds the endpoint by its own rule sets and signs with the user's session; what a script sent as
host, signature or header has no part in it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future, wait
from contextlib import closing
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from finops_repl.aws.call import CANCELLED, Answer, Call, Refusal, Result
from finops_repl.base.errors import ConnectionFailed
from finops_repl.gateway.body_room import BodyRoom
from finops_repl.gateway.explanations import explained_refusal, explanation
from finops_repl.gateway.identity import Identity, explained, lasting_name
from finops_repl.gateway.regions import Regions
from finops_repl.gateway.stripping import without_credentials, without_secrets

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.session import Session

__all__ = ["RealAccount"]

CONNECTIONS: Final = 32
CLIENTS_KEPT: Final = 64
MAX_BODY_BYTES: Final = 64 * 1024 * 1024
PIECE_BYTES: Final = 1024 * 1024
CANCEL_POLL_S: Final = 0.05


class RealAccount:
    """An upstream that asks AWS; any number of threads may use it.

    `endpoint_url` sends every service to one address instead, for a stand-in of AWS.
    """

    def __init__(self, identity: Identity, *, endpoint_url: str = "") -> None:
        self.identity = identity
        self._endpoint_url = endpoint_url or None
        self._clients: OrderedDict[tuple[str, str], BaseClient] = OrderedDict()
        self._lock = threading.Lock()
        self._connections = threading.Semaphore(CONNECTIONS)
        self._bodies = BodyRoom()

    @property
    def account(self) -> str:
        """The account's display name: its twelve digits, and the profile where one was chosen."""
        return f"{self.account_id} ({self.identity.name})"

    @property
    def account_id(self) -> str:
        """The account that signs; the first look asks AWS, and raises `ConnectionFailed`."""
        return str(self._caller["Account"])

    @property
    def principal(self) -> str:
        """The ARN of who signs, the same for every start; asks AWS as `account_id` does."""
        return lasting_name(str(self._caller["Arn"]))

    @cached_property
    def _caller(self) -> Mapping[str, Any]:
        answer = self._wait_for(Call("sts", "GetCallerIdentity", self.region), threading.Event())
        if isinstance(answer, Refusal):
            renewal = self.identity.renewal
            told = explanation("sts", answer.code, answer.message, renewal=renewal)
            raise ConnectionFailed(
                f"AWS refuses these credentials: {answer.message or answer.code}",
                hint=str(told) if told else renewal,
            )
        return answer.fields

    @property
    def region(self) -> str:
        """Where regional services are asked that nobody named a region for."""
        return self._session.get_config_variable("region") or "us-east-1"

    @property
    def regions(self) -> frozenset[str]:
        """The regions of the account's partition, by botocore's own list."""
        return self._regions.known

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Ask AWS; what it refuses comes back in its own words, with what they mean behind them.

        Gives up when `cancelled` is set: what was asked may still be answered, but to nobody.
        Raises `ConnectionFailed` where AWS was not reached or does not know the identity.
        """
        answer = self._wait_for(call, cancelled)
        if isinstance(answer, Refusal):
            return explained_refusal(call.service, answer, self.identity)
        return answer

    def close(self) -> None:
        """Let go of every connection."""
        for client in self._clients.values():
            client.close()

    def _wait_for(self, call: Call, cancelled: threading.Event) -> Answer:
        asked: Future[Answer] = Future()
        # The threads of an executor would be waited for at the end of the process.
        threading.Thread(
            target=self._ask_aside, args=(call, asked, cancelled), name="aws", daemon=True
        ).start()
        while not wait((asked,), CANCEL_POLL_S).done:
            if cancelled.is_set():
                asked.cancel()
                return CANCELLED
        return asked.result()

    @cached_property
    def _session(self) -> Session:
        with explained(self.identity, "AWS"):
            return self.identity.session(endpoint_url=self._endpoint_url)

    @cached_property
    def _regions(self) -> Regions:
        return Regions(self._session, self.region)

    def _ask_aside(self, call: Call, asked: Future[Answer], cancelled: threading.Event) -> None:
        with self._connections:
            if not asked.set_running_or_notify_cancel():
                return
            try:
                asked.set_result(self._ask(call, cancelled))
            except BaseException as error:
                asked.set_exception(error)  # for whoever waits

    def _ask(self, call: Call, cancelled: threading.Event) -> Answer:
        from botocore.exceptions import ClientError, ParamValidationError

        with explained(self.identity, call.service):
            client = self._client(call.service, call.region)
            try:
                fields = client._make_api_call(call.operation, dict(call.params))  # type: ignore[attr-defined]  # what each method of a client is
            except ClientError as error:
                return self._refusal(error)
            except ParamValidationError as error:
                return Refusal("ValidationException", str(error))
            output = client.meta.service_model.operation_model(call.operation).output_shape
            return self._read(fields, output, cancelled)

    def _read(self, fields: Mapping[str, Any], output: Any, cancelled: threading.Event) -> Answer:
        """The result without secrets and what botocore adds, a streaming body read to its end."""
        result: dict[str, Any] = without_secrets(fields, output)
        result.pop("ResponseMetadata", None)
        for name, value in result.items():
            if not hasattr(value, "read"):
                continue
            with closing(value):  # one that is not read to its end would keep its connection
                size = result.get("ContentLength", MAX_BODY_BYTES)
                if size > MAX_BODY_BYTES:
                    raise _too_large()
                with self._bodies.of(size, cancelled) as there_is_room:
                    body = _body(value, cancelled) if there_is_room else None
            if body is None:
                return CANCELLED
            result[name] = body
        return Result(result)

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
        place = self._regions.place(service, region)
        with self._lock:
            known = self._clients.get((service, place))
            if known is None:
                known = self._clients[service, place] = self._make_client(service, place)
            self._clients.move_to_end((service, place))
            while len(self._clients) > CLIENTS_KEPT:
                _, longest_unused = self._clients.popitem(last=False)
                longest_unused.close()  # a call that it has under way is still answered
            return known

    def _make_client(self, service: str, region: str) -> BaseClient:
        from botocore.config import Config

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


def _body(stream: Any, cancelled: threading.Event) -> bytes | None:
    """A body to its end, piece by piece; None where nobody waits for it any more."""
    body = bytearray()
    while piece := stream.read(PIECE_BYTES):
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if cancelled.is_set():
            return None
    return bytes(body)


def _too_large() -> ConnectionFailed:
    return ConnectionFailed(
        f"the object is larger than {MAX_BODY_BYTES >> 20} MB",
        hint="read it in ranges, or query it in Athena",
    )
