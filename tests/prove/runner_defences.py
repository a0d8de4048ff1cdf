"""What the runner does as process 1 of a box; each change of it builds an image of its own."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import Change, Defence

__all__ = ["RUNNER_DEFENCES"]

RUNNER = "attacks/test_sandbox_runner.py::test_"
FORGED = f"{RUNNER}frames_cannot_be_forged_and_the_runner_cannot_be_read"
ENDS = "attacks/test_sandbox_ends.py::test_"
FILES = "attacks/test_sandbox_files.py::test_"
REGULAR = f"{FILES}only_regular_files_with_safe_names_are_taken[python]"
HOARD = "attacks/test_sandbox_exhaustion.py::test_hundred_thousand_files_are_not_all_taken[python]"
LINE = "attacks/test_sandbox_output.py::test_one_line_of_50_mb_and_bytes_that_are_no_text_are_taken"
FUZZ = "sandbox/test_runner_fuzz.py::test_"
RULES = f"{FUZZ}host_that_breaks_the_rules_is_told_by_the_runner"

PROCESS: Final = (
    Defence(
        "runner: not dumpable",
        "sandbox/runner.py",
        "libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)",
        "libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)",
        (f"{FORGED}[python]", f"{FORGED}[javascript]"),
        (
            Change(
                "sandbox/runner.py",
                "libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0",
                "libc.prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1",
            ),
        ),
    ),
    Defence(
        "runner: ignores SIGINT",
        "sandbox/runner.py",
        "    signal.signal(signal.SIGINT, signal.SIG_IGN)",
        "    pass",
        (f"{RUNNER}signals_do_not_stop_the_runner",),
    ),
    Defence(
        "runner: ends every process, not the script's alone",
        "sandbox/job_process.py",
        "os.kill(-1, signal.SIGKILL)",
        "os.kill(watched, signal.SIGKILL)",
        (f"{ENDS}child_left_behind_with_the_pipes_is_ended_before_files_are_taken",),
    ),
    Defence(
        "runner: pipes of the job close on exec",
        "sandbox/job_process.py",
        "fcntl.F_DUPFD_CLOEXEC",
        "fcntl.F_DUPFD",
        (f"{FORGED}[python]",),
    ),
    Defence(
        "runner: its own pipes close on exec",
        "sandbox/runner.py",
        "os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)",
        "os.pipe2(os.O_NONBLOCK)",
        (f"{FORGED}[python]",),
    ),
    Defence(
        "runner: memory takes the job first",
        "sandbox/job_process.py",
        'FIRST_TO_DIE = b"1000"',
        'FIRST_TO_DIE = b"0"',
        (f"{RUNNER}memory_takes_the_job_before_the_runner",),
    ),
    Defence(
        "runner: ends when the host is silent",
        "sandbox/runner.py",
        "SILENCE_S = 6",
        "SILENCE_S = 600",
        (f"{ENDS}host_that_falls_silent_leaves_no_container",),
    ),
    Defence(
        "runner: ends with the host, and when it is silent",
        "sandbox/wire.py",
        "        if not data:\n            raise HostGone",
        "        if not data:\n            return iter(())",
        (
            f"{ENDS}host_killed_at_once_leaves_no_container[python]",
            f"{FUZZ}wire_gives_frames_of_the_host_or_a_breach_and_ends_with_it",
        ),
        (Change("sandbox/runner.py", "SILENCE_S = 6", "SILENCE_S = 600"),),
    ),
)

PRINTED: Final = (
    Defence(
        "runner: output sent on",
        "sandbox/printed.py",
        "FORWARDED_BYTES = 16 *",
        "FORWARDED_BYTES = 64 *",
        (LINE,),
    ),
    Defence(
        "runner: tail of the output",
        "sandbox/printed.py",
        "TAIL_BYTES = 64 * 1024",
        "TAIL_BYTES = 1024 * 1024",
        (LINE,),
    ),
    Defence(
        "runner: number of figures",
        "sandbox/printed.py",
        "self._sent < frames.MAX_FIGURES",
        "self._sent < 10 * frames.MAX_FIGURES",
        (f"{RUNNER}figure_pipe_takes_so_many_figures_and_nothing_else",),
    ),
    Defence(
        "runner: length of a figure",
        "sandbox/printed.py",
        "0 < len(line) <= frames.FIGURE_BYTES",
        "0 < len(line) <= 10 * frames.FIGURE_BYTES",
        (f"{RUNNER}figure_pipe_takes_so_many_figures_and_nothing_else",),
        (
            Change(
                "sandbox/printed.py",
                "rest[: frames.FIGURE_BYTES + 1]",
                "rest[: 10 * frames.FIGURE_BYTES]",
            ),
        ),
    ),
)


def of_files(name: str, old: str, new: str, *tests: str, also: tuple[Change, ...] = ()) -> Defence:
    """A rule by which files are handed over."""
    return Defence(f"runner: {name}", "sandbox/files.py", old, new, tests, also)


HANDED_OVER: Final = (
    of_files("links stay", "if stat.S_ISLNK(status.st_mode):", "if False:", REGULAR),
    of_files("hard links stay", "if status.st_nlink > 1:", "if status.st_nlink > 9:", REGULAR),
    of_files(
        "what is no regular file stays",
        'return "not a regular file"',
        'return ""',
        REGULAR,
    ),
    of_files(
        "links of the folder are not entered",
        "os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW",
        "os.O_RDONLY | os.O_DIRECTORY",
        f"{FILES}data_folder_that_became_a_link_is_not_followed",
    ),
    of_files(
        "links to folders are told as links",
        "not entry.is_dir(follow_symlinks=False)",
        "not entry.is_dir(follow_symlinks=True)",
        f"{FILES}links_below_the_data_folder_are_told_and_not_entered",
    ),
    of_files(
        "links are looked at and opened as links",
        "os.stat(entry, dir_fd=folder, follow_symlinks=False)",
        "os.stat(entry, dir_fd=folder, follow_symlinks=True)",
        REGULAR,
        f"{FILES}links_below_the_data_folder_are_told_and_not_entered",
        also=(
            Change(
                "sandbox/files.py",
                "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK",
                "os.O_RDONLY | os.O_NONBLOCK",
            ),
        ),
    ),
    of_files(
        "size of a file", "if status.st_size > MAX_FILE_BYTES:", "if status.st_size < 0:", REGULAR
    ),
    of_files("number of files", "MAX_FILES = 200", "MAX_FILES = 400", HOARD),
    of_files("number of refusals", "MAX_REJECTED = 50", "MAX_REJECTED = 5000", HOARD),
    of_files("depth of folders", "MAX_DEPTH = 4", "MAX_DEPTH = 9", REGULAR),
)


def of_tunnel(name: str, old: str, new: str, *tests: str) -> Defence:
    """A rule of the runner's end of the tunnel."""
    return Defence(f"runner's tunnel: {name}", "sandbox/tunnel.py", old, new, tests)


