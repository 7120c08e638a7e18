"""Checkpoints of Spark: results and rounds as Parquet, so that a run that was killed goes on where it stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from kg.base.errors import KgError

JAVA_ERRORS: Final = (PySparkException, Py4JError)
Frame = Any
"""A data frame of Spark."""

_OLDER: Final = 2
"""Rounds that are kept: the last one, and the one from which it was made."""


class Checkpoints:
    """A folder of checkpoints, on any file system of the cluster; one that Spark didn't finish writing is never read."""

    def __init__(self, session: Any, folder: str) -> None:
        self._session, self._folder = session, folder.rstrip("/")

    def keep(self, name: str, make: Callable[[], Frame]) -> Frame:
        """Return a result that an earlier run wrote, or make it and write it."""
        path = f"{self._folder}/{name}"
        if not self._is_whole(path):
            self._write(make(), path)
        return self._session.read.parquet(path)

    def rounds(
        self,
        name: str,
        start: Callable[[], Frame],
        step: Callable[[Frame], Frame],
        is_last: Callable[[Frame, Frame], bool],
        most: int,
    ) -> Frame:
        """Return the state after the last round; `is_last` compares a state with the one before.

        Each round is written: plans of Spark would double with each, and an executor that is lost costs one round.
        """
        done = self._last_round(name)
        if done < 0:
            done = 0
            self._write(start(), self._round(name, 0))
        state = self._session.read.parquet(self._round(name, done))
        for number in range(done + 1, most + 1):
            path = self._round(name, number)
            self._write(step(state), path)
            new = self._session.read.parquet(path)
            last = is_last(new, state)
            if number >= _OLDER:
                self._remove(self._round(name, number - _OLDER))
            state = new
            if last:
                break
        return state

    def _last_round(self, name: str) -> int:
        """Return the number of the last round that is whole; -1 if there is none."""
        folder, system = self._opened(f"{self._folder}/{name}-rounds")
        names = [entry.getPath().getName() for entry in system.listStatus(folder)] if system.exists(folder) else []
        numbers = (int(name_) for name_ in names if name_.isdigit())
        return max((n for n in numbers if self._is_whole(self._round(name, n))), default=-1)

    def _round(self, name: str, number: int) -> str:
        return f"{self._folder}/{name}-rounds/{number:05d}"

    @staticmethod
    def _write(rows: Frame, path: str) -> None:
        try:
            rows.write.mode("overwrite").parquet(path)
        except JAVA_ERRORS as error:
            raise KgError(
                f"Spark can't compute {path}: {java_reason(error)}",
                hint="if a file of the export is damaged, export it again; otherwise run it again with the same --checkpoints",
            ) from None

    def _is_whole(self, path: str) -> bool:
        """Return whether Spark finished writing a folder."""
        file, system = self._opened(f"{path}/_SUCCESS")
        return bool(system.exists(file))

    def _remove(self, path: str) -> None:
        file, system = self._opened(path)
        system.delete(file, True)

    def _opened(self, path: str) -> tuple[Any, Any]:
        """Return a path and its file system in Java: the cluster's have no other interface."""
        context = self._session.sparkContext
        file = context._jvm.org.apache.hadoop.fs.Path(path)
        return file, file.getFileSystem(context._jsc.hadoopConfiguration())


def java_reason(error: Exception) -> str:
    """Return the line of an error of Spark that names its cause."""
    lines = [line.strip() for line in str(error).splitlines()]
    cause = next((line for line in reversed(lines) if line.startswith("Caused by")), "")
    return (cause or next(filter(None, lines), type(error).__name__))[:300]
