"""Cities stand for the regions that botocore describes by them."""

from __future__ import annotations

import re

import botocore.session
import pytest

from finops_repl.playbooks.regions import CODE, REGION_NAMES

ENDPOINTS = botocore.session.get_session().get_data("endpoints")
DESCRIBED = {
    code: region["description"].lower()
    for partition in ENDPOINTS["partitions"]
    for code, region in partition["regions"].items()
}


@pytest.mark.parametrize(("name", "code"), REGION_NAMES.items())
def test_a_name_is_in_its_regions_description(name: str, code: str) -> None:
    plain = name.replace("ã", "a").replace("northern ", "").removeprefix("n. ")
    assert plain in DESCRIBED[code]


def test_every_commercial_region_has_a_code_that_is_read_as_one() -> None:
    (commercial,) = (each for each in ENDPOINTS["partitions"] if each["partition"] == "aws")
    assert all(re.fullmatch(CODE, code) for code in commercial["regions"])
