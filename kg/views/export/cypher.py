"""The network as Cypher statements for Neo4j 4.4 and later; they are idempotent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from kg.model import Artifact, Concept

if TYPE_CHECKING:
    import networkx as nx

_SPECIAL: Final = re.compile(r"[\\'\x00-\x1f\x7f\x85\u2028\u2029]")
_SHORT: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PLAIN: Final = re.compile(r"[A-Z][A-Z0-9_]*")


def cypher(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str]) -> Artifact:
    """`kg.cypher`: a ``:Concept`` node for each concept, keyed by IRI, and a relationship named after each relation's key."""
    return Artifact("kg.cypher", ("\n".join(_lines(network, concepts, keys)) + "\n").encode())


def _lines(network: nx.MultiDiGraph[str], concepts: Mapping[str, Concept], keys: Mapping[str, str]) -> Iterator[str]:
    yield "CREATE CONSTRAINT kg_concept_iri IF NOT EXISTS FOR (c:Concept) REQUIRE c.iri IS UNIQUE;"
    for c in concepts.values():
        values = {"id": c.id, "type": c.type, "layer": c.layer, "area": c.area, "status": c.status, "path": c.path}
        values |= {f"label_{lang or 'und'}": text for lang, text in sorted(c.labels.items())}
        values |= {f"definition_{lang or 'und'}": text for lang, text in sorted(c.definitions.items())}
        yield f"MERGE (c:Concept {{iri: {quote(c.iri)}}}) SET c += {{{_map(values)}}};"
    for source, target, key, data in network.edges(keys=True, data=True):
        values = {"path": data["path"]}
        properties = ", ".join(filter(None, (f"asserted: {str(data['asserted']).lower()}", _map(values))))
        line = f", line: {data['line']}" if data["line"] else ""
        yield (
            f"MATCH (a:Concept {{iri: {quote(source)}}}), (b:Concept {{iri: {quote(target)}}}) "
            f"MERGE (a)-[r:{name(keys.get(key, key).upper().replace('-', '_'))}]->(b) SET r += {{{properties}{line}}};"
        )


def _map(values: Mapping[str, str]) -> str:
    return ", ".join(f"{name(key)}: {quote(text)}" for key, text in values.items() if text)


def quote(text: str) -> str:
    r"""A Cypher string literal on one line.

    Neo4j before version 5 decodes ``\u0027`` everywhere, even after an escaped backslash, so the two are never adjacent.

    >>> print(quote("it's a\\b"), quote("\\u0027"))
    'it\'s a\\b' '\\' + 'u0027'
    """
    escaped = _SPECIAL.sub(lambda m: _SHORT.get(m.group()) or f"\\u{ord(m.group()):04x}", text)
    return "'" + re.sub(r"\\\\(?=u)", r"\\\\' + '", escaped) + "'"


def name(text: str) -> str:
    """A property name or relationship type, in back-ticks if necessary.

    >>> name("USES"), name("a`b"), name("label_zh-hant")
    ('USES', '`a``b`', '`label_zh-hant`')
    """
    if _PLAIN.fullmatch(text) or re.fullmatch(r"[a-z][a-z0-9_]*", text):
        return text
    cleaned = "".join(c if c.isprintable() and c != "\\" else "\ufffd" for c in text)
    return "`" + cleaned.replace("`", "``") + "`"
