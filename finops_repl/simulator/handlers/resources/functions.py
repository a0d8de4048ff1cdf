"""Lambda: the functions, each an image of a size and an architecture."""

from __future__ import annotations

import threading
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.standing import Standing, standing
from finops_repl.simulator.view import View, invalid

__all__ = ["LambdaFunctions"]

PAGE = 50


class LambdaFunctions:
    """Answers what functions stand in a call's region, of all accounts of the organisation."""

    operations = frozenset({"ListFunctions", "GetFunctionConfiguration", "ListTags"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        found = standing(self._view, "function", region=call.region)
        if call.operation != "ListFunctions":
            wanted = call.params.get("Resource" if call.operation == "ListTags" else "FunctionName")
            for each in found:
                if wanted in (each.id, each.on_bill, f"{each.account}:function:{each.id}"):
                    tags = call.operation == "ListTags"
                    return Result({"Tags": dict(each.tags)} if tags else self._described(each))
            return Refusal("ResourceNotFoundException", f"Function not found: {wanted}", 404)
        page = cut(found, call.params, "MaxItems", PAGE, PAGE, "Marker")
        if page is None:
            return invalid("The marker is invalid.", "InvalidParameterValueException")
        shown, marker = page
        fields: dict[str, Any] = {"Functions": [self._described(each) for each in shown]}
        return Result(fields | ({"NextMarker": marker} if marker else {}))

    def _described(self, found: Standing) -> dict[str, Any]:
        return {
            "FunctionName": found.id,
            "FunctionArn": found.on_bill,
            "Role": f"arn:aws:iam::{found.account}:role/{found.id}",
            "PackageType": "Image",  # which has neither runtime nor handler
            "CodeSize": 0,
            "CodeSha256": self._view.world.chance.hex(64, "code", found.on_bill),
            "MemorySize": found.number("mb"),
            "Architectures": [found.text("architecture")],
            "EphemeralStorage": {"Size": 512},
            "LastModified": found.created.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "Version": "$LATEST",
            "State": "Active",
            "LastUpdateStatus": "Successful",
        }
