"""The documents of a graph: Turtle and TriG, sorted, so that equal graphs give equal bytes."""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox

from kg.base.names import PREFIXES, notes_iri

_LITERAL_END: Final = re.compile(rb"\"(?:@[\w-]+|\^\^<[^<>]+>)? (<[^<> ]+>) \.\Z")


def documents(nquads: bytes, base: str, *, suggested: bool = False) -> tuple[bytes, bytes]:
    """The default graph of some N-Quads as Turtle and all graphs as TriG, which begins with the Turtle.

    What was only suggested is left out unless `suggested` asks for it.
    """
    left_out = b"" if suggested else f"<{base}suggested".encode()
    graphs: dict[bytes, list[bytes]] = {}
    default: list[bytes] = []
    plain, find = default.append, graphs.get
    for line in nquads.split(b"\n"):
        # What doesn't end in an IRI is a literal of the default graph, one of three lines.
        if line[-3:] != b"> .":
            if line:
                plain(line)
            continue
        # A statement of three IRIs has three spaces, and one more in a named graph; literals have any number.
        if b'"' not in line:
            if line.count(b" ") != 4:
                plain(line)
                continue
            statement, _, name = line[:-2].rpartition(b" ")
        else:
            name = _graph_of(line)
            if not name:
                plain(line)
                continue
            statement = line[: -len(name) - 3]
        if left_out and name.startswith(left_out):
            continue
        found = find(name)
        if found is None:
            graphs[name] = [statement]
        else:
            found.append(statement)
    default.sort()
    # Few lines come twice: comparing neighbours takes less than a set.
    lines = [line for line, before in zip(default, (b"", *default), strict=False) if line != before]
    turtle = as_turtle(b"\n".join(lines), base)
    parts = [turtle]
    for name in sorted(graphs):
        said = graphs[name]
        if len(said) > 1:
            said = sorted(set(said))
        parts.append(b"%b { %b . }\n" % (name, b" . ".join(said)))
    return turtle, b"".join(parts)


def as_turtle(lines: bytes, base: str) -> bytes:
    """N-Triples as Turtle, in the order of the lines, with the prefixes of the graph at a base.

    Lines are sorted as text, which is many times faster than sorting terms, and then written anew.
    """
    # Quads of the default graph are taken for triples, without an object more for each of them.
    quads = ox.parse(lines, format=ox.RdfFormat.N_TRIPLES, lenient=True)
    return ox.serialize(quads, format=ox.RdfFormat.TURTLE, prefixes=prefixes_of(base)) or b""


def prefixes_of(base: str) -> dict[str, str]:
    """The prefixes of the documents of a graph."""
    return PREFIXES | {"c": base + "concept/", "n": notes_iri(base)}


def _graph_of(line: bytes) -> bytes:
    """The graph of a line of N-Quads as Oxigraph writes it, empty for the default graph.

    >>> _graph_of(b'<a:s> <a:p> "x <y> ."@en <a:g> .'), _graph_of(b'<a:s> <a:p> <a:o> .')
    (b'<a:g>', b'')
    """
    if b'"' in line:
        m = _LITERAL_END.search(line)
        return m[1] if m else b""
    terms = line.split(b" ")
    return terms[3] if len(terms) == 5 else b""
