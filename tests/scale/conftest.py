"""The project's own graph as Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from needs import need


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object], own: Path) -> Path:
    """The project's own knowledge base as Parquet. Don't change it."""
    need("pyarrow")
    folder = tmp_path_factory.mktemp("tables") / "own"
    ran = kg("export", "parquet", "-C", own, "-o", folder)
    assert ran.status == 0, ran.stderr
    return folder


FAST = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
CONF = {
    "spark.driver.memory": "1g", "spark.driver.extraJavaOptions": FAST, "spark.executor.extraJavaOptions": FAST,
    "spark.sql.adaptive.enabled": "false", "spark.sql.codegen.wholeStage": "false",
}  # fmt: skip


@pytest.fixture(scope="session")
def session() -> Iterator[Any]:
    """A cluster of two executors, each a process of its own."""
    need("pyspark", "java")
    from kg.network.compute.session import SparkPlace, start_spark

    spark = start_spark(SparkPlace("local-cluster[2,1,1024]", 2, tuple(CONF.items())))
    yield spark
    spark.stop()
