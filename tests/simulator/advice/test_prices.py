"""The price list and the bill know the same products at the same prices."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.handlers.pricing.service import REGIONS
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import ask, fields


def listed(organisation: SimulatedOrganisation, code: str, *filters: str) -> list[dict[str, Any]]:
    """A service's products; filters as `TERM_MATCH field value`."""
    asked = [dict(zip(("Type", "Field", "Value"), each.split(" ", 2), strict=True))
             for each in filters]  # fmt: skip
    token: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    while True:
        page = fields(organisation, "pricing", "GetProducts", ServiceCode=code, Filters=asked,
                      **token)  # fmt: skip
        assert len(page["PriceList"]) <= 100
        found += [json.loads(each) for each in page["PriceList"]]
        if "NextToken" not in page:
            return found
        token = {"NextToken": page["NextToken"]}


def prices(product: dict[str, Any]) -> list[Decimal]:
    """A product's on-demand prices, by the quantity from which each holds."""
    (term,) = product["terms"]["OnDemand"].values()
    steps = sorted(term["priceDimensions"].values(), key=lambda step: int(step["beginRange"]))
    assert [step["beginRange"] for step in steps[1:]] == [step["endRange"] for step in steps[:-1]]
    assert steps[-1]["endRange"] == "Inf"
    return [Decimal(step["pricePerUnit"]["USD"]) for step in steps]


def test_every_rate_on_the_bill_is_the_price_lists(small: SimulatedOrganisation) -> None:
    store = connect(small.store_path, read_only=True)
    rows = store.execute(
        "SELECT DISTINCT product_servicecode, product_sku, pricing_public_on_demand_rate,"
        " line_item_usage_type FROM cur2 WHERE line_item_line_item_type IN"
        " ('Usage', 'DiscountedUsage', 'SavingsPlanCoveredUsage')"
        " AND line_item_usage_type NOT LIKE '%SpotUsage%' AND line_item_operation <> 'EKSPod-EC2'"
    ).fetchall()
    store.close()
    codes = {row[0] for row in rows}
    known = {(code, each["product"]["sku"]): each for code in codes for each in listed(small, code)}
    assert len(rows) > 60
    for code, sku, rate, usage in rows:
        assert known[code, sku]["product"]["attributes"]["usagetype"] == usage
        assert Decimal(rate) in prices(known[code, sku]), usage
    offered = fields(small, "pricing", "DescribeServices")["Services"]
    assert codes <= {each["ServiceCode"] for each in offered}


def test_a_question_for_one_product_has_one_answer(small: SimulatedOrganisation) -> None:
    (found,) = listed(
        small, "AmazonEC2", "TERM_MATCH instanceType m5.xlarge", "TERM_MATCH regionCode us-east-1",
        "TERM_MATCH operatingSystem Linux", "TERM_MATCH tenancy Shared",
        "TERM_MATCH preInstalledSw NA", "TERM_MATCH capacitystatus Used",
    )  # fmt: skip
    assert prices(found) == [Decimal("0.192")]
    assert found["product"]["attributes"]["vcpu"] == "4"
    assert found["product"]["attributes"]["memory"] == "16 GiB"
    (s3,) = listed(small, "AmazonS3", "EQUALS usagetype TimedStorage-ByteHrs")
    assert prices(s3) == [Decimal("0.023"), Decimal("0.022"), Decimal("0.021")]


@pytest.mark.parametrize(
    ("name", "price"),
    [("c5.18xlarge", "3.06"), ("i4i.8xlarge", "2.746"), ("g5.12xlarge", "5.672"),
     ("g5.16xlarge", "4.096"), ("m7i.48xlarge", "9.6768")],
)  # fmt: skip
def test_an_hour_costs_what_aws_asks_for_it(
    small: SimulatedOrganisation, name: str, price: str
) -> None:
    (found,) = listed(
        small, "AmazonEC2", f"TERM_MATCH instanceType {name}", "TERM_MATCH regionCode us-east-1"
    )
    assert prices(found) == [Decimal(price)]


