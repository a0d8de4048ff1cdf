"""The saved workflows, and the kept sessions, as lists for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from finops_repl.agent.session_list import SessionSummary
from finops_repl.faces.escapes import plain
from finops_repl.faces.figures import spent_usd

if TYPE_CHECKING:
    from finops_repl.workflows.store import Listing  # pydantic: no prompt waits for it

__all__ = ["session_line", "sessions_json", "sessions_text", "workflows_json", "workflows_text"]


def workflows_text(listings: Sequence[Listing], tag: str | None = None) -> str:
    """Two lines each: how to run it and what it does; a damaged file says what is wrong."""
    if not listings and tag:
        return plain(f"No workflow has the tag {tag!r}.")
    if not listings:
        return "No workflows yet: save one from the chat."
    lines = []
    for item in listings:
        if item.problem:
            lines.append(f"{item.slug}\n    cannot be read: {item.problem}")
            continue
        tags = " ".join(f"#{tag}" for tag in item.tags)
        parameters = " ".join(item.usual)
        lines.append(f"{item.slug}  ({item.language})  {tags}\n    {item.description or item.name}")
        if parameters:
            lines.append(f"    parameters: {parameters}")
        if "bill" in item.needs:
            lines.append("    needs: the bill as a table in Athena")
    return plain("\n".join(lines))


def workflows_json(listings: Sequence[Listing]) -> str:
    """One object: `workflows`, each with its file and, where it is damaged, its problem."""
    return json.dumps(
        {
            "workflows": [
                {
                    "slug": item.slug,
                    "name": item.name,
                    "description": item.description,
                    "language": item.language,
                    "tags": list(item.tags),
                    "parameters": list(item.parameters),
                    "needs": list(item.needs),
                    "updated": item.updated.isoformat() if item.updated else None,
                    "example": item.example,
                    "file": str(item.path),
                    "problem": item.problem or None,
                }
                for item in listings
            ]
        },
        indent=2,
        ensure_ascii=False,
    )


def session_line(summary: SessionSummary) -> str:
    """`3f2a91bc  2026-11-20 14:05  sim-acme  3 turns  $0.12`; the time is the reader's own."""
    used = summary.last_used.astimezone().strftime("%Y-%m-%d %H:%M")
    if summary.problem:
        return plain(f"{summary.id}  {used}  cannot be read")
    turns = f"{summary.turns} turn{'' if summary.turns == 1 else 's'}"
    spent = spent_usd(summary.spent_usd) + (" and more" if summary.has_unknown_price else "")
    return plain(f"{summary.id}  {used}  {summary.account}  {turns}  {spent}")


def sessions_text(sessions: Sequence[SessionSummary]) -> str:
    """Two lines each: id, when, account, turns and dollars; the first question."""
    if not sessions:
        return "No sessions yet: finops-repl opens one."
    lines = (
        f"{session_line(each)}\n    {' '.join((each.problem or each.first_question).split())}"
        for each in sessions
    )
    return plain("\n".join(lines))


def sessions_json(sessions: Sequence[SessionSummary]) -> str:
    """One object: `sessions`, each with its file; dollars are text, as exact as they were."""
    return json.dumps(
        {
            "sessions": [
                {
                    "id": each.id,
                    "last_used": each.last_used.isoformat(timespec="seconds"),
                    "account": each.account,
                    "workspace": each.workspace,
                    "first_question": each.first_question,
                    "turns": each.turns,
                    "spent_usd": str(each.spent_usd),
                    "spent_more": each.has_unknown_price,
                    "file": str(each.path),
                    "problem": each.problem or None,
                }
                for each in sessions
            ]
        },
        indent=2,
        ensure_ascii=False,
    )
