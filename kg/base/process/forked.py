"""Work in a fork of this process that the system limits: it can be ended, its memory is bounded, it has no network.

A fork, not a program: the data in memory, such as a graph of a million statements, is available at once. The fork does nothing
but the work: it writes to its pipe and exits, whatever other threads its parent had.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import gc
import os
import select
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import IO, Final, NamedTuple

from kg.base.errors import KgError
from kg.base.process import bounds

_GRACE: Final = 5.0  # seconds after which the system ends a fork whose parent is gone
_DEATH_SIGNAL: Final = 1  # PR_SET_PDEATHSIG
_CHUNK: Final = 1 << 20
_RAISED: Final = 101
LOOK: Final = 0.5
"""Seconds between looks for an interrupt: one that comes just before the system is asked to wait doesn't end the waiting."""
_INTERRUPTS: Final = (signal.SIGINT, signal.SIGTERM)


class TooLongError(KgError):
    """The work took longer than its limit."""


class TooMuchError(KgError):
    """The work returned more bytes or lines than its limit."""


class CrashedError(KgError):
    """The process of the work crashed: too little memory, or too deep nesting."""


class Bounds(NamedTuple):
    """Limits of some work: `seconds`, bytes of `memory`, bytes (`size`) and `lines` of its answer."""

    seconds: float
    memory: int
    size: int
    lines: int


def run_forked(work: Callable[[IO[bytes]], int], limits: Bounds) -> tuple[int, bytes]:
    """Return what `work` writes and the small number it returns. Raises TooLongError, TooMuchError and CrashedError.

    The work sees the state of this process; this process sees only what the work writes.
    """
    reading, writing = os.pipe()
    parent = os.getpid()
    child = 0
    try:
        with uninterrupted():
            child = fork_process()
            if child == 0:
                _work(work, limits, reading, writing, parent)
            os.close(writing)
        data = _read(reading, limits)
    except BaseException:
        if child:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        raise
    finally:
        os.close(reading)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == -signal.SIGALRM:
        raise TooLongError("it took too long")
    if status < 0 or status == _RAISED:
        raise CrashedError(f"it needed more than {limits.memory >> 20:,} MB of memory, or is nested too deeply")
    return status, data


def fork_process() -> int:
    """Fork this process, also if it has threads: the fork must wait for none of their locks. Call it in `uninterrupted`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C and SIGTERM inside the block.

    A fork that is interrupted before its first line would clean up what is its parent's; a parent that is interrupted before
    it has noted the fork would leave it behind, with all files and locks that it has inherited.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # handlers run in the main thread only
        return
    # A mask would hold back signals to this thread, but Python runs its handlers here for those that another thread receives.
    late: set[int] = set()
    before = {}
    try:
        for number in _INTERRUPTS:
            if signal.getsignal(number) is not None:  # None: a handler in C, which could not be put back
                before[number] = signal.signal(number, lambda number, _: late.add(number))
        yield
    finally:
        for number, handler in reversed(before.items()):
            signal.signal(number, handler)
            if number in late:
                signal.raise_signal(number)


def accept_interrupts() -> None:
    """In a fork: leave Ctrl-C to the parent, which ends its forks, and end at SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _read(reading: int, limits: Bounds) -> bytes:
    """Read a pipe to its end, within the limits."""
    end = time.monotonic() + limits.seconds
    poll = select.poll()
    poll.register(reading, select.POLLIN)
    parts: list[bytes] = []
    size = lines = 0
    while True:
        left = end - time.monotonic()
        if left <= 0:
            raise TooLongError("it took too long")
        if not poll.poll(min(left, LOOK) * 1000):
            continue
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return b"".join(parts)
        parts.append(chunk)
        size += len(chunk)
        lines += chunk.count(b"\n")
        if size > limits.size:
            raise TooMuchError(f"it returned more than {limits.size >> 20:,} MB")
        if lines > limits.lines:
            raise TooMuchError(f"it returned more than {limits.lines:,} rows")


def _work(work: Callable[[IO[bytes]], int], limits: Bounds, reading: int, writing: int, parent: int) -> None:
    """Run the work in the fork; never returns."""
    status = _RAISED
    try:
        faulthandler.disable()
        gc.disable()  # walking all objects would copy them
        accept_interrupts()
        bounds.end_after(limits.seconds + _GRACE)
        os.close(reading)
        end_with(parent)
        bounds.silence()
        bounds.no_network()
        bounds.bound_memory(limits.memory)
        with os.fdopen(writing, "wb", _CHUNK) as out:
            status = work(out)
    finally:
        os._exit(status)


def end_with(parent: int) -> None:
    """Let the system end this process when its parent ends, if supported."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(_RAISED)
