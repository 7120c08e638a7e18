"""Commands of kg that pages show, to be copied into a shell."""

from __future__ import annotations

from shlex import quote


def command_line(words: str, *names: str) -> str:
    """A command and the names that it is about, which come from notes: none is read as an option or by the shell.

    >>> print(command_line("kg suggest", "a b"), command_line("kg find", "--help"), sep="; ")
    kg suggest 'a b'; kg find -- --help
    """
    end = ["--"] if any(name.startswith("-") for name in names) else []
    return " ".join([words, *end, *map(quote, names)])
