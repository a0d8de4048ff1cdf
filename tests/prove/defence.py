"""A defence as data: the text that makes it, the text without it, the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Change", "Defence", "change", "gateway", "host", "loop"]


@dataclass(frozen=True, slots=True)
class Change:
    """A text that occurs once in a file, and what takes its place."""

    file: str
    old: str
    new: str

    def problem(self, tree: Path) -> str:
        """Why this cannot be changed as it says; empty when it can."""
        path = tree / self.file
        if not path.is_file():
            return f"there is no {self.file}"
        if self.old == self.new:
            return f"nothing of {self.file} would change"
        found = path.read_text("utf-8").count(self.old)
        return "" if found == 1 else f"{self.file} has {found} times: {self.old.strip()[:60]}"


@dataclass(frozen=True, slots=True)
class Defence:
    """What keeps an attack out, and how it is switched off: a bound raised or a line removed.

    `tests` are ids below tests/; all of them have to fail, by assertion, once it is off. `also`
    holds further changes, where a second defence would keep the tests green; the name says so.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    also: tuple[Change, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All that is changed."""
        return (Change(self.file, self.old, self.new), *self.also)

    def problems(self, tree: Path) -> list[str]:
        """Why it can no longer be switched off in this tree; empty when it can."""
        found = [change.problem(tree) for change in self.changes]
        for test in self.tests:
            file, _, name = test.partition("::")
            path = tree / "tests" / file
            function = name.partition("[")[0]
            if not path.is_file() or f"def {function}(" not in path.read_text("utf-8"):
                found.append(f"there is no test {test}")
        if not self.tests:
            found.append("no test is named")
        return [f"{self.name}: {problem}" for problem in found if problem]


def host(
    name: str, module: str, old: str, new: str, *tests: str, also: tuple[Change, ...] = ()
) -> Defence:
    """A check of the host, in a module of its sandbox room."""
    return Defence(f"host: {name}", f"finops_repl/sandbox/{module}.py", old, new, tests, also)


def gateway(name: str, module: str, old: str, new: str, *tests: str) -> Defence:
    """A check on the way to an account, in a module of `gateway` or `aws/wire`."""
    return Defence(f"gateway: {name}", f"finops_repl/{module}.py", old, new, tests)


def loop(
    name: str, module: str, old: str, new: str, *tests: str, also: tuple[Change, ...] = ()
) -> Defence:
    """What the agent's loop promises, in a module of the package; its tests are in tests/agent."""
    file, named = f"finops_repl/{module}.py", tuple(f"agent/{test}" for test in tests)
    return Defence(f"loop: {name}", file, old, new, named, also)


def change(module: str, old: str, new: str) -> Change:
    """A further change in a module of the sandbox room."""
    return Change(f"finops_repl/sandbox/{module}.py", old, new)
