"""A specification says exactly which organisation is meant, or exactly what is wrong with it."""

from __future__ import annotations

from datetime import date

import pytest

from finops_repl.base.errors import InputError, UnknownName
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import INCIDENT_KINDS, IncidentChoice, SimulatedSpec

TODAY = date(2026, 11, 20)


def parse(text: str) -> SimulatedSpec:
    return SimulatedSpec.parse(text, yesterday=TODAY)


def test_a_bare_name_means_the_default_organisation_up_to_yesterday() -> None:
    assert parse("simulated") == SimulatedSpec(
        TODAY, 7, tuple(IncidentChoice(kind) for kind in INCIDENT_KINDS), 1_000_000
    )
    assert str(parse("simulated")).count("incidents=all,") == 1


@pytest.mark.parametrize(
    "text",
    [
        "simulated:seed=11",
        "simulated:incidents=none,as_of=2024-02-29",
        "simulated:incidents=spike@2026-10-12/sim-shop-prod/shop-web-prod,rows=20000",
        "simulated:incidents=spike@/sim-shop-prod",
        "simulated:incidents=spike@//shop-web-prod",
    ],
)
def test_what_a_specification_prints_reads_back_as_itself(text: str) -> None:
    spec = parse(text)
    assert parse(str(spec)) == spec


def test_each_part_of_a_place_is_optional() -> None:
    spec = parse("simulated:incidents=spike@//shop-web-prod")
    assert spec.incidents == (IncidentChoice("spike", None, "", "shop-web-prod"),)


@pytest.mark.parametrize(
    ("text", "named", "helps"),
    [
        ("simulated:sed=7", "sed", "did you mean seed?"),
        ("simulated:seed=x", "seed", "whole number"),
        ("simulated:seed=²", "seed", "whole number"),
        ("simulated:rows=10", "rows", "20000"),
        ("simulated:as_of=2026-13-01", "as_of", "YYYY-MM-DD"),
        ("simulated:as_of=20261001", "as_of", "YYYY-MM-DD"),
        ("simulated:incidents=spkie", "incidents", "did you mean spike?"),
        ("simulated:incidents=reservation", "incidents", "did you mean reservations?"),
        ("simulated:incidents=spike+snapshot", "incidents", "did you mean snapshots?"),
        ("simulated:incidents=nat/sim-network", "incidents", "nat@/sim-network"),
        ("simulated:incidents=everything", "incidents", ", ".join(INCIDENT_KINDS)),
        ("simulated:incidents=spike+all", "incidents", "all, none, or some of"),
        ("simulated:incidents=nat+nat@/sim-network", "incidents", "name each kind once"),
        ("simulated:incidents=spike@2026-10-12/a/b/c", "incidents", "first day / account / region"),
        ("simulated:seed=", "seed", "seed=..."),
        ("simulated:seed=1,seed=2", "seed", "once"),
        ("simulatd", "simulatd", "begins with"),
    ],
)
def test_a_wrong_field_is_named_with_what_it_takes(text: str, named: str, helps: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert named in caught.value.message
    assert helps in caught.value.hint


def test_a_place_that_does_not_exist_is_refused_before_anything_is_made() -> None:
    with pytest.raises(UnknownName, match="sim-shop-prod"):
        SimulatedOrganisation(parse("simulated:incidents=spike@/sim-shop-prd"))
    with pytest.raises(UnknownName, match="shop-web-prod"):
        SimulatedOrganisation(parse("simulated:incidents=spike@/sim-shop-prod/shop-web"))
    with pytest.raises(UnknownName, match="sim-network"):
        SimulatedOrganisation(parse("simulated:incidents=nat@/sim-netwrk"))
    with pytest.raises(UnknownName, match="no region for sim-network named 'eu-west-1'"):
        SimulatedOrganisation(parse("simulated:incidents=nat@/sim-network/eu-west-1"))
    with pytest.raises(UnknownName, match="no region for sim-shop-prod named 'eu-west-1'"):
        SimulatedOrganisation(parse("simulated:incidents=mining@/sim-shop-prod/eu-west-1"))


@pytest.mark.parametrize("kind", INCIDENT_KINDS)
@pytest.mark.parametrize("day", ["2020-01-01", "2025-11-02", "2026-11-21"])
def test_a_day_without_data_or_without_weeks_before_it_is_refused(kind: str, day: str) -> None:
    with pytest.raises(InputError, match=f"{kind} cannot begin on {day}") as caught:
        SimulatedOrganisation(parse(f"simulated:incidents={kind}@{day}"))
    assert caught.value.hint.endswith("to 2026-11-20")


def test_the_order_of_incidents_does_not_matter() -> None:
    assert parse("simulated:incidents=idle+spike") == parse("simulated:incidents=spike+idle")
    assert parse(f"simulated:incidents={'+'.join(INCIDENT_KINDS)}") == parse("simulated")
