"""What a run brings back: compact, and with the script's word kept apart from the host's."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.events import CodeFinished, CodeOutput, CodeStarted
from finops_repl.base.scope import Scope
from finops_repl.gateway.record import CallRecord, Outcome
from finops_repl.sandbox.port import Order, OutputFile, RunResult, Stream
from finops_repl.sandbox.scripts import ScriptReport
from finops_repl.tools.encoding import MAX_BYTES, encode
from finops_repl.tools.execute_code import ExecuteCode
from finops_repl.tools.tool import ToolResult
from tests.tools.conftest import Bench

SCRIPT = {"language": "python", "code": "print(1)\nprint(2)"}


def call(
    operation: str, decision: Outcome = "allow", reason: str = "", *, cached: bool = False
) -> CallRecord:
    return CallRecord(
        datetime(2026, 11, 20, tzinfo=UTC), "u", "s", "r", "", "ce", operation, "us-east-1",
        "1" * 12, decision, reason, 200, 1.0, 10, cached=cached,
    )  # fmt: skip


@dataclass
class FakeScripts:
    """Ends every run as told, and remembers the scopes."""

    ends: Callable[[str], RunResult]
    calls: tuple[CallRecord, ...] = ()
    aws_usd: Decimal = Decimal(0)
    scopes: list[Scope] = field(default_factory=list)

    def run(
        self,
        scope: Scope,
        order: Order,
        *,
        on_output: Callable[[Stream, str], None],
        cancelled: threading.Event,
    ) -> ScriptReport:
        self.scopes.append(scope)
        on_output("stdout", "1\n")
        return ScriptReport(
            self.ends(scope.run), Path("w/s.py"), Path("w/s.log"), self.calls, self.aws_usd
        )


def run(bench: Bench, calls: tuple[CallRecord, ...] = (), **end: Any) -> ToolResult:
    fields: dict[str, Any] = {
        "reason": "exit", "exit_code": 0, "duration_s": 1.0, "stdout": "1\n", "stderr": "", **end,
    }  # fmt: skip
    scripts = FakeScripts(lambda run: RunResult(run, **fields), calls)
    result = bench.call(ExecuteCode(scripts, dict), **SCRIPT)
    (scope,) = scripts.scopes
    assert scope.run == result.content["run"]
    return result


def test_a_run_is_told_from_start_to_end(bench: Bench) -> None:
    files = (
        OutputFile("costs.csv", 120, 3, ("day", "cost")),
        OutputFile("costs.png", 9_000, picture=(640, 480)),
    )
    result = run(bench, (call("GetCostAndUsage"), call("GetCostAndUsage")), files=files)
    started, output, finished = bench.told
    assert isinstance(started, CodeStarted)
    assert isinstance(output, CodeOutput)
    assert isinstance(finished, CodeFinished)
    assert started.run == output.run == finished.run
    assert finished.aws_calls == 2
    assert result.content["aws_calls"] == {"ce:GetCostAndUsage": 2}
    assert result.content["files"] == [
        {"name": "costs.csv", "bytes": 120, "rows": 3, "columns": ["day", "cost"]},
        {"name": "costs.png", "bytes": 9_000, "picture": "640 x 480"},
    ]


def test_calls_that_the_cache_answered_are_told_apart(bench: Bench) -> None:
    calls = (call("GetTags"), call("GetCostAndUsage"), call("GetCostAndUsage", cached=True))
    declared = ({"value": 1, "unit": "USD", "label": "cost"},)
    result = run(bench, calls, declared=declared)
    assert result.content["aws_calls_cached"] == 1
    finished = bench.told[-1]
    assert isinstance(finished, CodeFinished)
    assert (finished.aws_calls, finished.aws_calls_cached) == (3, 1)
    [figure] = result.figures
    assert figure.pedigree["aws_calls"] == [
        "ce:GetTags ×1",
        "ce:GetCostAndUsage ×2 (1 from the cache)",
    ]
    assert "aws_calls_cached" not in run(bench, calls[:2]).content


def test_declared_figures_are_the_scripts_word_with_the_hosts_record(bench: Bench) -> None:
    declared = (
        {"value": "12.5", "unit": "USD", "label": "excess", "period": "2026-10",
         "source": "the invoice", "run": "forged", "aws_calls": "none"},
        {"value": "NaN", "unit": "USD", "label": "broken"},
    )  # fmt: skip
    result = run(bench, (call("GetCostAndUsage"),), declared=declared)
    (figure,) = result.figures
    assert (figure.value, figure.witness) == (Decimal("12.5"), "declared")
    assert figure.pedigree["source"] == "declared by a script"
    assert figure.pedigree["period"] == "2026-10"
    assert figure.pedigree["run"] == result.content["run"]
    assert figure.pedigree["aws_calls"] == ["ce:GetCostAndUsage ×1"]
    assert result.content["figures"] == [
        {"id": "f1", "value": "12.5", "unit": "USD", "label": "excess"}
    ]
    assert "broken" in result.content["not_figures"][0]


def test_a_failing_script_is_data_with_its_last_words(bench: Bench) -> None:
    result = run(bench, exit_code=1, stderr="Traceback\nZeroDivisionError: x\n")
    assert result.is_error
    assert result.content["exit_code"] == 1
    assert "ZeroDivisionError" in result.content["stderr"]


def test_a_timeout_keeps_what_was_printed_and_says_what_to_do(bench: Bench) -> None:
    result = run(bench, reason="timeout", exit_code=None, stdout="half")
    assert result.is_error
    assert result.content["stdout"] == "half"
    assert "timeout_s" in result.content["what_to_do"]


def test_refused_calls_are_told_apart(bench: Bench) -> None:
    result = run(bench, (call("DeleteAnomalyMonitor", "deny", "it may change things"),))
    assert result.content["aws_calls"]["refused"] == [
        "ce:DeleteAnomalyMonitor it may change things"
    ]


def test_a_flood_of_everything_stays_small(bench: Bench) -> None:
    result = run(
        bench,
        tuple(call(f"Get{n}") for n in range(500)),
        stdout="x" * 500_000,
        stderr="y" * 500_000,
        files=tuple(OutputFile("f" * 100 + str(n), 1, 1, ("c" * 60,) * 99) for n in range(500)),
        declared=tuple({"value": n, "unit": "USD", "label": "l" * 999} for n in range(999)),
    )
    assert len(encode(result.content).encode()) <= MAX_BYTES
    assert len(result.figures) == 50


def test_without_an_engine_the_result_says_what_to_do(bench: Bench) -> None:
    def broken(run: str) -> RunResult:
        raise SandboxUnavailable("no Docker engine answers", hint="start Docker")

    result = bench.call(ExecuteCode(FakeScripts(broken), dict), **SCRIPT)
    assert result.is_error
    assert result.content == {"error": "no Docker engine answers", "hint": "start Docker"}
    assert result.failure == "SandboxUnavailable"


def test_code_needs_approval_and_is_shown_whole(bench: Bench) -> None:
    tool = ExecuteCode(FakeScripts(lambda run: RunResult(run, "exit", 0, 1.0, "", "")), dict)
    prepared = bench.prepare(tool, **SCRIPT)
    assert not isinstance(prepared, ToolResult)
    assert prepared.approval is not None
    assert prepared.approval.detail == f"{SCRIPT['code'].rstrip()}\n\ntime limit: 30 s"
    assert "python script (2 lines)" in prepared.approval.title


def test_the_model_is_told_what_a_run_cost_to_the_last_digit(bench: Bench) -> None:
    ended = RunResult("r", reason="exit", exit_code=0, duration_s=1.0, stdout="", stderr="")
    scripts = FakeScripts(lambda run: ended, (call("GetTags"),), Decimal("0.0100004"))
    assert bench.call(ExecuteCode(scripts, dict), **SCRIPT).content["aws_usd"] == "0.0100004"
    [finished] = [fact for fact in bench.told if isinstance(fact, CodeFinished)]
    assert finished.aws_usd == "0.0100004"


def test_what_did_not_fit_is_named_with_the_way_to_it(bench: Bench) -> None:
    result = run(
        bench,
        stdout="x" * 50_000,
        declared=tuple({"value": n, "unit": "USD", "label": "l" * 99} for n in range(50)),
    )
    sent = json.loads(encode(result.content, rest=result.rest))
    assert "cut" not in sent
    shown = [figure["id"] for figure in sent["figures"]]
    assert shown == [f"f{n}" for n in range(1, len(shown) + 1)]
    assert sent["figures_left_out"].startswith(f"f{len(shown) + 1} to f50")
    assert "characters left out" in sent["stdout"]
    assert "inputs" in sent["to_get_the_rest"]


def test_printed_numbers_are_known_by_their_run_alone(bench: Bench) -> None:
    result = run(bench, stdout="total 1,234.50\n")
    printed = bench.figures.printed(result.content["run"])
    assert printed is not None
    assert printed.numbers == {Decimal("1234.50")}
    assert result.figures == ()
    assert bench.figures.all() == ()


@pytest.mark.parametrize(
    "value",
    ["1e999999999", "1e-999999999", 10**5_000, "9" * 5_000, True, [1]],
    ids=["large", "small", "long", "digits", "truth", "list"],
)
def test_a_value_that_would_fill_the_memory_is_no_figure(bench: Bench, value: object) -> None:
    result = run(bench, declared=({"value": value, "unit": "USD", "label": "huge"},))
    assert result.figures == ()
    assert "huge" in result.content["not_figures"][0]
    assert len(encode(result.content).encode()) <= MAX_BYTES


def test_a_declared_label_is_stored_without_secrets_and_escapes(bench: Bench) -> None:
    words = "\x1b]0;title\x07AKIAIOSFODNN7EXAMPLE"
    (figure,) = run(
        bench, declared=({"value": 1, "unit": words, "label": words, "filters": words},)
    ).figures
    assert figure.label == figure.pedigree["filters"] == "[redacted]"
    assert "\x1b" not in figure.unit
