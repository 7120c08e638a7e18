"""Renders the files of a build on all cores: jobs in forks that inherit the assessment, and shards of the search as they fill.

The forks write into the staging folder; what comes back is the number of files and what can be reused by the next build.
The files are the same for any number of processes, since each is made by one job from the same data.
"""

from __future__ import annotations

import os
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kg.base.process.crew import ForkCrew
from kg.base.progress import advance_step
from kg.base.staging import Staging
from kg.views.page.jobs import PageJob, render_jobs
from kg.views.page.reuse import Reuse, Reused

_INDEX: Final = -1
"""In place of the number of a task: index a shard."""
_COUNTED: Final = ("reports", "site")
"""The stages whose pages are counted."""
_TOGETHER: Final = 16
"""Jobs of single pages that one message asks for."""


class RenderTask(NamedTuple):
    """Jobs that one process does together."""

    stage: str
    """The name that is shown, such as ``site``."""
    jobs: Sequence[PageJob]
    shard: str = ""
    """The shard of the search that contains the pages; empty for other files."""
    key: str = ""
    """A digest of everything that the files depend on, together; empty if each page has a key of its own."""


class _Question(msgspec.Struct, array_like=True):
    """Do a task, by its number; or index a shard, which has these pages."""

    task: int
    shard: str = ""
    pages: tuple[str, ...] = ()
    key: str = ""


class _Result(msgspec.Struct, array_like=True):
    task: int
    stage: str
    seconds: float
    pages: list[str]
    """Paths of all files that were written."""
    reused: Reused


_encode: Final = msgspec.msgpack.Encoder().encode
_question_in: Final = msgspec.msgpack.Decoder(_Question)
_result_in: Final = msgspec.msgpack.Decoder(_Result)


def split_tasks(stage: str, jobs: Iterable[PageJob], shards: Mapping[str, str]) -> list[RenderTask]:
    """Return tasks of some pages each, of one shard each; all pages of a shard follow each other. `shards`: address → shard."""
    # start time: only a site needs it
    from kg.views.site import order_shards

    by_shard: dict[str, list[PageJob]] = {}
    for job in jobs:
        by_shard.setdefault(shards.get(job.address, ""), []).append(job)
    # Pages without a shard come first: some of them take long.
    single = [RenderTask(stage, [job]) for job in by_shard.get("", ()) if not job.address]
    plain = [job for job in by_shard.pop("", ()) if job.address]
    parts = [(plain, ""), *((by_shard[shard], shard) for shard in order_shards(by_shard))]
    return single + [
        RenderTask(stage, part[i : i + _TOGETHER], shard) for part, shard in parts for i in range(0, len(part), _TOGETHER)
    ]


def count_processes(jobs: int) -> int:
    """Return the number of processes for `How.jobs`; 0 means one for each core that this process may use."""
    if jobs:
        return jobs
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Renderer:
    """Does the tasks of a build. It forks when it is made; `render` gives the work out and waits for the results."""

    def __init__(self, staging: Staging, tasks: Sequence[RenderTask], pages: Reuse, processes: int) -> None:
        """Shards of the search are indexed as soon as their pages are rendered."""
        self._staging = staging
        self._tasks = tasks
        self._reuse = pages
        self._shards = list(dict.fromkeys(task.shard for task in tasks if task.shard))
        self._crew = ForkCrew(min(processes, len(tasks)), self._work)

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self._crew.end()

    @property
    def size(self) -> int:
        """What `render` counts as it goes: jobs and shards."""
        return sum(len(task.jobs) for task in self._tasks) + len(self._shards)

    def render(self) -> tuple[int, dict[str, float]]:
        """Write all files; return their number, and the seconds of work by stage. Raises the error of any task."""
        queue = deque(_encode(_Question(number)) for number in range(len(self._tasks)))
        left = Counter(task.shard for task in self._tasks)
        pages: dict[str, list[str]] = {shard: [] for shard in self._shards}
        seconds: dict[str, float] = dict.fromkeys((task.stage for task in self._tasks), 0.0)
        count = 0
        while queue or self._crew.busy:
            while queue and self._crew.takes(queue[0]):
                self._crew.ask(queue.popleft())
            # Forks begin with what takes long; this process does pages from the end, so that it soon sees who needs more.
            own = [self._crew.do(queue.pop())] if queue else []
            for data in (*own, *self._crew.results(wait=not queue)):
                result = _result_in.decode(data)
                self._reuse.add(result.reused)
                seconds[result.stage] = seconds.get(result.stage, 0.0) + result.seconds
                count += len(result.pages)
                advance_step(1 if result.task == _INDEX else len(self._tasks[result.task].jobs))
                shard = self._tasks[result.task].shard if result.task >= 0 else ""
                if shard:
                    left[shard] -= 1
                    pages[shard] += (path for path in result.pages if path.endswith(".html"))
                    if not left[shard]:
                        queue.appendleft(_encode(self._index(shard, pages.pop(shard))))
        return count, seconds

    def _work(self, data: bytes) -> bytes:
        """Do what a question asks for; in a fork, or in this process."""
        question = _question_in.decode(data)
        started = time.perf_counter()
        if question.task == _INDEX:
            # start time: only a site needs it
            from kg.views.site import index_shard

            stage, key = "search", question.key
            first = question.shard == self._first_shard()
            artifacts = index_shard(self._staging.folder, question.shard, question.pages, first=first)
        else:
            task = self._tasks[question.task]
            stage, key, artifacts = task.stage, task.key, render_jobs(task.jobs)
        kept = self._reuse.get_task(key, counts=stage in _COUNTED) if key else None
        paths = []
        for artifact in artifacts if kept is None else kept:
            self._staging.write(artifact)
            paths.append(artifact.path)
            if key and kept is None:
                self._reuse.put_file(artifact)
        if key and kept is None:
            self._reuse.put_task(key, paths)
        return _encode(_Result(question.task, stage, time.perf_counter() - started, paths, self._reuse.take()))

    def _index(self, shard: str, pages: Sequence[str]) -> _Question:
        """The question to index a shard whose pages are all written."""
        # start time: only a site needs it
        from kg.views.site import key_of_shard

        digests = {path: self._reuse.digest_of(path) for path in pages}
        key = key_of_shard(shard, digests, first=shard == self._first_shard())
        return _Question(_INDEX, shard, tuple(pages), key)

    def _first_shard(self) -> str:
        # start time: only a site needs it
        from kg.views.site import order_shards

        return order_shards(self._shards)[0]
