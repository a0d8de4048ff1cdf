"""System calls that no script needs, by number, with arguments that do nothing where allowed."""

from __future__ import annotations

from typing import Final

__all__ = ["CALLS", "FAMILIES", "MISSING", "TRIES"]

NOWHERE: Final = 8
"""No address: a kernel that looks there says EFAULT."""

CALLS: Final[dict[str, tuple[int | None, int | None, tuple[int, ...]]]] = {
    "acct": (163, 89, (NOWHERE,)),
    "add_key": (248, 217, (NOWHERE, NOWHERE, 0, 0, -3)),
    "adjtimex": (159, 171, (NOWHERE,)),
    "bpf": (321, 280, (-1, 0, 0)),
    "capset": (126, 91, (NOWHERE, NOWHERE)),
    "chroot": (161, 51, (NOWHERE,)),
    "clock_adjtime": (305, 266, (0, NOWHERE)),
    "clock_settime": (227, 112, (0, NOWHERE)),
    "clone into a user namespace": (56, 220, (0x10000000 | 0x00010000, 0, 0, 0, 0)),
    "clone into a network namespace": (56, 220, (0x40000000 | 0x00010000, 0, 0, 0, 0)),
    "clone3": (435, 435, (NOWHERE, 0)),
    "delete_module": (176, 106, (NOWHERE, 0)),
    "execveat": (322, 281, (-1, NOWHERE, 0, 0, 0)),
    "fanotify_init": (300, 262, (0, 0)),
    "finit_module": (313, 273, (-1, NOWHERE, 0)),
    "fsconfig": (431, 431, (-1, 0, 0, 0, 0)),
    "fsmount": (432, 432, (-1, 0, 0)),
    "fsopen": (430, 430, (NOWHERE, 0)),
    "fspick": (433, 433, (-1, NOWHERE, 0)),
    "futex_waitv": (449, 449, (NOWHERE, 0, 0, 0, 0)),
    "init_module": (175, 105, (NOWHERE, 0, NOWHERE)),
    "io_setup": (206, 0, (1, NOWHERE)),
    "io_uring_enter": (426, 426, (-1, 0, 0, 0, 0, 0)),
    "io_uring_register": (427, 427, (-1, 0, 0, 0)),
    "io_uring_setup": (425, 425, (8, NOWHERE)),
    "ioctl of no known kind": (16, 29, (0, 0x1234, 0)),
    "ioctl TIOCSTI": (16, 29, (0, 0x5412, NOWHERE)),
    "ioctl TIOCSTI, by a longer number": (16, 29, (0, 0x1_0000_5412, NOWHERE)),
    "ioperm": (173, None, (0x80, 1, 0)),
    "iopl": (172, None, (0,)),
    "ioprio_set": (251, 30, (1, 0, 0)),
    "kcmp": (312, 272, (1, 1, 0, 0, 0)),
    "kexec_file_load": (320, 294, (-1, -1, 0, 0, 0x7FFF)),
    "kexec_load": (246, 104, (0, 0, 0, 0x7FFF)),
    "keyctl": (250, 219, (0, -3, 0)),
    "landlock_create_ruleset": (444, 444, (0, 0, 1)),
    "mbind": (237, 235, (0, 0, 0, 0, 0, 0)),
    "memfd_create": (319, 279, (NOWHERE, 0)),
    "memfd_secret": (447, 447, (0,)),
    "migrate_pages": (256, 238, (0, 0, 0, 0)),
    "mknodat of a device": (259, 33, (-1, NOWHERE, 0o20600, 0x103)),
    "modify_ldt": (154, None, (0, 0, 0)),
    "mount": (165, 40, (NOWHERE, NOWHERE, NOWHERE, 0, 0)),
    "mount_setattr": (442, 442, (-1, NOWHERE, 0, NOWHERE, 32)),
    "move_mount": (429, 429, (-1, NOWHERE, -1, NOWHERE, 0)),
    "move_pages": (279, 239, (0, 0, 0, 0, 0, 0)),
    "mq_open": (240, 180, (NOWHERE, 0, 0, 0)),
    "msgget": (68, 186, (0, 0o600)),
    "name_to_handle_at": (303, 264, (-1, NOWHERE, NOWHERE, NOWHERE, 0)),
    "open_by_handle_at": (304, 265, (-1, NOWHERE, 0)),
    "open_tree": (428, 428, (-1, NOWHERE, 0)),
    "perf_event_open": (298, 241, (NOWHERE, 0, -1, -1, 0)),
    "personality": (135, 92, (0x0040000,)),
    "pidfd_getfd": (438, 438, (-1, 0, 0)),
    "pivot_root": (155, 41, (NOWHERE, NOWHERE)),
    "prctl PR_SET_CHILD_SUBREAPER": (157, 167, (36, 0, 0, 0, 0)),
    "prctl PR_SET_SECCOMP": (157, 167, (22, 99, 0, 0, 0)),
    "prctl PR_SET_SPECULATION_CTRL": (157, 167, (53, 99, 0, 0, 0)),
    "prlimit64 of process 1": (302, 261, (1, 4, 0, 0)),
    "process_madvise": (440, 440, (-1, 0, 0, 0, 0)),
    "process_mrelease": (448, 448, (-1, 0)),
    "process_vm_readv": (310, 270, (1, 0, 0, 0, 0, 0)),
    "process_vm_writev": (311, 271, (1, 0, 0, 0, 0, 0)),
    "ptrace": (101, 117, (0, 0, 0, 0)),
    "quotactl": (179, 60, (0x7FFFFFFF, 0, 0, 0)),
    "reboot": (169, 142, (0, 0, 0, 0)),
    "remap_file_pages": (216, 234, (0, 0, 0, 0, 0)),
    "request_key": (249, 218, (NOWHERE, NOWHERE, 0, -3)),
    "sched_setaffinity of process 1": (203, 122, (1, 8, NOWHERE)),
    "sched_setattr of process 1": (314, 274, (1, NOWHERE, 0)),
    "sched_setparam of process 1": (142, 118, (1, NOWHERE)),
    "sched_setscheduler of process 1": (144, 119, (1, 0, NOWHERE)),
    "seccomp": (317, 277, (99, 0, 0)),
    "semget": (64, 190, (0, 1, 0o600)),
    "set_mempolicy": (238, 237, (0, 0, 0)),
    "setdomainname": (171, 162, (NOWHERE, 5)),
    "setgroups": (116, 159, (1, NOWHERE)),
    "sethostname": (170, 161, (NOWHERE, 5)),
    "setns": (308, 268, (-1, 0)),
    "setpriority of process 1": (141, 140, (0, 1, 0)),
    "setpriority of all of the user": (141, 140, (2, 0, 0)),
    "setresuid": (117, 147, (-1, -1, -1)),
    "settimeofday": (164, 170, (NOWHERE, 0)),
    "setuid": (105, 146, (0,)),
    "shmget": (29, 194, (0, 4096, 0o600)),
    "splice": (275, 76, (-1, 0, -1, 0, 1, 0)),
    "swapoff": (168, 225, (NOWHERE,)),
    "swapon": (167, 224, (NOWHERE, 0)),
    "sync": (162, 81, ()),
    "syncfs": (306, 267, (-1,)),
    "sysfs": (139, None, (3,)),
    "syslog": (103, 116, (10, 0, 0)),
    "tee": (276, 77, (-1, -1, 1, 0)),
    "umount2": (166, 39, (NOWHERE, 0)),
    "unshare": (272, 97, (0x10000000,)),
    "userfaultfd": (323, 282, (1,)),
    "vhangup": (153, 58, ()),
    "vmsplice": (278, 75, (-1, 0, 0, 0)),
}
"""By name: the number on x86-64, on arm64 (None: there is none), the arguments."""

