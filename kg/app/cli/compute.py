"""``kg metrics --graph``: measures of a graph in Parquet, on this machine or on a cluster; and the start of the cluster."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kg.app.cli.options import flag, log_json, texts, to_stderr
from kg.base.errors import UsageError
from kg.base.extras import require_extra

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.model import Measure
    from kg.network.compute.protocol import Compute


class ComputeOptions(NamedTuple):
    """The options of the command line; empty ones are taken from kg.toml."""

    graph: str
    """Folder or URL of an export."""
    engine: str = ""
    master: str = ""
    checkpoints: str = ""
    results: str = ""


def compute_graph(settings: Settings, options: ComputeOptions) -> tuple[Measure, ...]:
    """Return the measures of a graph in Parquet, and write the tables of results if asked to."""
    require_extra("parquet", "metrics --graph")
    # start time: only this option needs it
    from kg.metrics.computed import compute_measures, compute_results

    with ExitStack() as stack:
        engine = _engine(settings, options, stack)
        measures = compute_measures(engine, settings.targets)
        if options.results:
            folder = options.results.rstrip("/")
            for name, rows in compute_results(engine, settings.compute.tolerance, settings.compute.hub):
                engine.write(rows, f"{folder}/{name}")
            if not log_json("computed", to=folder, engine=engine.name) and not flag("quiet"):
                to_stderr(texts("compute")("results", folder=folder, engine=engine.name))
    return measures


def _engine(settings: Settings, options: ComputeOptions, stack: ExitStack) -> Compute:
    if (options.engine or settings.compute.engine) == "spark":
        session = stack.enter_context(start_cluster(settings, options.master, "metrics --engine spark"))
        # start time: pyspark is found by now
        from kg.network.compute.spark import SparkCompute

        work = options.checkpoints or stack.enter_context(tempfile.TemporaryDirectory(prefix="kg-checkpoints-"))
        return SparkCompute(session, _absolute(options.graph), _absolute(work))
    if options.master or options.checkpoints:
        raise UsageError("--master and --checkpoints go with --engine spark", hint="add --engine spark")
    # start time: only this engine needs them
    from kg.graph.tables.reading import GraphTables
    from kg.network.compute.local import LocalCompute

    return LocalCompute(GraphTables(Path(options.graph)))


@contextmanager
def start_cluster(settings: Settings, master: str, command: str) -> Iterator[Any]:
    """A session of Spark for a command, until the end of the block; without `master`, that of the environment or kg.toml."""
    # start time: only this engine needs them
    from kg.network.compute.session import SparkPlace, start_spark

    place = SparkPlace(master or os.environ.get("KG_SPARK_MASTER", "") or settings.compute.master, settings.compute.partitions)
    session = start_spark(place, command)
    try:
        yield session
    finally:
        session.stop()


def _absolute(place: str) -> str:
    """Return a folder of this machine with its whole path, since Spark doesn't start in the working folder; a URL unchanged."""
    return place if "://" in place else Path(place).absolute().as_uri()
