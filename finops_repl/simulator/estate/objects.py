"""S3 buckets: what lies in which storage class, what is asked of it, what its lifecycle moves."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.estate.place import Place, Spot
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Resource, Use

__all__ = ["buckets"]

_ROLES: dict[str, tuple[tuple[str, float, float, int], ...]] = {
    # storage class's usage type: GB from, to, growth
    "assets": (("TimedStorage-ByteHrs", 100, 14_000, 3_000),),
    "exports": (
        ("TimedStorage-ByteHrs", 50, 6_000, 3_500),
        ("TimedStorage-SIA-ByteHrs", 200, 30_000, 2_000),
    ),
    "logs": (
        ("TimedStorage-ByteHrs", 20, 3_000, 1_000),
        ("TimedStorage-GIR-ByteHrs", 500, 40_000, 4_000),
        ("TimedStorage-GDA-ByteHrs", 1_000, 90_000, 5_000),
    ),
    "backups": (
        ("TimedStorage-ZIA-ByteHrs", 100, 9_000, 2_000),
        ("TimedStorage-GlacierByteHrs", 500, 60_000, 3_000),
    ),
    "lake": (("TimedStorage-INT-FA-ByteHrs", 1_000, 60_000, 4_000),),
}
_BUSY = ("assets", "exports", "lake")


def buckets(place: Place) -> Iterator[Resource]:
    """Buckets of each role."""
    needed = place.needed("bucket")
    for role in _ROLES:
        for spot in place.spots(role, _count(place, role), fewest=int(role in needed)):
            name = f"{spot.name}-{spot.digits[:8]}"
            uses = [
                spot.used(offer("s3", usage), least, most, growth=growth, noise=100)
                for usage, least, most, growth in _ROLES[role]
            ]
            lifecycle = "" if role in ("assets", "lake") else "archive-after-30-days"
            yield spot.resource(
                name, name, [*uses, *_requests(spot, role)], kind="bucket", role=role,
                lifecycle=lifecycle,
            )  # fmt: skip


def _count(place: Place, role: str) -> int:
    """How many of a role stand in a region of a large organisation's account."""
    if role == "lake":
        return 2 if place.account.team == "data" else 0
    return int(place.production or role in ("assets", "logs"))


def _requests(spot: Spot, role: str) -> Iterator[Use]:
    yield spot.used(offer("s3", "Requests-Tier1"), 1e4, 4e5, "consumer", 1_500, 1_500)
    if role in _BUSY:
        yield spot.used(offer("s3", "Requests-Tier2"), 1e5, 6e6, "consumer", 1_500, 1_500)
    if role == "assets":
        sent = offer("s3", "DataTransfer-Out-Bytes")
        yield spot.used(sent, 0.5, 120, "consumer", 1_000, 2_500)
    if role == "exports":
        yield spot.used(offer("s3", "Retrieval-SIA"), 1, 60, "business", 500, 2_500)
        yield spot.used(offer("s3", "Requests-SIA-Tier1"), 100, 9_000, "batch", 500, 2_500)
    if role in ("logs", "backups"):
        yield spot.used(offer("s3", "Requests-GLACIER-Tier1"), 100, 9_000, "batch", 500, 2_500)
