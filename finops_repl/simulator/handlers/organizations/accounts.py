"""Organizations: the accounts of the simulated organisation by name."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.view import invalid
from finops_repl.simulator.world import Account, World

__all__ = ["OrganizationsService", "described", "organization_id"]

PAGE = 20
JOINED = datetime(2021, 3, 1, tzinfo=UTC)


class OrganizationsService:
    """Answers what a report needs to name accounts."""

    operations = frozenset({"DescribeOrganization", "ListAccounts", "DescribeAccount"})

    def __init__(self, world: World) -> None:
        self._world = world
        self._id = organization_id(world)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        payer = self._world.payer
        match call.operation:
            case "DescribeOrganization":
                arn = f"arn:aws:organizations::{payer.id}:organization/{self._id}"
                fields = {
                    "Id": self._id,
                    "Arn": arn,
                    "FeatureSet": "ALL",
                    "MasterAccountArn": _arn(self._world, payer),
                    "MasterAccountId": payer.id,
                    "MasterAccountEmail": payer.email,
                }
                return Result({"Organization": fields})
            case "DescribeAccount":
                for account in self._world.accounts:
                    if account.id == call.params.get("AccountId"):
                        return Result({"Account": described(self._world, account)})
                return invalid(
                    "You specified an account that doesn't exist.", "AccountNotFoundException"
                )
        page = cut(self._world.accounts, call.params, "MaxResults", PAGE, PAGE)
        if page is None:
            return invalid("You specified an invalid value for nextToken.", "InvalidInputException")
        accounts, token = page
        found: dict[str, Any] = {
            "Accounts": [described(self._world, account) for account in accounts]
        }
        return Result(found | ({"NextToken": token} if token else {}))


def organization_id(world: World) -> str:
    """The organisation's id."""
    return f"o-{world.chance.hex(10, 'organisation')}"


def described(world: World, account: Account) -> dict[str, Any]:
    """An account as every list of accounts shows it."""
    return {
        "Id": account.id,
        "Arn": _arn(world, account),
        "Email": account.email,
        "Name": account.name,
        "Status": "ACTIVE",
        "State": "ACTIVE",
        "JoinedMethod": "CREATED",
        "JoinedTimestamp": JOINED,
    }


def _arn(world: World, account: Account) -> str:
    return f"arn:aws:organizations::{world.payer.id}:account/{organization_id(world)}/{account.id}"
