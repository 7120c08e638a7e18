"""The texts of notes for the search from disk: scripts, since a page that is opened from disk can't read pagefind's index.

A note's text is in a file that a hash of its page chooses, so an edit changes one file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from kg.base.about import code_stamp
from kg.base.formulas import in_words
from kg.base.json_forms import json_compact
from kg.base.names import page_name
from kg.model import Artifact
from kg.views.page import View, paths
from kg.views.page.jobs import PageJob
from kg.views.site.note import plain_notes
from kg.views.site.prose import SHOWN

_NOTES: Final = 64
"""Approximate maximum number of notes in a file."""
_FRONT: Final = re.compile(r"\A\ufeff?---[ \t]*\r?\n.*?^---[ \t]*$", re.DOTALL | re.MULTILINE)
_LABEL_FIRST: Final = re.compile(r"!?\[\[([^\[\]|\n]*)\|[^\[\]\n]*\]\]")
_HIDDEN: Final = re.compile("%%|<!--")
_MARKS: Final = (
    (re.compile(r"!?\[\[[^\[\]\n]*\|([^\[\]|\n]*)\]\]"), r"\1"),
    (re.compile(r"!?\[\[([^\[\]\n]*)\]\]"), r"\1"),
    (re.compile(r"!?\[([^\[\]\n]*)\]\([^()\n]*\)"), r"\1"),
    (re.compile(r"</?[A-Za-z][^<>\n]*>"), " "),
    (re.compile(r"[ \t]+"), " "),  # the next pattern takes quadratic time for many
    (re.compile(r"^[ \t]*(?:#{1,6}|[-*+>]|\d+[.)]|```[\w-]*|~~~[\w-]*|[|:\- ]+\|)[ \t]*", re.MULTILINE), ""),
    (re.compile(r"[*`|]|__|~~|=="), ""),
    (re.compile(r"\s+"), " "),
)


def plain_text(text: str, *, label_first: bool = False) -> str:
    """The words of a note without front matter, comments and marks of Markdown; `label_first`: see `Note`.

    >>> plain_text("---\\nid: a\\n---\\n# A **note**\\n\\nSee [[raft|Raft]] and [docs](https://e.org).")
    'A note See Raft and docs.'
    """
    text = in_words(_without_comments(_FRONT.sub("", text)))
    text = _LABEL_FIRST.sub(r"\1", text) if label_first else text
    for pattern, replacement in _MARKS:
        text = pattern.sub(replacement, text)
    return text.strip()


def _without_comments(text: str) -> str:
    """The text without what its author hid; what isn't closed is shown. In linear time, also if nothing is closed.

    >>> _without_comments("a %% b %% c <!-- d --> e %% f <!-- g <!-- h")
    'a   c   e %% f <!-- g <!-- h'
    """
    parts: list[str] = []
    unclosed: set[str] = set()
    start = position = 0
    while m := _HIDDEN.search(text, position):
        mark, position = m[0], m.end()
        closing = "%%" if mark == "%%" else "-->"
        end = -1 if mark in unclosed else text.find(closing, position)
        if end < 0:
            unclosed.add(mark)
        else:
            parts.append(text[start : m.start()])
            start = position = end + len(closing)
    return " ".join((*parts, text[start:]))


def count_files(notes: int) -> int:
    """Number of files for some notes: a power of two.

    >>> [count_files(n) for n in (0, 64, 65, 10_000)]
    [1, 1, 2, 256]
    """
    return 1 << (max(notes - 1, 0) // _NOTES).bit_length()


def text_jobs(view: View, text_of: Callable[[str], str]) -> list[PageJob]:
    """The work of writing all files: of each concept the texts of its notes, of each other note its text."""
    shown: dict[str, Sequence[str]] = {}
    notes = view.assessment.corpus.notes
    for concept in view.assessment.corpus.concepts.values():
        shown[page_name(concept.id)] = [p for p in dict.fromkeys((concept.path, *concept.paths)) if p in notes]
    shown |= {"/" + page_name(path.removesuffix(".md")): [path] for path in plain_notes(view)}
    count = count_files(len(shown))
    parts: list[dict[str, Sequence[str]]] = [{} for _ in range(count)]
    for page, own in sorted((page, own) for page, own in shown.items() if own):
        parts[int.from_bytes(hashlib.sha256(page.encode("utf-8", "replace")).digest()[:4], "big") % count][page] = own
    return [PageJob(partial(_render, view, f"{paths.TEXTS}/{i:x}.js", part, text_of)) for i, part in enumerate(parts)]


def _render(view: View, path: str, part: Mapping[str, Sequence[str]], text_of: Callable[[str], str]) -> Iterator[Artifact]:
    notes = view.assessment.corpus.notes
    reads = [(page, [(p, notes[p].digest, notes[p].label_first) for p in own]) for page, own in part.items()]
    key = hashlib.sha256(
        repr((code_stamp("views/site/fulltext.py", "base/formulas.py"), reads)).encode("utf-8", "replace")
    ).hexdigest()
    kept = view.reuse.get(path, key, counts=False) if view.reuse is not None else None
    if kept is not None:
        yield kept
        return
    rows = [
        [page, " ".join(plain_text(text_of(p)[:SHOWN], label_first=notes[p].label_first) for p in own)]
        for page, own in part.items()
    ]
    data = f"kgText({json_compact(rows)});\n".encode("utf-8", "replace")
    if view.reuse is not None:
        view.reuse.put(path, key, data, counts=False)
    yield Artifact(path, data)
