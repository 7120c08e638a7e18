"""Parses the simple front matter of nearly all notes without a YAML parser; everything else is left to PyYAML."""

from __future__ import annotations

import re
from typing import Final

# Words that YAML 1.1 reads as booleans or null; as keys and in spellings other than these two they are left to PyYAML.
_TRUTH: Final = {"true": True, "false": False}
_WORDS: Final = frozenset(("true", "false", "yes", "no", "on", "off", "null"))
_KEY: Final = re.compile(r"([A-Za-z_][\w-]{0,60}):(?: +(\S.*)|)$", re.ASCII)
_ITEM: Final = re.compile(r"( *)- +(\S.*)$")
_INTEGER: Final = re.compile(r"(?:0|[1-9][0-9]{0,17})$", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}$", re.ASCII)
# A plain scalar that begins with a letter: without ": " and " #", and without a colon at its end.
_PLAIN: Final = re.compile(r"[^\W\d_](?:[^:#]|:(?! |$)|(?<! )#)*$")
_PLAIN_IN_LIST: Final = re.compile(r"[^\W\d_](?:[^:#,\[\]{}]|:(?! |$)|(?<! )#)*$")
_QUOTED: Final = re.compile(r"\"([^\"\\]*)\"$|'([^']*)'$")
_NESTED: Final = re.compile(r"[\"'\[\]{}]")
_FLOW_ITEM: Final = re.compile(r" *(?:\"([^\"\\]*)\"|'([^']*)'|([^\"',\[\]{}]*[^\"',\[\]{} ])) *(?:,|$)")


class _Unusual(Exception):  # noqa: N818  # not an error: control flow within this module
    """The text contains a construct that needs a YAML parser."""


def load_simple_yaml(text: str) -> tuple[dict[str, object], dict[str, int]] | None:
    """Return values by key and the line of each key (the text begins in line 2); None if a YAML parser is needed.

    >>> load_simple_yaml('id: a\\ntitle: "T: 1"\\ntags: [x, y]\\nbroader:\\n  - b\\nweight: 7\\n')[0]
    {'id': 'a', 'title': 'T: 1', 'tags': ['x', 'y'], 'broader': ['b'], 'weight': 7}
    >>> [load_simple_yaml(text) for text in ("a: &x 1", "a: |\\n  text", "a:\\n  b: c", "a: b: c")]
    [None, None, None, None]
    """
    values: dict[str, object] = {}
    lines: dict[str, int] = {}
    seen: set[str] = set()
    items: list[object] | None = None  # the list under the last key, after its first item
    open_key: str | None = None  # the last key, if a list may follow
    indent = 0
    try:
        lines_of_text = text.replace("\r\n", "\n").split("\n")
        # Tabs, unusual line breaks and invisible characters have special rules in YAML.
        if not "".join(lines_of_text).isprintable():
            return None
        for number, line in enumerate(lines_of_text, 2):
            if not line:
                continue
            if m := _KEY.match(line):
                key, value = m[1], m[2]
                lowered = key.lower()
                if lowered in _WORDS or lowered in seen:  # a parser says where a key is written again
                    return None
                seen.add(lowered)
                items = None
                lines[key] = number
                if value is None:
                    open_key, values[key] = key, None
                else:
                    open_key, values[key] = None, _value(value.rstrip(" "))
            elif (m := _ITEM.match(line)) and open_key is not None:
                if items is None:
                    items, indent = [], len(m[1])
                    values[open_key] = items
                elif len(m[1]) != indent:
                    return None
                items.append(_scalar(m[2].rstrip(" "), _PLAIN))
            else:
                return None
    except _Unusual:
        return None
    return (values, lines) if values else None


def _value(text: str) -> object:
    if text[0] != "[":
        return _scalar(text, _PLAIN)
    if text[-1] != "]":
        raise _Unusual
    inner = text[1:-1].strip(" ")
    items: list[object] = []
    if not _NESTED.search(inner):
        for part in inner.split(",") if inner else ():
            item_text = part.strip(" ")
            if not item_text:
                raise _Unusual
            items.append(_scalar(item_text, _PLAIN_IN_LIST))
        return items
    position = 0
    while position < len(inner):
        item = _FLOW_ITEM.match(inner, position)
        if not item:
            raise _Unusual
        position = item.end()
        quoted = item[1] if item[1] is not None else item[2]
        items.append(quoted if quoted is not None else _scalar(item[3], _PLAIN_IN_LIST))
        if position == len(inner) and inner[-1] == ",":
            raise _Unusual
    return items


def _scalar(text: str, plain: re.Pattern[str]) -> object:
    first = text[0]
    if first in "\"'":
        m = _QUOTED.match(text)
        if m:
            return m[1] if m[1] is not None else m[2]
    elif (first.isalpha() and ":" not in text and "#" not in text) or plain.match(text):
        # In a list, the caller splits the text at commas and brackets first.
        if text in _TRUTH:
            return _TRUTH[text]
        if text.lower() not in _WORDS:
            return text
    elif _INTEGER.match(text):
        return int(text)
    elif _DATE.match(text):
        return text
    raise _Unusual
