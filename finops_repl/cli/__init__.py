"""The command line: flags in, exit codes out. Every heavy import waits until a command needs it."""

from __future__ import annotations

import gc
import io
import itertools
import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """The console script."""
    # What is imported stays: looking through it for garbage took a tenth of every start.
    gc.set_threshold(100_000, 20, 20)
    import click

    from finops_repl.base.errors import FinopsError
    from finops_repl.cli.failures import tell
    from finops_repl.cli.root import cli

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(prog_name="finops-repl", standalone_mode=False)
        raise SystemExit(code if isinstance(code, int) else 0)
    except (click.Abort, KeyboardInterrupt):
        raise SystemExit(130) from None
    except (click.ClickException, FinopsError, OSError) as error:
        raise SystemExit(tell(error, as_json=_wants_json(sys.argv[1:]))) from None


def _wants_json(arguments: list[str]) -> bool:
    """Whether a program reads stdout; what was typed may be what is wrong, so it is not parsed."""
    formats = ("json", "stream-json")
    after = dict(itertools.pairwise(arguments)).get("--output-format")
    joined = (f"--output-format={each}" for each in formats)
    return "--json" in arguments or after in formats or any(each in arguments for each in joined)
