"""The three ways in which AWS protocols write a moment."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal

from finops_repl.aws.wire.malformed import MalformedRequest

__all__ = ["TimestampFormat", "read_timestamp", "write_timestamp"]

TimestampFormat = Literal["iso8601", "rfc822", "unixtimestamp"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")


def read_timestamp(value: object) -> datetime:
    """An aware UTC moment from epoch seconds, an ISO 8601 text or an RFC 822 date.

    The format is recognised rather than expected, as the services themselves do.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _EPOCH + timedelta(seconds=value)
        if isinstance(value, str):
            if _NUMBER.fullmatch(value):
                return _EPOCH + timedelta(seconds=float(value))
            if value[:1].isalpha():
                return parsedate_to_datetime(value).astimezone(UTC)
            moment = datetime.fromisoformat(value)
            return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedRequest(f"{value!r} is no timestamp") from error
    raise MalformedRequest(f"{value!r} is no timestamp")


def write_timestamp(value: object, style: str) -> str | int | float:
    """A moment in one of the three styles; naive ones are UTC, dates are their midnight."""
    moment = _moment(value)
    if style == "rfc822":
        return format_datetime(moment, usegmt=True)
    if style == "iso8601":
        text = moment.replace(tzinfo=None).isoformat()
        return f"{text}Z"
    seconds, microseconds = divmod((moment - _EPOCH) // timedelta(microseconds=1), 1_000_000)
    return seconds + microseconds / 1_000_000 if microseconds else seconds


def _moment(value: object) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return read_timestamp(value)
