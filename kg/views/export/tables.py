"""The network as two tables, nodes and edges, in CSV (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from kg.model import Artifact, Concept, NetworkEdge


def nodes_csv(concepts: Mapping[str, Concept]) -> Artifact:
    """`nodes.csv`: a row for each concept, with a column for each language of labels and definitions."""
    labels = sorted({lang for c in concepts.values() for lang in c.labels})
    definitions = sorted({lang for c in concepts.values() for lang in c.definitions})
    head = ["iri", "id", *(f"label_{lang or 'und'}" for lang in labels), "type", "layer", "area", "status", "path"] + [
        f"definition_{lang or 'und'}" for lang in definitions
    ]
    rows = (
        [c.iri, c.id, *(c.labels.get(lang, "") for lang in labels), c.type, c.layer, c.area, c.status, c.path]
        + [c.definitions.get(lang, "") for lang in definitions]
        for c in concepts.values()
    )
    return Artifact("nodes.csv", _table(head, rows))


def edges_csv(edges: Iterable[NetworkEdge], keys: Mapping[str, str]) -> Artifact:
    """`edges.csv`: a row for each relation between two concepts, with their `iri` from nodes.csv and its first place."""
    rows = (
        [source, target, keys.get(key, key), _yes(asserted), _yes(typed), path, line or ""]
        for source, target, key, asserted, typed, path, line in edges
    )
    return Artifact("edges.csv", _table(["source", "target", "relation", "asserted", "typed", "path", "line"], rows))


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue().encode()
