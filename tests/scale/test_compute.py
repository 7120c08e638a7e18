"""Measures of graphs in Parquet: Spark on two executors gives what one machine gives, whatever is killed meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from needs import need

need("pyarrow")

import numpy as np  # noqa: E402  # after the look whether pyarrow is there
from clusters import executors  # noqa: E402
from graphs import generated, write_graph  # noqa: E402

from kg.base.errors import KgError, StoreError  # noqa: E402
from kg.graph.tables.reading import GraphTables  # noqa: E402
from kg.metrics.computed import compute_measures  # noqa: E402
from kg.network.compute.local import LocalCompute  # noqa: E402

Kg = Callable[..., Any]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 generated concepts."""
    return write_graph(tmp_path_factory.mktemp("graph") / "t", 10_000, generated(10_000, 40_000))


@pytest.fixture(scope="module")
def local(graph: Path) -> LocalCompute:
    return LocalCompute(GraphTables(graph))


@pytest.fixture(scope="module")
def spark(session: Any, graph: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from kg.network.compute.spark import SparkCompute

    return SparkCompute(session, graph.as_uri(), tmp_path_factory.mktemp("work").as_uri())


def columns(engine: Any, rows: Any, key: str = "id") -> dict[str, Any]:
    table = engine.arrow(rows)
    table = table.sort_by([(key, "ascending")]) if key else table
    return {name: table.column(name).to_numpy() for name in table.column_names}


# Each round of these is a job of Spark; `core` is computed in each run of CI by the executor that is killed.
@pytest.mark.parametrize(
    "measure",
    [
        "degrees",
        "components",
        "clustering",
        *(pytest.param(m, marks=pytest.mark.weekly) for m in ("core", "label_propagation")),
    ],
)
def test_exact_measures_are_equal(local: LocalCompute, spark: Any, measure: str) -> None:
    ours, theirs = (columns(engine, getattr(engine, measure)()) for engine in (local, spark))
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert len(np.unique(values)) > 2, f"{name} tells nothing apart"
        assert np.array_equal(values, theirs[name]), name


@pytest.mark.weekly
def test_pagerank_is_equal(local: LocalCompute, spark: Any) -> None:
    tolerance = 1e-6
    ours, theirs = (columns(engine, engine.pagerank(tolerance)) for engine in (local, spark))
    assert np.array_equal(ours["id"], theirs["id"])
    assert abs(theirs["pagerank"].sum() - 1) < 1e-9
    assert ours["pagerank"].max() > 5 * ours["pagerank"].min()
    assert np.abs(ours["pagerank"] - theirs["pagerank"]).sum() < 2 * tolerance


def test_similar_pairs_are_equal(local: LocalCompute, spark: Any) -> None:
    ours, theirs = (columns(engine, engine.similar_pairs(1_000), "") for engine in (local, spark))
    assert len(ours["first"]) == 1_000
    assert np.array_equal(ours["first"], theirs["first"])
    assert np.array_equal(ours["second"], theirs["second"])
    assert np.allclose(ours["adamic_adar"], theirs["adamic_adar"], rtol=0, atol=1e-9)


def test_measures_are_equal_and_tell_concepts_apart(local: LocalCompute, spark: Any) -> None:
    ours, theirs = (compute_measures(engine, {"concept_association": 0.9}) for engine in (local, spark))
    assert ours == theirs
    association, linkage = ours
    assert 0 < association.numerator < association.denominator == 9_999  # without the plan
    assert {len(lacks) for lacks in association.reasons.values()} == {1, 2, 3, 4}
    assert 0 < linkage.numerator < 9_999
    few = spark.association(5)
    assert list(few.reasons) == sorted(association.reasons)[:5]


def test_measures_of_the_export_are_those_of_the_notes(kg: Kg, own: Path, tables: Path) -> None:
    def measures(*args: str) -> dict[str, Any]:
        ran = kg("metrics", "--format", "json", "-C", own, *args)
        assert ran.status == 0, ran.stderr
        return {m["name"]: m for m in json.loads(ran.stdout)["measures"]}

    notes, export = measures("--trust-committed"), measures("--graph", str(tables))
    assert export.keys() == {"concept_association", "linkage"}
    assert export == {name: notes[name] for name in export}


def test_an_executor_that_is_killed_changes_nothing(
    session: Any, graph: Path, local: LocalCompute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.network.compute import kept
    from kg.network.compute.spark import SparkCompute

    real, killed = kept.Checkpoints._write, []

    def write(rows: Any, path: str) -> None:
        if path.endswith("core-rounds/00002"):
            executor = executors(session)[0]
            os.kill(executor, signal.SIGKILL)
            killed.append(executor)
        real(rows, path)

    monkeypatch.setattr(kept.Checkpoints, "_write", staticmethod(write))
    spark = SparkCompute(session, graph.as_uri(), tmp_path.as_uri())
    theirs = columns(spark, spark.core())
    assert killed
    assert np.array_equal(columns(local, local.core())["core"], theirs["core"])


def test_a_run_that_ended_goes_on_from_its_last_whole_round(
    session: Any, graph: Path, local: LocalCompute, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.network.compute import kept
    from kg.network.compute.spark import SparkCompute

    real, written, ended = kept.Checkpoints._write, [], []

    def write(rows: Any, path: str) -> None:
        written.append(path.rpartition("/")[2])
        if path.endswith("components-rounds/00002") and not ended:
            ended.append(path)
            raise RuntimeError("the driver ends")
        real(rows, path)

    monkeypatch.setattr(kept.Checkpoints, "_write", staticmethod(write))
    with pytest.raises(RuntimeError, match="the driver ends"):
        SparkCompute(session, graph.as_uri(), tmp_path.as_uri()).components()
    # What a driver leaves that is killed while it writes: files, but no sign that they are all.
    first = next(tmp_path.glob("*/components-rounds/00001"))
    shutil.copytree(first, first.with_name("00002"), ignore=shutil.ignore_patterns("_SUCCESS"))
    written.clear()
    spark = SparkCompute(session, graph.as_uri(), tmp_path.as_uri())
    theirs = columns(spark, spark.components())
    assert written[0] == "00002"
    assert np.array_equal(columns(local, local.components())["component"], theirs["component"])


@pytest.mark.parametrize("fault", ["page", "cut", "missing", "extra", "manifest"])
def test_a_damaged_export_is_refused(session: Any, graph: Path, tmp_path: Path, fault: str) -> None:
    from kg.network.compute.spark import SparkCompute

    folder = tmp_path / "t"
    shutil.copytree(graph, folder)
    path = next((folder / "edges").iterdir())
    data = bytearray(path.read_bytes())
    match fault:
        case "page":
            data[len(data) // 3] ^= 1
            path.write_bytes(data)
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "missing":
            path.unlink()
        case "extra":  # a file that the manifest doesn't list is not read
            shutil.copy(path, path.with_name("part-99999.parquet"))
        case _:
            (folder / "manifest.json").write_text('{"schema": "kg-tables/1"')
    work = (tmp_path / "work").as_uri()
    if fault == "extra":
        spark = SparkCompute(session, folder.as_uri(), work)
        assert spark._table("edges").count() == spark._manifest.tables["edges"].rows
        return
    with pytest.raises((KgError, StoreError)) as error:
        SparkCompute(session, folder.as_uri(), work)._edges.count()
    assert "export it again" in error.value.hint or "export parquet" in error.value.hint


def test_graphs_without_edges_or_concepts(tmp_path: Path) -> None:
    for concepts in (0, 3):
        engine = LocalCompute(GraphTables(write_graph(tmp_path / str(concepts), concepts, [])))
        association, linkage = compute_measures(engine, {})
        assert association.denominator == linkage.denominator == max(concepts - 1, 0)
        assert (association.value is None) == (concepts == 0)
        for measure in ("degrees", "components", "core", "clustering", "label_propagation", "pagerank", "similar_pairs"):
            rows = getattr(engine, measure)()
            assert rows.num_rows == (0 if measure == "similar_pairs" else max(concepts - 1, 0))


def test_a_repository_can_not_name_a_cluster(kg: Kg, base: Callable[..., Path]) -> None:
    folder = base({"kg.toml": '[compute]\nengine = "spark"\nmaster = "spark://elsewhere.example:7077"\n'})
    ran = kg("metrics", "--graph", "t", "-C", folder)
    assert (ran.status, "compute.master" in ran.stderr, "--master" in ran.stderr) == (2, True, True)
    ran = kg("metrics", "--engine", "local", "-C", folder)
    assert ran.status == 2
