"""Where the time of one run of ours goes, phase by phase, cold and warm."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.image import image_tag
from finops_repl.sandbox.port import Language
from tests.bench.ours import READY_S, run_once
from tests.bench.scripts import BOTO3, NODE_PRINT, PRINT
from tests.bench.watched_box import WatchedEngine

__all__ = ["bench_phases"]

ORDER = (
    "start begun",
    "container runs",
    "ready",
    "ordered",
    "started",
    "printed",
    "ended",
    "done",
    "kill begun",
    "killed",
    "result",
)
SCRIPTS: tuple[tuple[str, str, Language], ...] = (
    ("Python print", PRINT, "python"),
    ("boto3 client", BOTO3, "python"),
    ("Node print", NODE_PRINT, "javascript"),
)


def bench_phases(quick: bool) -> None:
    """Milliseconds from the call to each event; an event before the call shows as nothing."""
    count = 5 if quick else 15
    for pool, title in ((0, "cold"), (2, "warm")):
        engine = WatchedEngine(DockerEngine(image=image_tag()))
        with ContainerSandbox(engine, pool=pool) as sandbox:
            sandbox.prepare()
            taken = {
                name: list(_runs(sandbox, engine, count, code, language))
                for name, code, language in SCRIPTS
            }
        _print(f"phases of a {title} run: ms from the call, median of {count}", taken)


def _runs(
    sandbox: ContainerSandbox, engine: WatchedEngine, count: int, code: str, language: Language
) -> Iterator[Mapping[str, float]]:
    data = Path(tempfile.mkdtemp())
    for number in range(count + 1):
        if not sandbox.wait_ready(READY_S):
            raise SystemExit("our pool did not get ready")
        before = {id(box) for box in engine.boxes if "ordered" in box.marks}
        began = time.perf_counter()
        run_once(sandbox, code, language, data)
        ended = time.perf_counter()
        used = [box for box in engine.boxes if "ordered" in box.marks and id(box) not in before]
        if number:
            marks = used[0].marks | {"result": ended}
            yield {name: (at - began) * 1_000 for name, at in marks.items() if at >= began}


def _print(title: str, taken: Mapping[str, list[Mapping[str, float]]]) -> None:
    print(f"\n{title}")
    print(f"  {'':<16}" + "".join(f"{name:>16}" for name in taken))
    for event in ORDER:
        cells = []
        for runs in taken.values():
            values = [run[event] for run in runs if event in run]
            cells.append(f"{median(values):>16.1f}" if values else f"{'-':>16}")
        print(f"  {event:<16}" + "".join(cells), flush=True)
