"""The files that `.gitignore` excludes: a walk asks for each entry of a folder that it is about to read.

A library such as pathspec turns a pattern into one expression, for which some patterns take exponential time; these files may
come from anyone. Here each part of a path is matched by itself, and after `**` the search only goes forward.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Sequence
from fnmatch import translate
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files

GITIGNORE: Final = ".gitignore"
_ANY: Final = "**"
_LONGEST: Final = 1000
"""Maximum characters of a pattern; longer ones are not names of files."""
_ESCAPE: Final = re.compile(r"\\(.)")
_CLASS: Final = re.compile(r"\[\^")


class IgnoreBase(NamedTuple):
    """A folder whose `.gitignore` files count instead of those below another, and instead of those above that."""

    root: str
    """Real path of the folder whose files don't count."""
    base: str


def read_gitignore(folder: str, instead: IgnoreBase | None = None) -> bytes:
    """Return the bytes of the `.gitignore` that counts in a folder. Raises OSError if there is none."""
    if instead is not None:
        if not f"{folder}{os.sep}".startswith(f"{instead.root}{os.sep}"):
            raise FileNotFoundError(folder)
        folder = instead.base + folder[len(instead.root) :]
    return files.read(f"{folder}{os.sep}{GITIGNORE}", files.SMALL)


class GitPattern(NamedTuple):
    """Patterns of one file in its order, all with the same effect."""

    ignores: bool
    """False for patterns with ``!``, which take a file back."""
    names: re.Pattern[str] | None = None
    """Names of files and folders at any depth."""
    folders: re.Pattern[str] | None = None
    """Names of folders at any depth."""
    path: tuple[re.Pattern[str] | str, ...] = ()
    """The parts of a path below the file's folder, if the pattern has a slash."""
    folder_only: bool = False

    def holds(self, parts: Sequence[str], folder: bool) -> bool:
        """Return whether a path, given by its parts, matches."""
        if self.path:
            return (folder or not self.folder_only) and _matches(self.path, parts)
        name = parts[-1]
        return bool((self.names and self.names.match(name)) or (folder and self.folders and self.folders.match(name)))


class Ignored(NamedTuple):
    """The patterns that hold in a folder: those of its own file, and those of the folders above it."""

    levels: tuple[tuple[int, tuple[GitPattern, ...]], ...] = ()
    """(length of the path of the file's folder with a slash, its rules in order), outermost first."""
    instead: IgnoreBase | None = None

    def holds(self, path: str, folder: bool) -> bool:
        """Return whether a file or folder, given by its absolute path, is ignored: the last pattern that matches decides."""
        for length, rules in reversed(self.levels):
            parts = path[length:].split("/")
            for rule in reversed(rules):
                if rule.holds(parts, folder):
                    return rule.ignores
        return False

    def below(self, folder: str) -> Ignored:
        """Return the patterns that hold in a folder below: these, and those of its own file."""
        with contextlib.suppress(OSError):
            text = read_gitignore(folder, self.instead).decode("utf-8", "replace")
            rules = tuple(read_rules(text.split("\n")))
            if rules:
                return self._replace(levels=(*self.levels, (len(folder.rstrip(os.sep)) + 1, rules)))
        return self


def is_ignored(rules: Sequence[GitPattern], path: str) -> bool:
    """Return whether the rules of one file ignore a path below its folder, or a folder above it.

    >>> is_ignored(read_rules(["/docs/api/"]), "docs/api/index.md"), is_ignored(read_rules(["/docs/api/"]), "docs/a.md")
    (True, False)
    """
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        last = next((rule for rule in reversed(rules) if rule.holds(parts[:end], end < len(parts))), None)
        if last is not None and last.ignores:
            return True
    return False


def patterns_above(folder: str, top: str, instead: IgnoreBase | None = None) -> Ignored:
    """Return the patterns that hold in a folder: of its own file and of those in the folders above, up to `top`."""
    chain = [folder]
    while chain[-1] != top and chain[-1].startswith(top.rstrip(os.sep) + os.sep):
        chain.append(str(Path(chain[-1]).parent))
    patterns = Ignored(instead=instead)
    for path in reversed(chain):
        patterns = patterns.below(path)
    return patterns


def read_rules(lines: Iterable[str]) -> list[GitPattern]:
    """Return the rules of a file. Patterns for names are joined: each is matched for every file of a collection.

    >>> rules = read_rules(["*.log", "!keep.log", "/build/", "a/**/b"])
    >>> [any(r.holds(p.split("/"), False) for r in rules if r.ignores) for p in ("x/a.log", "build", "a/x/y/b", "x/a/b")]
    [True, False, True, False]
    """
    rules: list[GitPattern] = []
    joined: dict[bool, list[str]] = {False: [], True: []}
    sign = True

    def close() -> None:
        if any(joined.values()):
            names, folders = (re.compile("|".join(joined[only])) if joined[only] else None for only in (False, True))
            rules.append(GitPattern(sign, names, folders))
            joined[False], joined[True] = [], []

    for line in lines:
        pattern = _stripped(line)
        if not pattern or pattern.startswith("#") or len(pattern) > _LONGEST:
            continue
        ignores = not pattern.startswith("!")
        pattern = pattern.removeprefix("!")
        folder_only = pattern.endswith("/")
        pattern = pattern.rstrip("/") if folder_only else pattern
        parts = [part for part in pattern.split("/") if part]
        if not parts:
            continue
        if ignores != sign or "/" in pattern:
            close()
        sign = ignores
        if "/" not in pattern:
            joined[folder_only].append(_expression(parts[0]))
        else:
            path = tuple(_ANY if part == _ANY else re.compile(_expression(part)) for part in parts)
            rules.append(GitPattern(ignores, path=path, folder_only=folder_only))
    close()
    return rules


def _stripped(line: str) -> str:
    """Return a line without its end and without spaces at its end, unless a backslash keeps them."""
    text = line.rstrip("\r")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    return text


def _expression(part: str) -> str:
    """Return the expression for one part of a path; Python's own translation of `*` never tries a position twice."""
    return translate(_CLASS.sub("[!", _ESCAPE.sub(lambda m: f"[{m[1]}]" if m[1] not in "^!]\\" else m[1], part)))


def _matches(pattern: Sequence[re.Pattern[str] | str], parts: Sequence[str]) -> bool:
    """Return whether the parts of a path match; after a failure, only the last `**` takes one more part."""
    i = j = 0
    star, begin = -1, 0
    while j < len(parts):
        if i < len(pattern) and pattern[i] == _ANY:
            star, begin = i, j
            i += 1
            if i == len(pattern):
                return True  # a trailing ** matches everything inside
        elif i < len(pattern) and not isinstance(pattern[i], str) and pattern[i].match(parts[j]):  # type: ignore[union-attr]
            i, j = i + 1, j + 1
        elif star >= 0:
            begin += 1
            i, j = star + 1, begin
        else:
            return False
    return i == len(pattern)
