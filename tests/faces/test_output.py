"""Live output: whole lines, head and tail, nothing hostile in the seams."""

from __future__ import annotations

from finops_repl.faces.output import FoldedOutput, OutputLine


def test_an_escape_split_over_two_chunks_does_not_pass() -> None:
    output = FoldedOutput()
    assert output.feed("stdout", "safe\x1b") == []
    assert output.feed("stdout", "[2J text\n") == [OutputLine("stdout", "safe text")]


def test_stdout_and_stderr_do_not_mix_within_a_line() -> None:
    output = FoldedOutput()
    output.feed("stdout", "out ")
    assert output.feed("stderr", "err\n") == [OutputLine("stderr", "err")]
    assert output.feed("stdout", "put\nrest") == [OutputLine("stdout", "out put")]
    assert output.finish() == [OutputLine("stdout", "rest")]


def test_long_output_keeps_its_head_and_its_tail() -> None:
    output = FoldedOutput(head=2, tail=2)
    now = output.feed("stdout", "1\n2\n3\n4\n5\n6\n")
    assert [line.text for line in now] == ["1", "2"]
    assert [line.text for line in output.finish()] == ["… 2 lines not shown …", "5", "6"]


def test_an_endless_line_takes_no_endless_memory_nor_screen() -> None:
    output = FoldedOutput()
    for _ in range(100):
        output.feed("stdout", "x" * 10_000)
    (line,) = output.finish()
    assert line.text.endswith("characters more")
    assert len(line.text) < 600
