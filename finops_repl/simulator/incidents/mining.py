"""Mining: with a leaked access key somebody runs GPU instances where nobody of the house looks.

An IAM user's key, found outside, launches them in a region that the organisation does not use.
After nine days the security team disables the key and ends them.
"""

from __future__ import annotations

from collections.abc import Mapping

from finops_repl.simulator.event import BROWSER, EC2, Event, by_role, by_user, event, event_id
from finops_repl.simulator.fleet import Instance
from finops_repl.simulator.incidents.kind import Place, Site, Stage, Truth
from finops_repl.simulator.incidents.placing import chosen_account, first_day, in_region
from finops_repl.simulator.launches import billed_as, charged, launched, launching, terminating
from finops_repl.simulator.months import Calendar
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.scene import Load, Scene
from finops_repl.simulator.spec import IncidentChoice, IncidentKind
from finops_repl.simulator.world import World

__all__ = ["Mining"]

DAYS, DAYS_AGO = 9, 26
UNUSED = "sa-east-1"
SMALL_GPUS = 24
"""As many p3.2xlarge, or a quarter as many of the next size: the price is the same."""
SIZES = ((8, "p3.16xlarge"), (4, "p3.8xlarge"), (1, "p3.2xlarge"))
USER = "ci-artifact-upload"
FROM = "203.0.113.77"  # 203.0.113.0/24 is set aside for documentation (RFC 5737)
AGENT = "aws-cli/1.18.147 Python/2.7.18 Linux/4.14.256 botocore/1.18.6"
BEGAN, ENDED = 8_220, 36_900


class Mining:
    """Placed in a region that an account does not use; by default in a small account's."""

    name: IncidentKind = "mining"

    def locate(self, world: World, calendar: Calendar, choice: IncidentChoice) -> Place:
        """The account of the choice, else one in which little runs."""
        small = [account for account in world.members if account.environment != "prod"]
        account = chosen_account(world, choice) or world.chance.pick(small, self.name, "account")
        elsewhere = [each for each in REGIONS.values() if each not in account.regions]
        region = in_region(choice.place or UNUSED, elsewhere, account)
        return Place(account, region, first_day(calendar, choice, DAYS_AGO))

    def stage(self, site: Site) -> Stage:
        """Nothing, or the instances of whoever holds the key."""
        world, calendar, place = site.world, site.calendar, site.place
        account, first = place.account, place.first
        last = min(first + DAYS - 1, calendar.last)
        goes_on = last == calendar.last
        size = max(1, world.scaled(SMALL_GPUS, "mining", account.name))
        factor, kind = next(each for each in SIZES if size >= each[0])
        instances = launched(
            world, account, place.region, kind, size // factor, name="mining", tags=None,
            first=first, second=BEGAN, apart=40, ended=None if goes_on else last,
            ended_second=ENDED,
        )  # fmt: skip
        events = (*_break_in(site, instances), *(() if goes_on else _stopped(site, instances)))
        loads = tuple(
            Load(each.id, f"AWS/EC2 {metric}", first, last, least, most)
            for each in instances
            for metric, least, most in (
                ("CPUUtilization", 96_000, 100_000), ("NetworkOut", 30_000_000, 60_000_000),
            )
        )  # fmt: skip
        cause = next(each for each in events if each.name == "RunInstances")
        who = by_user(world, account, USER)
        wrong = Scene(instances, meters=charged(instances, calendar), loads=loads, events=events)
        return Stage(Scene(), wrong, Truth(
            last, goes_on,
            f"the access key {who[2]} of the IAM user {USER} leaked; from {FROM} it launched GPU"
            f" instances in {place.region.code}, where {account.name} runs nothing",
            cause, billed_as(instances),
            f"delete the access key {who[2]} and the user {USER}, end what it launched, deny"
            " regions not in use by a service control policy, and ask AWS Support for a credit",
            {"access_key": who[2], "source_ip": FROM, "instance_type": kind,
             "instances": len(instances)},
        ))  # fmt: skip


def _break_in(site: Site, instances: tuple[Instance, ...]) -> tuple[Event, ...]:
    """Trying the key, looking around, opening a door, launching."""
    world, calendar, place = site.world, site.calendar, site.place
    who = by_user(world, place.account, USER)
    steps: tuple[tuple[int, str, str, str, bool, Mapping[str, object]], ...] = (
        # seconds before the launch, region, event, source, read only, request
        (5_400, "us-east-1", "GetCallerIdentity", "sts.amazonaws.com", True, {}),
        (5_340, "us-east-1", "ListAttachedUserPolicies", "iam.amazonaws.com", True,
         {"userName": USER}),
        (5_100, "us-east-1", "DescribeInstances", EC2, True, {"instancesSet": {}}),
        (2_700, place.region.code, "DescribeInstanceTypeOfferings", EC2, True,
         {"DescribeInstanceTypeOfferingsRequest": {"Filter": {"Name": "instance-type"}}}),
        (900, place.region.code, "ImportKeyPair", EC2, False, {"keyName": "k1"}),
        (600, place.region.code, "CreateSecurityGroup", EC2, False, {"groupName": "sg1"}),
    )  # fmt: skip
    found = [
        event(
            event_id(world, "mining", place.account.id, name),
            calendar.moment(place.first, BEGAN - before), place.account, region, name, source,
            who, request, [("AWS::IAM::AccessKey", who[2])], None, AGENT, read_only, FROM,
        )
        for before, region, name, source, read_only, request in steps
    ]  # fmt: skip
    found += [
        launching(
            world, (each,), calendar.moment(place.first, each.launched_second), who,
            agent=AGENT, address=FROM,
        )
        for each in instances
    ]  # fmt: skip
    return tuple(found)


def _stopped(site: Site, instances: tuple[Instance, ...]) -> tuple[Event, ...]:
    world, calendar, place = site.world, site.calendar, site.place
    oncall = by_role(world, place.account, "security-oncall")
    last = place.first + DAYS - 1
    key = by_user(world, place.account, USER)[2]
    disabled = event(
        event_id(world, "mining", place.account.id, "disabled"),
        calendar.moment(last, ENDED - 420), place.account, "us-east-1", "UpdateAccessKey",
        "iam.amazonaws.com", oncall,
        {"userName": USER, "accessKeyId": key, "status": "Inactive"},
        [("AWS::IAM::AccessKey", key), ("AWS::IAM::User", USER)], None, BROWSER,
    )  # fmt: skip
    ended = terminating(world, instances, calendar.moment(last, ENDED), oncall, agent=BROWSER)
    return disabled, ended
