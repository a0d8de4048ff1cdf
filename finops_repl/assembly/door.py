"""The one door to an account, as its owner's settings want it: what passes, costs and is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finops_repl.assembly.account import Account
from finops_repl.assembly.caps import capped_meter
from finops_repl.base.config import Settings
from finops_repl.base.settings_files import where_set
from finops_repl.base.spend import Spend

if TYPE_CHECKING:
    from finops_repl.aws.wire.models import ServiceModels
    from finops_repl.gateway.cache import AnswerCache
    from finops_repl.gateway.gateway import Gateway
    from finops_repl.gateway.meter import Meter
    from finops_repl.gateway.policy import ReadOnlyPolicy
    from finops_repl.gateway.queries import ReadStatement
    from finops_repl.gateway.started import StartedQueries

__all__ = ["open_door"]


def open_door(account: Account, settings: Settings, spend: Spend) -> Gateway:
    """The gateway of an account; only a real one's calls cost, and only its answers are kept.

    Raises `ConfigError` for reads that the settings allow and AWS does not have.
    """
    from finops_repl.aws.wire.models import ServiceModels
    from finops_repl.gateway.audit import open_audit
    from finops_repl.gateway.gateway import Gateway

    models = ServiceModels()
    return Gateway(
        account.upstream,
        _policy(account, settings, models),
        open_audit(),
        meter=_meter(account, settings, spend) if account.kind == "aws" else None,
        cache=_cache(account, settings),
        bill=account.bill_place,
        queries=_queries(account, settings),
        models=models,
    )


def _policy(account: Account, settings: Settings, models: ServiceModels) -> ReadOnlyPolicy:
    from finops_repl.gateway.policy import ReadOnlyPolicy
    from finops_repl.gateway.widening import widened

    allowed = widened(settings.gateway_allow, models)
    reader = _reader_of(account.places.catalog)
    return ReadOnlyPolicy(reader, account.places, account.objects, allowed)


def _meter(account: Account, settings: Settings, spend: Spend) -> Meter:
    from finops_repl.gateway.bill_scan import BillScan
    from finops_repl.trino.partitions import TableName

    database, _, table = settings.aws.bill.partition(".")
    if not table:
        return capped_meter(settings, spend)
    bill = BillScan(
        TableName(account.places.catalog, database, table),
        full_scan=settings.athena_full_scan,
        allowed_by=where_set("athena.full_scan"),
    )
    return capped_meter(settings, spend, bill=bill)


def _cache(account: Account, settings: Settings) -> AnswerCache | None:
    if account.asker is None or not settings.cache_enabled:
        return None
    from finops_repl.gateway.cache import open_cache

    return open_cache(account.asker, fresh=settings.cache_fresh)


def _queries(account: Account, settings: Settings) -> StartedQueries:
    from finops_repl.gateway.result_objects import ResultObjects
    from finops_repl.gateway.started import StartedQueries

    output = account.places.output_location
    return StartedQueries(ResultObjects(output, settings.aws.exports) if output else None)


def _reader_of(catalog: str) -> ReadStatement:
    """Reads statements on one catalog; others are federated and ask sources beyond the bill."""

    def read(sql: str, parameters: Sequence[str]) -> str:
        from finops_repl.trino.check import read_statement  # sqlglot: only a statement pays for it

        return read_statement(sql, parameters, catalogs=[catalog.lower()])

    return read
