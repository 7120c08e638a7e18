"""Runs `kg` on hostile bases and says what went wrong: ``hostile_run.py FIRST COUNT [--keep]`` prints a JSON object for each fault.

Each run is a fork of a process that has all of kg loaded, in a network namespace of its own without any interface that is up. An
audit hook in the fork writes down which programs it starts and where it connects.
"""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import hashlib
import json
import os
import random
import re
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent.parent)]

# Both are found beside this file.
from hostile_bases import Arena, make  # noqa: E402
from program import _become, _load  # noqa: E402

SECONDS = 90
"""No run may take longer; most take a tenth of a second."""
MEMORY = 1 << 30
PROGRAMS = re.compile(r"(.*/)?(git|python[\d.]*|pagefind\w*|node|coqc|coqtop|coqchk|NuSMV|sh)")
_NEW_NET, _NEW_USER = 0x40000000, 0x10000000

# (weight, arguments); most of the commands, each in the ways that read most.
COMMANDS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (10, ("check",)), (3, ("check", "--format", "json")), (2, ("check", "--format", "github")), (3, ("check", "--fix")),
    (1, ("check", "--write-baseline")), (1, ("check", "--baseline", "ontology/baseline.json")), (1, ("check", "table.ttl")),
    (8, ("build", "--stage", "graph")), (3, ("build", "--stage", "metrics")), (2, ("build",)), (4, ("metrics",)),
    (1, ("metrics", "--format", "json")), (3, ("query", "SELECT * { ?s ?p ?o } LIMIT 5")), (2, ("query",)), (2, ("query", "q")),
    (2, ("suggest",)), (1, ("suggest", "a", "--format", "jsonl")), (1, ("suggest", "--accept", "x")), (1, ("suggest", "--reject", "x")),
    (2, ("why", "a", "c")), (2, ("impact", "c")), (2, ("path", "a")), (2, ("extract",)), (1, ("extract", "--to", "concepts/drafts")),
    (1, ("extract", "--candidates")), (2, ("map", "a", "-o", "map.html")), (3, ("snapshot",)), (2, ("diff", "output")), (3, ("diff", "HEAD")),
    (1, ("review", "status")), (1, ("review", "sample")), (2, ("review", "add", "test", "a", "--by", "x", "--asked", "3", "--correct", "2")),
    (2, ("plan", "status")), (1, ("plan", "next")), (1, ("plan", "log")), (1, ("plan", "start", "1")), (1, ("plan", "checkpoint", "daily")),
    (1, ("plan", "interrupt", "x")), (2, ("export", "turtle")), (1, ("export", "csv", "-o", "tables")), (1, ("export", "trig", "--suggested")),
    (2, ("import", "table.ttl")), (1, ("import", "table.csv")), (1, ("import", "table.rdf")), (1, ("import", "table.jsonld")),
    (1, ("publish", "http://127.0.0.1:9/x", "--retries", "0", "--timeout", "1")), (1, ("doctor",)), (1, ("rule", "KG201")), (1, ("init", ".")),
    (1, ("verify", "--only", "code", "--timeout", "5")), (0.5, ("serve", "--port", "0")), (1, ("check", "--notes", "table.ttl")),
)  # fmt: skip


class Ended(NamedTuple):
    """How a run ended."""

    status: int | None
    """None where it was ended for its time."""
    stdout: bytes
    stderr: bytes
    peak: int
    """Bytes of memory of the largest process."""
    seconds: float
    events: list[str]
    """Programs that were started and addresses that were asked, as the audit hook saw them."""


def shut_off() -> bool:
    """Put this process into a network namespace without any interface that is up; False where the system can't."""
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(_NEW_NET) == 0 or libc.unshare(_NEW_USER | _NEW_NET) == 0


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


