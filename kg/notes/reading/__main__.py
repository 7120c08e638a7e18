"""A worker process: reads lists of files from standard input and writes their notes to standard output."""

from __future__ import annotations

import gc

import msgspec

from kg.base.process import answer_messages
from kg.notes.reading.worker import ReadingJob, run_job

_task_in = msgspec.msgpack.Decoder(ReadingJob)


def _answer(data: bytes) -> bytes:
    return msgspec.msgpack.encode(run_job(_task_in.decode(data)))


if __name__ == "__main__":
    gc.disable()  # notes are many objects without cycles
    answer_messages(_answer)
