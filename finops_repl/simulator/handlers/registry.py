"""Which handlers answer for which service; a service's are made when it is first asked.

A service may have several: each answers operations of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from finops_repl.simulator.view import Handler, View
from finops_repl.simulator.world import World

if TYPE_CHECKING:
    from finops_repl.trino.room import SqlRoom

__all__ = ["MAKERS", "Account", "Maker"]


class Account(Protocol):
    """What handlers are made from; its view and its room cost time when first used."""

    @property
    def world(self) -> World: ...

    @property
    def view(self) -> View: ...

    @property
    def room(self) -> SqlRoom: ...

    @property
    def output_bucket(self) -> str: ...

    def handlers(self, service: str) -> tuple[Handler, ...]:
        """The handlers of another service."""
        ...


Maker = Callable[[Account], Handler]


def _identity(account: Account) -> Handler:
    from finops_repl.simulator.handlers.sts import StsService

    return StsService(account.world)


def _organization(account: Account) -> Handler:
    from finops_repl.simulator.handlers.organizations import OrganizationsService

    return OrganizationsService(account.world)


def _costs(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce import CostExplorerService

    return CostExplorerService(account.view)


def _instances(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2 import Ec2Service

    return Ec2Service(account.view)


def _groups(account: Account) -> Handler:
    from finops_repl.simulator.handlers.autoscaling import AutoScalingService

    return AutoScalingService(account.view)


def _trail(account: Account) -> Handler:
    from finops_repl.simulator.handlers.cloudtrail import CloudTrailService

    return CloudTrailService(account.view)


def _queries(account: Account) -> Handler:
    from finops_repl.simulator.handlers.athena import AthenaService

    return AthenaService(account.room, account.output_bucket)


def _objects(account: Account) -> Handler:
    from finops_repl.simulator.handlers.athena import AthenaService
    from finops_repl.simulator.handlers.s3 import S3Service
    from finops_repl.simulator.handlers.s3_buckets import bucket_names
    from finops_repl.simulator.handlers.s3_exports import (
        KEYS_PER_PAGE,
        BillObjects,
        export_bucket,
    )

    (athena,) = account.handlers("athena")
    assert isinstance(athena, AthenaService)
    exports, bill = export_bucket(account.world.payer.id), BillObjects(account.view)
    return S3Service(
        {account.output_bucket: athena.objects, exports: lambda: bill},
        pages={exports: KEYS_PER_PAGE},
        closed=lambda: bucket_names(account.view),
    )


def _buckets(account: Account) -> Handler:
    from finops_repl.simulator.handlers.s3_buckets import S3Buckets
    from finops_repl.simulator.handlers.s3_exports import export_bucket

    own = (account.output_bucket, export_bucket(account.world.payer.id))
    return S3Buckets(account.view, own)


def _storage(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2_listing import Ec2Inventory
    from finops_repl.simulator.handlers.ec2_storage import STORAGE

    return Ec2Inventory(account.view, STORAGE)


def _networks(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2_listing import Ec2Inventory
    from finops_repl.simulator.handlers.ec2_networks import NETWORKS

    return Ec2Inventory(account.view, NETWORKS)


def _ec2_tags(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2_tags import Ec2Tags

    return Ec2Tags(account.view)


def _databases(account: Account) -> Handler:
    from finops_repl.simulator.handlers.rds_databases import RdsDatabases

    return RdsDatabases(account.view)


def _caches(account: Account) -> Handler:
    from finops_repl.simulator.handlers.cache_clusters import CacheClusters

    return CacheClusters(account.view)


def _balancers(account: Account) -> Handler:
    from finops_repl.simulator.handlers.balancers import LoadBalancers

    return LoadBalancers(account.view)


def _classic_balancers(account: Account) -> Handler:
    from finops_repl.simulator.handlers.classic_balancers import ClassicBalancers

    return ClassicBalancers(account.view)


def _functions(account: Account) -> Handler:
    from finops_repl.simulator.handlers.functions import LambdaFunctions

    return LambdaFunctions(account.view)


def _tables(account: Account) -> Handler:
    from finops_repl.simulator.handlers.dynamo_tables import DynamoTables

    return DynamoTables(account.view)


def _clusters(account: Account) -> Handler:
    from finops_repl.simulator.handlers.eks_clusters import EksClusters

    return EksClusters(account.view)


def _activities(account: Account) -> Handler:
    from finops_repl.simulator.handlers.scaling_activities import ScalingActivities

    return ScalingActivities(account.view)


def _launches(account: Account) -> Handler:
    from finops_repl.simulator.handlers.launch_configurations import LaunchConfigurations

    return LaunchConfigurations(account.view)


def _managed(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ssm_instances import ManagedInstances

    return ManagedInstances(account.view)


def _tagged(account: Account) -> Handler:
    from finops_repl.simulator.handlers.tagging import TaggedResources

    return TaggedResources(account.view)


def _tree(account: Account) -> Handler:
    from finops_repl.simulator.handlers.organization_tree import OrganizationTree

    return OrganizationTree(account.world)


MAKERS: Mapping[str, tuple[Maker, ...]] = {
    "athena": (_queries,),
    "autoscaling": (_groups, _activities, _launches),
    "ce": (_costs,),
    "cloudtrail": (_trail,),
    "dynamodb": (_tables,),
    "ec2": (_instances, _storage, _networks, _ec2_tags),
    "eks": (_clusters,),
    "elasticache": (_caches,),
    "elb": (_classic_balancers,),
    "elbv2": (_balancers,),
    "lambda": (_functions,),
    "organizations": (_organization, _tree),
    "rds": (_databases,),
    "resourcegroupstaggingapi": (_tagged,),
    "s3": (_objects, _buckets),
    "ssm": (_managed,),
    "sts": (_identity,),
}
