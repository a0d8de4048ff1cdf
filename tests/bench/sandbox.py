"""Our sandbox against what one would type without it: `docker run` and `docker exec`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.image import image_tag
from tests.bench.burst import IN_FLIGHT, JOBS, burst
from tests.bench.commands import docker_exec, docker_run, warm_container
from tests.bench.goals import Goal, print_goals
from tests.bench.ours import READY_S, cold_run, script
from tests.bench.rounds import Contestant, Figure, print_table, rounds, timed
from tests.bench.scripts import BOTO3, NODE_CLIENT, NODE_PRINT, PANDAS, PRINT
from tests.bench.tunnel import TAKE_BY_NODE, TAKE_BY_PYTHON, take

__all__ = ["bench_sandbox"]

POOL = 2
"""What a chat keeps ready by default."""

RUN_PRINT, RUN_BOTO3 = "docker run, Python print", "docker run, boto3 client"
EXEC_PRINT, EXEC_BOTO3 = "docker exec, Python print", "docker exec, boto3 client"
COLD = "ours cold to first result"
WARM_PRINT, WARM_BOTO3, WARM_PANDAS = "ours, Python print", "ours, boto3 client", "ours, pandas"
WARM_NODE, WARM_NODE_CLIENT = "ours, Node print", "ours, Node SDK client"
BY_PYTHON, BY_NODE = "by Python", "by Node"


def bench_sandbox(quick: bool) -> None:
    """Single runs, bursts and the tunnel, then the goals."""
    image = image_tag()
    with ExitStack() as stack:
        container = stack.enter_context(warm_container(image))
        pooled = _pooled(stack, image, POOL)
        singles = _singles(image, container, pooled, 5 if quick else 15)
        speeds = _speeds(pooled, 3 if quick else 15)
    with ExitStack() as stack:
        container = stack.enter_context(warm_container(image))
        _bursts(stack, image, container, 2 if quick else 5)
    print_goals(_goals(singles, speeds))


def _singles(
    image: str, container: str, ours: ContainerSandbox, count: int
) -> Mapping[str, Figure]:
    contestants = {
        RUN_PRINT: timed(docker_run(image, PRINT)),
        RUN_BOTO3: timed(docker_run(image, BOTO3)),
        EXEC_PRINT: timed(docker_exec(container, PRINT)),
        EXEC_BOTO3: timed(docker_exec(container, BOTO3)),
        COLD: timed(cold_run(image, PRINT, "python")),
        WARM_PRINT: timed(script(ours, PRINT, "python")),
        WARM_BOTO3: timed(script(ours, BOTO3, "python")),
        WARM_PANDAS: timed(script(ours, PANDAS, "python")),
        WARM_NODE: timed(script(ours, NODE_PRINT, "javascript")),
        WARM_NODE_CLIENT: timed(script(ours, NODE_CLIENT, "javascript")),
    }
    figures = _rounds(count, contestants, ours)
    print_table(f"one run at a time (interleaved; ours with a pool of {POOL})", figures)
    return figures


def _speeds(ours: ContainerSandbox, count: int) -> Mapping[str, Figure]:
    contestants: dict[str, Contestant] = {
        BY_PYTHON: take(ours, TAKE_BY_PYTHON, "python"),
        BY_NODE: take(ours, TAKE_BY_NODE, "javascript"),
    }
    figures = _rounds(count, contestants, ours)
    print_table("100 MB of an answer through the tunnel", figures, "MB/s")
    return figures


def _bursts(stack: ExitStack, image: str, container: str, count: int) -> None:
    unpooled = stack.enter_context(ContainerSandbox(DockerEngine(image=image)))
    usual, larger = _pooled(stack, image, POOL), _pooled(stack, image, IN_FLIGHT)
    contestants = {
        "docker run": timed(burst(docker_run(image, BOTO3))),
        "docker exec (runs not isolated)": timed(burst(docker_exec(container, BOTO3))),
        "ours without a pool": timed(burst(script(unpooled, BOTO3, "python"))),
        f"ours, pool of {POOL}": timed(burst(script(usual, BOTO3, "python"))),
        f"ours, pool of {IN_FLIGHT}": timed(burst(script(larger, BOTO3, "python"))),
    }
    figures = _rounds(count, contestants, usual, larger, uncounted=0)
    print_table(f"{JOBS} x boto3 client, {IN_FLIGHT} in flight (a container a run)", figures)


def _pooled(stack: ExitStack, image: str, pool: int) -> ContainerSandbox:
    ours = stack.enter_context(ContainerSandbox(DockerEngine(image=image), pool=pool))
    ours.prepare()
    return ours


def _rounds(
    count: int,
    contestants: Mapping[str, Contestant],
    *pooled: ContainerSandbox,
    uncounted: int = 1,
) -> dict[str, Figure]:
    def settle() -> None:
        for sandbox in pooled:
            if not sandbox.wait_ready(READY_S):
                raise SystemExit("our pool did not get ready")

    return rounds(count, contestants, settle=settle, uncounted=uncounted)


def _goals(singles: Mapping[str, Figure], speeds: Mapping[str, Figure]) -> list[Goal]:
    took = {name: figure.median for name, figure in singles.items()}
    run_print, run_boto3 = took[RUN_PRINT], took[RUN_BOTO3]
    return [
        Goal("warm Python print", took[WARM_PRINT], "at most", 25),
        Goal("warm Python print to docker run", took[WARM_PRINT] / run_print, "at most", 0.1, "x"),
        Goal("warm boto3 to docker run", took[WARM_BOTO3] / run_boto3, "at most", 0.05, "x"),
        Goal("warm Node print", took[WARM_NODE], "at most", 40),
        Goal("warm Node SDK client", took[WARM_NODE_CLIENT], "at most", 40),
        Goal("cold to first result", took[COLD], "at most", 600),
        Goal("cold to docker run", took[COLD] / run_print, "at most", 2, "x"),
        Goal("tunnel, Python", speeds[BY_PYTHON].median, "at least", 300, "MB/s"),
        Goal("tunnel, Node", speeds[BY_NODE].median, "at least", 300, "MB/s"),
    ]
