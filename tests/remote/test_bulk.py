"""``kg export nquads``: loaders of real servers load it, then ``kg publish`` and questions find what the build has."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg.base.errors import StoreError, UsageError
from kg.graph.built import open_build
from kg.serve.bulk import LOADERS, TRIED, write_nquads, writing

Kg = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]


def _load(folder: Path, *args: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(folder / "load.sh"), *args],
        env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module", params=TRIED)
def loaded(request: pytest.FixtureRequest, kg: Kg, own: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A server with the project's own knowledge base, put there by its bulk loader."""
    if request.param == "virtuoso":
        server = request.getfixturevalue("virtuoso")
        folder = server.folder / "it's bulk"
        ran = kg("export", "nquads", "-C", own, "-o", folder, "--parts", "3", "--loader", "virtuoso")
        assert ran.status == 0, ran.stderr
        for _ in range(2):  # the second time, the loader knows that all files are loaded
            done = _load(folder, server.sql, server.query, env=dict(server.env))
            assert done.returncode == 0, done.stdout + done.stderr
            assert "statements: " in done.stdout
        yield server
    else:
        place = tmp_path_factory.mktemp("bulk-oxigraph")
        ran = kg("export", "nquads", "-C", own, "-o", place / "bulk", "--parts", "3", "--loader", "oxigraph")
        assert ran.status == 0, ran.stderr
        done = _load(place / "bulk", str(place / "db"))
        assert done.returncode == 0, done.stdout + done.stderr
        yield from request.getfixturevalue("oxigraph_in")(place)


def test_publish_finds_nothing_to_send_and_questions_have_the_same_rows(kg: Kg, own: Path, loaded: Any) -> None:
    ran = kg("publish", loaded.update, "-C", own, "--log-format", "json", env=loaded.env)
    assert ran.status == 0, ran.stderr
    assert '"sent_statements": 0' in ran.stderr
    assert '"wrong": []' in ran.stderr
    base = open_build(own / "output")[1].base
    asked = sorted(path.stem for path in (ROOT / "ontology/questions").glob("*.rq"))
    assert len(asked) > 10
    for name in asked[::6]:
        local = kg("query", "-C", own, name, "--format", "csv")
        remote = kg("query", "-C", own, name, "--format", "csv", "--endpoint", loaded.query, "--graph", base)
        assert (remote.status, _rows(remote.stdout)) == (0, _rows(local.stdout)), (name, remote.stderr)


def _rows(text: str) -> list[list[str]]:
    return sorted(csv.reader(io.StringIO(text)))


def test_publish_sends_what_a_bulk_load_lacks(kg: Kg, own: Path, loaded: Any) -> None:
    base = open_build(own / "output")[1].base
    gone = f"{base}concept/raft"
    loaded.change(f"DELETE WHERE {{ GRAPH <{base}> {{ <{gone}> ?p ?o }} }}")
    ran = kg("publish", loaded.update, "-C", own, "--log-format", "json", env=loaded.env)
    assert (ran.status, '"repaired": 1' in ran.stderr) == (0, True), ran.stderr


def test_the_parts_hold_each_statement_once_and_blank_nodes_in_one_file(kg: Kg, own: Path, tmp_path: Path) -> None:
    graph, _ = open_build(own / "output")
    report = write_nquads(graph, tmp_path / "b", parts=4)
    files = sorted((tmp_path / "b").glob("part-*.nq"))
    assert len(files) == 4
    sizes = [f.stat().st_size for f in files]
    assert sum(sizes) == report.size
    assert max(sizes) < 1.5 * min(sizes)
    quads = [q for f in files for q in ox.parse(f.read_bytes(), format=ox.RdfFormat.N_QUADS)]
    listed = f"{graph.base}published"
    named = [q for q in quads if q.graph_name != ox.NamedNode(listed)]
    assert len(named) == report.statements == int((tmp_path / "b/count").read_text())
    assert len(quads) - len(named) == report.graphs
    main = ox.NamedNode(graph.base)
    as_sent = {
        ox.Quad(q.subject, q.predicate, q.object, main if isinstance(q.graph_name, ox.DefaultGraph) else q.graph_name)
        for q in graph.store
    }
    assert {q for q in named if "_:" not in str(q)} == {q for q in as_sent if "_:" not in str(q)}
    assert not any(line.startswith(b"_:") for f in files[1:] for line in f.read_bytes().splitlines())
    before = {f.name: f.read_bytes() for f in files}
    write_nquads(graph, tmp_path / "b", parts=4)
    assert {f.name: f.read_bytes() for f in (tmp_path / "b").glob("part-*.nq")} == before


def test_a_load_that_lacks_statements_fails(kg: Kg, own: Path, tmp_path: Path) -> None:
    if shutil.which("oxigraph") is None:
        pytest.skip("oxigraph is missing (Debian: apt install oxigraph)")
    ran = kg("export", "nquads", "-C", own, "-o", tmp_path / "b", "--parts", "2", "--loader", "oxigraph")
    assert ran.status == 0, ran.stderr
    part = sorted((tmp_path / "b").glob("part-*.nq"))[1]
    part.write_bytes(b"".join(part.read_bytes().splitlines(True)[:-5]))
    done = _load(tmp_path / "b", str(tmp_path / "db"))
    assert (done.returncode, "the counts differ" in done.stderr) == (1, True)


def test_half_an_export_is_never_seen(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph, _ = open_build(own / "output")
    write_nquads(graph, tmp_path / "b", loader="oxigraph")
    before = {p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()}
    monkeypatch.setattr(writing._Writer, "_put", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(StoreError, match="No space left"):
        write_nquads(graph, tmp_path / "b")
    assert {p.name: p.read_bytes() for p in (tmp_path / "b").iterdir()} == before
    assert [p.name for p in tmp_path.iterdir()] == ["b"]
    named = next(g for g in graph.store.named_graphs() if isinstance(g, ox.NamedNode))
    with pytest.raises(UsageError, match="is a graph of the build already"):
        write_nquads(graph, tmp_path / "c", main=named.value)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_script_says_whether_it_was_tried(own: Path, tmp_path: Path, loader: str) -> None:
    from kg.serve.bulk.loaders import loader_script

    script = loader_script(loader)
    assert (b"# Not tried" in script) == (loader not in TRIED)
    (tmp_path / "load.sh").write_bytes(script)
    assert subprocess.run(["sh", "-n", str(tmp_path / "load.sh")], check=False).returncode == 0
