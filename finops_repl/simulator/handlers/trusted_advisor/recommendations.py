"""Trusted Advisor's own API: the checks of cost optimisation as recommendations."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from finops_repl.aws.call import Answer, Call, Result
from finops_repl.simulator.handlers.pages import read_token, token
from finops_repl.simulator.handlers.trusted_advisor.checks import CHECKS, Check
from finops_repl.simulator.handlers.trusted_advisor.reports import Report, Reports
from finops_repl.simulator.view import View, invalid

__all__ = ["TrustedAdvisorService"]

T = TypeVar("T")
PILLAR, SOURCE = "cost_optimizing", "ta_check"
PILLARS = (
    "cost_optimizing", "performance", "security", "service_limits", "fault_tolerance",
    "operational_excellence",
)  # fmt: skip
STATUSES = ("ok", "warning", "error")
CREATED_DAYS_AGO = 300


class Invalid(ValueError):
    """A request that Trusted Advisor refuses."""


class TrustedAdvisorService:
    """Answers for all accounts and regions."""

    operations = frozenset(
        {"GetRecommendation", "ListChecks", "ListRecommendationResources", "ListRecommendations"}
    )

    def __init__(self, view: View, reports: Reports) -> None:
        self._view, self._reports = view, reports

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        try:
            match call.operation:
                case "ListChecks":
                    found = [self._check(each) for each in CHECKS if _chosen(params, each)]
                    shown, next_ = _page(found, params, 200)
                    return Result({"checkSummaries": list(shown)} | next_)
                case "ListRecommendations":
                    return self._recommendations(params)
                case "GetRecommendation":
                    return self._recommendation(params)
            return self._resources(params)
        except Invalid as refused:
            return invalid(str(refused))

    def _check(self, check: Check) -> dict[str, Any]:
        return {
            "id": check.id,
            "arn": f"arn:aws:trustedadvisor:::check/{check.id}",
            "name": check.name,
            "description": check.description,
            "pillars": [PILLAR],
            "awsServices": [check.service],
            "source": SOURCE,
            "metadata": {str(place): name for place, name in enumerate(check.columns)},
            "awsResourceTypes": [check.resource_type],
        }

    def _recommendations(self, params: Mapping[str, Any]) -> Answer:
        status = params.get("status")
        if status not in (None, *STATUSES):
            raise Invalid(f"status must be one of {', '.join(STATUSES)}: {status}")
        found = []
        for check in CHECKS:
            report = self._reports.of(check)
            asked = params.get("checkIdentifier")
            if (
                _chosen(params, check)
                and params.get("type") in (None, "standard")
                and status in (None, report.status)
                and (not asked or str(asked).endswith(check.id))
            ):
                found.append(self._summary(report))
        shown, next_ = _page(found, params, 200)
        return Result({"recommendationSummaries": list(shown)} | next_)

    def _recommendation(self, params: Mapping[str, Any]) -> Answer:
        report = self._asked(params)
        if report is None:
            return self._unknown(params)
        found = self._summary(report) | {"description": report.check.description}
        return Result({"recommendation": found})

    def _resources(self, params: Mapping[str, Any]) -> Answer:
        report = self._asked(params)
        if report is None:
            return self._unknown(params)
        arn, calendar = self._arn(report.check), self._view.calendar
        found = [
            {
                "id": self._view.world.chance.hex(32, "flagged", each.arn),
                "arn": f"{arn}/resource/{self._view.world.chance.hex(32, 'flagged', each.arn)}",
                "awsResourceId": each.arn,
                "regionCode": each.region,
                "status": "warning",
                "metadata": {str(place): cell for place, cell in enumerate(each.cells)},
                "lastUpdatedAt": calendar.moment(calendar.length, 7 * 3_600),
                "exclusionStatus": "included",
                "recommendationArn": arn,
            }
            for each in report.flagged
            if params.get("regionCode") in (None, each.region)
            and params.get("status") in (None, "warning")
            and params.get("exclusionStatus") in (None, "included")
        ]
        shown, next_ = _page(found, params, 5_000)
        return Result({"recommendationResourceSummaries": list(shown)} | next_)

    def _summary(self, report: Report) -> dict[str, Any]:
        check, calendar = report.check, self._view.calendar
        return {
            "id": self._id(check),
            "type": "standard",
            "checkArn": f"arn:aws:trustedadvisor:::check/{check.id}",
            "status": report.status,
            "pillars": [PILLAR],
            "source": SOURCE,
            "awsServices": [check.service],
            "name": check.name,
            "resourcesAggregates": {
                "okCount": report.processed - len(report.flagged),
                "warningCount": len(report.flagged),
                "errorCount": 0,
            },
            "pillarSpecificAggregates": {
                "costOptimizing": {
                    "estimatedMonthlySavings": report.savings,
                    "estimatedPercentMonthlySavings": report.percent,
                }
            },
            "createdAt": calendar.moment(-CREATED_DAYS_AGO, 36_000),
            "lastUpdatedAt": calendar.moment(calendar.length, 7 * 3_600),
            "arn": self._arn(check),
        }

    def _id(self, check: Check) -> str:
        digits = self._view.world.chance.hex(32, "recommendation", check.id)
        return str(uuid.UUID(hex=digits, version=4))

    def _arn(self, check: Check) -> str:
        payer = self._view.world.payer.id
        return f"arn:aws:trustedadvisor::{payer}:recommendation/{self._id(check)}"

    def _asked(self, params: Mapping[str, Any]) -> Report | None:
        asked = str(params.get("recommendationIdentifier"))
        return next(
            (
                self._reports.of(check)
                for check in CHECKS
                if asked in (self._id(check), self._arn(check))
            ),
            None,
        )

    @staticmethod
    def _unknown(params: Mapping[str, Any]) -> Answer:
        asked = params.get("recommendationIdentifier")
        return invalid(f"There is no recommendation {asked}", "ResourceNotFoundException")


def _chosen(params: Mapping[str, Any], check: Check) -> bool:
    pillar = params.get("pillar")
    if pillar not in (None, *PILLARS):
        raise Invalid(f"pillar must be one of {', '.join(PILLARS)}: {pillar}")
    return (
        pillar in (None, PILLAR)
        and params.get("source") in (None, SOURCE)
        and params.get("awsService") in (None, check.service)
    )


def _page(
    found: Sequence[T], params: Mapping[str, Any], most: int
) -> tuple[Sequence[T], dict[str, str]]:
    size = params.get("maxResults")
    if size is not None and not 1 <= int(size) <= most:
        raise Invalid(f"maxResults must be between 1 and {most}: {size}")
    question = {name: each for name, each in params.items()
                if name not in ("maxResults", "nextToken")}  # fmt: skip
    given = params.get("nextToken")
    start = read_token(given, question) if given else 0
    if start is None:
        raise Invalid("The nextToken is not valid: it belongs to another request")
    end = start + int(size or most)
    return found[start:end], {"nextToken": token(end, question)} if end < len(found) else {}
