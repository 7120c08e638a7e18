"""The other knowledge bases that `[uses]` of the settings names: read, pinned in `kg.lock`, and fetched only on request.

Settings come with the notes, so a change may name any path. Only an inventory of exactly its form is read through it, and what
is wrong with any other file is one message, whatever lies there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kg.base import caches, files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_typed
from kg.base.json_forms import json_pretty
from kg.base.setting_sources import FILE, LOCK, line_of_key
from kg.base.setting_types import UsedBase
from kg.base.settings import Settings
from kg.model import NO_FOREIGN, Corpus, Fault, ForeignBase, ForeignBases, ForeignConcept

INVENTORY: Final = "inventory.json"
"""The file in the output of a build."""
SPHINX: Final = "objects.inv"
LARGEST: Final = 100_000_000
"""Maximum bytes of an inventory: 100,000 concepts take a third of it."""
_FETCHED: Final = "uses-"
"""Begins the name of a file in the cache; its digest follows."""
_NO_BUILD: Final = "there is no published build"


class _PinnedConcept(msgspec.Struct, frozen=True, omit_defaults=True):
    iri: str
    digest: str
    labels: dict[str, str] = {}
    definitions: dict[str, str] = {}
    status: str = ""


class _Pin(msgspec.Struct, frozen=True):
    source: str
    digest: str
    concepts: dict[str, _PinnedConcept] = {}


class _Lock(msgspec.Struct, frozen=True):
    version: int
    uses: dict[str, _Pin] = {}


class UsedState(NamedTuple):
    """The state of one import, for `kg uses`."""

    name: str
    source: str
    pinned: str
    """The pinned digest; empty if there is none."""
    digest: str
    """The digest of what is there now; empty if it can't be read."""
    concepts: int
    """Number of concepts that it has."""
    problem: str = ""


def used_paths(settings: Settings) -> Iterator[Path]:
    """Yield the files that determine what is used, be they there or not."""
    if settings.uses:
        yield settings.keepers / LOCK
    lock = _read_lock(settings)[0] if any(used.url for used in settings.uses.values()) else {}
    for name, used in sorted(settings.uses.items()):
        if used.path:
            path = _location(settings, used)
            if not files.is_folder(path):
                yield path
        elif name in lock:
            yield _fetched(settings, lock[name].digest)


def read_foreign(settings: Settings) -> ForeignBases:
    """Return the knowledge bases that the settings use. What can't be read, or isn't as pinned, is a fault in the settings."""
    if not settings.uses:
        return NO_FOREIGN
    lock, problem = _read_lock(settings)
    faults = [(_shown(settings, settings.keepers / LOCK), Fault("broken-import", 1, 1, problem))] if problem else []
    bases: dict[str, ForeignBase] = {}
    path, text = _settings_text(settings)
    for name, used in sorted(settings.uses.items()):
        pin = lock.get(name)
        line = line_of_key(text, f"uses.{name}")
        column = len(line_at := text.split("\n")[line - 1]) - len(line_at.lstrip()) + 1
        try:
            bases[name] = _read(settings, name, used, pin)
        except FormatError as error:
            faults.append((path, Fault("broken-import", line, column, f"{name}\t{error.advice}")))
            continue
        if pin is None or pin.source != used.source:
            faults.append((path, Fault("unpinned-import", line, column, name)))
    pinned = {name: _concepts_of(name, lock[name]) for name in bases if name in lock}
    digests = {n: own.digest for n, own in lock.items() if n in settings.uses and own.source == settings.uses[n].source}
    return ForeignBases(bases, frozenset(settings.uses), pinned, digests, tuple(faults))


def list_used(settings: Settings) -> list[UsedState]:
    """Return the state of each import, in order of name."""
    lock, _ = _read_lock(settings)
    rows = []
    for name, used in sorted(settings.uses.items()):
        pin = lock.get(name)
        pinned = pin.digest if pin is not None and pin.source == used.source else ""
        try:
            base = _read(settings, name, used, pin)
        except FormatError as error:
            rows.append(UsedState(name, used.source, pinned, "", 0, error.advice))
        else:
            rows.append(UsedState(name, used.source, pinned, base.digest, len(base.concepts)))
    return rows


def take_fetched(settings: Settings, data: bytes) -> None:
    """Keep what was fetched, by its digest. It is believed only while it has this digest."""
    # start time: only an update fetches
    from kg.base.store import write_file

    write_file(_fetched(settings, hashlib.sha256(data).hexdigest()), data)


def addresses_of(used: UsedBase) -> tuple[str, ...]:
    """Return the addresses at which the inventory of a published build may be: that of the file, or those in the folder."""
    if used.url.endswith((".json", ".inv")):
        return (used.url,)
    folder = used.url if used.url.endswith("/") else f"{used.url}/"
    return (folder + INVENTORY, folder + SPHINX)


def parse_used(name: str, used: UsedBase, data: bytes, own: str) -> ForeignBase:
    """Return the knowledge base of an inventory; `own` is the prefix of the own IRIs. Raises FormatError."""
    # start time: most knowledge bases use no other
    from kg.knowledge.inventory import read_inventory

    site = used.site
    if not site and used.url:
        site = used.url.rpartition("/")[0] if used.url.endswith((".json", ".inv")) else used.url
        # A build says itself where its pages are; an inventory of Sphinx lies beside them.
        site = site if data.startswith(b"# Sphinx") else ""
    return read_inventory(name, used.source, data, site, own)


