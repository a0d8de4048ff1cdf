"""What the engine holds a box to: each option off, and the self-test told not to refuse that."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import Change, Defence

__all__ = ["CONTAINER_DEFENCES"]

ENGINE = "finops_repl/sandbox/docker_engine.py"
PROFILE = "finops_repl/sandbox/seccomp.json"
DOCKERFILE = "sandbox/Dockerfile"

TOLD_ONLY = Change(ENGINE, 'unproven: WhenUnproven = "refuse",', 'unproven: WhenUnproven = "warn",')
"""The self-test would refuse to start a box whose limits do not hold: a defence of its own."""

EXHAUSTION = "attacks/test_sandbox_exhaustion.py::test_"
PRIVILEGE = "attacks/test_sandbox_privilege.py::test_"
REACH = (
    "attacks/test_sandbox_reach.py::test_script_finds_no_credential_and_reaches_the_tunnel_alone"
)
CALLS = "attacks/test_sandbox_kernel.py::test_system_calls_that_no_script_needs_are_refused"
OPTIONS = "attacks/test_container_options.py::test_"
FULL = f"{EXHAUSTION}full_folder_is_an_error_of_the_script_and_no_kill[python]"
UNPRIVILEGED = f"{PRIVILEGE}script_has_no_privilege_to_begin_with_and_gets_none"
WRITABLE = f"{PRIVILEGE}nothing_but_the_runs_own_folders_can_be_written"


def option(name: str, old: str, new: str, *tests: str, also: tuple[Change, ...] = ()) -> Defence:
    """An option of a container."""
    return Defence(f"container: {name}", ENGINE, old, new, tests, (TOLD_ONLY, *also))


OPTIONS_OFF: Final = (
    option("no network", 'network_mode="none"', 'network_mode="bridge"', f"{REACH}[python]"),
    option(
        "read-only root",
        "read_only=True",
        "read_only=False",
        f"{WRITABLE}[python]",
        f"{WRITABLE}[javascript]",
    ),
    option(
        "capabilities dropped", 'cap_drop=["ALL"]', "cap_drop=[]", f"{UNPRIVILEGED}[javascript]"
    ),
    option(
        "no new privileges, with the profile that needs it",
        '"no-new-privileges",  # without',
        "# without",
        f"{UNPRIVILEGED}[python]",
        also=(Change(ENGINE, 'f"seccomp={seccomp_profile()}",', ""),),
    ),
    option(
        "unprivileged user, with its folders",
        'USER = "10001:10001"',
        'USER = "0:0"',
        f"{UNPRIVILEGED}[javascript]",
        also=(Change(ENGINE, "uid=10001,gid=10001", "uid=0,gid=0"),),
    ),
    option(
        "own IPC namespace",
        'ipc_mode="private"',
        'ipc_mode="host"',
        f"{PRIVILEGE}box_shares_no_namespace_with_the_host[python]",
        f"{PRIVILEGE}box_shares_no_namespace_with_the_host[javascript]",
    ),
    option(
        "number of processes",
        "pids_limit=limits.pids",
        "pids_limit=1024",
        f"{EXHAUSTION}six_hundred_processes_are_refused",
    ),
    option(
        "memory",
        "mem_limit=memory,\n            memswap_limit=memory",
        "mem_limit=memory + (512 << 20),\n            memswap_limit=memory + (512 << 20)",
        f"{EXHAUSTION}memory_bomb_of_3_gb_is_ended_by_the_boxs_own_limit_and_called_so",
    ),
    option(
        "no swap",
        "memswap_limit=memory",
        "memswap_limit=2 * memory",
        f"{OPTIONS}box_has_no_swap_and_its_share_of_processors_alone",
    ),
    option(
        "share of processors",
        "cpu_quota=int(limits.cpus * CPU_PERIOD_US)",
        "cpu_quota=int(2 * limits.cpus * CPU_PERIOD_US)",
        f"{OPTIONS}box_has_no_swap_and_its_share_of_processors_alone",
    ),
    option("size of /tmp", "size={limits.tmp_bytes}", "size={limits.tmp_bytes + (64 << 20)}", FULL),
    option("size of /work", "size={work_bytes}", "size={work_bytes + (64 << 20)}", FULL),
    option("size of /dev/shm", "=limits.shared_bytes", "=limits.shared_bytes + (64 << 20)", FULL),
    option(
        "number of files",
        "nr_inodes={limits.inodes}",
        "nr_inodes={limits.inodes + 200_000}",
        f"{EXHAUSTION}hundred_thousand_files_are_not_all_taken[python]",
    ),
    option(
        "no programs in folders",
        "nodev,noexec,",
        "nodev,exec,",
        f"{PRIVILEGE}programs_cannot_be_brought_along_and_started[python]",
        f"{PRIVILEGE}programs_cannot_be_brought_along_and_started[javascript]",
    ),
    option("no setuid in folders", "rw,nosuid,", "rw,suid,", f"{WRITABLE}[python]"),
    option("no devices in folders", "nosuid,nodev,", "nosuid,dev,", f"{WRITABLE}[python]"),
    option(
        "number of descriptors",
        'name="nofile", soft=limits.open_files, hard=limits.open_files',
        'name="nofile", soft=8192, hard=8192',
        f"{EXHAUSTION}descriptors_and_core_dumps_have_their_limit",
    ),
    option(
        "no core dumps",
        'name="core", soft=0, hard=0',
        'name="core", soft=4096, hard=4096',
        f"{EXHAUSTION}descriptors_and_core_dumps_have_their_limit",
    ),
    option(
        "no log on the host",
        'LogConfig(type="none")',
        'LogConfig(type="json-file")',
        "attacks/test_sandbox_output.py::"
        "test_engine_writes_nothing_of_the_output_to_the_hosts_disk",
    ),
    option(
        "removed when it ends",
        "auto_remove=True",
        "auto_remove=False",
        "attacks/test_sandbox_ends.py::"
        "test_what_ignores_signals_and_what_left_its_session_ends_with_the_time[python]",
    ),
    option(
        "no proxies of the user",
        "use_config_proxy=False",
        "use_config_proxy=True",
        "sandbox/test_docker_engine.py::test_container_is_shut_in_as_promised",
    ),
)


READ_OF_THE_SYSTEM: Final = '"names": ["uname", "sysinfo", "getrandom"],'


def allowed(call: str, case: str) -> Defence:
    """A system call let through by the profile."""
    added = READ_OF_THE_SYSTEM.replace("]", f', "{call}"]')
    attacks = (f"{CALLS}[python-{case}]",) if case else ()
    tests = ("sandbox/test_seccomp.py::test_no_call_is_let_through_whoever_asks", *attacks)
    return Defence(f"seccomp: {call}", PROFILE, READ_OF_THE_SYSTEM, added, tests, (TOLD_ONLY,))


CALLS_ALLOWED: Final = (
    Defence(
        "seccomp: the whole profile",
        ENGINE,
        'f"seccomp={seccomp_profile()}",',
        "",
        (
            f"{CALLS}[python-vsock]",
            f"{CALLS}[python-io_uring]",
            f"{CALLS}[javascript-ptrace]",
            "attacks/test_sandbox_runner.py::test_limits_of_the_runner_cannot_be_set_from_inside",
        ),
        (TOLD_ONLY,),
    ),
    Defence(
        "seccomp: AF_VSOCK",
        PROFILE,
        '"syscalls": [',
        '"syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ALLOW",'
        ' "args": [{"index": 0, "value": 40, "op": "SCMP_CMP_EQ"}]},',
        (f"{CALLS}[python-vsock]", f"{CALLS}[javascript-vsock]"),
        (TOLD_ONLY,),
    ),
    Defence(
        "seccomp: io_uring",
        PROFILE,
        '"io_uring_setup", "io_uring_enter", "io_uring_register", "futex_wait",',
        '"futex_wait",',
        (f"{CALLS}[python-io_uring]", f"{CALLS}[javascript-io_uring]"),
        (
            TOLD_ONLY,
            Change(
                PROFILE,
                READ_OF_THE_SYSTEM,
                READ_OF_THE_SYSTEM.replace(
                    "]", ', "io_uring_setup", "io_uring_enter", "io_uring_register"]'
                ),
            ),
        ),
    ),
    Defence(
        "seccomp: limits of other processes",
        PROFILE,
        '"names": ["prlimit64"],\n      "action": "SCMP_ACT_ALLOW",\n'
        '      "args": [{"index": 0, "value": 0, "op": "SCMP_CMP_EQ"}]',
        '"names": ["prlimit64"],\n      "action": "SCMP_ACT_ALLOW"',
        ("attacks/test_sandbox_runner.py::test_limits_of_the_runner_cannot_be_set_from_inside",),
        (TOLD_ONLY,),
    ),
    allowed("bpf", "bpf"),
    allowed("keyctl", "keys"),
    allowed("perf_event_open", "perf"),
    allowed("userfaultfd", "userfaultfd"),
    allowed("mount", "mount"),
    allowed("unshare", "unshare"),
    allowed("ptrace", "ptrace"),
    allowed("open_by_handle_at", "handles"),
    allowed("process_vm_readv", "ptrace"),
    allowed("memfd_create", ""),
    allowed("clock_settime", ""),
    allowed("setns", ""),
)

IMAGE_OFF: Final = (
    Defence(
        "image: unprivileged user",
        DOCKERFILE,
        "USER 10001:10001",
        "USER 0:0",
        (f"{PRIVILEGE}image_has_an_unprivileged_user_even_where_nobody_names_one",),
    ),
    Defence(
        "image: no setuid programs",
        DOCKERFILE,
        "USER 10001:10001",
        "RUN chmod u+s /usr/bin/passwd\nUSER 10001:10001",
        (f"{UNPRIVILEGED}[python]", f"{UNPRIVILEGED}[javascript]"),
    ),
)

CONTAINER_DEFENCES: Final = (*OPTIONS_OFF, *CALLS_ALLOWED, *IMAGE_OFF)
