"""The images that peers get: ours, with the least that each needs to run at all.

Both start from our sandbox image and change its metadata: the root user (as in the peers' own
images), no entrypoint, a command that waits, `python` as a name for `python3`, and SIGKILL as the
stop signal, since their containers otherwise take 10 s to stop. The second also holds a Jupyter
kernel and its gateway.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.peers.environments import kernel_packages
from tests.peers.pins import KERNEL

if TYPE_CHECKING:
    import docker

__all__ = ["LABEL", "with_kernel", "with_python"]

LABEL = "finops-repl.peers"

PLAIN = f"""
FROM {{image}}
LABEL {LABEL}=1
USER root
ENTRYPOINT []
CMD ["sleep", "infinity"]
STOPSIGNAL SIGKILL
# Where llm-sandbox's pooled sessions look for an interpreter that they otherwise make by venv.
RUN ln -s /usr/bin/python3 /usr/local/bin/python \\
    && mkdir -p /sandbox/.sandbox-venv/bin \\
    && ln -s /usr/bin/python3 /sandbox/.sandbox-venv/bin/python
"""
KERNEL_TOO = (
    PLAIN
    + """
COPY kernel /opt/kernel
# Behind our packages on the path, so that boto3 and what it needs are the same everywhere.
RUN echo /opt/kernel > /usr/local/lib/python3.13/dist-packages/kernel.pth
RUN python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/kernel \\
    || true # templates among the packages are no Python
ENV JUPYTER_RUNTIME_DIR=/tmp/jupyter IPYTHONDIR=/tmp/ipython
EXPOSE 8888
CMD ["python3", "-m", "kernel_gateway", "--KernelGatewayApp.ip=0.0.0.0", \\
     "--KernelGatewayApp.port=8888"]
"""
)


def with_python(client: docker.DockerClient, image: str) -> str:
    """The image for tools that start Python themselves; its tag."""
    return _built(client, image, PLAIN, {})


def with_kernel(client: docker.DockerClient, image: str) -> str:
    """The image for tools that speak to a Jupyter kernel; its tag."""
    return _built(client, image, KERNEL_TOO, {"kernel": kernel_packages()}, *KERNEL)


def _built(
    client: docker.DockerClient, image: str, recipe: str, folders: dict[str, Path], *pins: str
) -> str:
    import docker.errors

    recipe = recipe.format(image=image)
    digest = hashlib.sha256("\0".join((recipe, *pins)).encode()).hexdigest()[:12]
    tag = f"finops-repl-peers:{digest}"
    try:
        client.images.get(tag)
    except docker.errors.ImageNotFound:
        with tempfile.TemporaryDirectory() as context:
            (Path(context) / "Dockerfile").write_text(recipe)
            for name, folder in folders.items():
                shutil.copytree(folder, Path(context) / name, symlinks=True)
            client.images.build(path=context, tag=tag, network_mode="none", rm=True, forcerm=True)
    return tag
