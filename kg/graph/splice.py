"""Updates a graph on disk and its documents; only the differences are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base.errors import StoreError
from kg.base.store import link_copy
from kg.graph.documents import ShortTerms, body_of, graph_line, prefixes_of
from kg.graph.feed import drop_log

TABLES: Final = (".sst",)
"""Endings of the files of a store that never change."""
_BLOCK: Final = 1 << 18
"""Bytes of two texts that are compared at once."""
_ESCAPED: Final = re.compile(rb"\\[ubf]")
"""Escapes that kg and Oxigraph may write differently, so that a build might sort lines in another order."""


_Key = Callable[[bytes, int], bytes]
"""The key of the block at an offset of a text."""


class Unsure(Exception):  # noqa: N818  # not an error: the caller then builds everything again
    """It isn't certain that the update gives the result of a clean build."""


class SplicedDocuments(NamedTuple):
    """The default graph as Turtle, and all graphs as TriG."""

    turtle: bytes
    trig: bytes


def apply_changes(
    store: ox.Store, base: str, removed: Iterable[str], added: Iterable[str], old: SplicedDocuments
) -> tuple[SplicedDocuments, int]:
    """Remove lines of N-Quads from a store, add others, and return its documents as a build would write them.

    The second result is the change in the number of statements.

    Raises Unsure if that isn't certain.
    """
    gone, new = _quads(removed), [quad for quad in _quads(added) if quad not in store]
    subjects = {q.subject for q in (*gone, *new) if isinstance(q.graph_name, ox.DefaultGraph)}
    graphs = {q.graph_name for q in (*gone, *new) if isinstance(q.graph_name, ox.NamedNode)}
    prefixes = prefixes_of(base)
    before = {_key(s): _block(store, s, prefixes) for s in subjects}
    terms = ShortTerms(base)
    graphs_before = {str(g).encode(): _graph(store, g, terms) for g in graphs}
    for quad in gone:
        if quad not in store:
            raise Unsure
        store.remove(quad)
    store.extend(new)
    after = {_key(s): _block(store, s, prefixes) for s in subjects}
    graphs_after = {str(g).encode(): _graph(store, g, terms) for g in graphs}
    if not old.trig.startswith(old.turtle):
        raise Unsure
    turtle = _spliced(old.turtle, body_of(old.turtle), before, after, lambda text, at: _subject(text, at, prefixes))
    named = _spliced(old.trig, len(old.turtle), graphs_before, graphs_after, _name)
    return SplicedDocuments(turtle, turtle + named[len(old.turtle) :]), len(new) - len(gone)


def copy_store(source: Path, target: Path) -> ox.Store:
    """Return a writable store made from the files of another one; tables are linked, not copied, since they never change."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        link_copy(source, target, only=TABLES)
        store = ox.Store(str(target))
    except (OSError, ValueError, RuntimeError) as error:
        raise StoreError(f"can't copy the graph to {target}: {error}", hint="is the disk full?") from error
    drop_log(target)
    return store


def replace_lines(store: ox.Store, removed: Iterable[str], added: Iterable[str]) -> int:
    """Replace lines of N-Quads in a store that no document shows, and return the change in the number of statements."""
    gone, new = [quad for quad in _quads(removed) if quad in store], [quad for quad in _quads(added) if quad not in store]
    for quad in gone:
        store.remove(quad)
    store.extend(new)
    return len(new) - len(gone)


def differing_lines(old: bytes, new: bytes) -> tuple[set[str], set[str]]:
    """Return the lines that only the first of two texts contains, and those that only the second one contains.

    >>> differing_lines(b"a\\nb\\nc\\n", b"a\\nd\\nc\\n")
    ({'b'}, {'d'})
    """
    first = _common(old, new, 1)
    first = old.rfind(b"\n", 0, first) + 1
    last = min(_common(old, new, -1), len(old) - first, len(new) - first)
    # Up to the first line that ends within what is common.
    last -= old.find(b"\n", len(old) - last) + 1 - (len(old) - last) if last else 0
    before = set(old[first : len(old) - last].split(b"\n"))
    after = set(new[first : len(new) - last].split(b"\n"))
    return {line.decode() for line in before - after if line}, {line.decode() for line in after - before if line}


def _common(old: bytes, new: bytes, step: int) -> int:
    """The number of bytes that two texts have in common at their start (`step` 1) or end (-1), up to a whole block."""
    most, done = min(len(old), len(new)), 0
    for size in (_BLOCK, _BLOCK >> 8):
        while done + size <= most:
            parts = (
                (text[done : done + size] if step == 1 else text[len(text) - done - size : len(text) - done])
                for text in (old, new)
            )
            if next(parts) != next(parts):
                break
            done += size
    return done


def absent_lines(store: ox.Store, lines: Iterable[str]) -> list[str]:
    """Return the lines of N-Quads that a store doesn't contain."""
    listed = list(lines)
    return [line for line, quad in zip(listed, _quads(listed), strict=True) if quad not in store]


