"""Errors that end a run. Problems in the user's notes are findings, never exceptions."""

from __future__ import annotations

import re
from collections.abc import Sequence


class KgError(Exception):
    """A run that can't continue: the message says what happened, the hint what to try.

    >>> str(KgError("no notes folder", hint="run 'kg init'"))
    'no notes folder'
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(KgError):
    """A command or a setting is used incorrectly."""


class UnknownNameError(UsageError):
    """Nothing has this name: a command says what is near, as commands to paste."""

    def __init__(self, message: str, name: str, near: Sequence[str], *, otherwise: str) -> None:
        """`otherwise` is the hint if no name is near."""
        super().__init__(message, hint=f"did you mean {' or '.join(near)}?" if near else otherwise)
        self.name, self.near = name, tuple(near)

    def commands(self, line: Sequence[str]) -> list[str]:
        """The command line with each near name in place of the unknown one; none if the name isn't a word in it.

        >>> UnknownNameError("no concept", "raftt", ["raft"], otherwise="").commands(["why", "+raftt+1", "paxos"])
        ['kg why +raft+1 paxos']
        >>> UnknownNameError("no concept", "ra", ["--out=/x", "a b"], otherwise="").commands(["why", "ra"])
        ["kg why 'a b'"]
        """
        # start time: only a mistake needs it
        import shlex

        places = [i for i, word in enumerate(line) if re.search(rf"(?<!\w){re.escape(self.name)}(?!\w)", word)]
        if len(places) != 1:
            return []
        at = places[0]
        words = [line[at].replace(self.name, near) for near in self.near]
        # Names come with notes, and one that begins with a hyphen would be an option of the command.
        return [shlex.join(("kg", *line[:at], word, *line[at + 1 :])) for word in words if not word.startswith("-")]


class PathForRevisionError(UnknownNameError):
    """A path where a revision is meant, as in ``--changed notes/raft.md``."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"'{path}' is a path, not a revision", path, (), otherwise="give a commit, branch or tag such as HEAD~1"
        )

    def commands(self, line: Sequence[str]) -> list[str]:
        """The command line with the path as an argument; none if the option doesn't also stand alone.

        >>> PathForRevisionError("a.md").commands(["check", "--changed", "a.md", "-q"])
        ['kg check -q a.md --changed']
        >>> PathForRevisionError("-a.md").commands(["check", "--changed=-a.md"])
        ['kg check ./-a.md --changed']
        >>> PathForRevisionError("a.md").commands(["metrics", "--base-revision", "a.md"])
        []
        """
        # start time: only a mistake needs it
        import shlex

        option = "--changed"
        for at, word in enumerate(line):
            size = 2 if [*line[at : at + 2]] == [option, self.name] else int(word == f"{option}={self.name}")
            if size:
                path = f"./{self.name}" if self.name.startswith("-") else self.name
                return [shlex.join(("kg", *line[:at], *line[at + size :], path, option))] if "--" not in line else []
        return []


class QueryError(KgError):
    """A SPARQL query can't be parsed or run."""


class StoreError(KgError):
    """A file or folder can't be read or written."""


def file_not_written(path: object, error: OSError) -> StoreError:
    """Return the error for a file that the system refused to write."""
    return StoreError(f"can't write {path}: {error.strerror or error}", hint="is there space, and may you write there?")


def build_missing(out: object) -> UsageError:
    """Return the error for an output folder without a build."""
    return UsageError(f"there is no build at {out}", hint="run 'kg build' first; a folder without notes begins with 'kg init'")


class ChangedError(StoreError):
    """A file has changed since it was read; nothing was written to it."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} was changed meanwhile: nothing was written to it", hint="run it again")


class OutdatedError(StoreError):
    """An input changed while something was made from it; nothing was published."""


class ExistsError(StoreError):
    """A file to be created exists already."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is already there: it stays as it is", hint="give another folder, or move it away")
