"""Runs `kg` on hostile bases and says what went wrong: ``hostile_run.py FIRST COUNT [--keep]`` prints a JSON object for each fault.

Each run is a fork of a process that has all of kg loaded, in a network namespace of its own without any interface that is up, but
for the loopback while a server is asked. An audit hook in the fork writes down which programs it starts and where it connects.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import hashlib
import itertools
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import stat
import sys
import tempfile
import time
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

# Both are found beside this file.
from hostile_bases import Arena, make  # noqa: E402
from hostile_commands import command_of, reads_history  # noqa: E402
from hostile_git import walk  # noqa: E402
from hostile_serve import ask_all, loopback, own_namespace  # noqa: E402
from hostile_talks import Program, talk  # noqa: E402
from program import _become, _load  # noqa: E402

from kg.base.removal import remove_tree  # noqa: E402

SECONDS = 90
"""No run may take longer; most take a tenth of a second."""
MEMORY = 1 << 30
_GIT, _PYTHON, _PAGEFIND = r"git", r"python[\d.]*", r"pagefind\w*"
PROGRAMS: dict[str, tuple[str, ...]] = {
    "build": (_GIT, _PAGEFIND), "check": (_GIT, _PYTHON), "coverage": (_GIT,), "diff": (_GIT,), "metrics": (_GIT,), "plan": (_GIT,),
    "review": (_GIT,), "snapshot": (_GIT,), "serve": (_PYTHON,), "mcp": (_PYTHON, _GIT), "lsp": (_PYTHON,),
    "verify": (_PYTHON, "node", "coqc", "coqtop", "coqchk", "NuSMV", "sh", "bash"),
}  # fmt: skip
"""Programs that each command may start, by name; no other command starts any, but for `kg doctor`, which asks every tool for its
version. Their folders are outside of what was made for the run."""
MARK = os.environ.get("HOSTILE_TOKEN", "")
"""In the environment with which this process began, which /proc shows whatever is done to it later: no output may hold it."""
LOOPBACK = re.compile(r"connect \('(127\.0\.0\.1|::1)', .*|address (127\.0\.0\.1|::1|localhost)")
IN_ALL = 300
"""Seconds for the making of a base, its run and all that is looked at: what takes longer is a fault, and the next comes."""
MOST_PRINTED, MOST_WRITTEN = 64 << 20, 1 << 30
_DIES_WITH_PARENT = 1


class Ended(NamedTuple):
    """How a run ended."""

    status: int | None
    """None where it was ended for its time."""
    stdout: bytes
    stderr: bytes
    peak: int
    """Bytes of memory of the largest process. They aren't added up: forks share most of their pages, which would count for each."""
    seconds: float
    events: list[str]
    """Programs that were started and addresses that were asked, as the audit hook saw them."""
    wrong: list[str]
    """What a server answered that it must not."""
    answers: int
    """Requests of an assistant or an editor that were answered."""


def _audited(events: int) -> None:
    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in ("subprocess.Popen", "os.exec", "os.posix_spawn"):
            os.write(events, f"program {args[0] or args[1][0]}\n".encode("utf-8", "surrogateescape"))
        elif event == "os.system":
            os.write(events, f"program {args[0]!r}\n".encode())
        elif event == "socket.connect" and isinstance(args[1], tuple):
            os.write(events, f"connect {args[1]}\n".encode())
        elif event == "socket.getaddrinfo":
            os.write(events, f"address {args[0]}\n".encode())

    sys.addaudithook(hook)


