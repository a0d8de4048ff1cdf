"""What data transfer and NAT gateways cost, which of them, and what an endpoint would save."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from finops_repl.playbooks.cost_jump import CAUSE, DAYS, ROSE
from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.periods import MONTH_NAMES, Meant, shifted, take_months
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripted import LOOK, looked_at, rows, scripted_bill
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, Step

__all__ = ["TRANSFER", "TransferQuestion", "data_transfer", "read_transfer"]

TRANSFER = phrase(
    r"data[ -]?transfers?|transfer costs?|nat(?: ?gateways?)?|nats|egress|bandwidth"
    r"|(?:inter|cross)-?(?:region|az|zone)s?(?: traffic| transfer)?|(?:vpc |gateway )?endpoints?"
    r"|network(?:ing)? (?:costs?|traffic)"
)
ASKED = phrase(
    r"costs?|pay|paid|paying|spen[dt]|spending|charges?|bills?|charged|traffic|by|per|services?|usage"
    r"|types?|top|which|most|biggest|largest|gateways?|processing|hours?|saves?|savings?|or|if|would"
    r"|through|via|using|use|go|goes|into|out|breakdown"
)
KNOWN = (*MONTH_NAMES, "data", "transfer", "NAT", "gateways", "egress", "endpoints", "costs")
TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class TransferQuestion:
    """Which months are meant; the last 30 complete days where None."""

    months: Meant | None = None


def read_transfer(question: Question) -> TransferQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over."""
    months = take_months(question)
    for pattern in (TRANSFER, ROSE, DAYS, CAUSE, ASKED):
        question.take_all(pattern)
    question.check(KNOWN, "What do we pay for data transfer and NAT?")
    return TransferQuestion(months)


def data_transfer(asked: TransferQuestion) -> Playbook:
    """One script over the bill, the inventory and CloudTrail; its figures are the answer's."""
    (described,) = yield LOOK
    bill = scripted_bill(described, "data transfer", "Athena, EC2 and CloudTrail")
    params: dict[str, object] = {"days": 30, "from_month": "", "to_month": ""}
    if asked.months is not None:
        months = asked.months(date.fromisoformat(bill.last_day))
        params["from_month"] = months.start.strftime("%Y-%m")
        params["to_month"] = shifted(months.end, -1).strftime("%Y-%m")
    (ran,) = yield Step(
        "I sum what moves bytes by kind and service, look which networks have an endpoint for S3, "
        "and ask CloudTrail who deleted one.",
        (script_call("data_transfer", params, TIMEOUT_S),),
    )
    return _answer(Finding.of(ran))


def _answer(found: Finding) -> str:
    finding = found.said
    parts = [
        f"Data transfer and NAT cost **{found['total']}** from {finding['first']} to "
        f"{finding['last']}, and {found['total before']} in as many days before (from "
        f"{finding['before']} on).",
        "\n".join(_kinds(found)),
    ]
    if any(rows(found, "largest")):
        parts.append("\n".join(_largest(found)))
    if found.value("gateways"):
        parts += [
            f"{found['gateways']} NAT gateways: {found['NAT processing']} for bytes, "
            f"{found['NAT hours']} for hours. The dearest:",
            "\n".join(_gateways(found)),
        ]
        parts += [_deleted(found, place, *words) for place, words in enumerate(finding["deleted"])]
        if found.value("processing without endpoint"):
            parts.append(
                f"{found['processing without endpoint']} of the processing is in networks without "
                "a gateway endpoint for S3, which costs nothing: the most that one can save. How "
                "much of it goes to S3 the bill does not say; VPC flow logs do."
            )
    parts += [
        "How: unblended cost of usage rows whose usage type counts bytes on their way, or hours of "
        "NAT gateways and endpoints, by the bill of all accounts.",
        looked_at(found),
        f"All usage types and gateways are in data/{plain(finding['file'])}."
        f"{offer('data-transfer')}",
    ]
    return "\n\n".join(parts)


def _kinds(found: Finding) -> Iterator[str]:
    yield "| Kind | Service | Cost |"
    yield "|---|---|---:|"
    for _, words, cost in rows(found, "kind"):
        kind, service = (*words, "")[:2]
        yield f"| {kind} | {service} | {cost} |"
    yield f"| total | | {found['total']} |"


def _largest(found: Finding) -> Iterator[str]:
    yield "| Dearest resources, NAT apart | Usage type | Where | Cost |"
    yield "|---|---|---|---:|"
    for _, words, cost in rows(found, "largest"):
        resource, usage_type, where = (*words, "", "")[:3]
        yield f"| {resource} | {usage_type} | {where} | {cost} |"


def _gateways(found: Finding) -> Iterator[str]:
    yield "| NAT gateway | S3 endpoint there | Where | Through it | Processing cost | Before |"
    yield "|---|---|---|---:|---:|---:|"
    for place, words, cost in rows(found, "NAT"):
        nat, endpoint, where = (*words, "", "")[:3]
        volume, _, citation = found[f"GB {place}"].partition(" ")
        yield (
            f"| {nat} | {endpoint} | {where} | {volume} GB {citation} | {cost} "
            f"| {found[f'processing before {place}']} |"
        )


def _deleted(found: Finding, place: int, nat: str, moment: str, who: str, gone: str) -> str:
    return (
        f"**{plain(nat)}**: at {plain(moment)} {plain(who)} deleted an endpoint ({plain(gone)}) of "
        f"its account in its region. Its processing cost {found[f'a day before {place}']} a day in "
        f"the week before and {found[f'a day since {place}']} a day since. If that was the "
        "endpoint for S3 or DynamoDB, make it again and route the private subnets to it: that "
        f"saves about **{found[f'endpoint saves {place}']}** in 30 days."
    )
