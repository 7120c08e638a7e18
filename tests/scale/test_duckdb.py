"""``kg export duckdb``: the tables of the Parquet export in one file, with types, comments and views."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from needs import need

need("pyarrow")
duckdb = pytest.importorskip("duckdb")

from kg.graph.built import open_build  # noqa: E402  # after the look whether duckdb is there
from kg.graph.concepts import concepts_of, vocabulary_of  # noqa: E402
from kg.graph.tables import duckdb_file  # noqa: E402
from kg.graph.tables.reading import GraphTables  # noqa: E402
from kg.graph.tables.schema import TABLES  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
NOTES = {
    "kg.toml": 'base = "https://example.org/d/"\n',
    "concepts/raft.md": "---\nid: raft\ntitle: {zh: 筏, en: Raft's; DROP TABLE nodes}\naliases: [R1, R2]\ntype: algorithm\n"
    "definition: {en: A, zh: 甲}\nbroader: '[[consensus]]'\n---\nSee [[log]].\n",
    "concepts/consensus.md": "---\nid: consensus\ntitle: Consensus\n---\n",
    "concepts/log.md": "---\nid: log\ntitle: Log\n---\n",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., Any]) -> Path:
    folder = tmp_path_factory.mktemp("duckdb")
    for name, text in NOTES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    assert kg("build", "--stage", "graph", "-C", folder).status == 0
    for form, name in (("duckdb", "kg.duckdb"), ("parquet", "tables")):
        ran = kg("export", form, "-C", folder, "-o", folder / name)
        assert (ran.status, "3 concepts" in ran.stderr) == (0, True), ran.stderr
    return folder


def test_tables_are_those_of_parquet_with_types_and_comments(built: Path) -> None:
    parquet = GraphTables(built / "tables")
    with duckdb.connect(str(built / "kg.duckdb"), read_only=True) as database:
        for name, table in TABLES.items():
            rows = database.table(name).to_arrow_table()
            assert rows.to_pylist() == parquet.table(name).to_pylist(), name
            # The columns of a database have no `NOT NULL` in Arrow; the types are compared here, and the rest below.
            assert rows.schema.types == table.arrow.types
            described = database.execute(
                "SELECT column_name, is_nullable, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
                [name],
            ).fetchall()
            assert described == [(c.name, c.nullable, c.meaning) for c in table.columns]
        assert dict(database.sql("SELECT * FROM meta").fetchall())["base"] == "https://example.org/d/"
        # It's a plain file: no write-ahead log beside it, nothing of its making left.
        assert sorted(p.name for p in built.iterdir()) == ["concepts", "kg.duckdb", "kg.toml", "output", "tables"]


def test_views_have_names_and_who_says_so(built: Path) -> None:
    graph, _ = open_build(built / "output")
    concepts = concepts_of(graph, vocabulary_of(graph))
    with duckdb.connect(str(built / "kg.duckdb"), read_only=True) as database:
        rows = {
            r[0]: r[1:]
            for r in database.sql("SELECT iri, key, names, definitions, aliases, type, path FROM concepts").fetchall()
        }
        assert rows.keys() == concepts.keys()
        for iri, c in concepts.items():
            key, names, definitions, aliases, type_, path = rows[iri]
            assert (key, names, definitions or {}, aliases or [], type_, path) == (
                c.id, dict(c.labels), dict(c.definitions), sorted(text for text, _ in c.alt_labels), c.type, c.path,
            )  # fmt: skip
        triples = set(database.sql("SELECT source, relation, target, asserted, typed, path, line FROM triples").fetchall())
        assert ("raft", "broader", "consensus", True, True, "raft.md", 7) in triples
        assert ("raft", "links-to", "log", True, False, "raft.md", 9) in triples
        assert ("consensus", "narrower", "raft", False, True, None, None) in triples
        said = database.sql(
            "SELECT kind, rule, path, line FROM provenance WHERE subject LIKE '%/consensus' AND predicate LIKE '%#narrower'"
        ).fetchall()
        assert len(said) == 1
        assert (said[0][0], said[0][2:], bool(said[0][1])) == ("inferred", ("raft.md", 7), True)


def test_the_schema_is_documented() -> None:
    assert (ROOT / "docs/schema/duckdb.sql").read_text("utf-8") == duckdb_file.duckdb_schema()
    with duckdb.connect() as database:
        database.execute(duckdb_file.duckdb_schema())


def test_a_file_is_replaced_whole_or_not_at_all(
    built: Path, kg: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "kg.duckdb"
    target.write_bytes(b"an older file")
    graph, _ = open_build(built / "output")
    monkeypatch.setattr(duckdb_file, "_MEMORY", "no amount")
    with pytest.raises(duckdb_file.StoreError, match="can't write"):
        duckdb_file.write_duckdb(graph, target)
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("kg.duckdb", b"an older file")]
    monkeypatch.undo()
    log = tmp_path / "kg.duckdb.wal"
    log.write_bytes(b"changes of a program that has the file open")
    ran = kg("export", "duckdb", "-C", built, "-o", target)
    assert (ran.status, "changes of another program" in ran.stderr) == (2, True), ran.stderr
    log.unlink()
    assert kg("export", "duckdb", "-C", built, "-o", target).status == 0
    assert duckdb.connect(str(target), read_only=True).sql("SELECT count(*) FROM nodes").fetchall() == [(3,)]
    for arguments, hint in ((("-o", tmp_path), "kg.duckdb"), ((), f"kg export -C {built} duckdb -o kg.duckdb")):
        ran = kg("export", "duckdb", "-C", built, *arguments)
        assert (ran.status, hint in ran.stderr) == (2, True), ran.stderr


def test_without_the_library_it_says_what_to_type(built: Path) -> None:
    code = "import sys; sys.modules['duckdb'] = None; import kg.app.cli; kg.app.cli.run()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "export", "duckdb", "-o", "x.duckdb", "-C", str(built)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, "'kg export duckdb' needs libraries" in ran.stderr) == (2, True), ran.stderr
    assert "-m pip install duckdb pyarrow\n" in ran.stderr
