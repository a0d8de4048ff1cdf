"""What holds of every conversation: its replies, its calls, its history, its end, its caps."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import Change, loop

__all__ = ["LOOP_DEFENCES"]

LOOP = "test_loop.py::"
STRANGE = "test_strange_replies.py::"
PROPERTY = "test_loop_properties.py::"
KILLED = "test_killed_sessions.py::"
COMPACT = "test_compaction.py::"
AWAY = "test_model_away.py::"
BUDGET = "test_budgets.py::"
RISE = "test_rises.py::"

ANY_SERVER = PROPERTY + "test_whatever_a_server_does_the_turn_ends_and_the_session_goes_on"
EVERY_AWAIT = PROPERTY + "test_ctrl_c_at_every_await_of_a_conversation"

REPLIES: Final = (
    loop(
        "an unfinished stream is no reply",
        "agent/models/accumulate",
        "if not self._ended or self._stop is None:",
        "if not self._blocks:",
        LOOP + "test_a_stream_cut_anywhere_is_discarded_and_asked_again[8-close-delimited]",
        also=(
            Change(
                "finops_repl/agent/models/accumulate.py",
                'STOPS.get(self._stop, "unknown")',
                'STOPS.get(self._stop or "tool_use", "unknown")',
            ),
        ),
    ),
    loop(
        "nothing of a reply cut at its length limit is executed",
        "agent/models/accumulate",
        'if stop == "max_tokens":',
        "if False:",
        LOOP + "test_nothing_of_a_reply_cut_at_its_limit_is_executed",
        ANY_SERVER,
    ),
    loop(
        "input that is no JSON is said to be none",
        "agent/models/accumulate",
        """given, fault = _tool_input(self._inputs.get(index, ""), fields.get("input"))""",
        """given, fault = _tool_input(self._inputs.get(index, ""), fields.get("input"))[0], \"\"""",
        STRANGE + "test_input_that_json_cannot_carry_back_is_refused_and_forgotten",
    ),
    loop(
        "input that JSON cannot carry back",
        "agent/models/accumulate",
        "        json.dumps(given, allow_nan=False)",
        "        json.dumps(given)",
        STRANGE + "test_input_that_json_cannot_carry_back_is_refused_and_forgotten[nan-chunked]",
        STRANGE
        + "test_input_that_json_cannot_carry_back_is_refused_and_forgotten[overflow-chunked]",
    ),
    loop(
        "two calls of one id are no reply",
        "agent/models/accumulate",
        "if len(calls) != len(set(calls)):",
        "if False:",
        STRANGE + "test_two_calls_with_one_id_are_no_reply",
    ),
    loop(
        "a server's own call keeps its input",
        "agent/models/accumulate",
        "KeptBlock(fields | self._kept_input(index))",
        "KeptBlock(fields)",
        STRANGE + "test_a_call_that_the_server_makes_itself_goes_back_with_its_input",
    ),
    loop(
        "a block that grows in an unknown way is not kept",
        "agent/models/accumulate",
        """raise ModelError("rejected", why, hint="update finops-repl, or choose --model")""",
        "return None",
        STRANGE + "test_a_block_that_grows_in_an_unknown_way_ends_the_turn_and_is_not_kept",
    ),
    loop(
        "a refusal is not stored",
        "agent/conversing",
        """            if reply.stop == "refusal":
""",
        """            if reply.stop == "refusal":
                self.history.add_reply(reply)
""",
        LOOP + "test_a_refusal_is_shown_and_not_stored",
    ),
    loop(
        "an empty reply is no answer",
        "agent/conversing",
        'if reply.stop in ("end_turn", "tool_use") and reply.is_empty:',
        "if False:",
        LOOP + "test_an_empty_reply_is_not_stored_and_nudged_once",
    ),
    loop(
        "calls of an unknown stop are not executed",
        "agent/conversing",
        'if reply.stop == "unknown":',
        "if False:",
        LOOP + "test_an_unknown_stop_ends_the_turn_with_every_call_answered",
        ANY_SERVER,
    ),
)

