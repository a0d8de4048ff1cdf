"""A workspace's own packages from the command line: the list, the question, the answer."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from finops_repl.base.errors import ConfigError
from finops_repl.cli.options import json_option, print_json, say

if TYPE_CHECKING:
    from finops_repl.assembly.packages import Agree
    from finops_repl.sandbox.package_lock import PackageLock

__all__ = ["agreement", "packages", "packages_json"]

MB = 1_000_000


@click.command("packages")
@click.option("--workspace", metavar="FOLDER", help="Where requirements.txt and package.json lie.")
@click.option("--yes", is_flag=True, help="Agree to the list as it is shown.")
@click.option("--update", is_flag=True, help="Resolve anew what packages.lock.json says.")
@json_option
def packages(workspace: str | None, yes: bool, update: bool, as_json: bool) -> None:
    """Add what workspace/requirements.txt and package.json ask for to the sandbox.

    The exact list is shown and asked about once; it is kept in packages.lock.json. Packages are
    put in without a network, and nothing of them runs before a script imports them.
    """
    from finops_repl.assembly.packages import add_packages
    from finops_repl.base.places import find_workspace

    place = find_workspace(workspace)
    tag, lock = add_packages(place, agreement(yes), say, update=update)
    if as_json:
        print_json(json.dumps({"image": tag, **packages_json(lock)}, indent=2))
        return
    if lock is None:
        say(f"{place.root} asks for no packages: there is no requirements.txt or package.json")
    elif lock.is_empty:
        say("the sandbox has all of that already")
    click.echo(tag)


def agreement(yes: bool) -> Agree:
    """Asks on the terminal; without one, only `--yes` agrees."""

    def agree(lock: PackageLock) -> bool:
        say("\n".join(_lines(lock)))
        if yes:
            return True
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise ConfigError(
                "these packages have not been agreed to, and nobody is there to ask",
                hint="agree to the list with --yes: finops-repl sandbox packages --yes",
            )
        return click.confirm("Add these packages to your sandbox?", default=False, err=True)

    return agree


def packages_json(lock: PackageLock | None) -> dict[str, object]:
    """The list as `--json` gives it; nothing where the workspace asks for nothing."""
    if lock is None:
        return {}
    fields = ("language", "name", "version", "bytes", "install_script")
    return {"packages": [dict(zip(fields, row, strict=True)) for row in _rows(lock)]}


def _rows(lock: PackageLock) -> list[tuple[str, str, str, int, bool]]:
    return [("python", w.name, w.version, w.size, False) for w in lock.python] + [
        ("javascript", m.name, m.version, m.size, m.has_install_script) for m in lock.javascript
    ]


def _lines(lock: PackageLock) -> list[str]:
    rows = _rows(lock)
    total = sum(size for _, _, _, size, _ in rows)
    lines = [f"{len(rows)} package(s), {total / MB:.1f} MB, would be added to the sandbox:"]
    width = max(len(name) for _, name, *_ in rows)
    for language, name, version, size, script in rows:
        note = "  its install script is not run" if script else ""
        lines.append(f"  {language:<10}  {name:<{width}}  {version:<12}  {size / MB:6.1f} MB{note}")
    return lines
