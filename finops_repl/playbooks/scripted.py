"""A question that one script over the bill answers: the script's step, and what it found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from finops_repl.base.money import usd
from finops_repl.playbooks.described import DescribedBill, described_bill
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.scripts_shelf import script
from finops_repl.playbooks.steps import Outcome, PlaybookStopped, Step, ToolCall
from finops_repl.tools.figures import amount

__all__ = ["DESCRIBE", "Found", "scripted_bill", "scripted_step"]

DESCRIBE = Step("I look which bill table there is.", (ToolCall("query_bill"),))


def scripted_bill(
    described: Outcome, doing: str, needs: str, *, by_resource: bool = True
) -> DescribedBill:
    """The bill, where a script can ask it: CUR 2.0 in Athena, in dollars, with its resources.

    `doing` is what stops without it (`finding waste`), `needs` what it asks beside the bill.
    Raises `PlaybookStopped`.
    """
    bill = described.checked()["bill"]
    if not bill.get("workgroup"):
        raise PlaybookStopped(
            f"{doing} asks {needs}, and this bill is files",
            hint="ask what was spent by service, account or month, or use an AWS account",
        )
    if bill.get("kind") != "cur2":
        raise PlaybookStopped(
            f"{doing} needs a CUR 2.0 table, and this is {bill.get('kind')}",
            hint="ask what was spent by service or account, or use a model key",
        )
    found = described_bill(described.checked())
    found.check_dollars(doing)
    if by_resource and not (found.columns.resource and found.columns.region):
        raise PlaybookStopped(
            f"{doing} goes by resource and region, and this export has no such columns",
            hint="include resource ids and product_region_code in the export (Billing, Data "
            "Exports), or ask what was spent by service or account",
        )
    return found


def scripted_step(why: str, name: str, params: Mapping[str, object], timeout_s: int) -> Step:
    """The run of a playbook's script by its name."""
    order = {
        "language": "python",
        "code": script(name),
        "params": dict(params),
        "timeout_s": timeout_s,
    }
    return Step(why, (ToolCall("execute_code", order),))


class Found:
    """What a script told: its last line as JSON, and its figures by their labels, each cited."""

    def __init__(self, ran: Outcome) -> None:
        content = ran.checked()
        self._figures = {figure["label"]: figure for figure in content.get("figures", ())}
        lines = str(content.get("stdout", "")).strip().splitlines()
        try:
            self.finding: Mapping[str, Any] = json.loads(lines[-1])
        except (IndexError, ValueError):
            raise PlaybookStopped("the script printed no whole finding as its last line") from None

    def __contains__(self, label: str) -> bool:
        return label in self._figures

    def __getitem__(self, label: str) -> str:
        """The figure as text with its citation."""
        return self.shown(label)

    def shown(self, label: str, places: int = 0) -> str:
        """The figure with so many decimal places; dollars have two."""
        value, unit, figure_id = self._figure(label)
        units = {"USD": usd(value), "percent": f"{value:,.{places}f} %"}
        return f"{units.get(unit, f'{value:,.{places}f}')} [{figure_id}]"

    def rows(self, title: str) -> Iterator[tuple[tuple[str, ...], str]]:
        """The figures labelled `title: a | b`, in their order: the words of each, and its text."""
        start = f"{title}: "
        for label in self._figures:
            if label.startswith(start):
                words = label.removeprefix(start).split(" | ")
                yield tuple(plain(word) for word in words), self[label]

    def value(self, label: str) -> Decimal:
        return self._figure(label)[0]

    def looked_at(self) -> str:
        """Which accounts' inventory EC2 showed, and which sources did not answer."""
        said = "EC2 showed the inventory of all accounts that the bill has volumes of."
        if self.value("accounts in sight") < self.value("accounts with volumes"):
            said = (
                f"**EC2 showed the inventory of {self['accounts in sight']} of "
                f"{self['accounts with volumes']} accounts that the bill has volumes of.** Of the "
                "others only what the bill tells is here: ask again with credentials of each."
            )
        silent: Sequence[Sequence[str]] = self.finding["silent"]
        missed = [
            f"- {plain(source)}" + (f" in {plain(where)}" if where else "") + f": `{plain(why)}`"
            for source, where, why in silent
        ]
        return "\n".join(
            [said, *(["\nDid not answer, and is not in it:", *missed] if missed else [])]
        )

    def _figure(self, label: str) -> tuple[Decimal, str, str]:
        figure = self._figures.get(label)
        if figure is None:
            raise PlaybookStopped(f"the script declared no figure named {label!r}")
        return amount(figure["value"]), str(figure["unit"]), str(figure["id"])