def read_path(settings: Settings, used: UsedBase) -> bytes:
    """Return the inventory at a path of the settings. Raises FormatError, always the same if the path leads outside."""
    path = _location(settings, used)
    try:
        # The folder that the settings name is the border: a link in it leads nowhere else. It isn't guarded, which would also
        # open it for links of notes.
        with files.Folder(str(path.parent)) as folder:
            data = folder.read(f"{os.path.realpath(path.parent).rstrip(os.sep)}{os.sep}{path.name}", LARGEST)
    except OSError as error:
        inside = files.is_beneath(path, settings.root) and files.is_there(path)
        raise FormatError(f"{_NO_BUILD} at {used.path}" + (f": {error.strerror}" if inside else "")) from None
    if len(data) > LARGEST:
        raise FormatError(f"{_NO_BUILD} at {used.path}")
    return data


def lock_text(settings: Settings, bases: Mapping[str, ForeignBase], corpus: Corpus, present: bytes | None) -> bytes:
    """Return the text of `kg.lock` with new pins for some knowledge bases: their digests, and the concepts that notes use.

    `present`: the bytes that it has, None if there are none. Pins of the others stay.
    """
    # start time: only an update pins
    from kg.knowledge.inventory import digest_concept

    lock, _ = _parse_lock(present) if present is not None else ({}, "")
    pins = {name: own for name, own in lock.items() if name in settings.uses}
    for name, base in bases.items():
        concepts = {
            c.id: _PinnedConcept(c.iri, digest_concept(c), dict(c.labels), dict(c.definitions), c.status)
            for c in sorted(corpus.foreign.values(), key=lambda c: c.id)
            if c.base == name
        }
        pins[name] = _Pin(base.source, base.digest, concepts)
    rows = msgspec.to_builtins(_Lock(1, dict(sorted(pins.items()))))
    return (json_pretty(rows) + "\n").encode("utf-8", "replace")


def _read(settings: Settings, name: str, used: UsedBase, pin: _Pin | None) -> ForeignBase:
    if used.path:
        data = read_path(settings, used)
        try:
            return parse_used(name, used, data, settings.base)
        except FormatError as error:
            is_shown = data.startswith(b"# Sphinx") or files.is_beneath(_location(settings, used), settings.root)
            raise FormatError(error.advice if is_shown else f"{_NO_BUILD} at {used.path}") from None
    if pin is None or pin.source != used.source:
        raise FormatError("it was never fetched")
    try:
        data = files.read(_fetched(settings, pin.digest), LARGEST)
    except OSError:
        raise FormatError("what was pinned isn't here") from None
    if hashlib.sha256(data).hexdigest() != pin.digest:
        raise FormatError("what is here isn't what was pinned")
    return parse_used(name, used, data, settings.base)


def _location(settings: Settings, used: UsedBase) -> Path:
    """The file of an import: that of the settings, or the inventory in the folder of a build."""
    path = Path(os.path.normpath(settings.root / used.path))
    if settings.copy_of is not None and not path.is_relative_to(settings.root):
        path = Path(os.path.normpath(settings.copy_of / used.path))
    if not files.is_folder(path):
        return path
    return path / SPHINX if files.is_file(path / SPHINX) and not files.is_file(path / INVENTORY) else path / INVENTORY


def _fetched(settings: Settings, digest: str) -> Path:
    # The digest comes from a file of the repository: it must not become a path.
    name = digest if len(digest) == 64 and digest.isalnum() and digest.isascii() else "none"
    return caches.of_base(settings.copy_of or settings.root) / f"{_FETCHED}{name}"


def _read_lock(settings: Settings) -> tuple[dict[str, _Pin], str]:
    """The pins by name, and what is wrong with the file."""
    try:
        data = files.read(settings.keepers / LOCK, files.LIMIT)
    except FileNotFoundError:
        return {}, ""
    except OSError as error:
        return {}, f"\t{LOCK} can't be read: {error.strerror}"
    return _parse_lock(data)


def _parse_lock(data: bytes) -> tuple[dict[str, _Pin], str]:
    try:
        lock = read_typed(data, _Lock)
    except FormatError as error:
        return {}, f"\t{LOCK} can't be read: {error.advice}"
    if lock.version != 1:
        return {}, f"\t{LOCK} has version {lock.version}; this kg reads version 1"
    return dict(lock.uses), ""


def _concepts_of(name: str, pin: _Pin) -> dict[str, ForeignConcept]:
    return {
        concept_id: ForeignConcept(c.iri, concept_id, name, c.labels or {"": concept_id}, (), c.definitions, "", c.status)
        for concept_id, c in pin.concepts.items()
    }


def _settings_text(settings: Settings) -> tuple[str, str]:
    """The file of settings that names the imports, as findings name it, and its text."""
    for path in reversed(settings.files or (settings.keepers / FILE,)):
        try:
            text = files.read_text(path)
        except (OSError, UnicodeDecodeError):
            continue
        if "uses" in text:
            return _shown(settings, path), text
    return _shown(settings, settings.keepers / FILE), ""


def _shown(settings: Settings, path: Path) -> str:
    """A file beside the notes, as findings name it: from the notes folder, or from the knowledge base if there are several."""
    if settings.trusted is not None and path.is_relative_to(settings.trusted):
        path = settings.root / path.relative_to(settings.trusted)
    start = settings.notes[0] if len(settings.notes) == 1 else settings.root
    return Path(os.path.relpath(path, start)).as_posix()


def check_named(settings: Settings, names: tuple[str, ...]) -> list[str]:
    """Return the names of imports, all if none is given. Raises UsageError for one that the settings don't have."""
    for name in names:
        if name not in settings.uses:
            used = ", ".join(sorted(settings.uses))
            example = f'write [uses] and below it {name} = {{path = "../{name}/output"}}'
            hint = f"the settings have: {used}" if used else example
            raise UsageError(f"{FILE} uses no knowledge base '{name}'", hint=hint)
    return sorted(names or settings.uses)
