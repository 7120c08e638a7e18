"""Runs a program on content of notes in a sandbox: limits on time, memory, files, output, processes and access."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kg.base.errors import KgError
from kg.base.json_forms import json_ascii
from kg.base.process import cage, calls, groups
from kg.base.process.watcher import OWN_MEMORY, SandboxLimits, end_program, watch_program
from kg.base.removal import remove_at_exit, remove_tree

__all__ = ["HOLDS", "NEEDS", "SYSTEM", "CageError", "Caged", "SandboxLimits", "run", "try_system"]

SYSTEM: Final = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random",
    "/nix/store",
)  # fmt: skip
"""Paths that every program may read: other programs and libraries, nothing personal."""
_ABI = 6
"""The newest version of Landlock that the sandbox uses."""
_CPUS: Final = 2
"""CPUs that a run may use, if control groups enforce it."""
_UIDS: Final = range(61_184, 65_520)
"""Unused user ids: each run that starts as root reserves one of them."""


class Caged(NamedTuple):
    """The result of a program, and which restrictions were enforced."""

    status: int | None
    """Exit status; above 128 the number of the signal that ended it; None if kg ended it or could not start it."""
    stdout: str
    stderr: str
    ended: str
    """Why kg ended it: ``time``, ``output``, ``memory``, ``disk``, ``processes``; empty if it ended by itself."""
    held: Mapping[str, bool]
    """Whether each restriction was enforced; the keys are those of `HOLDS`."""
    files: Mapping[str, bytes]
    """The requested files that the program left; empty if kg ended it."""
    by: Mapping[str, str] = {}
    """What enforced each: ``namespace``, ``seccomp``, ``Landlock``, ``control group``, ``tmpfs``, ``watcher`` and the like."""


HOLDS: Final[Mapping[str, str]] = {
    "network": "no network",
    "processes": "processes of its own",
    "files": "no view of other files",
    "user": "no rights of root",
    "calls": "no dangerous system calls",
    "memory": "a limit on memory",
    "disk": "a limit on files",
}
"""The restrictions that a sandbox must enforce, in words for readers."""
NEEDS: Final[Mapping[str, str]] = {
    "network": "a network namespace or seccomp",
    "processes": "a namespace of processes, or root, or seccomp",
    "files": "Landlock: Linux 5.13 or newer with landlock among its security modules (lsm=…), not barred by the container",
    "user": "an ordinary user, or root that may change users (CAP_SETUID, CAP_SETGID, CAP_CHOWN)",
    "calls": "seccomp, on x86_64 or aarch64",
    "memory": "a control group that kg may make, or /proc and seccomp",
    "disk": "user or mount namespaces for a tmpfs, or Landlock and seccomp",
}
"""What the system needs for each."""


class CageError(KgError):
    """The system can't enforce a required restriction, so nothing was run."""

    def __init__(self, lacks: Sequence[str]) -> None:
        super().__init__(
            f"nothing of the notes was run: this system can't enforce {', '.join(HOLDS[name] for name in lacks)}",
            hint=f"it takes {'; '.join(NEEDS[name] for name in lacks)}. Run it on such a Linux, or, if you trust the notes "
            "like programs: kg verify --unsafe",
        )


