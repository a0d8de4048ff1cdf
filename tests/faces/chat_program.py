"""The program behind the pseudo-terminal tests: the real chat over a scripted conversation."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from finops_repl.faces.port import Banner
from finops_repl.faces.terminal.chat import chat
from tests.faces.scripted import ScriptedCommands, ScriptedConversation, scenes


def main(folder: Path, first_run: bool) -> int:
    def note(line: str) -> None:
        with (folder / "notes").open("a") as notes:
            notes.write(f"{line}\n")

    banner = Banner(
        version="0.1.0",
        account="sim-acme-payer",
        model="offline analyst",
        workspace=Path("/home/user/workspace"),
        session=Path("/home/user/.local/state/finops-repl/sessions/5e55101d.jsonl"),
        is_simulated=True,
        is_offline=True,
        as_of="2026-11-20",
        first_run=first_run,
    )
    conversation = ScriptedConversation(scenes(), note)
    return asyncio.run(
        chat(conversation, ScriptedCommands(note), banner, history=folder / "history")
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--first-run" in sys.argv))
