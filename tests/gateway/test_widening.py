"""A user lets reads through by name, in plain sight; nothing else can be let through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finops_repl.aws.call import Call, Caller, Refusal
from finops_repl.aws.wire.models import ServiceModels
from finops_repl.base.errors import ConfigError
from finops_repl.base.places import settings_dir
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.decision import Allow, Deny
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.operations import reviewed
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.widening import never_allowed, widened
from tests.gateway.organisation import SmallOrganisation


def policy(*names: str) -> ReadOnlyPolicy:
    return ReadOnlyPolicy(lambda sql, _: sql, widened=frozenset(names))


def call(name: str) -> Call:
    service, _, operation = name.partition(":")
    return Call(service, operation, "us-east-1")


@pytest.mark.parametrize(
    "name",
    [
        "lambda:GetFunction",
        "logs:StartQuery",
        "logs:GetQueryResults",
        "logs:FilterLogEvents",
        "ssm:GetParameter",
        "dynamodb:Query",
        "ecs:DescribeTaskDefinition",
        "ec2:DescribeInstanceAttribute",
        "glue:GetJobRuns",
        "support:DescribeCases",
        "rds:DescribeDBCapacityReservations",  # IAM's list does not know it yet
        "workspaces:DescribeWorkspaces",  # nobody reviewed its service
        "efs:DescribeFileSystems",
        "kinesis:ListStreams",
    ],
)
def test_a_withheld_read_passes_once_the_user_names_it(name: str, models: ServiceModels) -> None:
    assert isinstance(policy().decide(call(name)), Deny)
    allowed = widened([name], models)
    assert allowed == {name}
    decision = policy(*allowed).decide(call(name))
    assert isinstance(decision, Allow)
    assert "the user's settings allow" in decision.reason


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("ec2:TerminateInstances", "may change things"),
        ("s3:PutObject", "may change things"),
        ("lambda:Invoke", "may change things"),
        ("workspaces:TerminateWorkspaces", "may change things"),
        ("iam:GenerateCredentialReport", "has an effect"),
        ("ec2:GetFlowLogsIntegrationTemplate", "has an effect"),
        ("cognito-identity:GetId", "has an effect"),
        ("sts:GetSessionToken", "hands out credentials"),
        ("redshift:GetClusterCredentials", "hands out credentials"),
        ("ec2:GetPasswordData", "hands out credentials"),
        ("glue:GetConnections", "hands out credentials"),
        ("secretsmanager:GetSecretValue", "hands out credentials"),
        ("secretsmanager:BatchGetSecretValue", "hands out credentials"),
        ("ecr:GetAuthorizationToken", "hands out credentials"),
        ("ecr:GetDownloadUrlForLayer", "hands out credentials"),
        ("codeartifact:GetAuthorizationToken", "hands out credentials"),
        ("sso:GetRoleCredentials", "hands out credentials"),
        ("cognito-identity:GetCredentialsForIdentity", "hands out credentials"),
        ("lightsail:GetInstanceAccessDetails", "hands out credentials"),
        ("lightsail:GetBucketAccessKeys", "hands out credentials"),
        ("emr:GetOnClusterAppUIPresignedURL", "hands out credentials"),
        # Their names say nothing; their answers do.
        ("gamelift:GetComputeAccess", "hands out credentials"),
        ("s3control:GetDataAccess", "hands out credentials"),
        ("artifact:GetReport", "hands out credentials"),
        ("logs:StartLiveTail", "endless stream"),
        ("s3:SelectObjectContent", "endless stream"),
    ],
)
def test_what_is_no_mere_read_never_passes(name: str, why: str, models: ServiceModels) -> None:
    with pytest.raises(ConfigError, match=f"names {name}.*{why}") as refused:
        widened([name], models)
    assert "remove it" in refused.value.hint


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lambda:GetFunktion", "did you mean GetFunction"),
        ("lambda:GetFunctoin", "did you mean GetFunction"),
        ("lamda:GetFunction", "services like it: lambda"),
        ("lambda:Get*", "did you mean"),
        ("lambda", "such as lambda:GetFunction"),
        ("*", "such as lambda:GetFunction"),
        (":GetFunction", "such as lambda:GetFunction"),
        ("elasticloadbalancing:DescribeRules", "boto3's names"),
    ],
)
def test_a_name_that_aws_does_not_have_is_told_with_the_nearest(
    name: str, told: str, models: ServiceModels
) -> None:
    with pytest.raises(ConfigError) as refused:
        widened([name], models)
    assert repr(name) in refused.value.message
    assert told in refused.value.hint


@pytest.mark.parametrize("name", ["lambda:GetFunctoin", "lambda:Invok", "sts:GetSessionTokn"])
def test_only_what_may_be_allowed_is_suggested(name: str, models: ServiceModels) -> None:
    service, _, _ = name.partition(":")
    with pytest.raises(ConfigError) as refused:
        widened([name], models)
    suggested = refused.value.hint.removeprefix("did you mean ").rstrip("?").split(", ")
    for operation in suggested if "did you mean" in refused.value.hint else ():
        widened([f"{service}:{operation}"], models)


def test_naming_what_passes_anyway_changes_nothing(models: ServiceModels) -> None:
    assert widened(["s3:GetObject", "athena:StartQueryExecution"], models) == set()


def test_no_name_opens_a_statement_or_a_place_that_is_closed() -> None:
    def closed(sql: str, _: object) -> str:
        from finops_repl.base.errors import InputError

        raise InputError("no SELECT")

    both = frozenset({"athena:StartQueryExecution", "s3:GetObject"})
    careful = ReadOnlyPolicy(closed, objects=("s3://results",), widened=both)
    elsewhere = {"Bucket": "payroll", "Key": "a.csv"}
    for asked in (
        Call("athena", "StartQueryExecution", "us-east-1", {"QueryString": "DROP TABLE t"}),
        Call("s3", "GetObject", "us-east-1", elsewhere),
    ):
        assert isinstance(careful.decide(asked), Deny)


def test_a_refusal_names_the_line_and_the_file_that_allow_it() -> None:
    decision = policy().decide(call("lambda:GetFunction"))
    assert isinstance(decision, Deny)
    assert '[gateway] allow = ["lambda:GetFunction"]' in decision.remedy
    assert str(settings_dir() / "settings.toml") in decision.remedy


@pytest.mark.parametrize(
    "name", ["ec2:TerminateInstances", "sts:GetSessionToken", "secretsmanager:GetSecretValue"]
)
def test_a_refusal_offers_no_setting_where_none_would_help(name: str) -> None:
    decision = policy().decide(call(name))
    assert isinstance(decision, Deny)
    assert "gateway" not in decision.remedy
    assert "outside finops-repl" in decision.remedy


def test_every_setting_that_a_refusal_offers_is_one_that_settings_take(
    models: ServiceModels,
) -> None:
    refused = []
    for service, rows in reviewed().items():
        for name, row in rows.items():
            if not row.passes and never_allowed(service, name) is None:
                try:
                    assert widened([f"{service}:{name}"], models)
                except ConfigError:
                    refused.append(f"{service}:{name}")
    # Their answers alone show what they are; the refusal of a running call asks no model.
    assert sorted(refused) == ["logs:GetLogObject", "logs:StartLiveTail", "s3:SelectObjectContent"]


def test_a_widened_read_is_on_record_as_one(
    audit_folder: Path,
    models: ServiceModels,
    caller: Caller,
    audited: Callable[[], list[dict[str, Any]]],
) -> None:
    gateway = Gateway(
        SmallOrganisation(), policy("ce:GetNothing"), AuditLog(audit_folder), models=models
    )
    gateway.perform(call("ce:GetNothing"), caller)
    refusal = gateway.perform(call("lambda:GetFunction"), caller)
    widened_line, refused_line = audited()
    assert widened_line["decision"] == "allow"
    assert "gateway.allow" in widened_line["reason"]
    assert refused_line["decision"] == "deny"
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.status) == ("AccessDeniedException", 403)
    assert "lambda:GetFunction does not pass" in refusal.message
