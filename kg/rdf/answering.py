"""Queries with a time limit that holds: a process of its own answers, read-only, and is ended when its time is up.

Oxigraph can't stop a query that it has begun; a process can be stopped.
"""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Final

import msgspec

from kg.errors import KgError, QueryError
from kg.process import Worker, respond
from kg.rdf.query import Results, pack, run, unpack

MODULE: Final = "kg.rdf.answering"
_GRACE: Final = 5.0


class Question(msgspec.Struct, array_like=True):
    """A query of the store in a folder."""

    folder: str
    base: str
    text: str
    seconds: float


class Answer(msgspec.Struct, array_like=True):
    """Packed results, or a message and a hint where there are none."""

    results: bytes
    message: str = ""
    hint: str = ""


def run_within(folder: Path, base: str, text: str, seconds: float) -> Results:
    """What `run` gives for the store in a folder, or QueryError after `seconds`, the start of the process included."""
    with Worker.crew(1, MODULE) as (worker,):
        worker.ask(msgspec.msgpack.encode(Question(str(folder), base, text, seconds)))
        if not worker.ready(seconds):
            raise too_slow(seconds)
        answer = msgspec.msgpack.decode(worker.answer(), type=Answer)
    if answer.message:
        raise QueryError(answer.message, hint=answer.hint)
    return unpack(answer.results)


def too_slow(seconds: float) -> QueryError:
    """What to say of a query that was ended."""
    return QueryError(
        f"the query was ended after {seconds:g} seconds, its time limit",
        hint="name more terms in it, avoid paths such as kg:dependsOn+ between two variables, or give it more time",
    )


def _answer(data: bytes) -> bytes:
    from kg.rdf.dataset import Graph

    question = msgspec.msgpack.decode(data, type=Question)
    # Should the process that asks be killed, nobody is left to end this one: it ends itself.
    signal.setitimer(signal.ITIMER_REAL, question.seconds + _GRACE)
    try:
        graph = Graph.open(Path(question.folder), question.base)
        answer = Answer(pack(run(graph, question.text)))
    except KgError as error:
        answer = Answer(b"", str(error), error.hint)
    except MemoryError:
        answer = Answer(b"", "the query needs more memory than there is", "add LIMIT, or select less")
    return msgspec.msgpack.encode(answer)


if __name__ == "__main__":
    respond(_answer)
