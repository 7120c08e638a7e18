"""Determines whether the output is up to date, and what of it can be reused: the record of the last build, in the memo."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from kg.base import files
from kg.base.formats.json_text import read_typed
from kg.base.memo import Memo
from kg.base.settings import Settings
from kg.base.staging import MARKER, STORE
from kg.knowledge.inputs import ASSESSMENT, BUILD, Inputs
from kg.knowledge.running import Clock, How
from kg.knowledge.summary import Summary
from kg.plan.folder import is_delivered

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase
    from kg.views.page.reuse import Reuse

_QUERY: Final = "build"
_RECORD: Final = b"record"
_FILES: Final = b"files"
"""The files of the output with the digests of what they depend on. Written together with the record, so of the same build."""
_NAME: Final = attrgetter("name")


@dataclass(frozen=True, slots=True)
class Published:
    """A build in the output folder."""

    out: Path
    summary: Summary
    seconds: Mapping[str, float]
    files: int
    changed: bool
    """False if the output was up to date and nothing was done."""
    pages: tuple[int, int] = (0, 0)
    """Number of pages that were rendered, and number of pages that were reused."""
    base: KnowledgeBase | None = field(default=None, repr=False, compare=False)
    """The data that was read and measured; None if nothing was done."""


class BuildRun(NamedTuple):
    """A run of a build."""

    settings: Settings
    stage: str
    how: How
    full: bool
    """Whether to build everything again."""
    clock: Clock
    started: str
    """The time at which it started."""


def fingerprint_inputs(settings: Settings, stage: str) -> str:
    """The digest of all inputs of a build, including the journal of the plan."""
    return Inputs(settings).key(BUILD, stage).hex()


def is_current(settings: Settings, inputs: Inputs | None = None) -> bool:
    """Whether the output corresponds to the current notes, ignoring the journal of the plan."""
    last = last_build(settings)
    return last is not None and last["notes"] == notes_key(inputs or Inputs(settings), last["stage"])


def notes_key(inputs: Inputs, stage: str) -> str:
    """The digest of all inputs but the journal."""
    return inputs.key(ASSESSMENT, stage).hex()


def _state_of(out: Path) -> str:
    """A digest of the names, sizes and modification times of all files in an output folder."""
    lines: list[str] = []
    store = str(out / STORE)
    queue = [str(out)]
    while queue:
        folder = queue.pop()
        if folder == store:
            continue  # opening it read-only still changes its log and lock
        with os.scandir(folder) as entries:
            for entry in sorted(entries, key=_NAME):
                if entry.is_dir(follow_symlinks=False):
                    queue.append(entry.path)
                else:
                    stat = entry.stat(follow_symlinks=False)
                    lines.append(f"{entry.path}\0{stat.st_size} {stat.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def last_build(settings: Settings) -> dict[str, str] | None:
    """The record of the last build, if the output is unchanged since."""
    data = Memo(settings.cache).get(_QUERY, _RECORD)
    try:
        last = read_typed(data or b"", dict[str, str])
        same = (settings.out / STORE).is_dir() and last["out"] == _state_of(settings.out)
    except (OSError, ValueError):
        return None
    return last if same else None


def last_files(settings: Settings, last: Mapping[str, str] | None, *, full: bool) -> Reuse:
    """The files of the last build; none for a full build or if its record can't be read.

    `last`: the record of the last build if its output is unmodified. The files then needn't be read.
    """
    # start time: a build without changes reuses the output as a whole
    from kg.views.page.reuse import Reuse, Reused

    reused = Reused()
    data = None if full else Memo(settings.cache).get(_QUERY, _FILES)
    with contextlib.suppress(ValueError):
        reused = msgspec.msgpack.decode(data or b"", type=Reused)
    return Reuse(settings.out, reused, unmodified=last is not None)


def up_to_date(settings: Settings) -> Published | None:
    """The build in the output folder if it is up to date; otherwise None."""
    try:
        info = read_typed(files.read(settings.out / MARKER), dict[str, Any])
        summary = msgspec.convert(info["summary"], Summary)
        return Published(settings.out, summary, {}, info["files"], changed=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def deliverables_there(settings: Settings, last: Mapping[str, str]) -> str:
    """Which files named by the last build's plan exist now, in the format of `remember`."""
    named = read_typed((last.get("deliverables") or "{}").encode(), dict[str, bool])
    return msgspec.json.encode({n: is_delivered(settings, n) for n in named}).decode() if named else ""


def remember(settings: Settings, inputs: str, stage: str, notes: str, pages: Reuse, named: Mapping[str, bool]) -> None:
    """Record a build for the next one. `named`: file named by the plan → whether it exists."""
    record = {"inputs": inputs, "out": _state_of(settings.out), "notes": notes, "stage": stage}
    if named:
        record["deliverables"] = msgspec.json.encode(dict(named)).decode()
    entries = {_RECORD: msgspec.json.encode(record), _FILES: msgspec.msgpack.encode(pages.now)}
    Memo(settings.cache).put_many(_QUERY, entries)
