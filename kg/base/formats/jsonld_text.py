"""JSON-LD, scanned before the parser: parsers copy contexts for each level, and terms are defined by other terms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kg.base.formats import FormatError, place_in
from kg.base.formats.json_text import check_json

NESTING: Final = 32
NESTING_OF_LARGE: Final = 12
"""Maximum levels in a text of more than 4 MB: the content of graphs is stored once for each of them."""
_LARGE: Final = 4 << 20
COPIED: Final = 5_000_000
"""Maximum number of terms that are copied because of nested contexts."""
CHAIN: Final = 100
"""Maximum length of a chain of terms that are defined by each other."""
WRITTEN: Final = 50_000_000
"""Maximum characters after expansion of long terms and bases."""
_USUAL: Final = 1000

_CONTEXT: Final = re.compile(r'"@context"\s*:\s*')
# The letters of "@context" may be escaped; escaped quotes and backslashes are left alone.
_ESCAPED: Final = re.compile(r"\\u00(?!22|5[cC])([2-7][0-9a-fA-F])")


class _Context(NamedTuple):
    terms: int
    longest: int
    """Number of characters of its longest text, times the length of its longest chain of terms."""
    scoped: bool
    """Whether it has term-scoped contexts, which apply again at each use."""


def check_jsonld(data: bytes) -> None:
    """Reject input that would take more than linear time and memory. Raises FormatError."""
    check_json(data, NESTING_OF_LARGE if len(data) > _LARGE else NESTING)
    text = data.decode("utf-8", "replace")
    if "\\u00" in text:
        text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text)
    contexts: dict[str, _Context] = {}
    count = 0
    for at, written, value in _contexts(text):
        count += 1
        if written not in contexts:
            contexts[written] = _look(value, text, at)
    if not contexts:
        return
    most = max(c.terms for c in contexts.values())
    uses = data.count(b":") if any(c.scoped for c in contexts.values()) else count
    if most * uses > COPIED:
        raise FormatError(f"JSON-LD contexts whose {most:,} terms apply again at {uses:,} places", limit="names")
    longest = sum(sorted((c.longest for c in contexts.values()), reverse=True)[:NESTING])
    if longest > _USUAL and longest * data.count(b'"') // 2 > WRITTEN:
        raise FormatError(f"terms of up to {longest:,} characters expand to more than {WRITTEN:,} in total", limit="names")


def _contexts(text: str) -> Iterator[tuple[int, str, object]]:
    """Yield each context: its offset, its text and its value, with objects as lists of pairs so that duplicate keys remain."""
    decoder = json.JSONDecoder(object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
    for m in _CONTEXT.finditer(text):
        try:
            value, end = decoder.raw_decode(text, m.end())
        except (ValueError, RecursionError):
            continue  # the parser reports the error
        yield m.start(), text[m.end() : end], value


class _Pairs(list[tuple[str, object]]):
    """A JSON object with every key, duplicates included."""


def _look(value: object, text: str, at: int) -> _Context:
    terms, longest, scoped = 0, 0, False
    prefixes: dict[str, str] = {}
    queue = [(value, 0)]
    while queue:
        item, depth = queue.pop()
        if isinstance(item, _Pairs):
            for key, inner in item:
                terms += depth == 0
                scoped = scoped or (depth > 0 and key == "@context")
                longest = max(longest, len(key))
                if depth == 0:
                    name = inner if isinstance(inner, str) else _id(inner)
                    prefixes[key] = name.partition(":")[0] if ":" in name else name
                queue.append((inner, depth + 1))
        elif isinstance(item, list):
            queue += [(inner, depth) for inner in item]
        elif isinstance(item, str):
            longest = max(longest, len(item))
    lengths: dict[str, int] = {}
    for term in prefixes:
        walked: list[str] = []
        on = term
        while on in prefixes and on not in lengths and len(walked) <= CHAIN:
            lengths[on] = 0  # a cycle ends here
            walked.append(on)
            on = prefixes[on]
        for back, name in enumerate(reversed(walked), 1):
            lengths[name] = lengths.get(on, 0) + back
            if lengths[name] > CHAIN:
                line, column = place_in(text, at)
                raise FormatError(
                    f"more than {CHAIN} terms of JSON-LD are defined by each other",
                    line=line,
                    column=column,
                    limit="names",
                )
    return _Context(terms, longest * max(lengths.values(), default=1), scoped)


def _id(value: object) -> str:
    if isinstance(value, _Pairs):
        return next((v for k, v in value if k == "@id" and isinstance(v, str)), "")
    return ""
