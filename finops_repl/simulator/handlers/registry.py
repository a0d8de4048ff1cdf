"""Which handlers answer for which service; a service's are made when it is first asked.

A service may have several: each answers operations of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from finops_repl.simulator.view import Handler, View
from finops_repl.simulator.world import World

if TYPE_CHECKING:
    from finops_repl.simulator.advice.adviser import Adviser
    from finops_repl.simulator.metrics.measurements import Measurements
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
    from finops_repl.simulator.handlers.trusted_advisor_checks import Reports

    return SupportService(account.view, Reports(account.adviser))


def _trusted_advisor(account: Account) -> Handler:
    from finops_repl.simulator.handlers.trusted_advisor import TrustedAdvisorService
    from finops_repl.simulator.handlers.trusted_advisor_checks import Reports

    return TrustedAdvisorService(account.view, Reports(account.adviser))


def _price_list(account: Account) -> Handler:
    from finops_repl.simulator.handlers.pricing import PricingService

    return PricingService()


def _queries(account: Account) -> Handler:
    from finops_repl.simulator.handlers.athena import AthenaService

    return AthenaService(account.room, account.output_bucket)


def _objects(account: Account) -> Handler:
    from finops_repl.simulator.handlers.athena import AthenaService
    from finops_repl.simulator.handlers.s3 import S3Service

    (athena,) = account.handlers("athena")
    assert isinstance(athena, AthenaService)
    return S3Service({account.output_bucket: athena.objects})


MAKERS: Mapping[str, tuple[Maker, ...]] = {
    "athena": (_queries,),
    "autoscaling": (_groups,),
    "ce": (_costs, _rightsizing),
    "cloudtrail": (_trail,),
    "cloudwatch": (_readings, _metrics),
    "compute-optimizer": (_optimizer,),
    "cost-optimization-hub": (_optimization_hub,),
    "ec2": (_instances,),
    "organizations": (_organization,),
    "pricing": (_price_list,),
    "s3": (_objects,),
    "sts": (_identity,),
    "support": (_support,),
    "trustedadvisor": (_trusted_advisor,),
}
