"""The program behind the headless tests: one scripted question, asked as `-p` asks it."""

from __future__ import annotations

import asyncio
import sys
from typing import cast

from finops_repl.faces.headless import OutputFormat, answer_once
from tests.faces.scripted import ScriptedConversation, scenes


def main(question: str, output: str) -> int:
    conversation = ScriptedConversation(
        scenes(), lambda line: print(f"note: {line}", file=sys.stderr, flush=True)
    )
    return asyncio.run(
        answer_once(
            conversation,
            question,
            output=cast(OutputFormat, output),
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
