"""Attacks run in real boxes, like any other script."""

from tests.sandbox.conftest import engine, engine_client, run, sandbox_image

__all__ = ["engine", "engine_client", "run", "sandbox_image"]
