"""Faults of single notes: what reading met (KG1xx), and ids that two notes have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from kg.checks.base import Context, Place, Rule
from kg.model import Finding

Message = Callable[[str], str]


def _faults(message: Message) -> Callable[[Rule, Context], Iterator[Finding]]:
    """The finder of all faults of the rule's name, with the message that their detail gives."""

    def find(rule: Rule, context: Context) -> Iterator[Finding]:
        for path, note in context.corpus.notes.items():
            for fault in note.faults:
                if fault.name == rule.name:
                    yield rule.at(Place(path, fault.line, fault.column), message(fault.detail))
        for path, fault in context.corpus.faults:
            if fault.name == rule.name:
                yield rule.at(Place(path, fault.line, fault.column), message(fault.detail))

    return find


def _empty(rule: Rule, context: Context) -> Iterator[Finding]:
    for path, note in context.corpus.notes.items():
        if note.size == 0:
            yield rule.at(Place(path), "the note is empty")


RULES: Final = (
    Rule(
        "KG101", "invalid-utf8", "error", "save the file as UTF-8",
        _faults(lambda d: f"not UTF-8 ({d}); the rest of the note was read"),
    ),
    Rule(
        "KG102", "invalid-front-matter", "error",
        "correct the front matter; quote texts that hold ': ' or start with '[', '{', '*', '&', '@' or a backquote",
        _faults(lambda d: f"the front matter can't be read: {d}"),
    ),
    Rule(
        "KG103", "unclosed-front-matter", "warning", "close the front matter with a line of its own: ---",
        _faults(lambda d: f"the front matter opened by {d} is never closed"),
    ),
    Rule(
        "KG104", "unclosed-fence", "warning",
        "close the fence with as many marks as open it, or use a longer fence around an inner one",
        _faults(lambda d: f"the fence {d} is never closed; the rest of the note is code"),
    ),
    Rule(
        "KG105", "unclosed-comment", "warning", "close the comment: --> or %%",
        _faults(lambda d: f"the comment opened by {d} is never closed"),
    ),
    Rule("KG106", "empty-note", "warning", "write a definition, or delete the file", _empty),
    Rule(
        "KG107", "unreadable-file", "error", "check its permissions, or exclude it in kg.toml",
        _faults(lambda d: f"can't be read: {d}"),
    ),
    Rule("KG108", "oversized-file", "warning", "split the note", _faults(lambda d: f"too large: {d}")),
    Rule(
        "KG111", "left-out-file", "warning", "put a file there, or exclude it in kg.toml",
        _faults(lambda d: f"not read: {d}"),
    ),
    Rule(
        "KG301", "duplicate-id", "error", "give one of them another id",
        _faults(lambda d: "the id '{}' is taken by {}".format(*d.split("\t"))),
    ),
)  # fmt: skip
