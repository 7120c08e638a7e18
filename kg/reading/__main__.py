"""A worker process: takes lists of files from its standard input and answers with their notes on its standard output."""

from __future__ import annotations

import gc
import signal
import sys

import msgspec

from kg.process import receive, send
from kg.reading.worker import Task, work


def main() -> None:
    """Answer tasks until the input ends: also when the process that gave them is killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    gc.disable()
    task_in = msgspec.msgpack.Decoder(Task)
    while (data := receive(sys.stdin.buffer)) is not None:
        send(sys.stdout.buffer, msgspec.msgpack.encode(work(task_in.decode(data))))


if __name__ == "__main__":
    main()