HISTORY: Final = (
    loop(
        "open calls are answered when a turn is left",
        "agent/conversing",
        """        finally:
            self.history.answer_open_calls(outcomes)
""",
        """        else:
            self.history.answer_open_calls(outcomes)
""",
        EVERY_AWAIT,
        also=(
            Change(
                "finops_repl/agent/loop.py",
                "            self._history.answer_open_calls()\n",
                "",
            ),
        ),
    ),
    loop(
        "results that were there at Ctrl-C are kept",
        "agent/conversing",
        """        finally:
            self.history.answer_open_calls(outcomes)
""",
        """        except BaseException:
            outcomes = {}
            raise
        finally:
            self.history.answer_open_calls(outcomes)
""",
        LOOP + "test_interrupt_stops_the_tool_and_answers_every_call",
    ),
    loop(
        "results come in the order of their calls",
        "agent/history",
        "tuple(results[call.id] for call in self.open_calls)",
        "tuple(results[call.id] for call in reversed(self.open_calls))",
        LOOP + "test_parallel_calls_run_together_and_answer_in_one_message",
        ANY_SERVER,
    ),
    loop(
        "earlier messages stay as they are",
        "agent/conversing",
        "messages, turn = self.history.messages, self.turn",
        "messages, turn = self.history.messages[-3:], self.turn",
        LOOP + "test_two_questions_extend_one_conversation",
        ANY_SERVER,
    ),
    loop(
        "thinking goes back with its signature",
        "agent/models/wire",
        "return cast(Fields, _clean(fields))",
        'return {k: v for k, v in fields.items() if k != "signature"}',
        LOOP + "test_thinking_goes_back_exactly_as_it_came",
    ),
    loop(
        "thinking without a reply is not stored",
        "agent/history",
        "while blocks and _is_thinking(blocks[-1]):",
        "while False:",
        STRANGE + "test_thinking_without_a_reply_is_not_sent_back",
    ),
    loop(
        "tools keep their order",
        "agent/conversing",
        "return ModelRequest(SYSTEM_PROMPT, self.specs, messages)",
        "order = 1 if len(messages) % 4 == 1 else -1\n"
        "        return ModelRequest(SYSTEM_PROMPT, self.specs[::order], messages)",
        ANY_SERVER,
    ),
    loop(
        "the system prompt stays",
        "agent/conversing",
        "return ModelRequest(SYSTEM_PROMPT, self.specs, messages)",
        'return ModelRequest(f"{SYSTEM_PROMPT}{len(messages)}", self.specs, messages)',
        LOOP + "test_two_questions_extend_one_conversation",
        ANY_SERVER,
    ),
    loop(
        "half characters end no session",
        "agent/models/wire",
        'return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")',
        "return text",
        LOOP + "test_lone_surrogates_do_not_reach_the_wire",
    ),
    loop(
        "a question's secrets are gone before it is sent",
        "agent/loop",
        "words = redact(encodable(question))",
        "words = encodable(question)",
        STRANGE + "test_a_secret_is_gone_before_anything_is_sent_or_recorded",
    ),
    loop(
        "a result's secrets are gone before it is sent",
        "tools/encoding",
        "return redact(clean_text(value))",
        "return clean_text(value)",
        STRANGE + "test_a_secret_is_gone_before_anything_is_sent_or_recorded",
    ),
    loop(
        "each message is on the disk",
        "agent/sessions",
        """self._append({"type": "Message", **message_to_fields(message)}, sync=True)""",
        """self._append({"type": "Message", **message_to_fields(message)}, sync=False)""",
        KILLED + "test_each_message_is_on_the_disk_before_anything_follows_from_it",
    ),
    loop(
        "a reply is committed before its calls run",
        "agent/history",
        "        self._on_append(message)  # first",
        '        if message.role == "user":\n            self._on_append(message)  # first',
        KILLED + "test_killed_at_any_commit_a_session_goes_on_as_if_interrupted",
    ),
    loop(
        "what could not be recorded is not sent",
        "agent/history",
        "        self._on_append(message)  # first: what could not be recorded is not sent either\n"
        "        self._messages.append(message)\n",
        "        self._messages.append(message)\n        self._on_append(message)\n",
        PROPERTY + "test_a_disk_that_is_full_at_any_line_ends_the_turn_and_no_session",
    ),
    loop(
        "calls that a crash left open are answered on load",
        "agent/sessions",
        "        history.answer_open_calls()\n",
        "",
        KILLED + "test_killed_at_any_commit_a_session_goes_on_as_if_interrupted",
    ),
)

