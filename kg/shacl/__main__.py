"""Validates one task from the standard input and writes its results to the standard output."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import msgspec

from kg.process import receive, send
from kg.shacl.worker import Task, work


def main() -> None:
    """Answer one task."""
    out = sys.stdout.buffer
    data = receive(sys.stdin.buffer)
    # What libraries print would mix with the answer.
    with Path("/dev/null").open("w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        answer = work(msgspec.msgpack.decode(data, type=Task)) if data is not None else {"error": "no task"}
    send(out, json.dumps(answer).encode())


if __name__ == "__main__":
    main()
