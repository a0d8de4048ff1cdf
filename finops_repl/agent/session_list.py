"""The sessions that are kept: what each was about, and which one is meant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from finops_repl.agent.sessions import SessionHead, read_head, read_lines, sessions_dir
from finops_repl.base.errors import DamagedFile, InputError, UnknownName

__all__ = ["SessionSummary", "find_session", "kept_sessions", "last_model", "summary_of"]

TOLD = ("QuestionAsked", "TurnFinished", "BranchOpened")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One session in a list. `last_used` is UTC; `has_unknown_price` says that a model without a
    listed price answered, so that `spent_usd` is a part of it. A file that cannot be read has its
    `problem` and nothing else.
    """

    id: str
    path: Path
    last_used: datetime
    account: str = ""
    workspace: str = ""
    first_question: str = ""
    turns: int = 0
    spent_usd: Decimal = Decimal(0)
    has_unknown_price: bool = False
    problem: str = ""


def kept_sessions() -> list[Path]:
    """The files of all sessions in which something was recorded, the last used first."""
    found = ((path.stat(), path) for path in sessions_dir().glob("*.jsonl") if path.is_file())
    used = [(stat.st_mtime_ns, path) for stat, path in found if stat.st_size]
    return [path for _, path in sorted(used, reverse=True)]


def find_session(prefix: str) -> Path:
    """The session whose id begins so; raises `UnknownName` for none, `InputError` for several."""
    paths = kept_sessions()
    matching = [path for path in paths if path.stem.startswith(prefix.strip().lower())]
    if not prefix.strip() or not matching:
        raise UnknownName("session", prefix, (path.stem for path in paths))
    if len(matching) > 1:
        several = ", ".join(path.stem for path in matching)
        raise InputError(f"several sessions begin with {prefix!r}", hint=f"name one: {several}")
    return matching[0]


def last_model(path: Path) -> str:
    """The model that a session was last on; empty where it had none."""
    model = ""
    for line in read_lines(path, ("QuestionAsked", "BranchOpened")):
        model = str(line["model"]) or model
    return model


def summary_of(path: Path) -> SessionSummary:
    """What a list says of a session; only the lines that tell it are read."""
    used = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    try:
        return _summed_up(path, read_head(path), used)
    except DamagedFile as error:
        return SessionSummary(path.stem, path, used, problem=error.message)


def _summed_up(path: Path, head: SessionHead, used: datetime) -> SessionSummary:
    account, first, turns, spent = head.account, "", 0, Decimal(0)
    unknown = False
    for line in read_lines(path, TOLD):
        account = account or str(line["account"])
        match line["type"]:
            case "QuestionAsked":
                first = first or str(line["text"])
                turns += 1
            case "BranchOpened":
                turns -= int(line["turns_undone"])
            case _:
                prices = (line["model_usd"], line["aws_usd"])
                unknown = unknown or UNKNOWN in prices
                spent += _sum(price for price in prices if price != UNKNOWN)
    return SessionSummary(
        path.stem, path, used, account, head.workspace, first, turns, spent, unknown
    )


def _sum(prices: Iterable[str]) -> Decimal:
    return sum(map(Decimal, prices), Decimal(0))
