"""Asks one question over and over, each time killed with -9 at another commit to its session.

    python -m tests.agent.killed_program SERVER FOLDER COMMITS

A fork each, so that the imports are paid once, by a session 0 that lives. Session number N is
`killed-N`, killed right after its Nth line is on the disk, the odd ones with half a line behind
it. Every executed call leaves a line in FOLDER/killed-N. Ends, and prints the number, with the
first session that lives.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from finops_repl.agent.history import History
from finops_repl.agent.models.messages_api import MessagesModel, ModelSettings
from finops_repl.agent.sessions import SessionFile, SessionHead
from finops_repl.tools.tool import Tool, ToolContext, ToolInput, ToolResult
from tests.agent.fakes import session

Line = TypeVar("Line")


class NoteInput(ToolInput):
    text: str


@dataclass
class Note(Tool[NoteInput]):
    """Writes its text down, on the disk: what ran is known whatever dies."""

    path: Path
    name = "note"
    description = "Writes a text down."
    input_model = NoteInput

    def run(self, context: ToolContext, given: NoteInput) -> ToolResult:
        with self.path.open("a") as notes:
            notes.write(f"{given.text}\n")
            notes.flush()
            os.fsync(notes.fileno())
        return ToolResult({"noted": given.text})


def killed_after(commits: int, path: Path, *, torn: bool) -> Callable[[], None]:
    """Counts commits, and kills this process with the last of them."""
    left = [commits]

    def count() -> None:
        left[0] -= 1
        if left[0] == 0:
            if torn:
                with path.open("ab") as file:
                    file.write(b'{"type": "Message", "role": "assi')
            os.kill(os.getpid(), signal.SIGKILL)

    return count


async def ask(server: str, folder: Path, number: int) -> None:
    file = SessionFile.create(SessionHead(f"killed-{number}"))
    count = killed_after(number, file.path, torn=number % 2 == 1)

    def counted(commit: Callable[[Line], None]) -> Callable[[Line], None]:
        def committed(line: Line) -> None:
            commit(line)
            count()

        return committed

    model = MessagesModel(ModelSettings(base_url=server))
    history = History((), counted(file.commit))
    tools = [Note(folder / f"killed-{number}")]
    chat = session(model, tools, history=history, record=counted(file.record))
    await chat.ask(f"why, killed-{number}?")
    await model.aclose()


def main(server: str, folder: Path, most: int) -> int:
    asyncio.run(ask(server, folder, 0))  # lives, and has loaded all that the forks need
    for number in range(1, most + 1):
        child = os.fork()
        if child == 0:
            asyncio.run(ask(server, folder, number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            print(number)
            return os.waitstatus_to_exitcode(status)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
