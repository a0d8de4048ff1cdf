"""Whether Cost Explorer answers: the one request of connecting that costs money."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from finops_repl.assembly.connecting.door import Door
from finops_repl.assembly.connecting.step import Questions, Step, refused
from finops_repl.base.money import price_text
from finops_repl.gateway.prices import COST_EXPLORER

__all__ = ["ask_cost_explorer"]

NAME = "cost explorer"


def ask_cost_explorer(door: Door, questions: Questions, *, wanted: bool) -> Iterator[Step]:
    """One step: the cost of the day before yesterday, if that was agreed to."""
    from botocore.exceptions import ClientError

    price = price_text(COST_EXPLORER.of(1))
    if not wanted or not questions.agree(f"Ask Cost Explorer whether it answers, for {price}?"):
        yield Step(NAME, "left out", "it was not asked whether it answers")
        return
    end = datetime.now(UTC).date() - timedelta(days=1)
    day = end - timedelta(days=1)
    try:
        told = door.client("ce").get_cost_and_usage(
            TimePeriod={"Start": str(day), "End": str(end)},
            Granularity="DAILY",
            Metrics=["UnblendedCost"],
        )
    except ClientError as error:
        yield refused(NAME, "ce", error, renewal=door.identity.renewal)
        return
    costs = [each["Total"]["UnblendedCost"] for each in told["ResultsByTime"] if each.get("Total")]
    shown = "".join(f"; {day}: {Decimal(c['Amount']):,.2f} {c['Unit']} unblended" for c in costs)
    yield Step(NAME, "ok", f"it answers, for {price} a request{shown}")
