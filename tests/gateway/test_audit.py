"""The audit holds every call, and a change of what it holds shows."""

from __future__ import annotations

import json
import multiprocessing
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.record import CallRecord


def record(number: int, at: datetime = datetime(2026, 10, 20, tzinfo=UTC)) -> CallRecord:
    return CallRecord(
        at=at,
        user="ana",
        session="s",
        run=f"run-{number}",
        script_sha256="",
        service="ce",
        operation="GetTags",
        region="us-east-1",
        account="111122223333",
        decision="allow",
        reason="a reviewed read",
        status=200,
        ms=1.0,
        bytes=10,
        price_usd=Decimal("0.01"),
    )


def problems(folder: Path) -> list[str]:
    return [call.place for call in AuditLog(folder).calls() if call.problem]


def test_lines_are_chained_across_months_and_starts(tmp_path: Path) -> None:
    for month in (8, 9, 10):
        for number in range(3):
            AuditLog(tmp_path).append(record(number, datetime(2026, month, 1, tzinfo=UTC)))
    calls = list(AuditLog(tmp_path).calls())
    assert [call.fields["run"] for call in calls] == ["run-0", "run-1", "run-2"] * 3
    assert problems(tmp_path) == []
    assert calls[0].fields["previous"] == ""
    assert len({call.fields["previous"] for call in calls}) == 9


Change = Callable[[list[bytes]], list[bytes]]


@pytest.mark.parametrize(
    ("change", "shows_at"),
    [
        (lambda lines: [lines[0], lines[1].replace(b"0.01", b"0.00"), *lines[2:]], 3),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], 2),
        (lambda lines: [lines[0], lines[0], *lines[1:]], 2),
        (lambda lines: lines[1:], 1),
        (lambda lines: [b"not a line\n", *lines[1:]], 1),
    ],
    ids=["changed", "removed", "moved", "put in", "first removed", "overwritten"],
)
def test_a_change_shows(tmp_path: Path, change: Change, shows_at: int) -> None:
    log = AuditLog(tmp_path)
    for number in range(5):
        log.append(record(number))
    path = tmp_path / "2026-10.jsonl"
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    assert problems(tmp_path)[0] == f"2026-10.jsonl:{shows_at}"


def test_a_month_that_was_taken_away_shows(tmp_path: Path) -> None:
    for month in (8, 9, 10):
        AuditLog(tmp_path).append(record(month, datetime(2026, month, 1, tzinfo=UTC)))
    (tmp_path / "2026-09.jsonl").unlink()
    assert problems(tmp_path) == ["2026-10.jsonl:1"]


def write(folder: Path, count: int) -> None:
    log = AuditLog(folder)

    def append_all() -> None:
        for number in range(count):
            log.append(record(number))

    threads = [threading.Thread(target=append_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_and_processes_keep_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write, args=(tmp_path, 50)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert len(list(AuditLog(tmp_path).calls())) == 400
    assert problems(tmp_path) == []


@pytest.mark.parametrize("kept", [1, 40, -1])
def test_a_line_whose_writer_died_within_it_shows_and_takes_no_other_along(
    tmp_path: Path, kept: int
) -> None:
    """What `kill -9` or a full disk leaves: the first bytes of a line and no end."""
    log, path = AuditLog(tmp_path), tmp_path / "2026-10.jsonl"
    for number in range(3):
        log.append(record(number))
    *whole, last = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole) + last.rstrip(b"\n")[:kept])
    for number in (3, 4):
        log.append(record(number))  # the writer that wrote before
    AuditLog(tmp_path).append(record(5))  # one that starts after it
    calls = list(AuditLog(tmp_path).calls())
    assert [call.fields.get("run") for call in calls] == [
        *["run-0", "run-1", None, "run-3", "run-4", "run-5"]
    ]
    assert [call.problem for call in calls if call.problem] == ["it is no whole line of the audit"]
    assert problems(tmp_path) == ["2026-10.jsonl:3"]
    path.write_bytes(path.read_bytes().replace(last[:kept], b"", 1))
    assert problems(tmp_path)  # what is left of it is held like any line


def test_the_first_line_of_a_month_fits_a_torn_one_before_it(tmp_path: Path) -> None:
    AuditLog(tmp_path).append(record(1))
    path = tmp_path / "2026-10.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    AuditLog(tmp_path).append(record(2, datetime(2026, 11, 1, tzinfo=UTC)))
    assert problems(tmp_path) == ["2026-10.jsonl:1"]


def test_a_line_that_lacks_its_end_alone_is_whole(tmp_path: Path) -> None:
    AuditLog(tmp_path).append(record(1))
    path = tmp_path / "2026-10.jsonl"
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    AuditLog(tmp_path).append(record(2))
    assert problems(tmp_path) == []
    assert len(path.read_bytes().splitlines()) == 2


def test_a_line_says_who_asked_what_and_how_it_ended_and_nothing_more(tmp_path: Path) -> None:
    AuditLog(tmp_path).append(replace(record(1), cached=True, detail="what was asked"))
    fields = json.loads((tmp_path / "2026-10.jsonl").read_text())
    assert list(fields) == [
        *["at", "user", "session", "run", "script_sha256", "service", "operation", "region"],
        *["account", "decision", "reason", "status", "ms", "bytes", "price_usd", "cached"],
        "previous",
    ]
    assert fields["cached"] is True


def test_the_file_is_the_users_alone_and_no_link_is_followed(tmp_path: Path) -> None:
    AuditLog(tmp_path).append(record(1))
    path = tmp_path / "2026-10.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / "2026-11.jsonl").symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic link"):
        AuditLog(tmp_path).append(record(1, datetime(2026, 11, 1, tzinfo=UTC)))
    assert not elsewhere.exists()
    assert json.loads(path.read_text())["price_usd"] == "0.01"
