"""What a setting's value may be: as a file, a variable or a flag has it, checked and typed.

Each reader takes the setting's name and all values by name, gives the default for None, and raises
`ConfigError` for what cannot be meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Literal, get_args

from finops_repl.base.caps import Caps
from finops_repl.base.errors import ConfigError

__all__ = [
    "APPROVAL_KINDS",
    "LONGEST_TIMEOUT_S",
    "ApprovalKind",
    "ApprovalMode",
    "WhenUnproven",
    "approval_mode",
    "approvals",
    "boxes",
    "caps",
    "dollars",
    "names_listed",
    "timeout",
    "when_unproven",
    "yes_or_no",
]

ApprovalKind = Literal["code", "workflow_overwrite", "file_export", "budget_rise"]
"""What may need a yes: to run code, to replace a workflow or an exported file, to raise a cap."""
ApprovalMode = Literal["auto", "ask", "never"]
APPROVAL_KINDS: tuple[ApprovalKind, ...] = get_args(ApprovalKind)
WhenUnproven = Literal["refuse", "warn"]
APPROVABLE = ", ".join(kind.replace("_", "-") for kind in APPROVAL_KINDS)
DEFAULT_TIMEOUT_S = 30.0
LONGEST_TIMEOUT_S = 900.0
DEFAULT_POOL = 2
LARGEST_POOL = 8


def names_listed(name: str, values: Mapping[str, object], *, such_as: str) -> tuple[str, ...]:
    """A list of texts: one of TOML, several flags, or one text with commas."""
    value = values[name] or ()
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        raise ConfigError(f"{name} is {value!r}", hint=f'give a list: ["{such_as}"]')
    return tuple(each.strip() for each in listed if each.strip())


def approvals(name: str, values: Mapping[str, object]) -> frozenset[ApprovalKind]:
    """The kinds of action that need no question."""
    approved: set[ApprovalKind] = set()
    for word in names_listed(name, values, such_as="code"):
        kind = next((known for known in APPROVAL_KINDS if known == word.replace("-", "_")), None)
        if kind is None:
            raise ConfigError(f"{name} names {word!r}", hint=f"valid: {APPROVABLE}")
        approved.add(kind)
    return frozenset(approved)


def approval_mode(name: str, values: Mapping[str, object]) -> ApprovalMode | None:
    """Whether a kind of action is asked for; None leaves it to the account."""
    match values[name]:
        case None:
            return None
        case "auto" | "ask" | "never" as mode:
            return mode
        case value:
            raise ConfigError(f"{name} is {value!r}", hint="valid: auto, ask, never")


def timeout(name: str, values: Mapping[str, object]) -> float:
    """Seconds that a script may take."""
    value = values[name]
    if value is None:
        return DEFAULT_TIMEOUT_S
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_TIMEOUT_S:
        raise ConfigError(
            f"{name} is {value!r}",
            hint=f"--timeout takes seconds: more than 0, at most {LONGEST_TIMEOUT_S:g}",
        )
    return seconds


def boxes(name: str, values: Mapping[str, object]) -> int:
    """How many boxes a chat keeps ready."""
    value = values[name]
    if value is None:
        return DEFAULT_POOL
    text = str(value)
    if not text.isdecimal() or int(text) > LARGEST_POOL:
        raise ConfigError(
            f"{name} is {value!r}",
            hint=f"give how many boxes a chat keeps ready: 0 to {LARGEST_POOL}",
        )
    return int(text)


def when_unproven(name: str, values: Mapping[str, object]) -> WhenUnproven:
    """What happens where an engine's limits do not hold."""
    match values[name]:
        case None | "refuse":
            return "refuse"
        case "warn":
            return "warn"
        case value:
            raise ConfigError(f"{name} is {value!r}", hint="valid: refuse, warn")


def yes_or_no(name: str, values: Mapping[str, object], *, default: bool) -> bool:
    """A switch."""
    match values[name]:
        case None:
            return default
        case True | "true" | "1":
            return True
        case False | "false" | "0":
            return False
        case value:
            raise ConfigError(f"{name} is {value!r}", hint="valid: true, false")


def dollars(name: str, values: Mapping[str, object]) -> Decimal | None:
    """An amount in US dollars, exact; None where nobody said one."""
    value = values[name]
    if value is None:
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise ConfigError(f"{name} is {value!r}", hint="give dollars, such as 2.50")
    return amount


def caps(prefix: str, values: Mapping[str, object], *, default: Caps) -> Caps:
    """The caps `prefix_usd`, `prefix_tokens` and so on; the default's where none is said."""
    usd = dollars(f"{prefix}_usd", values)
    seconds = _whole(f"{prefix}_seconds", values, such_as="600")
    return Caps(
        default.usd if usd is None else usd,
        _whole(f"{prefix}_tokens", values, such_as="500000") or default.tokens,
        _whole(f"{prefix}_tool_calls", values, such_as="30") or default.tool_calls,
        default.seconds if seconds is None else seconds,
    )


def _whole(name: str, values: Mapping[str, object], *, such_as: str) -> int | None:
    """A number above zero; None where nobody said one."""
    value = values[name]
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not text.isdecimal() or int(text) < 1:
        raise ConfigError(f"{name} is {value!r}", hint=f"give a whole number, such as {such_as}")
    return int(text)