def run(arguments: Sequence[str], arena: Arena, *, asked: bool = False) -> Ended:
    """Be `kg` with these arguments in the base; a server is asked where it is one that can be."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(4)]
        asking = None
        if arguments[0] in ("mcp", "lsp"):
            reader, writer = os.pipe()
            files[0] = stack.enter_context(open(reader, "rb"))  # noqa: PTH123
            asking = stack.enter_context(open(writer, "wb", 0))  # noqa: PTH123
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            if asking is not None:
                os.close(asking.fileno())  # whoever has it open keeps the input from ending
            _be(arguments, arena, [os.dup(f.fileno()) for f in files])
        process = _Process(child)
        wrong: list[str] = []
        answers = 0
        try:
            if asking is not None:
                files[0].close()
                heard = lambda place: os.pread(files[1].fileno(), MOST_PRINTED, place)  # noqa: E731
                program = Program(asking.write, heard, process.running)
                wrong, answers = talk(tuple(arguments), arena.base, program, random.Random(arena.secret))
                asking.close()
            elif arguments[0] == "serve":
                if asked:
                    with loopback():
                        said = lambda: os.pread(files[2].fileno(), 1 << 16, 0)  # noqa: E731
                        draw = random.Random(arena.secret)
                        wrong = ask_all(said, process.running, arena.base / "output", arena.secret, draw)
                else:
                    process.wait(2)
                process.end(signal.SIGINT)
            status, peak = process.wait(SECONDS)
        finally:
            process.kill()
        texts = [os.pread(file.fileno(), MOST_PRINTED, 0) for file in files[1:]]
        events = texts[2].decode("utf-8", "surrogateescape").splitlines()
        return Ended(status, texts[0], texts[1], peak, time.monotonic() - start, events, wrong, answers)


def _be(arguments: Sequence[str], arena: Arena, files: list[int]) -> None:
    """Be `kg` in a fork; does not return. It goes when the process that forked goes, and writes no file without end."""
    os.setsid()
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
    os.sync = lambda: None  # what others write on this machine needn't be on the disk
    _audited(files.pop())
    # The caches are the run's own: what is in them is looked at.
    kept = {name: value for name, value in os.environ.items() if name.startswith("KG_") and name != "KG_CACHE"}
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(arena.home), "NO_COLOR": "1", "XDG_CACHE_HOME": str(arena.home / ".cache"),
        "LANG": "C.UTF-8", "HOSTILE_SECRET": arena.secret, **kept,
        **{f"XDG_{name}": f"{arena.home}/xdg/{name.lower()}" for name in ("CONFIG_HOME", "DATA_HOME", "STATE_HOME", "RUNTIME_DIR")},
    }  # fmt: skip
    if arguments[0] != "verify":  # as another user, a program in the sandbox couldn't pass through the folders above
        environment["TMPDIR"] = str(arena.home / "tmp")
    _become({"args": list(arguments), "cwd": str(arena.base), "env": environment, "closed": False}, files)


class _Process:
    """A child that is waited for, and ended with all of its group."""

    def __init__(self, child: int) -> None:
        self._child = child
        self._descriptor = os.pidfd_open(child)
        self._ended: tuple[int, int] | None = None

    def running(self) -> bool:
        return not self._done(0)

    def _done(self, seconds: float) -> bool:
        if self._ended is None and select.select([self._descriptor], [], [], seconds)[0]:
            _, status, usage = os.wait4(self._child, 0)
            self._ended = os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024
        return self._ended is not None

    def wait(self, seconds: float) -> tuple[int | None, int]:
        """Exit status and peak of memory; no status where it hasn't ended by then."""
        self._done(seconds)
        return self._ended or (None, 0)

    def end(self, how: signal.Signals) -> None:
        if self._ended is None:
            os.kill(self._child, how)

    def kill(self) -> None:
        """End it and what it has started; one that the system can't end is left to it."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._child, signal.SIGKILL)
        self._done(20)
        os.close(self._descriptor)


def content(path: str, most: int) -> bytes:
    """The first bytes of a file that is a regular one, and nothing of what else may stand there by now."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123
        return file.read(most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def state(folder: Path) -> dict[str, str]:
    """What lies below a folder: path → kind, mode, and a digest of the bytes or the target of a link."""
    found = {}
    for path, status in walk(folder):
        text = ""
        with contextlib.suppress(OSError):
            if stat.S_ISLNK(status.st_mode):
                text = str(Path(path).readlink())
            elif stat.S_ISREG(status.st_mode) and status.st_size < 1 << 20:
                text = hashlib.sha256(content(path, 1 << 20)).hexdigest()
        found[path] = f"{status.st_mode:o} {text}"
    return found


def around(arena: Arena) -> dict[str, str]:
    """What may not change: all that is outside of the base, but for kg's cache.

    The home holds all places of the user's in which programs write without being asked: those of XDG and the temporary one.
    """
    cache = f"{arena.home}/.cache/kg"
    kept = {**state(arena.outside), **state(arena.home)}
    own = {
        path: what for path, what in kept.items() if not f"{cache}/".startswith(f"{path}/") and not path.startswith(f"{cache}/")
    }
    return {**own, **{str(entry): "beside all bases" for entry in arena.base.parents[1].iterdir()}}


def secrets(arena: Arena) -> list[bytes]:
    """What no output may hold: what stands in files outside and in the environment."""
    return [text.encode() for text in (arena.secret, MARK) if text]


def leaks(arena: Arena, before: dict[str, str]) -> list[str]:
    """Files of the base and of the cache that hold a secret and did not before."""
    found = []
    for path, status in itertools.chain(walk(arena.base), walk(arena.home / ".cache")):
        if arena.secret in path:
            found.append(f"a name: {path}")
        if not stat.S_ISREG(status.st_mode) or status.st_size > 32 << 20:
            continue
        with contextlib.suppress(OSError):
            data = content(path, 32 << 20)
            plain = data
            if data[:2] == b"\x1f\x8b":
                with contextlib.suppress(zlib.error):
                    plain = zlib.decompressobj(31).decompress(data, 32 << 20)
            if (
                any(secret in plain for secret in secrets(arena))
                and before.get(path) != f"{status.st_mode:o} {hashlib.sha256(data).hexdigest()}"
            ):
                found.append(path)
    return found


_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]|\x1b")


