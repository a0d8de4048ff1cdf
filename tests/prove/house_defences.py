"""What the host keeps to itself: whose boxes it sweeps, its disk, its terminal, its workflows."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import Change, Defence, change, host

__all__ = ["HOUSE_DEFENCES"]

OWNER = "sandbox/test_docker_engine.py::test_owner_has_left_only_where_its_own_process_is_gone"

HOUSE_DEFENCES: Final = (
    host(
        "sweep: installation and user",
        "owner",
        "if any(labels.get",
        "if False and any(labels.get",
        OWNER,
        "sandbox/test_docker_engine.py::test_sweep_takes_leftovers_of_the_dead_and_nothing_else",
    ),
    host(
        "sweep: start of the process",
        "owner",
        'or _start_of(int(pid)) != labels.get(f"{LABEL}.pid_start")',
        "or not _start_of(int(pid))",
        OWNER,
    ),
    host(
        "sweep: boot of the host",
        "owner",
        'if labels.get(f"{LABEL}.boot") != self.boot:\n            return True',
        'if labels.get(f"{LABEL}.boot") != self.boot:\n            return False',
        OWNER,
    ),
    host(
        "size of a log",
        "script_log",
        "if self._left <= 0:\n            return",
        "if self._left <= -(1 << 40):\n            return",
        "sandbox/test_scripts.py::test_endless_output_does_not_fill_the_disk_with_its_log",
        also=(
            change("script_log", 'errors="replace")[: self._left]', 'errors="replace")'),
            Change("sandbox/printed.py", "FORWARDED_BYTES = 16 *", "FORWARDED_BYTES = 48 *"),
            change("output", "MOST_BYTES = 16 * MB", "MOST_BYTES = 64 * MB"),
        ),
    ),
    host(
        "a box is used once",
        "pool",
        "            try:\n                yield conversation\n            finally:\n"
        "                self._end(conversation)",
        "            yield conversation\n            self._ready.append(conversation)",
        "sandbox/test_pool.py::test_a_ready_box_runs_one_script_and_never_another",
    ),
    host(
        "nothing runs where a limit gives way",
        "docker_engine",
        "                self._proving.require()",
        "                pass",
        "sandbox/test_self_test.py::test_nothing_runs_where_a_limit_gives_way",
    ),
    host(
        "calls under way are given up with their run",
        "scripts",
        "                    self._cancel_calls(run)",
        "                    pass",
        "sandbox/test_scripts.py::test_run_that_could_not_begin_leaves_a_log_that_says_so",
    ),
    Defence(
        "host: a terminal's escapes",
        "finops_repl/faces/runs.py",
        "plain(text) if out.isatty() else text",
        "text",
        (
            "attacks/test_sandbox_output.py::"
            "test_terminal_obeys_nothing_of_what_a_script_prints[python]",
        ),
    ),
    Defence(
        "host: a workflow's fields",
        "finops_repl/workflows/workflow.py",
        'extra="forbid"',
        'extra="ignore"',
        (
            "attacks/test_workflow_files.py::test_tampered_workflow_is_named_and_not_loaded[endpoint]",
            "attacks/test_workflow_files.py::test_tampered_workflow_is_named_and_not_loaded[approve]",
        ),
    ),
)