TUNNEL: Final = (
    of_tunnel(
        "number of streams",
        "while len(self._streams) < frames.MAX_STREAMS:",
        "while len(self._streams) < 4 * frames.MAX_STREAMS:",
        "sandbox/test_tunnel.py::test_more_connections_than_streams_are_served_in_turn",
    ),
    of_tunnel(
        "a client waits for credit",
        "min(frames.CHUNK_BYTES, stream.credit)",
        "frames.CHUNK_BYTES",
        f"{FUZZ}client_that_sends_more_than_its_window_waits",
    ),
    of_tunnel(
        "the host keeps to its credit",
        "if stream.granted < 0 or",
        "if stream.granted < -(1 << 30) or",
        f"{RULES}[beyond its credit]",
    ),
    of_tunnel(
        "a grant keeps to the window",
        "if stream.credit > frames.WINDOW:",
        "if stream.credit > 1 << 32:",
        f"{RULES}[grant beyond the window]",
    ),
    of_tunnel(
        "a stream was opened",
        "if number == 0 or number > self._opened:",
        "if number > 1 << 32:",
        f"{RULES}[stream zero]",
        f"{RULES}[never opened]",
    ),
    Defence(
        "runner: reads no more than the host takes",
        "sandbox/wire.py",
        "CONGESTED_BYTES = 1024 * 1024",
        "CONGESTED_BYTES = 64 * 1024 * 1024",
        (f"{FUZZ}what_is_read_for_a_host_that_does_not_listen_stays_small",),
    ),
    Defence(
        "runner's frames: kinds that a host sends",
        "sandbox/frames.py",
        "if kind not in self._accepted:",
        "if kind not in LONGEST:",
        (f"{FUZZ}what_no_host_sends_is_a_breach[a frame of a box]",),
    ),
    Defence(
        "runner's frames: length",
        "sandbox/frames.py",
        "if length > LONGEST[kind]:",
        "if length > 1 << 40:",
        (f"{FUZZ}what_no_host_sends_is_a_breach[beyond its length]",),
    ),
    Defence(
        "runner's files: an announcement is one",
        "sandbox/files.py",
        'raise frames.FrameError("a file without its name and size") from error',
        "return",
        (f"{FUZZ}announcement_that_is_none_is_a_breach",),
    ),
)

RUNNER_DEFENCES: Final = (*PROCESS, *PRINTED, *HANDED_OVER, *TUNNEL)
