"""What both generations of load balancers share: which stand here, what is behind them, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.networking import private_ip
from finops_repl.simulator.handlers.resources.standing import Standing, standing
from finops_repl.simulator.view import View, invalid

__all__ = ["PORT", "Target", "here", "named", "page", "targets"]

PAGE = 400
PORT = 8080
"""Where what stands behind a balancer listens."""


def here(view: View, region: str, *, classic: bool) -> list[Standing]:
    found = standing(view, "balancer", region=region)
    return [each for each in found if (each.text("type") == "classic") == classic]


@dataclass(frozen=True, slots=True)
class Target:
    """What a balancer sends to: an instance or an address."""

    id: str
    runs: bool = True


def targets(view: View, found: Standing) -> Sequence[Target]:
    """The instances or the addresses that a balancer sends to; none where it is idle."""
    asked = (
        "SELECT id, state = 'running' FROM instance WHERE account_id = ? AND region = ?"
        " AND {} = ? ORDER BY launched, id"
    )
    for fact, column in (("group", "scaling_group"), ("instance", "id")):
        if holder := found.text(fact):
            rows = view.rows(asked.format(column), [found.account, found.region, holder])
            return [Target(*row) for row in rows]
    numbers = range(found.number("addresses"))
    return [
        Target(private_ip(view.world, found.region, f"{found.on_bill}/{each}")) for each in numbers
    ]


def named(
    call: Call, found: Sequence[Standing], by: Mapping[str, Callable[[Standing], str]], code: str,
    text: str,
) -> Sequence[Standing] | Refusal:  # fmt: skip
    """Those that the call names; `by` are the parameters that do, and what they name it by."""
    for parameter, of in by.items():
        wanted = call.params.get(parameter) or ()
        known = {of(each) for each in found}
        for each in wanted:
            if each not in known:
                return Refusal(code, text.format(each))
        if wanted:
            found = [each for each in found if of(each) in wanted]
    return found


def page(
    call: Call, result: str, found: Sequence[Standing],
    described: Callable[[Standing], dict[str, Any]],
) -> Answer:  # fmt: skip
    size = call.params.get("PageSize")
    if size is not None and not 1 <= size <= PAGE:
        return invalid(f"PageSize must be between 1 and {PAGE}", "ValidationError")
    # The next page is asked for by Marker and told as NextMarker.
    part = cut(found, call.params, "PageSize", PAGE, PAGE, "Marker")
    if part is None:
        return invalid("The marker is invalid", "ValidationError")
    shown, marker = part
    fields: dict[str, Any] = {result: [described(each) for each in shown]}
    return Result(fields | ({"NextMarker": marker} if marker else {}))
