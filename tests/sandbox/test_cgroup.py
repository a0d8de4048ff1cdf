"""The second witness: cgroup files of both layouts, whole, without limits, and not there."""

from __future__ import annotations

import math

from finops_repl.sandbox.cgroup import CgroupLimits, read_cgroup

BOX = "4ddd5e6d1d5e"

VERSION_1 = {
    # As a box of Docker 20.10 showed them; the file system of version 2 is mounted beside.
    "/proc/self/cgroup": (
        f"9:name=systemd:/docker/{BOX}\n8:pids:/docker/{BOX}\n4:memory:/docker/{BOX}\n"
        f"2:cpuacct:/docker/{BOX}\n1:cpu:/docker/{BOX}\n0::/docker/{BOX}\n"
    ),
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "360710144\n",
    "/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes": "360710144\n",
    "/sys/fs/cgroup/pids/pids.max": "128\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
}
VERSION_2 = {
    # As the kernel's documentation has them.
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma misc\n",
    "/sys/fs/cgroup/memory.max": "360710144\n",
    "/sys/fs/cgroup/memory.swap.max": "0\n",
    "/sys/fs/cgroup/pids.max": "128\n",
    "/sys/fs/cgroup/cpu.max": "200000 100000\n",
}


def test_both_layouts_say_the_same_of_the_same_box() -> None:
    limits = (360710144, 360710144, 128, 2.0)
    assert read_cgroup(VERSION_1) == CgroupLimits("v1", *limits)
    assert read_cgroup(VERSION_2) == CgroupLimits("v2", *limits)


def test_no_limit_is_infinite_in_the_words_of_either() -> None:
    unlimited = (math.inf, math.inf, math.inf, math.inf)
    root = "/sys/fs/cgroup"
    without = VERSION_1 | {
        f"{root}/memory/memory.limit_in_bytes": "9223372036854771712\n",
        f"{root}/memory/memory.memsw.limit_in_bytes": "9223372036854771712\n",
        f"{root}/pids/pids.max": "max\n",
        f"{root}/cpu/cpu.cfs_quota_us": "-1\n",
    }
    assert read_cgroup(without) == CgroupLimits("v1", *unlimited)
    without = VERSION_2 | {
        f"{root}/memory.max": "max\n",
        f"{root}/memory.swap.max": "max\n",
        f"{root}/pids.max": "max\n",
        f"{root}/cpu.max": "max 100000\n",
    }
    assert read_cgroup(without) == CgroupLimits("v2", *unlimited)


def test_swap_comes_on_top_of_memory_in_version_2() -> None:
    more = VERSION_2 | {"/sys/fs/cgroup/memory.swap.max": "1000\n"}
    assert read_cgroup(more).memory_and_swap == 360710144 + 1000


def test_controllers_mounted_together_are_version_1() -> None:
    # cpu and cpuacct share a hierarchy on most hosts of version 1.
    assert read_cgroup({"/proc/self/cgroup": "3:cpu,cpuacct:/docker/x\n"}).version == "v1"


def test_what_is_missing_or_odd_is_not_said() -> None:
    assert read_cgroup({}) == CgroupLimits("unknown")
    rootless = {"/proc/self/cgroup": "1:name=systemd:/user.slice\n0::/user.slice\n"}
    assert read_cgroup(rootless) == CgroupLimits("unknown")
    no_swap_accounting = {name: VERSION_1[name] for name in VERSION_1 if "memsw" not in name}
    assert read_cgroup(no_swap_accounting).memory_and_swap is None
    odd = VERSION_2 | {
        "/sys/fs/cgroup/memory.max": "many\n",
        "/sys/fs/cgroup/cpu.max": "200000 0\n",
    }
    assert read_cgroup(odd) == CgroupLimits("v2", None, None, 128, None)
