"""What people decided of the reviewed services, where a rule alone would say too much.

The rule: an operation whose verb says read and whose IAM access level agrees passes. A service
with a list of reads (`only`) passes those alone. Names are botocore's. `by_hand` are operations
that pass or do not although verb and level disagree, each for the reason beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from finops_repl.gateway.operations import Verdict

__all__ = ["REVIEW", "ServiceRule"]


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """Every read passes, or those in `only`; what is `decided` overrules both."""

    only: frozenset[str] = frozenset()
    decided: Mapping[str, Verdict] = field(default_factory=dict)


def _only(names: str, **decided: str) -> ServiceRule:
    return ServiceRule(frozenset(names.split()), _by_name(decided))


def _every_read(**decided: str) -> ServiceRule:
    return ServiceRule(decided=_by_name(decided))


def _by_name(decided: Mapping[str, str]) -> Mapping[str, Verdict]:
    """Each keyword is a verdict, its value the names that it is given to."""
    return {name: verdict for verdict, names in decided.items() for name in names.split()}  # type: ignore[misc]  # a test holds the verdicts against the closed set


REVIEW: Mapping[str, ServiceRule] = {
    # The bill itself, what is committed, what is advised.
    "bcm-data-exports": _every_read(),
    # IAM files the listing of tags under "Tagging".
    "bcm-pricing-calculator": _every_read(passes="ListTagsForResource"),
    "bcm-recommended-actions": _every_read(),
    "billing": _every_read(configuration="GetResourcePolicy"),
    "budgets": _every_read(),
    "ce": _every_read(),
    "compute-optimizer": _every_read(),
    "cost-optimization-hub": _every_read(),
    "cur": _every_read(),
    "freetier": _every_read(),
    "health": _every_read(),
    "pricing": _every_read(),
    "savingsplans": _every_read(),
    "trustedadvisor": _every_read(),
    "support": _only(
        "DescribeServices DescribeSeverityLevels DescribeTrustedAdvisorCheckRefreshStatuses"
        " DescribeTrustedAdvisorCheckResult DescribeTrustedAdvisorCheckSummaries"
        " DescribeTrustedAdvisorChecks",
        contents="DescribeAttachment DescribeCases DescribeCommunications",
        credentials="GetAttachmentDownloadLink GetAttachmentUploadLinks",
    ),
    # A query passes once its statement was read as one SELECT; stopping it ends what it costs.
    "athena": _only(
        "BatchGetNamedQuery BatchGetQueryExecution GetDataCatalog GetDatabase GetNamedQuery"
        " GetQueryExecution GetQueryResults GetQueryRuntimeStatistics GetTableMetadata"
        " GetWorkGroup ListDataCatalogs ListDatabases ListEngineVersions ListNamedQueries"
        " ListQueryExecutions ListTableMetadata ListTagsForResource ListWorkGroups",
        passes="StartQueryExecution StopQueryExecution",
        credentials="GetSessionEndpoint",
    ),
    "glue": _only(
        "BatchGetPartition GetCatalogs GetColumnStatisticsForPartition GetColumnStatisticsForTable"
        " GetCrawler GetCrawlers GetDatabase GetDatabases GetPartition GetPartitionIndexes"
        " GetPartitions GetTable GetTableVersion GetTableVersions GetTables GetTags ListCrawlers"
        " SearchTables",
        credentials="GetConnection GetConnections GetDashboardUrl GetSessionEndpoint",
        contents="DescribeEntity ListEntities",
        configuration="BatchGetJobs DescribeConnectionType GetJob GetJobs"
        " GetUnfilteredPartitionMetadata GetUnfilteredPartitionsMetadata"
        " GetUnfilteredTableMetadata ListConnectionTypes",
        unreviewed="CheckSchemaVersionValidity",
    ),
    # An object's bytes pass where the account's settings list its bucket: exports, query results.
    "s3": _only(
        "GetBucketAnalyticsConfiguration GetBucketEncryption"
        " GetBucketIntelligentTieringConfiguration GetBucketInventoryConfiguration"
        " GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging"
        " GetBucketMetricsConfiguration GetBucketPolicyStatus GetBucketReplication"
        " GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetObject"
        " GetObjectAttributes GetObjectTagging GetPublicAccessBlock HeadBucket HeadObject"
        " ListBucketAnalyticsConfigurations ListBucketIntelligentTieringConfigurations"
        " ListBucketInventoryConfigurations ListBucketMetricsConfigurations ListBuckets"
        " ListMultipartUploads ListObjectVersions ListObjects ListObjectsV2 ListParts",
        contents="GetObjectTorrent SelectObjectContent",
    ),
    # Who we are and how the organisation is built.
    "account": _only(
        "GetAccountInformation GetRegionOptStatus ListRegions",
        personal="GetAlternateContact GetContactInformation GetPrimaryEmail",
    ),
    "iam": _only(
        "GetAccessKeyLastUsed GetAccountSummary GetRole GetServiceLastAccessedDetails GetUser"
        " ListAccessKeys ListAccountAliases ListAttachedRolePolicies ListInstanceProfiles"
        " ListRoleTags ListRoles ListUserTags ListUsers",
        personal="GetCredentialReport",
        effect="GenerateCredentialReport GenerateOrganizationsAccessReport"
        " GenerateServiceLastAccessedDetails",
        unreviewed="SimulateCustomPolicy SimulatePrincipalPolicy",
    ),
    "organizations": _every_read(),
    "resourcegroupstaggingapi": _every_read(),
    "service-quotas": _every_read(effect="StartQuotaUtilizationReport"),
    "ssm": _only(
        "DescribeInstanceInformation DescribeParameters GetInventory GetInventorySchema"
        " ListInventoryEntries ListTagsForResource",
        credentials="GetAccessToken GetDeployablePatchSnapshotForInstance",
        contents="GetParameter GetParameterHistory GetParameters GetParametersByPath",
        effect="StartExecutionPreview",
    ),
    "sts": _only(
        "GetAccessKeyInfo GetCallerIdentity",
        credentials="GetDelegatedAccessToken GetFederationToken GetScopedCredentials"
        " GetSessionToken GetWebIdentityToken",
    ),
    # What runs. Passwords, environments and user data are taken out of what these say.
    "application-autoscaling": _every_read(),
    "autoscaling": _every_read(),
    "docdb": _every_read(),
    "dynamodb": _every_read(contents="BatchGetItem GetItem Query Scan SearchVectors"),
    "ec2": _every_read(
        credentials="DescribeVerifiedAccessTrustProviders DescribeVpnConnections"
        " ExportClientVpnClientConfiguration ExportVerifiedAccessInstanceClientConfiguration"
        " GetPasswordData GetVpnConnectionDeviceSampleConfiguration",
        contents="GetConsoleOutput GetConsoleScreenshot GetInstanceUefiData",
        configuration="DescribeInstanceAttribute ExportClientVpnClientCertificateRevocationList",
        effect="GetFlowLogsIntegrationTemplate StartDeclarativePoliciesReport",
    ),
    # What is stored and for how long; an image itself is what somebody built.
    "ecr": _only(
        "DescribeImages DescribeRegistry DescribeRepositories GetAccountSetting"
        " GetLifecyclePolicy GetLifecyclePolicyPreview ListImages ListTagsForResource",
        contents="BatchGetImage",
        configuration="GetRegistryPolicy GetRepositoryPolicy",
        credentials="GetAuthorizationToken GetDownloadUrlForLayer",
        unreviewed="BatchCheckLayerAvailability ValidatePullThroughCacheRule",
    ),
    "ecs": _every_read(
        configuration="DescribeDaemonTaskDefinition DescribeExpressGatewayService"
        " DescribeTaskDefinition"
    ),
    "eks": _every_read(),
    "elasticache": _every_read(),
    "elb": _every_read(),
    "elbv2": _every_read(
        credentials="GetTrustStoreCaCertificatesBundle GetTrustStoreRevocationContent"
    ),
    "es": _every_read(),
    # Memory, runtime and architecture of functions; Compute Optimizer asks for ListFunctions too.
    "lambda": _only(
        "GetAccountSettings GetFunctionConcurrency GetFunctionConfiguration"
        " GetProvisionedConcurrencyConfig ListAliases ListEventSourceMappings ListFunctions"
        " ListLayers ListProvisionedConcurrencyConfigs ListTags ListVersionsByFunction",
        contents="GetFunction GetLayerVersion GetLayerVersionByArn",
    ),
    "neptune": _every_read(),
    "opensearch": _every_read(contents="GetIndex", configuration="GetDataSource"),
    "rds": _every_read(contents="DownloadDBLogFilePortion"),
    "redshift": _every_read(
        credentials="GetClusterCredentials GetClusterCredentialsWithIAM GetIdentityCenterAuthToken"
    ),
    # What was measured and what was done.
    "cloudtrail": _every_read(),
    "cloudwatch": _every_read(),
    "logs": _only(
        "DescribeLogGroups DescribeLogStreams DescribeMetricFilters DescribeSubscriptionFilters"
        " ListLogGroups ListTagsForResource ListTagsLogGroup",
        contents="FilterLogEvents GetLogEvents GetLogRecord GetQueryResults StartLiveTail"
        " StartQuery StopQuery",
        unreviewed="TestMetricFilter TestTransformer",
    ),
}
