"""Runs a program on text from notes, shut in: bounds on time, memory, files, output and processes, and what it may reach."""

from __future__ import annotations

import contextlib
import json
import os
import re
import selectors
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kg.errors import KgError
from kg.process import cage

SYSTEM: Final = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/ld.so.conf",
    "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random",
    "/nix/store",
)  # fmt: skip
"""What every program may read: other programs and libraries, nothing of a person."""
_TICK: Final = 0.1
_LOOK: Final = 0.2
"""Seconds between looks at memory, disk and processes."""
_UIDS: Final = range(61_184, 65_520)
"""Users that nobody is: of these, each run that starts as root takes one for itself."""


class Limits(NamedTuple):
    """What a program may use. Bytes, seconds, numbers."""

    seconds: float = 60
    memory: int = 2 << 30
    file: int = 64 << 20
    """Of each file."""
    disk: int = 256 << 20
    """Of all files together."""
    output: int = 4 << 20
    processes: int = 64
    address: int | None = None
    """Address space of each process; None: as `memory`; 0: not limited, then only what is used counts."""


class Caged(NamedTuple):
    """How a program ended, and what held it."""

    status: int | None
    """Exit status; above 128 the number of the signal that ended it; None where it was ended or could not be started."""
    stdout: str
    stderr: str
    ended: str
    """Why it was ended: ``time``, ``output``, ``memory``, ``disk``, ``processes``; empty where it ended by itself."""
    held: Mapping[str, bool]
    """What the system held: ``network``, ``processes``, ``files``, ``user``, ``calls``."""
    files: Mapping[str, bytes]
    """The files asked for that it left."""


def run(
    command: Sequence[str],
    files: Mapping[str, str],
    *,
    limits: Limits,
    tools: Sequence[Path] = (),
    environment: Mapping[str, str] | None = None,
    keep: Sequence[str] = (),
) -> Caged:
    """Run a program in a scratch folder that holds `files`, without input, network or environment, within `limits`.

    `tools` are files and folders outside of the system's that it may read and run; where kg is root they are made visible to
    the unprivileged user that the program runs as, and `command` is changed to name them there. `keep` names files to return.
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
                os.chown(path, uid, uid)
        variables = [f"{key}={value}" for key, value in (environment or {}).items()]
        binds, read, changed = _visible(base, tools, [*command, *variables], hidden=bool(uid))
        changed, variables = changed[: len(command)], changed[len(command) :]
        address = limits.memory if limits.address is None else limits.address
        said: dict[str, Any] = {
            "command": changed, "cwd": str(work), "uid": uid, "binds": binds, "read": [*SYSTEM, *read],
            "write": [str(work), "/dev/null"],
            "env": {"PATH": "/usr/bin:/bin", "HOME": str(work), "TMPDIR": str(work), "LANG": "C.UTF-8"},
            "limits": {
                "cpu": int(limits.seconds) + 5, "memory": address, "file": limits.file, "files": 256,
                "processes": limits.processes,
            },
        }  # fmt: skip
        said["env"].update(v.split("=", 1) for v in variables)
        found = _run(said, work, limits)
        kept = {}
        for name in keep:
            path = work / name
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= limits.file:
                kept[name] = path.read_bytes()
        return found._replace(files=kept)
    finally:
        if user is not None:
            user[1].close()
        shutil.rmtree(base, ignore_errors=True)


def _user() -> tuple[int, socket.socket]:
    """A user of its own for this run: what it leaves behind is known by it. The socket holds it until it is closed.

    Its name is in the abstract namespace, so that no file of a killed run keeps it taken.
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
    raise KgError("there is no user left to run as", hint="end other runs of kg verify")


HOLDS: Final[Mapping[str, str]] = {
    "network": "no network",
    "processes": "processes of its own",
    "files": "no view of other files",
    "user": "no rights of root",
    "calls": "no sockets",
}
"""What a sandbox can hold, in words for readers."""


def lacking() -> tuple[str, ...]:
    """What this system can't hold, of what a sandbox can; it is tried with a program that does nothing."""
    held = run(["/bin/sh", "-c", ":"], {}, limits=Limits(seconds=20)).held
    return tuple(text for key, text in HOLDS.items() if not held.get(key))


