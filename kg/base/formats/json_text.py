"""JSON as values and, by msgspec, as typed records, with limits on nesting and number length and without lone surrogates."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from types import UnionType
from typing import Any, Final, Generic, TypeVar

import msgspec

from kg.base.formats import FormatError, place_in
from kg.base.json_forms import json_line

T = TypeVar("T")

NESTING: Final = 64
NODES: Final = 4_000_000
"""Maximum values in one text: an empty list takes 56 bytes in memory, but two in a file."""
SIZE: Final = 256 << 20
"""Maximum bytes: results of builds have one line for each finding."""

# An unclosed string extends to the end: otherwise every quote in it would start another one.
_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.?[^"\\]*+)*+(?:"|\Z)', re.DOTALL)
_TOKEN: Final = re.compile(_STRING.pattern + rb"|[\[{\]}]", re.DOTALL)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_OTHERS: Final = bytes(set(range(256)) - set(b"[]{}"))


def read_json(data: bytes | str, *, pairs: Callable[[list[tuple[str, object]]], object] | None = None,
              constant: Callable[[str], object] | None = None) -> Any:  # fmt: skip
    r"""Return the value of a JSON text. Raises FormatError.

    `pairs` makes an object from its keys and values, `constant` replaces NaN and Infinity; both may raise FormatError.
    A lone surrogate, which no UTF-8 file can contain, becomes a question mark.

    >>> read_json(b'{"a": [1, "\\ud800"]}')
    {'a': [1, '?']}
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    check_json(raw)
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except UnicodeDecodeError as error:
        raise FormatError(f"no UTF-8: {error.reason}", line=raw.count(b"\n", 0, error.start) + 1) from None
    except (ValueError, RecursionError) as error:
        raise _fault(error) from None
    return _whole(value, text) if pairs is None else value


def read_json_object(text: str, repeated: set[str]) -> tuple[dict[str, object], int] | None:
    """Return the object at the start of a text and its end; None if there is none. Raises FormatError for limits only.

    Keys that an object has more than once are added to `repeated`.

    >>> read_json_object('{"a": 1, "a": {"b": 2, "b": 3}} rest', found := set()), sorted(found)
    (({'a': {'b': 3}}, 31), ['a', 'b'])
    """

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(items)
        if len(made) < len(items):
            repeated.update(key for key, number in Counter(key for key, _ in items).items() if number > 1)
        return made

    raw = text.encode("utf-8", "replace")
    end = _lexed(raw, NESTING, first=True)
    if end is None:
        return None
    try:
        value, behind = json.JSONDecoder(object_pairs_hook=pairs).raw_decode(text)
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError) as error:
        raise _fault(error) from None
    return (_whole(value, text[:behind]), behind) if isinstance(value, dict) else None


class JsonReader(Generic[T]):
    """Reads JSON as a msgspec type. Create it once: that is slow.

    >>> JsonReader(dict[str, int]).read(b'{"a": 1}')
    {'a': 1}
    """

    def __init__(self, kind: type[T] | UnionType) -> None:
        self._decoder = msgspec.json.Decoder[T](kind)

    def read(self, data: bytes) -> T:
        """Return the value of a JSON text. Raises FormatError."""
        # msgspec recurses into untyped values in C, with a check; it skips unknown fields without recursion.
        if len(data) > SIZE:
            raise FormatError(f"JSON of {len(data):,} bytes; at most {SIZE:,} are read", limit="size")
        try:
            value: T = self._decoder.decode(data)
        except RecursionError:
            raise FormatError("JSON that nests too deeply", limit="nesting") from None
        except (msgspec.DecodeError, ValueError) as error:
            raise FormatError(str(error)) from None
        return value


_typed: Final[dict[Any, JsonReader[Any]]] = {}


def read_typed(data: bytes, kind: type[T]) -> T:
    """Return the value of a JSON text as this type. Raises FormatError."""
    reader = _typed.get(kind)
    if reader is None:
        reader = _typed[kind] = JsonReader(kind)
    value: T = reader.read(data)
    return value


def check_json(data: bytes, nesting: int = NESTING) -> None:
    """Reject JSON that is too large, too deeply nested or has too many values. Raises FormatError with the place."""
    if len(data) > SIZE:
        raise FormatError(f"JSON of {len(data):,} bytes; at most {SIZE:,} are read", limit="size")
    openers = data.count(b"[") + data.count(b"{")
    commas = data.count(b",")
    if openers <= nesting and openers + commas <= NODES:
        return
    bare = _STRING.sub(b"", data)
    if bare.count(b",") + bare.count(b"[") + bare.count(b"{") > NODES:
        raise FormatError(f"JSON with more than {NODES:,} values", limit="nodes")
    # Remove the innermost lists and objects, level by level; whatever remains is nested deeper, or isn't JSON.
    brackets = bare.translate(_BRACKETS, _OTHERS)
    for _ in range(nesting):
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        _lexed(data, nesting)


def _lexed(data: bytes, nesting: int, *, first: bool = False) -> int | None:
    """Raise FormatError where a text is nested too deeply; with `first`, return the end of its first value if it has one."""
    depth = 0
    for m in _TOKEN.finditer(data):
        mark = m[0][:1]
        if mark in b"[{":
            depth += 1
            if depth > nesting:
                line, column = place_in(data, m.start())
                raise FormatError(
                    f"more than {nesting} lists and objects lie in each other", line=line, column=column, limit="nesting"
                )
        elif mark in b"]}":
            depth -= 1
            if depth <= 0 and first:
                return m.end()
    return None


def _whole(value: object, text: str) -> Any:
    if not _SURROGATE.search(text):
        return value
    return json.loads(json_line(value).encode("utf-8", "replace"))


def _fault(error: BaseException) -> FormatError:
    if isinstance(error, FormatError):
        return error
    if isinstance(error, json.JSONDecodeError):
        return FormatError(error.msg, line=error.lineno, column=error.colno)
    if isinstance(error, RecursionError):
        return FormatError("JSON that nests too deeply", limit="nesting")
    return FormatError("a number with thousands of digits", limit="number")
