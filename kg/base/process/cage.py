"""The launcher of programs that run content of notes: a script that restricts itself and then starts the program.

There are three processes: the keeper, which creates namespaces and the work folder, waits, ends leftover processes and returns
the requested files; the first process of the new process namespace, if there is one; and the program. It reports which
mechanism enforces each restriction. If one can't be enforced, it starts nothing, unless its task allows that.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import resource
import signal
import stat
import struct
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000
_REC_PRIVATE: Final = 0x4000 | 0x40000
_BIND: Final = 0x1000
_NOSUID_NODEV: Final = 0x2 | 0x4
_REMOUNT_RO: Final = 0x1000 | 0x20 | 0x1 | _NOSUID_NODEV  # bind, remount, read-only
_PDEATHSIG, _SECCOMP, _SUBREAPER, _NO_NEW_PRIVS = 1, 22, 36, 38
# Landlock (linux/landlock.h): its three calls have the same numbers on all machines.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ: Final = 1 | 1 << 2 | 1 << 3  # execute, read files, read folders
_ON_FILES: Final = 1 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
_NODES: Final = 1 << 6 | 1 << 9 | 1 << 11  # character devices, sockets, block devices
_REMOVE: Final = 1 << 4 | 1 << 5 | 1 << 13  # remove folders, remove files, move to another folder
_OWN: Final = struct.pack("I", 0x7FFFFFF0)
"""Placeholder in filters for the program's process id."""
FAILED: Final = 125
"""Exit status of the launcher if it could not start the program."""
_LIMITS: Final = {
    "CPU": "cpu", "AS": "address", "DATA": "memory", "FSIZE": "file", "NOFILE": "files", "NPROC": "processes"
}  # fmt: skip
_RIGHTS: Final = ((5, 16), (3, 15), (2, 14), (0, 13))
"""First version of Landlock → number of access rights for files from that version on, newest first."""
_ATTRIBUTES: Final = ((6, 24), (4, 16), (0, 8))
"""First version of Landlock → bytes of the attribute structure from that version on."""
MUST: Final = ("network", "processes", "files", "user", "calls", "memory", "disk")
"""Restrictions that must be enforced before a program starts."""


def _first(*choices: tuple[object, str]) -> str:
    """Return the text of the first choice whose condition is true; empty if none is."""
    return next((text for condition, text in choices if condition), "")


def _since(values: tuple[tuple[int, int], ...], version: int) -> int:
    """Return the value for a version, from pairs of first version and value, newest first."""
    return next(value for first, value in values if version >= first)


