"""Validates one job from standard input and writes its results to standard output."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import msgspec

from kg.base.json_forms import json_ascii
from kg.base.process import bounds, receive_message, send_message
from kg.graph.shacl.worker import ValidationAnswer, ValidationJob, validate_shapes

_MEMORY = 1 << 30
_TIMES = 40  # bytes of memory per byte of a job, in Oxigraph's store and in rdflib's own


def main() -> None:
    """Process one job. Shapes contain queries, so the process has no network and a memory limit."""
    out = sys.stdout.buffer
    bounds.no_network()
    data = receive_message(sys.stdin.buffer)
    bounds.bound_memory(_MEMORY + _TIMES * len(data or b""))
    # Output of libraries would mix with the answer.
    with Path("/dev/null").open("w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        answer: ValidationAnswer = (
            validate_shapes(msgspec.msgpack.decode(data, type=ValidationJob)) if data is not None else {"error": "no task"}
        )
    send_message(out, json_ascii(answer).encode())


if __name__ == "__main__":
    main()
