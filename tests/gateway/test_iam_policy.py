"""The printed policy allows what passes the gateway and nothing that it withholds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from finops_repl.base.aws_settings import AwsSettings
from finops_repl.gateway.iam_formats import FORMATS, policies_text, policy_name
from finops_repl.gateway.iam_policy import (
    SCOPED,
    WRITES_RESULTS,
    documents,
    statements,
    unknown_to_iam,
)
from finops_repl.gateway.operations import reviewed

OURS = AwsSettings(
    region="eu-west-1",
    workgroup="finops",
    output="s3://results/finops/",
    exports=("s3://exports/cur", "s3://focus"),
)
PASSING = {
    action
    for rows in reviewed().values()
    for row in rows.values()
    if row.passes
    for action in row.actions
}
WITHHELD = {
    action
    for rows in reviewed().values()
    for row in rows.values()
    if not row.passes
    for action in row.actions[:1]  # its own; what stands behind is asked besides
}


def policies(aws: AwsSettings = OURS, *widened: str) -> list[dict[str, Any]]:
    return documents(statements(aws, widened))


def allowed(found: list[dict[str, Any]]) -> dict[str, set[str]]:
    """The resources of each action that the policies allow."""
    resources: dict[str, set[str]] = {}
    for document in found:
        for statement in document["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in statement["Action"]:
                resources.setdefault(action, set()).update(statement["Resource"])
    return resources


def test_all_that_passes_is_allowed_and_nothing_that_is_withheld() -> None:
    actions = set(allowed(policies()))
    assert actions - {*WRITES_RESULTS} == PASSING - {*WRITES_RESULTS}
    assert actions & (WITHHELD - PASSING) == {"s3:AbortMultipartUpload", "s3:PutObject"}


def test_iam_tells_what_passes_from_what_is_withheld_but_for_twins() -> None:
    # S3's SELECT reads an object as GetObject does; GetBucketLifecycle is an old name.
    assert {"s3:GetLifecycleConfiguration", "s3:GetObject"} == PASSING & WITHHELD


def test_no_wildcard_stands_for_an_action() -> None:
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action) for action in allowed(policies()))


def test_bytes_in_s3_are_read_in_the_places_of_the_settings_alone() -> None:
    resources = allowed(policies())
    objects = {
        "arn:aws:s3:::results/finops/*",
        "arn:aws:s3:::exports/cur/*",
        "arn:aws:s3:::focus/*",
    }
    buckets = {"arn:aws:s3:::results", "arn:aws:s3:::exports", "arn:aws:s3:::focus"}
    for action in SCOPED["object"]:
        assert resources[action] == objects, action
    for action in SCOPED["bucket"]:
        assert resources[action] == buckets, action
    assert resources["s3:PutObject"] == {"arn:aws:s3:::results/finops/*"}
    assert resources["s3:GetBucketTagging"] == {"*"}


def test_without_places_no_byte_of_s3_is_read_or_written() -> None:
    actions = set(allowed(policies(AwsSettings())))
    of_places = SCOPED["object"] | SCOPED["bucket"] | {*WRITES_RESULTS}
    assert actions & of_places == set()
    assert actions == PASSING - of_places


def test_queries_run_in_the_workgroup_of_the_settings() -> None:
    group = {"arn:aws:athena:eu-west-1:*:workgroup/finops"}
    resources = allowed(policies())
    assert {action for action, where in resources.items() if where == group} == SCOPED["workgroup"]
    assert resources["athena:ListDataCatalogs"] == {"*"}
    elsewhere = replace(OURS, bill_region="eu-central-1")
    assert allowed(policies(elsewhere))["athena:StartQueryExecution"] == {
        "arn:aws:athena:eu-central-1:*:workgroup/finops"
    }
    anywhere = allowed(policies(AwsSettings()))
    assert anywhere["athena:StartQueryExecution"] == {"*"}


@pytest.mark.parametrize(
    ("region", "partition"),
    [("", "aws"), ("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_names_are_of_the_partition_that_the_region_lies_in(region: str, partition: str) -> None:
    aws = AwsSettings(region=region, exports=("s3://exports",))
    assert allowed(policies(aws))["s3:GetObject"] == {f"arn:{partition}:s3:::exports/*"}


def test_a_sign_that_iam_reads_as_a_pattern_stands_for_itself() -> None:
    aws = AwsSettings(exports=("s3://exports/a*b?c$d",))
    assert allowed(policies(aws))["s3:GetObject"] == {"arn:aws:s3:::exports/a${*}b${?}c${$}d/*"}


def test_what_the_user_allows_besides_is_in_a_statement_of_its_own() -> None:
    names = ("lambda:GetFunction", "logs:StartQuery", "kinesis:ListStreams")
    named = {
        statement["Sid"]: statement["Action"]
        for document in policies(OURS, *names)
        for statement in document["Statement"]
    }
    assert named["AllowedBySettings"] == ["lambda:GetFunction", "logs:StartQuery"]
    assert unknown_to_iam(names) == ["kinesis:ListStreams"]
    assert "lambda:GetFunction" not in allowed(policies())


def test_no_policy_is_longer_than_iam_takes_and_a_role_takes_them_all() -> None:
    found = policies()
    sizes = [len(re.sub(r"\s", "", json.dumps(document))) for document in found]
    assert max(sizes) <= 6_144  # of a managed policy, by IAM's quotas
    assert len(found) <= 10  # managed policies of a role, by its default quota
    for document in found:
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(sids) == len(set(sids))
        assert all(re.fullmatch(r"[A-Za-z0-9]+", sid) for sid in sids)


@pytest.fixture
def iam() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("iam", region_name="us-east-1")


def test_iam_takes_each_policy(iam: Any) -> None:
    for number, document in enumerate(policies(), 1):
        name = policy_name(number)
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        assert made["Policy"]["PolicyName"] == name


def test_cloudformation_makes_the_policies_and_gives_them_to_a_role(iam: Any) -> None:
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
        ],
    }
    iam.create_role(RoleName="analysts", AssumeRolePolicyDocument=json.dumps(trust))
    found = policies()
    boto3.client("cloudformation", region_name="us-east-1").create_stack(
        StackName="finops-repl-reads",
        TemplateBody=policies_text(found, "cloudformation"),
        Parameters=[{"ParameterKey": "RoleName", "ParameterValue": "analysts"}],
        Capabilities=["CAPABILITY_IAM"],
    )
    attached = iam.list_attached_role_policies(RoleName="analysts")["AttachedPolicies"]
    kept = []
    for policy in attached:
        version = iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId="v1")
        kept.append(version["PolicyVersion"]["Document"])
    assert sorted(map(json.dumps, kept)) == sorted(map(json.dumps, found))


def test_the_template_is_short_enough_for_cloudformation_deploy_and_its_lines_can_be_read() -> None:
    aws = AwsSettings(output="s3://results/finops/", exports=("s3://a/b/", "s3://c/d/"))
    text = policies_text(documents(statements(aws, frozenset())), "cloudformation")
    assert len(text.encode()) < 51_200
    assert json.loads(text)["Resources"].keys() == json.loads(text)["Outputs"].keys()
    assert len(text.splitlines()) > 100
    actions = [line for line in text.splitlines() if line.lstrip().startswith('"Action": ["')]
    assert actions
    assert all(line.rstrip(",").endswith("]") for line in actions)


def test_json_is_one_policy_or_an_object_of_them_by_name() -> None:
    found = policies()
    told = json.loads(policies_text(found, "json"))
    assert told == {policy_name(n): document for n, document in enumerate(found, 1)}
    assert json.loads(policies_text(found[:1], "json")) == found[0]


def test_terraform_holds_the_same_documents() -> None:
    aws = AwsSettings(exports=("s3://exports/a*b",))
    found = policies(aws)
    text = policies_text(found, "terraform")
    encoded = re.findall(r"jsonencode\((\{.*?\n  \})\)", text, re.DOTALL)
    # `$${` is how HCL writes `${`; a bare one would be a template.
    assert not re.search(r"(?<!\$)\$\{", text)
    assert [json.loads(each.replace("$${", "${")) for each in encoded] == found
    assert text.count('resource "aws_iam_policy"') == len(found)
    assert text.count("{") == text.count("}")


def test_every_form_that_is_offered_can_be_printed() -> None:
    assert all(policies_text(policies(), form) for form in FORMATS)
