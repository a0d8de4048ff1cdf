"""RDS in its engines, ElastiCache and DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.estate.place import Place, Spot
from finops_repl.simulator.offers import database, instance, offer
from finops_repl.simulator.resource import Resource, Use, hourly, sized

__all__ = ["LEDGER", "databases"]

LEDGER = "db.r6g.large"
"""The type of the databases that every production account has; reservations are made for it."""

_STANDARD = (
    ("PostgreSQL", "db.m6g.large"),
    ("MySQL", "db.m6g.xlarge"),
    ("MySQL", "db.t4g.medium"),
    ("SQL Server", "db.m6i.xlarge"),
)


def databases(place: Place) -> Iterator[Resource]:
    """Instances with their storage and backups, cache nodes and tables."""
    for spot in place.spots("database", 2, fewest=int("database" in place.needed("database"))):
        yield _instance(spot)
    if place.production:
        for spot in place.spots("ledger", 1, fewest=1):
            yield _ledger(spot)
        for spot in place.spots("aurora", 1, fewest=int("aurora" in place.needed("database"))):
            yield _aurora(spot)
        for spot in place.spots("cache", 1, fewest=int("cache" in place.needed("database"))):
            node = "cache.r6g.large" if place.region.code == "us-east-1" else "cache.m6g.large"
            nodes = spot.pick((1, 2, 2), "nodes")
            yield spot.resource(
                spot.name, spot.arn("elasticache", f"cluster:{spot.name}"),
                [hourly(instance(node), nodes)], type=node, nodes=nodes, engine="Redis",
            )  # fmt: skip
    yield from _tables(place)


def _instance(spot: Spot) -> Resource:
    engine, kind = spot.pick(_STANDARD, "engine")
    multi_az = spot.place.production and spot.pick((True, False, False), "multi-az")
    gb = spot.between(10, 120, "gb") * 10
    storage = "RDS:Multi-AZ-GP3-Storage" if multi_az else "RDS:GP3-Storage"
    uses = [
        hourly(instance(kind, engine=engine, multi_az=multi_az)),
        sized(database(storage, engine), gb),
        spot.used(offer("rds", "RDS:ChargedBackupUsage"), 50, 900, growth=2_500, noise=0),
    ]
    return _database(spot, uses, engine, kind, gb, "gp3", multi_az)


def _ledger(spot: Spot) -> Resource:
    gb = spot.between(20, 200, "gb") * 10
    uses = [hourly(instance(LEDGER, engine="PostgreSQL"))]
    iops = 0
    if spot.pick((True, False, False), "io1"):
        iops = spot.pick((2_000, 3_000), "iops")
        uses.append(sized(database("RDS:PIOPS-Storage", "PostgreSQL"), gb))
        uses.append(sized(database("RDS:PIOPS", "PostgreSQL"), iops))
    else:
        uses.append(sized(database("RDS:GP3-Storage", "PostgreSQL"), gb))
    return _database(spot, uses, "PostgreSQL", LEDGER, gb, "io1" if iops else "gp3", False, iops)


def _aurora(spot: Spot) -> Resource:
    engine = spot.pick(("Aurora MySQL", "Aurora PostgreSQL"), "engine")
    gb = spot.between(20, 300, "gb") * 10
    uses = [
        hourly(instance("db.r6g.xlarge", engine=engine)),
        sized(database("Aurora:StorageUsage", engine), gb),
        spot.used(database("Aurora:StorageIOUsage", engine), 1e6, 9e7, "consumer", 1_500, 1_500),
    ]
    return _database(spot, uses, engine, "db.r6g.xlarge", gb, "aurora", False)


def _database(
    spot: Spot, uses: list[Use], engine: str, kind: str, gb: int, storage: str, multi_az: bool,
    iops: int = 0,
) -> Resource:  # fmt: skip
    return spot.resource(
        spot.name, spot.arn("rds", f"db:{spot.name}"), uses, kind="database", zone="",
        type=kind, engine=engine, gb=gb, storage=storage, iops=iops, multi_az=int(multi_az),
    )  # fmt: skip


def _tables(place: Place) -> Iterator[Resource]:
    for spot in place.spots("table", 1):
        yield _table(spot, "PAY_PER_REQUEST", (
            spot.used(offer("dynamodb", "ReadRequestUnits"), 1e5, 4e7, "consumer", 2_000, 1_200),
            spot.used(offer("dynamodb", "WriteRequestUnits"), 1e5, 9e6, "consumer", 2_000, 1_200),
        ))  # fmt: skip
    for spot in place.spots("index", int(place.production)):
        reads, writes = spot.between(5, 100, "reads") * 10, spot.between(1, 30, "writes") * 10
        yield _table(spot, "PROVISIONED", (
            hourly(offer("dynamodb", "ReadCapacityUnit-Hrs"), reads),
            hourly(offer("dynamodb", "WriteCapacityUnit-Hrs"), writes),
        ), reads, writes)  # fmt: skip


def _table(
    spot: Spot, mode: str, uses: tuple[Use, ...], reads: int = 0, writes: int = 0
) -> Resource:
    stored = spot.used(offer("dynamodb", "TimedStorage-ByteHrs"), 5, 400, growth=3_000, noise=0)
    return spot.resource(
        spot.name, spot.arn("dynamodb", f"table/{spot.name}"), (*uses, stored), kind="table",
        mode=mode, reads=reads, writes=writes,
    )  # fmt: skip
