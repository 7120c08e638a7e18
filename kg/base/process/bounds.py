"""Limits that the operating system enforces on a process: memory, time, no network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Final

_NO_NEW_PRIVILEGES: Final = 38
_SECCOMP: Final = 22
_FILTER: Final = 2
# By machine: the id of its ABI (linux/audit.h), and the numbers of socket, connect, io_uring_setup, execve and execveat.
_CALLS: Final = {
    "x86_64": (0xC000003E, (41, 42, 425, 59, 322)),
    "aarch64": (0xC00000B7, (198, 203, 425, 221, 281)),
}
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | 13  # the call fails with EACCES


def no_network() -> bool:
    """Permanently forbid this process to open a connection or to run a program; return whether the system supports that.

    The text of a query is checked for calls of other servers; this holds even if a text evades the check.
    """
    known = _CALLS.get(platform.machine())
    if not sys.platform.startswith("linux") or known is None:
        return False
    abi, calls = known
    # struct sock_filter: code, jump if true, jump if false, value. Calls of another ABI can't be identified: they are allowed.
    program = [struct.pack("HBBI", _LOAD, 0, 0, 4), struct.pack("HBBI", _EQUAL, 0, len(calls) + 1, abi)]
    program.append(struct.pack("HBBI", _LOAD, 0, 0, 0))
    program += [struct.pack("HBBI", _EQUAL, len(calls) - i, 0, call) for i, call in enumerate(calls)]
    program += [struct.pack("HBBI", _RETURN, 0, 0, _ALLOW), struct.pack("HBBI", _RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(program))
    head = struct.pack("HP", len(program), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return int(libc.prctl(_SECCOMP, _FILTER, head, 0, 0)) == 0


def bound_memory(size: int) -> None:
    """Let this process allocate at most `size` more bytes; an allocation beyond that ends it or raises MemoryError."""
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if size:
        pages = 0
        with contextlib.suppress(OSError, ValueError):
            pages = int(Path("/proc/self/statm").read_text().split()[0])
        has = pages * resource.getpagesize() or 1 << 29
        # Not every system limits address space.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (has + size, has + size))


def end_after(seconds: float) -> None:
    """Let the system end this process after some seconds, even in the middle of a query; 0 cancels that."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def silence() -> None:
    """Discard standard error from now on: the server reports to its users how a process ended."""
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), 2)
