"""Front matter: YAML between ``---`` lines, TOML between ``+++`` lines or a JSON object, with the places of its links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json_object
from kg.base.formats.toml_text import read_toml
from kg.base.formats.yaml_text import RepeatedKey, read_note
from kg.model import Fault, Link
from kg.notes import simple_yaml
from kg.notes.plain import plain_value
from kg.notes.source import Source
from kg.notes.target import split_target, split_wikilink

_OPEN: Final = re.compile(rb"(---|\+\+\+)[ \t]*(?:\r\n?|\n)")
_BLANK_BEFORE: Final = re.compile(rb"((?:[ \t]*+(?:\r\n|\r|\n))++)((?:---|\+\+\+)[ \t]*(?:\r\n?|\n))")
_CLOSE: Final = {
    b"---": re.compile(rb"^(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.MULTILINE),
    b"+++": re.compile(rb"^\+\+\+[ \t]*(?:\r\n?|\n|\Z)", re.MULTILINE),
}
_CLOSE_OF_BUNDLES: Final = {**_CLOSE, b"---": re.compile(rb"^---[ \t]*(?:\r\n?|\n|\Z)", re.MULTILINE)}
"""In the Open Knowledge Format, the end of a YAML document (``...``) ends no front matter (§4)."""
_KEY: Final = re.compile(
    r"^([^\s#'\"\[\]{}:,-][^:\r\n]*+|\"[^\"\r\n]+\"[ \t]*|'[^'\r\n]+'[ \t]*):(?=[ \t\r\n]|$)", re.MULTILINE
)
_TOML_KEY: Final = re.compile(r"^[ \t]*([\w\-\"']+)[ \t]*=", re.MULTILINE)
_JSON_KEY: Final = re.compile(r"^[ \t]*\"([^\"\r\n]+)\"[ \t]*:", re.MULTILINE)
_JSON_OPEN: Final = re.compile(rb"\{\s*[\"}]")
_JSON_BREAK: Final = re.compile(r"[ \t]*(?:\r\n?|\n|\Z)")
_WIKILINK: Final = re.compile(r"\s*(!?)\[\[([^\[\]\r\n]+)\]\]\s*")
_MARKDOWN_LINK: Final = re.compile(r"\s*\[([^\[\]\r\n]*)\]\(\s*<?([^<>()\r\n]+?)>?\s*\)\s*")
_MAX_BYTES: Final = 1 << 20
_MOST_RECOVERED: Final = 200
"""Maximum number of keys that are read one by one."""
_MAX_NAME: Final = 200

# Keys whose values are text: plain text in them never names another note, but a link in them is a link.
RESERVED: Final = frozenset(
    [
        "area",
        "layer",
        "definition",
        "as-of",
        "sources",
        "source",
        "bibliography",
        "status",
        "lang",
        "reviewed",
        "date",
        "author",
        "authors",
        "description",
        "summary",
        "weight",
        "draft",
        "slug",
        "url",
        "permalink",
        "layout",
        "created",
        "updated",
        "modified",
        "keywords",
        "cssclasses",
        "cssclass",
        "publish",
        "toc",
        "menu",
        "categories",
        "linktitle",
    ]
)
# Keys for the names of the note itself: their values are kept with their places and are never links.
FORMER_IDS: Final = "former-ids"
"""The key for the ids that a concept had before: links by them and their IRIs still lead to it."""
NAMES: Final = frozenset(("id", "alias", "aliases", FORMER_IDS))
# Keys whose values are names of other things: links in them are not relations.
NO_LINKS: Final = frozenset(("title", "tags", "tag", "type"))


class FrontMatter:
    """The content between the fences: values by key, the line of each key, the links in values.

    Keys are in lower case, with their spelling in `spelled` if it is another; in bundles of the Open Knowledge Format, as
    written.
    """

    __slots__ = ("body", "bundle", "faults", "lines", "links", "spelled", "values")

    def __init__(self, *, bundle: bool = False) -> None:
        self.bundle = bundle
        self.values: dict[str, object] = {}
        self.spelled: dict[str, str] = {}
        self.lines: dict[str, int] = {}
        self.links: list[Link] = []
        self.faults: list[Fault] = []
        self.body = 0

    def key(self, name: str) -> str:
        """Return the key that a name is."""
        return name if self.bundle else name.strip().lower()

    def add(self, name: str, value: object) -> None:
        """Add a value; of keys that are one, the first counts."""
        key = self.key(name)
        if key not in self.values:
            self.values[key] = value
            if key not in (name, spelled := name.strip()):
                self.spelled[key] = spelled


def fence_first(data: bytes) -> bytes:
    """Return a note with its first fence above the blank lines before it: Hugo skips them. No other line or offset changes.

    >>> fence_first(b"\\n---\\ntitle: T\\n---\\n"), fence_first(b"\\nText\\n")
    (b'---\\n\\ntitle: T\\n---\\n', b'\\nText\\n')
    """
    blank = _BLANK_BEFORE.match(data)
    return blank[2] + blank[1] + data[blank.end() :] if blank else data


def read_front_matter(source: Source, *, bundle: bool = False) -> FrontMatter:
    """Return the front matter of a note; empty if there is none, with faults if it can't be read.

    `bundle`: the note is a file of a bundle of the Open Knowledge Format.
    """
    result = FrontMatter(bundle=bundle)
    opening = _OPEN.match(source.data)
    if not opening:
        if _JSON_OPEN.match(source.data):
            _read_json(result, source)
        return result
    fence = opening.group(1)
    closing = _closing(source.data, (_CLOSE_OF_BUNDLES if bundle else _CLOSE)[fence], opening.end())
    if not closing:
        # A thematic break at the top isn't front matter; but if the next line is a key, front matter was intended.
        if _KEY.match(source.slice(opening.end(), source.line_end(opening.end()))):
            result.faults.append(Fault("unclosed-front-matter", 1, 1, fence.decode()))
        return result
    start, end = opening.end(), closing.start()
    text = source.slice(start, end)
    if fence == b"---" and not text.strip():
        if closing.group().startswith(b"---"):
            result.body = closing.end()
        return result
    simple = simple_yaml.load_simple_yaml(text) if fence == b"---" and end - start <= _MAX_BYTES else None
    if simple is not None:
        # The values are plain already.
        result.body = closing.end()
        for key, value in simple[0].items():
            result.add(key, value)
        for key, line in simple[1].items():
            result.lines.setdefault(result.key(key), line)
    else:
        values = _load(result, text, fence, closing.end())
        if values is not None:
            _find_lines(result, text, _KEY if fence == b"---" else _TOML_KEY)
        for name, value in (values or {}).items():
            result.add(str(plain_value(name)), plain_value(value))
    _find_links(result, source, start, end)
    return result


def _closing(data: bytes, close: re.Pattern[bytes], start: int) -> re.Match[bytes] | None:
    """Return the line that ends front matter."""
    # Searching for a fixed text is many times faster than for a pattern with a line start.
    at = data.find(b"\n---", start - 1)
    if at >= 0 and data.find(b"\n...", start - 1, at) < 0 and data.find(b"\r", start, at) < 0:
        found = close.match(data, at + 1)
        if found:
            return found
    return close.search(data, start)


def _load(result: FrontMatter, text: str, fence: bytes, behind: int) -> dict[Any, Any] | None:
    """Return the values of a text between fences, or None; adds a fault unless the text isn't front matter at all."""
    try:
        size = len(text.encode("utf-8", "replace"))
        if size > _MAX_BYTES:
            detail = f"it has {size:,} bytes; at most {_MAX_BYTES:,} are read"
            raise FormatError(detail, limit="size")  # noqa: TRY301  # one place turns every refusal into a fault
        repeated: list[RepeatedKey] = []
        values = read_note(text, repeated, as_written=result.bundle) if fence == b"---" else read_toml(text)
    except FormatError as error:
        result.body = behind
        _add_fault(result, error, 1)
        return _recover(text) if fence == b"---" and not error.limit else None
    if isinstance(values, dict):
        result.body = behind
        _add_repeated(result, repeated, 1)
        return values
    if fence != b"---" or not isinstance(values, str):  # prose between two thematic breaks isn't front matter
        result.body = behind
        result.faults.append(Fault("invalid-front-matter", 2, 1, "keys and values are expected"))
    return None


