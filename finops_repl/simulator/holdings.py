"""The commitments as a table: what was bought by whom, for how long, at which price."""

from __future__ import annotations

from finops_repl.simulator.columns import insert, money
from finops_repl.simulator.commitment import Commitment, Kind
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.offers import price_e10
from finops_repl.trino.store import Store

__all__ = ["write_commitments"]

_OFFERINGS: dict[Kind, str] = {
    "ri": "",
    "instance-sp": "EC2InstanceSavingsPlans",
    "compute-sp": "ComputeSavingsPlans",
}


def write_commitments(store: Store, ledger: Ledger) -> None:
    """One row each; `commitment` is its place in the ledger, by which lines name it.

    `begins` and `ends` bound the term; it counts from the day `starts` to the day before `stops`,
    which come within the calendar, and before the end of the term where it was sold. What a plan
    has no single one of, as its instance type, is empty; `list_price` is that of an hour on demand.
    """
    bought, calendar = ledger.commitments, ledger.calendar

    def of_type(each: Commitment, value: str) -> str:
        return "" if each.is_plan else value

    insert(store, "commitment", {
        "commitment": range(len(bought)),
        "id": [each.id for each in bought],
        "kind": [each.kind for each in bought],
        "arn": [each.arn for each in bought],
        "account_id": [each.owner.id for each in bought],
        "account_name": [each.owner.name for each in bought],
        "region": [each.region.code for each in bought],
        "family": [
            "" if each.kind == "compute-sp" else each.offer.instance_family for each in bought
        ],
        "service": [of_type(each, each.offer.service.name) for each in bought],
        "instance_type": [of_type(each, each.offer.instance_type) for each in bought],
        "factor": [each.offer.factor for each in bought],
        "os": [of_type(each, each.offer.os) for each in bought],
        "engine": [of_type(each, each.offer.engine) for each in bought],
        "deployment": [of_type(each, each.offer.deployment) for each in bought],
        "offering_type": [_OFFERINGS[each.kind] for each in bought],
        "offering_class": [each.offering_class for each in bought],
        "quantity": [each.quantity for each in bought],
        "option": [each.option for each in bought],
        "term": [f"{each.years}yr" for each in bought],
        "begins": [each.begins.isoformat() for each in bought],
        "ends": [each.ends.isoformat() for each in bought],
        "starts": [calendar.day(each.starts).isoformat() for each in bought],
        "stops": [calendar.day(each.stops).isoformat() for each in bought],
        "rate": [each.rate for each in bought],
        "recurring": [each.recurring for each in bought],
        "upfront": [each.upfront for each in bought],
        "list_price": [
            0 if each.is_plan else price_e10(each.offer, each.region) for each in bought
        ],
        "upfront_value": [each.quantity * each.upfront * each.term_hours for each in bought],
        "upfront_share": [each.upfront / each.rate for each in bought],
    }, "* REPLACE ("
       + ", ".join(map(money, ("rate", "recurring", "upfront", "list_price", "upfront_value")))
       + ", begins::TIMESTAMP AS begins, ends::TIMESTAMP AS ends, starts::DATE AS starts, "
       "stops::DATE AS stops, factor::DECIMAL(10, 4) AS factor, "
       "upfront_share::DECIMAL(12, 10) AS upfront_share)",
    )  # fmt: skip
