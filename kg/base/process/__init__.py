"""The one place that runs other programs. Each run ends: by a time limit, or at the end of its input."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple

from kg.base.errors import KgError


class Outcome(NamedTuple):
    """The result of a program; `status` is None if it was killed on time-out or could not be started."""

    status: int | None
    stdout: str
    stderr: str


def find(*names: str) -> str | None:
    """Return the path of the first installed program; relative folders in `PATH` are ignored: anyone could write there."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    absolute = os.pathsep.join(folder for folder in folders if os.path.isabs(folder))  # noqa: PTH117  # texts
    return next((path for name in names if (path := shutil.which(name, path=absolute))), None)


NEUTRAL: Final = os.sep
"""A folder without settings from notes: many programs and libraries read settings from the working folder."""


@contextlib.contextmanager
def neutral_folder() -> Iterator[None]:
    """Change to `NEUTRAL` inside the block, and back to the working folder afterwards."""
    before = os.open(".", getattr(os, "O_PATH", os.O_RDONLY))
    try:
        os.chdir(NEUTRAL)
        try:
            yield
        finally:
            os.fchdir(before)
    finally:
        os.close(before)


def run(
    command: Sequence[str], *, timeout: float, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run a program to its end, without input; kill it after `timeout` seconds. `environment` overrides kg's own.

    It starts in `folder`, or in a neutral folder without settings: paths in `command` must be absolute.

    >>> run(["true"], timeout=5).status
    0
    """
    try:
        done = subprocess.run(  # noqa: S603  # the command is kg's own, never text from notes
            list(command),
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout,
            check=False,
            cwd=folder or NEUTRAL,
            env={**os.environ, **environment} if environment else None,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Outcome(None, "", str(error))
    return Outcome(done.returncode, done.stdout, done.stderr)


class Measured(NamedTuple):
    """The cost of a run: exit status, wall seconds, peak memory in bytes, and CPU seconds."""

    status: int
    seconds: float
    peak: int
    cpu: float
    """User and system time of the program and of the child processes that it waited for."""


def measure_program(command: Sequence[str]) -> Measured:
    """Run a program, discard its output and measure it; it is killed when this process is interrupted.

    >>> measure_program(["true"]).status
    0
    """
    start = time.perf_counter()
    with subprocess.Popen(list(command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(process.returncode, time.perf_counter() - start, usage.ru_maxrss * unit, cpu)


def send_message(stream: IO[bytes], data: bytes) -> None:
    """Write one message: its length in eight bytes, then the message."""
    stream.write(struct.pack("<Q", len(data)))
    stream.write(data)
    stream.flush()


def receive_message(stream: IO[bytes]) -> bytes | None:
    """Read one message; None at the end of the input."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    (size,) = struct.unpack("<Q", head)
    data = stream.read(size)
    return data if len(data) == size else None


def take_output() -> IO[bytes]:
    """The standard output of this process, a worker, for its messages alone: what libraries print goes to standard error."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return stream


_PIPE: Final = 1 << 20
"""Bytes of a pipe's buffer, if the system allows it."""


def answer_messages(answer: Callable[[bytes], bytes]) -> None:
    """Answer each message on the standard input of this process, a worker, until the input ends.

    It ends silently when the parent is gone, and leaves Ctrl-C to the parent.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while (data := receive_message(sys.stdin.buffer)) is not None:
            send_message(sys.stdout.buffer, answer(data))
    except BrokenPipeError:
        # Otherwise Python would report unwritten output again when the process ends.
        os._exit(1)


class Worker:
    """A process of kg's own that answers messages in the order in which they were sent.

    It is a program, not a fork: a fork of a process with threads may hang, and a notebook has no main module to import.
    With `own_group`, Ctrl-C in a terminal doesn't reach it, and its own child processes end with it.
    """

    def __init__(self, module: str, *, own_group: bool = False) -> None:
        # An answer fits into a pipe of one megabyte, where the system has those: the worker needn't wait for its reader.
        self._process = subprocess.Popen(  # noqa: S603  # kg's own module
            # -P: don't import a module of that name from the working folder, which belongs to the author of the notes.
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE,
            start_new_session=own_group,
        )
        self._own_group = own_group
        self.waiting = 0
        """Number of messages without an answer yet."""

    @classmethod
    @contextlib.contextmanager
    def crew(cls, count: int, module: str) -> Iterator[list[Worker]]:
        """Yield `count` workers; they are ended when the block is left, also by an exception."""
        workers: list[Worker] = []
        try:
            for _ in range(count):
                workers.append(cls(module))
            yield workers
        finally:
            for worker in workers:
                worker.end()

    def ask(self, data: bytes) -> None:
        """Send a message. It must fit into the pipe or be read at once: no answer may be waiting to be read."""
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        try:
            send_message(self._process.stdin, data)
        except OSError as error:
            raise KgError(f"a worker process ended: {error}", hint="try --jobs 1") from None
        self.waiting += 1

    def ready(self, timeout: float | None) -> bool:
        """Return whether an answer can be read; wait at most `timeout` seconds (None: until there is one)."""
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        # Not `select`, which fails for file descriptors above 1,024: a server with many connections has them.
        poll = select.poll()
        poll.register(self._process.stdout, select.POLLIN)
        return bool(poll.poll(None if timeout is None else timeout * 1000))

    def answer(self) -> bytes:
        """Read the next answer."""
        assert self._process.stdout is not None  # noqa: S101  # it is a pipe
        data = receive_message(self._process.stdout)
        if data is None:
            raise KgError("a worker process ended", hint="did it run out of memory? try --jobs 1")
        self.waiting -= 1
        return data

    def end(self) -> None:
        """End the process."""
        if self._own_group and self._process.returncode is None:
            # The process isn't reaped yet, so that no other group can have its number.
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
