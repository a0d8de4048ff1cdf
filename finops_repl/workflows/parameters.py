"""Parameters of a workflow: declared with type and default, given as text, checked before a run."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from finops_repl.base.errors import InputError, UnknownName

__all__ = [
    "Parameter",
    "ParameterType",
    "ParameterValue",
    "read_undeclared",
    "resolve",
    "split_assignments",
    "usual",
]

ParameterType = Literal["string", "integer", "number", "boolean", "date", "month"]
ParameterValue = str | int | float | bool | None
DIGITS_OF_AN_ID = 12


class Parameter(BaseModel):
    """One parameter: `default` null means that a value must be given.

    Dates are `YYYY-MM-DD`, months `YYYY-MM`; an empty string leaves the choice to the script.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    type: ParameterType = "string"
    default: ParameterValue = None
    description: str = Field(default="", max_length=300)
    choices: tuple[str, ...] = ()


def usual(parameter: Parameter) -> str:
    """A parameter with its default: `top=10`, `month=`, and `days=<integer>` where it has none."""
    match parameter.default:
        case None:
            value = f"<{parameter.type}>"
        case bool(yes):
            value = str(yes).lower()
        case other:
            value = str(other)
    return f"{parameter.name}={value}"


def resolve(
    declared: Iterable[Parameter], given: Mapping[str, object]
) -> dict[str, ParameterValue]:
    """Every declared parameter with its value; `InputError` names the field and what is valid."""
    by_name = {parameter.name: parameter for parameter in declared}
    for name in given:
        if name not in by_name:
            raise UnknownName("parameter", name, by_name)
    return {name: _value(parameter, given) for name, parameter in by_name.items()}


def split_assignments(texts: Iterable[str]) -> dict[str, str]:
    """`name=value` texts, as typed behind `--param`, as a mapping."""
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{text!r} is no parameter", hint="write name=value")
        if name.strip() in values:
            raise InputError(f"parameter {name.strip()!r} is given twice", hint="give it once")
        values[name.strip()] = value.strip()
    return values


def read_undeclared(texts: Mapping[str, str]) -> dict[str, object]:
    """Values for a script that declares no parameters: JSON where a text is JSON, else the text.

    A whole number of 12 digits or more stays text: it is an account id, or one that JavaScript
    could not hold exactly.
    """
    return {name: _read_json(text) for name, text in texts.items()}


def _read_json(text: str) -> object:
    try:
        return json.loads(
            text, parse_int=_whole_number, parse_float=_finite, parse_constant=_no_json
        )
    except (ValueError, RecursionError):
        return text


def _whole_number(digits: str) -> int | str:
    return digits if len(digits.removeprefix("-")) >= DIGITS_OF_AN_ID else int(digits)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _no_json(text: str) -> float:
    """Refuse NaN and Infinity, which Python reads and JSON does not have."""
    raise ValueError(text)


def _value(parameter: Parameter, given: Mapping[str, object]) -> ParameterValue:
    if parameter.name not in given:
        if parameter.default is None:
            raise InputError(
                f"parameter {parameter.name!r} has no value",
                hint=f"give {parameter.name}=<{parameter.type}>",
            )
        return parameter.default
    text = str(given[parameter.name])
    if parameter.choices and text not in parameter.choices:
        raise InputError(
            f"{parameter.name}={text!r} is not among its choices",
            hint=f"valid: {', '.join(parameter.choices)}",
        )
    if text == "" and parameter.default == "":
        return ""
    try:
        return _READERS[parameter.type](text)
    except (ValueError, InvalidOperation):
        raise InputError(
            f"{parameter.name}={text!r} is no {parameter.type}", hint=_VALID[parameter.type]
        ) from None


def _boolean(text: str) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _number(text: str) -> float:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return float(number)


def _month(text: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise ValueError(text)
    return text


_READERS: dict[ParameterType, Callable[[str], ParameterValue]] = {
    "string": str,
    "integer": int,
    "number": _number,
    "boolean": _boolean,
    "date": lambda text: date.fromisoformat(text).isoformat(),
    "month": _month,
}
_VALID: dict[ParameterType, str] = {
    "string": "any text",
    "integer": "a whole number such as 30",
    "number": "a number such as 12.5",
    "boolean": "true or false",
    "date": "a day as YYYY-MM-DD",
    "month": "a month as YYYY-MM",
}
