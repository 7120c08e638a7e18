"""What keeps ``kg serve`` answering: silent and slow connections, and build files in which anything may stand."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import resource
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import kg as kg_api
from kg.base.errors import KgError
from kg.graph.built import read_findings, read_info, read_measures

Kg = Callable[..., Any]
SLOW = (
    b"",
    b"GET / HTTP/1.1\r\nHo",
    b"POST /sparql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sparql-query\r\nContent-Length: 400\r\n\r\nASK",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, kg: Kg) -> Path:
    folder = tmp_path_factory.mktemp("limits")
    (folder / "concepts").mkdir()
    for i in range(5):
        (folder / f"concepts/n{i}.md").write_text(f"---\nuses: '[[n{(i + 1) % 5}]]'\n---\n# Note {i}\n")
    assert kg("build", "-C", folder).status == 0
    return folder


@pytest.fixture(scope="module")
def served(folder: Path, serve: Callable[..., Any]) -> Iterator[Any]:
    with serve(folder, "--timeout", "20", "--workers", "1") as running:
        yield running


def test_eleven_hundred_silent_connections_stop_nobody(served: Any) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    silent = []
    try:
        for number in range(1100):
            connection = socket.create_connection(("127.0.0.1", served.port), timeout=20)
            connection.sendall(SLOW[number % len(SLOW)])
            silent.append(connection)
            if number % 100 == 0:
                assert served.get("/healthz").status == 200
        assert served.ask("ASK {}").status == 200
        assert len(os.listdir(f"/proc/{served.process.pid}/fd")) < 600  # noqa: PTH208  # the oldest were ended
    finally:
        for connection in silent:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert served.ask("ASK {}").status == 200


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(served: Any) -> None:
    connection = socket.create_connection(("127.0.0.1", served.port), timeout=60)
    connection.sendall(b"GET / HTTP/1.1\r\nX-Long: ")
    start = time.monotonic()
    with contextlib.suppress(OSError):
        while time.monotonic() - start < 60:
            connection.sendall(b"a")
            time.sleep(0.5)
    assert time.monotonic() - start < 45
    connection.close()


ANYTHING = (None, 5, -1.5, "x", "x\ud800".encode("utf-8", "replace").decode(), [], [1], [[]], {}, {"a": 1}, True, 10**30)


def _places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to each place of a value, one of each kind of list."""
    yield way
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _places(inner, (*way, key))
    elif isinstance(value, list) and value:
        yield from _places(value[0], (*way, 0))


def _with(value: Any, way: tuple[Any, ...], other: Any) -> Any:
    if not way:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = _with(value[way[0]], way[1:], other)
    return copy


@pytest.mark.parametrize("name", ["build.json", "metrics.json", "findings.json"])
def test_any_field_of_a_result_may_be_anything(folder: Path, tmp_path: Path, name: str) -> None:
    """The readers give what has its type, or one kind of error; the figures of a service are made of what they give."""
    from types import SimpleNamespace

    from kg.serve.metrics import _OfBuild
    from kg.serve.page import QueryPageContent, query_page
    from kg.serve.pool import QueryLimits

    out = tmp_path / "output"
    out.mkdir()
    for file in ("build.json", "metrics.json", "findings.json"):
        shutil.copy(folder / "output" / file, out)
    whole = json.loads((out / name).read_text())
    refused = accepted = 0
    for way in _places(whole):
        for other in ANYTHING:
            (out / name).write_text(json.dumps(_with(whole, way, other)))
            try:
                info, measures, findings = read_info(out), read_measures(out), read_findings(out)
            except KgError:
                refused += 1
                continue
            accepted += 1
            build = SimpleNamespace(info=info, measures=measures, findings={}, pool=SimpleNamespace(ready=1))
            assert list(_OfBuild(SimpleNamespace(current=build, reloads=0)).collect())  # type: ignore[arg-type]
            assert all(str(f) for f in findings)
    if name == "build.json":
        html = query_page("zh", QueryPageContent("", read_info(folder / "output"), QueryLimits(), tmp_path, ("en",)))
        assert "<html" in html
    assert refused > 20
    assert accepted > 20


def test_a_build_with_a_wrong_summary_is_refused_at_once(folder: Path, kg: Kg, tmp_path: Path) -> None:
    out = tmp_path / "output"
    shutil.copytree(folder / "output", out)
    info = json.loads((out / "build.json").read_text())
    (out / "build.json").write_text(json.dumps(info | {"summary": 5}))
    ran = kg("serve", "-C", folder, "--out", out, "--port", "0")
    assert ran.status != 0
    assert "build.json" in ran.stderr
    assert "kg build" in ran.stderr
    assert "Traceback" not in ran.stderr
    with pytest.raises(KgError):
        kg_api.load(out)


def test_nothing_of_the_machine_stands_in_what_is_built(folder: Path, kg: Kg, tmp_path: Path) -> None:
    """No host name, no user's home, no path. Oxigraph's tables, which are never served, do hold the host's name."""
    shutil.copytree(folder / "concepts", tmp_path / "concepts")
    folder = tmp_path
    assert kg("build", "-C", folder).status == 0
    _holds_nothing_of_the_machine(folder)
    assert kg("query", "-C", folder, "ASK {}").status == 0  # which opens the store
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    _holds_nothing_of_the_machine(folder)


def _holds_nothing_of_the_machine(folder: Path) -> None:
    words = [str(folder).encode(), str(Path.home()).encode() + b"/", f"/home/{getpass.getuser()}".encode()]
    if len(socket.gethostname()) > 5:
        words.append(socket.gethostname().encode())
    for path in (folder / "output").rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for word in words:
                if path.suffix == ".sst" and word == socket.gethostname().encode():
                    continue
                assert word not in data, (path, word)
    assert not list((folder / "output").rglob("LOG*"))
