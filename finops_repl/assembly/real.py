"""The user's own AWS account as an account of the house: its door, and its bill in Athena."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from finops_repl.assembly.account import Account
from finops_repl.aws.call import Call, Caller, Refusal
from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.money import price_text
from finops_repl.base.scope import Scope
from finops_repl.base.size import size_text
from finops_repl.billing.port import Bill, BillTable
from finops_repl.gateway.gateway import Gateway

__all__ = ["open_real_account"]

DEFAULT_WORKGROUP = "primary"
"""Athena's own, where none is named."""
NO_BILL_HINT = (
    'name its table in the settings (aws.bill = "database.table"); Cost Explorer answers without'
)


def open_real_account(settings: AwsSettings) -> Account:
    """The account that the settings' identity signs for.

    Raises `ConnectionFailed` where AWS does not know the identity, `ConfigError` for a profile
    that is not there.
    """
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

    def facts(gateway: Gateway, scope: Scope) -> Mapping[str, str]:
        from finops_repl.gateway.prices import KNOWN, NOT_PRICED

        return {
            "workgroup": _workgroup(settings.workgroup, gateway, scope, upstream.region),
            "prices": f"list prices of us-east-1, {KNOWN:%B %Y}; not priced: "
            + ", ".join(NOT_PRICED),
        }

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
        facts=facts,
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
    # pyathena, also a script's, wants one named.
    workgroup = settings.workgroup or DEFAULT_WORKGROUP
    table = BillTable(catalog, database, name, "other", workgroup=workgroup)
    columns = [column.name for column in AthenaBill(asking, [table]).columns(name)]
    table = replace(table, kind=kind_of(columns), partition=partition_of(columns))
    return AthenaBill(asking, [table])


def _workgroup(name: str, gateway: Gateway, scope: Scope, region: str) -> str:
    """The workgroup and its own cutoff, which holds whatever the caps here are; asks Athena."""
    from finops_repl.gateway.prices import ATHENA_SCAN

    name = name or DEFAULT_WORKGROUP
    caller = Caller(session=scope.session, user=scope.user)
    told = gateway.perform(Call("athena", "GetWorkGroup", region, {"WorkGroup": name}), caller)
    if isinstance(told, Refusal):
        return f"{name} (its cutoff is not known: {told.message})"
    configuration = told.fields["WorkGroup"].get("Configuration") or {}
    cutoff = int(configuration.get("BytesScannedCutoffPerQuery") or 0)
    if not cutoff:
        return f"{name} (no cutoff of its own)"
    price = price_text(ATHENA_SCAN.of(cutoff))
    return f"{name} (ends a query at {size_text(cutoff)}, {price})"
