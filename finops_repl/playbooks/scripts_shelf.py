"""The scripts that playbooks run: files beside this module, shown and saved as one text each.

A line `# parts: athena trail` in a script stands for those files of `scripts/parts`: what several
scripts do alike is written once, and whoever takes a script over has all of it in one text.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib import resources

from finops_repl.playbooks.steps import ToolCall

__all__ = ["script", "script_call"]

PRAGMAS = ("# ruff:", "# mypy:")
"""First lines for our own checkers, which know nothing of a script's globals."""
NAMED = re.compile(r"^# parts: (.+)\n", re.MULTILINE)
IMPORT = re.compile(r"^(?:import|from) .+\n", re.MULTILINE)
SAYS = re.compile(r'\A"""(.+?)"""\n', re.DOTALL)


def script(name: str) -> str:
    """The code of a script by its name, its parts in their place and all imports at the top."""
    text = _read(name)
    named = NAMED.search(text)
    if named is None:
        return text
    parts = [_read(f"parts/{part}") for part in named[1].split()]
    imports = _merged(line for each in (text, *parts) for line in IMPORT.findall(each))
    says, rest = (IMPORT.sub("", text[: named.start()]), text[named.end() :])
    return "\n\n\n".join(
        [f"{says.strip()}\n\n{imports}", *map(_as_block, parts), f"{rest.strip()}\n"]
    )


def script_call(name: str, params: Mapping[str, object], timeout_s: int) -> ToolCall:
    """The run of a script by its name."""
    order = {"language": "python", "code": script(name), "params": params, "timeout_s": timeout_s}
    return ToolCall("execute_code", order)


def _read(name: str) -> str:
    file = resources.files("finops_repl.playbooks") / "scripts" / f"{name}.py"
    lines = file.read_text("utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(PRAGMAS))


def _merged(lines: Iterable[str]) -> str:
    """Each import once: Python's own modules, then the others; whole ones before names of one."""
    names: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        (node,) = ast.parse(line).body
        if isinstance(node, ast.ImportFrom):
            names[str(node.module)] |= {each.name for each in node.names}
        elif isinstance(node, ast.Import):
            for each in node.names:
                names.setdefault(each.name, set())
    groups: dict[bool, list[str]] = {False: [], True: []}
    for module in sorted(names, key=lambda module: (bool(names[module]), module)):
        some = ", ".join(sorted(names[module], key=lambda name: (not name.isupper(), name)))
        is_foreign = module.partition(".")[0] not in sys.stdlib_module_names
        groups[is_foreign].append(f"from {module} import {some}" if some else f"import {module}")
    return "\n\n".join("\n".join(group) for group in groups.values() if group)


def _as_block(part: str) -> str:
    """A part's code under what its docstring says."""
    code = IMPORT.sub("", part)
    found = SAYS.match(code)
    if found is None:
        raise ValueError("a part of a script begins with what it does")
    says = "\n".join(f"# {line}".rstrip() for line in found[1].splitlines())
    return f"{says}\n\n{code[found.end() :].strip()}"
