"""HTTP messages as plain values, the same for every door into the gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from finops_repl.aws.call import Caller

__all__ = ["Door", "WireRequest", "WireResponse"]


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A complete request: `target` is path and query as sent, header names as sent."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path as sent, percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query string as sent, without its question mark."""
        return self.target.partition("?")[2]

    def header(self, name: str, default: str = "") -> str:
        """The first value of a header, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), default)

    def header_values(self, name: str) -> list[str]:
        """Every value of a header, so that duplicates can be refused."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A complete response."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


Door = Callable[[WireRequest, Caller], WireResponse]
"""The one function behind the three doors: `Gateway.handle`."""
