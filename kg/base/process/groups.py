"""Control groups: limits on memory, number of processes and CPU time that the kernel enforces for a tree of processes."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

_NEEDED: Final = ("memory", "pids")
_lock = threading.Lock()
_parents: dict[str, Path] | None = None
"""Controller → folder in which groups can be created; None: not tried yet. In version 2 it is the same for all."""


class ControlGroup:
    """A control group for one run. Version 2 has one folder, version 1 has one for each controller."""

    def __init__(self, folders: Mapping[str, Path], version: int) -> None:
        self._folders = folders
        self.version = version

    @property
    def joined_by(self) -> list[str]:
        """Return the files to which a process writes 0 to join the group."""
        return [str(folder / "cgroup.procs") for folder in dict.fromkeys(self._folders.values())]

    def limit(self, memory: int, processes: int, cpus: float) -> None:
        """Set the limits: bytes without swap, number of processes and threads, number of CPUs. Raises OSError."""
        if self.version == 2:
            settings = [("memory.max", memory, True), ("memory.swap.max", 0, False), ("memory.oom.group", 1, False)]
            period = f"{int(cpus * 100_000)} 100000"
            with contextlib.suppress(OSError):
                (self._folders["memory"] / "cpu.max").write_text(period)
        else:
            settings = [
                ("memory.limit_in_bytes", memory, True), ("memory.memsw.limit_in_bytes", memory, False),
                ("memory.swappiness", 0, False),
            ]  # fmt: skip
            with contextlib.suppress(OSError, KeyError):
                (self._folders["cpu"] / "cpu.cfs_quota_us").write_text(str(int(cpus * 100_000)))
        for name, value, must in settings:
            with contextlib.nullcontext() if must else contextlib.suppress(OSError):
                (self._folders["memory"] / name).write_text(str(value))
        (self._folders["pids"] / "pids.max").write_text(str(processes))

    def memory_ran_out(self) -> bool:
        """Return whether the kernel ended a process of the group because memory ran out."""
        name = "memory.events" if self.version == 2 else "memory.oom_control"
        with contextlib.suppress(OSError, ValueError):
            rows = dict(row.split() for row in (self._folders["memory"] / name).read_text().splitlines())
            return int(rows.get("oom_kill", 0)) > 0
        return False

    def refused_processes(self) -> bool:
        """Return whether the kernel refused to start a process because there were too many."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self._folders["pids"] / "pids.events").read_text().split()[1]) > 0
        return False

    def end(self) -> None:
        """End all processes in the group, and remove it."""
        with contextlib.suppress(OSError):
            # Prevent new processes while the others are ended.
            (self._folders["pids"] / "pids.max").write_text("0")
        for _ in range(200):
            with contextlib.suppress(OSError):
                (self._folders["memory"] / "cgroup.kill").write_text("1")
            for pid in self._members():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            if self._remove():
                return
            time.sleep(0.01)

    def _members(self) -> Iterator[int]:
        for folder in dict.fromkeys(self._folders.values()):
            with contextlib.suppress(OSError):
                yield from (int(word) for word in (folder / "cgroup.procs").read_text().split() if word != "0")

    def _remove(self) -> bool:
        for folder in dict.fromkeys(self._folders.values()):
            with contextlib.suppress(OSError):
                folder.rmdir()
        return not any(folder.exists() for folder in self._folders.values())


def make_group(memory: int, processes: int, cpus: float) -> ControlGroup | None:
    """Return a group with these limits; None if this user can't create one. Whether that is possible is tested once."""
    global _parents  # noqa: PLW0603  # what the system allows doesn't change while kg runs
    with _lock:
        if _parents is None:
            _parents = next((parents for parents in _candidates() if _works(parents)), {})
    return _made(_parents, memory, processes, cpus) if _parents else None


def _made(parents: Mapping[str, Path], memory: int, processes: int, cpus: float) -> ControlGroup | None:
    name = f"kg-{os.getpid()}-{secrets.token_hex(8)}"
    folders = {controller: parent / name for controller, parent in parents.items()}
    group = ControlGroup(folders, 2 if len(set(folders.values())) == 1 else 1)
    try:
        for folder in dict.fromkeys(folders.values()):
            _remove_left(folder.parent)
            folder.mkdir()
        group.limit(memory, processes, cpus)
    except OSError:
        group.end()
        return None
    return group


def _remove_left(parent: Path) -> None:
    """Remove empty groups left by runs of kg that were killed."""
    with contextlib.suppress(OSError):
        for folder in parent.glob("kg-*-*"):
            owner = folder.name.split("-")[1]
            if owner.isdigit() and not Path(f"/proc/{owner}").exists():
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _works(parents: Mapping[str, Path]) -> bool:
    """Return whether a process can join a group created there."""
    group = _made(parents, 64 << 20, 16, 1)
    if group is None:
        return False
    try:
        join = 'for file; do echo 0 >"$file" || exit 1; done'
        done = subprocess.run(  # noqa: S603  # kg's own command
            ["/bin/sh", "-c", join, "sh", *group.joined_by], capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    else:
        return done.returncode == 0
    finally:
        group.end()


def _candidates() -> Iterator[dict[str, Path]]:
    """Yield places where groups may be created, best first: version 2 near this process, then version 1."""
    own = _own_paths()
    first: dict[str, Path] = {}
    for point, root, kind, options in _mounts():
        if kind == "cgroup2":
            for folder in _upwards(point, root, own.get("", "/")):
                with contextlib.suppress(OSError):
                    if set(_NEEDED) <= set((folder / "cgroup.subtree_control").read_text().split()):
                        yield dict.fromkeys(_NEEDED, folder)
        else:
            for controller in {"memory", "pids", "cpu"} & set(options):
                first.setdefault(controller, next(_upwards(point, root, own.get(controller, "/"))))
    if set(_NEEDED) <= set(first):
        yield first
        yield {controller: folder for controller, folder in first.items() if controller in _NEEDED}


def _own_paths() -> dict[str, str]:
    """Return the group of this process by controller; the empty key is version 2."""
    own: dict[str, str] = {}
    with contextlib.suppress(OSError, ValueError):
        for row in Path("/proc/self/cgroup").read_text(errors="replace").splitlines():
            _, controllers, path = row.split(":", 2)
            own.update(dict.fromkeys(controllers.split(","), path))
    return own


def _mounts() -> Iterator[tuple[Path, str, str, Sequence[str]]]:
    """Yield mounted hierarchies: mount point, root, ``cgroup`` or ``cgroup2``, and the controllers of version 1."""
    with contextlib.suppress(OSError):
        for row in Path("/proc/self/mountinfo").read_text(errors="replace").splitlines():
            before, _, after = row.partition(" - ")
            fields, words = before.split(), after.split()
            if len(fields) > 4 and len(words) > 2 and words[0] in ("cgroup", "cgroup2"):
                yield Path(fields[4]), fields[3], words[0], words[2].split(",")


def _upwards(point: Path, root: str, path: str) -> Iterator[Path]:
    """Yield the folder of a group and those above it, as far as they are mounted here."""
    inside = path[len(root) :] if path.startswith(root) else path
    folder = point / inside.strip("/")
    while folder != point:
        if folder.is_dir():
            yield folder
        folder = folder.parent
    yield point
