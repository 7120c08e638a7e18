"""Faults of single notes: what reading met (KG1xx)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from kg.checks.base import Context, Rule
from kg.model import Fault, Finding

Message = Callable[[str], str]


def _faults(message: Message) -> Callable[[Rule, Context], Iterator[Finding]]:
    """The finder of all faults of the rule's name, with the message that their detail gives."""

    def find(rule: Rule, context: Context) -> Iterator[Finding]:
        for path, note in context.corpus.notes.items():
            for fault in note.faults:
                if fault.name == rule.name:
                    yield rule.at(path, fault.line, fault.column, message(fault.detail))
        yield from _corpus(rule, context, message)

    return find


def _corpus(rule: Rule, context: Context, message: Message) -> Iterator[Finding]:
    path: str
    fault: Fault
    for path, fault in context.corpus.faults:
        if fault.name == rule.name:
            yield rule.at(path, fault.line, fault.column, message(fault.detail))


def _empty(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        if note.size == 0:
            yield rule.at(path, 1, 1, "the note is empty")


RULES: Final = (
    Rule(
        "KG101", "invalid-utf8", "error", "A note holds bytes that are not UTF-8.",
        "Characters are lost: each bad sequence reads as U+FFFD.", "save the file as UTF-8",
        _faults(lambda d: f"not UTF-8 ({d}); the rest of the note was read"),
    ),
    Rule(
        "KG102", "invalid-front-matter", "error", "The front matter can't be read as YAML or TOML.",
        "Title, relations and sources that stand there are not known.",
        "correct the front matter; quote texts that hold ': ' or start with '[', '{', '*', '&', '@' or a backquote",
        _faults(lambda d: f"the front matter can't be read: {d}"),
    ),
    Rule(
        "KG103", "unclosed-front-matter", "warning", "Front matter is opened and never closed.",
        "The whole of it is read as text.", "close the front matter with a line of its own: ---",
        _faults(lambda d: f"the front matter opened by {d} is never closed"),
    ),
    Rule(
        "KG104", "unclosed-fence", "warning", "A code fence is opened and never closed.",
        "Everything behind it is code: its links and headings don't count.",
        "close the fence with as many marks as open it, or use a longer fence around an inner one",
        _faults(lambda d: f"the fence {d} is never closed; the rest of the note is code"),
    ),
    Rule(
        "KG105", "unclosed-comment", "warning", "A comment is opened and never closed.",
        "What was meant to be hidden is read, or what was meant to be read is hidden.", "close the comment: --> or %%",
        _faults(lambda d: f"the comment opened by {d} is never closed"),
    ),
    Rule(
        "KG106", "empty-note", "warning", "A note has no text at all.", "It becomes a concept that says nothing.",
        "write a definition, or delete the file", _empty,
    ),
    Rule(
        "KG107", "unreadable-file", "error", "A file or folder can't be read.", "Whatever it says is missing.",
        "check its permissions, or exclude it in kg.toml", _faults(lambda d: f"can't be read: {d}"),
    ),
    Rule(
        "KG108", "oversized-file", "warning", "A note is larger than what is read of one file.",
        "What stands behind the limit is not known.", "split the note", _faults(lambda d: f"too large: {d}"),
    ),
    Rule(
        "KG301", "duplicate-id", "error", "Two notes have the same id.",
        "An id names one concept: the second note falls back to its path, and links to the id mean the first.",
        "give one of them another id", _faults(lambda d: "the id '{}' is taken by {}".format(*d.split("\t"))),
    ),
)  # fmt: skip
