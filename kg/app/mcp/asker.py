"""Asks the worker: one question at a time, with a time limit. A cancelled question ends it, and the next one starts it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from kg.app.mcp.worker import Question, WorkerReply
from kg.base.errors import KgError, UsageError
from kg.base.process import Worker
from kg.base.settings import Settings

T = TypeVar("T")

_MODULE: Final = "kg.app.mcp.worker"
_BEAT: Final = 2.0  # seconds between messages about progress


class QuestionAsker:
    """Asks questions about one knowledge base."""

    def __init__(self, settings: Settings, notes: tuple[Path, ...], lang: str, *, write: bool, seconds: float) -> None:
        """`notes` are the folders of notes on the command line."""
        self._root, self._overrides = str(settings.root), settings.overrides
        self._notes, self._lang, self._write = [str(n.absolute()) for n in notes], lang, write
        self._seconds = seconds
        self._worker: Worker | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kg-ask")
        self._lock = asyncio.Lock()
        self._decode = msgspec.msgpack.Decoder(WorkerReply).decode

    async def ask(self, form: type[T], name: str, progress: Callable[[float], Awaitable[None]], /, **arguments: object) -> T:
        """Return the answer as a type of `kg.app.mcp.answers`. Raises UsageError; its message is for the assistant."""
        question = Question(self._root, self._notes, self._lang, name, arguments, self._write, self._overrides)
        async with self._lock:
            reply = await self._reply(msgspec.msgpack.encode(question), progress)
        if reply.error:
            raise UsageError(reply.error, hint=reply.hint)
        return msgspec.json.decode(reply.answer, type=form)

    async def _reply(self, question: bytes, progress: Callable[[float], Awaitable[None]]) -> WorkerReply:
        future = asyncio.get_running_loop().run_in_executor(self._thread, self._exchange, question)
        waited = 0.0
        try:
            while not (await asyncio.wait({future}, timeout=_BEAT))[0]:
                waited += _BEAT
                await progress(waited)
                if waited >= self._seconds:
                    self._end_worker()
                    raise UsageError(
                        f"no answer after {self._seconds:g} seconds", hint="ask for less, or start the server with --timeout S"
                    )
            return future.result()
        except asyncio.CancelledError:
            self._end_worker()
            raise
        finally:
            await asyncio.wait({future}, timeout=_BEAT)

    def _exchange(self, question: bytes) -> WorkerReply:
        worker = self._worker
        if worker is None:
            worker = self._worker = Worker(_MODULE, own_group=True)
        try:
            worker.ask(question)
            return self._decode(worker.answer())
        except KgError:
            self._end_worker()
            return WorkerReply(error="the process that answers has ended", hint="ask again; was there too little memory?")

    def _end_worker(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.end()

    def close(self) -> None:
        """End the worker."""
        self._end_worker()
        self._thread.shutdown(wait=False)
