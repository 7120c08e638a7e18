"""``kg export parquet``: the same graph as the build, sorted, complete or refused; ``kg import`` of Parquet."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from needs import need

need("pyarrow")

import pyarrow as pa  # noqa: E402  # after the look whether it is there
import pyarrow.parquet as pq  # noqa: E402

from kg.base.errors import KgError, StoreError, UsageError  # noqa: E402
from kg.graph.built import open_build  # noqa: E402
from kg.graph.concepts import concepts_of, vocabulary_of  # noqa: E402
from kg.graph.tables import ids, partitions, writing  # noqa: E402
from kg.graph.tables.reading import GraphTables  # noqa: E402
from kg.graph.tables.schema import TABLES, tables_document  # noqa: E402
from kg.network import project_edges  # noqa: E402

Kg = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]


def iris(tables: GraphTables) -> dict[int, str]:
    return {row["id"]: row["iri"] for row in tables.table("terms").to_pylist()}


def test_concepts_and_edges_are_those_of_the_network(own: Path, tables: Path) -> None:
    graph, _ = open_build(own / "output")
    vocabulary, read = vocabulary_of(graph), GraphTables(tables)
    names, concepts = iris(read), concepts_of(graph, vocabulary)
    nodes = {row["iri"]: row for row in read.table("nodes").to_pylist()}
    assert nodes.keys() == concepts.keys()
    for iri, c in concepts.items():
        row = nodes[iri]
        assert (row["key"], row["type"], row["layer"], row["area"], row["status"], row["path"]) == (
            c.id, c.type, c.layer, c.area, c.status, c.path,
        )  # fmt: skip
    edges = sorted(
        (names[r["source"]], names[r["target"]], names[r["relation"]], r["asserted"], r["typed"], r["path"], r["line"])
        for r in read.table("edges").to_pylist()
    )
    assert edges == sorted(map(tuple, project_edges(graph, vocabulary.relations).edges))
    labels = {(names[r["id"]], r["kind"], r["lang"], r["text"]) for r in read.table("labels").to_pylist()}
    assert labels == {
        (c.iri, kind, lang, text)
        for c in concepts.values()
        for kind, texts in (("pref", c.labels.items()), ("definition", c.definitions.items()))
        for lang, text in texts
    } | {(c.iri, "alt", lang, text) for c in concepts.values() for text, lang in c.alt_labels}


def test_statements_are_all_of_the_build_with_their_provenance(own: Path, tables: Path) -> None:
    graph, _ = open_build(own / "output")
    read = GraphTables(tables)
    names = iris(read)

    def term(iri: str) -> ox.NamedNode | ox.BlankNode:
        return ox.BlankNode(iri[2:]) if iri.startswith("_:") else ox.NamedNode(iri)

    quads = set()
    for row in read.table("statements").to_pylist():
        if row["object"] is not None:
            value: Any = term(names[row["object"]])
        elif row["lang"]:
            value = ox.Literal(row["value"], language=row["lang"])
        else:
            value = ox.Literal(row["value"], datatype=ox.NamedNode(names[row["datatype"]]) if row["datatype"] else None)
        named = ox.DefaultGraph() if row["graph"] is None else ox.NamedNode(names[row["graph"]])
        quads.add(ox.Quad(term(names[row["subject"]]), ox.NamedNode(names[row["predicate"]]), value, named))
    suggested = f"{graph.base}suggested"
    assert quads == {q for q in graph.store if not str(q.graph_name).startswith(f"<{suggested}")}
    # The provenance of one relation: the line that states it, and the rule that inferred its inverse.
    origins = {row["id"]: row for row in read.table("graphs").to_pylist()}
    kinds = {row["kind"] for row in origins.values()}
    assert kinds == {"note", "inferred", "other"}
    line = next(row for row in origins.values() if row["kind"] == "inferred" and row["path"])
    assert line["rule"]
    assert line["line"] > 0


def test_parts_are_consecutive_sorted_ranges_and_any_number_holds_the_same_rows(
    own: Path, tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partitions, "ROWS_OF_A_PART", 5_000)
    monkeypatch.setattr(partitions, "_BATCH", 1_000)
    graph, _ = open_build(own / "output")
    for folder in ("a", "b"):
        writing.write_tables(graph, tmp_path / folder)
    many, one = GraphTables(tmp_path / "a"), GraphTables(tables)
    assert len(many.manifest.tables["statements"].files) > 4
    for name, table in TABLES.items():
        rows = many.table(name)
        order = [(column, "ascending") for column in table.order]
        assert rows.equals(rows.sort_by(order))
        assert rows.sort_by(order).equals(one.table(name).sort_by(order)), name
        for file in many.manifest.tables[name].files:
            written = pq.ParquetFile(tmp_path / "a" / file.path)
            assert written.schema_arrow.equals(table.arrow)
            assert written.metadata.row_group(0).column(0).statistics.has_min_max
            # Equal graphs give equal bytes.
            assert (tmp_path / "a" / file.path).read_bytes() == (tmp_path / "b" / file.path).read_bytes()
    assert not list(tmp_path.rglob(".spill*"))


def test_ids_of_two_iris_that_meet_get_another_salt(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ids.TermIds._compute

    def meeting(self: ids.TermIds, iri: str) -> int:
        return 7 if self.salt == 0 and iri.endswith(("/raft", "/paxos")) else real(self, iri)

    monkeypatch.setattr(ids.TermIds, "_compute", meeting)
    graph, _ = open_build(own / "output")
    writing.write_tables(graph, tmp_path / "t")
    read = GraphTables(tmp_path / "t")
    assert read.manifest.salt == 1
    assert len(iris(read)) == read.table("terms").num_rows


@pytest.mark.parametrize("fault", ["page", "cut", "missing", "other", "manifest", "version", "outside"])
def test_a_damaged_export_is_refused(tables: Path, tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "t"
    shutil.copytree(tables, folder)
    path, manifest = folder / "edges/part-00000.parquet", folder / "manifest.json"
    data = bytearray(path.read_bytes())
    match fault:
        case "page":
            data[len(data) // 3] ^= 1
            path.write_bytes(data)
        case "cut":
            path.write_bytes(data[:-100])
        case "missing":
            path.unlink()
        case "other":
            shutil.copy(folder / "nodes/part-00000.parquet", path)
        case "manifest":
            manifest.write_bytes(manifest.read_bytes()[:-50])
        case "version":
            manifest.write_text(manifest.read_text().replace("kg-tables/1", "kg-tables/9"))
        case _:
            manifest.write_text(manifest.read_text().replace("edges/part-00000", "../../edges/part-00000"))
    with pytest.raises(StoreError) as error:
        GraphTables(folder).table("edges")
    assert "kg export parquet" in error.value.hint


def test_a_write_that_fails_leaves_the_old_export_and_nothing_else(
    own: Path, tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "t"
    shutil.copytree(tables, folder)
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    graph, _ = open_build(own / "output")
    monkeypatch.setattr(writing, "write_part", full, raising=False)
    monkeypatch.setattr(partitions, "write_part", full)
    with pytest.raises((KgError, OSError)):
        writing.write_tables(graph, folder)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["t"]
    # A folder with files of somebody else is not replaced; one without an export isn't read.
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"mine\.txt"):
        writing.write_tables(graph, folder)
    with pytest.raises(UsageError, match="there is no export"):
        GraphTables(tmp_path)


def test_the_schema_is_documented(tables: Path) -> None:
    assert json.loads((ROOT / "docs/schema/tables.schema.json").read_text("utf-8")) == tables_document()


def test_parquet_is_imported(kg: Kg, tables: Path, base: Callable[..., Path]) -> None:
    folder = base({"kg.toml": 'base = "https://example.org/i/"\n'})
    edges = {
        "source": ["Vessel", "Cup", "http://x.org/t/Bowl", "", "Cup"],
        "target": ["Thing", "Vessel", "Vessel", "Cup", "Bowl"],
        "relation": ["broader", "BT", "http://www.w3.org/2004/02/skos/core#related", "broader", "no such thing"],
    }
    pq.write_table(pa.table(edges), folder / "edges.parquet")
    ran = kg("import", "edges.parquet", cwd=folder)
    assert (ran.status, "5 concepts written" in ran.stderr) == (0, True), ran.stderr
    assert "1  edges without a source or a target" in ran.stderr
    assert "1  edges with the relation 'no such thing'" in ran.stderr
    assert 'broader: "[[Vessel]]"' in (folder / "concepts/Cup.md").read_text()
    assert (
        "exactMatch: http://x.org/t/Bowl"
        in next(p for p in (folder / "concepts").glob("Bowl*") if "x.org" in p.read_text()).read_text()
    )
    pq.write_table(pa.table({"id": ["a"], "label_en": ["A"], "broader": [["b"]]}), folder / "concepts.parquet")
    ran = kg("import", "concepts.parquet", "--to", "two", cwd=folder)
    assert (ran.status, "title" in (folder / "two/a.md").read_text()) == (0, True), ran.stderr
    ran = kg("import", tables, "--to", "own", cwd=folder)
    assert ran.status == 0, ran.stderr
    assert "Raft 共识算法" in (folder / "own/raft.md").read_text()
    (folder / "bad.parquet").write_bytes(b"PAR1 and nothing else PAR1")
    ran = kg("import", "bad.parquet", cwd=folder)
    assert (ran.status, "can't read bad.parquet" in ran.stderr) == (2, True), ran.stderr
    pq.write_table(pa.table({"x": [1]}), folder / "x.parquet")
    assert "neither edges nor concepts" in kg("import", "x.parquet", cwd=folder).stderr


@pytest.mark.parametrize("nested", [False, True])
def test_a_small_file_of_many_long_texts_is_refused(kg: Kg, tmp_path: Path, nested: bool) -> None:
    """A file of a few kilobytes that names one long text again and again, as a column or within lists."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 4000, pa.int32()), pa.array(["a" * 1_000_000]))
    if nested:
        texts = pa.ListArray.from_arrays(pa.array(range(4001), pa.int32()), texts)
    pq.write_table(pa.table({"label": texts, "definition": texts}), tmp_path / "many.parquet", compression="zstd")
    assert (tmp_path / "many.parquet").stat().st_size < 100_000
    ran = kg("import", tmp_path / "many.parquet", "-C", tmp_path)
    assert (ran.status, "bytes of values" in ran.stderr, "in parts" in ran.stderr) == (2, True, True), ran.stderr


