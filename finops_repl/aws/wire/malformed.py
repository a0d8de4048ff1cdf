"""The one way in which reading a request fails."""

from __future__ import annotations

from finops_repl.aws.call import Refusal
from finops_repl.base.errors import InputError

__all__ = ["MalformedRequest", "refused"]


class MalformedRequest(InputError):
    """A request that names no operation, or whose parameters cannot be read; answered by a 4xx."""

    def __init__(
        self, message: str, *, code: str = "SerializationException", status: int = 400
    ) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message, status)


def refused(why: str, *, code: str = "InvalidRequest", status: int = 400) -> MalformedRequest:
    """The error of a request that two readers could understand differently."""
    return MalformedRequest(f"the request is refused: {why}", code=code, status=status)
