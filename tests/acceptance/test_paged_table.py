"""A result that is taller than the terminal goes through the user's pager, a short one does not."""

from __future__ import annotations

import os
from pathlib import Path

import pexpect
import pytest

from tests.acceptance.conftest import ACCOUNT, COMMAND

ROWS = "SELECT n FROM UNNEST(sequence(1, {count})) AS t(n)"


@pytest.mark.parametrize(("count", "paged"), [(40, True), (4, False)])
def test_a_tall_result_is_paged_on_a_terminal(workspace: Path, count: int, paged: bool) -> None:
    terminal = pexpect.spawn(
        COMMAND,
        ["sql", "--account", ACCOUNT, "--workspace", str(workspace), ROWS.format(count=count)],
        dimensions=(24, 80),
        env={**os.environ, "PAGER": "sed s/^/paged:/"},
        timeout=60,
        encoding="utf-8",
    )
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert f"({count} rows)" in (terminal.before or "")
    assert ("paged:" in (terminal.before or "")) is paged
