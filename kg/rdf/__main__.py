"""A worker process: takes a graph as N-Quads behind a line with its base, answers with Turtle and the rest of TriG."""

from __future__ import annotations

from collections.abc import Iterator

from kg.process import serve
from kg.rdf.documents import documents


def _answer(data: bytes) -> Iterator[bytes]:
    at = data.index(b"\n")
    turtle, trig = documents(data[at + 1 :], data[:at].decode())
    yield turtle
    yield trig[len(turtle) :]


if __name__ == "__main__":
    serve(_answer)