def run(arguments: Sequence[str], arena: Arena) -> Ended:
    """Be `kg` with these arguments in the base."""
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(4)]
        start = time.monotonic()
        child = os.fork()
        if child == 0:
            os.setsid()
            _audited(os.dup(files[3].fileno()))
            kept = {name: value for name, value in os.environ.items() if name.startswith("KG_")}
            environment = {
                "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(arena.home), "NO_COLOR": "1", "XDG_CACHE_HOME": str(arena.home / ".cache"),
                "LANG": "C.UTF-8", **kept,
            }  # fmt: skip
            _become(
                {"args": list(arguments), "cwd": str(arena.base), "env": environment}, [os.dup(f.fileno()) for f in files[:3]]
            )
        serving = arguments[0] == "serve"
        ended = _wait(child, 3 if serving else SECONDS, signal.SIGINT if serving else signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        texts = []
        for file in files[1:]:
            file.seek(0)
            texts.append(file.read())
        events = texts[2].decode("utf-8", "surrogateescape").splitlines()
        return Ended(ended[0], texts[0], texts[1], ended[1], time.monotonic() - start, events)


def _wait(child: int, seconds: float, how: signal.Signals) -> tuple[int | None, int]:
    """Wait for a process, and end it when its time is over: its status and its peak of memory."""
    end, ended = time.monotonic() + seconds, False
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            return (None if ended and how == signal.SIGKILL else code), usage.ru_maxrss * 1024
        if time.monotonic() > end:
            if ended:
                how = signal.SIGKILL
            os.kill(child, how)
            ended, end = True, time.monotonic() + 20
        time.sleep(0.002 if seconds - (end - time.monotonic()) < 0.5 else 0.02)


def walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """All below a folder, without following links, at any depth: path and what `lstat` says."""
    queue = [str(folder)]
    while queue:
        try:
            with os.scandir(queue.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    yield entry.path, status
                    if stat.S_ISDIR(status.st_mode):
                        queue.append(entry.path)
        except OSError:
            continue


def state(folder: Path) -> dict[str, str]:
    """What lies below a folder: path → kind, mode, and a digest of the bytes or the target of a link."""
    found = {}
    for path, status in walk(folder):
        text = ""
        if stat.S_ISLNK(status.st_mode):
            text = str(Path(path).readlink())
        elif stat.S_ISREG(status.st_mode) and status.st_size < 1 << 20:
            text = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        found[path] = f"{status.st_mode:o} {text}"
    return found


def leaks(arena: Arena, before: dict[str, str]) -> list[str]:
    """Files of the base that hold the secret and did not before."""
    found = []
    secret = arena.secret.encode()
    for path, status in walk(arena.base):
        if arena.secret in path:
            found.append(f"a name: {path}")
        if not stat.S_ISREG(status.st_mode) or status.st_size > 32 << 20:
            continue
        with contextlib.suppress(OSError):
            data = Path(path).read_bytes()
            if data[:2] == b"\x1f\x8b":
                with contextlib.suppress(OSError, EOFError):
                    data = gzip.decompress(data)
            if secret in data and before.get(path) != f"{status.st_mode:o} {hashlib.sha256(data).hexdigest()}":
                found.append(path)
    return found


_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]|\x1b")


def faults(arguments: Sequence[str], arena: Arena, outside: dict[str, str], base: dict[str, str], ended: Ended) -> list[str]:
    """What went wrong in a run."""
    wrong = []
    said = ended.stdout + ended.stderr
    if ended.status is None:
        wrong.append(f"no end within {SECONDS} s")
    elif ended.status not in (0, 1, 2) and not (arguments[0] == "serve" and ended.status in (130, -2)):
        wrong.append(f"ended with {ended.status}")
    if b"Traceback (most recent call last)" in said:
        wrong.append("traceback")
    if ended.peak > MEMORY:
        wrong.append(f"{ended.peak >> 20} MB of memory")
    if arena.secret.encode() in said:
        wrong.append("the secret is in what it prints")
    wrong += [f"the secret is in {path}" for path in leaks(arena, base)[:3]]
    after = {**state(arena.outside), **state(arena.home / ".ssh")}
    wrong += [f"changed outside: {path}" for path in sorted(set(outside.items()) ^ set(after.items()))[:3]]
    beside = {entry.name for entry in arena.base.parent.iterdir()} - {"base", "outside", "home"}
    wrong += [f"a program of the base ran or something was written beside it: {name}" for name in sorted(beside)]
    for event in ended.events:
        kind, _, what = event.partition(" ")
        allowed = kind == "program" and PROGRAMS.fullmatch(what)
        if not (allowed or arguments[0] in ("publish", "serve", "doctor")):
            wrong.append(f"audit: {event}")
    if _CONTROL.search(said):
        wrong.append("control characters in what it prints")
    return wrong


def remove(folder: Path) -> None:
    """Remove a hostile folder, whatever its modes and depth."""
    for path, status in walk(folder):
        if stat.S_ISDIR(status.st_mode):
            with contextlib.suppress(OSError):
                os.chmod(path, 0o700)  # noqa: PTH101
    os.system(f"rm -rf -- '{folder}'")  # noqa: S605  # a path of this module's own


def main(first: int, count: int, *, keep: bool) -> None:
    alone = shut_off()
    _load()
    print(json.dumps({"network namespace": alone}), flush=True)
    totals = {"runs": 0, "seconds": 0.0, "peak": 0}
    with tempfile.TemporaryDirectory(prefix="kg-hostile-") as folder:
        for seed in range(first, first + count):
            arena = make(Path(folder) / str(seed), seed)
            arguments = random.Random(~seed).choices([c for _, c in COMMANDS], [w for w, _ in COMMANDS])[0]
            outside = {**state(arena.outside), **state(arena.home / ".ssh")}
            base = state(arena.base)
            ended = run(arguments, arena)
            totals = {
                "runs": totals["runs"] + 1,
                "seconds": totals["seconds"] + ended.seconds,
                "peak": max(totals["peak"], ended.peak),
            }
            wrong = faults(arguments, arena, outside, base, ended)
            if wrong:
                tail = (ended.stderr or ended.stdout)[-1500:].decode("utf-8", "replace")
                print(
                    json.dumps({
                        "seed": seed, "command": arguments, "features": arena.features, "faults": wrong, "status": ended.status,
                        "seconds": round(ended.seconds, 1), "stderr": tail,
                    }),
                    flush=True,
                )  # fmt: skip
            if keep:
                print(json.dumps({"kept": str(arena.base), "command": arguments, "features": arena.features}), flush=True)
                arena.base.parent.rename(Path(tempfile.gettempdir()) / f"kg-hostile-kept-{seed}")
            else:
                remove(arena.base.parent)
    print(json.dumps(totals), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), keep="--keep" in sys.argv[3:])
