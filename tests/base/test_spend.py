import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from finops_repl.base.errors import LimitReached
from finops_repl.base.spend import Spend


def test_a_step_that_would_pass_the_cap_is_stopped_before_it_starts() -> None:
    spend = Spend(Decimal("1.00"))
    with spend.reserve("aws", Decimal("0.60")):
        pass
    with (
        pytest.raises(LimitReached, match=r"\$0.60 is spent, \$0.60 is asked"),
        spend.reserve("aws", Decimal("0.60")),
    ):
        pytest.fail("the step started")
    assert spend.spent() == Decimal("0.60")


def test_a_step_costs_what_it_says_it_cost() -> None:
    spend = Spend(Decimal("1.00"))
    with spend.reserve("model", Decimal("0.90")) as step:
        step.actual = Decimal("0.10")
    assert spend.spent("model") == Decimal("0.10")
    assert spend.spent("aws") == 0


def test_a_failed_step_costs_only_what_was_recorded() -> None:
    spend = Spend(Decimal("1.00"))

    def breaks_after_the_first_call() -> None:
        with spend.reserve("aws", Decimal("0.50")) as step:
            step.actual = Decimal("0.01")
            raise ValueError("broke")

    with pytest.raises(ValueError, match="broke"):
        breaks_after_the_first_call()
    assert spend.spent() == Decimal("0.01")


def test_children_in_parallel_cannot_overshoot_their_parent() -> None:
    parent = Spend(Decimal("1.00"))
    gate = threading.Barrier(8)

    def specialist(number: int) -> bool:
        gate.wait()
        try:
            with parent.child(f"specialist {number}").reserve("model", Decimal("0.30")):
                return True
        except LimitReached:
            return False

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(specialist, range(8)))
    assert 1 <= done.count(True) <= 3
    assert parent.spent() == Decimal("0.30") * done.count(True)


def test_a_child_stopped_by_its_parent_keeps_its_own_room() -> None:
    parent = Spend(Decimal("0.10"))
    child = parent.child("turn", Decimal("0.50"))
    with pytest.raises(LimitReached), child.reserve("aws", Decimal("0.20")):
        pytest.fail("the step started")
    with child.reserve("aws", Decimal("0.10")):
        pass
    assert child.spent() == parent.spent() == Decimal("0.10")


def test_what_is_set_aside_for_a_long_step_is_spent_bit_by_bit_and_given_back() -> None:
    spend = Spend(Decimal("1.00"), raised_by="--session-usd")
    child = spend.child("turn")
    held = child.hold("aws", Decimal("0.80"))
    with pytest.raises(LimitReached, match=r"\$0\.80 is set aside for what runs.*--session-usd"):
        child.hold("aws", Decimal("0.30"))
    child.charge(held, Decimal("0.10"))
    assert child.spent() == spend.spent() == Decimal("0.10")
    with pytest.raises(LimitReached):
        child.hold("aws", Decimal("0.30"))
    child.release(held)
    child.release(child.hold("aws", Decimal("0.90")))
    assert spend.spent() == Decimal("0.10")


def test_a_step_that_cost_more_than_was_set_aside_passes_the_cap() -> None:
    spend = Spend(Decimal("1.00"))
    held = spend.hold("aws", Decimal("0.50"))
    spend.charge(held, Decimal("0.99"))
    assert spend.passed() is None
    spend.charge(held, Decimal("0.02"))
    assert "the session cap of $1.00 was passed: $1.01 is spent" in str(spend.passed())
    assert "the session cap" in str(spend.child("turn").passed())
