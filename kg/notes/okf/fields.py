"""What the specification asks of the front matter of a concept: each violation as a fault with its section."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Final, NamedTuple

from kg.base.names import letters_and_digits
from kg.model import Block, Fault, Note
from kg.notes.okf.dates import read_moment
from kg.notes.okf.families import footnote_sources, read_provenance, stated_kind, text_of
from kg.notes.okf.nodes import FieldPlaces

COMPUTATION: Final = "attested computation"
"""The kind of concept that has a computation (§10), in lower case."""
STATUSES: Final = ("draft", "stable", "deprecated")
_ACTOR: Final = re.compile(r"(?:human|process):\S.*|[^\s:/][^\s:]*/\S+")
_AUTHOR: Final = re.compile(r"[a-z][\w-]*:\S.*|[^\s:/][^\s:]*/\S+")
_KEYS: Final = frozenset(
    (
        "type", "title", "description", "resource", "tags", "sources", "usage_window", "generated", "verified", "status",
        "stale_after", "runtime", "parameters", "computation", "executor", "attester",
    )
)  # fmt: skip
"""The keys of a concept that the format defines."""
_INNER_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "sources": frozenset(("id", "resource", "title", "author", "usage_count", "last_modified", "usage_window")),
    "usage_window": frozenset(("from", "to")),
    "generated": frozenset(("by", "at")),
    "verified": frozenset(("by", "at")),
    "parameters": frozenset(("name", "type", "required")),
    "executor": frozenset(("resource", "receipt")),
    "attester": frozenset(("resource",)),
}
"""Key → the keys of its value, or of each entry of its list."""
_SHORTEST: Final = 4
"""Minimum letters of a label that can be an id with letters wrong: shorter ones are alike by chance."""
_ALIKE: Final = 0.8
_FEW: Final = 50
"""Maximum faults of one file."""
_LONG: Final = 80


class FieldFault(NamedTuple):
    """A violation."""

    name: str
    """Name of the rule that reports it."""
    keys: tuple[str | int, ...]
    message: str
    at_key: bool = False
    """Whether the key is wrong, not its value."""


def field_faults(values: Mapping[str, object], places: FieldPlaces, first: int) -> Iterator[Fault]:
    """Yield the faults of a concept's front matter; `first` is the line for what is missing."""
    if not stated_kind(values.get("type")):
        near = "" if "type" in values else next((key for key in values if _meant_key(key, _KEYS) == "type"), "")
        what = f"the key '{near}' must be written 'type' (§4.1)" if near else "'type' is missing or empty (§4.1)"
        line, column = first, 1
        if "type" in values or near:
            line, column, *_ = places.of_key(near) if near else places.of("type")
        yield Fault("missing-type", line, column, what)
    for fault in islice(_faults(values), _FEW):
        at = places.of_key(*fault.keys) if fault.at_key else places.of(*fault.keys)
        yield Fault(fault.name, at.line, at.column, fault.message)


def _faults(values: Mapping[str, object]) -> Iterator[FieldFault]:
    yield from _misspelled_keys(values)
    yield from _plain_fields(values)
    yield from _sources(values)
    yield from _events(values)
    yield from _lifecycle(values)
    if stated_kind(values.get("type")).lower() == COMPUTATION:
        yield from _contract(values)


def _meant_key(key: object, names: frozenset[str]) -> str:
    """Return the key that another key is but for capitals, widths and marks between words; empty if there is none.

    >>> [_meant_key(key, _KEYS) for key in ("Status", "STALE_AFTER", "stale-after", "staleAfter", "status", "Owner", 5)]
    ['status', 'stale_after', 'stale_after', 'stale_after', '', '', '']
    """
    if not isinstance(key, str) or key in names:
        return ""
    return _by_letters(names).get(letters_and_digits(key), "")


@cache
def _by_letters(names: frozenset[str]) -> Mapping[str, str]:
    return {letters_and_digits(name): name for name in names}


def _misspelled_keys(values: Mapping[str, object]) -> Iterator[FieldFault]:
    for keys, mapping, names in _key_places(values):
        for key in mapping:
            meant = _meant_key(key, names)
            # A missing type is an error of its own.
            if meant and not (meant == "type" and not keys and "type" not in mapping):
                message = f"'{_shown(key)}' is not the key '{meant}': it is kept as a key of its own (§4.1)"
                yield FieldFault("misspelled-key", (*keys, key), message, at_key=True)


def _key_places(values: Mapping[str, object]) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, object], frozenset[str]]]:
    """Yield the mappings whose keys the format defines, each with the keys that lead to it and with those that it may have."""
    yield (), values, _KEYS
    for key, names in _INNER_KEYS.items():
        value = values.get(key)
        for number, item in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(item, Mapping):
                yield (key, number) if isinstance(value, list) else (key,), item, names