def _recover(text: str) -> dict[object, object]:
    """Return the values of the keys that can be read one by one: one invalid value doesn't lose the others.

    >>> _recover("title: T\\nversion: *v\\ntags: [a]\\n")
    {'title': 'T', 'version': '*v', 'tags': ['a']}
    """
    values: dict[object, object] = {}
    starts = [m.start() for m in islice(_KEY.finditer(text), _MOST_RECOVERED)]
    ends = [*starts[1:], len(text)] if starts else []
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        try:
            value = read_note(part)
        except FormatError:
            key, _, rest = part.partition(":")
            value = {key.strip(): rest.strip()} if "\n" not in rest.strip() else None
        if isinstance(value, dict):
            for key, item in value.items():
                values.setdefault(key, item)
    return values


def _read_json(result: FrontMatter, source: Source) -> None:
    """Read Hugo's JSON front matter, an object at the start of the file; other text that begins with a brace isn't."""
    head = source.data[:_MAX_BYTES].decode("utf-8", "ignore")
    try:
        repeated: set[str] = set()
        parsed = read_json_object(head, repeated)
    except FormatError as error:
        _add_fault(result, error, 0)
        return
    if parsed is None:
        return
    values, behind = parsed
    after = _JSON_BREAK.match(head, behind)
    if not after:
        return
    text = head[:behind]
    result.body = len(head[: after.end()].encode())
    for key, value in values.items():
        result.add(key, plain_value(value))
    _find_lines(result, text, _JSON_KEY, 1)
    _add_repeated(result, _repeated_in_json(text, repeated), 0)
    _find_links(result, source, 0, len(text.encode()))


