"""elb: the load balancers of the first generation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.load_balancers.balancing import PORT, here, named, page, targets
from finops_repl.simulator.handlers.resources.networking import subnet, vpc
from finops_repl.simulator.handlers.resources.standing import Standing, key_values
from finops_repl.simulator.view import View

__all__ = ["ClassicBalancers"]


class ClassicBalancers:
    """Answers what stands in a call's region, of all accounts of the organisation."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._handlers: Mapping[str, Callable[[Call], Answer]] = {
            "DescribeLoadBalancers": self._balancers,
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
        found = self._named(call)
        if isinstance(found, Refusal):
            return found
        return page(call, "LoadBalancerDescriptions", found, self._balancer)

    def _named(self, call: Call) -> Sequence[Standing] | Refusal:
        found = here(self._view, call.region, classic=True)
        by: Mapping[str, Callable[[Standing], str]] = {"LoadBalancerNames": lambda each: each.id}
        text = "There is no ACTIVE Load Balancer named '{}'"
        return named(call, found, by, "LoadBalancerNotFound", text)

    def _balancer(self, found: Standing) -> dict[str, Any]:
        world, digits = self._view.world, self._view.world.chance.below(10**9, found.on_bill)
        zones = [f"{found.region}{letter}" for letter in "ab"]
        return {
            "LoadBalancerName": found.id,
            "DNSName": f"{found.id}-{digits}.{found.region}.elb.amazonaws.com",
            "Scheme": "internet-facing",
            "CreatedTime": found.created,
            "VPCId": vpc(world, found.account, found.region),
            "AvailabilityZones": zones,
            "Subnets": [subnet(world, found.account, zone) for zone in zones],
            "Instances": [{"InstanceId": each.id} for each in targets(self._view, found)],
            "ListenerDescriptions": [
                {
                    "Listener": {
                        "Protocol": "HTTP",
                        "LoadBalancerPort": 80,
                        "InstanceProtocol": "HTTP",
                        "InstancePort": PORT,
                    },
                    "PolicyNames": [],
                }
            ],
        }

    def _tags(self, call: Call) -> Answer:
        found = self._named(call)
        if isinstance(found, Refusal):
            return found
        described = [{"LoadBalancerName": each.id, "Tags": key_values(each.tags)} for each in found]
        return Result({"TagDescriptions": described})
