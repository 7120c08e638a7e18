"""What is up to date: digests of all that a build depends on, and what the last build left in the output folder."""

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
    """False where the output was up to date and nothing was done."""
    pages: tuple[int, int] = (0, 0)
    """Pages of the site that were rendered, and those that show nothing new and were taken over."""
    built: Built | None = field(default=None, repr=False, compare=False)
    """What was read and measured; None where nothing was done."""


def fingerprint_inputs(settings: Settings, stage: str) -> str:
    """A digest of all that a build depends on, the journal of the plan included."""
    listing = list_files(settings)
    return inputs_of(settings, frame_of(settings, stage, listing), listing)


def is_current(settings: Settings) -> bool:
    """Whether the output is of the notes as they are; what the journal of the plan says doesn't matter for that."""
    try:
        last = read_typed(files.read(settings.cache / _LAST), dict[str, str])
    except (OSError, ValueError):
        return False
    return last.get("out") == _state_of(settings.out) and last.get("notes") == _without_journal(settings, last.get("stage", ""))


def _journal(settings: Settings) -> Path | None:
    return plan_folder(settings) / journal.FILE if settings.notes else None


def inputs_of(settings: Settings, frame: str, listing: Listing) -> str:
    """A digest of all that a build depends on; `frame` is that of what is neither a note nor the journal."""
    journal = _journal(settings)
    data = jsonl.data_of(journal) if journal is not None else b""
    return hashlib.sha256(f"{notes_of(frame, listing)}\n".encode() + data).hexdigest()


def _without_journal(settings: Settings, stage: str) -> str:
    """A digest of all that a build depends on but the journal, from names, sizes and times of change alone."""
    listing = list_files(settings)
    return notes_of(frame_of(settings, stage, listing), listing)


def notes_of(frame: str, listing: Listing) -> str:
    """A digest of all that a build depends on but the journal."""
    digest = hashlib.sha256(frame.encode())
    for file in listing.notes:
        digest.update(f"{file.name}\0{file.size} {file.mtime_ns} {file.inode}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def frame_of(settings: Settings, stage: str, listing: Listing) -> str:
    """A digest of all that a build depends on, but for the notes and the journal."""
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
    """Files beside the notes that the notes may link as evidence: their text is part of what a verdict is bound to."""
    for name in listing.attachments:
        if name.rpartition("/")[2].lower().rpartition(".")[2] in LANGUAGES:
            for folder in settings.notes:
                yield folder / name if len(settings.notes) == 1 else folder.parent / name


def _state_of(out: Path) -> str:
    """A digest of names, sizes and times of change of all files of an output folder."""
    digest = hashlib.sha256()
    queue = [str(out)]
    while queue:
        with os.scandir(queue.pop()) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if entry.is_dir(follow_symlinks=False):
                    queue.append(entry.path)
                    continue
                stat = entry.stat(follow_symlinks=False)
                # Opening the store for reading touches its log and lock.
                if "/graph/store/" not in entry.path:
                    digest.update(f"{entry.path}\0{stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def last_build(settings: Settings) -> dict[str, str] | None:
    """What is remembered of the last build, where the output is still as it left it."""
    try:
        last = read_typed(files.read(settings.cache / _LAST), dict[str, str])
        same = "inputs" in last and (settings.out / STORE).is_dir() and last.get("out") == _state_of(settings.out)
    except (OSError, ValueError):
        return None
    return last if same else None


def up_to_date(settings: Settings) -> Published | None:
    """The build in the output folder."""
    try:
        info = read_typed(files.read(settings.out / MARKER), dict[str, Any])
        summary = msgspec.convert(info["summary"], Summary)
        return Published(settings.out, summary, {}, info["files"], changed=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def deliverables_there(settings: Settings, last: Mapping[str, str]) -> str:
    """Which of the files that the plan of the last build names are there now, as `remember` wrote it."""
    named = read_typed((last.get("deliverables") or "{}").encode(), dict[str, bool])
    return msgspec.json.encode({n: is_delivered(settings, n) for n in named}).decode() if named else ""


def remember(settings: Settings, inputs: str, stage: str, notes: str, named: Mapping[str, bool] = MappingProxyType({})) -> None:
    """Keep what shows the next build whether anything has changed; `named`: files that the plan names, and if they exist."""
    state = {"inputs": inputs, "out": _state_of(settings.out), "notes": notes, "stage": stage}
    if named:
        state["deliverables"] = msgspec.json.encode(dict(named)).decode()
    write_file(settings.cache / _LAST, msgspec.json.encode(state), durable=False)
