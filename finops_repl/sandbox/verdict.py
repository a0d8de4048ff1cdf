"""Whether an engine holds a box's limits: each limit with what was tried and what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.sandbox.cgroup import CgroupVersion

__all__ = ["Proof", "Verdict"]

CGROUP_LIMITS = frozenset({"memory", "processes", "processors"})
CGROUP_HINT = (
    "rootless Docker limits these on cgroup v2 alone, with the controllers delegated to the user"
)
ENGINE_HINT = "use an engine that holds them"
WARN_HINT = 'sandbox.unproven = "warn" in your settings runs scripts all the same'


@dataclass(frozen=True, slots=True)
class Proof:
    """One limit of a box, put to the test."""

    limit: str
    tried: str
    happened: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a box of this engine, image and options holds; `boot` is that of the engine's host."""

    proofs: tuple[Proof, ...]
    cgroup: CgroupVersion
    boot: str
    took_s: float

    @property
    def broken(self) -> tuple[Proof, ...]:
        """The limits that do not hold."""
        return tuple(proof for proof in self.proofs if not proof.holds)

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line for each limit that does not hold."""
        return tuple(
            f"the sandbox does not limit {proof.limit}: {proof.tried}: {proof.happened}"
            for proof in self.broken
        )

    def require(self) -> None:
        """Raise `SandboxUnavailable` that names the limits which do not hold, where there are."""
        broken = self.broken
        if not broken:
            return
        said = "; ".join(f"{proof.limit} ({proof.tried}: {proof.happened})" for proof in broken)
        cause = CGROUP_HINT if CGROUP_LIMITS & {proof.limit for proof in broken} else ENGINE_HINT
        raise SandboxUnavailable(
            f"this engine does not hold the sandbox's limits: {said}",
            hint=f"{cause}; {WARN_HINT}; finops-repl sandbox status --prove tries again",
        )

    def fields(self) -> dict[str, Any]:
        """The verdict for JSON; `from_fields` reads it back."""
        return asdict(self)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Verdict:
        """Raises `KeyError` or `TypeError` for what `fields` never made."""
        proofs = tuple(Proof(**proof) for proof in fields["proofs"])
        return cls(proofs, fields["cgroup"], str(fields["boot"]), float(fields["took_s"]))
