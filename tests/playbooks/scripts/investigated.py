"""Scripts of playbooks on the simulated organisation, and the organisation's bill by pandas."""

from __future__ import annotations

import csv
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from finops_repl.aws.call import Answer, Call, Caller, Refusal, Result
from finops_repl.billing.columns import bill_columns
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.loopback import open_loopback
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.simulator.spec import SimulatedSpec
from finops_repl.trino.check import read_statement
from finops_repl.trino.store import connect
from tests.playbooks.script_run import Ran, run_script

LAST = date(2026, 10, 31)
FIRST = LAST - timedelta(days=29)
SPEC = f"simulated:seed=7,as_of={LAST},rows=20000"
USAGE = ("Usage", "DiscountedUsage", "SavingsPlanCoveredUsage")


def organisation(text: str = SPEC) -> SimulatedOrganisation:
    return SimulatedOrganisation(SimulatedSpec.parse(text, yesterday=LAST))


def bill_of(simulated: SimulatedOrganisation) -> dict[str, str]:
    """What a script is told of the bill."""
    columns = simulated.catalog.tables[simulated.bill["table"]].columns
    return {**bill_columns(columns).as_mapping(), **simulated.bill}


Told = Callable[[Call, Result], Answer]
"""What a service answers in place of the organisation's own result."""


@dataclass
class Otherwise:
    """An organisation of which some services refuse, and some operations tell something else.

    An account without a permission refuses; its inventory may disagree with its advisers.
    """

    simulated: SimulatedOrganisation
    refused: frozenset[str] = frozenset()
    told: Mapping[str, Told] = field(default_factory=dict)

    @property
    def account(self) -> str:
        return self.simulated.account

    @property
    def account_id(self) -> str:
        return self.simulated.account_id

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        if call.service in self.refused:
            return Refusal("AccessDeniedException", f"no permission for {call.operation}")
        answer = self.simulated.answer(call, cancelled=cancelled)
        tell = self.told.get(f"{call.service}:{call.operation}")
        return tell(call, answer) if tell and isinstance(answer, Result) else answer


@dataclass(frozen=True)
class Investigation:
    """A run of a script, the rows of the file that it left, and the AWS calls that it made."""

    ran: Ran
    rows: list[dict[str, str]]
    calls: tuple[tuple[str, str], ...]

    @property
    def finding(self) -> Any:
        return self.ran.finding

    def told(self, title: str) -> dict[tuple[str, ...], Decimal]:
        """The figures labelled `title, a | b` by their words, in their order."""
        pattern = re.compile(rf"{re.escape(title)}, (.*)")
        found = ((pattern.fullmatch(str(each["label"])), each) for each in self.ran.declared)
        return {tuple(m[1].split(" | ")): Decimal(each["value"]) for m, each in found if m}


def investigated(
    name: str,
    folder: Path,
    simulated: SimulatedOrganisation,
    *,
    refused: frozenset[str] = frozenset(),
    told: Mapping[str, Told] | None = None,
    **params: object,
) -> Investigation:
    """Runs a script through the gateway before the organisation, or what tells otherwise."""
    upstream = Otherwise(simulated, refused, told or {})
    gateway = Gateway(upstream, ReadOnlyPolicy(read_statement), AuditLog(folder))
    with open_loopback(gateway, Caller("s", "r")) as door:
        ran = run_script(script(name), params, bill_of(simulated), door, folder)
    files = sorted(folder.glob("*.csv"))
    rows: list[dict[str, str]] = []
    if files:
        with files[-1].open() as file:
            rows = list(csv.DictReader(file))
    calls = tuple((call.service, call.operation) for call in gateway.calls("r"))
    return Investigation(ran, rows, calls)


def exported(
    simulated: SimulatedOrganisation, folder: Path, first: date = FIRST, last: date = LAST
) -> pd.DataFrame:
    """The usage rows of the bill between two days; `amortized` is pandas' own, row by row."""
    file = folder / "bill.csv"
    columns = (
        "line_item_resource_id", "line_item_usage_type", "line_item_line_item_type",
        "line_item_product_code", "line_item_usage_account_name", "product_region_code",
        "line_item_usage_amount", "line_item_unblended_cost",
        "savings_plan_savings_plan_effective_cost", "reservation_effective_cost",
    )  # fmt: skip
    store = connect(simulated.store_path, read_only=True)
    store.execute(
        f"COPY (SELECT line_item_usage_start_date::DATE AS day, {', '.join(columns)},"
        " resource_tags['user_team'] AS team, resource_tags['user_cost_center'] AS cost_center,"
        " resource_tags['user_environment'] AS environment,"
        " resource_tags['user_application'] AS application, resource_tags['user_tenant'] AS tenant"
        f" FROM cur2 WHERE line_item_usage_start_date::DATE BETWEEN '{first}' AND '{last}'"
        " AND coalesce(line_item_operation, '') NOT IN ('EKSPod-EC2', 'ECSTask-EC2')"
        f") TO '{file}' (HEADER)"
    )
    store.close()
    bill = pd.read_csv(file, keep_default_na=False, dtype=str)
    for name in columns[-4:]:
        bill[name] = pd.to_numeric(bill[name]).fillna(0.0)
    kind = bill["line_item_line_item_type"]
    bill["amortized"] = bill["line_item_unblended_cost"]
    covered, reserved = kind == "SavingsPlanCoveredUsage", kind == "DiscountedUsage"
    bill.loc[covered, "amortized"] = bill["savings_plan_savings_plan_effective_cost"]
    bill.loc[reserved, "amortized"] = bill["reservation_effective_cost"]
    return bill[kind.isin(USAGE)]


def by_resource(bill: pd.DataFrame) -> Mapping[str, float]:
    sums: Mapping[str, float] = bill.groupby("line_item_resource_id")["amortized"].sum().to_dict()
    return sums
