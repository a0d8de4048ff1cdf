"""What is left of a session on disk, and how it goes on after a crash."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from finops_repl.agent.branches import emptied, for_model, last_question, without_last_turn
from finops_repl.agent.history import HOST_MARK, SUMMARY, History
from finops_repl.agent.models.port import (
    KeptBlock,
    Message,
    Reply,
    TextBlock,
    ToolResultBlock,
    ToolUse,
)
from finops_repl.agent.resume import Resumed, resume, turns_of
from finops_repl.agent.session_list import find_session, kept_sessions, summary_of
from finops_repl.agent.sessions import SessionFile, SessionHead, read_lines
from finops_repl.base.caps import Used
from finops_repl.base.errors import DamagedFile, InputError, UnknownName
from finops_repl.base.events import (
    AnswerBlock,
    ApprovalAnswered,
    ApprovalRequested,
    ApprovalRevoked,
    BranchOpened,
    CodeFinished,
    CodeOutput,
    CodeStarted,
    EventLog,
    Fact,
    FigureRegistered,
    ModelUsed,
    QuestionAsked,
    ToolRequested,
    TurnFinished,
)
from finops_repl.base.recorded import recorded_fact
from finops_repl.base.scope import Scope
from tests.agent.fakes import AT_NOON

THOUGHT = KeptBlock({"type": "thinking", "thinking": "Hm.", "signature": "sig"})


def conversation(file: SessionFile) -> History:
    history = History(on_append=file.commit)
    history.ask("why?", {"today": "2026-11-20"})
    history.add_reply(
        Reply(
            (TextBlock("Look."), ToolUse("a", "echo", {"n": 1}), ToolUse("b", "echo", {})),
            "tool_use",
        )
    )
    history.add_results({k: ToolResultBlock(k, "{}") for k in ("b", "a")})
    history.add_reply(Reply((TextBlock("Because."),), "end_turn"))
    return history


def new(session: str, **fields: str) -> SessionFile:
    return SessionFile.create(SessionHead(session, **fields))  # type: ignore[arg-type]


def record(file: SessionFile, *facts: Fact) -> EventLog:
    log = EventLog(scope(file))
    for fact in facts:
        file.record(log.wrap(fact))
    return log


def scope(file: SessionFile) -> Scope:
    return Scope("sim-shop", Path("/nowhere"), "u", session=file.head.session)


def taken_up(file: SessionFile) -> Resumed:
    """The session as another process takes it up."""
    file.close()
    reopened = SessionFile.reopen(file.path)
    return resume(reopened, scope(reopened))


def test_session_is_private_and_begins_with_whose_it_is() -> None:
    file = new("s1", account="sim-shop")
    record(file, AnswerBlock("Hello"))
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700
    first, second = file.path.read_text().splitlines()
    assert json.loads(first)["schema"] == 2
    assert json.loads(first)["account"] == "sim-shop"
    assert json.loads(second)["text"] == "Hello"
    assert file.events()[0]["type"] == "AnswerBlock"


def test_a_session_is_never_written_through_a_link(tmp_path: Path) -> None:
    file = new("11nk")
    file.path.symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic link"):
        record(file, AnswerBlock("Hello"))
    assert not (tmp_path / "victim").exists()


def test_a_conversation_comes_back_as_it_was() -> None:
    file = new("s2")
    history = conversation(file)
    assert file.history().messages == history.messages


def test_a_crash_after_any_byte_leaves_a_conversation_that_goes_on() -> None:
    whole = new("s3")
    history = conversation(whole)
    record(whole, without_last_turn(history.messages))
    content = whole.path.read_bytes()
    path = whole.path.with_name("s4.jsonl")
    for length in range(len(content) + 1):
        path.write_bytes(content[:length])
        torn = SessionFile.reopen(path)
        history = torn.history()
        assert history.open_calls == ()
        history.ask("go on", {})
        assert torn.history().messages == history.messages
        torn.close()


def test_a_message_that_leaves_calls_open_is_never_added() -> None:
    history = History()
    history.ask("why?", {})
    history.add_reply(Reply((ToolUse("a", "echo", {}),), "tool_use"))
    with pytest.raises(AssertionError):
        history.add_note("hello")
    history.answer_open_calls()
    (result,) = history.messages[-1].content
    assert isinstance(result, ToolResultBlock)
    assert result.is_error


def test_another_schema_is_named_and_left_untouched() -> None:
    file = new("s5")
    file.path.write_text('{"type": "Session", "schema": 3}\n')
    with pytest.raises(DamagedFile, match="s5"):
        file.events()
    with pytest.raises(DamagedFile, match="s5"):
        SessionFile.reopen(file.path)
    assert summary_of(file.path).problem


def test_a_session_of_the_schema_without_a_head_still_opens() -> None:
    file = new("01d")
    record(file, QuestionAsked("why?", "offline"))
    file.close()
    lines = file.path.read_text().splitlines(keepends=True)
    file.path.write_text('{"type": "Session", "schema": 1}\n' + "".join(lines[1:]))
    assert SessionFile.reopen(file.path).head == SessionHead("01d")
    assert summary_of(file.path).account == "sim-shop"


def test_messages_are_told_as_they_are_added() -> None:
    told: list[Message] = []
    history = History(on_append=told.append)
    history.ask("why?", {})
    assert tuple(told) == history.messages


HOLDER = """
import sys
from pathlib import Path
from finops_repl.agent.sessions import SessionFile
SessionFile.reopen(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_session_is_gone_on_with_once_until_its_process_dies() -> None:
    file = new("10c4")
    record(file, QuestionAsked("why?", "offline"))
    file.close()
    holding = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(os.environ),
    )
    assert holding.stdout is not None
    assert holding.stdin is not None
    assert holding.stdout.readline() == b"held\n"
    with pytest.raises(InputError, match="another process"):
        SessionFile.reopen(file.path)
    assert summary_of(file.path).turns == 1  # a list needs no lock
    holding.kill()
    holding.wait()
    holding.stdin.close()
    holding.stdout.close()
    SessionFile.reopen(file.path).close()


