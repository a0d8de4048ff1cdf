"""Database Savings Plans: what they cover of this organisation's usage, and at which rate.

They cover instances of the seventh generation and newer, of ElastiCache those that run Valkey, and
the throughput of DynamoDB, on demand and provisioned, in every region; no storage, requests of
storage or backups (AWS's announcement of 2 December 2025 and the Savings Plans pricing page). The
units are those that botocore's model of `savingsplans` knows of a rate (`SavingsPlanRateUnit`).

This organisation's databases and caches are of the sixth generation and older, or run Redis: a
plan would cover its tables alone until they are moved.
"""

from __future__ import annotations

from collections.abc import Mapping

from finops_repl.simulator.offers import SERVICES

__all__ = ["DATABASE_ELIGIBLE", "database_percent"]

_PERCENT: Mapping[str, int] = {  # of the list price, by the unit of usage
    "ReadRequestUnits": 82,
    "WriteRequestUnits": 82,
    "ReadCapacityUnit-Hrs": 88,
    "WriteCapacityUnit-Hrs": 88,
    "Hrs": 80,
}
"""The organisation's own rates, no lower than what AWS announced for one year: up to 18 percent off
throughput on demand, 12 off provisioned throughput, 20 off provisioned instances."""
_OLDEST = 7

_THROUGHPUT = ", ".join(f"'{unit}'" for unit in _PERCENT if unit != "Hrs")
_GENERATION = "try_cast(regexp_extract(g.instance_family, '[a-z]([0-9]+)[a-z]*$', 1) AS INTEGER)"
DATABASE_ELIGIBLE = (
    f"((g.service = '{SERVICES['dynamodb'].name}' AND g.unit IN ({_THROUGHPUT}))"
    f" OR ((g.service = '{SERVICES['rds'].name}' OR (g.service = '{SERVICES['elasticache'].name}'"
    f" AND g.engine = 'Valkey')) AND g.instance_type <> '' AND {_GENERATION} >= {_OLDEST}))"
)
"""A condition on `g` (charge): the usage that such a plan may be applied to."""


def database_percent(unit: str) -> int:
    """What a unit of covered usage costs under a plan, in percent of its list price."""
    return _PERCENT[unit]
