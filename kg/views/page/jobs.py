"""Pages as pieces of work, which any process can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from kg.model import Artifact


class PageJob(NamedTuple):
    """Files that are rendered together."""

    render: Callable[[], Iterable[Artifact]]
    address: str = ""
    """Path in the first language of the page that it renders in every language; empty for other files."""


def render_jobs(jobs: Iterable[PageJob]) -> Iterator[Artifact]:
    """Do the work of all jobs in order, in this process."""
    for job in jobs:
        yield from job.render()