def _shown(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONG else text[:_LONG] + "…"


def _plain_fields(values: Mapping[str, object]) -> Iterator[FieldFault]:
    if isinstance(values.get("type"), list | dict):
        yield FieldFault("invalid-field", ("type",), "'type' must be one text (§4.1)")
    for key in ("title", "description", "resource"):
        value = values.get(key)
        if value is not None and not isinstance(value, str | int | float):
            yield FieldFault("invalid-field", (key,), f"'{key}' must be a text (§4.1)")
    tags = values.get("tags")
    if tags is not None and not isinstance(tags, list):
        yield FieldFault("invalid-field", ("tags",), "'tags' must be a list of texts (§4.1)")
    elif isinstance(tags, list):
        for number, tag in enumerate(tags):
            if not text_of(tag):
                yield FieldFault("invalid-field", ("tags", number), "each of 'tags' must be a text (§4.1)")
    if "timestamp" in values and "generated" not in values:
        yield FieldFault("legacy-field", ("timestamp",), "'timestamp' is now 'generated: {by, at}' (§13.1)")


def _sources(values: Mapping[str, object]) -> Iterator[FieldFault]:
    sources = values.get("sources")
    if sources is None:
        yield from _window(values, ())
        return
    if not isinstance(sources, list):
        yield FieldFault("invalid-field", ("sources",), "'sources' must be a list of entries with 'resource' (§5.1)")
    seen: set[str] = set()
    for number, entry in enumerate(sources if isinstance(sources, list) else [sources]):
        keys: tuple[str | int, ...] = ("sources", number) if isinstance(sources, list) else ("sources",)
        if not isinstance(entry, Mapping):
            if isinstance(sources, list):
                yield FieldFault("invalid-field", keys, f"'{_shown(entry)}' must be an entry with 'resource' (§5.1)")
            continue
        if not text_of(entry.get("resource")):
            yield FieldFault("invalid-field", (*keys, "resource"), "'resource' of a source is missing or empty (§5.1)")
        name = text_of(entry.get("id"))
        if name and name in seen:
            yield FieldFault("invalid-field", (*keys, "id"), f"'{_shown(name)}' is the id of two sources (§5.1)")
        seen.add(name)
        author = entry.get("author")
        if author is not None and not _AUTHOR.fullmatch(text_of(author)):
            yield FieldFault("unknown-actor", (*keys, "author"), f"'{_shown(author)}' names no kind of actor (§5.1, §7)")
        count = entry.get("usage_count")
        if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 0):
            yield FieldFault("invalid-field", (*keys, "usage_count"), f"'{_shown(count)}' is not a number of uses (§5.1)")
        if entry.get("last_modified") is not None and read_moment(entry["last_modified"]) is None:
            yield _no_date((*keys, "last_modified"), entry["last_modified"], "§5.1")
        yield from _window(entry, keys)
    yield from _window(values, ())


def _window(values: Mapping[str, object], keys: tuple[str | int, ...]) -> Iterator[FieldFault]:
    window = values.get("usage_window")
    if window is None:
        return
    if not isinstance(window, Mapping):
        yield FieldFault("invalid-field", (*keys, "usage_window"), "'usage_window' must be {from, to} (§5.1)")
        return
    ends = [read_moment(window.get(end)) for end in ("from", "to")]
    for end, moment in zip(("from", "to"), ends, strict=True):
        if moment is None:
            yield _no_date((*keys, "usage_window", end), window.get(end), "§5.1")
    if ends[0] is not None and ends[1] is not None and ends[0].time > ends[1].time:
        yield FieldFault("invalid-date", (*keys, "usage_window"), "'usage_window' ends before it begins (§5.1)")


def _no_date(keys: tuple[str | int, ...], value: object, section: str) -> FieldFault:
    if value is None:
        return FieldFault("invalid-date", keys, f"'{keys[-1]}' is missing: a date of ISO 8601 ({section})")
    return FieldFault("invalid-date", keys, f"'{_shown(value)}' is not a date of ISO 8601 ({section})")


def _events(values: Mapping[str, object]) -> Iterator[FieldFault]:
    generated = values.get("generated")
    if generated is not None:
        yield from _event("generated", ("generated",), generated, needs_time=False)
    if "verified" not in values:
        return
    verified = values["verified"]
    if isinstance(verified, list):
        for number, item in enumerate(verified):
            yield from _event("verified", ("verified", number), item, needs_time=True)
    else:  # a bare mapping stands for a list of one
        yield from _event("verified", ("verified",), verified, needs_time=True)


def _event(name: str, keys: tuple[str | int, ...], value: object, *, needs_time: bool) -> Iterator[FieldFault]:
    if not isinstance(value, Mapping):
        yield FieldFault("invalid-field", keys, f"'{name}' must be {{by, at}} (§5.2)")
        return
    actor = text_of(value.get("by"))
    if not actor:
        yield FieldFault("invalid-field", (*keys, "by"), f"'by' of '{name}' is missing or empty (§5.2)")
    elif not _ACTOR.fullmatch(actor):
        yield FieldFault(
            "unknown-actor", (*keys, "by"), f"'{_shown(actor)}' is neither human:…, process:… nor producer/version (§7)"
        )
    at = value.get("at")
    if (at is not None or needs_time) and read_moment(at) is None:
        yield _no_date((*keys, "at"), at, "§5.2")


