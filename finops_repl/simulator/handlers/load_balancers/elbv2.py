"""elbv2: application and network load balancers, and where they send requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.load_balancers.balancing import PORT, here, named, page, targets
from finops_repl.simulator.handlers.resources.networking import subnet, vpc
from finops_repl.simulator.handlers.resources.standing import Standing, key_values
from finops_repl.simulator.metrics.health import target_group
from finops_repl.simulator.view import View, invalid

__all__ = ["LoadBalancers"]

MOST_TAGGED = 20
UNKNOWN_BALANCER = "One or more load balancers not found: {}"
UNKNOWN_GROUP = "One or more target groups not found: {}"
_BALANCERS: Mapping[str, Callable[[Standing], str]] = {
    "LoadBalancerArns": lambda each: each.on_bill,
    "Names": lambda each: each.id,
}
_STOPPED = {
    "State": "unused",
    "Reason": "Target.InvalidState",
    "Description": "Target is in the stopped state",
}


class LoadBalancers:
    """Answers with a target group for each balancer; where nobody uses one, it has no targets."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._handlers: Mapping[str, Callable[[Call], Answer]] = {
            "DescribeLoadBalancers": self._balancers,
            "DescribeTargetGroups": self._groups,
            "DescribeTargetHealth": self._health,
            "DescribeTags": self._tags,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset(self._handlers)

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        return self._handlers[call.operation](call)

    def _balancers(self, call: Call) -> Answer:
        every = here(self._view, call.region, classic=False)
        found = named(call, every, _BALANCERS, "LoadBalancerNotFound", UNKNOWN_BALANCER)
        if isinstance(found, Refusal):
            return found
        return page(call, "LoadBalancers", found, self._balancer)

    def _balancer(self, found: Standing) -> dict[str, Any]:
        world, network = self._view.world, found.text("type") == "network"
        digits = found.on_bill.rpartition("/")[2]
        # One that faces the internet has a public address in each zone, as the bill says.
        zones = [f"{found.region}{letter}" for letter in "ab"]
        scheme = found.text("scheme") or "internet-facing"
        name = f"internal-{found.id}" if scheme == "internal" else found.id
        place = f"elb.{found.region}" if network else f"{found.region}.elb"
        return {
            "LoadBalancerArn": found.on_bill,
            "LoadBalancerName": found.id,
            "DNSName": f"{name}-{digits}.{place}.amazonaws.com",
            "Type": found.text("type"),
            "Scheme": scheme,
            "State": {"Code": "active"},
            "CreatedTime": found.created,
            "VpcId": vpc(world, found.account, found.region),
            "IpAddressType": "ipv4",
            "AvailabilityZones": [
                {
                    "ZoneName": zone,
                    "SubnetId": subnet(world, found.account, zone),
                    "LoadBalancerAddresses": [],
                }
                for zone in zones
            ],
        }

    def _groups(self, call: Call) -> Answer:
        every = here(self._view, call.region, classic=False)
        balancer = call.params.get("LoadBalancerArn")
        if balancer:
            every = [each for each in every if each.on_bill == balancer]
            if not every:
                return Refusal("LoadBalancerNotFound", UNKNOWN_BALANCER.format(balancer))
        by = {"TargetGroupArns": self._group_arn, "Names": self._group_name}
        found = named(call, every, by, "TargetGroupNotFound", UNKNOWN_GROUP)
        if isinstance(found, Refusal):
            return found
        return page(call, "TargetGroups", found, self._group)

    def _group_arn(self, found: Standing) -> str:
        group = target_group(self._view.world, found.id, found.on_bill)
        return f"arn:aws:elasticloadbalancing:{found.region}:{found.account}:{group}"

    def _group_name(self, found: Standing) -> str:
        return self._group_arn(found).split("/")[1]

    def _group(self, found: Standing) -> dict[str, Any]:
        network = found.text("type") == "network"
        described: dict[str, Any] = {
            "TargetGroupArn": self._group_arn(found),
            "TargetGroupName": self._group_name(found),
            "Protocol": "TCP" if network else "HTTP",
            "Port": PORT,
            "VpcId": vpc(self._view.world, found.account, found.region),
            "TargetType": "ip" if found.number("addresses") else "instance",
            "HealthCheckEnabled": True,
            "HealthCheckProtocol": "TCP" if network else "HTTP",
            "HealthCheckPort": "traffic-port",
            "LoadBalancerArns": [found.on_bill],
        }
        return described | ({} if network else {"HealthCheckPath": "/"})

    def _health(self, call: Call) -> Answer:
        wanted = call.params.get("TargetGroupArn", "")
        for each in here(self._view, call.region, classic=False):
            if self._group_arn(each) == wanted:
                asked = {target["Id"] for target in call.params.get("Targets") or ()}
                described = [
                    {
                        "Target": {"Id": target.id, "Port": PORT},
                        "HealthCheckPort": str(PORT),
                        "TargetHealth": {"State": "healthy"} if target.runs else _STOPPED,
                    }
                    for target in targets(self._view, each)
                    if not asked or target.id in asked
                ]
                return Result({"TargetHealthDescriptions": described})
        return Refusal("TargetGroupNotFound", UNKNOWN_GROUP.format(wanted))

    def _tags(self, call: Call) -> Answer:
        wanted = call.params.get("ResourceArns", "")
        if len(wanted) > MOST_TAGGED:
            return invalid(
                f"Resource ARNs: at most {MOST_TAGGED} may be named, not {len(wanted)}",
                "ValidationError",
            )
        balancers = here(self._view, call.region, classic=False)
        tags = {each.on_bill: key_values(each.tags) for each in balancers}
        groups: dict[str, list[dict[str, str]]] = {self._group_arn(each): [] for each in balancers}
        for arn in wanted:
            if arn not in tags | groups:
                code = "TargetGroupNotFound" if ":targetgroup/" in arn else "LoadBalancerNotFound"
                return Refusal(code, f"{arn} does not exist")
        known = tags | groups
        described = [{"ResourceArn": arn, "Tags": known[arn]} for arn in wanted]
        return Result({"TagDescriptions": described})
