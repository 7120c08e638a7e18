"""Limits that the operating system enforces on a process: memory, time, no network."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import struct
from pathlib import Path
from typing import Final

from kg.base.process.calls import DeniedCall, compile_filter

_NO_NEW_PRIVILEGES: Final = 38
_SECCOMP: Final = 22
_FILTER: Final = 2
_OUTWARD: Final = tuple(
    DeniedCall(name, errno.EACCES) for name in ("socket", "connect", "io_uring_setup", "execve", "execveat")
)


def no_network() -> bool:
    """Permanently forbid this process to open a connection or to run a program; return whether the system supports that.

    The text of a query is checked for calls of other servers; this holds even if a text evades the check. A call of another
    ABI ends the process, as in the sandbox.
    """
    program = compile_filter(_OUTWARD)
    if not program:
        return False
    code = ctypes.create_string_buffer(program)
    head = struct.pack("HP", len(program) // 8, ctypes.addressof(code))
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