def _lifecycle(values: Mapping[str, object]) -> Iterator[FieldFault]:
    status = values.get("status")
    if status is not None and status not in STATUSES:
        yield FieldFault("invalid-field", ("status",), f"'{_shown(status)}' is not draft, stable or deprecated (§5.4)")
    stale_after = values.get("stale_after")
    if stale_after is not None and read_moment(stale_after) is None:
        yield _no_date(("stale_after",), stale_after, "§5.5")


def _contract(values: Mapping[str, object]) -> Iterator[FieldFault]:
    if not text_of(values.get("runtime")):
        yield FieldFault("incomplete-computation", ("runtime",), "'runtime' is missing or empty (§10.2)")
    parameters = values.get("parameters")
    if parameters is not None and not isinstance(parameters, list):
        yield FieldFault("incomplete-computation", ("parameters",), "'parameters' must be a list (§10.2)")
    for number, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
        if not isinstance(parameter, Mapping) or not text_of(parameter.get("name")) or not text_of(parameter.get("type")):
            message = "each of 'parameters' must be {name, type, required} (§10.2)"
            yield FieldFault("incomplete-computation", ("parameters", number), message)
    for role in ("executor", "attester"):
        value = values.get(role)
        if value is None:
            yield FieldFault("incomplete-computation", (role,), f"'{role}' is missing (§10.2)")
        elif not isinstance(value, Mapping) or not text_of(value.get("resource")):
            yield FieldFault("incomplete-computation", (role, "resource"), f"'{role}' names no 'resource' (§10.2)")
    executor = values.get("executor")
    receipt = executor.get("receipt") if isinstance(executor, Mapping) else None
    if isinstance(executor, Mapping) and not (isinstance(receipt, list) and receipt and all(map(text_of, receipt))):
        message = "'executor' declares no fields of a 'receipt' (§10.2)"
        yield FieldFault("incomplete-computation", ("executor", "receipt"), message)


def body_faults(note: Note) -> Iterator[Fault]:
    """Yield the faults of a concept's body: its computation, its footnotes and what version 0.1 had there."""
    values = note.metadata
    if stated_kind(values.get("type")).lower() == COMPUTATION:
        yield from _computation(note)
    provenance = read_provenance(values, concept=True)
    ids = list(footnote_sources(provenance)) if provenance is not None else []
    for cited in dict.fromkeys(note.footnotes if ids else ()):
        if near := _near_id(cited.label, ids):
            message = f"no source has the id '{_shown(cited.label)}'; '{_shown(near)}' is similar (§5.1)"
            yield Fault("unkeyed-footnote", cited.line, cited.column, message)
    if not values.get("sources"):
        for heading in note.headings:
            if heading.level == 1 and heading.text.strip().lower() == "citations":
                message = "'# Citations' is now 'sources' in the front matter (§13.1)"
                yield Fault("legacy-field", heading.line, heading.column, message)


def _near_id(label: str, ids: Sequence[str]) -> str:
    """Return the id of a source that the label of a footnote seems to mean; empty if it is one, or an ordinary footnote.

    >>> [_near_id(text, ["ga4-schema", "p"]) for text in ("GA4_Schema", "ga4-shema", "ga4-schema", "1", "q", "note")]
    ['ga4-schema', 'ga4-schema', '', '', '', '']
    """
    if label in ids:
        return ""
    letters = letters_and_digits(label)
    same = next((name for name in ids if letters and letters_and_digits(name) == letters), "")
    if same or len(letters) < _SHORTEST or letters.isdecimal():
        return same
    return next(iter(difflib.get_close_matches(label, ids, 1, _ALIKE)), "")


def _computation(note: Note) -> Iterator[Fault]:
    heading = next((h for h in note.headings if h.text.strip().lower() == "computation"), None)
    fences = computation_fences(note)
    stated = text_of(note.metadata.get("computation"))
    line, column = (heading.line, heading.column) if heading is not None else (note.lines.get("type", 1), 1)
    if stated and fences:
        message = "there is a computation in the text and in the file of 'computation' (§10.3)"
        yield Fault("incomplete-computation", note.lines.get("computation", 1), 1, message)
    elif len(fences) > 1:
        message = f"there are {len(fences)} blocks of code under '# Computation', not one (§10.3)"
        yield Fault("incomplete-computation", line, column, message)
    elif not stated and not fences:
        yield Fault("incomplete-computation", line, column, "there is neither '# Computation' nor 'computation' (§10.3)")


def computation_fences(note: Note) -> tuple[Block, ...]:
    """Return the blocks of code under the heading "Computation", up to the next heading of its level."""
    start = next((h for h in note.headings if h.text.strip().lower() == "computation"), None)
    if start is None:
        return ()
    end = next((h.line for h in note.headings if h.line > start.line and h.level <= start.level), 1 << 60)
    blocks = (block for block in note.blocks if block.info not in ("inline", "display"))
    return tuple(block for block in blocks if start.line < block.line < end)