def test_a_line_that_the_disk_has_no_room_for_leaves_none_of_itself() -> None:
    """With half a line in the file, the next one would be lost with it."""
    import resource

    file = new("fu11")
    record(file, AnswerBlock("before"))
    size = file.path.stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            record(file, AnswerBlock("x" * 400))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    record(file, AnswerBlock("after"))
    assert [line["text"] for line in file.events()] == ["before", "after"]


def test_undo_goes_on_from_before_the_last_question_also_after_a_restart() -> None:
    file = new("0d0")
    history = conversation(file)
    before = history.messages
    history.ask("and then?", {})
    history.add_reply(Reply((TextBlock("So."),), "end_turn"))
    branch = without_last_turn(history.messages)
    record(file, QuestionAsked("why?", "m"), QuestionAsked("and then?", "m"), branch)
    history.follow(branch)
    assert history.messages == before
    again = file.history()
    assert again.messages == before
    again.ask("what else?", {})
    assert again.messages[: len(before)] == before
    assert last_question(again.messages) == (len(before), "what else?")
    assert summary_of(file.path).turns == 1


def test_undo_keeps_the_summary_that_stands_before_the_question() -> None:
    summary = TextBlock(f"{HOST_MARK}{SUMMARY} {{}}")
    context = TextBlock(f"{HOST_MARK}Context: {{}}")
    history = History([Message("user", (summary, TextBlock("why?"), context))])
    history.add_reply(Reply((TextBlock("Because."),), "end_turn"))
    history.follow(without_last_turn(history.messages))
    assert history.messages == (Message("user", (summary,)),)
    with pytest.raises(InputError, match="no turn"):
        without_last_turn(history.messages)


def test_without_a_turn_there_is_nothing_to_undo() -> None:
    with pytest.raises(InputError, match="no turn"):
        without_last_turn(())


