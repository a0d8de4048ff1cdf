"""DynamoDB: the tables, with their capacity and what is stored in them."""

from __future__ import annotations

import threading
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.resources.standing import Standing, key_values, standing
from finops_repl.simulator.handlers.resources.stored import stored
from finops_repl.simulator.view import View, invalid

__all__ = ["DynamoTables"]

PAGE = 100


class DynamoTables:
    """Answers what tables stand in a call's region, of all accounts of the organisation."""

    operations = frozenset({"ListTables", "DescribeTable", "ListTagsOfResource"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        found = standing(self._view, "table", region=call.region)
        if call.operation == "ListTables":
            return _listed(found, call)
        by_tags = call.operation == "ListTagsOfResource"
        wanted = call.params.get("ResourceArn" if by_tags else "TableName", "")
        for each in found:
            if wanted in (each.id, each.on_bill):
                if by_tags:
                    return Result({"Tags": key_values(each.tags)})
                return Result({"Table": self._described(each)})
        return Refusal(
            "ResourceNotFoundException", f"Requested resource not found: Table: {wanted} not found"
        )

    def _described(self, found: Standing) -> dict[str, Any]:
        digits = self._view.world.chance.hex(32, "table", found.on_bill)
        parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return {
            "TableName": found.id,
            "TableArn": found.on_bill,
            "TableId": "-".join(parts),
            "TableStatus": "ACTIVE",
            "CreationDateTime": found.created,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingModeSummary": {"BillingMode": found.text("mode")},
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0,
                "ReadCapacityUnits": found.number("reads"),
                "WriteCapacityUnits": found.number("writes"),
            },
            "TableSizeBytes": stored(self._view, [found.on_bill]).get(found.on_bill, 0),
            "TableClassSummary": {"TableClass": "STANDARD"},
            "DeletionProtectionEnabled": False,
        }


def _listed(found: list[Standing], call: Call) -> Answer:
    limit = call.params.get("Limit") or PAGE
    if not 1 <= limit <= PAGE:
        return invalid(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint:"
            f" Member must have value between 1 and {PAGE}"
        )
    after = call.params.get("ExclusiveStartTableName") or ""
    names = [name for name in sorted(each.id for each in found) if name > after]
    fields: dict[str, Any] = {"TableNames": names[:limit]}
    if len(names) > limit:
        fields["LastEvaluatedTableName"] = names[limit - 1]
    return Result(fields)
