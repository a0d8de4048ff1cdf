"""The self-test sees each limit hold in a real box, and sees each one that was taken away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docker
import pytest

from finops_repl.base.errors import SandboxUnavailable
from finops_repl.base.places import cache_dir
from finops_repl.base.scope import new_id
from finops_repl.base.setting_values import WhenUnproven
from finops_repl.sandbox.container import ContainerSandbox
from finops_repl.sandbox.docker_engine import DockerEngine
from finops_repl.sandbox.limits import MB, Limits
from finops_repl.sandbox.seccomp import seccomp_profile
from tests.sandbox.running import Runs, containers_of, soon

Options = dict[str, Any]

LIMITS = {
    "memory",
    "processes",
    "processors",
    "the network",
    "the root file system",
    "folders",
    "programs",
    "open files",
    "system calls",
    "privileges",
}


class LaxEngine(DockerEngine):
    """An engine that holds its boxes to other options than it was asked for."""

    def __init__(self, image: str, change: Options, unproven: WhenUnproven = "refuse") -> None:
        super().__init__(image=image, unproven=unproven)
        self._change = change

    def _options(self, client: docker.DockerClient, work_bytes: int) -> Options:
        return super()._options(client, work_bytes) | self._change


def profile_for_an_old_engine() -> str:
    """The profile as an engine reads it that knows one error number for all refusals."""
    profile = json.loads(seccomp_profile())
    for rule in profile["syscalls"]:
        rule.pop("errnoRet", None)
    return f"seccomp={json.dumps(profile)}"


def folders(options: str) -> Options:
    return {"Tmpfs": {"/tmp": f"{options},mode=1777", "/work": f"{options},mode=0700"}}


LAX: dict[str, tuple[Options, set[str]]] = {
    "memory": ({"Memory": 600 * MB, "MemorySwap": 600 * MB}, {"memory"}),
    "processes": ({"PidsLimit": 256}, {"processes"}),
    "processors": ({"CpuQuota": 400_000}, {"processors"}),
    "network": ({"NetworkMode": "bridge"}, {"the network"}),
    "writable root": ({"ReadonlyRootfs": False}, {"the root file system"}),
    "folders of another size": (
        folders("rw,nosuid,nodev,noexec,nr_inodes=20000,size=96m,uid=10001"),
        {"folders"},
    ),
    "folders of many files": (
        folders("rw,nosuid,nodev,noexec,nr_inodes=90000,size=8m,uid=10001"),
        {"folders"},
    ),
    "folders that start programs": (
        folders("rw,nosuid,nodev,exec,nr_inodes=20000,size=8m,uid=10001"),
        {"programs"},
    ),
    "open files": (
        {"Ulimits": [{"Name": "nofile", "Soft": 4096, "Hard": 4096}]},
        {"open files"},
    ),
    "engine's own profile": ({"SecurityOpt": ["no-new-privileges"]}, {"system calls"}),
    "old engine": (
        {"SecurityOpt": ["no-new-privileges", profile_for_an_old_engine()]},
        {"system calls", "programs"},
    ),
    "new privileges": ({"SecurityOpt": []}, {"system calls", "privileges"}),
    "capabilities": ({"CapDrop": [], "CapAdd": []}, {"privileges"}),
}
"""What is changed, always to a wider bound and never to none, and what gives way."""


def test_every_limit_is_seen_to_hold_here(sandbox_image: str) -> None:
    verdict = DockerEngine(image=sandbox_image).verdict(anew=True)
    assert {proof.limit for proof in verdict.proofs} == LIMITS
    assert verdict.broken == ()
    assert verdict.cgroup in ("v1", "v2")
    assert len(verdict.boot) == 36
    verdict.require()


@pytest.mark.parametrize(("change", "gives_way"), LAX.values(), ids=LAX.keys())
def test_limit_that_was_taken_away_is_seen_to_give_way(
    sandbox_image: str, change: Options, gives_way: set[str]
) -> None:
    verdict = LaxEngine(sandbox_image, change).verdict()
    assert {proof.limit for proof in verdict.broken} == gives_way, verdict.broken


def test_box_that_may_use_a_processor_too_many_is_caught_at_it(sandbox_image: str) -> None:
    half = Limits(cpus=0.5)
    assert DockerEngine(image=sandbox_image, limits=half).verdict().broken == ()
    lax = LaxEngine(sandbox_image, {"CpuQuota": 100_000})
    lax.limits = half
    (proof,) = lax.verdict().broken
    assert proof.limit == "processors"


def test_nothing_runs_where_a_limit_gives_way(
    sandbox_image: str, engine_client: docker.DockerClient
) -> None:
    lax = LaxEngine(sandbox_image, {"PidsLimit": 256})
    names = [new_id(), new_id()]
    for name in names:
        with pytest.raises(SandboxUnavailable, match=r"processes .*no end after 144") as refused:
            lax.start(name, data_bytes=16 * MB)
        assert 'sandbox.unproven = "warn"' in refused.value.hint
        assert "cgroup v2" in refused.value.hint
    assert soon(lambda: not any(containers_of(engine_client, name) for name in names))


def test_who_asked_for_it_runs_all_the_same_and_is_told_every_time(
    sandbox_image: str, tmp_path: Path
) -> None:
    lax = LaxEngine(sandbox_image, {"NetworkMode": "bridge"}, "warn")
    run = Runs(ContainerSandbox(lax), tmp_path)
    for _ in range(2):
        result = run("print(1)")
        assert (result.stdout, result.ok) == ("1\n", True)
        (warning,) = result.warnings
        assert warning.startswith("the sandbox does not limit the network: ")
        assert "eth0" in warning


def test_run_in_a_box_that_holds_has_no_warning(run: Runs) -> None:
    assert run("print(1)").warnings == ()


@pytest.fixture
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """The verdicts kept, in a folder that begins empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return lambda: sorted(cache_dir("verdicts").iterdir())


def test_verdict_is_found_once_for_an_engine_its_image_and_its_options(
    sandbox_image: str, fresh_cache: Callable[[], list[Path]]
) -> None:
    first = DockerEngine(image=sandbox_image).verdict()
    (kept,) = fresh_cache()
    assert kept.stat().st_mode & 0o777 == 0o600
    written = kept.stat()
    assert DockerEngine(image=sandbox_image).verdict() == first
    box = DockerEngine(image=sandbox_image).start(new_id(), data_bytes=16 * MB)
    box.kill()
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    DockerEngine(image=sandbox_image, limits=Limits(pids=64)).verdict()
    assert len(fresh_cache()) == 2
    DockerEngine(image=sandbox_image).verdict(anew=True)
    assert kept.stat().st_ino != written.st_ino


def test_verdict_against_is_asked_for_again_and_one_in_favour_is_not(
    sandbox_image: str, fresh_cache: Callable[[], list[Path]]
) -> None:
    def inode_after(unproven: WhenUnproven) -> int:
        LaxEngine(sandbox_image, {"PidsLimit": 256}, unproven).verdict()
        (kept,) = fresh_cache()
        return kept.stat().st_ino

    first = inode_after("refuse")
    second = inode_after("refuse")
    assert first != second
    assert inode_after("warn") == second


def test_image_without_a_probe_says_what_to_do(engine_client: docker.DockerClient) -> None:
    from finops_repl.sandbox.docker_images import LOCAL_BASE

    with pytest.raises(SandboxUnavailable) as refused:
        DockerEngine(image=LOCAL_BASE).verdict()
    assert "python3" in str(refused.value)
