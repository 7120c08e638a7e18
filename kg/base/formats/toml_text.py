"""TOML: tomllib takes quadratic time and memory for dotted keys, and recurses into values."""

from __future__ import annotations

import re
import tomllib
from typing import Final

from kg.base.formats import FormatError, place_in

SIZE: Final = 4 << 20
"""Maximum bytes of a text, or characters: settings and front matter have a few thousand."""
PARTS: Final = 32
"""Maximum parts of one dotted key."""
NESTING: Final = 64
KEYS: Final = 20_000
"""Maximum parts of all keys and headers: each may be a table, which takes a kilobyte in tomllib."""
NODES: Final = 200_000
NUMBER: Final = 1000
"""Maximum characters of a number or a bare key."""

# An unclosed quote ends the scan, since it ends the parser too.
_TOKEN: Final = re.compile(
    r'''(?P<text>"""(?:[^"\\]|\\.|"(?!""))*+"{3,5}|\'{3}(?:[^']|'(?!''))*+'{3,5})
      | (?P<open>"{3}|'{3})
      | (?P<line>"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')
      | (?P<broken>["'])
      | (?P<comment>\#[^\n]*+)
      | (?P<mark>[\n=,.\[\]{}])
      | (?P<word>[^\s=,.\[\]{}"'\#]++)''',
    re.VERBOSE | re.DOTALL,
)
_AT: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)\Z")


def read_toml(text: str) -> dict[str, object]:
    """Return the table of a TOML text. Raises FormatError.

    >>> read_toml("a.b = 1")
    {'a': {'b': 1}}
    >>> read_toml("a." * 40 + "a = 1")
    Traceback (most recent call last):
    kg.base.formats.FormatError: a key of more than 32 parts (at line 1, column 64)
    """
    if len(text) > SIZE:
        raise FormatError(f"TOML of {len(text):,} characters; at most {SIZE:,} are read", limit="size")
    # Most texts are so small that counting characters is enough.
    if len(text) > NUMBER or text.count(".") >= PARTS or text.count("[") + text.count("{") > NESTING // 2:
        _check(text)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FormatError("TOML that nests too deeply", limit="nesting") from None
    except ValueError as error:  # includes numbers of thousands of digits
        message = str(error).partition("\n")[0]
        at = _AT.search(message)
        last = text.rstrip().count("\n") + 1 if at and not at[1] else 0
        line, column = (int(at[1]), int(at[2])) if at and at[1] else (last, 0)
        raise FormatError(_AT.sub("", message), line=line, column=column) from None


def _check(text: str) -> None:
    dots = keys = nodes = depth = before = 0
    levels: list[int] = []  # for each open bracket: 1, plus the dots of the key before it
    for m in _TOKEN.finditer(text):
        kind = m.lastgroup
        if kind == "mark":
            mark = m[0]
            if mark == ".":
                dots += 1
                keys += 1
            else:
                nodes += mark != "\n"
                if mark in "[{":
                    levels.append(1 + before)
                    depth += levels[-1]
                    keys += mark == "["  # a header is a key, and so is the text before each equals sign
                elif mark in "]}":
                    depth -= levels.pop() if levels else 0
                elif mark == "=":
                    keys += 1
                before, dots = dots if mark == "=" else 0, 0
            if dots >= PARTS:
                _refuse(text, m, f"a key of more than {PARTS} parts", "parts")
            if depth > NESTING:
                _refuse(text, m, f"TOML that nests deeper than {NESTING} levels", "nesting")
            if keys > KEYS:
                _refuse(text, m, f"TOML with more than {KEYS:,} keys", "keys")
            if nodes > NODES:
                _refuse(text, m, f"TOML with more than {NODES:,} values", "nodes")
        elif kind == "word":
            if m.end() - m.start() > NUMBER:
                _refuse(text, m, f"a number or key of more than {NUMBER:,} characters", "number")
        elif kind in ("open", "broken"):
            return


def _refuse(text: str, m: re.Match[str], problem: str, limit: str) -> None:
    line, column = place_in(text, m.start())
    raise FormatError(problem, line=line, column=column, limit=limit)
