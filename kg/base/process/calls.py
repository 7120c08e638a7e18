"""System calls denied to programs that run content of notes, and to processes that answer queries: filters for seccomp."""

from __future__ import annotations

import errno
import platform
import struct
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _END, _FAIL = 0x7FFF0000, 0x80000000, 0x00050000
# By machine: the id of its ABI (linux/audit.h), and the index of its numbers in the table below.
_MACHINES: Final = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
# Name: its number on x86_64 and on aarch64; -1 if there is no such call.
_NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    # Connections, and I/O that bypasses this filter.
    "socket": (41, 198), "connect": (42, 203), "io_uring_setup": (425, 425),
    # Other processes.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "kcmp": (312, 272), "move_pages": (279, 239), "migrate_pages": (256, 238), "process_madvise": (440, 440),
    # Memory that belongs to no process, so that no limit of a process includes it.
    "shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "userfaultfd": (323, 282),
    # Keyrings, tracing, watching.
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "fanotify_init": (300, 262), "lookup_dcookie": (212, 18), "syslog": (103, 116),
    # Views of the file system, and files without a path.
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "statmount": (457, 457), "listmount": (458, 458), "open_tree_attr": (467, 467),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "quotactl": (179, 60), "quotactl_fd": (443, 443),
    # Namespaces.
    "unshare": (272, 97), "setns": (308, 268),
    # The machine.
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "reboot": (169, 142), "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89),
    "clock_settime": (227, 112), "settimeofday": (164, 170), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "vhangup": (153, 58), "iopl": (172, -1), "ioperm": (173, -1),
    "modify_ldt": (154, -1), "uselib": (134, -1), "personality": (135, 92),
    # Programs: denied to kg's own processes only.
    "execve": (59, 221), "execveat": (322, 281),
    # Filtered by their arguments.
    "clone": (56, 220), "clone3": (435, 435), "socketpair": (53, 199), "mmap": (9, 222), "open": (2, -1), "openat": (257, 56),
    "openat2": (437, 437), "prlimit64": (302, 261), "setpriority": (141, 140), "ioprio_set": (251, 30),
    "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "fcntl": (72, 25), "ioctl": (16, 29), "kill": (62, 129), "tkill": (200, 130),
    "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_send_signal": (424, 424),
    "truncate": (76, 45),
    # Changes to files that can't be opened: Landlock has no rules for them.
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, -1),
    "fchown": (93, 55), "lchown": (94, -1), "fchownat": (260, 54), "utime": (132, -1), "utimes": (235, -1),
    "futimesat": (261, -1), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "setxattrat": (463, 463),
    "removexattrat": (466, 466), "inotify_add_watch": (254, 27),
}  # fmt: skip
_NAMES: Final = list(_NUMBERS)
_NOT_ALWAYS: Final = _NAMES[_NAMES.index("execve") : _NAMES.index("chmod")]
_ON_PATHS: Final = _NAMES[_NAMES.index("chmod") :]
_OWN: Final = 0x7FFFFFF0
"""Placeholder for the process's own id, which the launcher replaces."""


class DeniedCall(NamedTuple):
    """A call that fails: always, or depending on the masked value of an argument."""

    call: str
    error: int = errno.EPERM
    argument: int = -1
    """Number of the argument to compare, from 0; -1: none."""
    mask: int = 0
    value: int = 0
    unless: bool = False
    """Whether the call fails unless the masked argument equals the value."""


_ALL: Final = 0xFFFFFFFF
_SPACES: Final = 0x7E020000
"""The flags of `clone` that create namespaces."""
NEVER: Final[Sequence[DeniedCall]] = (
    *(DeniedCall(name, errno.EACCES if name in ("socket", "connect") else errno.EPERM) for name in _NUMBERS
      if name not in _NOT_ALWAYS and name not in _ON_PATHS),
    DeniedCall("clone", errno.EPERM, 0, _SPACES, 0, unless=True),
    # Its flags are in memory, which a filter can't read: the C library falls back to `clone` if the call doesn't exist.
    DeniedCall("clone3", errno.ENOSYS),
    DeniedCall("openat2", errno.ENOSYS),
    DeniedCall("socketpair", errno.EACCES, 0, _ALL, 1, unless=True),  # AF_UNIX only
    # Limits and priorities of other processes of the same user could be changed.
    *(DeniedCall(name, errno.EPERM, 0, _ALL, 0, unless=True) for name in (
        "prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr")),
    *(DeniedCall(name, errno.EPERM, 1, _ALL, 0, unless=True) for name in ("setpriority", "ioprio_set")),
    # Signals to other processes on events of a file: F_SETOWN, F_SETOWN_EX, FIOSETOWN, SIOCSPGRP.
    *(DeniedCall(name, errno.EPERM, 1, _ALL, value) for name, value in (
        ("fcntl", 8), ("fcntl", 15), ("ioctl", 0x8901), ("ioctl", 0x8902))),
)  # fmt: skip
"""Calls denied to every program."""
PATHS: Final[Sequence[DeniedCall]] = tuple(DeniedCall(name) for name in _ON_PATHS)
"""Calls denied to a program that runs as the user who owns the machine's files."""
SHARED: Final[Sequence[DeniedCall]] = (DeniedCall("mmap", errno.EPERM, 3, 0x21, 0x21),)
"""Shared memory without a file, which can be allocated without being mapped: denied if memory is only watched per process."""
SIGNALS: Final[Sequence[DeniedCall]] = (
    *(DeniedCall(name, errno.EPERM, 0, _ALL, _OWN, unless=True) for name in (
        "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")),
    DeniedCall("pidfd_send_signal"),
)  # fmt: skip
"""Signals to other processes: denied if nothing else prevents signals to the user's other processes."""
TRUNCATE: Final[Sequence[DeniedCall]] = (DeniedCall("truncate"),)
"""Truncation of files by path, which Landlock covers since Linux 6.2 only."""
UNNAMED: Final[Sequence[DeniedCall]] = (
    DeniedCall("open", errno.EOPNOTSUPP, 1, 0x400000, 0x400000), DeniedCall("openat", errno.EOPNOTSUPP, 2, 0x400000, 0x400000),
)  # fmt: skip
"""Files without a name: denied if only the folder is watched."""


def compile_filter(rules: Sequence[DeniedCall]) -> bytes:
    """Compile rules to a filter program for the kernel of this machine; empty if its call numbers are unknown.

    Calls of another ABI end the process, x32 included.

    >>> len(compile_filter(NEVER)) % 8
    0
    """
    machine = _MACHINES.get(platform.machine())
    if not sys.platform.startswith("linux") or machine is None:
        return b""
    abi, column = machine
    # struct sock_filter: code, jump if true, jump if false, value.
    program = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, abi), (_RETURN, 0, 0, _END), (_LOAD, 0, 0, 0)]
    program += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _END)]
    for rule in rules:
        number = _NUMBERS[rule.call][column]
        if number < 0:
            continue
        fail = (_RETURN, 0, 0, _FAIL | rule.error)
        if rule.argument < 0:
            program += [(_EQUAL, 0, 1, number), fail]
            continue
        # The low half of the argument; the high half of these flags has no meaning.
        program += [(_EQUAL, 0, 5, number), (_LOAD, 0, 0, 16 + 8 * rule.argument), (_AND, 0, 0, rule.mask)]
        program += [(_EQUAL, int(rule.unless), int(not rule.unless), rule.value), fail, (_LOAD, 0, 0, 0)]
    program.append((_RETURN, 0, 0, _ALLOW))
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)
