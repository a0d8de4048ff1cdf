"""The answer key: what is wrong in an organisation, what it costs, and what merely looks wrong.

No API of the account serves it. Its dollars are the difference of two generated bills, one with
the incident and one in which it is put right at its place; nothing in it is typed by hand.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from finops_repl.simulator.difference import Difference, differences
from finops_repl.simulator.ledger import Ledger
from finops_repl.simulator.spec import IncidentKind, SimulatedSpec

__all__ = ["AnswerKey", "Incident", "NoIncident", "answer_key"]

RECENT_DAYS, MONTH_DAYS = 7, 30


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident: where, when, who, by which event, what it touches, costs and needs.

    `last_day` is the last day with its cost; `goes_on` when that is merely the last day with data.
    The event is empty where CloudTrail never had one; one of more than 90 days ago is no longer to
    be found. `resources` are resource ids of the bill, `facts` what only this kind has (a group and
    its sizes, an access key). `dollars` are the difference of both bills
    by metric, `by_service` unblended, `by_day` amortized; `dollars_changed` is the unblended cost
    of all rows that it adds or alters. `saved_a_month` is what the remedy saves in 30 days like the
    last seven; nothing where it is over.
    """

    kind: IncidentKind
    account_id: str
    account_name: str
    region: str
    first_day: date
    last_day: date
    goes_on: bool
    cause: str
    event_name: str
    event_id: str
    event_time: datetime | None
    event_region: str
    actor: str
    actor_arn: str
    resources: tuple[str, ...]
    facts: Mapping[str, Any]
    dollars: Mapping[str, Decimal]
    dollars_by_service: Mapping[str, Decimal]
    dollars_by_day: Mapping[date, Decimal]
    dollars_changed: Decimal
    remedy: str
    saved_a_month: Decimal


@dataclass(frozen=True, slots=True)
class NoIncident:
    """What looks like an incident and is none; no accounts and regions mean all of them."""

    name: str
    account_ids: tuple[str, ...]
    regions: tuple[str, ...]
    first_day: date
    last_day: date
    resources: tuple[str, ...]
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class AnswerKey:
    """The incidents of a specification, none in a quiet organisation, and what is no incident."""

    spec: str
    incidents: tuple[Incident, ...]
    no_incidents: tuple[NoIncident, ...]

    def of(self, kind: IncidentKind) -> Incident:
        """The incident of a kind; `KeyError` where the organisation has none."""
        return {incident.kind: incident for incident in self.incidents}[kind]

    def as_json(self) -> dict[str, Any]:
        """The key with money and moments as text."""

        def plain(value: Any) -> Any:
            if isinstance(value, Mapping):
                return {str(key): plain(item) for key, item in value.items()}
            if isinstance(value, list | tuple):
                return [plain(item) for item in value]
            if isinstance(value, datetime | date):
                return value.isoformat()
            return str(value) if isinstance(value, Decimal) else value

        return {
            "spec": self.spec,
            "incidents": [plain(asdict(each)) for each in self.incidents],
            "no_incidents": [plain(asdict(each)) for each in self.no_incidents],
        }


def answer_key(spec: SimulatedSpec, kinds: Sequence[IncidentKind] = ()) -> AnswerKey:
    """The key of a specification, of these kinds alone where any are named.

    Generates the bill, and for each incident the one without it.
    """
    ledger = Ledger(spec)
    chosen = [c.kind for c in spec.incidents if c.kind in kinds or not kinds]
    others = [
        (
            Ledger(spec, frozenset({kind})),
            range(ledger.places[kind].first, ledger.stages[kind].truth.last + 1),
        )
        for kind in chosen
    ]
    found = differences(ledger, *others) if others else ()
    return AnswerKey(
        str(spec),
        tuple(_incident(ledger, *pair) for pair in zip(chosen, found, strict=True)),
        tuple(
            NoIncident(
                each.name, tuple(account.id for account in each.accounts), each.regions,
                ledger.calendar.day(each.first), ledger.calendar.day(each.last), each.resources,
                each.reason, each.evidence,
            )
            for each in ledger.harmless
        ),
    )  # fmt: skip


def _incident(ledger: Ledger, kind: IncidentKind, difference: Difference) -> Incident:
    place, truth, calendar = ledger.places[kind], ledger.stages[kind].truth, ledger.calendar
    event = truth.event
    return Incident(
        kind=kind,
        account_id=place.account.id,
        account_name=place.account.name,
        region=place.region.code,
        first_day=calendar.day(place.first),
        last_day=calendar.day(truth.last),
        goes_on=truth.goes_on,
        cause=truth.cause,
        event_name=event.name if event else "",
        event_id=event.id if event else "",
        event_time=event.time if event else None,
        event_region=event.region if event else "",
        actor=event.username if event else "",
        actor_arn=str(json.loads(event.identity)["arn"]) if event else "",
        resources=truth.resources,
        facts=truth.facts,
        dollars=difference.dollars,
        dollars_by_service=difference.by_service,
        dollars_by_day=difference.by_day,
        dollars_changed=difference.changed,
        remedy=truth.remedy,
        saved_a_month=_saved(difference, calendar.day(truth.last)) if truth.goes_on else Decimal(0),
    )


def _saved(difference: Difference, last: date) -> Decimal:
    """What 30 days cost that are like the last seven of the incident, or as many as there are."""
    recent = [
        amount for day, amount in difference.by_day.items() if (last - day).days < RECENT_DAYS
    ]
    saved = sum(recent, Decimal(0)) * MONTH_DAYS / max(1, len(recent))
    return saved.quantize(Decimal("0.01"))
