"""What is said of the sandbox: the engine, the image, and each limit with what was tried."""

from __future__ import annotations

from tests.acceptance.conftest import Finops
from tests.sandbox.conftest import engine_client, sandbox_image

__all__ = ["engine_client", "sandbox_image"]


def test_status_tells_of_each_limit_what_was_tried_and_what_happened(
    finops: Finops, sandbox_image: str
) -> None:
    told = finops("sandbox", "status", "--prove")
    assert told.code == 0, told.stderr
    assert sandbox_image in told.stdout
    assert "limits   all hold (cgroup v" in told.stdout
    assert "holds      processes: more than 128 processes at a time: EAGAIN after" in told.stdout
    assert "GIVES WAY" not in told.stdout


def test_status_as_json_is_the_same_for_programs(finops: Finops, sandbox_image: str) -> None:
    limits = finops("sandbox", "status", "--json").json()["limits"]
    assert limits["hold"] is True
    assert limits["cgroup"] in ("v1", "v2")
    assert {"limit", "tried", "happened", "holds"} == set(limits["proofs"][0])


def test_limits_cannot_be_proven_without_an_engine(finops: Finops) -> None:
    told = finops("sandbox", "status", "--prove", env={"DOCKER_HOST": "tcp://127.0.0.1:9"})
    assert (told.code, told.stdout) == (4, "")
    assert "127.0.0.1:9" in told.stderr
