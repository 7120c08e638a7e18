"""The lists of what to do in reports: boxes to tick, each with a command to copy and its places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kg.views.page import View, md
from kg.views.page.commands import command_line


class ReportAction(NamedTuple):
    """A step to take."""

    text: str
    command: str = ""
    """What to run for it."""
    below: Sequence[str] = ()
    """Reasons and first places."""


def check_list(actions: Iterable[ReportAction], *, numbered: bool = True) -> str:
    """A list of boxes to tick, each with its command, which pages make easy to copy, and what is below it.

    >>> print(check_list([ReportAction("Fix it.", "kg check", ["a.md:1"])]))
    1. [ ] Fix it.
       - `kg check`
       - a.md:1
    >>> print(check_list([ReportAction("Topic")], numbered=False))
    - [ ] Topic
    """
    lines: list[str] = []
    for number, action in enumerate(actions, 1):
        start = f"{number}. " if numbered else "- "
        below = [*([md.code(action.command)] if action.command else []), *action.below]
        lines += [f"{start}[ ] {action.text}", *(f"{' ' * len(start)}- {line}" for line in below)]
    return "\n".join(lines)


def command_for(view: View, words: str, *iris: str) -> str:
    """A command about concepts; without them if one has no id."""
    ids = [concept.id for concept in map(view.concept, iris) if concept is not None]
    return command_line(words, *(ids if len(ids) == len(iris) else ()))