def test_a_cleared_conversation_is_empty_and_stays_so() -> None:
    file = new("c1ea")
    conversation(file)
    record(file, emptied())
    assert file.history().messages == ()


def test_another_model_gets_the_conversation_without_the_last_ones_signed_thinking() -> None:
    file = new("30de1")
    history = History(on_append=file.commit)
    history.ask("why?", {})
    history.add_reply(Reply((THOUGHT, TextBlock("Because.")), "end_turn"))
    history.ask("and?", {})
    history.add_reply(Reply((THOUGHT,), "pause_turn"))
    branch = for_model(history.messages, "other")
    assert branch.kept == 1
    record(file, branch)
    history.follow(branch)
    assert [m.content for m in history.messages if m.role == "assistant"] == [
        (TextBlock("Because."),)
    ]
    assert file.history().messages == history.messages
    assert for_model(history.messages, "third").added == ()


def test_a_branch_never_begins_at_an_open_call() -> None:
    history = History()
    history.ask("why?", {})
    history.add_reply(Reply((ToolUse("a", "echo", {}),), "tool_use"))
    with pytest.raises(AssertionError):
        history.follow(BranchOpened("undo", 2))


FIGURES = (
    FigureRegistered(
        "f1", "1234.50", "USD", "EC2", {"source": "observed by the host", "sql": "SELECT 1"}
    ),
    FigureRegistered("f3", "0.10", "percent", "rise", {"source": "declared by a script"}),
)


def test_figures_spending_and_numbering_of_the_earlier_part_go_on() -> None:
    file = new("f16")
    record(
        file,
        QuestionAsked("why?", "offline"),
        *FIGURES,
        CodeOutput("ab12", "stdout", "total 12"),
        CodeOutput("ab12", "stdout", "34.5\n"),
        TurnFinished("answered", "So.", ("f1",), "0.25", "0.02"),
        QuestionAsked("and?", "offline"),
        TurnFinished("answered", "So.", (), "unknown", "0.01"),
    )
    file.close()
    reopened = SessionFile.reopen(file.path)
    later = scope(reopened)
    resumed = resume(reopened, later)
    old = resumed.figures.get("f1")
    assert old is not None
    assert (old.value, old.unit, old.witness) == (Decimal("1234.50"), "USD", "observed")
    assert old.pedigree["sql"] == "SELECT 1"
    assert resumed.figures.register(Decimal(1), "USD", "new", "declared", {}).id == "f4"
    assert later.spend.spent("model") == Decimal("0.25")
    assert later.spend.spent("aws") == Decimal("0.03")
    assert resumed.log.wrap(AnswerBlock("")).seq == 9
    assert resumed.figures.printed("ab12") is not None


def used(usd: str, tokens: int, *, read: int = 0) -> ModelUsed:
    return ModelUsed("m", tokens, 0, 0, read, usd, usd)


def test_what_the_earlier_part_used_counts_on() -> None:
    file = new("05ed")
    record(
        file,
        QuestionAsked("why?", "m", "hash-1"),
        used("0.10", 1000),
        used("0.15", 2000, read=500),
        TurnFinished("answered", "So.", (), "0.25", tool_calls=3, seconds=12.5),
        QuestionAsked("and?", "m", "hash-2"),
        TurnFinished("answered", "So.", tool_calls=1, seconds=0.5),
    )
    resumed = taken_up(file)
    assert resumed.used == Used(tokens=3500, tool_calls=4, seconds=13.0)
    costs = resumed.book.costs(Decimal(0))
    assert (costs.model_usd, costs.model_calls) == (Decimal("0.25"), 2)
    assert costs.cache_read_tokens == 500
    assert resumed.instructions == "hash-2"


