"""Starts Spark, or connects to a cluster. It reads nothing of the working folder and writes into no installed package."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NamedTuple

from kg.base import process
from kg.base.errors import KgError, UsageError
from kg.base.extras import require_extra
from kg.base.removal import remove_tree

OWN_MACHINE: Final = re.compile(r"local(\[[\d*, ]+\]|-cluster\[[\d, ]+\])?")
"""Masters that run on this machine only."""
_LINKED: Final = ("bin", "jars", "sbin", "python", "data", "licenses")


class SparkPlace(NamedTuple):
    """Where Spark runs."""

    master: str = "local[*]"
    partitions: int = 0
    """Number of partitions of a shuffle; 0: as the cluster is configured."""
    conf: tuple[tuple[str, str], ...] = ()
    """Further settings of Spark, by name."""


def start_spark(place: SparkPlace, command: str = "metrics --engine spark") -> Any:
    """Return a session of Spark for a command. Raises UsageError if pyspark or Java is missing, KgError without a cluster."""
    require_extra("spark", f"kg {command}")
    if not (os.environ.get("JAVA_HOME") or process.find("java")):
        raise UsageError(
            "Spark needs Java 17 or later, which is not installed", hint="install it: apt install openjdk-17-jre-headless"
        )
    folder = Path(tempfile.mkdtemp(prefix="kg-spark-"))
    _set_home(folder, place.master)
    with process.neutral_folder():
        # start time: only this engine needs it
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        builder = (
            SparkSession.builder.appName("kg")
            .master(place.master)
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.log.level", "ERROR")
            .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
            .config("spark.hadoop.parquet.page.verify-checksum.enabled", "true")
        )
        if OWN_MACHINE.fullmatch(place.master):
            builder = builder.config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1")
            builder = builder.config("spark.local.dir", str(folder))
            # Executors of this machine run the same Python with the same kg, wherever they start.
            builder = builder.config("spark.pyspark.python", sys.executable)
            builder = builder.config("spark.executorEnv.PYTHONPATH", str(Path(__file__).parents[3]))
        if place.partitions:
            builder = builder.config("spark.sql.shuffle.partitions", str(place.partitions))
        for name, value in place.conf:
            builder = builder.config(name, value)
        try:
            return builder.getOrCreate()
        except (PySparkException, Py4JError, OSError, RuntimeError) as error:
            remove_tree(folder)
            line = str(error).strip().partition("\n")[0]
            raise KgError(
                f"Spark at {place.master} doesn't start: {line}", hint="is --master right, and is it running?"
            ) from None


def _set_home(folder: Path, master: str) -> None:
    """Give `local-cluster` a home of its own: its workers write the logs of executors there."""
    if master.startswith("local-cluster") and "SPARK_HOME" not in os.environ:
        spec = find_spec("pyspark")
        installed = Path(spec.origin).parent if spec is not None and spec.origin else folder
        for name in _LINKED:
            if (installed / name).exists():
                (folder / name).symlink_to(installed / name)
        os.environ["SPARK_HOME"] = str(folder)
