"""The process that answers questions: it keeps the knowledge base between questions, and can be ended at any moment."""

from __future__ import annotations

import gc
from pathlib import Path

import msgspec

from kg.app.mcp.asking import QUESTIONS, BaseReader
from kg.app.mcp.pages import MOST_TOKENS, fit_answer
from kg.app.mcp.writing import CHANGES, BaseWriter
from kg.base.errors import KgError
from kg.base.interrupts import keep_interrupts
from kg.base.process import receive_message, send_message, take_output
from kg.base.settings import load_settings
from kg.knowledge import open_base


class Question(msgspec.Struct):
    """A question about a knowledge base, or a change of it."""

    root: str
    notes: list[str]
    """Folders of notes on the command line; empty: those of the settings."""
    lang: str
    name: str
    arguments: dict[str, object]
    write: bool = False
    """Whether changes are allowed."""
    overrides: tuple[str, ...] = ()
    """Settings of the command line."""


class WorkerReply(msgspec.Struct):
    """The answer to a question: an answer type as JSON, or an error for people and assistants."""

    answer: bytes = b""
    error: str = ""
    hint: str = ""


class QuestionWorker:
    """Answers questions one after the other, each about the notes as they are then."""

    def __init__(self) -> None:
        self._reader: BaseReader | None = None
        self._encode = msgspec.json.Encoder().encode

    def reply(self, question: Question) -> WorkerReply:
        """Answer a question; errors of kg are replies too."""
        try:
            reader = self._read(question)
            if question.name in QUESTIONS:
                return WorkerReply(self._fitted(QUESTIONS[question.name](reader, **question.arguments), question))
            if question.name in CHANGES and question.write:
                answer = CHANGES[question.name](BaseWriter(reader), **question.arguments)
                return WorkerReply(self._fitted(answer, question))
        except KgError as error:
            return WorkerReply(error=str(error), hint=error.hint)
        except OSError as error:
            return WorkerReply(error=str(error), hint="are the files of the knowledge base readable?")
        except RecursionError:
            return WorkerReply(error="the question is nested too deeply", hint="ask something simpler")
        return WorkerReply(
            error=f"there is no tool '{question.name}'", hint="start 'kg mcp --write' for tools that change notes"
        )

    def _fitted(self, answer: object, question: Question) -> bytes:
        tokens = question.arguments.get("tokens")
        return self._encode(fit_answer(answer, tokens if isinstance(tokens, int) else MOST_TOKENS))

    def _read(self, question: Question) -> BaseReader:
        settings = load_settings(Path(question.root), notes=tuple(map(Path, question.notes)), overrides=question.overrides)
        reader = self._reader
        if reader is not None and reader.lang == question.lang and reader.settings == settings:
            base = reader.base.refresh()
            if base is reader.base:
                return reader
        self._reader = None
        gc.collect()  # a knowledge base refers to itself; the collector is off while it is read
        base = open_base(settings)
        _ = base.inputs  # what there is now: the next question compares it with what there is then
        self._reader = BaseReader(base, question.lang)
        return self._reader


def main() -> None:
    """Answer until the input ends, which also happens when the server is killed."""
    # start time: nothing else needs it here
    import sys

    keep_interrupts()
    out = take_output()
    worker = QuestionWorker()
    decoder, encode = msgspec.msgpack.Decoder(Question), msgspec.msgpack.Encoder().encode
    try:
        while (data := receive_message(sys.stdin.buffer)) is not None:
            send_message(out, encode(worker.reply(decoder.decode(data))))
    except (BrokenPipeError, KeyboardInterrupt):
        return


if __name__ == "__main__":
    main()
