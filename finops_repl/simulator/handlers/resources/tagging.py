"""Resource Groups Tagging API: resources of every service by their tags, as they are.

As in AWS, what was never tagged is not listed, and what lost its tags is, without any.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.standing import key_values, standing
from finops_repl.simulator.view import View, invalid
from finops_repl.simulator.world import Tags

__all__ = ["TaggedResources"]

PAGE, NAMES_PAGE = 100, 1_000
MOST_FILTERS, MOST_ARNS = 50, 100
TOKEN = "PaginationToken"  # noqa: S105  a parameter's name
CODE = "InvalidParameterException"
GLOBAL, _GLOBAL = "us-east-1", ("hosted-zone",)
"""Where resources that stand in no region are listed, and their kinds."""


@dataclass(frozen=True, slots=True)
class _Tagged:
    arn: str
    tags: Tags

    def is_of(self, type_: str) -> bool:
        """Whether it is a `service` or a `service:type`, as in `ec2:instance`."""
        service, _, kind = type_.partition(":")
        parts = self.arn.split(":", 5)
        head = parts[5].replace(":", "/").partition("/")[0]
        return parts[2] == service and (not kind or kind == head)


class TaggedResources:
    """Answers for every resource in a call's region, of all accounts of the organisation."""

    operations = frozenset({"GetResources", "GetTagKeys", "GetTagValues"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        found = self._all(call.region)
        if call.operation == "GetResources":
            return _resources(found, call.params)
        if call.operation == "GetTagKeys":
            return _names("TagKeys", {key for each in found for key in each.tags}, call.params)
        key = str(call.params.get("Key"))
        values = {each.tags[key] for each in found if key in each.tags}
        return _names("TagValues", values, call.params)

    def _all(self, region: str) -> list[_Tagged]:
        """What has tags, and what the bill has seen with tags; in the order of the ARNs."""
        rows = self._view.rows(
            "SELECT DISTINCT m.resource_id FROM meter m JOIN charge g ON g.charge = m.charge"
            " WHERE m.resource_tags <> MAP {}"
        )
        once = {id_ for (id_,) in rows}
        found = [
            _Tagged(f"arn:aws:ec2:{region}:{account}:instance/{id_}", json.loads(tags))
            for id_, account, tags in self._view.rows(
                "SELECT id, account_id, tags FROM instance WHERE region = ?", [region]
            )
            if tags != "{}" or id_ in once
        ]
        found += [
            _Tagged(each.arn, each.tags)
            for each in standing(self._view)
            if region == (GLOBAL if each.kind in _GLOBAL else each.region)
            and (each.tags or each.on_bill in once)
        ]
        return sorted(found, key=lambda each: each.arn)


def _resources(found: list[_Tagged], params: Mapping[str, Any]) -> Answer:
    wrong = _refused(params)
    if wrong is not None:
        return wrong
    if arns := params.get("ResourceARNList"):
        found = [each for each in found if each.arn in arns]
    if types := params.get("ResourceTypeFilters"):
        found = [each for each in found if any(each.is_of(type_) for type_ in types)]
    for wanted in params.get("TagFilters") or ():
        key, values = wanted.get("Key"), wanted.get("Values") or ()
        found = [
            each for each in found if key in each.tags and (not values or each.tags[key] in values)
        ]
    page = cut(found, params, "ResourcesPerPage", PAGE, PAGE, TOKEN)
    if page is None:
        return invalid("PaginationToken is invalid", CODE)
    shown, token = page
    return Result({
        TOKEN: token,
        "ResourceTagMappingList": [
            {"ResourceARN": each.arn, "Tags": key_values(each.tags)} for each in shown
        ],
    })  # fmt: skip


def _refused(params: Mapping[str, Any]) -> Refusal | None:
    """What AWS does not allow together, or not so many of."""
    arns = params.get("ResourceARNList") or ()
    size = params.get("ResourcesPerPage")
    for others in ("TagFilters", "ResourceTypeFilters", "ResourcesPerPage", "TagsPerPage", TOKEN):
        if arns and params.get(others):
            return invalid(f"ResourceARNList cannot be used together with {others}", CODE)
    if len(arns) > MOST_ARNS or len(params.get("TagFilters") or ()) > MOST_FILTERS:
        return invalid(f"at most {MOST_ARNS} ARNs or {MOST_FILTERS} tag filters may be given", CODE)
    if size is not None and not 1 <= size <= PAGE:
        return invalid(f"ResourcesPerPage must be between 1 and {PAGE}, not {size}", CODE)
    for wanted in params.get("TagFilters") or ():
        if not wanted.get("Key"):
            return invalid("a tag filter names a Key", CODE)
    return None


def _names(result: str, names: set[str], params: Mapping[str, Any]) -> Answer:
    page = cut(sorted(names), params, "", NAMES_PAGE, NAMES_PAGE, TOKEN)
    if page is None:
        return invalid("PaginationToken is invalid", CODE)
    shown, token = page
    return Result({result: list(shown), TOKEN: token})