END: Final = (
    loop(
        "Ctrl-C stops the tools",
        "agent/calls",
        """        except asyncio.CancelledError:
            self.cancelled.set()
""",
        """        except asyncio.CancelledError:
""",
        LOOP + "test_interrupt_stops_the_tool_and_answers_every_call",
    ),
    loop(
        "a second Ctrl-C waits for the box",
        "agent/ending",
        "            cancelled = True",
        "            raise",
        EVERY_AWAIT + "[ordinary-three times]",
        EVERY_AWAIT + "[troubled-three times]",
    ),
    loop(
        "patience ends",
        "agent/asking",
        "if not error.retryable or attempt >= self.limits.attempts:",
        "if not error.retryable:",
        LOOP + "test_patience_with_a_busy_server_ends",
    ),
    loop(
        "a wait is not longer than the longest",
        "agent/asking",
        "return wish if wish <= self.limits.longest_wait_s else None",
        "return min(wish, self.limits.longest_wait_s)",
        STRANGE + "test_a_wait_beyond_the_longest_one_is_not_waited",
    ),
    loop(
        "what waiting cannot mend is not asked again",
        "agent/models/messages_api",
        "if wait is None and status == 429:",
        "if False:",
        STRANGE + "test_a_429_without_a_time_that_can_be_read_is_a_spend_cap",
    ),
    loop(
        "pauses are capped",
        "agent/turn",
        "return self._pauses <= self.limits.pauses",
        "return True",
        LOOP + "test_a_pause_is_resent_unchanged_and_not_for_ever",
    ),
    loop(
        "the same call is not made for ever",
        "agent/turn",
        "if any(made[_identity(call)] > self.limits.same_call for call in calls):",
        "if False:",
        LOOP + "test_the_same_call_is_not_made_for_ever",
    ),
    loop(
        "compaction is not tried for ever",
        "agent/conversing",
        "may_compact = turn.compactions < self.limits.compactions",
        "may_compact = True",
        COMPACT + "test_a_conversation_that_stays_too_long_ends_the_turn",
    ),
    loop(
        "a branch is recorded",
        "agent/conversing",
        "        turn.narrator.emit(branch)\n",
        "",
        COMPACT + "test_the_branch_is_on_disk_before_it_holds",
        COMPACT + "test_the_question_goes_on_from_a_summary",
    ),
    loop(
        "a summary is no answer",
        "agent/conversing",
        "if not isinstance(fact, AnswerBlock | ThinkingShown):",
        "if True:",
        COMPACT + "test_the_summary_is_no_answer_and_its_figures_are_not_shown",
    ),
    loop(
        "the open question goes on",
        "agent/compaction",
        "_without_summary(question) if question is not None else ()",
        "()",
        COMPACT + "test_the_question_goes_on_from_a_summary",
        COMPACT + "test_a_question_without_an_answer_stays_open",
    ),
    loop(
        "the answer says who goes on for an absent model",
        "agent/turn",
        """self.say(f"*{replaced} stays away""",
        """str(f"*{replaced} stays away""",
        AWAY + "test_the_offline_analyst_answers_and_says_so",
    ),
    loop(
        "an absent model is a failure to programs",
        "agent/turn",
        "        self.failure = ConnectionFailed.__name__\n",
        "",
        AWAY + "test_the_offline_analyst_answers_and_says_so",
    ),
    loop(
        "a wrong request is no absence",
        "agent/conversing",
        "elif error.stays_away and self.fallback",
        "elif self.fallback",
        AWAY + "test_a_request_that_is_wrong_is_no_absence",
    ),
)

