"""What the bill tells of a product: once as keys of CUR 2.0's map, once as legacy columns."""

from __future__ import annotations

import pytest

from finops_repl.simulator import legacy
from finops_repl.simulator.attributes import S3_CLASSES, attributes
from finops_repl.simulator.bill import LEGACY, TABLE
from finops_repl.simulator.offers import Offer, database, instance, offer
from finops_repl.simulator.organisation import SimulatedOrganisation

KEYS = {
    "physical_processor", "current_generation", "license_model", "group", "volume_type",
    "storage_class", "region", "operating_system", "database_engine", "deployment_option",
    "volume_api_name", "tenancy", "transfer_type",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(KEYS))
def test_a_key_of_the_map_is_the_column_of_the_legacy_bill(
    small: SimulatedOrganisation, key: str
) -> None:
    assert f"product_{key}" in {name for name, _, _ in legacy.COLUMNS}
    of_map = f"SELECT coalesce(product['{key}'], ''), count(*) FROM {TABLE} GROUP BY 1"
    of_column = f"SELECT product_{key}, count(*) FROM {LEGACY} GROUP BY 1"
    counted = dict(small.view.rows(of_map))
    assert counted == dict(small.view.rows(of_column))
    assert len(counted) > 1


@pytest.mark.parametrize(
    ("kind", "processor"),
    [
        ("m7g.large", "AWS Graviton3 Processor"),
        ("t4g.medium", "AWS Graviton2 Processor"),
        ("g5.xlarge", "AMD EPYC 7R32"),
        ("m5.xlarge", "Intel Xeon Family"),
    ],
)
def test_graviton_is_told_from_intel(kind: str, processor: str) -> None:
    assert attributes(instance(kind)).processor == processor


def test_a_database_has_its_processor_and_licence() -> None:
    made = attributes(instance("db.r6g.large", engine="PostgreSQL"))
    assert (made.processor, made.license_model) == (
        "AWS Graviton2 Processor",
        "No license required",
    )
    sold = attributes(instance("db.r5.large", engine="SQL Server"))
    assert sold.license_model == "License included"


@pytest.mark.parametrize(
    ("given", "group", "volume"),
    [
        (offer("ec2", "EBS:VolumeUsage.gp3"), "", "General Purpose"),
        (offer("ec2", "EBS:VolumeP-IOPS.piops"), "EBS IOPS", "Provisioned IOPS"),
        (offer("ec2", "NatGateway-Bytes"), "NGW:NatGateway", ""),
        (offer("s3", "Requests-Tier1"), "S3-API-Tier1", ""),
        (offer("s3", "TimedStorage-GDA-ByteHrs"), "", "Glacier Deep Archive"),
        (offer("lambda", "Lambda-GB-Second-ARM"), "AWS-Lambda-Duration-ARM", ""),
        (offer("elb", "LCUUsage"), "ELB:Balancing", ""),
        (database("RDS:Multi-AZ-GP3-Storage", "MySQL"), "", "General Purpose-GP3"),
    ],
)
def test_a_product_has_its_group_and_volume_type(given: Offer, group: str, volume: str) -> None:
    made = attributes(given)
    assert (made.product_group, made.volume_class) == (group, volume)


def test_archives_are_told_from_what_is_at_hand() -> None:
    found = {storage for _, storage in S3_CLASSES.values()}
    assert {"General Purpose", "Infrequent Access", "Archive"} <= found


def test_focus_prices_are_in_the_currency_that_is_billed(small: SimulatedOrganisation) -> None:
    (differing,) = small.view.rows(
        "SELECT count(*) FROM focus_1_2 WHERE pricingcurrency <> billingcurrency"
        " OR pricingcurrencyeffectivecost IS DISTINCT FROM effectivecost"
        " OR pricingcurrencylistunitprice IS DISTINCT FROM listunitprice"
        " OR pricingcurrencycontractedunitprice IS DISTINCT FROM contractedunitprice"
    )
    assert differing == (0,)


def test_focus_tells_the_discount_that_is_between_list_and_billed_cost(
    small: SimulatedOrganisation,
) -> None:
    rows = small.view.rows(
        "SELECT round(sum(listcost - billedcost), 6), -round(sum(x_discounts['edp_discount']), 6)"
        " FROM focus_1_2 WHERE commitmentdiscountid IS NULL"
    )
    ((lower, discounts),) = rows
    assert float(lower) == discounts != 0
