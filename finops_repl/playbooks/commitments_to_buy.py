"""What should we buy: how much to commit by the hours on demand, beside AWS's own advice."""

from __future__ import annotations

from decimal import Decimal

from finops_repl.playbooks.described import check_asks_aws
from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, Step, ToolCall

__all__ = ["commitments_to_buy"]

TERMS = {"ONE_YEAR": "one year", "THREE_YEARS": "three years"}
NAMES = {
    "cheapest": "costs least",
    "well used": "is used to ninety-five percent",
    "careful": "fits the low hours",
}
ENOUGH = Decimal("0.9")
"""The careful amount is advised where it saves this share of what the cheapest saves."""
TIMEOUT_S = 180


def commitments_to_buy() -> Playbook:
    """One script over the bill, Cost Explorer and the Cost Optimization Hub."""
    (described,) = yield Step("I look which bill there is.", (ToolCall("query_bill"),))
    check_asks_aws(described, "a question of what to buy")
    has_bill = not described.is_error and described.content["bill"].get("kind") == "cur2"
    (ran,) = yield Step(
        "I look what is on demand by the hour, what AWS would buy and what it would rightsize "
        f"first: at most {7 if has_bill else 9} requests of Cost Explorer, which cost $0.01 each.",
        (
            script_call(
                "commitments_to_buy", {"term": "ONE_YEAR", "payment": "NO_UPFRONT"}, TIMEOUT_S
            ),
        ),
    )
    return _answer(Finding.of(ran))


def _answer(found: Finding) -> str:
    said = found.said
    parts = [_first(found), _advice(found), _sized(found), _families(found), _reserved(found)]
    spread = ", each day spread evenly over its hours: buy less where nights are quieter"
    parts.append(
        "How: usage that a Compute Savings Plan covers and no commitment did, "
        f"{plain(said['first'])} to {plain(said['last'])}, from {plain(said['from'])}"
        + ("" if said["by_hour"] else spread)
        + f"; {TERMS.get(said['term'], plain(said['term']))}, "
        f"{plain(said['payment']).replace('_', ' ').lower()}. A commitment of c dollars an hour at "
        "discount d costs c + OD - min(OD, c / (1 - d)) in an hour of OD dollars on demand. The "
        f"hours are in data/on_demand_by_hour.csv.{offer('what-to-buy')}"
    )
    return "\n\n".join(part for part in parts if part)


def _first(found: Finding) -> str:
    """What comes before any purchase."""
    if not found.said["is_enrolled"]:
        return (
            "**Rightsize before you commit**: the Cost Optimization Hub does not answer here "
            "(enrolling is free), so that what should be stopped or made smaller is not known."
        )
    if "to change" not in found:
        return "The Cost Optimization Hub has nothing to rightsize or stop first."
    return (
        f"**Rightsize before you commit**: the Cost Optimization Hub would stop or make smaller "
        f"{found['to change']} resources, which saves {found['change saves']} a month. What is "
        "marked *first* below is of such a family: look at it there before you buy."
    )


def _advice(found: Finding) -> str:
    if "AWS" not in found:
        return (
            "AWS advises no Compute Savings Plan here: too little is on demand, or its history is "
            "too short."
        )
    if not found.said["sized"]:
        return (
            f"AWS advises a Compute Savings Plan of {found.hourly('AWS')} an hour, which saves "
            f"{found['AWS saves']} a month. What is on demand by the hour is not told here without "
            "a bill in Athena, so that it was not tried: buy a part of it first."
        )
    saves = {name: found.value(f"{name} saves") for name in found.said["sized"]}
    name = "well used" if "well used" in saves else "cheapest"
    name = "careful" if saves["careful"] >= ENOUGH * saves["cheapest"] else name
    return (
        f"Then a Compute Savings Plan of **{found.hourly(name)} an hour** saves about "
        f"{found[f'{name} saves']} a month, at a use of {found[f'{name} used']}."
    )


def _sized(found: Finding) -> str:
    if not found.said["sized"]:
        return ""
    rows = [
        f"| {NAMES[name]} | {found.hourly(name)} | {found[f'{name} used']} "
        f"| {found[f'{name} saves']} | {found[f'{name} saves in low hours']} |"
        for name in found.said["sized"]
    ]
    return "\n".join(
        [
            "| Compute Savings Plan | An hour | Used | Saves a month | Were all hours low |",
            "|---|---:|---:|---:|---:|",
            *rows,
            f"| AWS's own advice | {found.hourly('AWS')} | {found['AWS used']} "
            f"| {found['AWS saves']} | |",
            "",
            f"On demand is {found['an hour']} an hour in the mean, {found['the highest hour']} at "
            f"most, and in a tenth of the hours {found['a low hour']} or less. At a discount of "
            f"{found['discount']}, which AWS's advice implies, a commitment pays from a use of "
            f"{found['break-even']} on.",
        ]
    )


def _families(found: Finding) -> str:
    """Plans for a family and a region, which replace a Compute plan for the same usage."""
    rows = [
        f"| {plain(what)}{' *first*' if is_changing else ''} | {found.hourly(f'plan {n}')} "
        f"| {found[f'plan used {n}']} | {found[f'plan saves {n}']} |"
        for n, (what, is_changing) in enumerate(found.said["families"])
    ]
    if not rows:
        return ""
    return "\n".join(
        [
            "In its place, for families that stay where they are, EC2 Instance Savings Plans save "
            "more on the same usage; never add both up:",
            "",
            "| EC2 Instance Savings Plan | An hour | Used | Saves a month |",
            "|---|---:|---:|---:|",
            *rows,
        ]
    )


def _reserved(found: Finding) -> str:
    lines = [
        f"- {found[f'count {n}']} {plain(what)}{' *first*' if is_changing else ''}: saves "
        f"{found[f'reserved {n}']} a month"
        for n, (what, is_changing) in enumerate(found.said["reservations"])
    ]
    if not lines:
        return ""
    return "\n".join(["Reservations that AWS advises for what no Savings Plan covers:", *lines])
