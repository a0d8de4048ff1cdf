"""Switching an incident off changes its resources' rows from its first day on, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from finops_repl.simulator.key import AnswerKey, Incident, answer_key
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.spec import INCIDENT_KINDS, IncidentKind, SimulatedSpec
from tests.simulator.conftest import SMALL, Worlds
from tests.simulator.incidents.bills import (
    SUPPORT,
    Generated,
    Row,
    exported,
    exported_total,
    unlike,
    unlike_exported,
)

SEEDS = (SMALL, "simulated:seed=11,as_of=2026-10-31,rows=20000")
BILLED_ON_THE_FIRST = ("RIFee",)
DERIVED = (*SUPPORT, "EdpDiscount")
"""Support, its tax and the discount are charged on whatever is billed."""

SUPPORT_SERVICES = ("AWS Support (Business)", "Tax")


def parse(text: str) -> SimulatedSpec:
    return SimulatedSpec.parse(text, yesterday=date(2026, 10, 31))


def without(text: str, kind: IncidentKind) -> str:
    """The same organisation with every incident but this one."""
    return f"{text},incidents={'+'.join(each for each in INCIDENT_KINDS if each != kind)}"


@cache
def the_bill(text: str) -> Generated:
    return Generated(Ledger(parse(text)))


@cache
def the_key(text: str) -> AnswerKey:
    return answer_key(parse(text))


def days_of(incident: Incident) -> set[date]:
    first, last = incident.first_day.toordinal(), incident.last_day.toordinal()
    return {date.fromordinal(day) for day in range(first, last + 1)}


def astray(rows: Iterable[Row], incident: Incident) -> list[Row]:
    """The rows that the incident has no right to change."""
    days = days_of(incident)
    months = {day.replace(day=1) for day in days}
    return [row for row in rows if not _may_change(row, incident, days, months)]


def _may_change(row: Row, incident: Incident, days: set[date], months: set[date]) -> bool:
    if row.type in DERIVED:
        return row.resource == "" and row.day in months
    if row.resource not in incident.resources:
        return False
    return row.day in (months if row.type in BILLED_ON_THE_FIRST else days)


@pytest.mark.parametrize("text", SEEDS)
@pytest.mark.parametrize("kind", INCIDENT_KINDS)
def test_switching_one_off_changes_no_other_row(text: str, kind: IncidentKind) -> None:
    incident, off = the_key(text).of(kind), Generated(Ledger(parse(without(text, kind))))
    rows = unlike(the_bill(text), off)
    assert rows
    assert astray(rows, incident) == []
    assert incident.dollars["unblended"] == the_bill(text).unblended - off.unblended


@pytest.mark.parametrize("kind", ["reservations", "untagged", "expiry"])
def test_the_exported_bill_tells_the_same_in_every_column(
    worlds: Worlds, kind: IncidentKind
) -> None:
    incident, off = the_key(SMALL).of(kind), worlds(without(SMALL, kind))
    rows = unlike_exported(exported(worlds(SMALL)), exported(off))
    assert rows
    assert astray(rows, incident) == []
    assert incident.dollars["unblended"] == exported_total(worlds(SMALL)) - exported_total(off)


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
def test_an_incident_is_the_same_whatever_else_is_wrong(kind: IncidentKind) -> None:
    """Alone in a quiet organisation it has the same rows as among all the others.

    Support alone costs less the more there is to support.
    """
    quiet, alone = (
        Generated(Ledger(parse(f"{SMALL},incidents={each}"))) for each in ("none", kind)
    )
    off = Generated(Ledger(parse(SMALL), frozenset({kind})))
    among, by_itself = (
        sorted(repr(row) for row in rows if row.type not in SUPPORT)
        for rows in (the_bill(SMALL).only(off), alone.only(quiet))
    )
    assert among == by_itself
    dollars = the_key(SMALL).of(kind).dollars_by_service
    before_support = sum(
        amount for service, amount in dollars.items() if service not in SUPPORT_SERVICES
    )
    assert alone.before_support - quiet.before_support == before_support


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
def test_the_keys_dollars_add_up(kind: IncidentKind) -> None:
    incident = the_key(SMALL).of(kind)
    assert sum(incident.dollars_by_service.values()) == incident.dollars["unblended"]
    assert sum(incident.dollars_by_day.values()) == incident.dollars["amortized"]
    assert incident.dollars_by_day.keys() <= days_of(incident)
    assert incident.dollars_changed > 0
    assert incident.dollars["unblended"] > 0 or kind == "untagged"
    assert (incident.saved_a_month > 0) == (incident.goes_on and kind != "untagged")


@pytest.mark.parametrize(
    "chosen",
    [
        "reservations@2026-05-20/sim-media-prod/ap-southeast-1",
        "idle@2026-10-30/sim-ml-prod",
        "oversized@2026-07-01/sim-shop-prod/eu-west-1",
        "untagged@2026-03-15/sim-log-archive",
        "mining@2026-10-28/sim-ml-prod/eu-central-1",
        "nat@2026-10-01/sim-network",
        "snapshots@2026-02-28/sim-mobile-prod/ap-northeast-1",
        "transfer@2026-08-31/sim-ml-prod/eu-west-1",
        "expiry@2026-06-30/sim-checkout-prod/eu-central-1",
        "spike@2026-06-11/sim-shop-prod/shop-api-prod",
    ],
)
def test_a_chosen_day_account_and_place_are_kept(chosen: str) -> None:
    kind, _, where = chosen.partition("@")
    day, account, *place = where.split("/")
    spec = parse(f"{SMALL},incidents={chosen}")
    (incident,) = answer_key(spec).incidents
    assert incident.kind == kind
    assert incident.first_day.isoformat() == day
    assert incident.account_name == account
    assert place in ([], [incident.region], [incident.facts.get("group")])
    put_right = Generated(Ledger(spec, frozenset({spec.incidents[0].kind})))
    rows = unlike(Generated(Ledger(spec)), put_right)
    assert rows
    assert astray(rows, incident) == []
    assert incident.dollars["unblended"] > Decimal(0) or kind == "untagged"


@pytest.mark.parametrize("text", [*SEEDS, f"{SMALL},incidents=none"])
def test_nobody_else_runs_what_the_scenes_commitments_cover(text: str) -> None:
    """What a scene leaves unused covers nothing elsewhere, and nothing elsewhere covers it."""
    ledger = Ledger(parse(text))
    scenes = {id(meter) for scene in ledger.scenes for meter in scene.meters}
    ours = {
        bought.offer.instance_type.partition(".")[0]
        for scene in ledger.scenes
        for bought in scene.commitments
    }
    elsewhere = {
        meter.offer.instance_type.partition(".")[0]
        for meter in ledger.meters
        if id(meter) not in scenes and meter.resource.startswith("i-")
    }
    assert len(ours) == 5
    assert elsewhere
    assert not ours & elsewhere
