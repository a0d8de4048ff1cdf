"""The invented organisation: its accounts, teams, tags of real-life quality and scaling groups.

Its make-up is written down here; ids, sizes and flaws come from the seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finops_repl.base.errors import UnknownName
from finops_repl.simulator.chance import Chance
from finops_repl.simulator.demand import Pattern
from finops_repl.simulator.offers import REGIONS, Region

__all__ = ["NAME", "Account", "Group", "Tags", "World"]

NAME = "sim-meridale"
DOMAIN = "meridale.example"
Tags = Mapping[str, str]

_ACCOUNTS = """
sim-shop-prod       | Production     | storefront | prod    | shop     | us-east-1 eu-west-1
sim-shop-staging    | Staging        | storefront | staging | shop     | us-east-1
sim-shop-dev        | Staging        | storefront | dev     | shop     | us-east-1
sim-checkout-prod   | Production     | checkout   | prod    | checkout | us-east-1 eu-central-1
sim-checkout-dev    | Staging        | checkout   | dev     | checkout | us-east-1
sim-search-prod     | Production     | search     | prod    | search   | us-east-1 us-west-2
sim-search-dev      | Staging        | search     | dev     | search   | us-west-2
sim-data-prod       | Data           | data       | prod    | lake     | us-east-1 us-west-2
sim-data-dev        | Data           | data       | dev     | lake     | us-west-2
sim-ml-prod         | Data           | ml         | prod    | ranking  | us-west-2
sim-media-prod      | Production     | media      | prod    | media    | eu-west-1 ap-southeast-1
sim-mobile-prod     | Production     | mobile     | prod    | mobile   | us-east-1 ap-northeast-1
sim-platform-shared | Infrastructure | platform   | prod    | platform | us-east-1 eu-west-1
sim-network         | Infrastructure | platform   | prod    | network  | us-east-1
sim-security-audit  | Security       | security   | prod    | audit    | us-east-1
sim-log-archive     | Security       | security   | prod    | logs     | us-east-1
sim-sandbox         | Sandbox        | platform   | dev     | sandbox  | us-east-1
"""

_COMPONENTS: dict[
    str, tuple[tuple[str, Pattern], ...]
] = {  # the auto-scaling groups of an application: component and demand pattern
    "shop": (("web", "consumer"), ("api", "consumer"), ("worker", "business")),
    "checkout": (("api", "consumer"), ("worker", "business")),
    "search": (("query", "consumer"), ("indexer", "batch")),
    "lake": (("ingest", "business"), ("transform", "batch")),
    "ranking": (("serving", "consumer"), ("trainer", "batch")),
    "media": (("origin", "consumer"), ("transcoder", "batch")),
    "mobile": (("gateway", "consumer"), ("push", "consumer")),
    "platform": (("runners", "business"),),
}
_GROUP_TYPES = ("c5.xlarge", "c5.2xlarge", "m5.xlarge", "m5.2xlarge", "m6i.xlarge", "c6i.2xlarge")
_SMALL_TYPES = ("m5.large", "c5.large", "m6i.large")

_MISSPELT = {
    "storefront": "store-front",
    "checkout": "chekout",
    "search": "Search",
    "data": "data-team",
    "platform": "plattform",
    "media": "Media",
}


_BUSINESS_UNITS = {
    "storefront": "Commerce",
    "checkout": "Commerce",
    "search": "Commerce",
    "mobile": "Commerce",
    "media": "Media",
    "data": "Data",
    "ml": "Data",
    "platform": "Infrastructure",
    "security": "Infrastructure",
    "finance": "Corporate",
}


@dataclass(frozen=True, slots=True)
class Account:
    """A member account, or the payer; `application` and `team` own what runs in it."""

    id: str
    name: str
    unit: str
    team: str
    environment: str
    application: str
    regions: tuple[Region, ...]

    @property
    def email(self) -> str:
        return f"{self.name}@{DOMAIN}"

    @property
    def business_unit(self) -> str:
        """The value of the cost category."""
        return _BUSINESS_UNITS[self.team]

    @property
    def cost_center(self) -> str:
        return f"cc-{1000 + Chance(0).below(80, self.team) * 10}"


@dataclass(frozen=True, slots=True)
class Group:
    """An auto-scaling group: `usual` instances on an average day, never more than `most`."""

    name: str
    account: Account
    region: Region
    kind: str
    pattern: Pattern
    usual: int
    most: int
    tags: Tags

    @property
    def arn(self) -> str:
        """Its ARN, without the id that AWS puts before the name."""
        place = f"{self.region.code}:{self.account.id}"
        return f"arn:aws:autoscaling:{place}:autoScalingGroup::autoScalingGroupName/{self.name}"


class World:
    """The organisation of one seed at one size (`rows` of a ledger of 13 months)."""

    def __init__(self, seed: int, rows: int) -> None:
        self.chance = Chance(seed)
        self.rows = rows
        self.payer = self._account(NAME, "Root", "finance", "prod", "billing", "us-east-1")
        lines = [line.split("|") for line in _ACCOUNTS.strip().splitlines()]
        self.members = tuple(self._account(*(cell.strip() for cell in line)) for line in lines)
        self.groups = tuple(self._groups())

    @property
    def regions(self) -> tuple[Region, ...]:
        """Every region that an account of it uses."""
        used = {region.code for account in self.members for region in account.regions}
        return tuple(region for region in REGIONS.values() if region.code in used)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """The payer, then its members."""
        return (self.payer, *self.members)

    def scaled(self, count: int, *words: str | int) -> int:
        """How many resources stand for `count` of them in an organisation of a million rows.

        In a smaller one the words decide by chance what a fraction is rounded to.
        """
        return (count * self.rows + self.chance.below(1_000_000, "scaled", *words)) // 1_000_000

    def account(self, name_or_id: str) -> Account:
        """The account of this name or id; raises `UnknownName` with the nearest names."""
        for account in self.accounts:
            if name_or_id in (account.name, account.id):
                return account
        raise UnknownName("simulated account", name_or_id, [item.name for item in self.accounts])

    def group(self, name: str, account: Account | None = None) -> Group:
        """The auto-scaling group of this name; raises `UnknownName` with the nearest names."""
        known = [group for group in self.groups if account in (None, group.account)]
        for group in known:
            if group.name == name:
                return group
        where = f" of {account.name}" if account else ""
        raise UnknownName(f"auto-scaling group{where}", name, [group.name for group in known])

    def tags(self, account: Account, resource: str) -> dict[str, str]:
        """What people put on a resource: usually right, sometimes missing or misspelt.

        `resource` names it among all; keys are `team`, `environment`, `application`, `cost-center`
        and `owner`.
        """
        chance = self.chance
        if chance.happens(80, "untagged", resource):
            return {}
        found: dict[str, str] = {}
        if not chance.happens(120, "no team", resource):
            wrong = chance.happens(60, "misspelt", resource)
            found["team"] = _MISSPELT.get(account.team, account.team) if wrong else account.team
        if not chance.happens(100, "no environment", resource):
            longer = {"prod": "production", "dev": "development"}
            usual = account.environment
            wrong = chance.happens(70, "environment", resource)
            found["environment"] = longer.get(usual, usual) if wrong else usual
        if not chance.happens(220, "no application", resource):
            found["application"] = account.application
        if not chance.happens(350, "no cost center", resource):
            found["cost-center"] = account.cost_center
        if chance.happens(300, "owner", resource):
            found["owner"] = f"{account.team}@{DOMAIN}"
        return found

    def _account(
        self, name: str, unit: str, team: str, environment: str, application: str, regions: str
    ) -> Account:
        number = str(100_000_000_000 + self.chance.below(900_000_000_000, "account", name))
        where = tuple(REGIONS[code] for code in regions.split())
        return Account(number, name, unit, team, environment, application, where)

    def _groups(self) -> list[Group]:
        found: list[Group] = []
        for account in self.members:
            for component, pattern in _COMPONENTS.get(account.application, ()):
                for place, region in enumerate(account.regions):
                    suffix = f"-{region.code}" if place else ""
                    name = f"{account.application}-{component}-{account.environment}{suffix}"
                    found.append(self._group(account, region, name, pattern))
        return found

    def _group(self, account: Account, region: Region, name: str, pattern: Pattern) -> Group:
        production = account.environment == "prod"
        kinds = _GROUP_TYPES if production else _SMALL_TYPES
        size = self.chance.between(4, 9, "usual", name) if production else 2
        usual = max(1 if production else 0, self.scaled(size, name))
        return Group(
            name, account, region, self.chance.pick(kinds, "kind", name),
            pattern if production else "business", usual, max(4, usual * 3),
            {**self.tags(account, name), "Name": name, "aws:autoscaling:groupName": name},
        )  # fmt: skip
