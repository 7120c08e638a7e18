"""Validates each job from standard input and writes its results to standard output."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from kg.base.json_forms import json_ascii
from kg.base.process import answer_messages, bounds
from kg.graph.shacl.worker import ValidationAnswer, ValidationJob, validate_shapes

_MEMORY = 1 << 30
_TIMES = 40  # bytes of memory per byte of a job, in Oxigraph's store and in rdflib's own


def _answer(data: bytes) -> bytes:
    bounds.bound_memory(_MEMORY + _TIMES * len(data))
    # Output of libraries would mix with the answer.
    with Path("/dev/null").open("w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        answer: ValidationAnswer = validate_shapes(msgspec.msgpack.decode(data, type=ValidationJob))
    return json_ascii(answer).encode()


def main() -> None:
    """Answer jobs. Shapes contain queries, so the process has no network and a memory limit."""
    bounds.no_network()
    answer_messages(_answer)


if __name__ == "__main__":
    main()
