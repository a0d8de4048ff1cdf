"""A question that one script over the bill answers: the bill that it needs, and what it found."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.playbooks.described import DescribedBill, described_bill
from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.steps import Outcome, PlaybookStopped, Step, ToolCall

__all__ = ["LOOK", "looked_at", "rows", "scripted_bill", "silent"]

LOOK = Step("I look which bill table there is.", (ToolCall("query_bill"),))


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


def rows(found: Finding, title: str) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """The figures labelled `title, a | b`: place, words, text with citation."""
    place = 0
    while (label := f"{title} {place}") in found:
        words = str(found.figures[label]["label"]).partition(", ")[2]
        yield place, tuple(plain(word) for word in words.split(" | ")), found[label]
        place += 1


def looked_at(found: Finding) -> str:
    """Which accounts' inventory EC2 showed, and which sources did not answer."""
    said = "EC2 showed the inventory of all accounts that the bill has volumes of."
    if found.value("accounts in sight") < found.value("accounts with volumes"):
        said = (
            f"**EC2 showed the inventory of {found['accounts in sight']} of "
            f"{found['accounts with volumes']} accounts that the bill has volumes of.** Of the "
            "others only what the bill tells is here: ask again with credentials of each."
        )
    missed = [f"- {each}" for each in silent(found)]
    return "\n".join([said, *(["\nDid not answer, and is not in it:", *missed] if missed else [])])


def silent(found: Finding) -> Iterator[str]:
    """What did not answer, where, and what it said."""
    for source, where, why in found.said["silent"]:
        yield plain(source) + (f" in {plain(where)}" if where else "") + f": `{plain(why)}`"