def test_the_iops_of_a_large_volume_have_three_prices(small: SimulatedOrganisation) -> None:
    found = listed(
        small, "AmazonEC2", "TERM_MATCH regionCode us-east-1", "TERM_MATCH volumeApiName io2",
        "TERM_MATCH productFamily System Operation",
    )  # fmt: skip
    assert {each["product"]["attributes"]["usagetype"]: prices(each) for each in found} == {
        "EBS:VolumeP-IOPS.io2": [Decimal("0.065")],
        "EBS:VolumeP-IOPS.io2.tier2": [Decimal("0.0455")],
        "EBS:VolumeP-IOPS.io2.tier3": [Decimal("0.032")],
    }


def test_a_spot_price_is_what_spot_instances_are_charged(small: SimulatedOrganisation) -> None:
    store = connect(small.store_path, read_only=True)
    rows = store.execute(
        "SELECT DISTINCT product_region_code, product_instance_type, line_item_unblended_rate"
        " FROM cur2 WHERE line_item_usage_type LIKE '%SpotUsage:%'"
        " AND line_item_line_item_type = 'Usage'"
    ).fetchall()
    store.close()
    assert rows
    for region, kind, rate in rows:
        told = fields(small, "ec2", "DescribeSpotPriceHistory", region, InstanceTypes=[kind],
                      ProductDescriptions=["Linux/UNIX"])["SpotPriceHistory"]  # fmt: skip
        assert {each["AvailabilityZone"] for each in told} == {f"{region}{zone}" for zone in "abc"}
        assert {Decimal(each["SpotPrice"]) for each in told} == {Decimal(rate)}
    windows = fields(small, "ec2", "DescribeSpotPriceHistory", ProductDescriptions=["Windows"])
    assert windows["SpotPriceHistory"] == []


def test_filters_compare_as_their_type_says(small: SimulatedOrganisation) -> None:
    here = "TERM_MATCH regionCode us-east-1"
    every = listed(small, "AmazonEC2", here)
    some = listed(small, "AmazonEC2", here, "ANY_OF instanceType m5.large,c5.large")
    rest = listed(small, "AmazonEC2", here, "NONE_OF instanceType m5.large,c5.large")
    volumes = listed(small, "AmazonEC2", here, "CONTAINS usagetype EBS:VolumeUsage")
    assert len(some) == 2
    assert len(some) + len(rest) == len(every)
    assert {each["product"]["productFamily"] for each in volumes} == {"Storage"}
    values = fields(small, "pricing", "GetAttributeValues", ServiceCode="AmazonEC2",
                    AttributeName="volumeApiName")["AttributeValues"]  # fmt: skip
    assert [each["Value"] for each in values] == ["gp2", "gp3", "io1", "io2", "st1"]


def test_the_api_is_in_three_regions(small: SimulatedOrganisation) -> None:
    for region in REGIONS:
        assert fields(small, "pricing", "DescribeServices", region)["Services"]
    answer = ask(small, "pricing", "DescribeServices", "us-west-2")
    assert isinstance(answer, Refusal)
    assert "eu-central-1" in answer.message


@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("GetProducts", {"ServiceCode": "AmazonFoo"}, "NotFoundException"),
        ("GetProducts", {"ServiceCode": "AmazonS3", "MaxResults": 101},
         "InvalidParameterException"),
        ("GetProducts", {"ServiceCode": "AmazonS3", "NextToken": "x"}, "InvalidNextTokenException"),
        ("GetProducts", {"ServiceCode": "AmazonS3", "Filters": [
            {"Type": "LIKE", "Field": "sku", "Value": "x"}]}, "InvalidParameterException"),
        ("GetAttributeValues", {"ServiceCode": "AmazonS3", "AttributeName": "colour"},
         "NotFoundException"),
        ("DescribeServices", {"FormatVersion": "aws_v2"}, "InvalidParameterException"),
    ],
)  # fmt: skip
def test_the_price_list_refuses_in_its_own_words(
    small: SimulatedOrganisation, operation: str, params: dict[str, Any], code: str
) -> None:
    answer = ask(small, "pricing", operation, **params)
    assert isinstance(answer, Refusal)
    assert answer.code == code
