"""The user's own AWS account as an account of the house: its door, and its bill in Athena."""

from __future__ import annotations

from dataclasses import replace

from finops_repl.assembly.account import Account
from finops_repl.aws.call import Caller
from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.scope import Scope
from finops_repl.billing.port import Bill, BillTable
from finops_repl.gateway.gateway import Gateway

__all__ = ["open_real_account"]

NO_BILL_HINT = (
    'name its table in the settings (aws.bill = "database.table"); Cost Explorer answers without'
)


def open_real_account(settings: AwsSettings) -> Account:
    """The account that the settings' identity signs for.

    Raises `ConnectionFailed` where AWS does not know the identity, `ConfigError` for a profile
    that is not there.
    """
    from finops_repl.gateway.cache import Asker
    from finops_repl.gateway.identity import Identity
    from finops_repl.gateway.queries import QueryPlaces
    from finops_repl.gateway.real_account import RealAccount

    places = QueryPlaces(settings.workgroup, settings.output)
    identity = Identity(settings.profile, settings.role, settings.region)
    upstream = RealAccount(identity, endpoint_url=settings.endpoint_url)

    def open_bill(gateway: Gateway, scope: Scope) -> Bill:
        from finops_repl.billing.none import NoBill

        if not settings.bill:
            return NoBill(NO_BILL_HINT)
        return _athena_bill(settings, places.catalog, gateway, scope, upstream.region)

    flags = [f"--profile {settings.profile}"] if settings.profile else []
    flags += [f"--role {settings.role}"] if settings.role else []
    return Account(
        name=upstream.account,
        kind="aws",
        spec=" ".join(["aws", *flags]),
        upstream=upstream,
        open_bill=open_bill,
        close=upstream.close,
        places=places,
        objects=tuple(place for place in (settings.output, *settings.exports) if place),
        asker=Asker(upstream.principal, upstream.account_id, settings.endpoint_url),
    )


def _athena_bill(
    settings: AwsSettings, catalog: str, gateway: Gateway, scope: Scope, region: str
) -> Bill:
    """The bill's table as its columns show it to be; asks Athena for them."""
    from finops_repl.billing.athena import AthenaBill
    from finops_repl.billing.kind import kind_of, partition_of
    from finops_repl.gateway.inprocess import session

    database, _, name = settings.bill.partition(".")
    asking = session(gateway, Caller(session=scope.session, user=scope.user), region=region)
    table = BillTable(catalog, database, name, "other", workgroup=settings.workgroup)
    columns = [column.name for column in AthenaBill(asking, [table]).columns(name)]
    table = replace(table, kind=kind_of(columns), partition=partition_of(columns))
    return AthenaBill(asking, [table])
