"""Work shared by forks of this process: they inherit its data, and only small messages go through their pipes.

A fork has the threads of nobody else: a lock that another thread holds at that moment is never released in it. So a crew
forks before its caller starts threads, only from the main thread, and its work uses nothing that the threads of libraries
guard, such as a store that is being written. Elsewhere, the same work is done in this process.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from typing import IO, Final, NoReturn, Self

import msgspec

from kg.base import errors
from kg.base.errors import KgError
from kg.base.process import receive_message, send_message
from kg.base.process.forked import LOOK, accept_interrupts, end_with, fork_process, uninterrupted

_LONGEST: Final = 3600.0
"""Seconds that one piece of work may take."""
_AHEAD: Final = 3
"""Pieces of work that a fork has at most: one that it is doing, others so that it needn't wait for this process."""
_FITS: Final = 4096
"""Bytes that every pipe holds."""
_HEAD: Final = 8
"""Bytes before a message."""
_PART: Final = 1 << 20
_DYING: Final = 2.0
"""Seconds that the end of a fork may take after its pipes are closed."""
_FAILED: Final = 101


class _Answer(msgspec.Struct, array_like=True):
    """What a fork sends: a result, or the error that its work ended with."""

    data: bytes
    error: str = ""
    """Name of a class in `kg.base.errors`; `_BUG` for any other exception."""
    message: str = ""
    hint: str = ""


_BUG: Final = "bug"
_encode: Final = msgspec.msgpack.Encoder().encode
_answer_in: Final = msgspec.msgpack.Decoder(_Answer)


def can_fork() -> bool:
    """Return whether forks of this process may work: on Linux and alike, in the main thread.

    The libraries of macOS don't survive a fork, and a server's threads hold locks.
    """
    return sys.platform != "darwin" and threading.current_thread() is threading.main_thread()


class _Fork:
    """One fork: its process, the leader of a group of its own, and the two pipes to it. Made in `uninterrupted`."""

    def __init__(self, work: Callable[[bytes], bytes], others: list[_Fork]) -> None:
        reading, asking = os.pipe()
        answering, writing = os.pipe()
        self.ends = (asking, answering)
        parent = os.getpid()
        self.process = fork_process()
        if self.process == 0:
            # Else a fork would keep the pipes of the others open, and they wouldn't see that their parent is gone.
            _serve(work, reading, writing, (*self.ends, *(end for fork in others for end in fork.ends)), parent)
        with contextlib.suppress(OSError):  # the fork does it too: whoever is first
            os.setpgid(self.process, self.process)
        os.close(reading)
        os.close(writing)
        self.questions: IO[bytes] = os.fdopen(asking, "wb")
        self.answers = answering
        """Read without a buffer: polling doesn't see an answer that a buffer already holds."""
        self.since = 0.0
        """When it got the work that it is doing, or a later moment."""
        self.waiting: deque[int] = deque()
        """Bytes of each question without an answer yet."""
        self._gone = False

    def lost(self) -> KgError:
        """Return the error for a fork that closed its pipes before its end."""
        status = 0
        end = time.monotonic() + _DYING
        while not self._gone and time.monotonic() < end:
            process, status = os.waitpid(self.process, os.WNOHANG)
            self._gone = process != 0
            if not self._gone:
                time.sleep(0.01)
        code = os.waitstatus_to_exitcode(status) if self._gone else 0
        how = f" by signal {-code}" if code < 0 else ""
        return KgError(f"a process that renders was ended{how}", hint="did it run out of memory? try --jobs 1")

    def end(self) -> None:
        """Kill it and the programs that it started, and wait for its end."""
        with contextlib.suppress(OSError):
            os.killpg(self.process, signal.SIGKILL)
        if not self._gone:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.process, 0)  # it was killed, so this ends
        with contextlib.suppress(OSError):
            self.questions.close()
        with contextlib.suppress(OSError):
            os.close(self.answers)


def _serve(work: Callable[[bytes], bytes], reading: int, writing: int, foreign: tuple[int, ...], parent: int) -> NoReturn:
    """Do the work that is asked for, in the fork, until the parent closes its pipe; never returns."""
    status = _FAILED
    try:
        faulthandler.disable()
        gc.disable()  # walking all objects would copy them
        accept_interrupts()
        with contextlib.suppress(OSError):
            os.setpgid(0, 0)
        for end in foreign:
            with contextlib.suppress(OSError):
                os.close(end)
        end_with(parent)
        with os.fdopen(reading, "rb") as questions, os.fdopen(writing, "wb") as answers:
            while (question := receive_message(questions)) is not None:
                send_message(answers, _encode(_attempt(work, question)))
        status = 0
    finally:
        os._exit(status)


