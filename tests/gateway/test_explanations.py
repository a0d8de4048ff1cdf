"""Refusals of AWS with what they mean; AWS's own code and words stay."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from finops_repl.aws.call import Call, Caller, Refusal
from finops_repl.base.errors import ConnectionFailed
from finops_repl.gateway.audit import AuditLog
from finops_repl.gateway.explanations import (
    COMMON,
    RULES,
    Rule,
    explained_refusal,
    explanation,
)
from finops_repl.gateway.gateway import Gateway
from finops_repl.gateway.identity import AccessKeys, Identity
from finops_repl.gateway.inprocess import session
from finops_repl.gateway.policy import ReadOnlyPolicy
from finops_repl.gateway.real_account import RealAccount
from tests.standin.aws_account import ACCESS_KEY, SECRET_KEY, AwsStandIn

MODELS = Loader()


def code_is_known(service: str, code: str) -> bool:
    """Whether botocore's model of the service has the error, or speaks of it."""
    model = MODELS.load_service_model(service, "service-2")
    return code in model["shapes"] or f"<code>{code}</code>" in json.dumps(model)


@pytest.mark.parametrize(
    "rule",
    [rule for rule in RULES if rule.services],
    ids=lambda rule: " ".join([*sorted(rule.services), *sorted(rule.codes)]),
)
def test_each_code_is_one_of_its_services_models(rule: Rule) -> None:
    for code in rule.codes - COMMON:
        assert any(code_is_known(service, code) for service in rule.services), code


def test_a_rule_for_any_service_has_common_codes_alone() -> None:
    assert all(rule.codes <= COMMON for rule in RULES if not rule.services)
    assert all(rule.told.meaning and rule.told.remedy for rule in RULES)


@pytest.mark.parametrize(
    ("service", "code", "message", "says"),
    [
        (
            "ce",
            "AccessDeniedException",
            "User not enabled for cost explorer access",
            "never enabled",
        ),
        ("ce", "DataUnavailableException", "", "no figures for this period"),
        ("ce", "LimitExceededException", "", "too often"),
        (
            "ce",
            "AccessDeniedException",
            "Linked account doesn't have access to cost explorer.",
            "keeps this from its member accounts",
        ),
        (
            "ce",
            "AccessDeniedException",
            "User: x is not authorized to perform: ce:GetCostAndUsage because no identity-based"
            " policy allows the ce:GetCostAndUsage action",
            "finops-repl iam-policy",
        ),
        (
            "ce",
            "AccessDeniedException",
            "User: x is not authorized to perform: ce:GetCostAndUsage with an explicit deny in a"
            " service control policy",
            "a policy of the organisation forbids it",
        ),
        (
            "organizations",
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
            "management account",
        ),
        ("organizations", "AWSOrganizationsNotInUseException", "", "no organisation"),
        ("support", "SubscriptionRequiredException", "", "support plan"),
        ("health", "SubscriptionRequiredException", "", "support plan"),
        ("compute-optimizer", "OptInRequiredException", "", "not opted in"),
        (
            "cost-optimization-hub",
            "ValidationException",
            "AWS account is not enrolled for recommendations.",
            "not enrolled",
        ),
        ("glue", "AccessDeniedException", "Insufficient Lake Formation permission(s)", "granted"),
        ("glue", "EntityNotFoundException", "Entity Not Found", "not in this region's catalog"),
        (
            "athena",
            "InvalidRequestException",
            "No output location provided. An output location is required",
            "aws.output",
        ),
        ("athena", "InvalidRequestException", "WorkGroup x is not found.", "no such workgroup"),
        ("s3", "AccessDenied", "not authorized to perform: kms:Decrypt", "kms:Decrypt"),
        ("ec2", "RequestLimitExceeded", "Rate exceeded", "wait a minute"),
        ("ec2", "OptInRequired", "You are not subscribed to this service", "not signed up"),
        ("ce", "ExpiredTokenException", "The security token included is expired", "'payer'"),
        ("s3", "ExpiredToken", "The provided token has expired.", "has expired; give the AWS"),
        ("sts", "InvalidClientTokenId", "The security token is invalid", "does not know"),
        ("ec2", "AuthFailure", "AWS was not able to validate the credentials", "does not know"),
        ("sts", "SignatureDoesNotMatch", "The request signature we", "does not belong"),
        ("ce", "InvalidSignatureException", "Signature expired: 2026 is now earlier", "clock"),
        ("s3", "RequestTimeTooSkewed", "The difference ... is too large.", "clock"),
    ],
)
def test_a_refusal_says_what_to_do(service: str, code: str, message: str, says: str) -> None:
    told = explained_refusal(service, Refusal(code, message, 403), Identity("payer"))
    assert (told.code, told.status) == (code, 403)
    assert told.message.startswith(message)
    assert says in told.message.removeprefix(message)


