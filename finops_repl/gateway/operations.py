"""The reviewed table: which services pass, and which of their reads do not.

Metadata only. A read that hands out credentials, shows what customers store, or shows code and
configuration values (which often hold passwords) is withheld although its verb says "read".
Names are botocore's; a test holds each against the installed models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["REVIEWED", "WITHHELD_BECAUSE", "ServiceRule", "Withheld"]

Withheld = Literal["credentials", "contents", "configuration", "personal", "effect"]

WITHHELD_BECAUSE: Mapping[Withheld, str] = {
    "credentials": "it hands out credentials or signed links",
    "contents": "it reads what is stored, not what it costs",
    "configuration": "it shows code or configuration values, which often hold secrets",
    "personal": "it shows personal data",
    "effect": "it has an effect, although its name says read",
}


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """What passes of one service: every read but those in `withheld`, or the reads in `only`."""

    only: frozenset[str] = frozenset()
    withheld: Mapping[str, Withheld] = field(default_factory=dict)


def _only(names: str) -> ServiceRule:
    return ServiceRule(only=frozenset(names.split()))


def _without(**withheld: str) -> ServiceRule:
    """Each keyword is a reason, its value the names withheld for it."""
    return ServiceRule(
        withheld={name: reason for reason, names in withheld.items() for name in names.split()}  # type: ignore[misc]  # a test holds the reasons against the closed set
    )


_EVERY_READ = ServiceRule()

REVIEWED: Mapping[str, ServiceRule] = {
    # The bill itself, what is committed, what is advised.
    "bcm-data-exports": _EVERY_READ,
    "bcm-pricing-calculator": _EVERY_READ,
    "bcm-recommended-actions": _EVERY_READ,
    "billing": _EVERY_READ,
    "budgets": _EVERY_READ,
    "ce": _EVERY_READ,
    "compute-optimizer": _EVERY_READ,
    "cost-optimization-hub": _EVERY_READ,
    "cur": _EVERY_READ,
    "freetier": _EVERY_READ,
    "health": _EVERY_READ,
    "pricing": _EVERY_READ,
    "savingsplans": _EVERY_READ,
    "trustedadvisor": _EVERY_READ,
    "support": _only(
        "DescribeServices DescribeSeverityLevels DescribeTrustedAdvisorCheckRefreshStatuses"
        " DescribeTrustedAdvisorCheckResult DescribeTrustedAdvisorCheckSummaries"
        " DescribeTrustedAdvisorChecks"
    ),
    "athena": _only(
        "BatchGetNamedQuery BatchGetQueryExecution GetDataCatalog GetDatabase GetNamedQuery"
        " GetQueryExecution GetQueryResults GetQueryRuntimeStatistics GetTableMetadata"
        " GetWorkGroup ListDataCatalogs ListDatabases ListEngineVersions ListNamedQueries"
        " ListQueryExecutions ListTableMetadata ListTagsForResource ListWorkGroups"
    ),
    "glue": _only(
        "BatchGetPartition GetCatalogs GetColumnStatisticsForPartition GetColumnStatisticsForTable"
        " GetCrawler GetCrawlers GetDatabase GetDatabases GetPartition GetPartitionIndexes"
        " GetPartitions GetTable GetTableVersion GetTableVersions GetTables GetTags ListCrawlers"
        " SearchTables"
    ),
    # An object's bytes pass where the upstream lists its bucket: exports and query results.
    "s3": _only(
        "GetBucketAnalyticsConfiguration GetBucketEncryption"
        " GetBucketIntelligentTieringConfiguration GetBucketInventoryConfiguration"
        " GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging"
        " GetBucketMetricsConfiguration GetBucketPolicyStatus GetBucketReplication"
        " GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetObject"
        " GetObjectAttributes GetObjectTagging GetPublicAccessBlock HeadBucket HeadObject"
        " ListBucketAnalyticsConfigurations ListBucketIntelligentTieringConfigurations"
        " ListBucketInventoryConfigurations ListBucketMetricsConfigurations ListBuckets"
        " ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2 ListParts"
    ),
    # Who we are and how the organisation is built.
    "account": _only("GetAccountInformation GetRegionOptStatus ListRegions"),
    "iam": _only(
        "GetAccessKeyLastUsed GetAccountSummary GetRole GetServiceLastAccessedDetails GetUser"
        " ListAccessKeys ListAccountAliases ListAttachedRolePolicies ListInstanceProfiles"
        " ListRoleTags ListRoles ListUserTags ListUsers"
    ),
    "organizations": _EVERY_READ,
    "resourcegroupstaggingapi": _EVERY_READ,
    "service-quotas": _EVERY_READ,
    "ssm": _only(
        "DescribeInstanceInformation DescribeParameters GetInventory GetInventorySchema"
        " ListInventoryEntries ListTagsForResource"
    ),
    "sts": _only("GetAccessKeyInfo GetCallerIdentity"),
    # What runs.
    "application-autoscaling": _EVERY_READ,
    "autoscaling": _without(configuration="DescribeLaunchConfigurations"),
    "docdb": _EVERY_READ,
    "dynamodb": _without(contents="BatchGetItem GetItem Query Scan SearchVectors"),
    "ec2": _without(
        credentials="DescribeVpnConnections GetPasswordData"
        " GetVpnConnectionDeviceSampleConfiguration DescribeVerifiedAccessTrustProviders",
        contents="GetConsoleOutput GetConsoleScreenshot GetInstanceUefiData",
        configuration="DescribeInstanceAttribute DescribeLaunchTemplateVersions"
        " DescribeSpotFleetRequests DescribeSpotInstanceRequests GetLaunchTemplateData",
        effect="GetFlowLogsIntegrationTemplate",
    ),
    "ecs": _without(
        configuration="DescribeDaemonTaskDefinition DescribeExpressGatewayService"
        " DescribeTaskDefinition DescribeTasks"
    ),
    "eks": _EVERY_READ,
    "elasticache": _EVERY_READ,
    "elb": _EVERY_READ,
    "elbv2": _without(
        credentials="GetTrustStoreCaCertificatesBundle GetTrustStoreRevocationContent"
    ),
    "es": _EVERY_READ,
    "lambda": _only(
        "GetAccountSettings GetFunctionConcurrency GetProvisionedConcurrencyConfig ListAliases"
        " ListEventSourceMappings ListLayers ListProvisionedConcurrencyConfigs ListTags"
    ),
    "neptune": _EVERY_READ,
    "opensearch": _without(contents="GetIndex", configuration="GetDataSource"),
    "rds": _EVERY_READ,
    "redshift": _without(
        credentials="GetClusterCredentials GetClusterCredentialsWithIAM GetIdentityCenterAuthToken"
    ),
    # What was measured and what was done.
    "cloudtrail": _EVERY_READ,
    "cloudwatch": _EVERY_READ,
    "logs": _only(
        "DescribeLogGroups DescribeLogStreams DescribeMetricFilters DescribeSubscriptionFilters"
        " ListLogGroups ListTagsForResource ListTagsLogGroup"
    ),
}