def _repeated_in_json(text: str, keys: set[str]) -> list[RepeatedKey]:
    """Return where keys are repeated. JSON is YAML, but for pairs of surrogates; then the beginning is the place."""
    repeats: list[RepeatedKey] = []
    if keys:
        try:
            read_note(text, repeats)
        except FormatError:
            return [RepeatedKey(key, 1, 1, 1) for key in sorted(keys)]
    return repeats


def _add_repeated(result: FrontMatter, keys: list[RepeatedKey], before: int) -> None:
    """Add repeated keys as faults; `before` is the number of lines above the text."""
    for key in keys:
        first = f" of line {key.first + before}" if key.first != key.line else ""
        result.faults.append(Fault("repeated-key", key.line + before, key.column, f"'{key.key}'{first} is written again"))


def _add_fault(result: FrontMatter, error: FormatError, before: int) -> None:
    """Add a parse error as a fault; `before` is the number of lines above the text."""
    line, column = (error.line + before, error.column or 1) if error.line else (1, 1)
    result.faults.append(Fault("invalid-front-matter", line, column, error.advice))


def _find_lines(result: FrontMatter, text: str, keys: re.Pattern[str], line: int = 2) -> None:
    position = 0
    for m in keys.finditer(text):
        line += text.count("\n", position, m.start())
        position = m.start()
        result.lines.setdefault(result.key(m.group(1).strip().strip("\"' ")), line)


def _scalars(value: object, depth: int = 0) -> Iterator[tuple[str, bool]]:
    """Yield the strings in a value, and whether each was in double brackets: ``[[a]]`` unquoted is a list in a list."""
    if isinstance(value, str):
        yield value, False
    elif isinstance(value, list):
        if depth < 2 and len(value) == 1 and isinstance(value[0], list) and len(value[0]) == 1 and isinstance(value[0][0], str):
            yield value[0][0], True
            return
        if depth < 4:
            for item in value:
                yield from _scalars(item, depth + 1)


def _find_links(result: FrontMatter, source: Source, start: int, end: int) -> None:
    for key, value in result.values.items():
        if not value or key in NO_LINKS:
            continue
        plain = key in RESERVED
        if plain and value.__class__ is str and "](" not in value and "[[" not in value:
            continue
        line = result.lines.get(key, 2)
        cursor = source.starts[line - 1] if line <= len(source.starts) else start
        cursor = max(start, cursor) + len(key)
        for text, bracketed in _scalars(value):
            link, cursor = _link(source, key, text, bracketed, cursor, end)
            if link and not (plain and link.kind == "name"):
                result.links.append(link)


def _link(source: Source, key: str, text: str, bracketed: bool, cursor: int, end: int) -> tuple[Link | None, int]:
    kind, label, embed = "name", "", False
    if key in NAMES:
        if not text.strip() or "\n" in text.strip():
            return None, cursor
        written = target = text.strip()
        fragment = None
    elif bracketed:
        written = f"[[{text}]]"
        kind, (target, fragment, label) = "property", split_wikilink(text)
    elif m := _WIKILINK.fullmatch(text):
        written, embed = text.strip(), bool(m[1])
        kind, (target, fragment, label) = "property", split_wikilink(m[2])
    elif m := _MARKDOWN_LINK.fullmatch(text):
        written, label = text.strip(), m[1]
        split = split_target(m[2])
        if split is None:
            return None, cursor
        kind, (target, fragment) = "property", split
    elif len(text) <= _MAX_NAME and text.strip() and "\n" not in text.strip():
        written = target = text.strip()
        fragment = None
    else:
        return None, cursor
    at = source.data.find(written.encode("utf-8", "replace"), cursor, end)
    if at < 0:
        # The value is escaped or folded over lines: report the line of its key.
        at, after = cursor, cursor
    else:
        after = at + len(written.encode("utf-8", "replace"))
    line, column = source.at(at)
    return Link(line, column, kind, target, fragment, label, embed, key, "front-matter", at, max(after, at)), after


def texts_under(values: Mapping[str, object], *keys: str) -> list[str]:
    """Return the strings under any of these keys: a string, or a list with strings, nulls and numbers (as they print).

    >>> texts_under({"aliases": ["a", None, 7], "alias": "b"}, "aliases", "alias")
    ['a', '7', 'b']
    """
    result: list[str] = []
    for key in keys:
        value = values.get(key)
        if value is None:
            continue
        if value.__class__ is str:
            if text := value.strip():
                result.append(text)
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str | int | float) and not isinstance(item, bool) and (text := str(item).strip()):
                result.append(text)
    return result
