"""What runs a Python script: waits for the order, runs the code as __main__, leaves as Python does.

Tracebacks show the script's own lines alone; nothing of this file is in them.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import gc
import importlib
import io
import json
import linecache
import os
import sys
import threading
import types
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

DATA = "/work/data"
SCRIPT = "script.py"
FIGURE_FD = 3
FIGURE_BYTES = 4096
MAX_FIGURES = 200
LOADED_EARLY = ("boto3", "csv", "datetime", "decimal", "pandas")
"""What a warm interpreter imports while it waits."""
CLIENTS_EARLY = ("ce", "athena", "ec2", "cloudwatch", "cloudtrail", "s3")
"""Clients made once while it waits: boto3's default session keeps their models."""


class Figures:
    """The declared figures of one run: `figure(...)` as the script calls it."""

    def __init__(self) -> None:
        self._declared = 0

    def figure(self, value: Any, unit: str, label: str, **pedigree: Any) -> None:
        """Declare a result, so that an answer can cite it: figure(12.5, "USD", "EC2 excess")."""
        try:
            exact = Decimal(str(value))
        except InvalidOperation:
            exact = Decimal("NaN")
        if not exact.is_finite():
            raise ValueError(f"figure() takes a number as its value, not {value!r}")
        said = {name: str(item) for name, item in pedigree.items() if item is not None}
        fields = said | {"value": f"{exact:f}", "unit": str(unit), "label": str(label)}
        line = json.dumps(fields).encode() + b"\n"
        if len(line) > FIGURE_BYTES:
            raise ValueError(f"a figure takes at most {FIGURE_BYTES} bytes with its pedigree")
        if self._declared >= MAX_FIGURES:
            raise ValueError(f"a script declares at most {MAX_FIGURES} figures")
        self._declared += 1
        os.write(FIGURE_FD, line)  # a pipe takes a line of this size whole, or waits


def no_input(_prompt: object = "") -> NoReturn:
    """input(), where nobody sits at a keyboard."""
    raise EOFError("input() has nobody to ask: give the script its values in `params`")


def main() -> NoReturn:
    """Wait for the order, run it, leave with the exit code that Python itself would leave with."""
    order = _order()
    script = _as_main(order)
    _leave(script, _run(order, script))


def _as_main(order: dict[str, Any]) -> dict[str, Any]:
    """The names of a new __main__, with what scripts are given."""
    code: str = order["code"]
    sys.argv = [SCRIPT]
    sys.path[0] = os.getcwd()
    lines = code.splitlines(keepends=True)
    linecache.cache[SCRIPT] = (len(code), None, lines, SCRIPT)
    builtins.input = no_input
    module = types.ModuleType("__main__")
    module.__dict__.update(
        __file__=SCRIPT,
        __builtins__=builtins,
        params=order["params"],
        bill=order["bill"],
        DATA_DIR=Path(DATA),
        figure=Figures().figure,
    )
    sys.modules["__main__"] = module
    return module.__dict__


def _run(order: dict[str, Any], script: dict[str, Any]) -> int:
    """Run the script to its end; its exit code."""
    try:
        exec(compile(order["code"], SCRIPT, "exec", dont_inherit=True), script)  # noqa: S102 - the job
    except SystemExit as leaving:
        return _exit_code(leaving.code)
    except BaseException as error:
        _without_these_frames(error, set())
        sys.excepthook(type(error), error, error.__traceback__)
        _say_what_there_is(error, order["listing"])
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _order() -> dict[str, Any]:
    order_fd = int(os.environ.pop("FINOPS_ORDER"))
    os.set_inheritable(FIGURE_FD, False)
    os.set_inheritable(order_fd, False)
    if os.environ.pop("FINOPS_WARM"):
        _warm_up()
    os.close(int(os.environ.pop("FINOPS_READY")))
    with os.fdopen(order_fd, "rb") as pipe:
        received = pipe.read()
    if not received:
        raise SystemExit(0)  # prepared, and not needed
    order: dict[str, Any] = json.loads(received)
    return order


def _warm_up() -> None:
    """Load what most scripts need, and keep it out of the garbage collector's sight.

    What is not frozen is searched when the script ends: measured, half a second.
    """
    gc.disable()
    for module in LOADED_EARLY:
        importlib.import_module(module)
    boto3: Any = sys.modules["boto3"]
    for service in CLIENTS_EARLY:
        boto3.client(service)
    gc.freeze()
    gc.enable()


def _leave(script: dict[str, Any], exit_code: int) -> NoReturn:
    """End as Python ends, but for taking apart what was imported: measured, 40 ms to half a second.

    The duties are those of `Py_FinalizeEx` in its order: threads are waited for, atexit's functions
    run, the script's own objects go, and whatever is open is flushed. Daemon threads, which Python
    stops at this point, cannot be stopped from here: while one runs, the names that it may use
    stay. Python's own child processes leave in this way too (multiprocessing,
    `BaseProcess._bootstrap`).
    """
    threading._shutdown()  # type: ignore[attr-defined]  # what Py_FinalizeEx itself calls
    atexit._run_exitfuncs()
    if threading.active_count() == 1:
        for name in [name for name in script if name != "__builtins__"]:
            script[name] = None
        gc.collect()
    for each in [sys.stdout, sys.stderr, *gc.get_objects()]:
        if issubclass(type(each), io.IOBase):
            with contextlib.suppress(OSError, ValueError):  # closed, or read alone
                each.flush()
    os._exit(exit_code)


def _exit_code(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _without_these_frames(error: BaseException | None, seen: set[int]) -> None:
    """Take this file's frames out of the traceback, and of all that led to the error."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    kept = []
    entry = error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename != __file__:
            kept.append(entry)
        entry = entry.tb_next
    following = None
    for entry in reversed(kept):
        following = types.TracebackType(following, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    error.__traceback__ = following
    _without_these_frames(error.__cause__, seen)
    _without_these_frames(error.__context__, seen)


def _say_what_there_is(error: BaseException, elsewhere: list[str]) -> None:
    """After a file of data/ was not found: what the box holds, and what the workspace has."""
    if not isinstance(error, FileNotFoundError) or not isinstance(error.filename, str | Path):
        return
    wanted = os.path.realpath(error.filename)
    if not wanted.startswith(f"{DATA}/"):
        return
    here = sorted(str(path.relative_to(DATA)) for path in Path(DATA).rglob("*") if path.is_file())
    print(f"data/ holds: {', '.join(here[:50]) or 'nothing'}", file=sys.stderr)
    others = [name for name in elsewhere if name not in here]
    if others:
        print(
            f"workspace/data also holds: {', '.join(others[:50])} (a script sees what it names "
            "in a string or what its inputs list)",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
