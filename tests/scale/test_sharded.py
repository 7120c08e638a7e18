"""``kg export nquads --engine spark``: notes read by executors give the statements of a build on one machine."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from click.testing import CliRunner
from clusters import executors

from kg.app.cli import main

Kg = Callable[..., Any]
HARD = {
    "kg.toml": """base = "https://example.org/kb/"
top-concepts = ["Container"]
[translations]
en = "en"
zh = "zh"
""",
    "en/container.md": """---
id: Container
layer: base
area: technology
status: deprecated
aliases: [box]
former-ids: [crate]
broader: '[[cgroup#Limits]]'
sources: ['https://example.org/a', 'A book, 1999']
---
# Container

A container [runs](pod.md#no-such) [[pod]] on [[nowhere]] and [[container]].

```mermaid
graph LR
A[box] -->|requires| B[Pod]
B -->|yes| A
```
""",
    "zh/container.md": "---\ntitle: 容器\naliases: [盒]\nuses: '[[pod]]'\n---\n# 容器\n\n[[pod]] [[Pod]]\n",
    "en/pod.md": "---\nrequires: ['[[container]]', '[[cgroup]]']\npart-of: '[[cgroup]]'\n---\n# Pod\n\n[[cgroup]]\n",
    "en/cgroup.md": "# cgroup\n\n## Limits\n\nrelated:: [[pod]]\n",
    "zh/other.md": "---\ntranslation-of: '[[en/pod]]'\n---\n# 容器组\n",
    "en/bad.md": "---\ntitle: [[[\n---\n[[pod]]\n",
    "en/twin/pods.md": "---\nid: Pod2\n---\n# Pods\n",
    "en/raft.md": '---\nid: Container\n---\n# Raft\n\n\\uD800 \t\u0085 [[pod|x"y]]\n',
}


@pytest.fixture
def run_sharded(session: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run the command on the executors of the session, which stays."""
    import kg.network.compute.session as started

    monkeypatch.setattr(type(session), "stop", lambda _self: None)
    monkeypatch.setattr(started, "start_spark", lambda _place, _command: session)

    def run(*args: str | Path) -> Any:
        return CliRunner().invoke(main, ["export", "nquads", "--engine", "spark", *map(str, args)])

    return run


def statements(folder: Path) -> set[ox.Quad]:
    """All but results, the list of graphs of `kg publish`, and names of blank nodes."""
    parts = [path for path in folder.rglob("part-*") if path.suffix in (".nq", ".txt")]
    lines = [line for path in parts for line in path.read_bytes().splitlines()]
    assert len(lines) == len(set(lines))
    return {
        quad
        for quad in ox.parse(b"\n".join(lines), format=ox.RdfFormat.N_QUADS)
        if not str(quad.graph_name).endswith(("/measures>", "/published>"))
    }


def local(kg: Kg, base: Path, folder: Path) -> set[ox.Quad]:
    for args in (("build", "--stage", "graph", "-C", base, "--quiet"), ("export", "nquads", "-C", base, "-o", folder)):
        ran = kg(*args)
        assert ran.status == 0, ran.stderr
    return statements(folder)


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / (name if name == "kg.toml" else f"concepts/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_statements_are_those_of_a_build(kg: Kg, tmp_path: Path, run_sharded: Callable[..., Any]) -> None:
    base = write(tmp_path / "kb", HARD)
    (base / "concepts/en/no-text.md").symlink_to("/dev/zero")
    theirs = local(kg, base, tmp_path / "local")
    assert len(theirs) > 500
    relations = {str(quad.predicate).rpartition("#")[2].rstrip(">") for quad in theirs}
    assert {"linksTo", "requires", "partOf", "uses"} <= relations, relations
    assert any("isReplacedBy" in str(quad.predicate) for quad in theirs)
    for parts in (1, 3):
        ran = run_sharded("-C", base, "-o", tmp_path / "sharded", "--parts", parts)
        assert ran.exit_code == 0, ran.output
        assert statements(tmp_path / "sharded") == theirs
        assert len(list((tmp_path / "sharded/statements").glob("part-*"))) == parts


def test_an_executor_that_is_killed_changes_nothing(
    session: Any, kg: Kg, own: Path, tmp_path: Path, run_sharded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.knowledge import sharded

    killed: list[int] = []
    name_concepts = sharded.name_concepts

    def kill_first(*args: Any) -> Any:
        # Half of the notes that were read are gone with it.
        killed.append(executors(session)[0])
        os.kill(killed[0], signal.SIGKILL)
        return name_concepts(*args)

    monkeypatch.setattr(sharded, "name_concepts", kill_first)
    base = tmp_path / "kb"
    for name in ("concepts", "ontology"):
        shutil.copytree(own / name, base / name)
    shutil.copy(own / "kg.toml", base)
    ran = run_sharded("-C", base, "-o", tmp_path / "sharded", "--parts", "2")
    assert (ran.exit_code, len(killed)) == (0, 1), ran.output
    assert statements(tmp_path / "sharded") == local(kg, base, tmp_path / "local")


def test_what_needs_all_statements_in_one_place_is_refused_before_spark_starts(kg: Kg, tmp_path: Path) -> None:
    base = write(tmp_path, {"kg.toml": "sections-as-concepts = true\n", "a.md": "# A\n"})
    sharded = kg("export", "nquads", "--engine", "spark", "-C", base, "-o", tmp_path / "out")
    assert (sharded.status, "need all statements in one place" in sharded.stderr) == (2, True)
    for args, hint in (
        (("nquads", "--master", "local[1]", "-o", "out"), "--engine spark"),
        (("nquads", "--engine", "spark", "--loader", "virtuoso", "-o", "out"), "--loader"),
        (("parquet", "--engine", "spark", "-o", "out"), f"kg export -C {base} nquads"),
    ):
        ran = kg("export", *args, "-C", base)
        assert (ran.status, hint in ran.stderr) == (2, True), ran.stderr
    assert not (tmp_path / "out").exists()
