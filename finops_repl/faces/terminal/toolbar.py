"""The line below the prompt: which account, which model, what it has cost and filled."""

from __future__ import annotations

from finops_repl.faces.cells import cell_width, clip
from finops_repl.faces.figures import spent_usd
from finops_repl.faces.port import Status

__all__ = ["toolbar_line"]

SEPARATOR = " · "


def toolbar_line(status: Status, width: int) -> str:
    """The status within `width` columns; what matters least is left out first.

    The account is always there, so that simulated figures never pass for real ones.
    """
    by_importance = [
        status.account,
        status.model,
        f"{spent_usd(status.spent_usd)} spent",
        _context(status),
        status.sandbox and f"sandbox {status.sandbox}",
        status.region,
        status.as_of and f"as of {status.as_of}",
    ]
    shown = [status.account]
    for part in by_importance[1:]:
        if part and cell_width(SEPARATOR.join([*shown, part])) <= width:
            shown.append(part)
    return clip(SEPARATOR.join(shown), width)


def _context(status: Status) -> str:
    """`context 12.3k/200k`; without the window where that is not known."""
    if status.context_tokens is None:
        return ""
    filled = f"context {_thousands(status.context_tokens)}"
    return f"{filled}/{_thousands(status.window_tokens)}" if status.window_tokens else filled


def _thousands(tokens: int) -> str:
    """`950`, `12.3k`, `140k`: tokens as people count them."""
    if tokens < 1000:
        return str(tokens)
    return f"{tokens / 1000:.1f}k" if tokens < 99_950 else f"{tokens / 1000:.0f}k"
