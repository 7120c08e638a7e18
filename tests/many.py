"""Several ``kg`` at once, some killed, some with a system call that fails: forks of one process that has all of kg loaded.

Run as a script, this file is that process: it reads jobs as lines of JSON from stdin and writes what came of each to stdout.
The calls of a job run all at once, or, with `one_by_one`, one after the other. A fault names the Nth call that kg's writers
make below a folder: `ENOSPC`, `EIO`, `short` (half of a write is done), `killed` before it, `done-killed` behind it,
`half-killed`.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

WHO = {
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ann",
    "NO_COLOR": "1",
}  # fmt: skip


class Call(NamedTuple):
    """One call of the command line; times are seconds after its start."""

    args: tuple[str, ...]
    kill: float | None = None
    below: str = ""
    """Calls of the system to count: those that write below this folder."""
    at: int = 0
    """Which of them goes wrong, from 1; 0 for none."""
    what: str = ""


class Came(NamedTuple):
    """What came of a call."""

    status: int
    stdout: str
    stderr: str
    calls: Sequence[str]
    """The calls of the system below the folder, in order."""


class Many:
    """The process that forks, started at once."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, **WHO},
        )  # fmt: skip

    def run(self, calls: Sequence[Call], *, one_by_one: bool = False) -> list[Came]:
        """Run calls, and wait until all have ended."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"calls": [c._asdict() for c in calls], "one_by_one": one_by_one}) + "\n")
        process.stdin.flush()
        return [Came(**row) for row in json.loads(process.stdout.readline())]

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=60)


def _main() -> None:
    from program import _load

    _load()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        job = json.loads(line)
        calls = [Call(**{**c, "args": tuple(c["args"])}) for c in job["calls"]]
        with tempfile.TemporaryDirectory(prefix="kg-many-") as temporary:
            folder = Path(temporary)
            statuses = (
                [_wait([_start(folder, n, call)])[0] for n, call in enumerate(calls)]
                if job["one_by_one"]
                else _wait([_start(folder, n, call) for n, call in enumerate(calls)])
            )
            rows = []
            for n, status in enumerate(statuses):
                said = [(folder / f"{n}.{end}").read_bytes().decode("utf-8", "replace") for end in ("out", "err", "log")]
                rows.append(Came(status, said[0], said[1], said[2].splitlines())._asdict())
        answers.write(json.dumps(rows) + "\n")
        answers.flush()


def _start(folder: Path, number: int, call: Call) -> int:
    files = [os.open(folder / f"{number}.{end}", os.O_RDWR | os.O_CREAT | os.O_APPEND) for end in ("out", "err", "log")]
    child = os.fork()
    if child:
        for file in files:
            os.close(file)
        return child
    if call.kill is not None:
        # The system ends it as SIGKILL would, by its own clock: forks that come later don't delay that.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, call.kill)
    try:
        from kg.app.cli import run as kg

        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(files[0], 1)
        os.dup2(files[1], 2)
        sys.stdin, sys.stdout, sys.stderr = (open(n, mode, encoding="utf-8") for n, mode in enumerate("rww"))  # noqa: PTH123, SIM115
        sys.argv = ["kg", *call.args]
        if call.below:
            _Faults(call, files[2]).install()
        kg()
    except BaseException:  # noqa: BLE001  # the end of the process: it is shown as Python shows it
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


def _wait(started: Sequence[int]) -> list[int]:
    statuses = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in started]
    return [-signal.SIGKILL if status == -signal.SIGALRM else status for status in statuses]


class _Faults:
    """Stands before the functions through which kg's writers call the system."""

    NAMES = ("write", "fsync", "ftruncate", "replace", "link", "unlink", "mkdir", "fchmod", "fchown", "setxattr", "open")

    def __init__(self, call: Call, log: int) -> None:
        self.call, self.log = call, log
        self.count = 0
        self.real: Mapping[str, Callable[..., Any]] = {name: getattr(os, name) for name in self.NAMES}
        self.readlink = os.readlink

    def install(self) -> None:
        from kg.base import durable, staging

        for name in self.NAMES:
            setattr(os, name, self._before(name))
        real = durable.rename_at

        def rename_at(at: int, old: str, new: str, flags: int) -> bool:
            return bool(self._do("renameat2", real, (at, old, new, flags), {"src_dir_fd": at}))

        durable.rename_at = staging.rename_at = rename_at  # type: ignore[assignment]

    def _before(self, name: str) -> Callable[..., Any]:
        real = self.real[name]

        def stand_in(*args: Any, **more: Any) -> Any:
            return self._do(name, real, args, more)

        return stand_in

    def _place(self, name: str, args: tuple[Any, ...], more: Mapping[str, Any]) -> str:
        """The path that a call is about."""
        if name == "renameat2" or (name not in ("write", "fsync", "ftruncate", "fchmod", "fchown", "setxattr")):
            path = os.fsdecode(args[1] if name == "renameat2" else args[0])
            folder = more.get("dir_fd", more.get("src_dir_fd"))
            return path if path.startswith("/") or folder is None else f"{self.readlink(f'/proc/self/fd/{folder}')}/{path}"
        return self.readlink(f"/proc/self/fd/{args[0]}") if isinstance(args[0], int) else ""

    def _do(self, name: str, real: Callable[..., Any], args: tuple[Any, ...], more: dict[str, Any]) -> Any:
        try:
            place = self._place(name, args, more)
        except OSError:
            place = ""
        writes = name != "open" or (len(args) > 1 and args[1] & (os.O_CREAT | os.O_RDWR | os.O_WRONLY))
        if not writes or not place.startswith(self.call.below + "/") or "/.kg/" in f"{place}/":
            return real(*args, **more) if name != "renameat2" else real(*args)
        self.count += 1
        self.real["write"](self.log, f"{name} {place}\n".encode())
        ordered = () if name == "renameat2" else more.items()
        if self.count != self.call.at:
            return real(*args, **dict(ordered))
        what = self.call.what
        if what == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if what in ("short", "half-killed"):
            half = real(args[0], bytes(args[1])[: len(args[1]) // 2])
            if what == "half-killed":
                os.kill(os.getpid(), signal.SIGKILL)
            return half
        if what == "done-killed":
            real(*args, **dict(ordered))
            os.kill(os.getpid(), signal.SIGKILL)
        code = getattr(errno, what)
        raise OSError(code, os.strerror(code))


def faults_for(call: str) -> tuple[str, ...]:
    """What may go wrong with a call of a kind."""
    name = call.partition(" ")[0]
    if name == "write":
        return ("ENOSPC", "EIO", "short", "killed", "half-killed", "done-killed")
    return ("ENOSPC" if name in ("open", "mkdir", "renameat2", "link") else "EIO", "killed", "done-killed")


if __name__ == "__main__":
    _main()
