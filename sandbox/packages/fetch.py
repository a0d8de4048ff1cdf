"""Runs in the fetching stage: fetches what is asked for, or what a lock says, and lists it.

Nothing of a package runs here: pip unpacks wheels and nothing else, npm runs no scripts.
"""

from __future__ import annotations

import json
from pathlib import Path

from modules import fetch_modules
from wheels import fetch_wheels

FETCHED = Path("/fetched")


def main() -> None:
    order = json.loads(Path("/order/order.json").read_text(encoding="utf-8"))
    lock = order["lock"] or {}
    python, modules = FETCHED / "python", FETCHED / "node_modules"
    for folder in (python, modules):
        folder.mkdir(parents=True)
    found = {
        "python": fetch_wheels(order["python"], lock.get("python"), python),
        "javascript": fetch_modules(order["javascript"], lock.get("javascript"), modules),
    }
    (FETCHED / "list.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
