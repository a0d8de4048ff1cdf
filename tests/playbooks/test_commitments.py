"""Commitments are told as the exported bill has them, by SQL and by Cost Explorer alike."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops_repl.aws.call import Caller
from finops_repl.billing.port import BillKind
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.playbooks.choose import choose
from finops_repl.playbooks.commitment_question import read_commitments
from finops_repl.playbooks.question import NotUnderstood, Question
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.check import read_statement
from tests.playbooks.script_run import run_script
from tests.playbooks.simulated_house import LAST, Answered, simulated, simulated_house

MONTH = "2026-10"
NEAR = Decimal("0.000001")
HELD = {  # what commitments can cover, by product and the words of its usage types
    "EC2": ("AmazonEC2", "BoxUsage"),
    "Lambda": ("AWSLambda", "Lambda-GB-Second"),
    "RDS": ("AmazonRDS", "InstanceUsage|Multi-AZUsage"),
    "ElastiCache": ("AmazonElastiCache", "NodeUsage"),
}
KINDS = pytest.mark.parametrize("kind", ["cur2", "focus"])  # the bill answers; Cost Explorer does


@pytest.fixture(scope="module")
def october(bill: pd.DataFrame) -> pd.DataFrame:
    return bill[bill["month"] == MONTH]


def total(values: pd.Series) -> Decimal:
    return sum(values, Decimal(0))


def rows_of(october: pd.DataFrame, kind: str) -> pd.DataFrame:
    return october[october["type"] == kind]


def by_arn(october: pd.DataFrame) -> dict[str, tuple[Decimal, Decimal, Decimal]]:
    """Used and unused dollars, and what the covered usage costs on demand, of each commitment."""
    found = {}
    for arn, rows in october[october["plan"] != ""].groupby("plan"):
        fee, covered = rows_of(rows, "SavingsPlanRecurringFee"), "SavingsPlanCoveredUsage"
        used, whole = total(fee["plan_used"]), total(fee["plan_whole"])
        found[str(arn)] = used, whole - used, total(rows_of(rows, covered)["public"])
    for arn, rows in october[october["reservation"] != ""].groupby("reservation"):
        under, fee = rows_of(rows, "DiscountedUsage"), rows_of(rows, "RIFee")
        unused = total(fee["unused_fee"]) + total(fee["unused_upfront"])
        found[str(arn)] = total(under["reserved"]), unused, total(under["public"])
    return found


def covered_and_left(october: pd.DataFrame) -> dict[str, tuple[Decimal, Decimal]]:
    found = {}
    for name, (product, words) in HELD.items():
        rows = october[(october["product"] == product) & october["usage"].str.contains(words)]
        under = rows[rows["type"].isin(["SavingsPlanCoveredUsage", "DiscountedUsage"])]
        found[name] = total(under["public"]), total(rows_of(rows, "Usage")["public"])
    return found


@KINDS
async def test_every_commitment_is_as_the_exported_bill_has_it(
    organisation: SimulatedOrganisation, october: pd.DataFrame, tmp_path: Path, kind: BillKind
) -> None:
    with simulated_house(tmp_path, organisation, kind=kind) as (chat, gateway):
        question = f"How well were our Savings Plans and reservations used in {MONTH}?"
        answered = Answered(await chat.ask(question))
        paid = Counter(call.operation for call in gateway.calls("r") if call.service == "ce")
    answered.check()
    expected = by_arn(october)
    with (tmp_path / "commitments.csv").open() as file:
        listed = {row["arn"]: row for row in csv.DictReader(file)}
    assert set(listed) == set(expected)
    for arn, amounts in expected.items():
        told = [Decimal(listed[arn][column]) for column in ("used", "unused", "on_demand")]
        for mine, theirs in zip(told, amounts, strict=True):
            assert abs(mine - theirs) < NEAR, arn
    used, unused, on_demand = (
        sum(column, Decimal(0)) for column in zip(*expected.values(), strict=True)
    )
    figures = answered.figures
    assert abs(figures["committed"] - used - unused) < NEAR
    assert abs(figures["unused"] - unused) < NEAR
    assert abs(figures["net savings"] - (on_demand - used - unused)) < NEAR
    assert f"**${unused:,.2f} [" in answered.text
    # Two queries and no request where there is a table; else at most 15 requests.
    assert not paid if kind == "cur2" else 0 < paid.total() <= 15


@KINDS
async def test_coverage_counts_every_service_and_the_savings_rate_all_of_them(
    organisation: SimulatedOrganisation, october: pd.DataFrame, tmp_path: Path, kind: BillKind
) -> None:
    with simulated_house(tmp_path, organisation, kind=kind) as (chat, _):
        answered = Answered(await chat.ask("What was our coverage in October?"))
    answered.check()
    figures, expected = answered.figures, covered_and_left(october)
    lines = [line for line in answered.text.splitlines() if line.startswith("| ")][1:]
    names = [line.split(" | ")[0].removeprefix("| ") for line in lines]
    assert set(names) == set(expected)
    for number, name in enumerate(names):
        under, left = expected[name]
        assert abs(figures[f"left on demand {number}"] - left) < NEAR
        assert abs(figures[f"covered {number}"] - 100 * under / (under + left)) < NEAR
    under = sum((each for each, _ in expected.values()), Decimal(0))
    left = sum((each for _, each in expected.values()), Decimal(0))
    assert abs(figures["coverage"] - 100 * under / (under + left)) < NEAR
    used, unused, on_demand = (
        sum(c, Decimal(0)) for c in zip(*by_arn(october).values(), strict=True)
    )
    rate = 100 * (1 - (used + unused + left) / (on_demand + left))
    assert abs(figures["effective savings rate"] - rate) < NEAR


async def test_reservations_left_behind_and_a_plan_that_ended_are_those_of_the_answer_key(
    organisation: SimulatedOrganisation, tmp_path: Path
) -> None:
    key = organisation.key("reservations", "expiry")
    behind, ended = key.of("reservations"), key.of("expiry")
    with simulated_house(tmp_path, organisation) as (chat, _):
        answered = Answered(await chat.ask("how much commitment do we waste?"))
        expiring = Answered(await chat.ask("which savings plans expire soon?"))
    with (tmp_path / "commitments.csv").open() as file:
        listed = {row["arn"]: row for row in csv.DictReader(file)}
    (arn,) = behind.resources
    october = [cost for day, cost in behind.dollars_by_day.items() if f"{day:%Y-%m}" == MONTH]
    # The key's dollars hold what support, by a share of all costs, asks for them besides.
    unused = Decimal(listed[arn]["unused"])
    assert abs(unused / sum(october) - 1) < Decimal("0.02")
    first_row = answered.text.splitlines()[4]
    assert (
        f"] {behind.facts['instance_type']}, {behind.region} | {behind.account_name} |" in first_row
    )
    assert answered.figures["unused 0"] == unused
    assert "Reserved Instance Marketplace" in answered.text
    family = str(ended.facts["instance_type"]).partition(".")[0]
    over = ended.first_day
    line = f"EC2 Instance Savings Plan {family}, {ended.region} of {ended.account_name}: **{over}**"
    assert line in expiring.text
    until = LAST + timedelta(days=91)
    assert f"No commitment ends before {until}." in expiring.text


async def test_how_soon_is_asked_for_decides_what_ends_soon(
    organisation: SimulatedOrganisation, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, _):
        near = Answered(await chat.ask("which commitments end in the next 30 days?"))
        far = Answered(await chat.ask("which commitments end within 12 months?"))
    assert f"No commitment ends before {LAST + timedelta(days=31)}." in near.text
    assert "These commitments end before 2027-11-15:" in far.text
    assert "- Compute Savings Plan of sim-meridale: **2027-04-01**" in far.text


async def test_this_month_is_refused_because_reservations_are_billed_by_the_month(
    organisation: SimulatedOrganisation, tmp_path: Path
) -> None:
    with simulated_house(tmp_path, organisation) as (chat, _):
        answered = Answered(await chat.ask("how well are our reservations used this month?"))
    assert answered.end.end == "failed"
    assert "judged by one whole month" in answered.text


def test_on_the_first_day_of_a_month_no_plan_is_lost(tmp_path: Path) -> None:
    # Cost Explorer has no Savings Plans up to today yet, and says so as if there were none.
    with simulated("simulated:as_of=2026-10-31,rows=20000") as organisation:
        gateway = Gateway(organisation, ReadOnlyPolicy(read_statement), AuditLog(tmp_path))
        bill = {**organisation.bill, "kind": "focus"}
        with open_loopback(gateway, Caller("s", "r")) as door:
            ran = run_script(script("commitments"), {}, bill, door, tmp_path)
            with pytest.raises(AssertionError, match="plans of 2026-10 only after 2026-11-01"):
                run_script(script("commitments"), {"month": "2026-10"}, bill, door, tmp_path)
    assert ran.finding["month"] == "2026-09"
    assert ran.figure("plans used") > 90


@pytest.mark.parametrize(
    ("question", "aspect"),
    [
        ("How well are our Savings Plans used?", "use"),
        ("how well are our Savings Plans/reserved instances used?", "use"),
        ("what is our RI utilization?", "use"),
        ("What is our effective savings rate?", "use"),
        ("how much do our savings plans save", "use"),
        ("What is our coverage?", "coverage"),
        ("how much is covered by Savings Plans?", "coverage"),
        ("how much commitment do we waste?", "unused"),
        ("unused reservations in October", "unused"),
        ("which reservations expire soon?", "ends"),
        ("do any savings plans end in the next 60 days", "ends"),
        ("which unused reservations expire", "use"),
        ("What should we buy?", "buy"),
        ("how much should we commit?", "buy"),
        ("which reserved instances should we purchase", "buy"),
        ("savings plans purchase recommendations", "buy"),
        ("what do you recommend to buy?", "buy"),
        ("do we need more savings plans?", "buy"),
        ("how much could we save with savings plans?", "buy"),
    ],
)
def test_words_choose_the_aspect(question: str, aspect: str) -> None:
    assert read_commitments(Question(question)).aspect == aspect
    name = "commitments_to_buy" if aspect == "buy" else "commitments"
    assert getattr(choose(question, ()), "__name__", "") == name


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("RDS reservation coverage", "RDS"),
        ("coverage of account sim-web", "sim-web"),
        ("how well are our 3 year savings plans used", "3"),
        ("which savings plans did we buy?", "buy"),
        ("what should we buy in October?", "question of its own"),
        ("which commitments are unused and what should we buy?", "question of its own"),
        ("which reservations expire in the next 900 days", "900"),
    ],
)
def test_a_narrower_or_double_wish_is_refused(question: str, named: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        choose(question, ())
    assert named in refused.value.message
