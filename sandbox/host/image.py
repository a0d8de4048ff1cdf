"""Makes sure that the engine has the sandbox image, and makes a base for it where it must.

`finops-repl sandbox build` does the same but for the base: only this, as root on Debian or
Ubuntu, makes one from packages where no image registry answers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.docker_connect import connect
from finops_repl.sandbox.docker_images import build_image, find_base, find_image, import_base
from finops_repl.sandbox.image import image_tag

if TYPE_CHECKING:
    import docker


def main() -> int:
    try:
        client = connect()
        if not find_image(client, image_tag()):
            base = find_base(client, show) or make_base(client)
            show("Building the sandbox image")
            build_image(client, base=base, progress=show)
    except SandboxUnavailable as error:
        print(f"finops-repl set-up: {error}", file=sys.stderr)
        return 1
    return 0


def show(line: str) -> None:
    print(line, flush=True)


def make_base(client: docker.DockerClient) -> str | None:
    """A base made from packages, or None where this machine cannot make one."""
    if os.getuid() != 0 or not shutil.which("apt-get"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "trixie.tar"
        made = subprocess.run(["sh", Path(__file__).with_name("base.sh"), root], check=False)
        if made.returncode != 0:
            raise SystemExit(1)  # base.sh has said why
        with root.open("rb") as tar:
            return import_base(client, tar)


if __name__ == "__main__":
    sys.exit(main())
