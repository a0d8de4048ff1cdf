"""The user's own AWS account as an account of the house: its door, and its bill in Athena."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from finops_repl.assembly.account import Account
from finops_repl.aws.call import Caller
from finops_repl.base.aws_settings import AwsSettings
from finops_repl.base.config import Settings
from finops_repl.base.money import price_text
from finops_repl.base.scope import Scope
from finops_repl.base.size import size_text
from finops_repl.billing.port import Bill, BillTable
from finops_repl.gateway.gateway import Gateway

if TYPE_CHECKING:
    import boto3

    from finops_repl.gateway.identity import Identity

__all__ = ["CONNECT", "asking_athena", "open_real_account"]

CONNECT = "finops-repl account connect"
DEFAULT_WORKGROUP = "primary"
"""Athena's own, where none is named."""
NO_BILL_HINT = f"{CONNECT} looks for it and writes its table into your settings (aws.bill)"


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
    stated = _stated_bill(aws, places.catalog)

    def open_bill(gateway: Gateway, scope: Scope) -> Bill:
        from finops_repl.billing.none import NoBill

        if stated is None:
            return NoBill(NO_BILL_HINT)
        return _athena_bill(stated, gateway, scope, bill_region)

    def close() -> None:
        upstream.close()
        holder.close()

    def facts(gateway: Gateway, scope: Scope) -> Mapping[str, str]:
        from finops_repl.gateway.prices import KNOWN, NOT_PRICED

        known = {"signs": _signs(identity)}
        if of_bill:
            known["bill's account"] = holder.account
            known["signs for the bill"] = _signs(of_bill)
        if aws.bill:
            known["bill's region"] = bill_region
        known["workgroup"] = _workgroup(aws.workgroup, gateway, scope, bill_region)
        known["prices"] = f"list prices of us-east-1, {KNOWN:%B %Y}; not priced: " + ", ".join(
            NOT_PRICED
        )
        return known

    flags = [f"--profile {shlex.quote(identity.profile)}"] if identity.profile else []
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
        objects=aws.readable_places,
        asker=Asker(upstream.principal, upstream.account_id, aws.endpoint_url),
        bill_place=BillPlace(holder, bill_region) if elsewhere else None,
        stated_bill=stated,
        without_bill="" if aws.bill else NO_BILL_HINT,
        facts=facts,
    )


def _signs(identity: Identity) -> str:
    role = f", as {identity.role}" if identity.role else ""
    return f"{identity.name}{role}, by {identity.origin or 'what the AWS command line finds'}"


def _stated_bill(settings: AwsSettings, catalog: str) -> BillTable | None:
    """The table that the settings name."""
    if not settings.bill:
        return None
    database, _, name = settings.bill.partition(".")
    # pyathena, also a script's, wants one named.
    workgroup = settings.workgroup or DEFAULT_WORKGROUP
    return BillTable(catalog, database, name, "other", workgroup=workgroup)


def _athena_bill(stated: BillTable, gateway: Gateway, scope: Scope, region: str) -> Bill:
    """The bill's table, which asks Athena for its columns once somebody wants to know its kind."""
    from finops_repl.billing.athena import AthenaBill

    return AthenaBill(lambda: _asking(gateway, scope, region), [stated], told_by_columns=True)


def asking_athena(account: Account, gateway: Gateway, scope: Scope) -> boto3.Session:
    """A session whose calls pass the gateway, in the region where the account's bill lies."""
    assert account.bill_place is not None  # who has a bill in Athena has a place of it
    return _asking(gateway, scope, account.bill_place.region)


def _asking(gateway: Gateway, scope: Scope, region: str) -> boto3.Session:
    from finops_repl.gateway.inprocess import session

    return session(gateway, Caller(session=scope.session, user=scope.user), region=region)


def _workgroup(name: str, gateway: Gateway, scope: Scope, region: str) -> str:
    """The workgroup and its own cutoff, which holds whatever the caps here are; asks Athena."""
    from botocore.exceptions import ClientError

    from finops_repl.billing.workgroups import find_workgroup
    from finops_repl.gateway.prices import ATHENA_SCAN

    name = name or DEFAULT_WORKGROUP
    try:
        athena = _asking(gateway, scope, region).client("athena")
        found = find_workgroup(athena, name)
    except ClientError as error:
        return f"{name} (its cutoff is not known: {error.response['Error']['Message']})"
    if found is None:
        return f"{name} (there is none of that name)"
    cutoff = found.cutoff_bytes
    if not cutoff:
        return f"{name} (no cutoff of its own)"
    price = price_text(ATHENA_SCAN.of(cutoff))
    return f"{name} (ends a query at {size_text(cutoff)}, {price})"
