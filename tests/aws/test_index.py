"""Services are told apart without reading their models, and right for the installed botocore."""

from __future__ import annotations

import json
from pathlib import Path

import botocore
import pytest

from finops_repl.aws.wire import index
from finops_repl.aws.wire.index import load_index
from finops_repl.aws.wire.models import ServiceModels


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "finops-repl" / "wire" / f"services-{botocore.__version__}.json"


def test_index_agrees_with_every_tenth_whole_model() -> None:
    models = ServiceModels()
    names = models.loader.list_available_services("service-2")

    assert sorted(models.index.entries) == sorted(names)
    for name in sorted(names)[::10]:
        entry = models.index.entries[name]
        metadata = models.service(name).metadata
        assert entry.folder == models.loader.determine_latest_version(name, "service-2")
        assert entry.api_version == metadata["apiVersion"]
        assert entry.target_prefix == metadata.get("targetPrefix", "")
        assert entry.signing_name == metadata.get("signingName", metadata["endpointPrefix"])
        assert models.service(name).resolved_protocol in entry.protocols


def test_index_is_kept_and_read_again(cache: Path) -> None:
    first = load_index()
    kept = json.loads(cache.read_text())
    assert kept["schema"] == 1
    kept["services"] = kept["services"][:3]
    cache.write_text(json.dumps(kept))

    assert len(first.entries) > 400
    assert len(load_index().entries) == 3


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"schema": 99}', '{"schema": 1, "services": [{"name": "x"}]}']
)
def test_damaged_index_is_made_again(cache: Path, content: str) -> None:
    load_index()
    cache.write_text(content)

    assert len(load_index().entries) > 400
    assert len(load_index().entries) > 400


def test_service_that_bears_its_signing_name_comes_first() -> None:
    found = load_index()

    assert found.signed_as("rds")[0].name == "rds"
    assert found.signed_as("s3")[0].name == "s3"
    assert found.signed_as("no-such-service") == ()
    assert found.targeted("") == ()


def test_heads_longer_than_one_chunk_are_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load_index()
    monkeypatch.setattr(index, "HEAD_BYTES", 64)
    models = Path(botocore.__file__).parent / "data"

    entries = {entry.name: entry for entry in index.read_heads(models)}

    assert entries == whole.entries
