"""Answers about the simulated organisation are what pandas makes of its exported bill."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from finops_repl.agent.models.offline import OfflineModel
from finops_repl.base.events import ToolRequested, TurnFinished
from finops_repl.billing.port import BillTable
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.tools.query_bill import QueryBill
from tests.agent.fakes import session
from tests.playbooks.exported_bill import CUR2, FOCUS, LEGACY, exported
from tests.playbooks.house import RoomBill

SPEC = SimulatedSpec.parse("simulated:as_of=2026-11-19,rows=40000", yesterday=date(2026, 11, 19))
KINDS = {CUR2: ("cur2", "billing_period"), LEGACY: ("legacy", "year,month"),
         FOCUS: ("focus", "billing_period")}  # fmt: skip
APART = ("Tax", "Credit", "Refund", "Adjustment")
CENT = Decimal("0.01")

Table = Mapping[tuple[str, ...], tuple[Decimal, ...]]


@dataclass(frozen=True)
class Bills:
    """The organisation, and its rows of each kind of export."""

    organisation: SimulatedOrganisation
    rows: Mapping[str, pd.DataFrame]

    async def answer(self, kind: str, question: str) -> str:
        name, partition = KINDS[kind]
        primary = BillTable("AwsDataCatalog", "billing", kind, name, partition, "primary")  # type: ignore[arg-type]
        bill = RoomBill(self.organisation.room, primary)
        facts = await session(OfflineModel(), [QueryBill(bill)]).ask(question)
        end = facts[-1]
        assert isinstance(end, TurnFinished)
        assert end.end == "answered", end.answer
        assert "unsourced" not in end.answer
        assert "(not what" not in end.answer
        for fact in facts:
            sql = str(fact.input.get("sql", "")) if isinstance(fact, ToolRequested) else ""
            assert not sql or "billing_period" in sql or "year = '" in sql, sql
        return end.answer


@pytest.fixture(scope="module")
def bills() -> Iterator[Bills]:
    organisation = SimulatedOrganisation(SPEC)
    try:
        yield Bills(organisation, {kind: exported(organisation, kind, "2026-09") for kind in KINDS})
    finally:
        organisation.close()


def table_of(answer: str) -> Table:
    """The table by its names; money and percent without their dress, nothing as zero."""
    found = {}
    for line in answer.splitlines():
        if "[f" in line and line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            numbers = [cell for cell in cells if "[f" in cell or cell == "-"]
            names = tuple(cells[: len(cells) - len(numbers) - (cells[-1] == "")])
            found[names] = tuple(map(number, numbers))
    return found


def number(cell: str) -> Decimal:
    text = re.sub(r"\s*\[f\d+\]|[$,%+ ]", "", cell)
    return Decimal(0) if text == "-" else Decimal(text)


def cents(value: Decimal) -> Decimal:
    return Decimal(f"{value:.2f}")


def usage(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[~rows["kind"].isin(APART)]


def ec2(rows: pd.DataFrame) -> pd.DataFrame:
    return of_service(rows, "AmazonEC2", "Amazon Elastic Compute Cloud")


def rds(rows: pd.DataFrame) -> pd.DataFrame:
    return of_service(rows, "AmazonRDS", "Amazon Relational Database Service")


def of_service(rows: pd.DataFrame, *names: str) -> pd.DataFrame:
    return rows[rows["service"].isin(names)]


def in_month(rows: pd.DataFrame, month: str) -> pd.DataFrame:
    return rows[rows["month"] == month]


def days(rows: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return rows[(rows["day"] >= first) & (rows["day"] <= last)]


Pick = Callable[[pd.DataFrame], pd.DataFrame]


@pytest.mark.parametrize("kind", [CUR2, FOCUS])
@pytest.mark.parametrize(
    ("question", "pick", "by", "cost"),
    [
        ("EC2 spend by account last month",
         lambda r: ec2(in_month(usage(r), "2026-10")), ["account_shown"], "cost"),
        ("RDS and EC2 in Ireland in September and October by usage type, cost",
         lambda r: (lambda q: pd.concat([ec2(q), rds(q)]))(
             usage(r)[lambda u: (u["region"] == "eu-west-1") & u["month"].between(
                 "2026-09", "2026-10")]), ["usage_type"], "cost"),
        ("top 20 resources from 3 to 9 October",
         lambda r: days(usage(r), "2026-10-03", "2026-10-09"), ["resource"], "cost"),
        ("cost by team in September",
         lambda r: in_month(usage(r), "2026-09"), ["team"], "cost"),
        ("What did team storefront spend by region last month",
         lambda r: in_month(usage(r), "2026-10")[lambda u: u["team"] == "storefront"],
         ["region"], "cost"),
        ("daily EC2 cost last 7 days",
         lambda r: ec2(days(usage(r), "2026-11-13", "2026-11-19")), ["day"], "cost"),
        ("amortized cost by service and region in October",
         lambda r: in_month(usage(r), "2026-10"), ["service", "region"], "amortized"),
        ("cost at list prices by service in October",
         lambda r: in_month(usage(r), "2026-10"), ["service"], "list"),
        ("net unblended cost by account without EC2 in September",
         lambda r: in_month(usage(r), "2026-09")[lambda u: ~u["service"].isin(
             ["AmazonEC2", "Amazon Elastic Compute Cloud"])], ["account_shown"], "net"),
        ("cost by charge type including tax and refunds in October",
         lambda r: in_month(r[r["kind"] != "Credit"], "2026-10"), ["kind"], "cost"),
        ("how much tax did we pay by account last month",
         lambda r: in_month(r[r["kind"] == "Tax"], "2026-10"), ["account_shown"], "cost"),
    ],
)  # fmt: skip
async def test_sums_are_those_of_pandas(
    bills: Bills, kind: str, question: str, pick: Pick, by: list[str], cost: str
) -> None:
    shown = dict(table_of(await bills.answer(kind, question)))
    rows = pick(bills.rows[kind])
    blank = ("",) * (len(by) - 1)
    (total,) = shown.pop(("total", *blank))
    (others,) = shown.pop(("others", *blank), (Decimal(0),))
    assert total == cents(rows[cost].sum())
    expected = {
        key if isinstance(key, tuple) else (key,): value
        for key, value in rows.groupby(by)[cost].sum().items()
    }
    assert shown
    assert {key: value for key, (value,) in shown.items()} == {
        key: cents(expected.pop(key)) for key in shown
    }
    assert others == cents(sum(expected.values(), Decimal(0)))
    assert abs(sum((v for (v,) in shown.values()), others) - total) <= CENT * (len(shown) + 1) / 2


@pytest.mark.parametrize("kind", list(KINDS))
async def test_a_table_over_months_adds_up_both_ways(bills: Bills, kind: str) -> None:
    answer = await bills.answer(kind, "EC2 cost by account and month since September: top 4")
    shown = dict(table_of(answer))
    rows = ec2(usage(bills.rows[kind]))
    months = ["2026-09", "2026-10", "2026-11"]
    sums = rows[rows["month"].isin(months)].groupby(["account_shown", "month"])["cost"].sum()
    totals = shown.pop(("total",))
    assert totals[:3] == tuple(cents(in_month(rows, month)["cost"].sum()) for month in months)
    shown.pop(("others",))
    assert len(shown) == 4
    for (account,), cells in shown.items():
        each = [sums.get((account, month), Decimal(0)) for month in months]
        assert cells == (*map(cents, each), cents(sum(each, Decimal(0))))


@pytest.mark.parametrize("kind", [CUR2, FOCUS])
async def test_a_share_is_the_part_of_the_whole(bills: Bills, kind: str) -> None:
    rows = in_month(usage(bills.rows[kind]), "2026-10")
    part, whole = ec2(rows)["cost"].sum(), rows["cost"].sum()
    answer = await bills.answer(kind, "What share of our bill is EC2 last month?")
    share = f"{100 * part / whole:.1f} %"
    assert re.match(rf"In 2026-10 EC2 was {share} \[f\d+\] of the cost", answer)
    assert f": ${part:,.2f} [f" in answer
    assert f" of ${whole:,.2f} [f" in answer
    shown = dict(table_of(await bills.answer(kind, "EC2's share by account last month: top 3")))
    assert shown.pop(("total",))[:2] == (cents(part), cents(whole))
    shown.pop(("others",))
    for (account,), (mine, all_of_it, percent) in shown.items():
        own = rows[rows["account_shown"] == account]
        assert (mine, all_of_it) == (cents(ec2(own)["cost"].sum()), cents(own["cost"].sum()))
        assert percent == Decimal(f"{100 * ec2(own)['cost'].sum() / own['cost'].sum():.1f}")


@pytest.mark.parametrize("kind", [CUR2, FOCUS])
@pytest.mark.parametrize(
    ("question", "before", "after", "by"),
    [
        ("compare October with September by service", ("2026-09-01", "2026-09-30"),
         ("2026-10-01", "2026-10-31"), "service"),
        ("compare 1-7 November with 8-14 November by usage type",
         ("2026-11-01", "2026-11-07"), ("2026-11-08", "2026-11-14"), "usage_type"),
        ("this month vs last month by account: top 5", ("2026-10-01", "2026-10-19"),
         ("2026-11-01", "2026-11-19"), "account_shown"),
    ],
)  # fmt: skip
async def test_changes_are_ranked_and_the_new_and_the_gone_stand_apart(
    bills: Bills,
    kind: str,
    question: str,
    before: tuple[str, str],
    after: tuple[str, str],
    by: str,
) -> None:
    rows = usage(bills.rows[kind])
    old, new = (days(rows, *each).groupby(by)["amortized"].sum() for each in (before, after))
    answer = await bills.answer(kind, question)
    shown = dict(table_of(answer))
    total = shown.pop(("total",))
    assert total[:3] == tuple(map(cents, (old.sum(), new.sum(), new.sum() - old.sum())))
    parts = {*old.index, *new.index}
    apart = {
        "new": [p for p in parts if not old.get(p)],
        "gone": [p for p in parts if not new.get(p)],
    }
    for name, names in apart.items():
        names = [each for each in names if old.get(each) or new.get(each)]
        cells = shown.pop((name,), None)
        assert (cells is not None) == bool(names)
        if cells is not None:
            sums = [
                sum((s.get(each, Decimal(0)) for each in names), Decimal(0)) for s in (old, new)
            ]
            assert cells[:2] == tuple(map(cents, sums))
            assert f"{name.capitalize()} (in " in answer
    shown.pop(("others",), None)
    ranked = [abs(new[name] - old[name]) for (name,) in shown]
    assert ranked == sorted(ranked, reverse=True)
    in_both = {name for name in parts if old.get(name) and new.get(name)}
    left = [abs(new[name] - old[name]) for name in in_both - {name for (name,) in shown}]
    assert min(ranked) >= max(left, default=Decimal(0))
    for (name,), (was, is_now, change, percent) in shown.items():
        assert (was, is_now) == (cents(old[name]), cents(new[name]))
        assert change == cents(new[name] - old[name])
        assert percent == Decimal(f"{100 * (new[name] - old[name]) / abs(old[name]):.1f}")
    split = re.search(r"Of the change, (\S+) \[f\d+\].*?, (\S+) \[f\d+\].*?, and (\S+) \[", answer)
    assert split is not None
    assert abs(sum(map(number, split.groups()), Decimal(0)) - total[2]) <= 2 * CENT


async def test_a_legacy_bill_has_a_column_for_each_tag(bills: Bills) -> None:
    shown = dict(table_of(await bills.answer(LEGACY, "cost by environment in October: top 25")))
    sums = in_month(usage(bills.rows[LEGACY]), "2026-10").groupby("environment")["cost"].sum()
    del shown[("total",)]
    assert shown == {(name,): (cents(value),) for name, value in sums.items()}
    assert ("(untagged)",) in shown


async def test_net_amortized_cost_of_the_cur_is_the_effective_cost_of_focus(bills: Bills) -> None:
    question = "net amortized cost by purchase option in October"
    of_cur = table_of(await bills.answer(CUR2, question))
    assert of_cur == table_of(await bills.answer(FOCUS, question))
    assert ("Savings Plans",) in of_cur


async def test_names_that_the_bill_does_not_have_are_refused_with_those_it_has(
    bills: Bills,
) -> None:
    for question, told in (
        ("how much did sim-shop-prd spend in September", "Did you mean sim-shop-prod?"),
        ("cost of accounts sim-shop-prod and sim-nowhere", "no account sim-nowhere"),
        ("what did team storefont spend", "Did you mean storefront?"),
        ("cost by tag Florp last month", "The tags there: application, cost_center,"),
    ):
        with pytest.raises(AssertionError) as refused:
            await bills.answer(CUR2, question)
        assert told in str(refused.value)
