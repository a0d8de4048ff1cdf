"""No secret comes along with metadata: every field of every answer that passes is known."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any

from finops_repl.aws.wire.models import ServiceModels
from finops_repl.gateway.operations import reviewed
from finops_repl.gateway.stripping import HARMLESS, is_secret, without_secrets

MODELS = ServiceModels()

TAKEN_OUT = {
    "autoscaling": "LaunchConfiguration.UserData",
    "docdb": "PendingModifiedValues.MasterUserPassword",
    "ec2": "DiskImageDescription.ImportManifestUrl LaunchSpecification.UserData"
    " ResponseLaunchTemplateData.UserData S3Storage.UploadPolicy S3Storage.UploadPolicySignature"
    " SnapshotDetail.Url SnapshotTaskDetail.Url SpotFleetLaunchSpecification.UserData",
    "ecs": "ContainerOverride.command ContainerOverride.environment"
    " ContainerOverride.environmentFiles",
    "elbv2": "AuthenticateOidcActionConfig.ClientSecret",
    "lambda": "FunctionConfiguration.Environment ImageConfig.Command ImageConfig.EntryPoint",
    "neptune": "PendingModifiedValues.MasterUserPassword",
    "rds": "ClusterPendingModifiedValues.MasterUserPassword"
    " ConnectionPoolConfigurationInfo.InitQuery OptionSetting.Value"
    " PendingModifiedValues.MasterUserPassword"
    " TenantDatabasePendingModifiedValues.MasterUserPassword",
    "redshift": "PendingModifiedValues.MasterUserPassword",
}
"""What is taken out of the answers that pass, by service: all of it, in the installed models."""

SENSITIVE_AND_SHOWN = {
    "account": "GetAccountInformationResponse.AccountName",
    "billing": "BillingViewElement.description BillingViewElement.name"
    " BillingViewListElement.description BillingViewListElement.name"
    " LegalEntity.legalEntityName",
    "budgets": "Subscriber.Address",
    "ec2": "GetInstanceTpmEkPubResult.KeyValue",  # a public key
    "lambda": "ImageConfigError.Message RuntimeVersionError.Message",
    "organizations": "Account.Email Account.Name CreateAccountStatus.AccountName"
    " HandshakeParty.Id HandshakeResource.Value Organization.MasterAccountEmail"
    " ResponsibilityTransfer.Name TransferParticipant.ManagementAccountEmail"
    " DelegatedAdministrator.Email DelegatedAdministrator.Name",
    "s3": "GetObjectOutput.SSEKMSKeyId HeadObjectOutput.SSEKMSKeyId SSEKMS.KeyId"
    " ServerSideEncryptionByDefault.KMSMasterKeyID",
    "ssm": "InstanceInformation.IPAddress",
    "trustedadvisor": "AccountRecommendationLifecycleSummary.updateReason"
    " OrganizationRecommendation.updateReason Recommendation.updateReason",
}
"""Names, addresses and key ids that AWS marks as sensitive and a cost analyst may see."""

SOUNDS_LIKE_ONE = re.compile(
    r"environment|user_?data|pass_?word|passphrase|pwd|secret|credential|private_?key|pre_?shared"
    r"|(auth\w*|session|access|refresh|bearer|id)_?token|api_?key|signed_?url|manifest_?url"
    r"|plaintext|entry_?point|^command$",
    re.IGNORECASE,
)
"""Wider than what is taken out, so that a name that slips through has to be looked at here."""

LOOKED_AT = frozenset(
    {
        "Command",  # that Redshift recommends to run
        "EnvironmentInformation",
        "ExecutionEnvironmentMemoryGiBPerVCpu",
        "PerExecutionEnvironmentMaxConcurrency",
        "TargetEnvironment",
    }
)
"""What this finds beside the harmless ones."""


def fields(shape: Any, seen: set[str]) -> Iterator[tuple[str, str, Any]]:
    """Structure, member and the member's shape of all fields that an output may show or lose."""
    if shape.type_name == "structure" and shape.name not in seen:
        seen.add(shape.name)
        for name, member in shape.members.items():
            yield shape.name, name, member
            if not is_secret(shape.name, name):
                yield from fields(member, seen)
    elif shape.type_name == "list":
        yield from fields(shape.member, seen)
    elif shape.type_name == "map":
        yield from fields(shape.value, seen)


