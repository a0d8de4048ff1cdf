"""A group whose commands lie in modules of their own, each imported when it is asked for.

Only the command that was typed is loaded; help texts, which name all, load all.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

__all__ = ["ShelvedGroup"]


class ShelvedGroup(click.Group):
    """`shelf` says by each command's name where it lies: `package.module:attribute`."""

    def __init__(self, *args: Any, shelf: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._shelf = shelf

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._shelf})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._shelf and cmd_name not in self.commands:
            module, _, attribute = self._shelf[cmd_name].partition(":")
            self.add_command(getattr(import_module(module), attribute), cmd_name)
        return super().get_command(ctx, cmd_name)
