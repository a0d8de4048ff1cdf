"""A gateway over the small organisation, with its audit in a folder of the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Caller
from finops_repl.aws.http import WireRequest
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.trino.check import statement_problem
from tests.gateway.organisation import SmallOrganisation

ReadAudit = Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="session")
def models() -> ServiceModels:
    return ServiceModels()


@pytest.fixture
def organisation() -> SmallOrganisation:
    return SmallOrganisation()


@pytest.fixture
def audit_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "audit"
    folder.mkdir()
    return folder


@pytest.fixture
def gateway(organisation: SmallOrganisation, audit_folder: Path, models: ServiceModels) -> Gateway:
    policy = ReadOnlyPolicy(statement_problem)
    return Gateway(organisation, policy, AuditLog(audit_folder), models=models)


@pytest.fixture
def caller() -> Caller:
    return Caller(session="s1", run="r1", user="ana", script_sha256="0" * 64)


@pytest.fixture
def audited(audit_folder: Path) -> ReadAudit:
    def read() -> list[dict[str, Any]]:
        files = sorted(audit_folder.iterdir())
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]

    return read


def signed(service: str, *, region: str = "us-east-1") -> tuple[str, str]:
    """An Authorization header as dummy keys make it; the sandbox's door verifies none."""
    scope = f"AKIAEXAMPLE/20260101/{region}/{service}/aws4_request"
    return (
        "Authorization",
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    )


def json_request(service: str, target: str, params: object, *extra: tuple[str, str]) -> WireRequest:
    """A request of the JSON protocol."""
    headers = (
        ("Host", "127.0.0.1:4321"),
        ("Content-Type", "application/x-amz-json-1.1"),
        ("X-Amz-Target", target),
        signed(service),
        *extra,
    )
    return WireRequest("POST", "/", headers, json.dumps(params).encode())


def form_request(service: str, form: str, *extra: tuple[str, str]) -> WireRequest:
    """A request of the query or EC2 protocol."""
    headers = (
        ("Host", "127.0.0.1:4321"),
        ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
        signed(service),
        *extra,
    )
    return WireRequest("POST", "/", headers, form.encode())


def rest_request(
    service: str, method: str, target: str, *extra: tuple[str, str], body: bytes = b""
) -> WireRequest:
    """A request of the REST protocols."""
    return WireRequest(method, target, (("Host", "127.0.0.1"), signed(service), *extra), body)
