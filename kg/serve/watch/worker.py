"""The process that builds for a watching command: it keeps its imports between builds, and a build can be cancelled."""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import msgspec

from kg import knowledge
from kg.base.errors import KgError, OutdatedError
from kg.base.interrupts import keep_interrupts
from kg.base.process import receive_message, send_message, take_output
from kg.base.progress import follow_run
from kg.base.settings import load_settings
from kg.model import Artifact, Assessment
from kg.serve.watch.messages import (
    CANCEL,
    BuildCancelled,
    BuildDone,
    BuildEnd,
    BuildFailed,
    BuildOrder,
    BuildReport,
    BuildStep,
    FirstPage,
)

_OFTEN: Final = 0.2  # seconds between messages about progress
_PATIENCE: Final = 5.0  # seconds to stop a build after the end of the input


class BuildWorker:
    """Builds one order after the other and reports to a stream."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._encode = msgspec.msgpack.Encoder().encode
        self._orders: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._building = False
        self._cancelled = False
        self._sending = False
        self._next = 0.0
        self._before: Assessment | None = None

    def run(self) -> None:
        """Build until the input ends, which also happens when the command is killed."""
        signal.signal(signal.SIGINT, self._interrupt)
        threading.Thread(target=self._receive, daemon=True).start()
        decoder = msgspec.msgpack.Decoder(BuildOrder)
        while (data := self._orders.get()) is not None:
            self._report(self._build(decoder.decode(data)))
            gc.collect()  # a knowledge base refers to itself; the collector is off while it is built

    def _receive(self) -> None:
        """Receive orders and cancel them, in a thread of its own."""
        while (data := receive_message(sys.stdin.buffer)) is not None:
            if data == CANCEL:
                self._cancel()
            else:
                self._cancelled = False
                self._orders.put(data)
        self._orders.put(None)
        self._cancel()
        time.sleep(_PATIENCE)
        if os.getpgid(0) == os.getpid():
            os.killpg(0, signal.SIGKILL)
        os._exit(1)

    def _cancel(self) -> None:
        self._cancelled = True
        os.kill(os.getpid(), signal.SIGINT)

    def _interrupt(self, _number: int, _frame: object) -> None:
        # An interrupt may arrive when its build has ended: the next one isn't cancelled.
        if self._building and self._cancelled and not self._sending:
            raise KeyboardInterrupt

    def _build(self, order: BuildOrder) -> BuildEnd:
        try:
            self._building = True
            try:
                return BuildCancelled() if self._cancelled else self._publish(order)
            except KgError as error:
                return BuildFailed(str(error), error.hint, isinstance(error, OutdatedError))
            except OSError as error:
                return BuildFailed(str(error), "is the disk full, or may files not be read?")
            except MemoryError:
                return BuildFailed("there is not enough memory", "end other programs, or build with --jobs 1")
            finally:
                self._building = False
        except KeyboardInterrupt:
            # If it comes after the last step, the build is published; the next one then finds it.
            self._building = False
            return BuildCancelled()

    def _publish(self, order: BuildOrder) -> BuildDone:
        start = time.monotonic()
        settings = load_settings(
            Path(order.root), notes=tuple(map(Path, order.notes)), out=Path(order.out), overrides=order.overrides
        )
        settings = replace(settings, trust_committed=order.trust_committed)
        wanted = knowledge.WantedPages(frozenset(order.first), self._show, self._before)
        how = knowledge.How(order.jobs, None if order.full else settings.cache, wanted=wanted)
        with follow_run(self._progress):
            published = knowledge.build_base(settings, stage=order.stage, how=how, full=order.full)
        base = published.base or knowledge.open_base(settings)
        if published.base is not None or base.is_remembered:
            self._before = knowledge.strip_assessment(base.assessment)
        return BuildDone(
            str(published.out),
            published.summary,
            dict(published.seconds),
            published.files,
            published.changed,
            published.pages,
            time.monotonic() - start,
        )

    def _show(self, page: Artifact) -> None:
        self._report(FirstPage(page.path, page.data))

    def _progress(self, stage: str, done: int, total: int) -> None:
        moment = time.monotonic()
        if moment >= self._next:
            self._next = moment + _OFTEN
            self._report(BuildStep(stage, done, total))

    def _report(self, report: BuildReport) -> None:
        self._sending = True  # half a message would spoil all that follow
        # If the command is gone, the end of the input ends this process.
        with contextlib.suppress(BrokenPipeError):
            send_message(self._out, self._encode(report))
        self._sending = False
        if self._building and self._cancelled:
            raise KeyboardInterrupt


def main() -> None:
    """Build until the input ends."""
    keep_interrupts()
    BuildWorker(take_output()).run()


if __name__ == "__main__":
    main()
