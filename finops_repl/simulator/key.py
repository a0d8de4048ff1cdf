"""The answer key: what is wrong in an organisation, and what it costs.

No API of the account serves it. Its dollars are the difference of two generated bills, with the
incident and without; nothing in it is typed by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from finops_repl.simulator.bill_rows import PUBLIC
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.meter import LINE_TYPES
from finops_repl.simulator.spec import IncidentChoice, SimulatedSpec
from finops_repl.simulator.store import world_file
from finops_repl.simulator.trail import cause_id
from finops_repl.trino.store import connect

__all__ = ["AnswerKey", "Incident", "answer_key"]

METRICS = {
    "usage": f"CASE WHEN f.type < {LINE_TYPES.index('SavingsPlanRecurringFee')}"
    " THEN f.unblended ELSE 0 END",
    "unblended": "f.unblended",
    "amortized": "f.amortized",
    "blended": "f.blended",
    "on_demand": PUBLIC,
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: where, when, who, by which event, and its dollars by metric.

    `last_day` is the last day with its cost; `goes_on` when that is merely the last day with data.
    `dollars` is the whole difference: `usage` that of usage rows alone, the others with the support
    fee on it, its tax and the enterprise discount. `dollars_by_service` is the unblended one by
    Cost Explorer's services.
    """

    kind: str
    account_id: str
    account_name: str
    region: str
    group: str
    instance_type: str
    event_name: str
    event_id: str
    event_time: datetime
    actor: str
    actor_arn: str
    most_before: int
    most_after: int
    instances: int
    first_day: date
    last_day: date
    goes_on: bool
    dollars: Mapping[str, Decimal]
    dollars_by_service: Mapping[str, Decimal]
    remedy: str


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """Every incident of a specification; none in a quiet organisation."""

    spec: str
    incidents: tuple[Incident, ...]

    def as_json(self) -> dict[str, Any]:
        """The key with money and moments as text."""

        def plain(value: Any) -> Any:
            if isinstance(value, Mapping):
                return {key: plain(item) for key, item in value.items()}
            if isinstance(value, list | tuple):
                return [plain(item) for item in value]
            if isinstance(value, datetime | date):
                return value.isoformat()
            return str(value) if isinstance(value, Decimal) else value

        return {
            "spec": self.spec,
            "incidents": [plain(asdict(incident)) for incident in self.incidents],
        }


def answer_key(spec: SimulatedSpec) -> AnswerKey:
    """The key of a specification; makes the bills it compares where they do not exist yet."""
    if not spec.incidents:
        return AnswerKey(str(spec), ())
    ledger = Ledger(spec)
    found = []
    for choice, spike in zip(spec.incidents, ledger.spikes, strict=True):
        group = spike.group
        dollars, by_service = _difference(spec, choice)
        found.append(
            Incident(
                kind=choice.kind,
                account_id=group.account.id,
                account_name=group.account.name,
                region=group.region.code,
                group=group.name,
                instance_type=group.kind,
                event_name="UpdateAutoScalingGroup",
                event_id=cause_id(ledger, spike),
                event_time=spike.changed,
                actor=spike.actor,
                actor_arn=f"arn:aws:sts::{group.account.id}:assumed-role/{spike.actor}/{spike.actor}",
                most_before=spike.most_before,
                most_after=spike.most_after,
                instances=len(spike.instances),
                first_day=ledger.calendar.day(spike.first),
                last_day=ledger.calendar.day(spike.last),
                goes_on=spike.goes_on,
                dollars=dollars,
                dollars_by_service=by_service,
                remedy=f"set the maximum size of {group.name} back to {spike.most_before}"
                " and its scaling policy to the former target",
            )
        )
    return AnswerKey(str(spec), tuple(found))


def _difference(
    spec: SimulatedSpec, choice: IncidentChoice
) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    rest = tuple(other for other in spec.incidents if other != choice)
    metrics, services = _bill(spec)
    metrics_without, services_without = _bill(replace(spec, incidents=rest))
    dollars = {name: metrics[name] - metrics_without[name] for name in METRICS}
    by_service = {
        name: total - services_without.get(name, Decimal(0)) for name, total in services.items()
    }
    return dollars, {name: change for name, change in by_service.items() if change}


def _bill(spec: SimulatedSpec) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """A whole bill's totals by metric, and by service."""
    store = connect(world_file(spec), read_only=True)
    try:
        sums = ", ".join(f"sum({column})" for column in METRICS.values())
        totals = store.execute(
            f"SELECT {sums} FROM fact f JOIN meter m ON m.meter = f.meter"  # noqa: S608
            " JOIN charge g ON g.charge = m.charge"
        ).fetchall()[0]
        services = store.execute(
            "SELECT g.service, sum(f.unblended) FROM fact f JOIN meter m ON m.meter = f.meter"
            " JOIN charge g ON g.charge = m.charge GROUP BY 1 ORDER BY 1"
        ).fetchall()
    finally:
        store.close()
    return dict(zip(METRICS, totals, strict=True)), dict(services)
