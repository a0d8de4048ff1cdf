"""AWS Support: Trusted Advisor's checks of cost optimisation and what they found."""

from __future__ import annotations

import threading
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.trusted_advisor.checks import CHECKS, Check
from finops_repl.simulator.handlers.trusted_advisor.reports import Flagged, Report, Reports
from finops_repl.simulator.view import View, invalid

__all__ = ["SupportService"]

LANGUAGES = ("en", "ja", "fr", "zh")
CODE = "InvalidParameterValueException"
CATEGORY = "cost_optimizing"


class SupportService:
    """Answers for all accounts and regions; the texts are English in every language."""

    operations = frozenset(
        {
            "DescribeTrustedAdvisorCheckResult",
            "DescribeTrustedAdvisorCheckSummaries",
            "DescribeTrustedAdvisorChecks",
        }
    )

    def __init__(self, view: View, reports: Reports) -> None:
        self._view, self.reports = view, reports

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        language = params.get("language", "en")
        if language not in LANGUAGES:
            return invalid(f"language must be one of {', '.join(LANGUAGES)}: {language}", CODE)
        if call.operation == "DescribeTrustedAdvisorChecks":
            return Result({"checks": [_described(check) for check in CHECKS]})
        if call.operation == "DescribeTrustedAdvisorCheckResult":
            check = _check(str(params.get("checkId")))
            if isinstance(check, Refusal):
                return check
            report = self.reports.of(check)
            flagged = [_flagged(each, self._view) for each in report.flagged]
            return Result({"result": self._summary(report) | {"flaggedResources": flagged}})
        found = []
        for id_ in params.get("checkIds") or ():
            check = _check(str(id_))
            if isinstance(check, Refusal):
                return check
            report = self.reports.of(check)
            flags = {"hasFlaggedResources": bool(report.flagged)}
            found.append(self._summary(report) | flags)
        return Result({"summaries": found})

    def _summary(self, report: Report) -> dict[str, Any]:
        return {
            "checkId": report.check.id,
            "timestamp": self._view.calendar.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": report.status,
            "resourcesSummary": {
                "resourcesProcessed": report.processed, "resourcesFlagged": len(report.flagged),
                "resourcesIgnored": 0, "resourcesSuppressed": 0,
            },
            "categorySpecificSummary": {
                "costOptimizing": {
                    "estimatedMonthlySavings": report.savings,
                    "estimatedPercentMonthlySavings": report.percent,
                }
            },
        }  # fmt: skip


def _check(id_: str) -> Check | Refusal:
    for check in CHECKS:
        if check.id == id_:
            return check
    return invalid(
        f"checkId {id_} is not offered by the simulated account:"
        f" {', '.join(check.id for check in CHECKS)}",
        CODE,
    )


def _described(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "name": check.name,
        "description": check.description,
        "category": CATEGORY,
        "metadata": list(check.columns),
    }


def _flagged(each: Flagged, view: View) -> dict[str, Any]:
    return {
        "status": "warning",
        "region": each.region,
        # Trusted Advisor knows a resource by an id of its own.
        "resourceId": view.world.chance.hex(43, "flagged", each.arn),
        "isSuppressed": False,
        "metadata": list(each.cells),
    }
