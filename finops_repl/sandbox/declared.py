"""The figures that a script declares: its word, checked for form alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["read_figure"]

MAX_FIELDS = 20
MAX_TEXT = 500
REQUIRED = frozenset({"value", "unit", "label"})


def read_figure(payload: bytes) -> Mapping[str, Any] | None:
    """The fields of one declared figure, all strings; None for what is no figure.

    `value` is a finite decimal, `unit` and `label` are there; the rest is the pedigree as the
    script tells it (metric, period, account, source, ...).
    """
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not fields.keys() >= REQUIRED or len(fields) > MAX_FIELDS:
        return None
    if any(not isinstance(text, str) or len(text) > MAX_TEXT for text in fields.values()):
        return None
    try:
        value = Decimal(fields["value"])
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value.adjusted()) > 30:
        return None
    return {**fields, "value": f"{value:f}"}
