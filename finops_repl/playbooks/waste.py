"""What is idle, unattached or too large, by named rules, and what ending it saves by the bill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from finops_repl.playbooks.finding import Finding
from finops_repl.playbooks.plain_words import plain
from finops_repl.playbooks.question import Question, phrase
from finops_repl.playbooks.run_saved import offer
from finops_repl.playbooks.scripted import LOOK, looked_at, rows, scripted_bill
from finops_repl.playbooks.scripts_shelf import script_call
from finops_repl.playbooks.steps import Playbook, Step

__all__ = ["MAY_END", "WASTE", "WasteQuestion", "read_waste", "waste"]

KINDS = (  # what a question calls a kind of resource, and what the script does
    (r"nat(?: gateways?)?|nats", "NAT gateway"),
    (r"load ?balancers?|[aen]?lbs?", "load balancer"),
    (r"(?:ebs )?(?:volumes?|disks?)|ebs", "volume"),
    (r"(?:elastic |public )?(?:ip )?address(?:es)?|(?:elastic |public )?ips?|eips?", "address"),
    (r"(?:rds |db )?(?:databases?|instances? of rds)|rds(?: instances?)?", "database"),
    (r"(?:ec2 )?(?:instances?|servers?|machines?|vms?)|ec2", "instance"),
)
MANY = {"address": "addresses"}
LOOSE = (
    r"idle|unused|unattached|unassociated|orphan(?:ed|s)?|wast(?:e|ed|ing|eful)"
    r"|underutili[sz]ed|not (?:in )?used?"
)
TOO_LARGE = (
    r"(?:where|how|what) (?:can|could|may|might|do|should) (?:we|i) (?:save|cut|reduce)"
    r"(?: (?:money|costs?|spend(?:ing)?))?|sav(?:e|ing) (?:money|costs?)|saving potential"
    r"|right-?siz(?:e|ing)|oversized|overprovisioned|too large"
)
WASTE = phrase(f"{LOOSE}|{TOO_LARGE}")
ENDING = phrase(LOOSE)
RESIZING = phrase(TOO_LARGE)
MAY_END = r"(?:can|could|may|might|should|to)(?: (?:we|i|be))? (?:deleted?|stop(?:ped)?|end(?:ed)?)"
"""What may be ended is a question; "delete it" is an order, which nobody here follows."""
THINGS = phrase(
    r"resources?|things?|find|which|look|where|still|running|sitting|around|right now|currently"
    rf"|costs?|money|spend(?:ing)?|or|but|that|{MAY_END}"
)
KNOWN = ("idle", "unattached", "unused", "volumes", "addresses", "balancers", "databases", "waste")
TIMEOUT_S = 600

RULES = (
    "Rules: Cost Optimization Hub and Compute Optimizer (`idle: CPU < 5 % and network < 5 MB a day "
    "in 14 days; a volume unattached, or attached and unused, and a NAT gateway unused for 32 "
    "days`), Trusted Advisor (its cost checks by name), EC2's inventory (volumes attached to "
    "nothing now), CloudWatch (load balancers `without target and traffic in 14 days`), the bill "
    "(addresses charged as idle, NAT gateways without a byte). What several rules found is listed "
    "once, under the first. Savings from the bill are before discounts that are rows of their own."
)


@dataclass(frozen=True, slots=True)
class WasteQuestion:
    """Which kinds of resource are meant, all where empty, and whether too large ones are too."""

    kinds: tuple[str, ...] = ()
    resize: bool = False


def read_waste(question: Question) -> WasteQuestion:
    """What is asked; raises `NotUnderstood` where a word is left over."""
    kinds = tuple(kind for words, kind in KINDS if question.take_all(phrase(words)))
    resize = question.take_all(RESIZING)
    question.take_all(ENDING)
    question.take_all(THINGS)
    question.check(KNOWN, "What is idle or unattached?")
    return WasteQuestion(kinds, resize)


def waste(asked: WasteQuestion) -> Playbook:
    """One script over the advisers, the inventory and the bill; its figures are the answer's."""
    (described,) = yield LOOK
    scripted_bill(described, "finding waste", "the advisers, the inventory and Athena")
    (ran,) = yield Step(
        "I ask Cost Optimization Hub, Compute Optimizer, Trusted Advisor, the inventory and the "
        "bill what is not used. CloudWatch costs $0.01 for a thousand load balancers; Cost "
        "Explorer's rightsizing, at $0.01 a page, is asked only where neither the Hub nor Compute "
        "Optimizer answers.",
        (
            script_call(
                "waste",
                {
                    "kinds": ",".join(asked.kinds),
                    "resize": "yes" if asked.resize else "no",
                    "days": 30,
                },
                TIMEOUT_S,
            ),
        ),
    )
    return _answer(asked, Finding.of(ran))


def _answer(asked: WasteQuestion, found: Finding) -> str:
    finding = found.said
    what = " and ".join(MANY.get(kind, f"{kind}s") for kind in asked.kinds)
    if not found.value("idle count"):
        parts = [f"Nothing idle or unattached was found{f' among {what}' if what else ''}."]
    else:
        parts = [
            f"Ending {found['idle count']} idle or unattached {what or 'resources'} saves "
            f"**{found['idle total']}** in 30 days: what they cost from {finding['first']} to "
            f"{finding['last']} (amortized, from the bill), without what a commitment pays. "
            f"{found['most of an account']} of it is in {plain(finding['most'])}.",
            _table("Saves in 30 days", "idle", found),
        ]
    if "paid total" in found:
        parts += [
            "Idle too, but a reservation or a Savings Plan pays for it either way, so ending it "
            "saves nothing now (the commitment may cover something else instead):",
            _table("Cost in 30 days", "paid", found),
        ]
    if "larger total" in found:
        parts += [
            f"Too large, or of a dearer kind: **{found['larger total']}** a month by the adviser's "
            "own estimate, after discounts. These are other resources than those above, one action "
            "each.",
            _table("Saves a month (estimate)", "larger", found),
        ]
    if "low count" in found:
        parts.append(
            f"Trusted Advisor alone calls {found['low count']} more instances little used, which "
            f"cost {found['low utilization']}: look at their schedule. Its rule also meets machines"
            " that rest at weekends, so nothing is counted as saved."
        )
    if "unpriced count" in found:
        parts.append(
            f"{found['unpriced count']} more resources are idle to an adviser, but on the bill "
            "under no name of their own (scaling groups, services, what is newer than the bill): "
            "what ending them saves is not in it. They stand in the file as `unpriced`."
        )
    parts += [
        RULES,
        looked_at(found),
        f"Each resource with all its rules is in data/{plain(finding['file'])}. Look before you end"
        " anything: neither the bill nor CloudWatch knows what stands by on purpose."
        f"{offer('waste')}",
    ]
    return "\n\n".join(parts)


def _table(head: str, title: str, found: Finding) -> str:
    return "\n".join(_lines(head, title, found))


def _lines(head: str, title: str, found: Finding) -> Iterator[str]:
    yield f"| What | Do | Found by | Where | {head} |"
    yield "|---|---|---|---|---:|"
    for _, words, saving in rows(found, title):
        what, do, finder, where = (*words, "", "", "")[:4]
        action, _, change = do.partition(": ")
        shown = f"{action} `{change}`" if change else action
        yield f"| {what} | {shown} | {finder} | {where} | {saving} |"
    yield f"| total | | | | {found[f'{title} total']} |"