def faults(
    arguments: Sequence[str], arena: Arena, outside: dict[str, str], base: dict[str, str], ended: Ended, beside: set[str]
) -> list[str]:
    """What went wrong in a run."""
    wrong = list(ended.wrong)
    said = ended.stdout + ended.stderr
    if ended.status is None:
        wrong.append(f"no end within {SECONDS} s")
    elif ended.status not in (0, 1, 2) and not (arguments[0] == "serve" and ended.status in (130, -2)):
        wrong.append(f"ended with {ended.status}")
    if b"Traceback (most recent call last)" in said:
        wrong.append("traceback")
    if ended.peak > MEMORY:
        wrong.append(f"{ended.peak >> 20} MB of memory")
    if any(secret in said for secret in secrets(arena)):
        wrong.append("the secret is in what it prints")
    wrong += [f"the secret is in {path}" for path in leaks(arena, base)[:3]]
    wrong += [f"changed outside: {path}" for path in sorted(set(outside.items()) ^ set(around(arena).items()))[:3]]
    new = {entry.name for entry in arena.base.parent.iterdir()} - beside
    wrong += [f"a program of the base ran or something was written beside it: {name}" for name in sorted(new)]
    wrong += [f"audit: {event}" for event in ended.events if not _is_allowed(event, arguments, arena)]
    if _CONTROL.search(said):
        wrong.append("control characters in what it prints")
    return wrong


def _is_allowed(event: str, arguments: Sequence[str], arena: Arena) -> bool:
    """Whether a program is one of the system's that kg needs, and a connection leads to this machine, for what may ask there."""
    kind, _, what = event.partition(" ")
    if kind != "program":
        asks = arguments[0] in ("publish", "serve", "doctor") or tuple(arguments[:2]) == ("uses", "update")
        return asks and LOOPBACK.fullmatch(event) is not None
    made = os.path.realpath(arena.base.parent)
    inside = any(Path(path).is_relative_to(made) for path in (os.path.normpath(what), os.path.realpath(what)))
    # `kg doctor` asks each tool of the machine for its version.
    allowed = arguments[0] == "doctor" or any(re.fullmatch(name, Path(what).name) for name in PROGRAMS.get(arguments[0], ()))
    return not inside and Path(what).is_absolute() and allowed