def _visible(
    base: Path, tools: Sequence[Path], command: list[str], *, hidden: bool
) -> tuple[list[tuple[str, str]], list[str], list[str]]:
    """Tools that an unprivileged user can't reach get a place where it can: folders to bind, what to read, the command."""
    binds, read = [], []
    for number, tool in enumerate(tools):
        tool = Path(os.path.realpath(tool))
        if not hidden or _open_to_all(tool):
            read.append(str(tool))
            continue
        place = base / f"tool{number}"
        if tool.is_dir():
            place.mkdir()
            binds.append((str(tool), str(place)))
        else:
            shutil.copyfile(tool, place)
            place.chmod(0o755)
        read.append(str(place))
        # A path stands at the beginning of an argument, or behind the name of a variable.
        own = re.compile(rf"^([A-Z_]+=|){re.escape(str(tool))}(?=/|$)")
        command = [own.sub(lambda m, place=place: f"{m[1]}{place}", part) for part in command]  # type: ignore[misc]
    return binds, read, command


def _open_to_all(path: Path) -> bool:
    """Whether every user may read this and pass through all folders above it."""
    with contextlib.suppress(OSError):
        mode = path.stat().st_mode
        if not mode & stat.S_IROTH:
            return False
        return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)
    return False


def _run(said: Mapping[str, object], work: Path, limits: Limits) -> Caged:
    theirs, ours = os.pipe()[::-1]
    command = [sys.executable, "-I", "-S", "-B", cage.__file__, json.dumps(said), str(theirs)]
    try:
        process = subprocess.Popen(  # noqa: S603  # kg's own launcher
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(theirs,),
            start_new_session=True, env={"PATH": "/usr/bin:/bin"}, cwd=work,
        )  # fmt: skip
    except OSError as error:
        os.close(theirs)
        os.close(ours)
        return Caged(None, "", str(error), "", {}, {})
    os.close(theirs)
    assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  # they are pipes
    texts: dict[int, bytearray] = {fd: bytearray() for fd in (process.stdout.fileno(), process.stderr.fileno(), ours)}
    try:
        ended = _watch(process.pid, texts, work, limits)
    finally:
        _kill(process, int(str(said["uid"])))
    out, err, report = (bytes(text) for text in texts.values())
    for stream in (process.stdout, process.stderr):
        stream.close()
    os.close(ours)
    try:
        held = {str(k): bool(v) for k, v in json.loads(report).items()} if report else {}
    except ValueError:
        held = {}
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Caged(
        None if ended or status == cage.FAILED else status, out[: limits.output].decode("utf-8", "replace"),
        err[: limits.output].decode("utf-8", "replace"), ended, held, {},
    )  # fmt: skip


def _watch(pid: int, texts: dict[int, bytearray], work: Path, limits: Limits) -> str:
    """Read what a program says until it closes its output; why it is to be ended, or nothing."""
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
            now = time.monotonic()
            if sum(map(len, texts.values())) > limits.output:
                return "output"
            if now > end:
                return "time"
            if now > look:
                look = now + _LOOK
                number, memory = _used(pid)
                # Three processes belong to the launcher.
                if number > limits.processes + 3:
                    return "processes"
                if memory > limits.memory:
                    return "memory"
                if _size(work) > limits.disk:
                    return "disk"
    return ""


def _family(pid: int) -> list[int]:
    """A process and all that it and they have started."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208  # on the hot path
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                parent = int(file.read().rpartition(b")")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found, queue = [], [pid]
    while queue:
        found.append(queue[0])
        queue += children.get(queue.pop(0), [])
    return found


def _used(pid: int) -> tuple[int, int]:
    """Number of processes and bytes of memory of a process and its descendants."""
    family = _family(pid)
    memory = 0
    for member in family:
        with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{member}/statm", "rb") as file:  # noqa: PTH123
            memory += int(file.read().split()[1]) * 4096
    return len(family), memory


def _size(folder: Path) -> int:
    total = 0
    with contextlib.suppress(OSError):
        for parent, _, names in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError):
                    total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118
    return total


def _kill(process: subprocess.Popen[bytes], uid: int) -> None:
    """End a program and all that it has started, whatever they do."""
    if process.poll() is None or not uid:
        for _ in range(20):
            family = _family(process.pid)
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            for member in family:
                with contextlib.suppress(OSError):
                    os.kill(member, signal.SIGKILL)
            if len(family) <= 1:
                break
    process.wait()
    # What left its family is known by the user that only this run had.
    for name in os.listdir("/proc") if uid and os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208
        if name.isdigit():
            with contextlib.suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == uid:  # noqa: PTH116
                    os.kill(int(name), signal.SIGKILL)