def test_what_speaks_for_itself_is_left_as_it_is() -> None:
    refusal = Refusal("ValidationException", "Start date (and hour) should be before end date")
    assert explained_refusal("ce", refusal, Identity()) is refusal
    assert explanation("athena", "InvalidRequestException", "line 1:8: no such column") is None
    assert explanation("lambda", "EntityNotFoundException", "x not found") is None


def test_a_script_sees_awss_code_and_the_sentence_behind_its_words(tmp_path: Path) -> None:
    words = "User not enabled for cost explorer access"
    keys = AccessKeys(ACCESS_KEY, SECRET_KEY)
    with AwsStandIn(scripted={"GetTags": ("AccessDeniedException", words)}) as standin:
        account = RealAccount(Identity(keys=keys), endpoint_url=standin.url)
        policy = ReadOnlyPolicy(lambda sql, parameters: sql)
        asking: Any = session(Gateway(account, policy, AuditLog(tmp_path)), Caller("s"))
        with pytest.raises(ClientError) as refused:
            asking.client("ce").get_tags(TimePeriod={"Start": "2026-01-01", "End": "2026-02-01"})
        account.close()
    told = refused.value.response["Error"]
    assert told["Code"] == "AccessDeniedException"
    assert told["Message"].startswith(f"{words} (finops-repl: Cost Explorer was never enabled")


def test_throttling_is_a_sentence_once_it_was_tried_again(tmp_path: Path) -> None:
    keys = AccessKeys(ACCESS_KEY, SECRET_KEY)
    with AwsStandIn(scripted={"GetTags": ("ThrottlingException", "Rate exceeded")}) as standin:
        account = RealAccount(Identity(keys=keys), endpoint_url=standin.url)
        period = {"TimePeriod": {"Start": "2026-01-01", "End": "2026-02-01"}}
        answer = account.answer(
            Call("ce", "GetTags", "us-east-1", period), cancelled=threading.Event()
        )
        account.close()
        assert isinstance(answer, Refusal)
        assert answer.code == "ThrottlingException"
        assert "wait a minute" in answer.message
        assert len(standin.verified) == 3


@pytest.mark.parametrize(
    ("region", "service", "says"),
    [
        ("us-gov-west-1", "ce", "commercial account that it is paired with"),
        ("us-gov-west-1", "cur", "commercial account that it is paired with"),
        ("us-gov-west-1", "budgets", "commercial account that it is paired with"),
        ("cn-north-1", "cost-optimization-hub", "leave it out"),
        ("cn-north-1", "ec2", "name a region such as cn-north-1"),
    ],
)
def test_another_partition_says_what_it_does_not_have(region: str, service: str, says: str) -> None:
    account = RealAccount(Identity(keys=AccessKeys(ACCESS_KEY, SECRET_KEY), region=region))
    with pytest.raises(ConnectionFailed) as refused:
        account._client(service, "us-east-1")
    assert says in refused.value.hint


def test_a_service_of_one_region_has_its_home_in_china_too() -> None:
    keys = AccessKeys(ACCESS_KEY, SECRET_KEY)
    account = RealAccount(Identity(keys=keys, region="cn-north-1"))
    assert account._client("cur", "cn-north-1").meta.region_name == "cn-northwest-1"
    account.close()
