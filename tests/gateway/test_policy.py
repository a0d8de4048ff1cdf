"""Reads of cost and inventory pass; writes, secrets and contents do not."""

from __future__ import annotations

from typing import Any

import pytest

from finops_repl.aws.call import Call, Caller, Refusal, Result
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.decision import Allow, Deny
from finops_repl.gateway.operations import reviewed
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.queries import QueryPlaces
from finops_repl.gateway.started import StartedQueries
from finops_repl.trino.check import read_statement

POLICY = ReadOnlyPolicy(read_statement)


def decide(name: str, **params: str) -> Allow | Deny:
    service, _, operation = name.partition(":")
    return POLICY.decide(Call(service, operation, "us-east-1", params))


@pytest.mark.parametrize(
    "name",
    [
        "ce:GetCostAndUsage",
        "ce:GetDimensionValues",
        "ec2:DescribeInstances",
        "cloudtrail:LookupEvents",
        "sts:GetCallerIdentity",
        "s3:GetObject",
        "s3:ListObjectsV2",
        "athena:GetQueryResults",
        "athena:StopQueryExecution",
        "organizations:ListAccounts",
        "savingsplans:DescribeSavingsPlans",
        "dynamodb:DescribeTable",
        "lambda:ListFunctions",
        "ec2:DescribeLaunchTemplateVersions",
        "ecs:DescribeTasks",
        "cloudwatch:GetMetricData",
    ],
)
def test_reviewed_reads_pass(name: str) -> None:
    assert isinstance(decide(name), Allow)


@pytest.mark.parametrize(
    "name",
    [
        "ec2:TerminateInstances",
        "ec2:RunInstances",
        "s3:PutObject",
        "s3:DeleteObject",
        "ce:CreateAnomalyMonitor",
        "budgets:UpdateBudget",
        "iam:CreateAccessKey",
        "sts:AssumeRole",
        "organizations:LeaveOrganization",
        "lambda:Invoke",
        "athena:CreateNamedQuery",
        "logs:FilterLogEvents",
        "dynamodb:ExecuteStatement",
        "compute-optimizer:ExportEC2InstanceRecommendations",
    ],
)
def test_nothing_that_changes_things_passes(name: str) -> None:
    decision = decide(name)
    assert isinstance(decision, Deny)
    assert decision.remedy


@pytest.mark.parametrize(
    "name",
    [
        "secretsmanager:GetSecretValue",
        "ssm:GetParameter",
        "ssm:GetParameters",
        "ssm:GetParametersByPath",
        "ssm:GetParameterHistory",
        "ssm:GetAccessToken",
        "sts:GetSessionToken",
        "sts:GetFederationToken",
        "sts:GetWebIdentityToken",
        "ec2:GetPasswordData",
        "ec2:GetConsoleOutput",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeVpnConnections",
        "redshift:GetClusterCredentials",
        "redshift:GetClusterCredentialsWithIAM",
        "lambda:GetFunction",
        "lambda:GetLayerVersion",
        "dynamodb:Scan",
        "dynamodb:Query",
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "logs:GetLogEvents",
        "logs:GetLogRecord",
        "logs:GetQueryResults",
        "glue:GetConnection",
        "glue:GetConnections",
        "glue:GetUnfilteredTableMetadata",
        "support:DescribeCommunications",
        "support:DescribeAttachment",
        "ecr:GetAuthorizationToken",
        "codeartifact:GetAuthorizationToken",
        "eks-auth:AssumeRoleForPodIdentity",
        "cognito-identity:GetCredentialsForIdentity",
        "cognito-identity:GetId",
        "sso:GetRoleCredentials",
        "s3:SelectObjectContent",
        "s3control:GetDataAccess",
        "iam:GetCredentialReport",
        "ecs:DescribeTaskDefinition",
        "account:GetContactInformation",
        "athena:GetSessionEndpoint",
        "kms:GetPublicKey",
    ],
)
def test_no_secret_no_content_and_no_unreviewed_service_passes(name: str) -> None:
    assert isinstance(decide(name), Deny)


@pytest.mark.parametrize(
    ("sql", "passes"),
    [
        ("select 1", True),
        ("with a as (select 1 x) select x from a", True),
        ("drop table cur2", False),
        ("select 1; drop table cur2", False),
        ("/* select */ unload (select 1) to 's3://other/x'", False),
        ("create table t as select 1", False),
        ("insert into t select 1", False),
        ("explain analyze select 1", False),
        ("prepare p from select 1", False),
        ("", False),
    ],
)
def test_athena_runs_one_select_and_nothing_else(sql: str, passes: bool) -> None:
    decision = decide("athena:StartQueryExecution", QueryString=sql)
    assert isinstance(decision, Allow if passes else Deny)


def test_refusal_says_why_and_what_to_do() -> None:
    decision = decide("athena:StartQueryExecution", QueryString="drop table cur2")
    assert isinstance(decision, Deny)
    assert "SELECT" in decision.reason + decision.remedy


