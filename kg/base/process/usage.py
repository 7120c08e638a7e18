"""Actual resource use of a process tree and of a folder, measured from outside if the kernel counts neither."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
from collections.abc import Collection
from pathlib import Path
from typing import Final

_ON_FOLDERS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
DEEPEST: Final = 100
"""Maximum nesting of folders that a program may create if they are watched."""
_SOCKET: Final = 212_992
"""Bytes that a socket can buffer, by the kernel's default."""


def family_of(pid: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208  # on the hot path
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                parent = int(file.read().rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    family, queue = [], [pid]
    while queue:
        family.append(queue[0])
        queue += children.get(queue.pop(0), [])
    return family


def memory_of(pid: int) -> int:
    """Return the bytes that only this process uses plus its share of shared memory, swapped out or not.

    If the system doesn't report shares, shared memory counts in full. Page tables and possible socket buffers count,
    too.
    """
    total = _kilobytes(pid, "status", (b"VmPTE",))
    shares = _kilobytes(pid, "smaps_rollup", (b"Pss_Anon", b"Pss_Shmem", b"SwapPss"))
    total += shares or _kilobytes(pid, "status", (b"RssAnon", b"RssShmem", b"VmSwap"))
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208  # on the hot path
            with contextlib.suppress(OSError):
                total += _SOCKET if os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:") else 0  # noqa: PTH115
    return total


def _kilobytes(pid: int, file: str, names: Collection[bytes]) -> int:
    """Return the sum, in bytes, of some rows of a file about a process; 0 if it can't be read."""
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/{file}", "rb") as rows:  # noqa: PTH123
        return sum(int(row.split()[1]) << 10 for row in rows.read().splitlines() if row.partition(b":")[0] in names)
    return 0


def used_by(pid: int) -> tuple[int, int]:
    """Return number of processes and bytes of memory of a process and its descendants."""
    family = family_of(pid)
    return len(family), sum(memory_of(member) for member in family)


def size_of(folder: Path, most: int) -> tuple[int, int]:
    """Return bytes on disk, and number, of the files and folders below a folder; at most `most` are examined.

    Links are not followed. A tree deeper than `DEEPEST` counts as more than `most`.
    """
    size = number = 0
    with contextlib.suppress(OSError):
        top = os.open(folder, _ON_FOLDERS)
        # Each folder is opened from its parent, so that no path gets too long.
        stack = [(top, os.scandir(top))]
        try:
            while stack and number < most:
                descriptor, entries = stack[-1]
                entry = next(entries, None)
                if len(stack) > DEEPEST:
                    return size, most + 1
                if entry is None:
                    stack.pop()
                    entries.close()
                    os.close(descriptor)
                    continue
                number += 1
                with contextlib.suppress(OSError):
                    found = entry.stat(follow_symlinks=False)
                    size += found.st_blocks * 512
                    if stat.S_ISDIR(found.st_mode):
                        inner = os.open(entry.name, _ON_FOLDERS, dir_fd=descriptor)
                        stack.append((inner, os.scandir(inner)))
        finally:
            for descriptor, entries in stack:
                entries.close()
                os.close(descriptor)
    return size, number


def end_family(pid: int) -> None:
    """End a process and its descendants: stop them first, so that none starts another one meanwhile."""
    for _ in range(20):
        family = family_of(pid)
        for what in (signal.SIGSTOP, signal.SIGKILL):
            for member in family:
                with contextlib.suppress(OSError):
                    os.kill(member, what)
        if len(family) <= 1:
            break
