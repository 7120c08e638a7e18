"""Accepts a suggestion: inserts one link or one front matter value and changes no other byte of the note."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from kg.model import Corpus, Note, Resolved, Suggestion
from kg.notes.called import note_stem
from kg.suggest.text import BLANK, NoteText

RELATED: Final = "related"
"""The key for a suggestion without a place in the text and without a relation."""

_BREAK: Final = re.compile(rb"\r\n|\n|\r")
_FLOW: Final = re.compile(rb"(?P<open>[ \t]*\[)(?P<items>.*?)(?P<close>[ \t]*\])(?P<rest>[ \t]*(?:[ \t]#.*)?)")
_ITEM: Final = re.compile(rb"(?P<lead>[ \t]*-[ \t]+)(?P<value>\S.*?)[ \t]*$")
_SCALAR: Final = re.compile(
    rb"(?P<space>[ \t]+)(?P<value>\"[^\"]*\"|'[^']*'|[^\s#\[\]{}&*!|>][^#]*?)(?P<rest>[ \t]*(?:[ \t]#.*)?)"
)


def propose_links(suggestion: Suggestion, corpus: Corpus, text: NoteText) -> Iterator[tuple[int, int, str]]:
    """Yield edits that turn the mention into a link, the preferred form first: (start, end, new text) in characters.

    Yields nothing if the body doesn't name the target, or names it only in a heading.
    """
    mention = next((r for r in suggestion.why if r.kind == "mention" and r.path == suggestion.path), None)
    note = corpus.notes.get(suggestion.path)
    if mention is None or note is None:
        return
    line_start = _offset_of_line(text.raw, mention.line)
    start = line_start + mention.column - 1
    end = start + len(mention.text)
    body = len(text.raw.encode("utf-8", "surrogatepass")[: note.body].decode("utf-8", "ignore"))
    if (
        text.raw[start:end] != mention.text
        or start < body
        or any(h.line == mention.line for h in note.headings)
        or BLANK in text.plain[start:end]
    ):
        return
    shown = text.raw[start:end]
    table = text.raw[line_start:start].lstrip().startswith("|")
    wiki = [] if table or "\n" in shown else _wikilinks(shown, suggestion, corpus)
    address = [f"[{shown}]({a})" for a in _addresses(suggestion, corpus)]
    for new in (*wiki, *address) if _prefers_wikilinks(note, corpus) else (*address, *wiki):
        yield start, end, new


def _wikilinks(shown: str, suggestion: Suggestion, corpus: Corpus) -> list[str]:
    names = _names(suggestion, corpus)
    return [f"[[{shown}]]", *(f"[[{name}|{shown}]]" for name in names)]


def _names(suggestion: Suggestion, corpus: Corpus) -> list[str]:
    """The names by which a wikilink can reach the target: file name, path, id, title."""
    concept = corpus.concepts[suggestion.target]
    path = suggestion.target_path
    names = (note_stem(path), path.rpartition(".")[0], concept.id, *concept.labels.values())
    return [n for n in dict.fromkeys(names) if n and not re.search(r"[\[\]|#\"\n]", n)]


def _addresses(suggestion: Suggestion, corpus: Corpus) -> list[str]:
    """The addresses of the target that notes in the same folder use; otherwise its relative path."""
    folder = posixpath.dirname(suggestion.path)
    used: Counter[str] = Counter()
    for source, link, resolution in corpus.links:
        rooted = link.kind == "markdown" and link.fragment is None and link.target.startswith("/")
        if rooted and isinstance(resolution, Resolved) and resolution.path == suggestion.target_path:
            used[link.target] += 1 + (posixpath.dirname(source) == folder)
    relative = posixpath.relpath(suggestion.target_path, folder or ".")
    best = [address for address, _ in sorted(used.items(), key=lambda item: (-item[1], item[0]))]
    return [quote(a, safe="/-._~!$&'*+,;=:@", encoding="utf-8") if " " in a or "(" in a else a for a in (*best, relative)]


def _prefers_wikilinks(note: Note, corpus: Corpus) -> bool:
    """Whether the note uses mostly wikilinks; if it has no links, whether all notes do."""
    for group in ((note,), corpus.notes.values()):
        kinds = Counter(link.kind for n in group for link in n.links if link.kind in ("wikilink", "markdown"))
        if kinds["wikilink"] != kinds["markdown"]:
            return kinds["wikilink"] > kinds["markdown"]
    return True


def _offset_of_line(text: str, line: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
    return at


def propose_values(suggestion: Suggestion, corpus: Corpus) -> Iterator[str]:
    """Yield the front matter values that can denote the target."""
    yield from (f"[[{name}]]" for name in _names(suggestion, corpus))


def with_relation(data: bytes, note: Note, key: str, value: str) -> bytes | None:
    """Add a value to a front matter key. Return None if one changed line isn't sufficient.

    An inline or block list gets another item, quoted like the others; a single value becomes a list; a missing key gets a line
    at the end. Comments, quoting, order and line breaks are kept.

    >>> from kg.notes import parse_note
    >>> old = b"---\\ntitle: A  # one\\nrelated:\\n  - '[[b]]'\\n---\\n# A\\n"
    >>> with_relation(old, parse_note("a.md", old), "related", "[[c]]")
    b"---\\ntitle: A  # one\\nrelated:\\n  - '[[b]]'\\n  - '[[c]]'\\n---\\n# A\\n"
    """
    if note.path.lower().endswith(".ipynb"):
        return None  # a notebook has no front matter that Jupyter knows
    mark = data[:3] if data.startswith(b"\xef\xbb\xbf") else b""
    body = data[len(mark) :]
    break_ = _BREAK.search(data)
    newline = break_.group() if break_ else b"\n"
    new = value.encode()
    name = key.encode()
    size = note.body - len(mark)
    if size <= 0:
        return mark + newline.join((b"---", name + b': ["' + new + b'"]', b"---", b"")) + body
    front = body[:size]
    if not front.startswith(b"---"):
        return None
    lines = front.splitlines(keepends=True)
    at = note.lines.get(key)
    if at is None and key in note.metadata:
        return None  # the key is there, but not at the start of a line
    if at is None:
        close = max(i for i, line in enumerate(lines) if line.strip() in (b"---", b"..."))
        first = next((line for line in lines[1:close] if line.strip() and not line.lstrip().startswith(b"#")), b"")
        indent = first[: len(first) - len(first.lstrip(b" "))]  # all keys of a mapping have the same
        lines.insert(close, indent + name + b': ["' + new + b'"]' + newline)
    else:
        changed = _extended(lines, at - 1, new)
        if changed is None:
            return None
        lines = changed
    return mark + b"".join(lines) + body[size:]


def _extended(lines: list[bytes], at: int, new: bytes) -> list[bytes] | None:
    """The lines with another item for the key on line `at`; None if that isn't possible."""
    line = lines[at]
    text = line.rstrip(b"\r\n")
    end = line[len(text) :]
    colon = text.index(b":") + 1
    head, tail = text[:colon], text[colon:]
    if m := _FLOW.fullmatch(tail):
        quoted = _quoted(new, m["items"])
        items = m["items"] + (b", " if m["items"].strip() else b"") + quoted
        return [*lines[:at], head + m["open"] + items + m["close"] + m["rest"] + end, *lines[at + 1 :]]
    if not tail.strip() or tail.strip().startswith(b"#"):
        last, lead, quote_of = at, b"  - ", b'"'
        for i in range(at + 1, len(lines)):
            item = _ITEM.match(lines[i].rstrip(b"\r\n"))
            if item is None:
                if lines[i].strip() and not lines[i].lstrip().startswith(b"#"):
                    break
                continue
            last, lead, quote_of = i, item["lead"], item["value"]
        return [*lines[: last + 1], lead + _quoted(new, quote_of) + end, *lines[last + 1 :]]
    if m := _SCALAR.fullmatch(tail):
        value = m["value"] if m["value"][:1] in (b'"', b"'") else b'"' + m["value"] + b'"'
        new_tail = m["space"] + b"[" + value + b", " + _quoted(new, value) + b"]" + m["rest"]
        return [*lines[:at], head + new_tail + end, *lines[at + 1 :]]
    return None


def _quoted(new: bytes, like: bytes) -> bytes:
    """A value, quoted like `like`."""
    mark = b"'" if b"'" in like and b'"' not in like and b"'" not in new else b'"'
    return mark + new + mark
