"""Real SPARQL servers, started for the tests on free ports and ended by them; and a server that fails in every way."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import httpx
import pyoxigraph as ox
import pytest

# Few buffers, and few rows in a result, so that what is cut off shows.
VIRTUOSO_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
DirsAllowed = {folder}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {folder}
[Client]
[VDB]
[Replication]
ServerName = kg-test
[SPARQL]
ResultSetMaxRows = {rows}
"""
ROWS = 100_000


class Server(NamedTuple):
    """A server that runs: addresses for updates, queries and whole graphs, and the environment that holds its password."""

    name: str
    update: str
    query: str
    store: str
    env: Mapping[str, str]
    sql: str = ""
    """Virtuoso's address for isql."""
    folder: Path = Path()
    """Its own folder, from which Virtuoso may read files."""

    def ask(self, text: str, accept: str = "application/sparql-results+json") -> bytes:
        done = httpx.post(self.query, data={"query": text}, headers={"Accept": accept}, timeout=60)
        assert done.status_code == 200, done.text
        return done.content

    def change(self, text: str) -> None:
        login = httpx.DigestAuth(self.env["KG_PUBLISH_USER"], self.env["KG_PUBLISH_PASSWORD"]) if self.env else None
        headers = {"Content-Type": "application/sparql-update"}
        done = httpx.post(self.update, content=text.encode(), headers=headers, auth=login, timeout=60)
        assert done.is_success, done.text

    def counts(self, prefix: str = "") -> dict[str, int]:
        """Statements of each graph whose name begins so."""
        where = f'FILTER(STRSTARTS(STR(?g), "{prefix}"))' if prefix else ""
        text = f"SELECT ?g (COUNT(*) AS ?n) WHERE {{ GRAPH ?g {{ ?s ?p ?o }} {where} }} GROUP BY ?g"
        rows = ox.parse_query_results(self.ask(text), format=ox.QueryResultsFormat.JSON)
        return {row["g"].value: int(row["n"].value) for row in rows}

    def graph(self, name: str) -> ox.Dataset:
        """A graph, with canonical blank nodes."""
        data = self.ask(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}", "application/n-triples")
        dataset = ox.Dataset(ox.parse(data, format=ox.RdfFormat.N_TRIPLES))
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        return dataset


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def program(*names: str) -> str:
    """Path of a program; where it is missing the test is skipped, or fails where tools are required."""
    for name in names:
        if path := shutil.which(name):
            return path
    said = f"{names[0]} is missing (Debian: apt install virtuoso-opensource-7-bin oxigraph)"
    if os.environ.get("KG_REQUIRE_TOOLS") == "1":
        pytest.fail(said)
    pytest.skip(said)


def running(command: list[str], folder: Path, url: str) -> Iterator[None]:
    """Run a server until the tests are done."""
    with (folder / "out.log").open("wb") as log, subprocess.Popen(command, cwd=folder, stdout=log, stderr=log) as process:
        try:
            for _ in range(1800):
                assert process.poll() is None, (folder / "out.log").read_text(errors="replace")
                try:
                    if httpx.get(url, params={"query": "ASK {}"}, timeout=5).status_code == 200:
                        break
                except httpx.TransportError:
                    pass
                time.sleep(0.1)
            else:
                pytest.fail(f"{command[0]} does not answer: {(folder / 'out.log').read_text(errors='replace')}")
            yield
        finally:
            process.kill()


def start_virtuoso(folder: Path, rows: int = ROWS) -> Iterator[Server]:
    path = program("virtuoso-t", "virtuoso-t-7")
    http, sql = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(VIRTUOSO_INI.format(folder=folder, sql=sql, http=http, rows=rows))
    url = f"http://127.0.0.1:{http}"
    env = {"KG_PUBLISH_USER": "dba", "KG_PUBLISH_PASSWORD": "dba"}
    server = Server(
        "virtuoso", f"{url}/sparql-auth", f"{url}/sparql", f"{url}/sparql-graph-crud-auth", env, f"127.0.0.1:{sql}", folder
    )
    command = [path, "+foreground", "+configfile", str(folder / "virtuoso.ini")]
    for _ in running(command, folder, server.query):
        yield server


def start_oxigraph(folder: Path) -> Iterator[Server]:
    path = program("oxigraph", "oxigraph_server")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = Server("oxigraph", f"{url}/update", f"{url}/query", f"{url}/store", {})
    command = [path, "serve", "--location", str(folder / "db"), "--bind", f"127.0.0.1:{port}"]
    for _ in running(command, folder, server.query):
        yield server


@pytest.fixture(scope="module")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from start_virtuoso(tmp_path_factory.mktemp("virtuoso"))


@pytest.fixture(scope="module")
def oxigraph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    yield from start_oxigraph(tmp_path_factory.mktemp("oxigraph"))


@pytest.fixture(scope="session")
def oxigraph_in() -> Callable[[Path], Iterator[Server]]:
    """Start Oxigraph on the store in a folder."""
    return start_oxigraph


@pytest.fixture(params=["virtuoso", "oxigraph"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def base_of(tmp_path: Path, kg: Callable[..., object]) -> Callable[..., Path]:
    """A built knowledge base of its own for each test, so that tests that share a server don't meet."""

    def make(files: Mapping[str, str], name: str = "kb", folder: str = "kb") -> Path:
        root = tmp_path / folder
        everything = {"kg.toml": f'base = "https://example.org/{name}/"\n', **files}
        for path, text in everything.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        ran = kg("build", "-C", root, "--stage", "graph", "--quiet")
        assert ran.status == 0, ran.stderr
        return root

    return make


@pytest.fixture
def sparing_virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that gives a thousand rows at most, and changes no more than that by a pattern: ten thousand are its default."""
    yield from start_virtuoso(tmp_path_factory.mktemp("sparing"), rows=1000)