def run(
    command: Sequence[str],
    files: Mapping[str, str],
    *,
    limits: SandboxLimits,
    tools: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
) -> Caged:
    """Run a program in a scratch folder that contains `files`, without input, network or environment, within `limits`.

    `tools` are files and folders outside the system's own that it may read and run; if kg is root, they are made visible to
    the unprivileged user that the program runs as, and `command` is changed to name them there. `keep` names files to return,
    together at most `limits.file` bytes. Raises CageError if the system can't enforce all of `HOLDS`, unless
    `limits.unsafe` is set.
    """
    base = Path(tempfile.mkdtemp(prefix="kg-verify-"))
    user = _user() if os.geteuid() == 0 else None
    try:
        base.chmod(0o711)
        work = base / "work"
        work.mkdir()
        for name, text in files.items():
            (work / name).write_text(text, encoding="utf-8", errors="replace", newline="")
        uid = user[0] if user is not None else 0
        if uid:
            for path in (work, *work.iterdir()):
                with contextlib.suppress(OSError):
                    os.chown(path, uid, uid)
        variables = [f"{key}={value}" for key, value in (environment or {}).items()]
        binds, read, changed = _visible(base, tools, [*command, *variables], hidden=bool(uid))
        changed, variables = changed[: len(command)], changed[len(command) :]
        address = limits.memory if limits.address is None else limits.address
        told: dict[str, Any] = {
            "command": changed, "work": str(work), "uid": uid, "binds": binds, "read": [*SYSTEM, *read], "keep": list(keep),
            "env": {"PATH": "/usr/bin:/bin", "HOME": str(work), "TMPDIR": str(work), "LANG": "C.UTF-8"},
            "limits": {
                "cpu": int(limits.seconds) + 5, "address": address, "memory": limits.memory, "file": limits.file,
                "files": 256, "processes": limits.processes,
            },
            "disk": limits.disk, "entries": limits.entries, "unsafe": limits.unsafe, "filters": _filters(),
            "abi": _ABI,
        }  # fmt: skip
        told["env"].update(v.split("=", 1) for v in variables)
        # If the work folder is a tmpfs, its content is in memory too.
        group = groups.make_group(limits.memory + limits.disk + OWN_MEMORY, limits.processes + 8, _CPUS)
        told["groups"] = [] if group is None else group.joined_by
        try:
            return _run(told, work, limits, group)
        finally:
            if group is not None:
                group.end()
    finally:
        if user is not None:
            user[1].close()
        remove_tree(base)


@functools.cache
def _filters() -> dict[str, str]:
    """Return the filters of system calls, by name, as they are passed to the launcher."""
    rules = {
        "never": calls.NEVER, "paths": calls.PATHS, "shared": calls.SHARED, "unnamed": calls.UNNAMED,
        "signals": calls.SIGNALS, "truncate": calls.TRUNCATE,
    }  # fmt: skip
    return {name: base64.b64encode(calls.compile_filter(denied)).decode() for name, denied in rules.items()}