class _Cage:
    """One run: its task, and the protection that the system provides."""

    def __init__(self, told: dict[str, Any], report: int, keep: int) -> None:
        self.told = told
        self.report = report
        self.keep = keep
        self.libc: Any = ctypes.CDLL(None, use_errno=True)
        self.linux = sys.platform.startswith("linux")
        self.root = os.geteuid() == 0
        self.spaces = 0
        self.mounted = False
        """Whether the work folder is a file system of its own, with a limit."""
        self.by = dict.fromkeys(MUST, "")
        """What enforces each restriction; empty: nothing."""

    def start(self) -> NoReturn:
        """Restrict this process and run the command; exit with its status."""
        for fd in (self.report, self.keep):
            os.set_inheritable(fd, False)
        if self.linux:
            # Without a process namespace, the keeper must end leftover processes before it exits.
            self.libc.prctl(_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            self._join()
            self.spaces = self._unshare()
            self._mount()
            self.libc.prctl(_SUBREAPER, 1, 0, 0, 0)
        if self.spaces & _NEWPID:
            self.libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        child = os.fork()
        if child == 0:
            os.close(self.keep)
            self._inside()
        os.close(self.report)
        signal.signal(signal.SIGTERM, self._stop)
        code = _wait(child)
        _sweep(self._owner())
        _send(self.keep, self._left())
        os._exit(code)

    def _stop(self, *_: object) -> NoReturn:
        _sweep(self._owner())
        os._exit(FAILED)

    def _owner(self) -> int:
        """Return the user id reserved for this run, or 0."""
        return int(self.told["uid"]) if self.root else 0

    def _join(self) -> None:
        for path in self.told["groups"]:
            try:
                with open(path, "w") as file:  # noqa: PTH123
                    file.write("0")
            except OSError as error:
                _fail(f"can't join a control group: {error.strerror}")

    def _unshare(self) -> int:
        """Leave the shared namespaces, as many as the system allows; return the flags of those that were left."""
        uid, gid = os.getuid(), os.getgid()
        got = 0
        if not self.root:
            if self.libc.unshare(_NEWUSER) != 0:
                return 0
            got = _NEWUSER
            for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
                with contextlib.suppress(OSError), open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
                    file.write(text)
        for flag in (_NEWNET, _NEWIPC, _NEWUTS, _NEWNS, _NEWPID):
            if self.libc.unshare(flag) == 0:
                got |= flag
        return got

    def _mount(self) -> None:
        """Give the program a work folder of limited size, and bind mounts of tools that it could not reach."""
        work = self.told["work"]
        if self.spaces & _NEWNS:
            self.libc.mount(None, b"/", None, _REC_PRIVATE, None)
            files = {}
            for name in os.listdir(work):  # noqa: PTH208
                with open(os.path.join(work, name), "rb") as file:  # noqa: PTH118, PTH123
                    files[name] = file.read()
            owner = self.told["uid"] or os.getuid()
            group = self.told["uid"] or os.getgid()
            options = f"size={self.told['disk']},nr_inodes={self.told['entries']},mode=700,uid={owner},gid={group}"
            kind = b"tmpfs"
            self.mounted = self.libc.mount(kind, os.fsencode(work), kind, _NOSUID_NODEV, options.encode()) == 0
            for name, data in files.items() if self.mounted else ():
                path = os.path.join(work, name)  # noqa: PTH118
                with open(path, "wb") as file:  # noqa: PTH123
                    file.write(data)
                os.chown(path, owner, group)
        for source, target in self.told["binds"]:
            if not self.spaces & _NEWNS or self.libc.mount(os.fsencode(source), os.fsencode(target), None, _BIND, None) != 0:
                _fail("the folder of a tool can't be made visible to an unprivileged user")
            self.libc.mount(None, os.fsencode(target), None, _REMOUNT_RO, None)

    def _inside(self) -> NoReturn:
        """Run the child of the keeper: it becomes the program, or the first process of its namespace and its parent."""
        if self.spaces & _NEWPID:
            self.libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if self.spaces & _NEWNS:
                self.libc.mount(None, b"/", None, _REC_PRIVATE, None)
                self.libc.mount(b"proc", b"/proc", b"proc", 0xE, None)
            child = os.fork()
            if child:
                os.closerange(3, 1024)
                # When it exits, all other processes of the namespace end.
                os._exit(_wait(child))
        self._become()
        with contextlib.suppress(OSError):
            os.write(self.report, json.dumps(self.by).encode())
        lacking = [name for name in MUST if not self.by[name]]
        if lacking and not self.told["unsafe"]:
            _fail(f"this system can't enforce: {', '.join(lacking)}")
        command = self.told["command"]
        try:
            os.execve(command[0], command, self.told["env"])  # noqa: S606  # running it is what this is for
        except OSError as error:
            _fail(f"can't run {command[0]}: {error.strerror}")

    def _become(self) -> None:
        """Drop all privileges, then run the program."""
        by, uid = self.by, self.told["uid"]
        if self.root and uid:
            try:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
            except OSError as error:
                _fail(f"can't become an unprivileged user: {error.strerror}")
        try:
            os.chdir(self.told["work"])
        except OSError as error:
            _fail(f"the folder for temporary files can't be entered by an unprivileged user: {error.strerror}")
        os.umask(0o077)
        alone = self.root and uid != 0
        if not self.linux:
            _limit(self.told["limits"], own=alone)
            return
        # The change of user has reset it.
        self.libc.prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        count = 0 if alone or self.spaces & _NEWUSER else _tasks(os.getuid())
        grouped = bool(self.told["groups"])
        limits = dict(self.told["limits"])
        limits["processes"] += count
        if not grouped:
            # Data in socket buffers counts for no process: the fewer sockets the better.
            limits["files"] = min(limits["files"], 64)
        _limit(limits, own=True)
        self.libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        own_view = self.spaces & _NEWPID and self.spaces & _NEWNS
        read = [*self.told["read"], *(["/proc"] if own_view else [])]
        abi = self._landlock(read)
        filters = self.told["filters"]
        # As a process of the same user it could end all others, unless something prevents that.
        apart = alone or self.spaces & _NEWPID or abi >= 6
        wanted = [
            "never",
            *([] if apart else ["signals"]),
            *([] if alone else ["paths"]),
            *([] if alone or abi >= 3 else ["truncate"]),
            *([] if grouped else ["shared"]),
            *([] if self.mounted else ["unnamed"]),
        ]
        filtered = not [name for name in wanted if not self._filter(base64.b64decode(filters[name]))]
        by["calls"] = "seccomp" if filtered else ""
        by["network"] = "namespace" if self.spaces & _NEWNET else by["calls"]
        by["processes"] = _first(
            (self.spaces & _NEWPID, "namespace"), (alone, "user of its own"), (abi >= 6, "Landlock"), (True, by["calls"])
        )
        # Landlock doesn't cover modes, owners and times of files: if the program's user owns them, a filter is needed.
        by["files"] = "Landlock" if abi and (alone or filtered) else ""
        by["user"] = _first((alone, "user of its own"), (os.geteuid() != 0, "no new rights"))
        watched = filtered and os.path.exists("/proc/self/status")  # noqa: PTH110
        by["memory"] = _first((grouped, "control group"), (watched, "watcher"))
        # Without a file system of its own, the content of the folder is counted: nothing may be removed except by name.
        by["disk"] = _first((self.mounted, "tmpfs"), (filtered and abi, "watcher"))

    def _landlock(self, read: Sequence[str]) -> int:
        """Forbid all files except those named, signals to others, and TCP; return Landlock's version, 0 if there is none."""
        libc = self.libc
        abi = min(int(libc.syscall(_CREATE, None, 0, 1)), int(self.told["abi"]))
        if abi < 1:
            return 0
        everything = (1 << _since(_RIGHTS, abi)) - 1
        attributes = struct.pack("QQQ", everything, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
        rules = libc.syscall(_CREATE, attributes, _since(_ATTRIBUTES, abi), 0)
        if rules < 0:
            return 0
        # A folder that is only watched must show all its content: an open file that was removed would be counted nowhere.
        inside = everything & ~_NODES & ~(0 if self.mounted else _REMOVE)
        for paths, access in ((read, _READ), ([self.told["work"]], inside), (["/dev/null"], everything)):
            for path in paths:
                with contextlib.suppress(OSError):
                    fd = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
                    allowed = access & everything & (-1 if os.path.isdir(path) else _ON_FILES)  # noqa: PTH112
                    libc.syscall(_ADD, rules, 1, struct.pack("=Qi", allowed, fd), 0)
                    os.close(fd)
        done = libc.syscall(_RESTRICT, rules, 0) == 0
        os.close(rules)
        return abi if done else 0

    def _filter(self, program: bytes) -> bool:
        """Install a filter of system calls; return whether it worked. The filter is empty on unknown machines."""
        if not program:
            return False
        code = ctypes.create_string_buffer(program.replace(_OWN, struct.pack("I", os.getpid())), len(program))
        head = struct.pack("HP", len(program) // 8, ctypes.addressof(code))
        return int(self.libc.prctl(_SECCOMP, 2, head, 0, 0)) == 0

    def _left(self) -> bytes:
        """Return what the program left: the requested files, whether its folder is full, and how large it is."""
        files: dict[str, str] = {}
        full = False
        room = int(self.told["limits"]["file"])
        with contextlib.suppress(OSError):
            folder = os.open(self.told["work"], os.O_RDONLY)
            if self.mounted:
                space = os.fstatvfs(folder)
                full = space.f_bfree == 0 or space.f_ffree == 0
            for name in self.told["keep"]:
                with contextlib.suppress(OSError):
                    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
                    found = os.fstat(fd)
                    if stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and found.st_size <= room:
                        with open(fd, "rb") as file:  # noqa: PTH123
                            data = file.read(room)
                        room -= len(data)
                        files[name] = base64.b64encode(data).decode()
                    else:
                        os.close(fd)
        return json.dumps({"full": full, "files": files}).encode()


def _fail(why: str) -> NoReturn:
    sys.stderr.write(f"kg: {why}\n")
    sys.stderr.flush()
    os._exit(FAILED)


def _wait(child: int) -> int:
    """Wait for a child, and reap processes that were reparented to this one; return its status as shells report it."""
    while True:
        try:
            pid, status = os.wait()
        except InterruptedError:
            continue
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _sweep(owner: int) -> None:
    """End all processes below this one: orphans are reparented to it, so that none escapes."""
    child = -1
    if owner:
        # There may be no room for a process: then end them one by one.
        with contextlib.suppress(OSError):
            child = os.fork()
        if child == 0:
            # All of this user at once: even one that starts others faster than they can be ended one by one.
            with contextlib.suppress(OSError):
                os.setgroups([])
                os.setgid(owner)
                os.setuid(owner)
                os.kill(-1, signal.SIGKILL)
            os._exit(0)
        with contextlib.suppress(OSError):
            os.waitpid(child, 0 if child > 0 else os.WNOHANG)
    for what in [*([signal.SIGSTOP] * 3), *([signal.SIGKILL] * 200)]:
        below = _below(os.getpid())
        for pid in below:
            with contextlib.suppress(OSError):
                os.kill(pid, what)
        with contextlib.suppress(OSError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not below:
            return


def _stats() -> list[tuple[int, int]]:
    """Return each process visible to this one, with its parent."""
    pairs = []
    for name in os.listdir("/proc") if os.path.isdir("/proc") else ():  # noqa: PTH112, PTH208
        if name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                pairs.append((int(name), int(file.read().rpartition(b")")[2].split()[1])))
    return pairs


def _below(top: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for pid, parent in _stats():
        children.setdefault(parent, []).append(pid)
    below = list(children.get(top, ()))
    for pid in below:
        below += children.get(pid, ())
    return below


def _tasks(uid: int) -> int:
    """Return the number of processes and threads that a user has already: the limit includes them."""
    count = 0
    for pid, _ in _stats():
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid == uid:  # noqa: PTH116
                count += len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208
    return count


def _limit(limits: dict[str, int], *, own: bool) -> None:
    for name, key in _LIMITS.items():
        # If the user has other processes, they count too: then the number is only watched from outside.
        if (name == "NPROC" and not own) or not limits[key]:
            continue
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (limits[key], limits[key]))
    for name in ("CORE", "MSGQUEUE", "MEMLOCK"):
        with contextlib.suppress(ValueError, OSError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (0, 0))


def _send(fd: int, data: bytes) -> None:
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(fd, data) :]
    os.close(fd)


if __name__ == "__main__":
    _Cage(json.loads(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])).start()
