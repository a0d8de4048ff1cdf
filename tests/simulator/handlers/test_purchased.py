"""What inventories list of reservations and plans is what the bill's rows say of them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.offers import REGIONS
from finops_repl.simulator.organisation import SimulatedOrganisation
from tests.simulator.conftest import Worlds, ask, fields
from tests.simulator.offered.probe import switched_off


def everywhere(
    organisation: SimulatedOrganisation, service: str, operation: str, name: str
) -> list[dict[str, Any]]:
    """What every region lists."""
    return [
        each
        for region in REGIONS
        for each in fields(organisation, service, operation, region)[name]
    ]


def fees(organisation: SimulatedOrganisation, product: str) -> dict[str, tuple[Any, ...]]:
    """By id, from the fees of October: start, end, number, option, hours, cost and upfront."""
    rows = organisation.room.query(
        "SELECT reservation_subscription_id, reservation_start_time, reservation_end_time,"
        " reservation_number_of_reservations, pricing_purchase_option, pricing_offering_class,"
        " product_instance_type, cast(sum(cast(line_item_usage_amount AS decimal(28, 10))) AS"
        " varchar), cast(sum(cast(line_item_unblended_cost AS decimal(28, 10))) AS varchar),"
        " cast(max(cast(reservation_upfront_value AS decimal(28, 10))) AS varchar) FROM cur2"
        f" WHERE line_item_line_item_type = 'RIFee' AND line_item_product_code = '{product}'"
        " AND billing_period = '2026-10' GROUP BY 1, 2, 3, 4, 5, 6, 7"
    ).rows
    return {str(row[0]): row[1:] for row in rows}


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def recurring(charges: list[dict[str, Any]], name: str) -> Decimal:
    return sum((Decimal(str(each[name])) for each in charges), Decimal(0))


def test_reserved_instances_are_those_that_the_bill_has_fees_of(
    small: SimulatedOrganisation,
) -> None:
    found = everywhere(small, "ec2", "DescribeReservedInstances", "ReservedInstances")
    billed = fees(small, "AmazonEC2")
    assert {each["ReservedInstancesId"] for each in found} == set(billed)
    assert len(found) > 4
    for each in found:
        start, end, number, option, class_, kind, hours, cost, upfront = billed[
            each["ReservedInstancesId"]
        ]
        assert (stamp(each["Start"]), stamp(each["End"])) == (start, end)
        assert (each["InstanceCount"], each["OfferingType"]) == (int(number), option)
        assert (each["OfferingClass"], each["InstanceType"]) == (class_, kind)
        assert each["State"] == "active"
        hourly = recurring(each["RecurringCharges"], "Amount")
        assert hourly * Decimal(hours) == Decimal(cost)
        assert Decimal(str(each["FixedPrice"])) * int(number) == Decimal(upfront)
        assert each["Duration"] == (each["End"] - each["Start"]).total_seconds()


@pytest.mark.parametrize(
    ("service", "operation", "name", "prefix", "product"),
    [
        ("rds", "DescribeReservedDBInstances", "ReservedDBInstances", "ReservedDBInstance",
         "AmazonRDS"),
        ("elasticache", "DescribeReservedCacheNodes", "ReservedCacheNodes", "ReservedCacheNode",
         "AmazonElastiCache"),
    ],
)  # fmt: skip
def test_reserved_databases_and_nodes_are_those_that_the_bill_has_fees_of(
    small: SimulatedOrganisation,
    service: str,
    operation: str,
    name: str,
    prefix: str,
    product: str,
) -> None:
    found = everywhere(small, service, operation, name)
    billed = fees(small, product)
    assert {each[f"{prefix}Id"] for each in found} == set(billed) != set()
    for each in found:
        start, _, number, option, _, kind, hours, cost, upfront = billed[each[f"{prefix}Id"]]
        count = each["DBInstanceCount" if service == "rds" else "CacheNodeCount"]
        assert (stamp(each["StartTime"]), count, each["OfferingType"]) == (
            start, int(number), option,
        )  # fmt: skip
        assert each["DBInstanceClass" if service == "rds" else "CacheNodeType"] == kind
        hourly = recurring(each["RecurringCharges"], "RecurringChargeAmount")
        assert hourly * Decimal(hours) == Decimal(cost)
        assert Decimal(str(each["FixedPrice"])) * int(number) == Decimal(upfront)


def test_a_sold_reservation_is_retired_on_the_day_of_its_sale(worlds: Worlds) -> None:
    organisation = worlds(switched_off("reservations"))
    found = everywhere(organisation, "ec2", "DescribeReservedInstances", "ReservedInstances")
    (sold,) = [each for each in found if each["State"] == "retired"]
    ((last,),) = organisation.room.query(
        "SELECT cast(max(cast(line_item_usage_start_date AS date)) AS varchar) FROM cur2 WHERE"
        f" reservation_subscription_id = '{sold['ReservedInstancesId']}'"
        " AND line_item_line_item_type = 'DiscountedUsage'"
    ).rows
    day = datetime.fromisoformat(str(last)).replace(tzinfo=UTC)
    assert (sold["End"] - day).days == 1
    assert sold["End"].date() <= organisation.spec.as_of


def filtered(name: str, *values: str) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": list(values)}]}


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({}, 4),
        ({"OfferingClass": "convertible"}, 0),
        ({"OfferingType": "No Upfront"}, 4),
        (filtered("instance-type", "r5.*"), 1),
        (filtered("duration", "94608000"), 4),
        (filtered("state", "retired"), 0),
        (filtered("scope", "Region"), 4),
        (filtered("fixed-price", "0.0"), 4),
        (filtered("availability-zone", "us-east-1a"), 0),
        (filtered("tag:team", "data"), 0),
    ],
)
def test_a_filter_chooses_reserved_instances(
    small: SimulatedOrganisation, params: dict[str, Any], count: int
) -> None:
    found = fields(small, "ec2", "DescribeReservedInstances", **params)["ReservedInstances"]
    assert len(found) == count


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        ("ec2", "DescribeReservedInstances", {"ReservedInstancesIds": ["x"]},
         "InvalidReservedInstancesId"),
        ("ec2", "DescribeReservedInstances", filtered("colour", "red"), "InvalidParameterValue"),
        ("ec2", "DescribeReservedInstances", {"OfferingClass": "light"}, "InvalidParameterValue"),
        ("rds", "DescribeReservedDBInstances", {"ReservedDBInstanceId": "x"},
         "ReservedDBInstanceNotFound"),
        ("rds", "DescribeReservedDBInstances", {"MaxRecords": 5}, "InvalidParameterValue"),
        ("rds", "DescribeReservedDBInstances", {"Duration": "2"}, "InvalidParameterValue"),
        ("elasticache", "DescribeReservedCacheNodes", {"ReservedCacheNodeId": "x"},
         "ReservedCacheNodeNotFound"),
        ("elasticache", "DescribeReservedCacheNodes", {"Marker": "x"}, "InvalidParameterValue"),
        ("savingsplans", "DescribeSavingsPlans", {"states": ["gone"]}, "ValidationException"),
        ("savingsplans", "DescribeSavingsPlans", {"filters": [{"name": "colour", "values": []}]},
         "ValidationException"),
        ("savingsplans", "DescribeSavingsPlans", {"nextToken": "x"}, "ValidationException"),
        ("savingsplans", "DescribeSavingsPlanRates", {"savingsPlanId": "x"},
         "ResourceNotFoundException"),
    ],
)  # fmt: skip
def test_each_service_refuses_in_its_own_words(
    small: SimulatedOrganisation,
    service: str,
    operation: str,
    params: dict[str, Any],
    code: str,
) -> None:
    answer = ask(small, service, operation, **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code


def test_plans_are_those_that_the_bill_has_fees_of(small: SimulatedOrganisation) -> None:
    plans = fields(small, "savingsplans", "DescribeSavingsPlans")["savingsPlans"]
    billed = {
        str(row[0]): row[1:]
        for row in small.room.query(
            "SELECT savings_plan_savings_plan_a_r_n, savings_plan_start_time,"
            " savings_plan_end_time, savings_plan_payment_option,"
            " savings_plan_instance_type_family, savings_plan_region,"
            " cast(max(cast(savings_plan_total_commitment_to_date AS decimal(28, 10))) AS varchar),"
            " cast(max(cast(line_item_unblended_cost AS decimal(28, 10))) AS varchar) FROM cur2"
            " WHERE line_item_line_item_type = 'SavingsPlanRecurringFee' GROUP BY 1, 2, 3, 4, 5, 6"
        ).rows
    }
    assert {each["savingsPlanArn"] for each in plans} == set(billed)
    for each in plans:
        start, end, option, family, region, a_day, paid = billed[each["savingsPlanArn"]]
        assert (each["start"], each["end"], each["paymentOption"]) == (start, end, option)
        assert each.get("ec2InstanceFamily", "") == family
        assert each.get("region", "") == region
        assert Decimal(each["commitment"]) * 24 == Decimal(str(a_day))
        assert Decimal(each["recurringPaymentAmount"]) * 24 == Decimal(str(paid))
    assert [each["state"] for each in plans].count("retired") == 1


def test_plans_are_found_by_state_id_and_filter(small: SimulatedOrganisation) -> None:
    def found(**params: Any) -> list[dict[str, Any]]:
        answer = fields(small, "savingsplans", "DescribeSavingsPlans", **params)
        return list(answer["savingsPlans"])

    def by(name: str, *values: str) -> dict[str, Any]:
        return {"filters": [{"name": name, "values": list(values)}]}

    whole = found()
    one = whole[0]
    assert found(savingsPlanIds=[one["savingsPlanId"]]) == [one]
    assert found(savingsPlanArns=[one["savingsPlanArn"]]) == [one]
    assert len(found(states=["active"])) == len(whole) - 1
    assert found(**by("ec2-instance-family", "m6g", "c6g")) != found(**by("region", "us-east-1"))
    assert len(found(**by("savings-plan-type", "Compute"))) == 1
    assert found(**by("commitment", one["commitment"] + "0")) == [one]
    assert len(found(**by("upfront", "0"))) == 3
    assert len(found(**by("term", "31536000"))) == 3
    page = fields(small, "savingsplans", "DescribeSavingsPlans", maxResults=3)
    rest = fields(
        small, "savingsplans", "DescribeSavingsPlans", maxResults=3, nextToken=page["nextToken"]
    )
    assert page["savingsPlans"] + rest["savingsPlans"] == whole


def test_a_plans_rates_are_those_that_its_usage_was_charged(small: SimulatedOrganisation) -> None:
    rows = small.room.query(
        "SELECT DISTINCT split_part(savings_plan_savings_plan_a_r_n, '/', 2), line_item_usage_type,"
        " product_instance_type, pricing_public_on_demand_rate, savings_plan_savings_plan_rate,"
        " line_item_usage_amount FROM cur2"
        " WHERE line_item_line_item_type = 'SavingsPlanCoveredUsage'"
        " AND line_item_usage_amount = 24"
    ).rows
    rates = {
        (plan, each["usageType"]): each
        for plan in {str(row[0]) for row in rows}
        for each in fields(small, "savingsplans", "DescribeSavingsPlanRates", savingsPlanId=plan)[
            "searchResults"
        ]
    }
    assert len({row[0] for row in rows}) == 4
    for plan, usage_type, instance_type, _, rate, _ in rows:
        told = rates[str(plan), str(usage_type)]
        assert Decimal(told["rate"]) == Decimal(str(rate)).quantize(Decimal("1e-10"))
        assert {"name": "instanceType", "value": instance_type} in told["properties"]
    compute = {plan for plan, usage in rates if "Lambda" in usage}
    assert len(compute) == 1
    (plan,) = compute
    only = [{"name": "productType", "values": ["Lambda"]}]
    found = fields(
        small, "savingsplans", "DescribeSavingsPlanRates", savingsPlanId=plan, filters=only
    )
    assert {each["unit"] for each in found["searchResults"]} == {"Lambda-GB-Second"}
