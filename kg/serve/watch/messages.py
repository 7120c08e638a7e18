"""Messages between a watching command and the process that builds for it, in MessagePack."""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from kg.knowledge import Summary

CANCEL: Final = b""
"""The message that cancels the order before it."""


class BuildOrder(msgspec.Struct, frozen=True):
    """What to build. Settings are read by the process that builds, for each order again."""

    root: str
    """The folder of the knowledge base."""
    notes: tuple[str, ...]
    """Notes folders of the command line; empty: those of `kg.toml`."""
    out: str
    stage: str
    jobs: int = 0
    full: bool = False
    trust_committed: bool = False
    overrides: tuple[str, ...] = ()
    """Settings of the command line."""
    first: tuple[str, ...] = ()
    """Paths of pages that readers look at: they are sent as soon as they are rendered."""


class BuildStep(msgspec.Struct, frozen=True, tag=True):
    """Progress of a build; the fields are those of `kg.base.progress.Follower`."""

    stage: str
    done: int
    total: int


class FirstPage(msgspec.Struct, frozen=True, tag=True):
    """A page that was asked for in `BuildOrder.first`, before the build is complete."""

    path: str
    data: bytes


class BuildDone(msgspec.Struct, frozen=True, tag=True):
    """A build was published, or the output was up to date."""

    out: str
    summary: Summary
    seconds: dict[str, float]
    """Seconds of each stage."""
    files: int
    changed: bool
    pages: tuple[int, int]
    """Number of pages that were rendered, and number of pages that were reused."""
    took: float
    """Seconds from the order to the end."""


class BuildFailed(msgspec.Struct, frozen=True, tag=True):
    """A build can't continue; the output is unchanged."""

    message: str
    hint: str = ""
    outdated: bool = False
    """Whether an input changed during the build, so that the next one may succeed."""


class BuildCancelled(msgspec.Struct, frozen=True, tag=True):
    """A build was interrupted; the output is unchanged."""


BuildEnd: TypeAlias = BuildDone | BuildFailed | BuildCancelled
BuildReport: TypeAlias = BuildStep | FirstPage | BuildEnd