def _attempt(work: Callable[[bytes], bytes], question: bytes) -> _Answer:
    try:
        return _Answer(work(question))
    except KgError as error:
        return _Answer(b"", type(error).__name__, str(error), error.hint)
    except MemoryError:
        return _Answer(b"", "KgError", "a process that renders needs more memory than there is", "try --jobs 1")
    except Exception:  # noqa: BLE001  # the parent raises it again
        return _Answer(b"", _BUG, traceback.format_exc())


class ForkCrew:
    """Forks of this process, which do pieces of work at the same time as it does; `work` gets and returns bytes.

    What work changes in memory is seen by its own process only.
    """

    def __init__(self, count: int, work: Callable[[bytes], bytes]) -> None:
        """Make a crew of `count` processes: `count` - 1 forks, or none where forks can't work."""
        self._work = work
        self._forks: list[_Fork] = []
        try:
            for _ in range(count - 1 if can_fork() else 0):
                with uninterrupted():
                    self._forks.append(_Fork(work, self._forks))
        except OSError as error:
            self.end()
            raise KgError(f"can't start a process: {error.strerror}", hint="try --jobs 1") from None
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def busy(self) -> bool:
        """Whether a result of a fork is awaited."""
        return any(fork.waiting for fork in self._forks)

    def takes(self, question: bytes) -> bool:
        """Whether `ask` may be called: a fork has little to do, and the question needn't wait for one that waits to be read."""
        size = _HEAD + len(question)
        waiting = [fork.waiting for fork in self._forks]
        return any(not sizes or (len(sizes) < _AHEAD and sum(sizes) + size <= _FITS) for sizes in waiting)

    def ask(self, question: bytes) -> None:
        """Give the fork that has the least to do a piece of work."""
        fork = min(self._forks, key=lambda fork: sum(fork.waiting))
        try:
            send_message(fork.questions, question)
        except OSError:
            raise fork.lost() from None
        if not fork.waiting:
            fork.since = time.monotonic()
        fork.waiting.append(_HEAD + len(question))

    def do(self, question: bytes) -> bytes:
        """Do a piece of work in this process; meanwhile, the forks have some ahead."""
        return self._work(question)

    def results(self, *, wait: bool, meanwhile: Callable[[], None] = lambda: None) -> Iterator[bytes]:
        """Yield what the forks have answered; with `wait`, at least one result if any is awaited.

        `meanwhile` is called now and then while it waits.

        Raises the error that a piece of work ended with, and KgError if a fork is gone or has taken too long.
        """
        for fork in self._ready(wait=wait, meanwhile=meanwhile):
            data = _receive(fork.answers)
            if data is None:
                raise fork.lost()
            fork.waiting.popleft()
            fork.since = time.monotonic()
            yield _result(_answer_in.decode(data))

    def _ready(self, *, wait: bool, meanwhile: Callable[[], None]) -> list[_Fork]:
        busy = {fork.answers: fork for fork in self._forks if fork.waiting}
        if not busy:
            return []
        poll = select.poll()
        for descriptor in busy:
            poll.register(descriptor, select.POLLIN)
        end = min(fork.since for fork in busy.values()) + _LONGEST
        ready = poll.poll(0)
        while wait and not ready and (left := end - time.monotonic()) > 0:
            ready = poll.poll(min(left, LOOK) * 1000)
            meanwhile()
        if wait and not ready:
            raise KgError(f"a process that renders has not answered for {_LONGEST / 60:.0f} minutes", hint="try --jobs 1")
        return [busy[descriptor] for descriptor, _ in ready]

    def end(self) -> None:
        """End all forks, also in the middle of their work."""
        forks, self._forks = self._forks, []
        for fork in forks:
            fork.end()


def _receive(descriptor: int) -> bytes | None:
    """Read one message of `send_message` and nothing behind it; None at the end of the input."""
    size = int.from_bytes(_read(descriptor, _HEAD), "little")
    data = _read(descriptor, size)
    return data if size and len(data) == size else None


def _read(descriptor: int, size: int) -> bytes:
    parts = []
    while size and (part := os.read(descriptor, min(size, _PART))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _result(answer: _Answer) -> bytes:
    if not answer.error:
        return answer.data
    if answer.error == _BUG:
        raise RuntimeError(f"in a process that renders:\n{answer.message}")
    kind = getattr(errors, answer.error, KgError)
    error = KgError(answer.message, hint=answer.hint)
    if isinstance(kind, type) and issubclass(kind, KgError) and kind.__init__ is KgError.__init__:
        error = kind(answer.message, hint=answer.hint)
    raise error
