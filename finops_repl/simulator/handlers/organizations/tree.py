"""Organizations' tree: the root, its units, the accounts in them, and what accounts are tagged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.organizations.accounts import described, organization_id
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.standing import key_values
from finops_repl.simulator.view import invalid
from finops_repl.simulator.world import Account, World

__all__ = ["OrganizationTree"]

PAGE = 20
ROOT = "Root"


class OrganizationTree:
    """Answers where accounts stand; the payer stands in the root itself."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._root = f"r-{world.chance.hex(4, 'root')}"
        names = sorted({account.unit for account in world.members})
        digits = self._root.removeprefix("r-")
        self._units = {
            name: f"ou-{digits}-{world.chance.hex(8, 'organizational unit', name)}"
            for name in names
        }
        self._handlers: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
            "ListRoots": self._roots,
            "ListOrganizationalUnitsForParent": self._units_of,
            "DescribeOrganizationalUnit": self._unit,
            "ListAccountsForParent": self._accounts_of,
            "ListChildren": self._children,
            "ListParents": self._parents,
            "ListTagsForResource": self._tags,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._handlers)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        return self._handlers[call.operation](call.params)

    def _roots(self, params: Mapping[str, Any]) -> Answer:
        root = {"Id": self._root, "Arn": self._arn("root", self._root), "Name": ROOT}
        return _page(params, "Roots", [root | {"PolicyTypes": []}])

    def _units_of(self, params: Mapping[str, Any]) -> Answer:
        return self._below(
            params, "OrganizationalUnits", self._units_in(params.get("ParentId", ""))
        )

    def _accounts_of(self, params: Mapping[str, Any]) -> Answer:
        accounts = [
            described(self._world, each) for each in self._accounts_in(params.get("ParentId", ""))
        ]
        return self._below(params, "Accounts", accounts)

    def _children(self, params: Mapping[str, Any]) -> Answer:
        parent, kind = params.get("ParentId", ""), params.get("ChildType", "")
        if kind == "ACCOUNT":
            ids = [each.id for each in self._accounts_in(parent)]
        elif kind == "ORGANIZATIONAL_UNIT":
            ids = [each["Id"] for each in self._units_in(parent)]
        else:
            return invalid(
                f"ChildType {kind} is none of ACCOUNT, ORGANIZATIONAL_UNIT", "InvalidInputException"
            )
        return self._below(params, "Children", [{"Id": id_, "Type": kind} for id_ in ids])

    def _unit(self, params: Mapping[str, Any]) -> Answer:
        wanted = params.get("OrganizationalUnitId", "")
        for each in self._units_in(self._root):
            if each["Id"] == wanted:
                return Result({"OrganizationalUnit": each})
        return invalid(
            "You specified an organizational unit that doesn't exist.",
            "OrganizationalUnitNotFoundException",
        )

    def _parents(self, params: Mapping[str, Any]) -> Answer:
        child = params.get("ChildId", "")
        root = {"Id": self._root, "Type": "ROOT"}
        if child == self._world.payer.id or child in self._units.values():
            return Result({"Parents": [root]})
        for account in self._world.members:
            if account.id == child:
                unit = {"Id": self._units[account.unit], "Type": "ORGANIZATIONAL_UNIT"}
                return Result({"Parents": [unit]})
        return invalid(
            "You specified an organizational unit or account that doesn't exist.",
            "ChildNotFoundException",
        )

    def _tags(self, params: Mapping[str, Any]) -> Answer:
        wanted = params.get("ResourceId", "")
        if wanted == self._root or wanted in self._units.values():
            return Result({"Tags": []})
        for account in self._world.accounts:
            if account.id == wanted:
                tags = {
                    "team": account.team,
                    "environment": account.environment,
                    "business-unit": account.business_unit,
                    "cost-center": account.cost_center,
                }
                return Result({"Tags": key_values(tags)})
        return invalid("You specified a target that doesn't exist.", "TargetNotFoundException")

    def _units_in(self, parent: str) -> list[dict[str, str]]:
        return [
            {"Id": id_, "Arn": self._arn("ou", id_), "Name": name}
            for name, id_ in self._units.items()
            if parent == self._root
        ]

    def _accounts_in(self, parent: str) -> Sequence[Account]:
        if parent == self._root:
            return (self._world.payer,)
        return [each for each in self._world.members if self._units[each.unit] == parent]

    def _below(self, params: Mapping[str, Any], result: str, found: list[Any]) -> Answer:
        if params.get("ParentId", "") not in (self._root, *self._units.values()):
            return invalid("You specified parent that doesn't exist.", "ParentNotFoundException")
        return _page(params, result, found)

    def _arn(self, kind: str, id_: str) -> str:
        owner = self._world.payer.id
        return f"arn:aws:organizations::{owner}:{kind}/{organization_id(self._world)}/{id_}"


def _page(params: Mapping[str, Any], result: str, found: list[Any]) -> Answer | Refusal:
    page = cut(found, params, "MaxResults", PAGE, PAGE)
    if page is None:
        return invalid("You specified an invalid value for nextToken.", "InvalidInputException")
    shown, token = page
    return Result({result: list(shown)} | ({"NextToken": token} if token else {}))
