"""The words that questions of spend are made of: a slip in one is told, and none is a name."""

from __future__ import annotations

from finops_repl.playbooks.periods import COUNTS, MONTH_NAMES
from finops_repl.playbooks.regions import REGION_NAMES
from finops_repl.playbooks.services import SERVICES

__all__ = ["SPELLINGS", "VOCABULARY"]

WORDS = """
account accounts service services region regions resource resources usage type types operation
operations charge charges category tag tags tagged untagged team teams environment environments
application applications project projects owner owners name names cost costs costing center tenant
department stage component purchase purchasing pricing option options
spend spent spending bill bills billed billing pay paid payment expensive expenses expense costly
costliest biggest largest highest most top breakdown trend trends total totals
amortized amortised unblended net effective list price prices rate rates demand equivalent credit
credits refund refunds tax taxes discount discounts included including excluding excluded without
except with before after between since until through
compare compared comparing comparison versus against than change changed changes difference differ
movers share shares percentage percent fraction proportion part
last past previous prior this current yesterday today day days daily week weeks weekly month months
monthly quarter quarters year years half date beginning export why jump spike caused
jan feb mar apr jun jul aug sep sept oct nov dec mtd ytd qtd
by per each every which that whole full complete
"""
VOCABULARY = frozenset((*WORDS.split(), *(name.lower() for name in MONTH_NAMES), *COUNTS))
SPELLINGS = (
    *MONTH_NAMES,
    *WORDS.split(),
    *COUNTS,
    *(each.name for each in SERVICES),
    *(name.title() for name in REGION_NAMES),
)
"""The same and the names of services and cities, as they are written."""