def _quads(lines: Iterable[str]) -> list[ox.Quad]:
    return list(ox.parse("\n".join(lines).encode(), format=ox.RdfFormat.N_QUADS, lenient=True))


def _key(term: object) -> bytes:
    return str(term).encode()


def _lines(triples: Iterable[ox.Triple]) -> list[bytes]:
    data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
    if _ESCAPED.search(data):
        raise Unsure
    return sorted(data.splitlines())


def _block(store: ox.Store, subject: object, prefixes: Mapping[str, str]) -> bytes:
    """Return the Turtle of a subject; empty if the graph has no statement about it."""
    if not isinstance(subject, ox.NamedNode):
        raise Unsure
    lines = _lines(q.triple for q in store.quads_for_pattern(subject, None, None, ox.DefaultGraph()))
    if not lines:
        return b""
    triples = (q.triple for q in ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_TRIPLES, lenient=True))
    text = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=dict(prefixes)) or b""
    return text[body_of(text) :]


def _graph(store: ox.Store, name: ox.NamedNode, terms: ShortTerms) -> bytes:
    """Return the line of TriG for a named graph."""
    lines = _lines(q.triple for q in store.quads_for_pattern(None, None, None, name))
    return graph_line(str(name).encode(), (line.removesuffix(b" .") for line in lines), terms) if lines else b""


def _subject(text: bytes, at: int, prefixes: Mapping[str, str]) -> bytes:
    """Return the IRI in angle brackets of the block of Turtle at an offset."""
    end = text.find(b" ", at)
    token = text[at:end]
    if token.startswith((b"<", b"_")):
        return token
    prefix, _, local = token.partition(b":")
    return b"<" + prefixes[prefix.decode()].encode() + local.replace(b"\\", b"") + b">"


def _name(text: bytes, at: int) -> bytes:
    return text[at : text.find(b" ", at)]


def _starts(text: bytes, at: int, low: int) -> int:
    """Return the start of the block that contains an offset: the last line at or before it that isn't indented."""
    while True:
        at = text.rfind(b"\n", low, at) + 1
        at = max(at, low)
        if at == low or text[at : at + 1] != b"\t":
            return at
        at -= 1


def _after(text: bytes, at: int) -> int:
    """Return the start of the block after the one at an offset."""
    while True:
        at = text.find(b"\n", at) + 1
        if not at:
            return len(text)
        if text[at : at + 1] != b"\t":
            return at


def _spliced(text: bytes, low: int, before: Mapping[bytes, bytes], after: Mapping[bytes, bytes], key: _Key) -> bytes:
    """Return a text whose blocks from `low` on are sorted by key, with some blocks changed, removed or inserted."""
    parts: list[bytes] = []
    done = 0
    for name in sorted(before):
        at = _place(text, low, name, key)
        old = before[name]
        if text[at : at + len(old)] != old or (not old and at < len(text) and key(text, at) == name):
            raise Unsure
        parts += (text[done:at], after[name])
        done = at + len(old)
    return b"".join((*parts, text[done:]))


def _place(text: bytes, low: int, name: bytes, key: _Key) -> int:
    """Return the offset of the block with a key, or where it would be inserted."""
    first, last = low, len(text)
    while first < last:
        middle = _starts(text, (first + last) // 2, first)
        if key(text, middle) < name:
            first = _after(text, middle)
        else:
            last = middle
    return first
