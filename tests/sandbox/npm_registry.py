"""An npm registry with one package, whose install script leaves a file behind."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "leaves-a-mark"
LEFT = "ran.txt"


@contextmanager
def npm_registry(address: str) -> Iterator[str]:
    """Its URL while it serves at the host's `address`."""
    script = f"node -e \"require('fs').writeFileSync('{LEFT}', '')\""
    manifest = {"name": NAME, "version": "1.0.0", "scripts": {"postinstall": script}}
    tarball = _tarball({"package.json": json.dumps(manifest), "index.js": "module.exports = 7;"})
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode()

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == f"/{NAME}":
                dist = {"tarball": f"{url}/{NAME}.tgz", "integrity": integrity}
                version = {**manifest, "dist": dist, "hasInstallScript": True}
                tags = {"latest": "1.0.0"}
                packument = {"name": NAME, "dist-tags": tags, "versions": {"1.0.0": version}}
                self._answer(json.dumps(packument).encode(), "application/json")
            else:
                self._answer(tarball, "application/octet-stream")

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test's output is npm's."""

    server = ThreadingHTTPServer((address, 0), Registry)
    url = f"http://{address}:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield url
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def _tarball(files: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()
