"""Differences of files as unified diffs, which `git apply` and `patch` take."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Final

import click

_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What could move the cursor or turn the direction of text; other invisible characters, as those of emoji, are kept."""


def print_difference(name: str, before: bytes, after: bytes) -> None:
    """Print the difference of a file, in colours on a terminal; nothing if there is none."""
    for line in diff_lines(name, before, after):
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        click.echo(click.style(line, fg=colour, bold=line.startswith(("+++", "---"))) if colour else line)


def end_with_differences(changes: Iterable[tuple[str, bytes, bytes]]) -> None:
    """Print the differences of files, each with its name. Exits with status 1 if there are any, as `diff` and `check` do."""
    differing = [change for change in changes if change[1] != change[2]]
    for name, before, after in differing:
        print_difference(name, before, after)
    if differing:
        raise SystemExit(1)


def diff_lines(name: str, before: bytes, after: bytes) -> Iterator[str]:
    r"""Yield the lines of a unified diff. It can be applied, unless the file has characters that aren't safe to print.

    These are replaced, but for tabs and the CR of line ends.

    >>> list(diff_lines("a.md", b"x\ny", b"x\nz"))[2:]
    ['@@ -1,2 +1,2 @@', ' x', '-y', '\\ No newline at end of file', '+z', '\\ No newline at end of file']
    >>> list(diff_lines("a.md", b"", b"\x1b\tx\r\n"))[3:]
    ['+\ufffd\tx\r']
    """
    old, new = (data.decode("utf-8", "replace").split("\n") for data in (before, after))
    complete = [lines[-1] == "" for lines in (old, new)]
    old, new = ([line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else []) for lines in (old, new))
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        shown = line.rstrip("\n")
        end = "\r" if shown.endswith("\r") else ""
        yield _UNSAFE.sub("\ufffd", shown.removesuffix("\r")) + end
        if not line.endswith("\n") and line[:1] in " +-" and not all(complete):
            yield "\\ No newline at end of file"
