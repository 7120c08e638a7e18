"""Watches a program in the sandbox: its output, and whether it stays within its limits; ends it with all that it started."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import Final, NamedTuple

from kg.base.process import groups, usage

_TICK: Final = 0.1
_LOOK: Final = 0.1
"""Seconds between checks of memory, disk and processes."""
OWN_MEMORY: Final = 48 << 20
"""Bytes of memory used by the launcher."""


class SandboxLimits(NamedTuple):
    """Resource limits of a program, in bytes, seconds and numbers."""

    seconds: float = 60
    memory: int = 2 << 30
    file: int = 64 << 20
    """Size of each file."""
    disk: int = 256 << 20
    """Size of all files together."""
    output: int = 4 << 20
    processes: int = 64
    address: int | None = None
    """Address space of each process; None: as `memory`; 0: unlimited, only memory in use counts."""
    entries: int = 10_000
    """Number of files, folders and links together."""
    unsafe: bool = False
    """Whether to run the program even if the system can't enforce all restrictions."""


def watch_program(
    pid: int, texts: dict[int, bytearray], kept: int, work: Path, limits: SandboxLimits, group: groups.ControlGroup | None
) -> str:
    """Read the output of a program until it closes it; return which limit it exceeds, or an empty string.

    `texts` receives the bytes by file descriptor; `kept` is the descriptor of the files that the program is to return.
    """
    end = time.monotonic() + limits.seconds
    look = time.monotonic() + _LOOK
    with selectors.DefaultSelector() as selector:
        for fd in texts:
            selector.register(fd, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(_TICK):
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fd)
                texts[key.fd] += data
            moment = time.monotonic()
            if sum(len(text) for fd, text in texts.items() if fd != kept) > limits.output:
                return "output"
            if len(texts[kept]) > 2 * limits.file + (1 << 16):
                return "disk"
            if moment > end:
                return "time"
            if moment > look:
                look = moment + _LOOK
                ended = _beyond(pid, work, limits, group)
                if ended:
                    return ended
    return ""


def _beyond(pid: int, work: Path, limits: SandboxLimits, group: groups.ControlGroup | None) -> str:
    """Return which limit a program exceeds at present, or an empty string."""
    if group is not None and group.memory_ran_out():
        return "memory"
    number, memory = usage.used_by(pid)
    # Three processes belong to the launcher.
    if number > limits.processes + 3:
        return "processes"
    if memory > limits.memory + (OWN_MEMORY if group is None else 0):
        return "memory"
        # If the folder is a file system of its own, only the empty mount point is visible here.
    size, entries = usage.size_of(work, limits.entries)
    return "disk" if size > limits.disk or entries >= limits.entries else ""


def end_program(process: subprocess.Popen[bytes], uid: int, group: groups.ControlGroup | None) -> None:
    """End a program and all processes that it started, whatever they do."""
    if group is not None:
        group.end()
    elif process.poll() is None:
        # The launcher ends its descendants, to which orphans are reparented; then it is ended itself.
        with contextlib.suppress(OSError):
            os.kill(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    if process.returncode is None:
        # It isn't reaped yet, so no other process can have its process id.
        usage.end_family(process.pid)
    process.wait()
    # Processes that left its family are identified by the user id reserved for this run.
    for name in os.listdir("/proc") if uid and os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == uid:  # noqa: PTH116
                    os.kill(int(name), signal.SIGKILL)
