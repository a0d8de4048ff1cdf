"""The whole of connecting: step after step, each told as soon as it is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from finops_repl.assembly.caps import capped_meter, session_spend
from finops_repl.assembly.connecting.bill import (
    FoundBill,
    find_exports,
    find_table,
    find_workgroup_for,
)
from finops_repl.assembly.connecting.costs import ask_cost_explorer
from finops_repl.assembly.connecting.door import Door
from finops_repl.assembly.connecting.settings_file import Value
from finops_repl.assembly.connecting.step import Questions, Step
from finops_repl.assembly.connecting.who import look_who_asks
from finops_repl.aws.call import Caller
from finops_repl.base.config import Settings
from finops_repl.base.errors import ConnectionFailed, FinopsError, InputError, UnknownName
from finops_repl.base.money import price_text
from finops_repl.base.scope import new_id
from finops_repl.gateway.explanations import PERMISSIONS

if TYPE_CHECKING:
    from finops_repl.gateway.identity import Identity
    from finops_repl.gateway.record import CallRecord

__all__ = ["Connecting", "Wishes"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for besides the settings; without `regions` the likely ones are searched."""

    regions: tuple[str, ...] = ()
    cost_explorer: bool = True


class Connecting:
    """Looks at one account, and at the one that holds the bill where that is another.

    `steps` come first; `failure` and `values` are about what they found.
    """

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        bill_identity: Identity | None,
        wishes: Wishes,
        questions: Questions,
        *,
        user: str,
    ) -> None:
        self._settings = settings
        self._wishes = wishes
        self._questions = questions
        caller = Caller(session=new_id(), run=new_id(), user=user)
        meter = capped_meter(settings, session_spend(settings))
        url = settings.aws.endpoint_url
        self._door = Door(identity, caller, meter, endpoint_url=url)
        self._bill_door = self._door
        if bill_identity is not None:
            self._bill_door = Door(bill_identity, caller, meter, endpoint_url=url)
        self._found = FoundBill()
        self._looks: list[Step] = []

    def steps(self) -> Iterator[Step]:
        """Each look with what came of it.

        Raises `ConnectionFailed` where nobody can ask at all, `UnknownName` for a region that AWS
        does not have.
        """
        yield from self._identities()
        for step in self._look():
            self._looks.append(step)
            yield step
        yield self._priced()

    def failure(self) -> FinopsError | None:
        """Why there is nothing to keep: each look was refused, or what was named is not there."""
        looks = [step for step in self._looks if step.status != "left out"]
        if all(step.status == "refused" for step in looks):
            return ConnectionFailed(
                f"{self.account} knows who asks and refuses every look", hint=PERMISSIONS
            )
        aws, origins, found = self._settings.aws, self._settings.origins, self._found
        if found.table is None:
            return self._missing("table", aws.bill) if origins["aws.bill"] == "flag" else None
        if found.workgroup is None and origins["aws.workgroup"] == "flag":
            return self._missing("workgroup", aws.workgroup)
        return None

    def _identities(self) -> Iterator[Step]:
        yield from look_who_asks(self._door, "identity")
        if self._bill_door is not self._door:
            yield from look_who_asks(self._bill_door, "bill's identity")
        self._require_regions()

    def _look(self) -> Iterator[Step]:
        aws, origins, found = self._settings.aws, self._settings.origins, self._found
        wanted = self._wishes.cost_explorer
        yield from ask_cost_explorer(self._door, self._questions, wanted=wanted)
        for door in {each.account.account_id: each for each in self._doors}.values():
            yield from find_exports(door, found)
        named = origins["aws.bill"] == "flag"
        yield from find_table(
            self._bill_door, found, self._regions(), aws, self._questions, named=named
        )
        yield from find_workgroup_for(self._bill_door, found, aws, self._questions)

    def _require_regions(self) -> None:
        known = self._bill_door.account.regions
        named = (*self._wishes.regions, self._settings.aws.bill_region)
        for region in filter(None, named):
            if region not in known:
                raise UnknownName("region", region, known)

    def _missing(self, kind: str, name: str) -> FinopsError:
        """What was named is not there, or may not be seen, by the step that looked for it."""
        look = next(step for step in self._looks if step.name == kind)
        if look.status == "refused":
            return ConnectionFailed(f"the {kind} {name}: {look.found}", hint=look.remedy)
        return InputError(f"the {kind} {name} is not there: {look.found}", hint=look.remedy)

    @property
    def account(self) -> str:
        """The account's display name."""
        return self._door.account.account

    @property
    def calls(self) -> Sequence[CallRecord]:
        """What was asked of AWS."""
        return [call for door in self._doors for call in door.calls]

    @property
    def price_usd(self) -> Decimal:
        """The list price of all that was asked."""
        return sum((call.price_usd for call in self.calls), Decimal(0))

    def values(self) -> dict[str, Value]:
        """What is worth keeping in the settings, by its name below `aws`."""
        aws, found = self._settings.aws, self._found
        exports = dict.fromkeys((*aws.exports, *(each.place for each in found.exports)))
        values: dict[str, Value] = {
            "profile": self._door.identity.profile,
            "role": self._door.identity.role,
            "bill_profile": aws.bill_profile,
            "bill_role": aws.bill_role,
            "bill_region": found.table.region if found.table else "",
            "bill": found.table.name if found.table else "",
            "workgroup": found.workgroup.name if found.workgroup else "",
            "output": found.output,
            "exports": tuple(exports),
        }
        return {name: value for name, value in values.items() if value}

    def close(self) -> None:
        """Let go of every connection."""
        for door in self._doors:
            door.close()

    @property
    def _doors(self) -> tuple[Door, ...]:
        return tuple(dict.fromkeys((self._door, self._bill_door)))

    def _regions(self) -> tuple[str, ...]:
        """Where to look for tables: as wished, else where the settings and the exports point."""
        if self._wishes.regions:
            return tuple(dict.fromkeys(self._wishes.regions))
        own = self._settings.aws.bill_region or self._bill_door.account.region
        return tuple(dict.fromkeys((own, *(export.region for export in self._found.exports))))

    def _priced(self) -> Step:
        calls = self.calls
        by_service = dict.fromkeys(call.service for call in calls)
        counted = [
            f"{name} {sum(1 for call in calls if call.service == name)}" for name in by_service
        ]
        price = price_text(self.price_usd)
        told = f"{len(calls)} calls for {price} by list prices ({', '.join(counted)})"
        return Step("price", "ok", told)
