"""What the specification asks of the front matter of a concept: each violation as a fault with its section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from kg.model import Block, Fault, Note
from kg.notes.okf.dates import read_moment
from kg.notes.okf.families import read_provenance, stated_kind, text_of
from kg.notes.okf.nodes import FieldPlaces

COMPUTATION: Final = "attested computation"
"""The kind of concept that has a computation (§10), in lower case."""
STATUSES: Final = ("draft", "stable", "deprecated")
_ACTOR: Final = re.compile(r"(?:human|process):\S.*|[^\s:/][^\s:]*/\S+")
_AUTHOR: Final = re.compile(r"[a-z][\w-]*:\S.*|[^\s:/][^\s:]*/\S+")
_FEW: Final = 50
"""Maximum faults of one file."""
_LONG: Final = 80


class FieldFault(NamedTuple):
    """A violation."""

    name: str
    """Name of the rule that reports it."""
    keys: tuple[str | int, ...]
    message: str


def field_faults(values: Mapping[str, object], places: FieldPlaces, first: int) -> Iterator[Fault]:
    """Yield the faults of a concept's front matter; `first` is the line for what is missing."""
    if not stated_kind(values.get("type")) or not places.has_key("type"):
        near = next((key for key in places.keys() if key.strip().lower() == "type" and key != "type"), "")  # noqa: SIM118
        what = f"the key '{near}' must be written 'type' (§4.1)" if near else "'type' is missing or empty (§4.1)"
        at = places.of("type") if "type" in values else None
        yield Fault("missing-type", at.line if at else first, at.column if at else 1, what)
    for fault in islice(_faults(values), _FEW):
        at = places.of(*fault.keys)
        yield Fault(fault.name, at.line, at.column, fault.message)


def _faults(values: Mapping[str, object]) -> Iterator[FieldFault]:
    yield from _plain_fields(values)
    yield from _sources(values)
    yield from _events(values)
    yield from _lifecycle(values)
    if stated_kind(values.get("type")).lower() == COMPUTATION:
        yield from _contract(values)


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
            yield FieldFault("invalid-field", (*keys, "usage_count"), f"'{_shown(count)}' is no number of uses (§5.1)")
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
    return FieldFault("invalid-date", keys, f"'{_shown(value)}' is no date of ISO 8601 ({section})")


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
    labels = {source.id for source in provenance.sources if source.id} if provenance is not None else set()
    if provenance is not None and provenance.sources:
        for cited in dict.fromkeys(note.footnotes):
            if cited.label not in labels:
                message = f"no source has the id '{_shown(cited.label)}' (§5.1)"
                yield Fault("unkeyed-footnote", cited.line, cited.column, message)
    if not values.get("sources"):
        for heading in note.headings:
            if heading.level == 1 and heading.text.strip().lower() == "citations":
                message = "'# Citations' is now 'sources' in the front matter (§13.1)"
                yield Fault("legacy-field", heading.line, heading.column, message)


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