CAPS: Final = (
    loop(
        "dollars are reserved before a call",
        "agent/asking",
        'self.spend.reserve("model", self.most(request).usd)',
        'self.spend.reserve("model", self.most(request).usd * 0)',
        BUDGET + "test_dollars_of_a_runaway_stay_under_the_cap_and_pay_its_last_answer[turn-0.30]",
    ),
    loop(
        "dollars of a last answer are kept back",
        "agent/turn",
        "        self.spend.resize(self.last_answer, last.usd)\n",
        "",
        BUDGET + "test_dollars_of_a_runaway_stay_under_the_cap_and_pay_its_last_answer[turn-0.71]",
        BUDGET
        + "test_dollars_of_a_runaway_stay_under_the_cap_and_pay_its_last_answer[session-1.64]",
    ),
    loop(
        "a question's cap holds",
        "base/spend",
        "return own + self._windows",
        "return own",
        BUDGET + "test_a_window_holds_whoever_spends_in_it_and_ends",
        BUDGET + "test_windows_hold_in_parallel",
        BUDGET + "test_dollars_of_a_runaway_stay_under_the_cap_and_pay_its_last_answer[turn-0.30]",
    ),
    loop(
        "the cap on tokens",
        "agent/budget",
        '("tokens", used.tokens + more.tokens, caps.tokens)',
        '("tokens", used.tokens + more.tokens, None)',
        BUDGET + "test_tokens_of_a_runaway_stay_under_the_cap_with_its_last_answer",
    ),
    loop(
        "tokens of a last answer are kept back",
        "agent/turn",
        "budget.short_of(Used(tokens=tokens + last.tokens))",
        "budget.short_of(Used())",
        BUDGET + "test_tokens_of_a_runaway_stay_under_the_cap_with_its_last_answer",
    ),
    loop(
        "the cap on tool calls",
        "agent/turn",
        "if short := budget.short_of(Used(tool_calls=len(calls))):",
        "if short := budget.short_of(Used()):",
        LOOP + "test_tool_calls_of_a_turn_are_capped",
        BUDGET + "test_tool_calls_of_a_session_are_capped_over_its_questions",
    ),
    loop(
        "the cap on time",
        "agent/budget",
        '("seconds", used.seconds + more.seconds, caps.seconds)',
        '("seconds", used.seconds + more.seconds, None)',
        BUDGET + "test_time_that_is_up_stops_the_tool_and_leaves_a_last_answer",
    ),
    loop(
        "a tool ends with the time",
        "agent/calls",
        "await asyncio.wait(running, timeout=seconds)",
        "await asyncio.wait(running)",
        BUDGET + "test_time_that_is_up_stops_the_tool_and_leaves_a_last_answer",
    ),
    loop(
        "the user's thinking costs no time",
        "agent/calls",
        "with self.tally.waiting():",
        "if True:",
        BUDGET + "test_an_approval_that_the_user_thinks_over_costs_no_time",
    ),
    loop(
        "a last answer may use no tool",
        "agent/conversing",
        "max_tokens=words, may_use_tools=False)",
        "max_tokens=words)",
        BUDGET + "test_tokens_of_a_runaway_stay_under_the_cap_with_its_last_answer",
        LOOP + "test_the_same_call_is_not_made_for_ever",
    ),
    loop(
        "a no to a rise leaves the cap",
        "agent/turn",
        "        if not verdict.approved:\n",
        "        if verdict is None:\n",
        RISE + "test_a_no_leaves_the_last_answer",
    ),
    loop(
        "where nobody is there no cap is raised",
        "agent/turn",
        "self.is_mending or not self.calls.approvals.attended",
        "self.is_mending",
        RISE + "test_where_nobody_is_there_or_may_say_yes_nobody_is_asked[policy0]",
        RISE + "test_where_nobody_is_there_or_may_say_yes_nobody_is_asked[policy1]",
    ),
    loop(
        "a rise is recorded",
        "agent/turn",
        "        self.narrator.emit(rise)\n",
        "",
        RISE + "test_a_question_goes_on_beyond_a_cap_that_its_user_raises",
        RISE + "test_by_policy_a_cap_is_raised_unasked_and_told",
    ),
    loop(
        "a cap is warned of once",
        "agent/budget",
        "                self._warned.add(what)\n",
        "",
        BUDGET + "test_four_fifths_of_a_cap_are_warned_of_once",
    ),
    loop(
        "a reply that broke off is paid for",
        "agent/asking",
        "            if used != Usage():\n"
        "                self.note(model_used(self.model.name, used, price))\n",
        "            pass\n",
        BUDGET + "test_a_reply_that_broke_off_is_paid_for",
        BUDGET + "test_costs_are_told_apart_by_model_cache_and_aws",
    ),
)

LOOP_DEFENCES: Final = (*REPLIES, *HISTORY, *END, *CAPS)
