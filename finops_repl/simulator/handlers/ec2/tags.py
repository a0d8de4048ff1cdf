"""EC2's DescribeTags: the tags of instances, volumes, snapshots and networks, one by one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ec2.filters import filtered
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.standing import key_values, standing
from finops_repl.simulator.view import View, invalid
from finops_repl.simulator.world import Tags

__all__ = ["Ec2Tags"]

PAGE = 1_000
_TYPES: Mapping[str, str] = {
    "volume": "volume",
    "snapshot": "snapshot",
    "address": "elastic-ip",
    "nat": "natgateway",
    "endpoint": "vpc-endpoint",
    "gateway-endpoint": "vpc-endpoint",
}
_FILTERS = {
    "key": "Key",
    "value": "Value",
    "resource-id": "ResourceId",
    "resource-type": "ResourceType",
}


class Ec2Tags:
    """Answers with every tag as it is, misspelt ones too; a call sees its own region."""

    operations = frozenset({"DescribeTags"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        tags = [
            {"ResourceId": id_, "ResourceType": type_, **tag, "Tags": [tag]}
            for id_, type_, its in self._tagged(call.region)
            for tag in key_values(its)
        ]
        found = filtered(tags, call.params, _FILTERS)
        if isinstance(found, Refusal):
            return found
        page = cut(found, call.params, "MaxResults", PAGE, PAGE)
        if page is None:
            return invalid("The nextToken is invalid.", "InvalidParameterValue")
        shown, token = page
        listed = [{key: each[key] for key in _FILTERS.values()} for each in shown]
        return Result({"Tags": listed} | ({"NextToken": token} if token else {}))

    def _tagged(self, region: str) -> Iterator[tuple[str, str, Tags]]:
        for id_, tags in self._view.rows(
            "SELECT id, tags FROM instance WHERE region = ? ORDER BY launched, id", [region]
        ):
            yield id_, "instance", json.loads(tags)
        for each in standing(self._view, *_TYPES, region=region):
            yield each.id, _TYPES[each.kind], each.tags
