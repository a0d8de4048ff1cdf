"""What is known of a house's account, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from finops_repl.base.errors import FinopsError
from finops_repl.base.places import state_dir

if TYPE_CHECKING:
    from finops_repl.assembly.house import House
    from finops_repl.base.config import Settings

__all__ = ["account_page"]


def account_page(house: House) -> dict[str, str]:
    """The account, its bill and what holds of both, by name; what is not known is left out.

    Asks the account. Raises as `Bill.primary` does where the settings name no table either.
    """
    account, settings = house.account, house.settings
    columns = house.bill_columns()
    fields = {
        "account": account.name,
        "kind": account.kind,
        "id": account.upstream.account_id if account.is_simulated else "",
        "data through": str(account.as_of or ""),
        "choose again": f"--account {account.spec}",
        "bill": _bill(house),
        **{f"bill's {name.replace('_', ' ')}": sql for name, sql in columns.items()},
        "also allowed": _also_allowed(settings),
        **account.facts(house.gateway, house.scope),
        "caps": _caps(settings) if account.kind == "aws" else "",
        "audit": str(state_dir("audit")),
    }
    return {name: value for name, value in fields.items() if value}


def _bill(house: House) -> str:
    """The bill's table and kind; of one that does not answer, why and what to do."""
    try:
        table = house.bill.primary
    except FinopsError as error:
        stated = house.account.stated_bill
        if stated is None:
            raise
        return f"{stated.database}.{stated.table} (not read: {error.message}; {error.hint})"
    if not table.table:
        return "none: Cost Explorer only"
    return f"{table.catalog}.{table.database}.{table.table} ({table.kind})"


def _also_allowed(settings: Settings) -> str:
    """The reads that pass beyond the reviewed ones, and who said so."""
    names, origin = settings.gateway_allow, settings.origins["gateway.allow"]
    return f"{', '.join(names)} (gateway.allow, {origin})" if names else ""


def _caps(settings: Settings) -> str:
    given = {"a session": settings.session_usd, "a call": settings.call_usd}
    return ", ".join(
        f"{what} ${cap}" if cap is not None else f"{what} none" for what, cap in given.items()
    )