def _judged(arguments: Sequence[str], arena: Arena, *, asked: bool = False) -> tuple[Ended, list[str]]:
    """Run a command, and say what went wrong."""
    beside = {entry.name for entry in arena.base.parent.iterdir()}
    outside, base = around(arena), state(arena.base)
    ended = run(arguments, arena, asked=asked)
    return ended, faults(arguments, arena, outside, base, ended, beside)


def attempt(seed: int, folder: Path, *, alone: bool, keep: bool) -> tuple[float, int]:
    """Run the command of a seed on its base, and print what went wrong: seconds and peak of memory of the run."""
    arena = make(folder / str(seed), seed, history=reads_history(seed))
    arguments = command_of(seed)
    wrong = []
    if arguments[0] == "serve":
        built = ("build", "--quiet", "--stage", ("site", "graph", "graph")[seed % 3])
        wrong = [f"{' '.join(built)}: {fault}" for fault in _judged(built, arena)[1]]
    ended, own = _judged(arguments, arena, asked=alone)
    wrong += own
    if wrong:
        tail = (ended.stderr or ended.stdout)[-1500:].decode("utf-8", "replace")
        row = {
            "seed": seed, "command": arguments, "features": arena.features, "faults": wrong, "status": ended.status,
            "seconds": round(ended.seconds, 1), "stderr": tail,
        }  # fmt: skip
        print(json.dumps(row), flush=True)
    if keep:
        kept = shutil.move(arena.base.parent, Path(tempfile.gettempdir()) / f"kg-hostile-kept-{seed}")
        print(json.dumps({"kept": str(kept), "command": arguments, "features": arena.features}), flush=True)
    else:
        remove_tree(arena.base.parent)
    return ended.seconds, ended.peak


def _in_memory() -> str | None:
    """A folder in memory where there is one with room: half of the time went to the disk."""
    with contextlib.suppress(OSError):
        room = os.statvfs("/dev/shm")  # noqa: S108
        if room.f_bavail * room.f_frsize > 2 * MOST_WRITTEN and os.access("/dev/shm", os.W_OK | os.X_OK):  # noqa: S108
            return "/dev/shm"  # noqa: S108
    return None


def _too_long(_signal: int, _frame: object) -> None:
    raise TimeoutError(f"the harness itself takes more than {IN_ALL} s")


def main(first: int, count: int, *, keep: bool) -> None:
    alone = own_namespace()
    _load()
    gc.collect()
    gc.freeze()  # forks copy no pages of what is only collected
    print(json.dumps({"network namespace": alone}), flush=True)
    runs, seconds, peak = 0, 0.0, 0
    signal.signal(signal.SIGALRM, _too_long)
    with tempfile.TemporaryDirectory(prefix="kg-hostile-", dir=_in_memory()) as folder:
        for seed in range(first, first + count):
            signal.setitimer(signal.ITIMER_REAL, IN_ALL)
            try:
                took, most = attempt(seed, Path(folder), alone=alone, keep=keep)
            except Exception as error:  # noqa: BLE001  # a fault of the harness is told of its seed, and the next comes
                wrong = f"the harness: {type(error).__name__}: {error}"
                print(json.dumps({"seed": seed, "command": command_of(seed), "faults": [wrong]}), flush=True)
                continue
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            runs, seconds, peak = runs + 1, seconds + took, max(peak, most)
        own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used = {"own": round(own.ru_utime + own.ru_stime, 1), "kg": round(others.ru_utime + others.ru_stime, 1)}
    print(json.dumps({"runs": runs, "seconds": round(seconds, 1), "peak": peak, "processor seconds": used}), flush=True)


if __name__ == "__main__":
    if not MARK:
        mark = {"HOSTILE_TOKEN": f"canary{os.urandom(8).hex()}"}
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **mark})  # noqa: S606  # itself
    main(int(sys.argv[1]), int(sys.argv[2]), keep="--keep" in sys.argv[3:])
