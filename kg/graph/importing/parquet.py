"""Reads Parquet as a thesaurus: the folder of ``kg export parquet``, or a file of anybody's edges or concepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

from kg.base.errors import UsageError
from kg.base.extras import require_extra
from kg.base.formats import FormatError
from kg.base.names import LINKS_TO, fold, local_name, printable
from kg.graph import Vocabulary
from kg.graph.importing.table import Column, TableReader, concept_cells, plain_name, relation_columns, relation_words
from kg.graph.importing.thesaurus import Thesaurus, ThesaurusRelation

ENDING: Final = ".parquet"
_MANIFEST: Final = "manifest.json"  # as in kg.graph.tables, which needs pyarrow
_EDGE: Final = ("source", "target")
_MOST: Final = 1_000_000
"""Maximum number of rows, as of CSV."""
_MOST_CONCEPTS: Final = 400_000
"""Each becomes a file and first takes two kilobytes of memory, and a few bytes of Parquet can number a million of them."""
_KINDS: Final = {"pref": "label", "alt": "alt", "definition": "definition"}


def is_parquet(path: Path) -> bool:
    """Return whether a file has the name of a Parquet file, or a folder is an export in Parquet."""
    return path.suffix.lower() == ENDING or (path / _MANIFEST).is_file()


def read_parquet_thesaurus(path: Path, vocabulary: Vocabulary, base: str) -> Thesaurus:
    """Return the concepts and relations in Parquet.

    A file with the columns ``source`` and ``target`` has a row for each edge, between ids, names or IRIs; ``relation`` names a
    relation by key, label or IRI (default: related). Any other file has a row for each concept, with the columns of a
    CSV table. Raises UsageError for a file that can't be read.
    """
    require_extra("parquet", "kg import")
    try:
        return _exported(path, vocabulary, base) if path.is_dir() else _of_rows(path, vocabulary, base)
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror or error}", hint="is it there, and may you read it?") from None
    except KeyError as error:  # each table is as exports have it, but one names what is in no other
        raise UsageError(f"can't read {path}: no table has {error}", hint="export it again: kg export parquet -o DIR") from None
    except FormatError as error:
        hint = "import it in parts" if error.limit else "is it Parquet, and complete?"
        raise UsageError(f"can't read {path}: {error}", hint=hint) from None


def _of_rows(path: Path, vocabulary: Vocabulary, base: str) -> Thesaurus:
    """Return what a file of edges or concepts states, row by row: texts that many rows share are held once."""
    rows = _rows(path)
    first = next(rows, None)
    if first is None:
        raise UsageError(f"{path.name} has no rows", hint="export it again, with what it is to contain")
    head, rows = list(first), chain([first], rows)
    if set(_EDGE) <= set(head):
        return _of_edges(rows, vocabulary, base)
    columns = relation_columns(head, vocabulary)
    if not {c.kind for c in columns if c} & {"label", "id"}:
        raise UsageError(
            f"{path.name} has neither edges nor concepts: {printable(', '.join(head[:8]))}",
            hint="edges have the columns source, target and relation; concepts have id, label, definition, broader, …",
        )
    result = Thesaurus()
    reader = TableReader(result, vocabulary, base)
    for line, cells in concept_cells(head, columns, enumerate(rows, start=1)):
        reader.row(line, cells)
        _check_count(result)
    reader.relate()
    return result


def _check_count(result: Thesaurus) -> None:
    if len(result.concepts) > _MOST_CONCEPTS:
        raise FormatError(f"it has more than {_MOST_CONCEPTS:,} concepts", limit="size")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a file, all values as texts."""
    # start time: the other formats don't need it
    from kg.base.formats.parquet_file import parquet_batches

    left = _MOST
    for batch in parquet_batches(path):
        left -= batch.num_rows
        if left < 0:
            raise FormatError(f"{path.name} has more than {_MOST:,} rows", limit="size")
        try:
            made = batch.to_pylist()
        except (ArithmeticError, ValueError) as error:  # also Arrow's: a date or a time zone that isn't one
            raise FormatError(f"{path.name} has a value that can't be read: {error}") from None
        for row in made:
            yield {name: _as_text(value) for name, value in row.items()}


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return " | ".join(map(_as_text, value))
    return "" if value is None else str(value)


def _of_edges(rows: Iterable[dict[str, str]], vocabulary: Vocabulary, base: str) -> Thesaurus:
    """Return the concepts at the ends of edges, and the edges as relations."""
    result = Thesaurus()
    reader = TableReader(result, vocabulary, base)
    words = relation_words(vocabulary)
    of_name: dict[str, str] = {}
    taken: set[str] = set()
    ids = iter(range(1, 1 << 62))
    for line, row in enumerate(rows, start=1):
        ends = [row[end].strip() for end in _EDGE]
        relation = row.get("relation", "").strip() or "related"
        predicate = relation if relation in (*vocabulary.relations, LINKS_TO) else words.get(plain_name(relation), "")
        if not predicate and relation == "links-to":
            predicate = LINKS_TO
        if not all(ends):
            result.left_out["edges without a source or a target"] += 1
            continue
        for name in ends:
            if name not in of_name:
                of_name[name] = _add_end(reader, name, line, taken, ids)
                _check_count(result)
        if not predicate:
            result.left_out[f"edges with the relation '{relation[:40]}'"] += 1
        elif row.get("asserted") != "False":
            result.concepts[of_name[ends[0]]].relations.append(ThesaurusRelation(predicate, of_name[ends[1]], line))
    return result


def _add_end(reader: TableReader, name: str, line: int, taken: set[str], ids: Iterator[int]) -> str:
    """Add a concept that an edge names, and return its IRI; its label is its name, or the end of its IRI."""
    is_iri = "://" in name
    label = local_name(name) or name if is_iri else name
    cells = [(Column("label", ""), label.replace("_", " "))] + ([(Column("iri", ""), name)] if is_iri else [])
    key = label
    while fold(key) in taken:
        key = f"{label}-{next(ids)}"
    taken.add(fold(key))
    reader.row(line, [(Column("id", ""), key), *cells])
    return next(reversed(reader.result.concepts))


def _exported(path: Path, vocabulary: Vocabulary, base: str) -> Thesaurus:
    """Return the concepts of an export, with the relations that authors asserted."""
    # start time: the other formats don't need it
    from kg.graph.tables.reading import GraphTables

    tables = GraphTables(path)
    result = Thesaurus(told=True)
    reader = TableReader(result, vocabulary, base)
    texts: dict[int, list[tuple[Column, str]]] = {}
    for row in tables.table("labels").to_pylist():
        texts.setdefault(row["id"], []).append((Column(_KINDS[row["kind"]], row["lang"]), row["text"]))
    iris: dict[int, str] = {}
    for line, row in enumerate(sorted(tables.table("nodes").to_pylist(), key=lambda row: row["iri"]), start=1):
        iris[row["id"]] = row["iri"]
        cells = [(Column("iri", ""), row["iri"]), (Column("id", ""), row["key"])]
        cells += [(Column(name, ""), row[name]) for name in ("type", "layer", "area", "status") if row[name]]
        reader.row(line, cells + texts.get(row["id"], []))
    relations = {row["id"]: row["iri"] for row in tables.table("relations").to_pylist()}
    for line, row in enumerate(tables.table("edges").to_pylist(), start=1):
        source, target = (result.concepts.get(iris[row[end]]) for end in _EDGE)
        if row["asserted"] and source is not None and target is not None:
            source.relations.append(ThesaurusRelation(relations[row["relation"]], target.iri, line))
    return result
