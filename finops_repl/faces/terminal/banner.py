"""What the chat says when it opens: whose figures these are and who answers."""

from __future__ import annotations

from finops_repl.faces.port import Banner
from finops_repl.faces.terminal.screen import Screen

__all__ = ["show_banner"]

SIMULATED = "This account is simulated: an invented organisation, and no real money."
OFFLINE = "The offline analyst follows playbooks; with ANTHROPIC_API_KEY a model answers."
TRY = "Try: Why did our EC2 costs jump?   Enter sends, Ctrl-C stops, Ctrl-D leaves."


def show_banner(banner: Banner, screen: Screen) -> None:
    """Account, model and workspace; for the first run also what simulated and offline mean."""
    screen.say(f"finops-repl {banner.version}", "bold")
    account, style = banner.account, "account"
    if banner.is_simulated:
        as_of = f", as of {banner.as_of}" if banner.as_of else ""
        account, style = f"{account} (simulated{as_of})", "simulated"
    screen.hanging("  account    ", account, style, head_style="story")
    screen.hanging("  model      ", banner.model, "", head_style="story")
    screen.hanging("  workspace  ", str(banner.workspace), "", head_style="story")
    screen.gap()
    if banner.first_run:
        if banner.is_simulated:
            screen.say(SIMULATED)
        if banner.is_offline:
            screen.say(OFFLINE)
        screen.say(TRY)
    else:
        screen.say("Ask in plain words, or type /help.", "story")
    screen.gap()
