"""Writes the graph of a build as Parquet: one pass over the statements, then one over each part. Memory is bounded.

Memory holds one part (a million rows or, above 64 million statements, a 64th of the table), and 24 bytes for each concept.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyoxigraph as ox

from kg.base import about
from kg.base.json_forms import json_pretty
from kg.base.names import DCTERMS, KG, LINKS_TO, PROV, RDF, SKOS, XSD
from kg.base.progress import begin_step, count_items
from kg.base.staging import Staging
from kg.graph import Graph
from kg.graph.concepts import id_among, planned_classes, vocabulary_of
from kg.graph.tables.graphs import DECLARED_RULE, GraphNames
from kg.graph.tables.ids import TermIds
from kg.graph.tables.partitions import PartFile, PartitionedTable, Refine, parts_for, without_repeated_rows
from kg.graph.tables.schema import MANIFEST, TABLES, VERSION
from kg.graph.vocabulary import Vocabulary
from kg.model import Artifact

_STEP: Final = 100_000
_SEEN: Final = 500_000
"""Terms that are remembered, so that few are spilled twice."""
_ABOUT: Final = pa.schema([("id", pa.int64()), ("predicate", pa.string()), ("value", pa.string())])
_EDGES: Final = pa.schema(
    [
        ("source", pa.int64()), ("target", pa.int64()), ("relation", pa.int64()), ("stated", pa.bool_()),
        ("inferred", pa.bool_()), ("declared", pa.bool_()), ("path", pa.string()), ("line", pa.int32()),
    ]
)  # fmt: skip
_LABELS: Final = {SKOS + "prefLabel": "pref", SKOS + "altLabel": "alt", SKOS + "definition": "definition"}
_TYPE: Final = RDF + "type"
_DESCRIBES: Final = frozenset(
    (_TYPE, DCTERMS + "identifier", SKOS + "inScheme", KG + "status", PROV + "wasDerivedFrom", KG + "declaredTop")
)


class TablesReport(NamedTuple):
    """What was written."""

    rows: dict[str, int]
    """Table → number of rows."""
    size: int
    """Bytes of all files."""
    files: int


class _CollisionError(Exception):
    """Two IRIs have one id."""


def write_tables(graph: Graph, folder: Path) -> TablesReport:
    """Write all tables of a graph to a folder in one step: until everything is complete, it has its old content.

    Equal graphs without blank nodes give equal bytes. Raises StoreError if the folder can't be written or contains anything
    that kg didn't write.
    """
    staging = Staging(folder, "-o")
    try:
        for salt in range(100):
            try:
                report = _Writer(graph, staging, TermIds(salt)).write()
                break
            except _CollisionError:
                continue
        staging.publish({"kg": about.VERSION, "tables": VERSION})
    except BaseException:
        staging.discard()
        raise
    return report


class _Writer:
    """One attempt to write all tables."""

    def __init__(self, graph: Graph, staging: Staging, ids: TermIds) -> None:
        self._graph, self._staging, self._ids = graph, staging, ids
        self._vocabulary: Vocabulary = vocabulary_of(graph)
        self._names = GraphNames(graph.base)
        self._total = len(graph.store)
        parts = parts_for(self._total)
        folder = staging.folder

        def table(name: str, refine: Refine | None = None, spilled: pa.Schema = None) -> PartitionedTable:
            return PartitionedTable(name, TABLES[name], folder, parts, refine, spilled)

        self._terms = table("terms", self._unique_terms)
        self._statements = table("statements")
        self._graphs = table("graphs", lambda rows: without_repeated_rows(rows, ("id",)))
        self._labels = table("labels", self._of_concepts)
        self._nodes = table("nodes", self._describe, _ABOUT)
        self._edges = table("edges", self._connect, _EDGES)
        self._found = array("q")
        self._concepts = np.empty(0, dtype=np.int64)
        self._has_notes = False
        self._seen: dict[int, str] = {}
        self._members: dict[int, list[str]] = {}
        """Concept → labels of its areas."""
        self._labels_of: dict[str, str] = {}
        self._relations = self._vocabulary.relations
        self._planned = planned_classes(graph)
        self._types = {iri: key for key, iri in self._vocabulary.types.items()}

    def write(self) -> TablesReport:
        with begin_step("reading the build", self._total) as reading:
            for done, quad in enumerate(self._graph.store.quads_for_pattern(None, None, None, None)):
                self._add(quad)
                if not done % _STEP:
                    reading.at(done)
        self._concepts = np.unique(np.array(self._found, dtype=np.int64))
        for iri in (*self._relations, LINKS_TO):
            self._term(iri)
        files: dict[str, list[PartFile]] = {}
        written = (
            ("terms", self._terms), ("statements", self._statements), ("graphs", self._graphs), ("labels", self._labels),
            ("nodes", self._nodes), ("edges", self._edges),
        )  # fmt: skip
        with begin_step("writing tables", len(written) + 1):
            for name, table in count_items(written):
                files[name] = table.finish()
            files["relations"] = self._write_relations()
            self._write_manifest(files)
        every = [file for parts in files.values() for file in parts]
        return TablesReport(
            {name: sum(f.rows for f in parts) for name, parts in files.items()}, sum(f.size for f in every), len(every)
        )

    def _term(self, text: str) -> int:
        number = self._ids(text)
        seen = self._seen.get(number)
        if seen is None:
            if len(self._seen) >= _SEEN:
                self._seen.clear()
            self._seen[number] = text
            self._terms.add(number, text)
        elif seen != text:
            raise _CollisionError
        return number

    def _add(self, quad: ox.Quad) -> None:
        named = quad.graph_name
        graph_iri = "" if isinstance(named, ox.DefaultGraph) else _text_of(named)
        if graph_iri.startswith(f"{self._graph.base}suggested"):
            return
        graph = None
        if graph_iri:
            graph = self._term(graph_iri)
            self._graphs.add(graph, *self._names.origin(graph_iri))
        subject_text, predicate, object_ = _text_of(quad.subject), quad.predicate.value, quad.object
        subject, predicate_id = self._term(subject_text), self._term(predicate)
        if isinstance(object_, ox.Literal):
            lang = object_.language
            typed = None if lang or object_.datatype.value == XSD + "string" else self._term(object_.datatype.value)
            self._statements.add(subject, predicate_id, None, object_.value, lang, typed, graph)
            if graph is None and predicate in _LABELS:
                self._labels.add(subject, _LABELS[predicate], lang or "", object_.value)
        else:
            target = self._term(_text_of(object_))
            self._statements.add(subject, predicate_id, target, None, None, None, graph)
            if predicate == LINKS_TO or predicate in self._relations:
                self._edge((subject, target, predicate_id), graph_iri)
        self._has_notes = self._has_notes or predicate == KG + "path"
        if graph is None:
            self._about(quad, subject, subject_text, predicate)

    def _edge(self, edge: tuple[int, int, int], graph_iri: str) -> None:
        if edge[0] == edge[1]:
            return
        origin = self._names.origin(graph_iri) if graph_iri else None
        inferred = origin is not None and origin.kind == "inferred"
        declared = inferred and origin is not None and origin.rule == DECLARED_RULE
        place = (origin.path, origin.line) if origin is not None and origin.kind == "note" else (None, None)
        self._edges.add(*edge, origin is None, inferred and not declared, declared, *place)

    def _about(self, quad: ox.Quad, subject: int, subject_text: str, predicate: str) -> None:
        """Remember what a statement of the default graph says of a concept."""
        object_ = quad.object
        if predicate in _DESCRIBES and isinstance(quad.subject, ox.NamedNode):
            value = object_.value if isinstance(object_, ox.Literal) else _text_of(object_)
            self._nodes.add(subject, predicate, value)
            if predicate == _TYPE and value == SKOS + "Concept":
                self._found.append(subject)
                self._nodes.add(subject, "", subject_text)
        elif predicate == SKOS + "member" and isinstance(object_, ox.NamedNode):
            self._members.setdefault(self._ids(object_.value), []).append(self._label(subject_text))

    def _label(self, iri: str) -> str:
        """Return the name of an area or a layer."""
        if iri not in self._labels_of:
            node = ox.BlankNode(iri[2:]) if iri.startswith("_:") else ox.NamedNode(iri)
            found = self._graph.store.quads_for_pattern(node, ox.NamedNode(SKOS + "prefLabel"), None, ox.DefaultGraph())
            self._labels_of[iri] = min((q.object.value for q in found if isinstance(q.object, ox.Literal)), default="")
        return self._labels_of[iri]

    def _is_concept(self, column: pa.ChunkedArray) -> pa.Array:
        values = column.to_numpy()
        at = np.searchsorted(self._concepts, values)
        at[at == len(self._concepts)] = 0
        return pa.array(self._concepts[at] == values if len(self._concepts) else np.zeros(len(values), dtype=bool))

    def _of_concepts(self, rows: pa.Table) -> pa.Table:
        return rows.filter(self._is_concept(rows.column("id")))

    @staticmethod
    def _unique_terms(rows: pa.Table) -> pa.Table:
        rows = without_repeated_rows(rows, ("id", "iri"))
        if len(pc.unique(rows.column("id"))) != rows.num_rows:
            raise _CollisionError
        return rows

    def _describe(self, rows: pa.Table) -> pa.Table:
        """Return a row of `nodes` for each concept of a part."""
        about: dict[int, dict[str, list[str]]] = {}
        rows = self._of_concepts(rows)
        for number, predicate, value in zip(*(rows.column(name).to_pylist() for name in _ABOUT.names), strict=True):
            about.setdefault(number, {}).setdefault(predicate, []).append(value)
        return pa.Table.from_pylist(list(self._described(about)), TABLES["nodes"].arrow)

    def _described(self, about: dict[int, dict[str, list[str]]]) -> Iterator[dict[str, object]]:
        layers = f"{self._graph.base}layer/"
        for number, values in about.items():
            iri = values[""][0]
            types = (self._types.get(v, "concept") for v in sorted(values.get(_TYPE, ())))
            named = (self._label(v) for v in sorted(values.get(SKOS + "inScheme", ())) if v.startswith(layers))
            derived = sorted(values.get(PROV + "wasDerivedFrom", ()))
            # A concept may be derived from another one; in a graph without notes, what it is derived from is all there is.
            notes = [note for note in derived if self._names.is_note(note)] or ([] if self._has_notes else derived)
            yield {
                "id": number,
                "iri": iri,
                "key": id_among(iri, values.get(DCTERMS + "identifier", ())),
                "type": next((t for t in types if t != "concept"), "concept"),
                "layer": next(named, ""),
                "area": min(self._members.get(number, ()), default=""),
                "status": min(values.get(KG + "status", ()), default=""),
                "path": self._names.note_path(notes[0]) if notes else "",
                "top": "true" in values.get(KG + "declaredTop", ()),
                "planned": not self._planned.isdisjoint(values.get(_TYPE, ())),
            }

    def _connect(self, rows: pa.Table) -> pa.Table:
        """Return the rows of `edges` of a part: what `kg.network.project_edges` yields, with ids."""
        rows = rows.filter(pc.and_(self._is_concept(rows.column("source")), self._is_concept(rows.column("target"))))
        key = ["source", "target", "relation"]
        flags = rows.group_by(key).aggregate([("stated", "any"), ("inferred", "any"), ("declared", "any")])
        flags = flags.filter(flags.column("stated_any"))
        places = rows.filter(pc.is_valid(rows.column("path"))).select([*key, "path", "line"])
        places = without_repeated_rows(places, key, ("path", "line"))
        joined = flags.join(places, key)
        asserted = pc.or_(pc.invert(joined.column("inferred_any")), joined.column("declared_any"))
        line = pc.if_else(asserted, pc.fill_null(joined.column("line"), 0), pa.scalar(0, pa.int32()))
        typed = pc.not_equal(joined.column("relation"), self._ids(LINKS_TO))
        columns = [joined.column(k) for k in key] + [asserted, typed, pc.fill_null(joined.column("path"), ""), line]
        return pa.table(columns, names=TABLES["edges"].arrow.names)

    def _write_relations(self) -> list[PartFile]:
        table = PartitionedTable("relations", TABLES["relations"], self._staging.folder, 1)
        for iri, relation in self._relations.items():
            table.add(self._ids(iri), iri, relation.key, relation.kind)
        table.add(self._ids(LINKS_TO), LINKS_TO, "links-to", "link")
        return table.finish()

    def _write_manifest(self, files: dict[str, list[PartFile]]) -> None:
        content = {
            "schema": VERSION,
            "kg": about.VERSION,
            "base": self._graph.base,
            "salt": self._ids.salt,
            "tables": {
                name: {"rows": sum(f.rows for f in parts), "files": [f._asdict() for f in parts]}
                for name, parts in files.items()
            },
        }
        self._staging.write(Artifact(MANIFEST, (json_pretty(content) + "\n").encode()))


def _text_of(term: object) -> str:
    """Return an IRI, a blank node as ``_:name``, or a triple term as N-Triples writes it."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)
