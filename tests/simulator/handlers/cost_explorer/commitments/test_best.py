"""The commitment that saves the most is found among all, whatever the days are like."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finops_repl.simulator.handlers.cost_explorer.commitments.best import Tier, best, outcome

STEP = Decimal(1)
rates = st.lists(st.integers(20, 99), min_size=0, max_size=3, unique=True).map(sorted)


@st.composite
def days(draw: st.DrawFn) -> list[list[Tier]]:
    """Some days, each with usage at some rates in percent, the lowest first."""
    found = []
    for _ in range(draw(st.integers(1, 5))):
        tiers = []
        for rate in draw(rates):
            cost = Decimal(draw(st.integers(1, 40)))
            tiers.append(Tier(cost, cost * rate / 100))
        found.append(tiers)
    return found


@given(days())
def test_no_multiple_of_the_step_saves_more(asked: list[list[Tier]]) -> None:
    found = best(asked, STEP)
    savings = outcome(asked, found).savings
    assert found % STEP == 0
    assert savings >= 0
    for other in range(130):
        assert outcome(asked, Decimal(other)).savings <= savings


@given(days(), st.integers(0, 130))
def test_what_is_spent_is_the_fee_and_what_is_left(asked: list[list[Tier]], number: int) -> None:
    found = outcome(asked, Decimal(number))
    assert found.fee == number * len(asked)
    assert 0 <= found.used <= found.fee
    whole = sum((tier.on_demand for tiers in asked for tier in tiers), Decimal(0))
    assert found.on_demand == whole
    assert abs(found.savings - (whole - found.fee - found.left)) < Decimal("1e-20")


def test_a_reservation_for_some_days_alone_is_worth_its_price() -> None:
    """Four days of seven pay for one that costs half; three do not."""
    used, idle = [Tier(Decimal(24), Decimal(24))], list[Tier]()
    half = Decimal("0.5")
    assert best([used] * 4 + [idle] * 3, Decimal(24), half) == 24
    assert best([used] * 3 + [idle] * 4, Decimal(24), half) == 0
