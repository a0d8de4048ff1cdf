"""One turn of the conversation: ask the model, act, answer its calls, until there is an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from finops_repl.agent.asking import Asked, conversation_bytes
from finops_repl.agent.calls import Outcomes
from finops_repl.agent.compaction import compacted
from finops_repl.agent.history import History
from finops_repl.agent.limits import TurnLimits
from finops_repl.agent.mending import MEND_CALLS, note
from finops_repl.agent.models.port import (
    Message,
    Model,
    ModelError,
    ModelRequest,
    Reply,
    ToolSpec,
    ToolUse,
)
from finops_repl.agent.models.wire import message_to_fields
from finops_repl.agent.prompt import SYSTEM_PROMPT
from finops_repl.agent.turn import Turn
from finops_repl.base.errors import ApprovalRequired, LimitReached
from finops_repl.base.events import (
    AnswerBlock,
    BranchOpened,
    ConversationCompacted,
    Fact,
    ThinkingShown,
    ToolRequested,
    TurnEnd,
)

__all__ = ["Conversing"]


@dataclass(frozen=True, slots=True)
class Conversing:
    """Leads a turn. However it is left, `History.answer_open_calls` makes the history whole."""

    turn: Turn
    history: History
    specs: tuple[ToolSpec, ...]
    limits: TurnLimits
    fallback: Model | None

    async def answer(self, question: str, context: Mapping[str, str]) -> TurnEnd:
        """Ask, and go on until there is an answer or a reason why there is none."""
        self.history.ask(question, context)
        self.turn.question_at = len(self.history.messages) - 1
        try:
            end = await self._converse(self.limits.model_calls)
        except LimitReached as error:
            return await self._last_answer(error)
        if end == "answered" and self.turn.faults and self.turn.asking.model.can_mend:
            await self._mend()
        return end

    async def compact(self, why: str, question: Message | None) -> None:
        """Go on from a summary, in a new branch; what the summary says is no answer to anybody."""
        turn = self.turn
        turn.compactions += 1
        messages = self.history.messages

        def quietly(fact: Fact) -> None:
            if not isinstance(fact, AnswerBlock | ThinkingShown):
                turn.narrator.emit(fact)

        asking = replace(turn.asking, emit=quietly)

        async def ask(request: ModelRequest) -> Reply:
            return (await asking.ask(request)).reply

        short = await compacted(messages, question, ask, asking.model.name)
        added = tuple(message_to_fields(message) for message in short.messages)
        branch = BranchOpened("compact", 0, added)
        turn.narrator.emit(branch)
        self.history.follow(branch)
        turn.question_at, turn.replaced_at = 0, None
        sizes = conversation_bytes(messages), conversation_bytes(short.messages)
        turn.narrator.emit(ConversationCompacted(*sizes, why, short.summary_by))

    async def _mend(self) -> None:
        """Ask, once, for the answer with figures that hold; where none comes, the first stands."""
        turn, request = self.turn, self._request()
        try:
            turn.prepare(request)
            turn.spend.release(turn.spend.hold("model", turn.asking.most(request).usd))
        except LimitReached:
            return  # nothing is left for it; the marks say what does not hold
        asked = note(turn.faults)
        with turn.mending():
            self.history.add_note(asked)
            try:
                if await self._converse(MEND_CALLS) == "answered":
                    turn.mended()
            except ModelError as error:
                turn.fail(error.message, error.hint)
            except LimitReached as error:
                refused = turn.calls.refuse(self.history.open_calls, error)
                self.history.answer_open_calls(refused)

    async def _converse(self, most: int) -> TurnEnd:
        turn = self.turn
        for _ in range(most):
            asked = await self._ask()
            reply = asked.reply
            if reply.stop == "refusal":
                turn.fail(f"the model refused: {reply.stop_detail or 'no reason was given'}")
                return "refused"
            if reply.stop in ("end_turn", "tool_use") and reply.is_empty:
                if turn.nudged:
                    return turn.fail("the model gave an empty answer twice")
                turn.nudged = True
                self.history.add_note("Your reply was empty. Go on, or give your answer.")
                continue
            self.history.add_reply(reply)
            turn.keep(asked)
            if reply.stop == "gave_up":
                return "failed"
            if reply.stop == "unknown":
                return turn.fail(f"the model stopped for an unknown reason: {reply.stop_detail}")
            for call in reply.tool_uses:
                turn.narrator.emit(ToolRequested(call.id, call.name, call.input))
            if reply.tool_uses:
                await self._prepare_calls(reply.tool_uses)
                await self._act(reply.tool_uses)
            elif reply.stop == "pause_turn":
                if not turn.may_pause():
                    return turn.stop("the model paused too often")
            elif reply.stop == "max_tokens":
                return turn.stop("the answer reached its length limit and is cut off")
            else:
                return "answered"
        return turn.stop(f"{most} calls of the model brought no end")

    async def _ask(self) -> Asked:
        """The model's next reply: from a summary where the conversation has become too long, by
        the fallback where the model stays away."""
        turn = self.turn
        while True:
            request = self._request()
            try:
                turn.prepare(request)
                asked = await turn.asking.ask(request)
                if asked.reply.stop != "context_full":
                    turn.warn()
                    return asked
                raise ModelError(
                    "too_long",
                    "the conversation has filled what the model can read",
                    hint="ask for less at once, or start a new session; workflows and files stay",
                )
            except LimitReached as limit:
                if not await turn.goes_beyond(limit):
                    raise
            except ModelError as error:
                may_compact = turn.compactions < self.limits.compactions
                if error.kind == "too_long" and may_compact:
                    await self.compact(error.message, self.history.messages[turn.question_at])
                elif error.stays_away and self.fallback is not None and turn.may_replace_model:
                    turn.replace_model(self.fallback, error, len(self.history.messages))
                else:
                    raise

    async def _prepare_calls(self, calls: tuple[ToolUse, ...]) -> None:
        """Make sure that the caps hold the calls, as they are or as the user raises them."""
        while True:
            try:
                return self.turn.prepare_calls(self._request(), calls)
            except LimitReached as limit:
                if not await self.turn.goes_beyond(limit):
                    raise

    async def _act(self, calls: tuple[ToolUse, ...]) -> None:
        """Run the calls and answer every one of them, also when this is interrupted."""
        outcomes: Outcomes = {}
        try:
            await self.turn.calls.run(calls, outcomes, self.turn.seconds_left)
        except ApprovalRequired as error:
            outcomes = self.turn.calls.refuse(calls, error)
            raise
        finally:
            self.history.answer_open_calls(outcomes)

    async def _last_answer(self, limit: LimitReached) -> TurnEnd:
        """Execute nothing more; let the model say what it found, with the same tools in sight."""
        turn, why = self.turn, limit.message
        error = LimitReached(f"{why}; this was not executed", hint="answer with what you have")
        self.history.answer_open_calls(turn.calls.refuse(self.history.open_calls, error))
        if not turn.release_last_answer():
            raise limit
        words = self.limits.last_answer_tokens
        request = replace(self._request(), max_tokens=words, may_use_tools=False)
        try:
            asked = await turn.asking.ask(request)
        except ModelError as failed:
            turn.fail(failed.message, failed.hint)
            return turn.stop(why)
        if asked.reply.stop != "refusal" and asked.reply.text.strip():
            self.history.add_reply(asked.reply)
            turn.keep(asked)
        if asked.reply.stop == "max_tokens":
            why += "; this last answer reached its own length limit and is cut off"
        return turn.stop(why)

    def _request(self) -> ModelRequest:
        """What the model gets next. Who takes its place knows nothing of its calls."""
        messages, turn = self.history.messages, self.turn
        if turn.replaced_at is not None:
            messages = messages[: turn.question_at + 1] + messages[turn.replaced_at :]
        return ModelRequest(SYSTEM_PROMPT, self.specs, messages)
