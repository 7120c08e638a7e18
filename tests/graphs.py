"""Graphs of any size as tables, written by the writer of ``kg export parquet``, without notes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from kg.base.json_forms import json_pretty
from kg.base.staging import Staging
from kg.graph.tables.ids import TermIds
from kg.graph.tables.partitions import PartitionedTable, parts_for
from kg.graph.tables.schema import MANIFEST, TABLES, VERSION
from kg.model import Artifact

KINDS = {"uses": "associative", "broader": "broader", "narrower": "narrower", "links-to": "link"}
Edge = tuple[int, int, str, bool]
"""Source, target, key of the relation, and whether an author stated it."""


def generated(concepts: int, links: int, seed: int = 1) -> list[Edge]:
    """A power law with triangles, communities and unconnected concepts, as notes have them."""
    draw = np.random.default_rng(seed)
    used = int(concepts * 0.9)
    source = draw.integers(0, used, links)
    near = (source + draw.integers(1, 20, links)) % used
    popular = (used * draw.random(links) ** 3).astype(np.int64)
    target = np.where(draw.random(links) < 0.6, near, popular)
    keys = draw.choice(list(KINDS), links, p=[0.25, 0.15, 0.1, 0.5])
    asserted = draw.random(links) < 0.9
    # A component of its own beside the largest, and two of equal size.
    own = [(used + i, used + (i + 1) % 7, "uses", True) for i in range(7)]
    own += [(used + 10 + i, used + 11 + i, "uses", True) for i in range(6)]
    rows = zip(source.tolist(), target.tolist(), keys.tolist(), asserted.tolist(), strict=True)
    return sorted({(a, b, key): (a, b, key, bool(stated)) for a, b, key, stated in (*rows, *own) if a != b}.values())


def write_graph(folder: Path, concepts: int, edges: Iterable[Edge]) -> Path:
    """Write the tables of a graph; concept n is ``https://example.org/n``, every 50th is a declared top, the last is a plan."""
    ids, staging = TermIds(), Staging(folder)
    edges = list(edges)
    made = {
        name: PartitionedTable(name, table, staging.folder, parts_for(len(edges)) if name in ("nodes", "edges") else 1)
        for name, table in TABLES.items()
    }
    numbers = []
    for n in range(concepts):
        iri = f"https://example.org/{n:07d}"
        numbers.append(ids(iri))
        planned = n == concepts - 1 and concepts > 1
        made["nodes"].add(ids(iri), iri, str(n), "concept", "", "", "", "", n % 50 == 0, planned)
    for source, target, key, asserted in edges:
        made["edges"].add(numbers[source], numbers[target], ids(key), asserted, key != "links-to", "", 0)
    for key, kind in KINDS.items():
        made["relations"].add(ids(key), f"https://example.org/r/{key}", key, kind)
    files = {name: table.finish() for name, table in made.items()}
    tables = {
        name: {"rows": sum(f.rows for f in parts), "files": [f._asdict() for f in parts]} for name, parts in files.items()
    }
    content = {"schema": VERSION, "base": "https://example.org/", "salt": 0, "tables": tables}
    staging.write(Artifact(MANIFEST, json_pretty(content).encode()))
    staging.publish({})
    return folder
