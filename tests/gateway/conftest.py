"""A gateway over the small organisation, with its audit in a folder of the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Caller
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.trino.check import read_statement
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
    policy = ReadOnlyPolicy(read_statement)
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
