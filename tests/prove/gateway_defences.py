"""Every defence of the gateway: at its doors, in how it reads, in what it lets through."""

from __future__ import annotations

from typing import Final

from tests.prove.account_defences import ACCOUNT_DEFENCES
from tests.prove.door_defences import DOOR_DEFENCES
from tests.prove.reading_defences import READING_DEFENCES

__all__ = ["GATEWAY_DEFENCES"]

GATEWAY_DEFENCES: Final = (*DOOR_DEFENCES, *READING_DEFENCES, *ACCOUNT_DEFENCES)
