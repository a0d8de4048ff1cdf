"""The rows of every kind of bill: the ledger's facts and split shares with all that describes them.

Money is held as DECIMAL(18,10) and declared as AWS declares it, double: sums are exact and do not
depend on the order of addition.
"""

from __future__ import annotations

from finops_repl.simulator.bill_view import JOINS
from finops_repl.simulator.meter import LINE_TYPES, LineType
from finops_repl.simulator.terms import AMORTIZED_TYPES, EDP_PERCENT, PAID_TYPES

__all__ = [
    "AT_LIST_PRICE",
    "BILL_TYPE",
    "DISCOUNT",
    "DISCOUNTED",
    "DISCOUNTS",
    "FACTS",
    "IS",
    "LINE_ID",
    "MONEY0",
    "NET_AMORTIZED",
    "NET_UNBLENDED",
    "NO_DISCOUNTS",
    "PUBLIC",
    "RI_FEE",
    "RI_LINE",
    "SP_FEE",
    "SP_LINE",
    "SP_USED",
    "STAMP",
    "UPFRONT_FEE",
    "USED",
    "money",
    "when",
]

FACTS = f"FROM fact f {' '.join(join.format('') for join, _ in JOINS.values())}"
"""What is paid, and nothing that merely parts it."""

MONEY0 = "CAST(0 AS DECIMAL(18, 10))"
STAMP = "strftime({}, '%Y-%m-%dT%H:%M:%S.000Z')"
IS = "type_name = '{}'"
RI_LINE = "type_name IN ('DiscountedUsage', 'RIFee') OR (type_name = 'Fee' AND c.kind = 'ri')"
SP_LINE = "type_name LIKE 'SavingsPlan%'"
UPFRONT_FEE = "(type_name = 'SavingsPlanUpfrontFee' OR (type_name = 'Fee' AND c.kind = 'ri'))"
RI_FEE, SP_FEE = IS.format("RIFee"), IS.format("SavingsPlanRecurringFee")
DISCOUNTED, SP_USED = IS.format("DiscountedUsage"), IS.format("SavingsPlanCoveredUsage")
USED = "type_name IN ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage', 'SavingsPlanNegation')"


AT_LIST_PRICE: tuple[LineType, ...] = (
    "Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation"
)  # fmt: skip
"""Line types whose unblended cost is the list price of their usage."""


def _places(types: tuple[LineType, ...]) -> str:
    return ", ".join(str(LINE_TYPES.index(name)) for name in types)


EDP = LINE_TYPES.index("EdpDiscount")


def _less(cost: str, types: tuple[LineType, ...]) -> str:
    """The discount on a cost, rounded as the rows of the discount round it."""
    return (
        f"CASE WHEN f.type IN ({_places(types)}) AND g.discounted"
        f" THEN CAST({cost} * {EDP_PERCENT / 100} AS DECIMAL(18, 10)) ELSE 0 END"
    )


def _net(cost: str, types: tuple[LineType, ...]) -> str:
    """A cost after the discount; the discount's own rows have none."""
    return f"CASE WHEN f.type = {EDP} THEN {MONEY0} ELSE {cost} - {_less(cost, types)} END"


PUBLIC = (
    f"CASE WHEN f.type IN ({_places(AT_LIST_PRICE)}) THEN f.unblended"
    f" WHEN f.type = {LINE_TYPES.index('DiscountedUsage')}"
    " THEN CAST(CAST(f.usage AS DECIMAL(18, 6)) * g.price AS DECIMAL(18, 10))"
    f" ELSE {MONEY0} END"
)
"""What usage costs on demand; fees have no such price."""
NET_UNBLENDED = _net("f.unblended", PAID_TYPES)
NET_AMORTIZED = _net("f.amortized", AMORTIZED_TYPES)
DISCOUNT = f"-({_less('f.unblended', PAID_TYPES)})"
LINE_ID = "md5(concat_ws('/', m.identity, f.day, type_name, c.id))"


def when(condition: str, value: str, otherwise: str = "NULL") -> str:
    return f"CASE WHEN {condition} THEN {value} ELSE {otherwise} END"


NO_DISCOUNTS = "CAST(MAP {} AS MAP(VARCHAR, DOUBLE))"
DISCOUNTS = when(
    f"{DISCOUNT} <> 0", f"MAP {{'edp_discount': CAST({DISCOUNT} AS DOUBLE)}}", NO_DISCOUNTS
)


def money(condition: str, value: str) -> str:
    """A value of some rows, 0 on all others."""
    return when(condition, value, MONEY0)


BILL_TYPE = when(
    UPFRONT_FEE, "'Purchase'", when("type_name = 'Refund'", "'Refund'", "'Anniversary'")
)
