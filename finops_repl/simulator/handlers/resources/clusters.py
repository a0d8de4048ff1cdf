"""EKS: the clusters and their nodes, which are instances of EC2."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.pages import cut
from finops_repl.simulator.handlers.resources.networking import subnet, vpc
from finops_repl.simulator.handlers.resources.standing import Standing, standing
from finops_repl.simulator.view import View, invalid

__all__ = ["EksClusters"]

PAGE = 100
VERSION = "1.33"
NODES = "nodes"


class EksClusters:
    """Answers what clusters stand in a call's region; each has one group of nodes."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._handlers: Mapping[str, Callable[[Call, Standing], Answer]] = {
            "DescribeCluster": self._cluster,
            "ListNodegroups": self._node_groups,
            "DescribeNodegroup": self._node_group,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset({"ListClusters", *self._handlers})

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        found = standing(self._view, "cluster", region=call.region)
        if call.operation == "ListClusters":
            return _page(call, "clusters", sorted(each.id for each in found))
        wanted = call.params.get("clusterName") or call.params.get("name")
        for each in found:
            if each.id == wanted:
                return self._handlers[call.operation](call, each)
        return Refusal("ResourceNotFoundException", f"No cluster found for name: {wanted}.", 404)

    def _cluster(self, call: Call, found: Standing) -> Answer:
        zones = [f"{found.region}{letter}" for letter in "abc"]
        return Result({
            "cluster": {
                "name": found.id,
                "arn": found.on_bill,
                "createdAt": found.created,
                "version": VERSION,
                "platformVersion": "eks.1",
                "status": "ACTIVE",
                "roleArn": f"arn:aws:iam::{found.account}:role/{found.id}",
                "resourcesVpcConfig": {
                    "vpcId": vpc(self._view.world, found.account, found.region),
                    "subnetIds": [subnet(self._view.world, found.account, zone) for zone in zones],
                    "endpointPublicAccess": False,
                    "endpointPrivateAccess": True,
                },
                "tags": dict(found.tags),
            }
        })  # fmt: skip

    def _node_groups(self, call: Call, found: Standing) -> Answer:
        return _page(call, "nodegroups", [NODES] if self._types(found) else [])

    def _node_group(self, call: Call, found: Standing) -> Answer:
        types, wanted = self._types(found), call.params.get("nodegroupName", "")
        if wanted != NODES or not types:
            return Refusal(
                "ResourceNotFoundException", f"No node group found for name: {wanted}.", 404
            )
        number = sum(types.values())
        digits = self._view.world.chance.hex(32, "nodes", found.on_bill)
        place = f"{found.region}:{found.account}:nodegroup/{found.id}/{NODES}"
        return Result({
            "nodegroup": {
                "nodegroupName": NODES,
                "nodegroupArn": f"arn:aws:eks:{place}/{digits}",
                "clusterName": found.id,
                "version": VERSION,
                "createdAt": found.created,
                "status": "ACTIVE",
                "capacityType": "ON_DEMAND",
                "scalingConfig": {
                    "minSize": number, "maxSize": number, "desiredSize": number,
                },
                "instanceTypes": sorted(types),
                "health": {"issues": []},
                "tags": dict(found.tags),
            }
        })  # fmt: skip

    def _types(self, found: Standing) -> Counter[str]:
        """How many nodes of each instance type a cluster has."""
        rows = self._view.rows(
            "SELECT type FROM instance WHERE account_id = ? AND region = ?"
            " AND json_extract_string(tags, '$.\"aws:eks:cluster-name\"') = ?",
            [found.account, found.region, found.id],
        )
        return Counter(type_ for (type_,) in rows)


def _page(call: Call, result: str, names: list[str]) -> Answer:
    page = cut(names, call.params, "maxResults", PAGE, PAGE, "nextToken")
    if page is None:
        return invalid("The nextToken is invalid.", "InvalidParameterException")
    shown, token = page
    return Result({result: list(shown)} | ({"nextToken": token} if token else {}))
