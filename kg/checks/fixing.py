"""Applies the fixes of findings to notes; all other bytes are unchanged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.base.errors import ChangedError
from kg.base.notefile import edit_file
from kg.model import Finding, Fix, Note

_BOM = b"\xef\xbb\xbf"


class Fixed(NamedTuple):
    """The result of applying fixes."""

    fixes: int
    """How many were applied."""
    paths: tuple[str, ...]
    """The notes that were changed."""
    skipped: tuple[str, ...]
    """Notes that somebody else changed in the meantime; they were left alone."""


def apply(findings: Iterable[Finding], notes: Mapping[str, Note], files: Mapping[str, str], inside: Sequence[Path]) -> Fixed:
    """Write the fixes of findings to their notes. A note that was changed since it was read is skipped.

    Raises StoreError for a note that can't be written, or that a link reaches outside the folders `inside`.
    """
    fixes: dict[str, set[Fix]] = defaultdict(set)
    for f in findings:
        if f.fix is not None and f.path in notes and f.path in files:
            fixes[f.path].add(f.fix)
    count, changed, skipped = 0, [], []
    for path in sorted(fixes):
        try:
            with edit_file(Path(files[path]), inside=inside) as edit:
                text, done = replaced(edit.expect(notes[path].digest), fixes[path])
                edit.write(text)
        except ChangedError:
            skipped.append(path)
            continue
        count += done
        changed.append(path)
    return Fixed(count, tuple(changed), tuple(skipped))


def replaced(data: bytes, fixes: Iterable[Fix]) -> tuple[bytes, int]:
    """The bytes of a file with fixes applied, and how many; of two that overlap, only the first is applied.

    >>> replaced(b"[a](b#c)", [Fix(6, 7, "d"), Fix(5, 7, "e")])
    (b'[a](be)', 1)
    """
    bom = len(_BOM) if data.startswith(_BOM) else 0
    parts, position, done = [], 0, 0
    for fix in sorted(fixes, key=lambda f: (f.start, -f.end)):
        start, end = fix.start + bom, fix.end + bom
        if start < position or end > len(data):
            continue
        parts += [data[position:start], fix.text.encode()]
        position, done = end, done + 1
    return b"".join(parts) + data[position:], done
