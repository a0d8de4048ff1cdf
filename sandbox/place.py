"""The places of a box: where a job works, what it leaves, and where the runner's files lie."""

from __future__ import annotations

from typing import Final

WORK: Final = "/work"
DATA: Final = "/work/data"
FILES: Final = "/opt/finops"
MATPLOTLIB: Final = "/tmp/matplotlib"  # noqa: S108 - the container's own, of one run
NODE_CACHE: Final = "/opt/finops/node-cache"
"""What Node compiled of the AWS clients when the image was built."""
PORT: Final = 8765
"""The tunnel's port on 127.0.0.1: a job's only way out."""

FIGURE_FD: Final = 3
"""Where a job writes the figures that it declares, one JSON object a line."""
ORDER_FD: Final = 4
"""Where a job reads its order."""
READY_FD: Final = 5
"""What a job closes when it is ready for its order."""

SCRIPTS: Final = {"python": "script.py", "javascript": "script.js"}
"""The names by which tracebacks call a script. Node takes .js for CommonJS or an ES module,
whichever the code turns out to be."""