FAMILIES: Final[dict[str, tuple[int, int, int]]] = {
    "AF_ALG": (38, 5, 0),
    "AF_INET raw": (2, 3, 1),
    "AF_INET6 raw": (10, 3, 58),
    "AF_INET, datagrams of ICMP": (2, 2, 1),
    "AF_KEY": (15, 3, 2),
    "AF_NETLINK of routes": (16, 3, 0),
    "AF_NETLINK of audit": (16, 3, 9),
    "AF_PACKET": (17, 3, 0),
    "AF_VSOCK": (40, 1, 0),
    "AF_VSOCK, by a longer number": (0x1_0000_0028, 1, 0),
    "AF_XDP": (44, 3, 0),
}
"""Sockets by family, type and protocol."""

MISSING: Final = frozenset(
    {"clone3", "futex_waitv", "io_uring_enter", "io_uring_register", "io_uring_setup"}
)
"""What is answered as by a kernel that has no such call, so that callers take an older one."""

TRIES: Final = """
import ctypes, errno, json, os, sys

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
column, socket = (0, 41) if os.uname().machine == "x86_64" else (1, 198)
asked = json.load(sys.stdin)
said = {}

def answer(number, arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return errno.errorcode[ctypes.get_errno()] if result == -1 else "done"

for name, (*numbers, arguments) in asked["calls"].items():
    if numbers[column] is not None:
        child = os.fork()  # what does succeed, changes nothing that comes after it
        if child == 0:
            print(json.dumps({name: answer(numbers[column], arguments)}), flush=True)
            os._exit(0)
        os.waitpid(child, 0)
for name, arguments in asked["families"].items():
    print(json.dumps({name: answer(socket, arguments)}), flush=True)
"""
"""A program that reads calls and families as JSON, and prints how each ended, one a line."""
