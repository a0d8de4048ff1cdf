"""The images of a repository are what the bill has stored, day after day."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from finops_repl.aws.call import Refusal
from finops_repl.simulator.organisation import SimulatedOrganisation
from finops_repl.trino.store import connect
from tests.simulator.conftest import Worlds, ask
from tests.simulator.listings import listed

WORLD = "simulated:as_of=2026-10-31"
GIB = 1 << 30


@pytest.fixture(scope="module")
def organisation(worlds: Worlds) -> SimulatedOrganisation:
    return worlds(WORLD)


def repositories(organisation: SimulatedOrganisation) -> list[Any]:
    return listed(organisation, "ecr", "DescribeRepositories", "repositories")


def images(organisation: SimulatedOrganisation, repository: Any, **params: Any) -> list[Any]:
    return listed(
        organisation, "ecr", "DescribeImages", "imageDetails",
        repositoryName=repository["repositoryName"], **params,
    )  # fmt: skip


def stored(organisation: SimulatedOrganisation, arn: str) -> Mapping[datetime, float]:
    """The GB of a repository on each day, by the bill."""
    store = connect(organisation.store_path, read_only=True)
    rows = store.execute(
        "SELECT timezone('UTC', line_item_usage_end_date), line_item_usage_amount"
        " * day(last_day(line_item_usage_start_date)) FROM cur2 WHERE line_item_resource_id = ?"
        " AND line_item_product_code = 'AmazonECR' AND line_item_line_item_type = 'Usage'"
        " ORDER BY 1",
        [arn],
    ).fetchall()
    store.close()
    return {day: float(gib) for day, gib in rows}


def without_policy(organisation: SimulatedOrganisation) -> Iterator[Any]:
    for each in repositories(organisation):
        name = each["repositoryName"]
        answer = ask(organisation, "ecr", "GetLifecyclePolicy", repositoryName=name)
        if isinstance(answer, Refusal):
            assert answer.code == "LifecyclePolicyNotFoundException"
            yield each
        else:
            (rule,) = json.loads(answer.fields["lifecyclePolicyText"])["rules"]
            assert rule["selection"]["countNumber"] == len(images(organisation, each))


def test_where_nothing_expires_the_bill_grows_with_each_push(
    organisation: SimulatedOrganisation,
) -> None:
    found = list(without_policy(organisation))
    assert 0 < len(found) < len(repositories(organisation))
    for repository in found[:3]:
        by_day = stored(organisation, repository["repositoryArn"])
        pushed = images(organisation, repository)
        assert pushed[0]["imagePushedAt"] >= repository["createdAt"]
        largest = max(each["imageSizeInBytes"] for each in pushed) / GIB
        for day, gib in by_day.items():
            sizes = [each["imageSizeInBytes"] for each in pushed if each["imagePushedAt"] < day]
            assert -0.001 < gib - sum(sizes) / GIB < largest


def test_what_lost_its_tag_is_old_and_was_not_pulled_again(
    organisation: SimulatedOrganisation,
) -> None:
    for repository in list(without_policy(organisation))[:3]:
        every = images(organisation, repository)
        untagged = images(organisation, repository, filter={"tagStatus": "UNTAGGED"})
        tagged = images(organisation, repository, filter={"tagStatus": "TAGGED"})
        assert len(untagged) + len(tagged) == len(every)
        assert len(untagged) > len(every) / 2
        for each, after in pairwise(every):
            if "imageTags" not in each:
                assert each["lastRecordedPullTime"] == after["imagePushedAt"]
        latest = [each for each in tagged if "latest" in each["imageTags"]]
        assert latest == every[-1:]


def test_where_a_policy_expires_images_none_is_untagged(
    organisation: SimulatedOrganisation,
) -> None:
    kept = {each["repositoryArn"] for each in without_policy(organisation)}
    (first, *_) = [e for e in repositories(organisation) if e["repositoryArn"] not in kept]
    pushed = [each["imagePushedAt"] for each in images(organisation, first)]
    assert all("imageTags" in each for each in images(organisation, first))
    assert all(later - earlier < timedelta(days=2) for earlier, later in pairwise(pushed))
    assert len(set(stored(organisation, first["repositoryArn"]).values())) < 5


def test_an_image_is_listed_under_each_of_its_names(small: SimulatedOrganisation) -> None:
    for repository in repositories(small):
        name = {"repositoryName": repository["repositoryName"]}
        ids = listed(small, "ecr", "ListImages", "imageIds", **name, maxResults=7)
        every = images(small, repository)
        assert [(each["imageDigest"], each.get("imageTag")) for each in ids] == [
            (each["imageDigest"], tag) for each in every for tag in each.get("imageTags") or [None]
        ]
        (one,) = images(small, repository, imageIds=[{"imageTag": "latest"}])
        assert one == every[-1]
        assert images(small, repository, imageIds=[{"imageDigest": one["imageDigest"]}]) == [one]
        assert images(small, repository, filter={"imageStatus": "ARCHIVED"}) == []


def test_a_registry_is_one_accounts(small: SimulatedOrganisation) -> None:
    (first, *_) = repositories(small)
    ours = listed(
        small, "ecr", "DescribeRepositories", "repositories", registryId=first["registryId"]
    )
    assert first in ours
    assert listed(
        small, "ecr", "DescribeRepositories", "repositories", registryId="123456789012"
    ) == []  # fmt: skip
