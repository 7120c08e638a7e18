"""Reads the structure of a Markdown text; masks tags of site generators, and money that looks like math."""

from __future__ import annotations

from kg.notes import shortcodes
from kg.notes.dialect import PLAIN, Dialect
from kg.notes.events import read_events
from kg.notes.inline import Ranges
from kg.notes.source import Source
from kg.notes.structure import Reading, Structure

__all__ = ["Structure", "read_markdown"]


def read_markdown(source: Source, base: int, dialect: Dialect = PLAIN) -> Structure:
    """Return the structure of the text from byte offset `base` on."""
    reading = Reading(source, base, dialect)
    result, money = read_events(reading)
    tags: list[shortcodes.Tag] = []
    if shortcodes.may_hold(reading.data):
        code = Ranges(sorted(result.code))
        hidden = shortcodes.comment_ranges(reading.data, code, base)
        gone = sorted((*hidden, *shortcodes.highlight_ranges(reading.data, code, base)))
        if gone:
            reading.data = shortcodes.blank_ranges(reading.data, gone)
        tags = [tag for tag in shortcodes.find_tags(reading.data, base) if not code.holds(tag.start)]
        destinations = shortcodes.Destinations(reading.data, tags)
        if destinations.tags:
            reading.destinations = destinations
            reading.data = destinations.masked(reading.data)
        if gone or destinations.tags:
            result, money = read_events(reading)
        if tags:
            away = Ranges(sorted(result.code + result.html))
            result.tags = list(shortcodes.standing_tags(reading.data, tags, destinations.tags, away, base))
        result.hidden_tags = hidden
    for _ in range(8):
        if not money:
            break
        # A dollar sign that means money must not open a formula: mask it, keep offsets, and parse the text again.
        raw = bytearray(reading.data)
        for at in money:
            raw[at] = 0x53
        reading.data = bytes(raw)
        tags, hidden = result.tags, result.hidden_tags
        result, money = read_events(reading)
        result.tags, result.hidden_tags = tags, hidden
    return result
