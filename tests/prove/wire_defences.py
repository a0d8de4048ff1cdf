"""What the host checks of a box's frames, of its end, and of the connections through it."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import Defence, host

__all__ = ["WIRE_DEFENCES"]

HEAD = "finops_repl/aws/wire/head.py"
HOSTILE = "sandbox/test_hostile_box.py::test_"
RUNNING = f"{HOSTILE}breach_while_a_job_runs_ends_the_box"
END = f"{HOSTILE}end_that_no_process_has_ends_the_box"
HANDING = f"{HOSTILE}breach_while_files_are_handed_over_ends_the_box"
TUNNEL = "sandbox/test_tunnel.py::test_"
RULES = f"{TUNNEL}box_that_breaks_the_rules_is_told_apart"
REQUESTS = f"{TUNNEL}broken_or_ambiguous_requests_never_reach_the_door"
FRAMES = "sandbox/test_frames.py::test_"

FRAME_CHECKS: Final = (
    host(
        "only the kinds that a box may send",
        "frames",
        "if kind not in self._accepted:",
        "if kind not in LONGEST:",
        f"{FRAMES}kind_that_is_known_but_not_expected_here_is_a_breach",
    ),
    host(
        "length of a frame",
        "frames",
        "if length > LONGEST[kind]:",
        "if length > 1 << 40:",
        f"{FRAMES}excessive_length_is_a_breach_before_its_bytes_come",
    ),
    host(
        "each frame in its time",
        "followed_run",
        "if kind not in ALLOWED[self._phase]:",
        "if kind not in frames.LONGEST:",
        f"{RUNNING}[started twice]",
        f"{RUNNING}[a file before its end]",
        f"{HANDING}[output]",
        f"{HANDING}[another end]",
    ),
    host(
        "size of a gap",
        "followed_run",
        'raise FrameError("a gap in the output of no length")',
        "return",
        f"{RUNNING}[a gap of no size]",
    ),
    host(
        "stream of a gap",
        "followed_run",
        'raise FrameError("a gap in the output of no stream")',
        "return",
        f"{RUNNING}[a gap in no stream]",
    ),
    host(
        "number of figures",
        "followed_run",
        "if len(self._declared) >= frames.MAX_FIGURES:",
        "if len(self._declared) >= 10 * frames.MAX_FIGURES:",
        f"{RUNNING}[more figures than allowed]",
    ),
    host(
        "amount of output",
        "output",
        "MOST_BYTES = 16 * MB",
        "MOST_BYTES = 64 * MB",
        f"{RUNNING}[more output than a runner sends]",
    ),
    host(
        "output that is kept",
        "output",
        "            del self._tail[:excess]",
        "            pass",
        "attacks/test_sandbox_output.py::"
        "test_endless_output_is_cut_and_counted_and_costs_the_host_little[python]",
    ),
    host(
        "kind of an exit code",
        "followed_run",
        "type(code) is not int",
        "False",
        f"{END}[a truth value]",
    ),
    host(
        "size of an exit code",
        "followed_run",
        "-64 <= code <= 255",
        "-6400 <= code <= 25500",
        f"{END}[too large]",
        f"{END}[too small]",
    ),
)

END_CHECKS: Final = (
    host(
        "time is its own",
        "followed_run",
        "elif late and self._phase is Phase.RUNNING:",
        "elif late and self._phase is Phase.STOPPING:",
        f"{HOSTILE}time_is_the_hosts_clock_even_if_the_box_is_silent",
    ),
    host(
        "what it stopped is no success",
        "followed_run",
        "        if self._stopped is not None:\n            return self._stopped\n",
        "",
        f"{HOSTILE}success_after_the_time_was_up_is_no_success",
    ),
    host(
        "no success without an end",
        "followed_run",
        'return "exit" if told_an_end else "sandbox died"',
        'return "exit"',
        f"{RUNNING}[bytes that are no frame]",
    ),
    host(
        "a box that never began is no result",
        "followed_run",
        "if self._phase is Phase.STARTING:",
        "if self._phase is Phase.STOPPING:",
        f"{HOSTILE}box_that_never_starts_its_job_is_an_error_and_no_result",
    ),
    host(
        "a box is ended whatever happens",
        "conversation",
        "        self._box.kill()",
        "        pass",
        f"{HOSTILE}time_is_the_hosts_clock_even_if_the_box_is_silent",
    ),
    host(
        "a box that reads nothing is ended",
        "conversation",
        "    frames.MAX_STREAMS * frames.WINDOW\n",
        "    64 * frames.MAX_STREAMS * frames.WINDOW\n",
        f"{HOSTILE}box_that_asks_for_ever_more_and_reads_nothing_is_ended",
    ),
    host(
        "a box is read as fast as it is dealt with",
        "conversation",
        "FRAMES_WAITING = 256",
        "FRAMES_WAITING = 100_000",
        f"{HOSTILE}box_is_not_read_faster_than_its_frames_are_dealt_with",
    ),
)

TUNNEL_CHECKS: Final = (
    host(
        "streams are opened in turn",
        "tunnel",
        "if number != self._opened + 1:",
        "if number > 1 << 32:",
        f"{RULES}[opened out of turn]",
        f"{RULES}[opened twice]",
    ),
    host(
        "number of streams",
        "tunnel",
        "if len(self._streams) >= frames.MAX_STREAMS:",
        "if len(self._streams) >= 4 * frames.MAX_STREAMS:",
        f"{RULES}[too many]",
    ),
    host(
        "number of threads",
        "tunnel",
        "MOST_SERVED = 2 * frames.MAX_STREAMS",
        "MOST_SERVED = 8 * frames.MAX_STREAMS",
        f"{TUNNEL}streams_closed_at_once_do_not_pile_up_threads",
    ),
    host(
        "credit of a stream",
        "tunnel",
        "if self._may_receive < 0:",
        "if self._may_receive < -(1 << 30):",
        f"{RULES}[beyond its credit]",
    ),
    host(
        "window that a box is given",
        "tunnel",
        "self._may_receive = frames.WINDOW",
        "self._may_receive = 8 * frames.WINDOW",
        f"{RULES}[beyond its credit]",
    ),
    host(
        "window that is sent ahead",
        "tunnel",
        "self._may_send = frames.WINDOW\n",
        "self._may_send = 8 * frames.WINDOW\n",
        f"{TUNNEL}response_waits_for_a_client_that_does_not_read",
    ),
    host(
        "a grant keeps to the window",
        "tunnel",
        "if self._may_send > frames.WIDE_WINDOW:",
        "if self._may_send > 1 << 32:",
        f"{RULES}[grant beyond the window]",
    ),
    host(
        "no empty data",
        "tunnel",
        'raise FrameError(f"stream {self.number} sent an empty frame")',
        "return",
        f"{RULES}[empty data]",
    ),
    host(
        "a stream was opened",
        "tunnel",
        "if not 0 < number <= self._opened:",
        "if number > 1 << 32:",
        f"{RULES}[never opened]",
        f"{RULES}[closed unopened]",
    ),
    host(
        "a frame names a stream",
        "tunnel",
        'raise FrameError("a frame of the tunnel names no stream")',
        "return",
        f"{RULES}[no number]",
    ),
    host(
        "a grant has a size",
        "tunnel",
        'raise FrameError(f"a frame of kind {kind} with',
        'print(f"a frame of kind {kind} with',
        f"{RULES}[grant of no size]",
    ),
    host(
        "no connection without a job",
        "conversation",
        'raise FrameError("a connection before there was a job")',
        "continue",
        "sandbox/test_pool.py::test_a_box_that_speaks_before_it_has_an_order_is_never_ready",
    ),
    host(
        "waiting streams are freed when a box dies",
        "tunnel",
        "        for stream in streams:\n            stream.end()",
        "        streams.clear()",
        f"{TUNNEL}end_of_the_box_frees_whoever_waits_for_it",
    ),
)

HTTP_CHECKS: Final = (
    Defence(
        "host: size of a head",
        HEAD,
        "MAX_HEAD_BYTES = 64 * 1024",
        "MAX_HEAD_BYTES = 64 * 1024 * 1024",
        (f"{REQUESTS}[huge header]",),
    ),
    Defence(
        "host: number of headers",
        HEAD,
        "MAX_HEADERS = 200",
        "MAX_HEADERS = 2_000",
        (f"{REQUESTS}[many headers]",),
    ),
    host(
        "a head that readers take differently",
        "stream_http",
        "            looked_at = _check_head(connection, looked_at)",
        "            pass",
        f"{REQUESTS}[folded]",
        f"{REQUESTS}[bare line feed]",
        f"{REQUESTS}[one length twice]",
        f"{REQUESTS}[old version]",
        f"{TUNNEL}head_in_pieces_is_held_to_the_same_grammar",
        f"{TUNNEL}second_request_is_held_to_the_same_grammar",
    ),
    host(
        "no trailers",
        "stream_http",
        "if event.headers:",
        "if event.headers and not event.headers:",
        f"{REQUESTS}[trailers]",
    ),
    host(
        "size of a body",
        "stream_http",
        "MAX_BODY_BYTES = 8 *",
        "MAX_BODY_BYTES = 32 *",
        f"{TUNNEL}body_beyond_the_cap_is_refused_without_being_held",
    ),
    host(
        "bodies of all connections",
        "stream_http",
        "if not share.take(len(event.data)):",
        "if not share.take(0):",
        f"{TUNNEL}bodies_of_all_connections_together_have_a_cap",
    ),
    host(
        "responses of all connections",
        "stream_http",
        "if not share.take(len(response.body)):",
        "if not share.take(0):",
        f"{TUNNEL}responses_that_nobody_reads_count_and_are_given_back_when_they_are_read",
    ),
    Defence(
        "host: one length",
        HEAD,
        "if len(lengths) + len(codings) > 1:",
        "if len(lengths) + len(codings) > 9:",
        (f"{REQUESTS}[two framings]", f"{REQUESTS}[one length twice]"),
    ),
    host(
        "no proxy",
        "stream_http",
        'if head.method == "CONNECT":',
        'if head.method == "":',
        f"{REQUESTS}[proxy]",
    ),
    host(
        "refusals as AWS gives them",
        "stream_http",
        "response = serialise_refusal(refused.refusal, request=refused.head)",
        "response = WireResponse(500, ())",
        f"{REQUESTS}[no http]",
        f"{TUNNEL}bodies_of_all_connections_together_have_a_cap",
    ),
)

WIRE_DEFENCES: Final[tuple[Defence, ...]] = (
    *FRAME_CHECKS,
    *END_CHECKS,
    *TUNNEL_CHECKS,
    *HTTP_CHECKS,
)