@pytest.mark.parametrize(("second", "paid"), [("0.15", "0.25"), ("unknown", "unknown")])
def test_a_turn_that_a_crash_cut_off_is_paid_for_as_far_as_is_known(second: str, paid: str) -> None:
    file = new("c4a6")
    record(
        file,
        QuestionAsked("why?", "m"),
        used("0.10", 1000),
        ToolRequested("t1", "execute_code", {}),
        CodeFinished("t1", "ab12", "exit", 0, 1.0, aws_usd="0.02"),
        used(second, 2000),
    )
    file.close()
    reopened = SessionFile.reopen(file.path)
    later = scope(reopened)
    resumed = resume(reopened, later)
    assert resumed.facts[-1] == TurnFinished("interrupted", "", (), paid, "0.02", tool_calls=1)
    assert resumed.used == Used(tokens=3000, tool_calls=1)
    assert later.spend.spent("aws") == Decimal("0.02")
    assert later.spend.spent("model") == (0 if paid == "unknown" else Decimal(paid))


def test_what_a_crash_left_open_is_closed_as_interrupted_once() -> None:
    file = new("c4a5")
    asked = ApprovalRequested("ap1", "t1", "code", "Run this", "print()", AT_NOON)
    record(file, QuestionAsked("why?", "offline"), AnswerBlock("Let me see."), asked)
    facts = taken_up(file).facts
    assert facts[-2:] == (
        ApprovalAnswered("ap1", "no", "interrupt", kind="code"),
        TurnFinished("interrupted", "Let me see."),
    )
    again = SessionFile.create(SessionHead("c4a5"))
    count = sum(1 for _ in read_lines(again.path))
    assert count == len(facts)


def test_grants_and_what_was_revoked_go_on() -> None:
    def always(kind: str, profile: str = "") -> ApprovalAnswered:
        return ApprovalAnswered("ap", "always", "user", "", kind, profile)

    file = new("94a")
    record(
        file,
        always("code", "box-1"),
        always("workflow_overwrite"),
        ApprovalRevoked("workflow_overwrite"),
    )
    resumed = taken_up(file)
    assert resumed.always == {"code": "box-1"}
    assert resumed.revoked == {"workflow_overwrite"}


def test_turns_that_were_undone_are_left_out() -> None:
    facts: list[Fact] = [
        QuestionAsked("one", "m"),
        TurnFinished("answered", "1"),
        QuestionAsked("two", "m"),
        BranchOpened("undo", 2, turns_undone=1),
        BranchOpened("clear", 0),
        QuestionAsked("three", "m"),
    ]
    questions = [turn[0] for turn in turns_of(facts)]
    assert questions == [QuestionAsked("one", "m"), QuestionAsked("three", "m")]


def test_facts_come_back_as_they_were_and_unknown_kinds_are_passed_over() -> None:
    asked = ApprovalRequested("ap1", "t1", "code", "Run this", "print()", AT_NOON)
    started = CodeStarted("t1", "ab12", "python", "print()", 30.0)
    file = new("fac7")
    record(file, asked, started, *FIGURES)
    lines = file.events()
    assert [recorded_fact(line) for line in lines] == [asked, started, *FIGURES]
    assert recorded_fact({"type": "OfAnotherVersion"}) is None
    with pytest.raises(DamagedFile, match="CodeStarted"):
        recorded_fact({"type": "CodeStarted"})


def test_sessions_are_listed_last_used_first_and_found_by_how_they_begin() -> None:
    first, second = new("ab12"), new("ab34", account="sim-shop", workspace="/w")
    record(first, QuestionAsked("why?", "m"), TurnFinished("answered", "", (), "unknown", "0.5"))
    record(second, QuestionAsked("and?", "m"), TurnFinished("answered", "", (), "1.5", "0.25"))
    os.utime(first.path, (10, 10))
    assert kept_sessions() == [second.path, first.path]
    summary = summary_of(second.path)
    assert (summary.account, summary.first_question, summary.turns) == ("sim-shop", "and?", 1)
    assert summary.spent_usd == Decimal("1.75")
    assert summary_of(first.path).has_unknown_price
    assert find_session("AB3") == second.path
    with pytest.raises(InputError, match="several"):
        find_session("ab")
    with pytest.raises(UnknownName):
        find_session("cd")
    with pytest.raises(UnknownName):
        find_session("")
