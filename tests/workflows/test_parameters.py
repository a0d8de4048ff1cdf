import pytest

from finops_repl.base.errors import InputError, UnknownName
from finops_repl.workflows.parameters import (
    Parameter,
    ParameterType,
    ParameterValue,
    resolve,
    split_assignments,
    usual,
)

DECLARED = (
    Parameter(name="month", type="month", default=""),
    Parameter(name="days", type="integer", default=30),
    Parameter(name="share", type="number", default=0.5),
    Parameter(name="day", type="date", default="2026-01-01"),
    Parameter(name="weekly", type="boolean", default=False),
    Parameter(name="by", default="service", choices=("service", "account")),
)


def test_defaults_stand_where_nothing_is_given() -> None:
    assert resolve(DECLARED, {}) == {
        "month": "",
        "days": 30,
        "share": 0.5,
        "day": "2026-01-01",
        "weekly": False,
        "by": "service",
    }


def test_text_becomes_the_declared_type() -> None:
    given = {"month": "2026-02", "days": "7", "share": "0.25", "weekly": "yes", "by": "account"}
    values = resolve(DECLARED, given)
    assert values["month"] == "2026-02"
    assert values["days"] == 7
    assert values["share"] == 0.25
    assert values["weekly"] is True
    assert values["by"] == "account"


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        ("month", "2026-13", "YYYY-MM"),
        ("days", "seven", "whole number"),
        ("share", "nan", "number"),
        ("day", "2026-02-30", "YYYY-MM-DD"),
        ("weekly", "maybe", "true or false"),
        ("by", "region", "service, account"),
    ],
)
def test_a_wrong_value_names_the_field_and_what_is_valid(name: str, value: str, valid: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve(DECLARED, {name: value})
    assert name in caught.value.message
    assert value in caught.value.message
    assert valid in caught.value.hint


def test_an_unknown_parameter_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean month"):
        resolve(DECLARED, {"mont": "2026-01"})


@pytest.mark.parametrize(
    ("kind", "default", "shown"),
    [
        ("integer", 10, "top=10"),
        ("month", "", "top="),
        ("boolean", True, "top=true"),
        ("date", None, "top=<date>"),
    ],
)
def test_a_list_shows_a_parameter_as_it_is_given(
    kind: ParameterType, default: ParameterValue, shown: str
) -> None:
    assert usual(Parameter(name="top", type=kind, default=default)) == shown


def test_a_parameter_without_default_must_be_given() -> None:
    required = (Parameter(name="account_id"),)
    with pytest.raises(InputError, match="account_id"):
        resolve(required, {})
    assert resolve(required, {"account_id": "012345678901"}) == {"account_id": "012345678901"}


def test_assignments_keep_everything_behind_the_first_equals_sign() -> None:
    assert split_assignments(["filter=a=b", " days = 7 "]) == {"filter": "a=b", "days": "7"}


@pytest.mark.parametrize("texts", [["days"], ["=7"], ["days=1", "days=2"]])
def test_what_is_no_assignment_is_refused(texts: list[str]) -> None:
    with pytest.raises(InputError):
        split_assignments(texts)