def test_no_answer_that_passes_is_an_event_stream(models: ServiceModels) -> None:
    for service in reviewed():
        for name in models.service(service).operation_names:
            if models.operation(service, name).has_event_stream_output:
                assert isinstance(decide(f"{service}:{name}"), Deny), name


PLACES = QueryPlaces(workgroup="finops", output_location="s3://results/finops/")
OURS = ReadOnlyPolicy(read_statement, PLACES, ("s3://results/finops", "s3://exports"))


def started(**params: object) -> Call:
    """A query as it passes when `params` ask for it."""
    call = Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": "SELECT 1", **params})
    decision = OURS.decide(call)
    assert isinstance(decision, Allow)
    assert decision.call is not None
    return decision.call


def test_where_a_query_runs_and_writes_is_not_the_scripts_choice() -> None:
    call = started(
        WorkGroup="somebody-elses",
        ResultConfiguration={
            "OutputLocation": "s3://attacker/",
            "AclConfiguration": {"S3AclOption": "BUCKET_OWNER_FULL_CONTROL"},
            "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": "theirs"},
            "ExpectedBucketOwner": "999999999999",
        },
        QueryExecutionContext={"Catalog": "lambda_source", "Database": "billing"},
        ClientRequestToken="0" * 32,
    )
    assert call.params == {
        "QueryString": "SELECT 1",
        "WorkGroup": "finops",
        "ResultConfiguration": {"OutputLocation": "s3://results/finops/"},
        "QueryExecutionContext": {"Catalog": "AwsDataCatalog", "Database": "billing"},
        "ClientRequestToken": "0" * 32,
    }


def test_parameters_stand_in_the_statement_that_is_sent() -> None:
    call = started(QueryString="SELECT * FROM t WHERE m = ?", ExecutionParameters=["'2026-10'"])
    assert call.params["QueryString"] == "SELECT * FROM t WHERE m = '2026-10'"
    assert "ExecutionParameters" not in call.params
    smuggled = Call(
        "athena",
        "StartQueryExecution",
        "us-east-1",
        {"QueryString": "SELECT ?", "ExecutionParameters": ["1; DROP TABLE t"]},
    )
    assert isinstance(OURS.decide(smuggled), Deny)


@pytest.mark.parametrize(
    ("bucket", "key", "passes"),
    [
        ("results", "finops/a.csv", True),
        ("exports", "2026/data.parquet", True),
        ("results", "finops-private/a.csv", False),
        ("results", "a.csv", False),
        ("exports-of-others", "a.csv", False),
        ("secrets", "finops/a.csv", False),
        ("results", "finops/../private/a.csv", False),
        ("exports", "./a.csv", False),
    ],
)
def test_objects_are_read_in_the_places_of_the_bill_alone(
    bucket: str, key: str, passes: bool
) -> None:
    call = Call("s3", "GetObject", "us-east-1", {"Bucket": bucket, "Key": key})
    assert isinstance(OURS.decide(call), Allow) == passes


@pytest.mark.parametrize(
    "operation",
    [
        "GetObjectAttributes",
        "GetObjectTagging",
        "HeadObject",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListObjects",
        "ListObjectsV2",
        "ListParts",
    ],
)
def test_a_foreign_bucket_is_not_even_looked_into(operation: str) -> None:
    name = "Prefix" if operation.startswith("List") and operation != "ListParts" else "Key"

    def passes(bucket: str, begins: str) -> bool:
        params = {"Bucket": bucket, name: begins}
        return isinstance(OURS.decide(Call("s3", operation, "us-east-1", params)), Allow)

    assert passes("results", "finops/a")
    assert not passes("eve", "what-was-found")
    assert not passes("results", "private/")
    assert not isinstance(OURS.decide(Call("s3", operation, "us-east-1", {"Bucket": "eve"})), Allow)


def test_every_read_of_s3_that_names_a_key_is_held_to_the_places(models: ServiceModels) -> None:
    for operation, row in reviewed()["s3"].items():
        shape: Any = models.operation("s3", operation).input_shape
        if row.passes and {"Key", "Prefix"} & set(shape.members if shape else ()):
            call = Call("s3", operation, "us-east-1", {"Bucket": "eve", "Key": "x", "Prefix": "x"})
            bare = operation == "ListBuckets"  # its prefix goes to AWS, which has the list
            assert isinstance(OURS.decide(call), Allow) == bare, operation


@pytest.mark.parametrize("operation", ["GetQueryResults", "StopQueryExecution"])
def test_a_query_of_somebody_else_is_neither_read_nor_stopped(operation: str) -> None:
    started = StartedQueries()
    start = Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": "SELECT 1"})
    started.note(start, Result({"QueryExecutionId": "ours"}), Caller("session"))
    started.note(start, Refusal("InvalidRequestException", "no"), Caller("session"))

    def objection(query: str) -> Deny | Refusal | None:
        return started.objection(
            Call("athena", operation, "us-east-1", {"QueryExecutionId": query})
        )

    assert objection("ours") is None
    assert objection("theirs") is not None
    assert objection("") is not None
    look = Call("athena", "GetQueryExecution", "us-east-1", {"QueryExecutionId": "theirs"})
    assert started.objection(look) is None
