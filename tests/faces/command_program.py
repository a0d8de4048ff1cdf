"""finops-repl itself behind a pseudo-terminal; the first argument is the terminal's own folder."""

from __future__ import annotations

import sys

from finops_repl.cli import main

if __name__ == "__main__":
    del sys.argv[1]
    main()