@functools.cache
def passing() -> tuple[tuple[str, str, str, Any], ...]:
    """Service, structure, member and shape of every field of every answer that passes."""
    outputs = (
        (service, MODELS.operation(service, operation).output_shape)
        for service, rows in reviewed().items()
        for operation, row in rows.items()
        if row.passes
    )
    return tuple(
        (service, *field)
        for service, output in outputs
        if output is not None
        for field in fields(output, set())
    )


def test_every_field_that_is_taken_out_of_what_passes_is_listed() -> None:
    found: dict[str, set[str]] = {}
    for service, structure, member, _ in passing():
        if is_secret(structure, member):
            found.setdefault(service, set()).add(f"{structure}.{member}")
    assert found == {service: set(names.split()) for service, names in TAKEN_OUT.items()}


def test_every_field_that_sounds_like_a_secret_is_taken_out_or_reviewed() -> None:
    sounding = {
        (structure, member)
        for _, structure, member, _ in passing()
        if SOUNDS_LIKE_ONE.search(member)
    }
    kept = {member for structure, member in sounding if not is_secret(structure, member)}
    assert kept - HARMLESS - LOOKED_AT == set()
    assert (HARMLESS | LOOKED_AT) - {member for _, member in sounding} == set()


def test_every_field_that_aws_marks_as_sensitive_is_taken_out_or_reviewed() -> None:
    shown: dict[str, set[str]] = {}
    for service, structure, member, shape in passing():
        if shape.metadata.get("sensitive") and not is_secret(structure, member):
            shown.setdefault(service, set()).add(f"{structure}.{member}")
    assert shown == {service: set(names.split()) for service, names in SENSITIVE_AND_SHOWN.items()}


def stripped(service: str, operation: str, answer: dict[str, Any]) -> Any:
    return without_secrets(answer, MODELS.operation(service, operation).output_shape)


def test_secrets_go_at_any_depth_and_all_else_stays() -> None:
    values = {"MasterUserPassword": "pw", "AllocatedStorage": 20}
    answer = {"DBInstances": [{"PendingModifiedValues": values}], "Marker": "next"}
    assert stripped("rds", "DescribeDBInstances", answer) == {
        "DBInstances": [{"PendingModifiedValues": {"AllocatedStorage": 20}}],
        "Marker": "next",
    }


def test_a_function_shows_what_it_costs_and_not_its_environment() -> None:
    function = {
        "FunctionName": "ledger",
        "MemorySize": 1024,
        "Architectures": ["arm64"],
        "Environment": {"Variables": {"DB_PASSWORD": "pw"}},
    }
    assert stripped("lambda", "ListFunctions", {"Functions": [function]}) == {
        "Functions": [{"FunctionName": "ledger", "MemorySize": 1024, "Architectures": ["arm64"]}]
    }
    link = {"Location": "https://s3/code?X-Amz-Signature=1", "RepositoryType": "S3"}
    answer = {"Configuration": function, "Code": link}
    assert stripped("lambda", "GetFunction", answer)["Code"] == {"RepositoryType": "S3"}


def test_a_tag_stays_whatever_its_name_is() -> None:
    tags = {"Environment": "prod", "Secret": "no", "user_data": "x"}
    assert stripped("lambda", "ListTags", {"Tags": tags}) == {"Tags": tags}


def test_bytes_and_answers_without_fields_stay_what_they_are() -> None:
    assert stripped("s3", "GetObject", {"Body": b"bytes"}) == {"Body": b"bytes"}
    assert without_secrets({}, None) == {}