def _user() -> tuple[int, socket.socket]:
    """Reserve a user id for this run, to identify what it leaves behind. The socket holds it until it is closed.

    The socket's name is in the abstract namespace, so that no file of a killed run keeps the id reserved.
    """
    start = (os.getpid() * 31 + time.monotonic_ns() // 1000) % len(_UIDS)
    for i in range(len(_UIDS)):
        uid = _UIDS[(start + i) % len(_UIDS)]
        held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            if sys.platform.startswith("linux"):
                held.bind(f"\0kg-sandbox-{uid}")
        except OSError:
            held.close()
            continue
        return uid, held
    raise KgError("no user id is free for the run", hint="end other runs of kg verify")


def try_system() -> Mapping[str, str]:
    """Return, by key of `HOLDS`, what enforces it on this system, empty if nothing does; tested with a trivial program."""
    try:
        by = run(["/bin/sh", "-c", ":"], {}, limits=SandboxLimits(seconds=20, unsafe=True)).by
    except CageError:
        by = {}
    return {key: by.get(key, "") for key in HOLDS}


def _visible(
    base: Path, tools: Sequence[Path], command: list[str], *, hidden: bool
) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Make tools visible to an unprivileged user; return the folders to bind, the paths to read, and the command."""
    binds, read = [], []
    for number, tool in enumerate(tools):
        tool = Path(os.path.realpath(tool))
        if not hidden or _open_to_all(tool):
            read.append(str(tool))
            continue
        place = base / f"tool{number}"
        if not tool.is_dir():
            shutil.copyfile(tool, place)
            place.chmod(0o755)
        elif _can_mount():
            place.mkdir()
            binds.append((str(tool), str(place)))
        else:
            place = _copy_of(tool)
        read.append(str(place))
        # A path is at the start of an argument, or after the name of a variable.
        own = re.compile(rf"^([A-Z_]+=|){re.escape(str(tool))}(?=/|$)")
        command = [own.sub(lambda m, place=place: f"{m[1]}{place}", part) for part in command]  # type: ignore[misc]
    return binds, read, command


@functools.cache
def _can_mount() -> bool:
    """Return whether this process may mount folders (CAP_SYS_ADMIN)."""
    with contextlib.suppress(OSError, ValueError, StopIteration):
        rows = Path("/proc/self/status").read_text(errors="replace").splitlines()
        return bool(int(next(row for row in rows if row.startswith("CapEff:")).split()[1], 16) >> 21 & 1)
    return False


_copying = threading.Lock()
_copies: dict[Path, Path] = {}


def _copy_of(tool: Path) -> Path:
    """Return a copy of a tool's folder that every user can read; made once and removed when kg exits."""
    with _copying:
        if tool not in _copies:
            place = Path(tempfile.mkdtemp(prefix="kg-verify-tool-"))
            remove_at_exit(place)
            place.chmod(0o755)
            _copies[tool] = place / "tool"
            shutil.copytree(tool, _copies[tool], symlinks=True)
        return _copies[tool]


def _open_to_all(path: Path) -> bool:
    """Return whether every user may read this and pass through all folders above it."""
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode
        if not mode & stat.S_IROTH:
            return False
        return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
    return False


def _run(told: Mapping[str, Any], work: Path, limits: SandboxLimits, group: groups.ControlGroup | None) -> Caged:
    report, reported = os.pipe()
    kept, keep = os.pipe()
    command = [sys.executable, "-I", "-S", "-B", cage.__file__, json_ascii(told), str(reported), str(keep)]
    try:
        process = subprocess.Popen(  # noqa: S603  # kg's own launcher
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(reported, keep),
            start_new_session=True, env={"PATH": "/usr/bin:/bin"}, cwd="/",
        )  # fmt: skip
    except OSError as error:
        for fd in (report, kept):
            os.close(fd)
        return Caged(None, "", str(error), "", {}, {})
    finally:
        for fd in (reported, keep):
            os.close(fd)
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  # they are pipes
    texts: dict[int, bytearray] = {fd: bytearray() for fd in (process.stdout.fileno(), process.stderr.fileno(), report, kept)}
    try:
        ended = watch_program(process.pid, texts, kept, work, limits, group)
        if not ended and group is not None and group.memory_ran_out():
            ended = "memory"
    finally:
        end_program(process, int(told["uid"]), group)
    # The report may still be in the pipe if the program was ended at once.
    while data := os.read(report, 1 << 16):
        texts[report] += data
    out, err, startup, left = (bytes(text) for text in texts.values())
    for stream in (process.stdout, process.stderr):
        stream.close()
    for fd in (report, kept):
        os.close(fd)
    by = {key: str(how) for key, how in _read(startup).items() if how}
    held = {key: key in by for key in HOLDS} if startup else {}
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    if startup and status == cage.FAILED and not all(held.values()) and not limits.unsafe:
        raise CageError([key for key in HOLDS if not held[key]])
    last = _read(left)
    if not ended and status and last.get("full"):
        ended = "disk"
    files = {str(name): base64.b64decode(data) for name, data in last.get("files", {}).items()}
    return Caged(
        # Without a report the program was not started: the status is that of the launcher.
        status=None if ended or not startup or status == cage.FAILED else status,
        stdout=out[: limits.output].decode("utf-8", "replace"),
        stderr=err[: limits.output].decode("utf-8", "replace"),
        ended=ended,
        held=held,
        files={} if ended else files,
        by=by,
    )


def _read(data: bytes) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        return dict(json.loads(data)) if data else {}
    return {}
