"""Which handlers answer for which service; they are imported and made when it is first asked.

A service may have several: each answers operations of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Literal, Protocol

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


Part = Literal["view", "world", "metrics", "adviser", "room", "catalog", "output_bucket"]
"""What of an account a handler may be made of."""


def _made(place: str, *of: Part) -> Maker:
    """Makes the class at `place`, `module:Class` in this package, of these parts of the account."""
    module, name = place.split(":")

    def make(account: Account) -> Handler:
        kind = getattr(import_module(f"{__package__}.{module}"), name)
        handler: Handler = kind(*(getattr(account, part) for part in of))
        return handler

    return make


def _reserved_databases(account: Account) -> Handler:
    from finops_repl.simulator.handlers.purchased.nodes import DATABASES, ReservedNodesService

    return ReservedNodesService(account.view, DATABASES)


def _reserved_cache_nodes(account: Account) -> Handler:
    from finops_repl.simulator.handlers.purchased.nodes import CACHE_NODES, ReservedNodesService

    return ReservedNodesService(account.view, CACHE_NODES)


def _support(account: Account) -> Handler:
    from finops_repl.simulator.handlers.trusted_advisor.reports import Reports
    from finops_repl.simulator.handlers.trusted_advisor.support import SupportService

    return SupportService(account.view, Reports(account.adviser))


def _trusted_advisor(account: Account) -> Handler:
    from finops_repl.simulator.handlers.trusted_advisor.recommendations import TrustedAdvisorService
    from finops_repl.simulator.handlers.trusted_advisor.support import SupportService

    (support,) = account.handlers("support")
    assert isinstance(support, SupportService)
    return TrustedAdvisorService(account.view, support.reports)


def _objects(account: Account) -> Handler:
    from finops_repl.simulator.handlers.athena.queries import AthenaService
    from finops_repl.simulator.handlers.s3.bill import KEYS_PER_PAGE, BillObjects
    from finops_repl.simulator.handlers.s3.buckets import bucket_names
    from finops_repl.simulator.handlers.s3.objects import S3Service

    (athena,) = account.handlers("athena")
    assert isinstance(athena, AthenaService)
    exports, bill = export_bucket(account.world.payer.id), BillObjects(account.view)
    return S3Service(
        {account.output_bucket: athena.objects, exports: lambda: bill},
        pages={exports: KEYS_PER_PAGE},
        closed=lambda: bucket_names(account.view),
    )


def _buckets(account: Account) -> Handler:
    from finops_repl.simulator.handlers.s3.buckets import S3Buckets

    own = (account.output_bucket, export_bucket(account.world.payer.id))
    return S3Buckets(account.view, own)


def _storage(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2.images import image_listings
    from finops_repl.simulator.handlers.ec2.listing import Ec2Inventory
    from finops_repl.simulator.handlers.ec2.storage import STORAGE

    images = image_listings(account.view.calendar.first_day)
    return Ec2Inventory(account.view, {**STORAGE, **images})


def _networks(account: Account) -> Handler:
    from finops_repl.simulator.handlers.ec2.listing import Ec2Inventory
    from finops_repl.simulator.handlers.ec2.networks import NETWORKS

    return Ec2Inventory(account.view, NETWORKS)


MAKERS: Mapping[str, tuple[Maker, ...]] = {
    "athena": (_made("athena.queries:AthenaService", "room", "output_bucket"),),
    "autoscaling": (
        _made("autoscaling.groups:AutoScalingService", "view"),
        _made("autoscaling.activities:ScalingActivities", "view"),
        _made("autoscaling.launches:LaunchConfigurations", "view"),
    ),
    "bcm-data-exports": (_made("exports:DataExportService", "view"),),
    "budgets": (_made("budgets.service:BudgetService", "view"),),
    "ce": (
        _made("cost_explorer.costs:CostExplorerService", "view"),
        _made("cost_explorer.values:CostValuesService", "view"),
        _made("cost_explorer.commitments.service:CommitmentReports", "view"),
        _made("cost_explorer.anomalies.service:AnomalyService", "view"),
        _made("cost_explorer.anomalies.monitors:MonitorService", "view"),
        _made("cost_explorer.forecast:ForecastService", "view"),
        _made("cost_explorer.comparisons:ComparisonService", "view"),
        _made("cost_explorer.allocation:AllocationService", "view"),
        _made("cost_explorer.rightsizing:RightsizingService", "adviser"),
    ),
    "cloudtrail": (_made("cloudtrail:CloudTrailService", "view"),),
    "cloudwatch": (
        _made("cloudwatch.data:CloudWatchData", "metrics"),
        _made("cloudwatch.statistics:CloudWatchStatistics", "metrics"),
        _made("cloudwatch.lists:CloudWatchLists", "metrics"),
    ),
    "compute-optimizer": (_made("compute_optimizer.service:ComputeOptimizerService", "adviser"),),
    "cost-optimization-hub": (
        _made("cost_optimization_hub.service:CostOptimizationHubService", "adviser"),
    ),
    "cur": (_made("exports:ReportService", "view"),),
    "dynamodb": (_made("resources.tables:DynamoTables", "view"),),
    "ec2": (
        _made("ec2.instances:Ec2Service", "view"),
        _made("purchased.instances:ReservedInstancesService", "view"),
        _storage,
        _networks,
        _made("ec2.tags:Ec2Tags", "view"),
        _made("ec2.types:InstanceTypes"),
        _made("ec2.spot:SpotPrices", "view"),
    ),
    "ecr": (_made("ecr.repositories:ImageRepositories", "view"),),
    "eks": (_made("resources.clusters:EksClusters", "view"),),
    "elasticache": (_reserved_cache_nodes, _made("resources.caches:CacheClusters", "view")),
    "elb": (_made("load_balancers.elb:ClassicBalancers", "view"),),
    "elbv2": (_made("load_balancers.elbv2:LoadBalancers", "view"),),
    "glue": (_made("glue:GlueService", "view", "catalog", "room"),),
    "lambda": (_made("resources.functions:LambdaFunctions", "view"),),
    "logs": (_made("resources.log_groups:LogGroups", "view"),),
    "organizations": (
        _made("organizations.accounts:OrganizationsService", "world"),
        _made("organizations.tree:OrganizationTree", "world"),
    ),
    "pricing": (_made("pricing.service:PricingService"),),
    "rds": (_reserved_databases, _made("rds.databases:RdsDatabases", "view")),
    "resourcegroupstaggingapi": (_made("resources.tagging:TaggedResources", "view"),),
    "s3": (_objects, _buckets),
    "savingsplans": (
        _made("purchased.plans:SavingsPlansService", "view"),
        _made("purchased.plan_offerings:PlanOfferings", "view"),
    ),
    "ssm": (_made("resources.managed:ManagedInstances", "view"),),
    "sts": (_made("sts:StsService", "world"),),
    "support": (_support,),
    "trustedadvisor": (_trusted_advisor,),
}
