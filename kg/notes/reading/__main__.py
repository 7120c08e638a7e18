"""A worker process: takes lists of files from its standard input and answers with their notes on its standard output."""

from __future__ import annotations

import gc

import msgspec

from kg.base.process import answer_messages
from kg.notes.reading.worker import ReadingJob, run_job

_task_in = msgspec.msgpack.Decoder(ReadingJob)


def _answer(data: bytes) -> bytes:
    return msgspec.msgpack.encode(run_job(_task_in.decode(data)))


if __name__ == "__main__":
    gc.disable()  # notes are many objects and no cycles
    answer_messages(_answer)
