"""CloudWatch Logs: the log groups, with what is stored in them and for how long it is kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import Paging
from finops_repl.simulator.handlers.resources.standing import Standing, standing
from finops_repl.simulator.handlers.resources.stored import stored
from finops_repl.simulator.view import View, invalid

__all__ = ["LogGroups"]

INVALID = "InvalidParameterException"
MOST = 50
PAGES = Paging(
    "limit", MOST, MOST, Refusal(INVALID, "The specified nextToken is invalid."), "nextToken"
)
STANDARD = "STANDARD"
SHORT = ("logGroupName", "creationTime", "arn")


class LogGroups:
    """Answers what log groups stand in a call's region, of all accounts of the organisation."""

    operations = frozenset({"DescribeLogGroups", "ListTagsForResource"})

    def __init__(self, view: View) -> None:
        self._view = view

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        found = standing(self._view, "log-group", region=call.region)
        params = call.params
        if call.operation == "ListTagsForResource":
            for each in found:
                if each.on_bill == params.get("resourceArn"):
                    return Result({"tags": dict(each.tags)})
            return Refusal("ResourceNotFoundException", "The specified log group does not exist.")
        if (limit := params.get("limit")) is not None and not 1 <= limit <= MOST:
            return invalid(
                f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy"
                f" constraint: Member must have value between 1 and {MOST}",
                INVALID,
            )
        if params.get("logGroupNamePrefix") and params.get("logGroupNamePattern"):
            return invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
                INVALID,
            )
        chosen = sorted((each for each in found if _is_wanted(each, params)), key=_name)
        by_part = bool(params.get("logGroupNamePattern"))
        return PAGES.answer(
            chosen, params, lambda shown: {"logGroups": self._described(shown, by_part=by_part)}
        )

    def _described(self, groups: Sequence[Standing], *, by_part: bool) -> list[dict[str, Any]]:
        """What is found by a part of its name is told in short, as AWS does."""
        of = stored(self._view, [each.on_bill for each in groups])
        described = [_described(each, of.get(each.on_bill, 0)) for each in groups]
        return [{key: each[key] for key in SHORT} for each in described] if by_part else described


def _name(found: Standing) -> tuple[str, str]:
    return found.id, found.account


def _is_wanted(found: Standing, params: Mapping[str, Any]) -> bool:
    accounts, ids = params.get("accountIdentifiers"), params.get("logGroupIdentifiers")
    return (
        found.id.startswith(params.get("logGroupNamePrefix") or "")
        and (params.get("logGroupNamePattern") or "") in found.id
        and params.get("logGroupClass") in (None, STANDARD)
        and (not accounts or found.account in accounts)
        and (not ids or found.id in ids or found.on_bill in ids)
    )


def _described(found: Standing, stored_bytes: int) -> dict[str, Any]:
    """Without a number of days, what was logged once is kept for ever."""
    kept = found.number("kept_days")
    return {
        "logGroupName": found.id,
        "creationTime": int(found.created.timestamp() * 1_000),
        **({"retentionInDays": kept} if kept else {}),
        "metricFilterCount": 0,
        "arn": f"{found.on_bill}:*",
        "logGroupArn": found.on_bill,
        "logGroupClass": STANDARD,
        "storedBytes": stored_bytes,
    }
