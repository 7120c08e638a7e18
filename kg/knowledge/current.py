"""Determines whether the output is up to date: digests of all inputs of a build, and the record of the last build."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec

from kg.base import files, jsonl, parcels
from kg.base.about import code_stamp
from kg.base.formats.json_text import read_typed
from kg.base.settings import FILE, Settings
from kg.base.staging import MARKER
from kg.base.store import write_file
from kg.evidence.claims import LANGUAGES, ledger
from kg.graph import ontology_folder
from kg.graph.built import STORE
from kg.knowledge.look import theme_files
from kg.knowledge.steps import Built, list_files
from kg.knowledge.summary import Summary
from kg.notes.files import Listing
from kg.plan import journal
from kg.plan.facts import is_delivered
from kg.plan.tasks import plan_folder

_LAST: Final = "last.json"


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
    built: Built | None = field(default=None, repr=False, compare=False)
    """The data that was read and measured; None if nothing was done."""


def fingerprint_inputs(settings: Settings, stage: str) -> str:
    """The digest of all inputs of a build, including the journal of the plan."""
    listing = list_files(settings)
    return inputs_of(settings, frame_of(settings, stage, listing), listing)


def is_current(settings: Settings) -> bool:
    """Whether the output corresponds to the current notes, ignoring the journal of the plan."""
    try:
        last = read_typed(files.read(settings.cache / _LAST), dict[str, str])
    except (OSError, ValueError):
        return False
    return last.get("out") == _state_of(settings.out) and last.get("notes") == _without_journal(settings, last.get("stage", ""))


def _journal(settings: Settings) -> Path | None:
    return plan_folder(settings) / journal.FILE if settings.notes else None


def inputs_of(settings: Settings, frame: str, listing: Listing) -> str:
    """The digest of all inputs of a build; `frame` is the digest of all inputs but the notes and the journal."""
    journal = _journal(settings)
    data = jsonl.data_of(journal) if journal is not None else b""
    return hashlib.sha256(f"{notes_of(frame, listing)}\n".encode() + data).hexdigest()


def _without_journal(settings: Settings, stage: str) -> str:
    """The digest of all inputs but the journal, from names, sizes and modification times only."""
    listing = list_files(settings)
    return notes_of(frame_of(settings, stage, listing), listing)


def notes_of(frame: str, listing: Listing) -> str:
    """The digest of all inputs but the journal."""
    digest = hashlib.sha256(frame.encode())
    for file in listing.notes:
        digest.update(f"{file.name}\0{file.size} {file.mtime_ns} {file.inode}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def frame_of(settings: Settings, stage: str, listing: Listing) -> str:
    """The digest of all inputs but the notes and the journal."""
    own = (_journal(settings) or Path()).relative_to(settings.notes[0]).as_posix() if settings.notes else ""
    digest = hashlib.sha256(f"{code_stamp()} {stage} {settings!r}\n".encode())
    digest.update("\n".join(a for a in listing.attachments if a != own).encode("utf-8", "surrogateescape"))
    digest.update(repr((listing.faults, listing.configurations)).encode("utf-8", "surrogateescape"))
    for path in (
        settings.root / FILE,
        *settings.thesauri,
        *theme_files(settings),
        parcels.MERMAID.path,
        settings.cache / ledger.FILE,
        *_evidence_files(settings, listing),
        *sorted(Path(e.path) for top in (settings.ontology, ontology_folder()) for e in files.walk(top)),
    ):
        with contextlib.suppress(OSError):
            stat = path.stat()
            digest.update(f"{path}\0{stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _evidence_files(settings: Settings, listing: Listing) -> Iterator[Path]:
    """Yield files next to the notes that can be linked as evidence: verdicts depend on their text."""
    for name in listing.attachments:
        if name.rpartition("/")[2].lower().rpartition(".")[2] in LANGUAGES:
            for folder in settings.notes:
                yield folder / name if len(settings.notes) == 1 else folder.parent / name


def _state_of(out: Path) -> str:
    """A digest of the names, sizes and modification times of all files in an output folder."""
    digest = hashlib.sha256()
    queue = [str(out)]
    while queue:
        with os.scandir(queue.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir(follow_symlinks=False):
                    queue.append(entry.path)
                    continue
                stat = entry.stat(follow_symlinks=False)
                # Opening the store read-only still changes its log and lock.
                if "/graph/store/" not in entry.path:
                    digest.update(f"{entry.path}\0{stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def last_build(settings: Settings) -> dict[str, str] | None:
    """The record of the last build, if the output is unchanged since."""
    try:
        last = read_typed(files.read(settings.cache / _LAST), dict[str, str])
        same = "inputs" in last and (settings.out / STORE).is_dir() and last.get("out") == _state_of(settings.out)
    except (OSError, ValueError):
        return None
    return last if same else None


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


def remember(settings: Settings, inputs: str, stage: str, notes: str, named: Mapping[str, bool] = MappingProxyType({})) -> None:
    """Record the digests for the next build. `named`: file named by the plan → whether it exists."""
    state = {"inputs": inputs, "out": _state_of(settings.out), "notes": notes, "stage": stage}
    if named:
        state["deliverables"] = msgspec.json.encode(dict(named)).decode()
    write_file(settings.cache / _LAST, msgspec.json.encode(state), durable=False)
