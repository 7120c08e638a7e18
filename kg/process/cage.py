"""What stands between a program that runs text from notes and the machine: started as a script, it shuts itself in and runs it.

It uses what the system allows and says what held: namespaces (network, processes, mounts), an unprivileged user where it
starts as root, Landlock for files, a filter of system calls, and limits of resources.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Sequence
from typing import Any, Final

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_REC_PRIVATE: Final = 0x4000 | 0x40000
_BIND: Final = 0x1000
_REMOUNT_RO: Final = 0x1000 | 0x20 | 0x1 | 0x2 | 0x4  # bind, remount, read-only, nosuid, nodev
_PDEATHSIG, _NO_NEW_PRIVS, _SECCOMP = 1, 38, 22
# Landlock (linux/landlock.h): its three calls have the same numbers on all machines.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ: Final = 1 | 1 << 2 | 1 << 3  # execute, read files, read folders
_ON_FILES: Final = 1 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
# By machine: the name of its ABI (linux/audit.h), and the numbers of socket, connect, io_uring_setup and ptrace.
_CALLS: Final = {"x86_64": (0xC000003E, (41, 42, 425, 101)), "aarch64": (0xC00000B7, (198, 203, 425, 117))}
FAILED: Final = 125
"""Exit status of the launcher where it could not start the program."""


def main(said: dict[str, Any], report: int) -> None:
    """Shut this process in and run the command; what held is written to the file descriptor `report`."""
    libc = ctypes.CDLL(None, use_errno=True)
    linux = sys.platform.startswith("linux")
    held = dict.fromkeys(("network", "processes", "files", "user", "calls"), False)
    if linux:
        libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    root = os.geteuid() == 0
    spaces = _unshare(libc, root) if linux else 0
    held["network"] = bool(spaces & _NEWNET)
    if spaces & _NEWPID:
        held["processes"] = True
        _as_parent(libc)
        if spaces & _NEWNS:
            libc.mount(None, b"/", None, _REC_PRIVATE, None)
            libc.mount(b"proc", b"/proc", b"proc", 0xE, None)
    for source, target in said["binds"]:
        if not spaces & _NEWNS or libc.mount(os.fsencode(source), os.fsencode(target), None, _BIND, None) != 0:
            _fail("the folder of a tool can't be made visible to an unprivileged user")
        libc.mount(None, os.fsencode(target), None, _REMOUNT_RO, None)
    if root and said["uid"]:
        os.setgroups([])
        os.setgid(said["uid"])
        os.setuid(said["uid"])
    held["user"] = os.geteuid() != 0
    os.chdir(said["cwd"])
    os.umask(0o077)
    _limit(said["limits"], own=held["user"] and (root or bool(spaces & _NEWUSER)))
    if linux:
        libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        read = [*said["read"], *(["/proc"] if spaces & _NEWPID and spaces & _NEWNS else [])]
        held["files"], no_tcp = _landlock(libc, read, said["write"])
        held["calls"] = _filter(libc)
        held["network"] = held["network"] or held["calls"] or no_tcp
    os.write(report, json.dumps(held).encode())
    os.close(report)
    command = said["command"]
    try:
        os.execve(command[0], command, said["env"])  # noqa: S606  # running it is what this is for
    except OSError as error:
        _fail(f"can't run {command[0]}: {error.strerror}")


def _fail(why: str) -> None:
    sys.stderr.write(f"kg: {why}\n")
    sys.stderr.flush()
    os._exit(FAILED)


def _unshare(libc: Any, root: bool) -> int:
    """Leave the namespaces of the others, as many as the system allows; the flags of those that were left."""
    uid, gid = os.getuid(), os.getgid()
    got = 0
    if not root:
        if libc.unshare(_NEWUSER) != 0:
            return 0
        got = _NEWUSER
        for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
            with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
                file.write(text)
    for flag in (_NEWNET, _NEWIPC, _NEWUTS, _NEWNS, _NEWPID):
        if libc.unshare(flag) == 0:
            got |= flag
    return got


def _as_parent(libc: Any) -> None:
    """Go on in the second process of the new namespace: the first one waits for it, and with its end all others end."""
    for _ in range(2):
        child = os.fork()
        if child == 0:
            libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            continue
        for fd in range(3, 64):
            with contextlib.suppress(OSError):
                os.close(fd)
        while True:
            try:
                pid, status = os.wait()
            except InterruptedError:
                continue
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                # What a signal ended is told by a number above 128, as shells do.
                os._exit(code if code >= 0 else 128 - code)


def _limit(limits: dict[str, int], *, own: bool) -> None:
    for name, key in (("CPU", "cpu"), ("AS", "memory"), ("FSIZE", "file"), ("NOFILE", "files"), ("NPROC", "processes")):
        # Where the user has other processes, these count too: then the number is watched from outside only.
        if (name == "NPROC" and not own) or not limits[key]:
            continue
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limits[key], limits[key]))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _landlock(libc: Any, read: Sequence[str], write: Sequence[str]) -> tuple[bool, bool]:
    """Bar all files but those named; whether that is done, and whether TCP is barred too."""
    abi = libc.syscall(_CREATE, None, 0, 1)
    if abi < 1:
        return False, False
    everything = (1 << (13 if abi < 2 else 14 if abi < 3 else 15 if abi < 5 else 16)) - 1
    attributes = struct.pack("QQQ", everything, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = 8 if abi < 4 else 16 if abi < 6 else 24
    rules = libc.syscall(_CREATE, attributes, size, 0)
    if rules < 0:
        return False, False
    for paths, access in ((read, _READ), (write, everything)):
        for path in paths:
            with contextlib.suppress(OSError):
                fd = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
                allowed = access & everything & (-1 if os.path.isdir(path) else _ON_FILES)  # noqa: PTH112
                libc.syscall(_ADD, rules, 1, struct.pack("=Qi", allowed, fd), 0)
                os.close(fd)
    done = libc.syscall(_RESTRICT, rules, 0) == 0
    os.close(rules)
    return done, done and abi >= 4


def _filter(libc: Any) -> bool:
    """Take away the means to open a connection of any kind, sockets of this machine included; whether that is done."""
    known = _CALLS.get(platform.machine())
    if known is None:
        return False
    abi, calls = known
    # struct sock_filter: code, jump if true, jump if false, value. Calls of another ABI end the process.
    program = [struct.pack("HBBI", 0x20, 0, 0, 4), struct.pack("HBBI", 0x15, 1, 0, abi), struct.pack("HBBI", 0x06, 0, 0, 0)]
    program.append(struct.pack("HBBI", 0x20, 0, 0, 0))
    program += [struct.pack("HBBI", 0x15, len(calls) - i, 0, call) for i, call in enumerate(calls)]
    program += [struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000), struct.pack("HBBI", 0x06, 0, 0, 0x00050000 | 13)]
    code = ctypes.create_string_buffer(b"".join(program))
    return int(libc.prctl(_SECCOMP, 2, struct.pack("HP", len(program), ctypes.addressof(code)), 0, 0)) == 0


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), int(sys.argv[2]))
