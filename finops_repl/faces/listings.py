"""The saved workflows as a list for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from finops_repl.faces.escapes import plain
from finops_repl.workflows.store import Listing

__all__ = ["workflows_json", "workflows_text"]


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
        parameters = " ".join(f"{name}=" for name in item.parameters)
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
