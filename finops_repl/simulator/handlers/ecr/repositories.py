"""ECR: the repositories of a region with their images, of all accounts of the organisation."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from finops_repl.aws.call import Answer, Call, Refusal, Result
from finops_repl.simulator.handlers.ecr.images import Image, images
from finops_repl.simulator.handlers.pages import Paging
from finops_repl.simulator.handlers.resources.standing import Standing, key_values, standing
from finops_repl.simulator.view import View, invalid

__all__ = ["ImageRepositories"]

INVALID = "InvalidParameterException"
MOST = 1_000
PAGES = Paging(
    "maxResults", 100, MOST,
    Refusal(INVALID, "Invalid parameter at 'nextToken' failed to satisfy constraint: 'unknown'"),
    "nextToken",
)  # fmt: skip
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIGURATION = "application/vnd.docker.container.image.v1+json"
ACTIVE = ("ACTIVE", "ANY")


class ImageRepositories:
    """Answers for the registries of all accounts, or for that of `registryId`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._of_one: Mapping[str, Callable[[Call, Standing], Answer]] = {
            "DescribeImages": self._described_images,
            "ListImages": self._image_ids,
            "GetLifecyclePolicy": self._policy,
        }

    @property
    def operations(self) -> frozenset[str]:
        """The operations that are answered."""
        return frozenset({"DescribeRepositories", "ListTagsForResource", *self._of_one})

    def answer(self, call: Call, *, cancelled: threading.Event) -> Answer:
        """Answer one call."""
        params = call.params
        if (size := params.get("maxResults")) is not None and not 1 <= size <= MOST:
            return invalid(f"maxResults must be between 1 and {MOST}: {size}", INVALID)
        registry = params.get("registryId")
        here = [
            each
            for each in standing(self._view, "images", region=call.region)
            if registry in (None, each.account)
        ]
        if call.operation == "ListTagsForResource":
            arn = str(params.get("resourceArn"))
            found = next((each for each in here if each.on_bill == arn), None)
            if found is None:
                return self._unknown(arn.rpartition("repository/")[2], registry)
            return Result({"tags": key_values(found.tags)})
        by_name = {each.id: each for each in here}
        if call.operation == "DescribeRepositories":
            return self._repositories(call, by_name)
        name = str(params.get("repositoryName"))
        if name not in by_name:
            return self._unknown(name, registry)
        return self._of_one[call.operation](call, by_name[name])

    def _unknown(self, name: str, registry: str | None) -> Refusal:
        where = registry or self._view.world.payer.id
        return Refusal(
            "RepositoryNotFoundException",
            f"The repository with name '{name}' does not exist in the registry with id '{where}'",
        )

    def _repositories(self, call: Call, by_name: Mapping[str, Standing]) -> Answer:
        wanted = list(call.params.get("repositoryNames") or ())
        for name in wanted:
            if name not in by_name:
                return self._unknown(name, call.params.get("registryId"))
        found = [each for name, each in by_name.items() if name in (wanted or by_name)]
        return PAGES.answer(
            found, call.params,
            lambda shown: {"repositories": [_repository(each) for each in shown]},
        )  # fmt: skip

    def _described_images(self, call: Call, found: Standing) -> Answer:
        chosen = _wanted(images(self._view, found), call, found)
        if isinstance(chosen, Refusal):
            return chosen
        chosen = _filtered(chosen, call)
        return PAGES.answer(
            chosen, call.params,
            lambda shown: {"imageDetails": [_image(each, found) for each in shown]},
        )  # fmt: skip

    def _image_ids(self, call: Call, found: Standing) -> Answer:
        ids = [
            {"imageDigest": each.digest, **({"imageTag": tag} if tag else {})}
            for each in _filtered(images(self._view, found), call)
            for tag in each.tags or ("",)
        ]
        return PAGES.answer(ids, call.params, lambda shown: {"imageIds": list(shown)})

    def _policy(self, call: Call, found: Standing) -> Answer:
        if not found.number("expires"):
            return Refusal(
                "LifecyclePolicyNotFoundException",
                f"Lifecycle policy does not exist for the repository with name '{found.id}' in the"
                f" registry with id '{found.account}'",
            )
        rule = {
            "rulePriority": 1,
            "description": "keep the newest images",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": len(images(self._view, found)),
            },
            "action": {"type": "expire"},
        }
        return Result(
            {
                "registryId": found.account,
                "repositoryName": found.id,
                "lifecyclePolicyText": json.dumps({"rules": [rule]}),
                "lastEvaluatedAt": self._view.calendar.now - timedelta(hours=4),
            }
        )


def _repository(found: Standing) -> dict[str, Any]:
    return {
        "repositoryArn": found.on_bill,
        "registryId": found.account,
        "repositoryName": found.id,
        "repositoryUri": f"{found.account}.dkr.ecr.{found.region}.amazonaws.com/{found.id}",
        "createdAt": found.created,
        "imageTagMutability": "MUTABLE",
        "imageScanningConfiguration": {"scanOnPush": False},
        "encryptionConfiguration": {"encryptionType": "AES256"},
    }


def _image(each: Image, found: Standing) -> dict[str, Any]:
    return {
        "registryId": found.account,
        "repositoryName": found.id,
        "imageDigest": each.digest,
        **({"imageTags": list(each.tags)} if each.tags else {}),
        "imageSizeInBytes": each.size,
        "imagePushedAt": each.pushed,
        "imageManifestMediaType": MANIFEST,
        "artifactMediaType": CONFIGURATION,
        "lastRecordedPullTime": each.pulled,
        "imageStatus": "ACTIVE",
    }


def _wanted(every: Sequence[Image], call: Call, found: Standing) -> Sequence[Image] | Refusal:
    """The images that are asked for by digest or tag; all where none is."""
    ids = call.params.get("imageIds") or ()
    if not ids:
        return every
    if call.params.get("maxResults"):
        return invalid("imageIds cannot be used together with maxResults", INVALID)
    wanted = []
    for asked in ids:
        digest, tag = asked.get("imageDigest"), asked.get("imageTag")
        image = next(
            (each for each in every if digest in (None, each.digest) and tag in (None, *each.tags)),
            None,
        )
        if image is None:
            return Refusal(
                "ImageNotFoundException",
                f"The image with imageId {{imageDigest:'{digest or 'null'}', imageTag:"
                f"'{tag or 'null'}'}} does not exist within the repository with name"
                f" '{found.id}' in the registry with id '{found.account}'",
            )
        wanted.append(image)
    return wanted


def _filtered(every: Sequence[Image], call: Call) -> Sequence[Image]:
    given = call.params.get("filter") or {}
    if given.get("imageStatus", ACTIVE[0]) not in ACTIVE:
        return []
    tagged = {"TAGGED": True, "UNTAGGED": False}.get(given.get("tagStatus", ""))
    return [each for each in every if tagged in (None, bool(each.tags))]
