"""Functions, clusters, queues, keys, logs and metrics, and the smaller services."""

from __future__ import annotations

from collections.abc import Iterator

from finops_repl.simulator.estate.place import Place, Spot
from finops_repl.simulator.offers import offer
from finops_repl.simulator.resource import Resource, hourly, sized

__all__ = ["services"]

TENANTS = ("atlas", "birch", "cedar", "delta", "ember", "fjord")
"""Who shares the platform: the values of its `tenant` tag."""


def services(place: Place) -> Iterator[Resource]:
    """Everything that is neither stored, nor a database, nor a network."""
    for spot in place.spots("function", 2):
        yield _function(spot)
    shared = place.is_first and place.account.application == "platform"
    for spot in place.spots("log-group", 2, fewest=int(shared)):
        yield _log_group(spot)
    for spot in place.spots("queue", int(place.production)):
        used = spot.used(offer("sqs", "Requests-Tier1"), 1e5, 9e6, "consumer", 1_500, 1_500)
        yield spot.resource(spot.name, spot.arn("sqs", spot.name), [used])
    for spot in place.spots("topic", int(place.production)):
        used = spot.used(offer("sns", "Requests-Tier1"), 1e4, 9e5, "consumer", 1_500, 1_500)
        yield spot.resource(spot.name, spot.arn("sns", spot.name), [used])
    for spot in place.spots("key", int(place.production)):
        requests = offer("kms", "KMS-Requests")
        yield spot.resource(
            spot.digits, spot.arn("kms", f"key/{spot.digits}"), (
                sized(offer("kms", "KMS-Keys"), 1),
                spot.used(requests, 1e3, 9e5, "consumer", 1_500, 1_500),
            ),
        )  # fmt: skip
    for spot in place.spots("secret", int(place.production)):
        yield spot.resource(
            spot.name, spot.arn("secretsmanager", f"secret:{spot.name}-{spot.digits[:6]}"),
            [sized(offer("secrets", "AWSSecretsManager-Secrets"), 1)],
        )  # fmt: skip
    for spot in place.spots("images", int(place.production), fewest=2 * int(shared)):
        yield _repository(spot)
    yield from _account_wide(place)
    if place.account.name == "sim-platform-shared":
        yield from _platform(place)


def _log_group(spot: Spot) -> Resource:
    """What is kept for ever grows; the rest is as much as its days bring."""
    kept_days = spot.pick((0, 0, 0, 30, 90), "kept")
    group, growth = f"/app/{spot.name}", 0 if kept_days else 4_000
    return spot.resource(
        group, spot.arn("logs", f"log-group:{group}"), (
            spot.used(
                offer("cloudwatch", "DataProcessing-Bytes"), 0.2, 25, "consumer", 1_500, 1_500
            ),
            spot.used(
                offer("cloudwatch", "TimedStorage-ByteHrs"), 10, 900, growth=growth, noise=0
            ),
        ), kept_days=kept_days,
    )  # fmt: skip


def _repository(spot: Spot) -> Resource:
    """Images of containers: where nothing expires, each push stays."""
    expires = spot.pick((0, 0, 1), "expires")
    stored = spot.used(
        offer("ecr", "TimedStorage-ByteHrs"), 5, 200, growth=0 if expires else 12_000, noise=0
    )
    return spot.resource(
        spot.name, spot.arn("ecr", f"repository/{spot.name}"), [stored], expires=expires
    )


def _function(spot: Spot) -> Resource:
    arm = spot.pick((True, False), "architecture")
    seconds = "Lambda-GB-Second-ARM" if arm else "Lambda-GB-Second"
    return spot.resource(
        spot.name, spot.arn("lambda", f"function:{spot.name}"), (
            spot.used(offer("lambda", "Request"), 1e4, 2e6, "consumer", 2_500, 1_500),
            spot.used(offer("lambda", seconds), 1e3, 9e4, "consumer", 2_500, 1_500),
        ), mb=spot.pick((128, 256, 512, 1_024), "mb"), architecture="arm64" if arm else "x86_64",
    )  # fmt: skip


def _account_wide(place: Place) -> Iterator[Resource]:
    """What is counted by account and region, with no resource on the bill."""
    for spot in place.spots("metrics", 1):
        yield spot.resource("", "", (
            spot.used(
                offer("cloudwatch", "CW:MetricMonitorUsage"), 40, 900, growth=1_500, noise=100
            ),
            spot.used(offer("cloudwatch", "CW:AlarmMonitorUsage"), 10, 200, noise=0),
            spot.used(offer("cloudwatch", "CW:Requests"), 1e4, 9e5, "business", 500, 1_500),
        ), tagged=False, first=0)  # fmt: skip
    if place.is_first and place.production:
        for spot in place.spots("audit", 1):
            yield spot.resource("", "", (
                spot.used(offer("guardduty", "PaidEventsAnalyzed"), 1e5, 2e6, "business", 500),
                spot.used(offer("config", "ConfigurationItemRecorded"), 50, 3e3, "business", 500),
            ), tagged=False)  # fmt: skip
        for spot in place.spots("zone", 1, fewest=int(place.account.application == "network")):
            id_ = f"Z{spot.digits.upper()}"
            yield spot.resource(
                id_, f"arn:aws:route53:::hostedzone/{id_}", (
                    sized(offer("route53", "HostedZone"), 1),
                    spot.used(offer("route53", "DNS-Queries"), 1e5, 3e7, "consumer", 1_000),
                ), kind="hosted-zone",
            )  # fmt: skip


def _platform(place: Place) -> Iterator[Resource]:
    """The shared platform: a cluster, and each tenant's share of queues and tables by its tag."""
    for spot in place.spots("cluster", 1, fewest=int(place.is_first)):
        yield spot.resource(
            spot.name, spot.arn("eks", f"cluster/{spot.name}"),
            [hourly(offer("eks", "AmazonEKS-Hours:perCluster"))], first=0,
        )  # fmt: skip
    shown = max(2, place.world.scaled(len(TENANTS), "tenants", place.region.code))
    for number, tenant in enumerate(TENANTS[:shown]):
        spot = Spot(place, "tenant", number)
        tags = {**spot.tags, "tenant": tenant}
        name = f"platform-{tenant}"
        yield spot.resource(
            name, spot.arn("sqs", name),
            [spot.used(offer("sqs", "Requests-Tier1"), 1e6, 3e7, "consumer", 2_000, 1_500)],
            kind="queue", first=0, tags=tags,
        )  # fmt: skip
        yield spot.resource(
            name, spot.arn("dynamodb", f"table/{name}"), (
                spot.used(offer("dynamodb", "ReadRequestUnits"), 1e6, 3e7, "consumer", 2_000),
                spot.used(offer("dynamodb", "TimedStorage-ByteHrs"), 5, 200, growth=3_000),
            ), kind="table", first=0, tags=tags, mode="PAY_PER_REQUEST", reads=0, writes=0,
        )  # fmt: skip
