"""One build on a Docker engine, told line by line; what the engine's own errors become."""

from __future__ import annotations

import io
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from finops_repl.sandbox.docker_connect import engine_errors

if TYPE_CHECKING:
    import docker

__all__ = ["Progress", "run_build"]

Progress = Callable[[str], None]
"""Gets one line per step, without a line end."""

SILENCE_S = 900
"""The longest that a step of a build may print nothing."""
TAIL_LINES = 20
STEP = "==> "
REFUSAL = "==! "


def run_build(
    client: docker.DockerClient,
    tag: str,
    context: bytes,
    *,
    arguments: Mapping[str, str],
    progress: Progress,
    dockerfile: str = "Dockerfile",
    target: str | None = None,
    network: Literal["none"] | None = None,
) -> str | None:
    """Build an image; None when it is there, else why it is not.

    Lines of the build that begin with "==> " are progress, one with "==! " says why it ends;
    without one, the end of the output goes to `progress`. `target` names the stage to build (the
    last when None); `network` "none" lets no step reach anything. Raises `SandboxUnavailable`
    where the engine itself fails.
    """
    began = time.monotonic()
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    refusal = None
    with engine_errors():
        events: Iterator[dict[str, object]] = client.api.build(
            fileobj=io.BytesIO(context),
            custom_context=True,
            dockerfile=dockerfile,
            target=target,
            tag=tag,
            rm=True,
            forcerm=True,
            buildargs=dict(arguments),
            network_mode=network,
            timeout=SILENCE_S,
            decode=True,
        )
        for event in events:
            for text in str(event.get("stream", "")).splitlines():
                if text.strip():
                    tail.append(text.rstrip())
                if text.startswith(STEP):
                    progress(f"{time.monotonic() - began:4.0f} s  {text.removeprefix(STEP)}")
                if text.startswith(REFUSAL):
                    refusal = text.removeprefix(REFUSAL)
            if "error" in event:
                tail.append(str(event["error"]))
                if refusal is None:
                    for text in tail:
                        progress(text)
                return refusal or str(event["error"])
    progress(f"{time.monotonic() - began:4.0f} s  {tag} is ready")
    return None
