"""The user's own AWS account as an account of the house: its door, and its bill in Athena."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from finops_repl.assembly.account import Account
from finops_repl.aws.call import Caller
from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.config import Settings
from finops_repl.base.scope import Scope
from finops_repl.billing.port import Bill, BillTable
from finops_repl.gateway.gateway import Gateway

if TYPE_CHECKING:
    from finops_repl.gateway.identity import Identity

__all__ = ["CONNECT", "open_real_account"]

CONNECT = "finops-repl account connect"
NO_BILL_HINT = (
    f"{CONNECT} looks for it and writes its table into your settings (aws.bill);"
    " Cost Explorer answers without"
)


def open_real_account(settings: Settings) -> Account:
    """The account that the settings' identity signs for, and its bill, which another may hold.

    Raises `ConnectionFailed` where AWS does not know the identity, `ConfigError` for a profile
    that is not there.
    """
    from finops_repl.assembly.signers import bill_signer, signer
    from finops_repl.gateway.bill_place import BillPlace
    from finops_repl.gateway.cache import Asker
    from finops_repl.gateway.queries import QueryPlaces
    from finops_repl.gateway.real_account import RealAccount

    aws = settings.aws
    places = QueryPlaces(aws.workgroup, aws.output)
    identity = signer(settings)
    upstream = RealAccount(identity, endpoint_url=aws.endpoint_url)
    of_bill = bill_signer(settings, identity)
    holder = RealAccount(of_bill, endpoint_url=aws.endpoint_url) if of_bill else upstream
    bill_region = aws.bill_region or holder.region

    def open_bill(gateway: Gateway, scope: Scope) -> Bill:
        from finops_repl.billing.none import NoBill

        if not aws.bill:
            return NoBill(NO_BILL_HINT)
        return _athena_bill(aws, places.catalog, gateway, scope, bill_region)

    def close() -> None:
        upstream.close()
        holder.close()

    details = {"signs": _signs(identity)}
    if of_bill:
        details["bill's account"] = holder.account
        details["signs for the bill"] = _signs(of_bill)
    if aws.bill:
        details["bill's region"] = bill_region
    flags = [f"--profile {identity.profile}"] if identity.profile else []
    flags += [f"--role {identity.role}"] if identity.role else []
    elsewhere = bool(aws.bill or of_bill or aws.bill_region)
    return Account(
        name=upstream.account,
        kind="aws",
        spec=" ".join(["aws", *flags]),
        upstream=upstream,
        open_bill=open_bill,
        close=close,
        places=places,
        objects=tuple(place for place in (aws.output, *aws.exports) if place),
        asker=Asker(upstream.principal, upstream.account_id, aws.endpoint_url),
        bill_place=BillPlace(holder, bill_region) if elsewhere else None,
        without_bill="" if aws.bill else NO_BILL_HINT,
        details=details,
    )


def _signs(identity: Identity) -> str:
    role = f", as {identity.role}" if identity.role else ""
    return f"{identity.name}{role}, by {identity.origin or 'what the AWS command line finds'}"


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
