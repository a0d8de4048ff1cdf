"""`finops-repl iam-policy`: the least that IAM must allow, from the gateway's own table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from finops_repl.base.errors import InputError
from finops_repl.cli.options import house_options, json_option, say

if TYPE_CHECKING:
    from finops_repl.base.aws_settings import AwsSettings
    from finops_repl.gateway.iam_formats import Format

__all__ = ["iam_policy"]

ATTACH = {
    "json": "attach them: for each N, `finops-repl iam-policy --part N > policy.json` and"
    " `aws iam create-policy --policy-name finops-repl-reads-N --policy-document"
    " file://policy.json`, then `aws iam attach-role-policy`",
    "cloudformation": "attach them: `aws cloudformation deploy --template-file FILE --stack-name"
    " finops-repl-reads --capabilities CAPABILITY_IAM --parameter-overrides RoleName=ROLE`",
    "terraform": 'attach them: `terraform apply -var "role_name=ROLE"`',
}


@click.command("iam-policy")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "cloudformation", "terraform"]),
    help="json, unless another is named.",
)
@click.option("--part", type=click.IntRange(min=1), help="One policy alone, as JSON.")
@click.option("--output", "aws_output", metavar="PLACE", help="s3://..., where queries write.")
@click.option(
    "--exports",
    "aws_exports",
    multiple=True,
    metavar="PLACE",
    help="s3://..., where exports of the bill lie; more than once for several.",
)
@click.option("--workgroup", "aws_workgroup", metavar="NAME", help="Where queries run in Athena.")
@house_options
@json_option
@click.pass_obj
def iam_policy(
    root_flags: dict[str, Any],
    /,
    form: Format | None,
    part: int | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Print the IAM policies that allow what passes the gateway, and nothing else.

    The places and the workgroup are those of your settings, unless you name others; no account
    is asked. IAM takes 6,144 characters a policy, so there are several; a role takes ten.
    """
    from finops_repl.aws.wire.models import ServiceModels
    from finops_repl.base.config import read_settings
    from finops_repl.base.places import find_workspace
    from finops_repl.gateway.iam_formats import policies_text
    from finops_repl.gateway.iam_policy import documents, statements, unknown_to_iam
    from finops_repl.gateway.widening import widened

    if as_json and form not in (None, "json"):
        raise InputError(f"--json and --format {form} exclude each other", hint="drop one of them")
    form = form or "json"
    given = {**root_flags, **{name: value for name, value in flags.items() if value}}
    settings = read_settings(given, find_workspace(given.get("workspace")))
    allowed = widened(settings.gateway_allow, ServiceModels())
    policies = documents(statements(settings.aws, allowed))
    if part is not None:
        if form != "json" or part > len(policies):
            raise InputError(
                f"there is no part {part} to print", hint=f"as JSON there are {len(policies)} parts"
            )
        policies = [policies[part - 1]]
    click.echo(policies_text(policies, form))
    if part is None:
        say(f"{len(policies)} managed policies; {ATTACH[form]}")
    for note in _notes(settings.aws, unknown_to_iam(allowed)):
        say(note)


def _notes(aws: AwsSettings, unknown: list[str]) -> list[str]:
    """What a reader must know of what is not in it."""
    notes = []
    if not (aws.output or aws.exports):
        notes.append(
            "no place of the bill is known, so no object in S3 can be read: name them in the"
            " settings (aws.output, aws.exports) or with --output and --exports"
        )
    elif not aws.output:
        notes.append("no --output is known, so queries of Athena cannot write their results")
    if aws.output or aws.exports:
        notes.append(
            "buckets under a KMS key of your own also need kms:Decrypt on it, and"
            " kms:GenerateDataKey where results are written"
        )
    if aws.bill_profile or aws.bill_role:
        notes.append(
            "the bill is asked for by somebody else (aws.bill_profile, aws.bill_role), who needs"
            " the same policies"
        )
    if unknown:
        notes.append(f"gateway.allow names operations to be added by hand: {', '.join(unknown)}")
    return notes
