"""The tables of an export in Parquet: columns with types and meaning, sort order, and the version of all this."""

from __future__ import annotations

from typing import Final, NamedTuple

import pyarrow as pa

VERSION: Final = "kg-tables/1"
"""Changes when a table loses or changes a column; a further column or table doesn't change it."""
MANIFEST: Final = "manifest.json"


class TableColumn(NamedTuple):
    """A column of a table."""

    name: str
    type: pa.DataType
    meaning: str
    nullable: bool = False


class TableSchema(NamedTuple):
    """A table: a folder with one file for each part, sorted by `order`; its first column decides on the part."""

    meaning: str
    columns: tuple[TableColumn, ...]
    order: tuple[str, ...]

    @property
    def arrow(self) -> pa.Schema:
        """The same for Arrow and Parquet."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])


_ID: Final = pa.int64()
_TEXT: Final = pa.string()

TABLES: Final[dict[str, TableSchema]] = {
    "terms": TableSchema(
        "Dictionary: the IRI of each id; blank nodes begin with _:",
        (TableColumn("id", _ID, "id of the term"), TableColumn("iri", _TEXT, "its IRI")),
        ("id",),
    ),
    "nodes": TableSchema(
        "Concepts",
        (
            TableColumn("id", _ID, "id of the concept's IRI"),
            TableColumn("iri", _TEXT, "its IRI"),
            TableColumn("key", _TEXT, "its id in notes (dcterms:identifier)"),
            TableColumn("type", _TEXT, "key of its type"),
            TableColumn("layer", _TEXT, "name of its layer, or empty"),
            TableColumn("area", _TEXT, "name of its area, or empty"),
            TableColumn("status", _TEXT, "its status, or empty"),
            TableColumn("path", _TEXT, "path of its note, or empty"),
            TableColumn("top", pa.bool_(), "whether it is a declared top concept"),
            TableColumn("planned", pa.bool_(), "whether it is a plan or a task: no measure counts it"),
        ),
        ("id",),
    ),
    "labels": TableSchema(
        "Names and definitions of concepts",
        (
            TableColumn("id", _ID, "id of the concept"),
            TableColumn("kind", _TEXT, "pref, alt or definition"),
            TableColumn("lang", _TEXT, "language tag, or empty"),
            TableColumn("text", _TEXT, "the text"),
        ),
        ("id", "kind", "lang", "text"),
    ),
    "edges": TableSchema(
        "Relations and plain links between concepts, without loops: the network that measures read",
        (
            TableColumn("source", _ID, "id of the concept at which the relation starts"),
            TableColumn("target", _ID, "id of the concept to which it leads"),
            TableColumn("relation", _ID, "id of the relation's IRI"),
            TableColumn("asserted", pa.bool_(), "true if an author stated it, false if a rule inferred it"),
            TableColumn("typed", pa.bool_(), "false for plain links"),
            TableColumn("path", _TEXT, "path of the first note that states it, or empty"),
            TableColumn("line", pa.int32(), "line in that note, or 0"),
        ),
        ("source", "target", "relation"),
    ),
    "statements": TableSchema(
        "All statements of all graphs, suggestions excluded",
        (
            TableColumn("subject", _ID, "id of the subject"),
            TableColumn("predicate", _ID, "id of the predicate"),
            TableColumn("object", _ID, "id of the object; null for a literal", nullable=True),
            TableColumn("value", _TEXT, "text of a literal", nullable=True),
            TableColumn("lang", _TEXT, "language of a literal", nullable=True),
            TableColumn("datatype", _ID, "id of a literal's datatype; null for texts", nullable=True),
            TableColumn("graph", _ID, "id of the named graph, its provenance; null in the default graph", nullable=True),
        ),
        ("subject", "predicate", "object", "value", "lang", "datatype", "graph"),
    ),
    "graphs": TableSchema(
        "Provenance: what each named graph says of the statements in it",
        (
            TableColumn("id", _ID, "id of the graph's IRI"),
            TableColumn("kind", _TEXT, "note, inferred or other"),
            TableColumn("rule", _TEXT, "name of the rule that inferred its statements, or empty"),
            TableColumn("path", _TEXT, "path of the note that states it or its premise, or empty"),
            TableColumn("line", pa.int32(), "line in that note, or 0"),
        ),
        ("id",),
    ),
    "relations": TableSchema(
        "Relations of the vocabulary",
        (
            TableColumn("id", _ID, "id of the relation's IRI"),
            TableColumn("iri", _TEXT, "its IRI"),
            TableColumn("key", _TEXT, "its key in notes"),
            TableColumn("kind", _TEXT, "broader, narrower, associative, mapping or link"),
        ),
        ("id",),
    ),
}


def tables_document() -> dict[str, object]:
    """Return the schema as the content of docs/schema/tables.schema.json."""
    return {
        "version": VERSION,
        "ids": "int64: the first 8 bytes of BLAKE2b (digest size 8, salt in manifest.json) of the IRI in UTF-8, big-endian, "
        "signed; equal IRIs have equal ids in all exports with the same salt",
        "files": "TABLE/part-NNNNN.parquet; the parts of a table are consecutive ranges of its first column",
        "tables": {
            name: {
                "meaning": table.meaning,
                "order": list(table.order),
                "columns": [
                    {"name": c.name, "type": str(c.type), "nullable": c.nullable, "meaning": c.meaning} for c in table.columns
                ],
            }
            for name, table in TABLES.items()
        },
    }
