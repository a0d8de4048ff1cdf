"""Settings with their origins: for people a line each, for programs one object."""

from __future__ import annotations

import json
from collections.abc import Sequence

from finops_repl.base.shown_settings import ShownSetting, Value
from finops_repl.faces.cells import cell_width
from finops_repl.faces.escapes import plain

__all__ = ["origin_text", "setting_json", "settings_json", "settings_text", "value_text"]

UNSET = "-"
WIDEST_VALUE = 36
"""A longer value pushes its own origin aside, not those of all others."""


def settings_text(shown: Sequence[ShownSetting]) -> str:
    """Name, value and origin, aligned; `-` where nothing was chosen."""
    names = max(map(len, (each.name for each in shown)))
    texts = [value_text(each.value) for each in shown]
    values = max((size for text in texts if (size := cell_width(text)) <= WIDEST_VALUE), default=0)
    lines = (
        f"{each.name:<{names}}  {text}{' ' * (values - cell_width(text))}  {origin_text(each)}"
        for each, text in zip(shown, texts, strict=True)
    )
    return plain("\n".join(lines))


def value_text(value: Value) -> str:
    """A value as one would write it into a variable."""
    match value:
        case None:
            return UNSET
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:g}"
        case list():
            return ",".join(value)
        case _:
            return plain(str(value))


def origin_text(shown: ShownSetting) -> str:
    """`environment (FINOPS_MODEL)`, `user file (/home/...)`, `default: offline`, `default`."""
    if shown.instead:
        return plain(f"{shown.origin}: {shown.instead}")
    return plain(f"{shown.origin} ({shown.set_by})" if shown.set_by else shown.origin)


def setting_json(shown: ShownSetting) -> str:
    """One object for one setting."""
    return json.dumps(_fields(shown), indent=2, ensure_ascii=False)


def settings_json(shown: Sequence[ShownSetting]) -> str:
    """One object: `settings`, each with name, value, origin and what set it."""
    return json.dumps({"settings": [_fields(each) for each in shown]}, indent=2, ensure_ascii=False)


def _fields(shown: ShownSetting) -> dict[str, Value]:
    return {
        "name": shown.name,
        "value": shown.value,
        "origin": shown.origin,
        "set_by": shown.set_by or None,
        "instead": shown.instead or None,
    }