@pytest.mark.parametrize(
    ("column", "says"),
    [
        (pa.array([9 * 10**18], pa.timestamp("us")), "has a value that can't be read"),
        (pa.array([2**31 - 1], pa.date32()), "has a value that can't be read"),
        (pa.array([0], pa.timestamp("us", tz="Nowhere/X")), "has a value that can't be read"),
        (pa.array([], pa.string()), "has no rows"),
    ],
    ids=["timestamp", "date", "zone", "none"],
)
def test_values_that_are_none_are_said(kg: Kg, base: Callable[..., Path], column: pa.Array, says: str) -> None:
    folder = base({"concepts/a.md": "# A\n"})
    pq.write_table(pa.table({"label": pa.array(["A"] * len(column), pa.string()), "alt": column}), folder / "c.parquet")
    ran = kg("import", "c.parquet", "--to", "two", cwd=folder)
    assert (ran.status, says in ran.stderr, "Traceback" in ran.stderr) == (2, True, False), ran.stderr


def test_names_of_columns_move_no_cursor(kg: Kg, base: Callable[..., Path]) -> None:
    folder = base({"concepts/a.md": "# A\n"})
    pq.write_table(pa.table({"\x1b[31mfoo\nbar": ["x"]}), folder / "c.parquet")
    ran = kg("import", "c.parquet", "--to", "two", cwd=folder)
    assert (ran.status, "\ufffd[31mfoo\ufffdbar" in ran.stderr, "\x1b" in ran.stderr) == (2, True, False), ran.stderr


@pytest.mark.parametrize(("table", "column"), [("edges", "target"), ("labels", "id"), ("nodes", "iri")])
def test_tables_that_do_not_fit_are_refused(kg: Kg, tables: Path, base: Callable[..., Path], table: str, column: str) -> None:
    """An export that somebody made by hand, with the digests of its files."""
    folder = base({"concepts/a.md": "# A\n"})
    shutil.copytree(tables, folder / "t")
    (part,) = (folder / "t" / table).iterdir()
    rows = pq.read_table(part)
    pq.write_table(rows.rename_columns([f"no-{name}" if name == column else name for name in rows.column_names]), part)
    manifest = json.loads((folder / "t/manifest.json").read_text())
    manifest["tables"][table]["files"][0]["sha256"] = hashlib.sha256(part.read_bytes()).hexdigest()
    (folder / "t/manifest.json").write_text(json.dumps(manifest))
    ran = kg("import", "t", "--to", "two", cwd=folder)
    assert (ran.status, f"has no column {column}" in ran.stderr) == (2, True), ran.stderr
