"""A workflow: named code that proved useful, as it lies in workspace/workflows."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from finops_repl.base.errors import InputError
from finops_repl.workflows.parameters import Parameter

__all__ = ["SCHEMA", "Draft", "Need", "Tag", "Workflow", "slug_of"]

SCHEMA = 1
LONGEST_SLUG = 64


def slug_of(name: str) -> str:
    """The file name that a workflow's name gives: `Monthly Cost Report` is `monthly-cost-report`.

    Raises `InputError` where no letter or digit is left to name a file by.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:LONGEST_SLUG].rstrip("-")
    if not slug:
        raise InputError(
            f"{name!r} cannot name a workflow", hint="use letters or digits, such as 'EC2 spike'"
        )
    return slug


def _tag(text: str) -> str:
    tag = text.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._:-]{0,39}", tag):
        raise ValueError(f"{text!r} is no tag: letters, digits and . _ : - (at most 40)")
    return tag


def _printable(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("control characters are not allowed here")
    return text.strip()


Tag = Annotated[str, AfterValidator(_tag)]
Line = Annotated[str, AfterValidator(_printable)]

Need = Literal["bill"]
"""What an account must have: `bill` is a table of the bill that Athena answers for."""


class Draft(BaseModel):
    """What its author gives of a workflow."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Line, Field(min_length=1, max_length=80)]
    description: Annotated[Line, Field(max_length=500)] = ""
    language: Literal["python", "javascript"]
    code: Annotated[str, Field(min_length=1, max_length=200_000)]
    tags: tuple[Tag, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    inputs: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    timeout_s: Annotated[float, Field(gt=0, le=900)] = 30.0

    @property
    def slug(self) -> str:
        return slug_of(self.name)


class Workflow(Draft):
    """A saved workflow: a draft with its moments (UTC).

    Unknown fields are errors, so that a colleague's file cannot smuggle in a setting that only
    the user may make, such as credentials, endpoints or approvals.
    """

    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = Field(default_factory=lambda: datetime.now(UTC))
