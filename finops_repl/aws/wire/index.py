"""Which services there are, under which names they are signed, and how their requests name them.

Reading the models of all services takes 5 s; only the `metadata` block at the head of each file
is needed to tell services apart, and unpacking that much of each takes 0.15 s. The result is
cached by botocore version.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finops_repl.base.errors import DamagedFile
from finops_repl.base.files import read_versioned, write_versioned
from finops_repl.base.places import cache_dir

__all__ = ["ServiceEntry", "ServiceIndex", "load_index", "read_heads"]

SCHEMA = 1
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A service's names on the wire; `folder` is its newest model's version in botocore."""

    name: str
    folder: str
    api_version: str
    signing_name: str
    target_prefix: str
    protocols: tuple[str, ...]


class ServiceIndex:
    """Looks services up by what a request carries."""

    def __init__(self, entries: Iterable[ServiceEntry]) -> None:
        self.entries = {entry.name: entry for entry in entries}
        self._signed: dict[str, tuple[ServiceEntry, ...]] = {}
        self._targeted: dict[str, tuple[ServiceEntry, ...]] = {}
        self._versioned: dict[str, tuple[ServiceEntry, ...]] = {}
        # The service that bears a signing name itself comes before its siblings.
        for e in sorted(self.entries.values(), key=lambda e: (e.name != e.signing_name, e.name)):
            _add(self._signed, e.signing_name, e)
            _add(self._targeted, e.target_prefix, e)
            if {"query", "ec2"} & set(e.protocols):
                _add(self._versioned, e.api_version, e)

    def signed_as(self, signing_name: str) -> tuple[ServiceEntry, ...]:
        """The services of one signing name; the one that bears the name itself comes first."""
        return self._signed.get(signing_name, ())

    def targeted(self, prefix: str) -> tuple[ServiceEntry, ...]:
        """The services whose `X-Amz-Target` (or CBOR path) begins with `prefix`."""
        return self._targeted.get(prefix, ()) if prefix else ()

    def versioned(self, api_version: str) -> tuple[ServiceEntry, ...]:
        """The form-speaking services (query, EC2) of one API version."""
        return self._versioned.get(api_version, ())


def _add(groups: dict[str, tuple[ServiceEntry, ...]], name: str, entry: ServiceEntry) -> None:
    groups[name] = (*groups.get(name, ()), entry)


def load_index() -> ServiceIndex:
    """The index of the installed botocore, from the cache or from the heads of its models."""
    import botocore  # a light package; its version names the cache file

    path = cache_dir("wire") / f"services-{botocore.__version__}.json"
    try:
        rows = read_versioned(path, SCHEMA)["services"]
        return ServiceIndex(ServiceEntry(**{**r, "protocols": tuple(r["protocols"])}) for r in rows)
    except (FileNotFoundError, DamagedFile, KeyError, TypeError):
        pass  # it is a cache: made again below
    entries = tuple(read_heads(Path(botocore.__file__).parent / "data"))
    rows = [asdict(entry) for entry in entries]
    write_versioned(path, SCHEMA, {"services": rows}, mode=0o600)
    return ServiceIndex(entries)


def read_heads(models: Path) -> Iterator[ServiceEntry]:
    """Every service below botocore's `data` folder, from the head of its newest model."""
    for service in sorted(models.iterdir()):
        found = sorted(service.glob("*/service-2.json.gz")) if service.is_dir() else []
        if not found:
            continue
        newest = found[-1]
        metadata = _metadata(newest)
        protocol = metadata["protocol"]
        yield ServiceEntry(
            name=service.name,
            folder=newest.parent.name,
            api_version=metadata["apiVersion"],
            signing_name=metadata.get("signingName") or metadata["endpointPrefix"],
            target_prefix=metadata.get("targetPrefix", ""),
            protocols=tuple(metadata.get("protocols") or (protocol,)),
        )


def _metadata(path: Path) -> dict[str, Any]:
    """The `metadata` object of a model, unpacking no more of the file than it takes."""
    unpacker = zlib.decompressobj(wbits=31)
    text = ""
    with path.open("rb") as packed:
        while chunk := packed.read(HEAD_BYTES):
            text += unpacker.decompress(chunk).decode("utf-8", errors="ignore")
            start = text.find('"metadata"')
            if start < 0:
                continue
            try:
                found, _ = json.JSONDecoder().raw_decode(text, text.index("{", start))
            except ValueError:
                continue  # the block goes on in the next chunk
            return dict(found)
    raise DamagedFile(f"{path} has no metadata", hint="reinstall botocore")
