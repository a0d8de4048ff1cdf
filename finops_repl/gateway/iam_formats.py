"""IAM policies as what people deploy: JSON, a CloudFormation template, Terraform."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final, Literal, assert_never

__all__ = ["FORMATS", "Format", "policies_text", "policy_name"]

Format = Literal["json", "cloudformation", "terraform"]
FORMATS: Final[tuple[Format, ...]] = ("json", "cloudformation", "terraform")

_DESCRIPTION = "Reads of cost, usage and inventory that finops-repl lets through"
_ROLE = "The role that gets the policies; empty attaches them to nobody"

_TERRAFORM_HEAD = f"""\
variable "role_name" {{
  description = "{_ROLE}"
  type        = string
  default     = ""
}}
"""
_TERRAFORM_POLICY = """
resource "aws_iam_policy" "{label}" {{
  name        = "{name}"
  description = "{description}"
  policy      = jsonencode({document})
}}

resource "aws_iam_role_policy_attachment" "{label}" {{
  count      = var.role_name == "" ? 0 : 1
  role       = var.role_name
  policy_arn = aws_iam_policy.{label}.arn
}}
"""


def policy_name(number: int) -> str:
    """The name of a managed policy; numbers begin at 1."""
    return f"finops-repl-reads-{number}"


def policies_text(documents: Sequence[dict[str, Any]], form: Format) -> str:
    """All policies in one text; as JSON an object by name, where there are several."""
    match form:
        case "json":
            named = {policy_name(n): document for n, document in enumerate(documents, 1)}
            return json.dumps(named if len(documents) > 1 else documents[0], indent=2)
        case "cloudformation":
            return _laid_out(_template(documents))
        case "terraform":
            return _TERRAFORM_HEAD + "".join(
                _TERRAFORM_POLICY.format(
                    label=policy_name(n).replace("-", "_"),
                    name=policy_name(n),
                    description=_DESCRIPTION,
                    document=_as_hcl(document),
                )
                for n, document in enumerate(documents, 1)
            ).rstrip("\n")
        case _:
            assert_never(form)


def _as_hcl(document: dict[str, Any]) -> str:
    """JSON is an expression of HCL but for one sign: `${` would begin a template there."""
    return json.dumps(document, indent=2).replace("${", "$${").replace("\n", "\n  ")


def _laid_out(value: Any, margin: str = "") -> str:
    """JSON with each list of words in one line: `aws cloudformation deploy` takes 51,200 bytes."""
    inner = margin + " "
    match value:
        case dict():
            members = [f"{json.dumps(k)}: {_laid_out(v, inner)}" for k, v in value.items()]
            brackets = "{}"
        case list() if not all(isinstance(item, str) for item in value):
            members = [_laid_out(item, inner) for item in value]
            brackets = "[]"
        case _:
            return json.dumps(value, separators=(",", ":"))
    body = f",\n{inner}".join(members)
    return f"{brackets[0]}\n{inner}{body}\n{margin}{brackets[1]}"


def _template(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    labels = [policy_name(n).title().replace("-", "") for n in range(1, len(documents) + 1)]
    no_role, roles = {"Ref": "AWS::NoValue"}, [{"Ref": "RoleName"}]
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _DESCRIPTION,
        "Parameters": {"RoleName": {"Type": "String", "Default": "", "Description": _ROLE}},
        "Conditions": {"HasRole": {"Fn::Not": [{"Fn::Equals": [{"Ref": "RoleName"}, ""]}]}},
        "Resources": {
            label: {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "Description": _DESCRIPTION,
                    "PolicyDocument": document,
                    "Roles": {"Fn::If": ["HasRole", roles, no_role]},
                },
            }
            for label, document in zip(labels, documents, strict=True)
        },
        "Outputs": {label: {"Value": {"Ref": label}} for label in labels},
    }
