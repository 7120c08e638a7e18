"""Pins the knowledge bases that the settings use in `kg.lock`; the only place that fetches them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from kg.base.errors import UsageError
from kg.base.extras import require_extra
from kg.base.formats import FormatError
from kg.base.notefile import edit_file
from kg.base.setting_sources import LOCK
from kg.base.setting_types import UsedBase
from kg.base.settings import Settings
from kg.corpus.foreign import list_foreign_changes
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.running import How
from kg.knowledge.uses import LARGEST, addresses_of, check_named, lock_text, parse_used, read_foreign, read_path, take_fetched
from kg.model import Corpus, ForeignBase, ForeignBases


class UpdatedUse(NamedTuple):
    """What an update did to one import."""

    name: str
    concepts: int
    """Number of concepts that it has."""
    before: str
    """The digest that was pinned; empty if there was none."""
    after: str
    changes: tuple[str, ...]
    """What has changed of the concepts that notes link to."""


def update_used(settings: Settings, names: Sequence[str], *, locked: bool, tell: Callable[[str], None]) -> list[UpdatedUse]:
    """Read or fetch the named knowledge bases, all without a name, and pin them. Raises UsageError if one can't be read.

    With `locked`, fetch what is pinned and write no file; what isn't as pinned raises UsageError.
    """
    wanted = check_named(settings, tuple(names))
    foreign = read_foreign(settings)
    fetched = {name: _fetch(settings, name, tell) for name in wanted}
    for name, (base, _) in fetched.items():
        if locked and base.digest != foreign.digests.get(name):
            raise UsageError(
                f"'{name}' is not what {LOCK} pins", hint=f"read what has changed, then pin it: kg uses update {name}"
            )
    for name, (_, data) in fetched.items():
        if settings.uses[name].url:
            take_fetched(settings, data)
    bases = {name: base for name, (base, _) in fetched.items()}
    after = ForeignBases({**foreign.bases, **bases}, foreign.names, foreign.pinned)
    rows = [
        UpdatedUse(name, len(base.concepts), foreign.digests.get(name, ""), base.digest, _changes(foreign, base))
        for name, base in bases.items()
    ]
    if not locked and wanted:
        linked = _linked(settings, after)
        with edit_file(settings.root / LOCK, inside=settings.writable) as edit:
            # The pins of the others are read under the lock: another update may have written them meanwhile.
            data = lock_text(settings, bases, linked, edit.data)
            if edit.data != data:
                edit.write(data)
    return rows


def _fetch(settings: Settings, name: str, tell: Callable[[str], None]) -> tuple[ForeignBase, bytes]:
    used = settings.uses[name]
    try:
        data = read_path(settings, used) if used.path else _download(used, tell)
        return parse_used(name, used, data, settings.base), data
    except FormatError as error:
        hint = "build it: 'kg build' there" if used.path else "give the address of a published build, or of its inventory.json"
        raise UsageError(f"'{name}' can't be used: {error.advice}", hint=hint) from None


def _download(used: UsedBase, tell: Callable[[str], None]) -> bytes:
    require_extra("serve", "kg uses update")
    # start time: only imports with an address need the network
    from kg.graph.web import WebError, fetch_file

    addresses = addresses_of(used)
    for number, address in enumerate(addresses, 1):
        tell(f"fetching {address}")
        try:
            return fetch_file(address, LARGEST)
        except WebError as error:
            if error.status != 404 or number == len(addresses):
                raise
    raise AssertionError("there is an address")


def _linked(settings: Settings, foreign: ForeignBases) -> Corpus:
    """The notes, with links to the new state of the other knowledge bases."""
    base = KnowledgeBase(settings, How(cache=settings.cache))
    base.inputs.foreign = foreign
    return base.notes_read.own


def _changes(before: ForeignBases, after: ForeignBase) -> tuple[str, ...]:
    changes = []
    for concept_id, old in before.pinned.get(after.name, {}).items():
        now = after.concepts.get(concept_id)
        if now is None:
            changes.append(f"{old.name}: it is gone")
        else:
            changes += [f"{old.name}: {change}" for change in list_foreign_changes(old, now)]
    return tuple(changes)
