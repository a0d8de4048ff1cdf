"""Docker contexts as the docker command writes them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path


def write_context(
    config: Path, name: str, host: str, *, skips_verify: bool = False, current: bool = False
) -> Path:
    """Make a context in Docker's configuration folder; returns the folder for its TLS files."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = config / "contexts" / "meta" / digest / "meta.json"
    meta.parent.mkdir(parents=True)
    endpoint = {"Host": host, "SkipTLSVerify": skips_verify}
    meta.write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))
    if current:
        (config / "config.json").write_text(json.dumps({"currentContext": name}))
    return config / "contexts" / "tls" / digest / "docker"
