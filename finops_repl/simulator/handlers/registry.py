"""Which handlers answer for which service; a service's are made when it is first asked.

A service may have several: each answers operations of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from finops_repl.simulator.exports import export_bucket
from finops_repl.simulator.view import Handler, View
from finops_repl.simulator.world import World

if TYPE_CHECKING:
    from finops_repl.simulator.advice.adviser import Adviser
    from finops_repl.simulator.metrics.measurements import Measurements
    from finops_repl.trino.catalog import Catalog
    from finops_repl.trino.room import SqlRoom

__all__ = ["MAKERS", "Account", "Maker"]


class Account(Protocol):
    """What handlers are made from; its view and its room cost time when first used."""

    @property
    def world(self) -> World: ...

    @property
    def view(self) -> View: ...

    @property
    def metrics(self) -> Measurements: ...

    @property
    def adviser(self) -> Adviser: ...

    @property
    def room(self) -> SqlRoom: ...

    @property
    def catalog(self) -> Catalog: ...

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


def _commitments(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_commitments import CommitmentReports

    return CommitmentReports(account.view)


def _cost_values(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_values import CostValuesService

    return CostValuesService(account.view)


def _anomalies(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_anomalies import AnomalyService

    return AnomalyService(account.view)


def _monitors(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_monitors import MonitorService

    return MonitorService(account.view)


def _forecasts(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_forecast import ForecastService

    return ForecastService(account.view)


def _comparisons(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_comparisons import ComparisonService

    return ComparisonService(account.view)


def _allocation(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_allocation import AllocationService

    return AllocationService(account.view)


def _budgets(account: Account) -> Handler:
    from finops_repl.simulator.handlers.budgets import BudgetService

    return BudgetService(account.view)


def _reports(account: Account) -> Handler:
    from finops_repl.simulator.handlers.exports import ReportService

    return ReportService(account.view)


def _exports(account: Account) -> Handler:
    from finops_repl.simulator.handlers.exports import DataExportService

    return DataExportService(account.view)


def _instances(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2 import Ec2Service

    return Ec2Service(account.view)


def _reserved_instances(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2_reserved import ReservedInstancesService

    return ReservedInstancesService(account.view)


def _reserved_databases(account: Account) -> Handler:
    from finops_repl.simulator.handlers.reserved_nodes import DATABASES, ReservedNodesService

    return ReservedNodesService(account.view, DATABASES)


def _reserved_cache_nodes(account: Account) -> Handler:
    from finops_repl.simulator.handlers.reserved_nodes import CACHE_NODES, ReservedNodesService

    return ReservedNodesService(account.view, CACHE_NODES)


def _plans(account: Account) -> Handler:
    from finops_repl.simulator.handlers.savingsplans import SavingsPlansService

    return SavingsPlansService(account.view)


def _groups(account: Account) -> Handler:
    from finops_repl.simulator.handlers.autoscaling import AutoScalingService

    return AutoScalingService(account.view)


def _trail(account: Account) -> Handler:
    from finops_repl.simulator.handlers.cloudtrail import CloudTrailService

    return CloudTrailService(account.view)


def _readings(account: Account) -> Handler:
    from finops_repl.simulator.handlers.cloudwatch import CloudWatchService

    return CloudWatchService(account.metrics)


def _metrics(account: Account) -> Handler:
    from finops_repl.simulator.handlers.cloudwatch_lists import CloudWatchLists

    return CloudWatchLists(account.metrics)


def _optimizer(account: Account) -> Handler:
    from finops_repl.simulator.handlers.compute_optimizer import ComputeOptimizerService

    return ComputeOptimizerService(account.adviser)


def _rightsizing(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ce_rightsizing import RightsizingService

    return RightsizingService(account.adviser)


def _optimization_hub(account: Account) -> Handler:
    from finops_repl.simulator.handlers.cost_optimization_hub import CostOptimizationHubService

    return CostOptimizationHubService(account.adviser)


def _support(account: Account) -> Handler:
    from finops_repl.simulator.handlers.support import SupportService
    from finops_repl.simulator.handlers.trusted_advisor_reports import Reports

    return SupportService(account.view, Reports(account.adviser))


def _trusted_advisor(account: Account) -> Handler:
    from finops_repl.simulator.handlers.support import SupportService
    from finops_repl.simulator.handlers.trusted_advisor import TrustedAdvisorService

    (support,) = account.handlers("support")
    assert isinstance(support, SupportService)
    return TrustedAdvisorService(account.view, support.reports)


def _price_list(account: Account) -> Handler:
    from finops_repl.simulator.handlers.pricing import PricingService

    return PricingService()


def _queries(account: Account) -> Handler:
    from finops_repl.simulator.handlers.athena import AthenaService

    return AthenaService(account.room, account.output_bucket)


def _tables(account: Account) -> Handler:
    from finops_repl.simulator.handlers.glue import GlueService

    return GlueService(account.view, account.catalog, account.room)


def _objects(account: Account) -> Handler:
    from finops_repl.simulator.handlers.athena import AthenaService
    from finops_repl.simulator.handlers.s3 import S3Service
    from finops_repl.simulator.handlers.s3_buckets import bucket_names
    from finops_repl.simulator.handlers.s3_exports import KEYS_PER_PAGE, BillObjects

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


def _dynamo_tables(account: Account) -> Handler:
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
    "autoscaling": (
        _groups,
        _activities,
        _launches,
    ),
    "bcm-data-exports": (_exports,),
    "budgets": (_budgets,),
    "ce": (
        _costs,
        _cost_values,
        _commitments,
        _anomalies,
        _monitors,
        _forecasts,
        _comparisons,
        _allocation,
        _rightsizing,
    ),
    "cloudtrail": (_trail,),
    "cloudwatch": (
        _readings,
        _metrics,
    ),
    "compute-optimizer": (_optimizer,),
    "cost-optimization-hub": (_optimization_hub,),
    "cur": (_reports,),
    "dynamodb": (_dynamo_tables,),
    "ec2": (
        _instances,
        _reserved_instances,
        _storage,
        _networks,
        _ec2_tags,
    ),
    "eks": (_clusters,),
    "elasticache": (
        _reserved_cache_nodes,
        _caches,
    ),
    "elb": (_classic_balancers,),
    "elbv2": (_balancers,),
    "glue": (_tables,),
    "lambda": (_functions,),
    "organizations": (
        _organization,
        _tree,
    ),
    "pricing": (_price_list,),
    "rds": (
        _reserved_databases,
        _databases,
    ),
    "resourcegroupstaggingapi": (_tagged,),
    "s3": (
        _objects,
        _buckets,
    ),
    "savingsplans": (_plans,),
    "ssm": (_managed,),
    "sts": (_identity,),
    "support": (_support,),
    "trustedadvisor": (_trusted_advisor,),
}
