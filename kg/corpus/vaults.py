"""Recognises a vault of Obsidian, also without its folder ``.obsidian``, which is often not under version control."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, Literal

from kg.base import files
from kg.base.listing import File, Listing
from kg.base.names import fold
from kg.corpus.site import SourceSite, read_site

DialectName = Literal["", "obsidian", "foam", "markdown"]

_SAMPLE: Final = 200
"""Maximum number of notes that are looked at; in a vault, the first ones are enough."""
_ENOUGH: Final = 12
"""Notes with wikilinks after which the rest of the sample isn't looked at for them."""
_LEAST_SHARE: Final = 0.05
"""Least share of notes with wikilinks in a vault: elsewhere, a few notes have double brackets too."""
_FEW: Final = 3
"""Number of headings in which a repetition says nothing."""
_BYTES: Final = 1 << 16
_VAULT_FILES: Final = (".canvas", ".base")
"""Endings of files that only vaults contain."""
_CODE: Final = re.compile(rb"^[ \t]*(`{3,}|~{3,}).*?^[ \t]*\1|`[^`\r\n]+`", re.DOTALL | re.MULTILINE)
_WIKILINK: Final = re.compile(rb"(?<!\\)\[\[[^\[\]\r\n]{1,200}\]\](?!\()")
_FRONT: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
_OKF: Final = re.compile(rb"^okf_version:", re.MULTILINE)
_TITLE: Final = re.compile(rb"^title:[ \t]*\S", re.MULTILINE | re.IGNORECASE)
_FIRST_HEADING: Final = re.compile(rb"\s*#[ \t]+([^\r\n]+)")


def read_source_site(listing: Listing, dialect: DialectName = "") -> SourceSite:
    """Return the tool of the notes, from its configuration, the setting, or the links of the notes.

    `dialect` is the setting ``[reading] dialect``; if it is empty and there is no configuration, a sample of notes decides.
    """
    site = read_site(listing.configurations)
    if dialect == "markdown":
        return _with(replace(site, obsidian=False), comments=False, file_labels=False)
    if dialect == "foam" or (not dialect and site.generator == "foam"):
        return _with(replace(site, obsidian=False, generator="foam"), comments=False, file_labels=False)
    if dialect == "obsidian" or site.obsidian:
        return _with(replace(site, obsidian=True), comments=True, file_labels=True)
    if site.generator:
        return _with(site, comments=False, file_labels=False)
    if any(name.endswith(_VAULT_FILES) for name in listing.attachments):
        return _with(replace(site, obsidian=True), comments=True, file_labels=True)
    sample = _Sample(listing.notes)
    return _with(replace(site, obsidian=sample.is_vault), comments=sample.is_vault, file_labels=sample.named_by_files)


def _with(site: SourceSite, *, comments: bool, file_labels: bool) -> SourceSite:
    return replace(site, dialect=site.dialect._replace(comments=comments, file_labels=file_labels))


class _Sample:
    """What some notes show of their tool. The sample depends on the names of the notes only."""

    def __init__(self, notes: Sequence[File]) -> None:
        self.seen = self.linking = self.titled = 0
        self.is_bundle = False
        """Whether it is a bundle of the Open Knowledge Format, whose concepts have a title or are called as their files."""
        self.headings: list[str] = []
        """The headings with which notes without a title begin."""
        for data in _texts(notes):
            self.seen += 1
            front = _FRONT.match(data)
            text = data[front.end() :] if front else data
            if b"[[" in text and _WIKILINK.search(_CODE.sub(b"", text)):
                self.linking += 1
            self.is_bundle = self.is_bundle or bool(front and _OKF.search(front[1]))
            if front and _TITLE.search(front[1]):
                self.titled += 1
            elif heading := _FIRST_HEADING.match(text):
                self.headings.append(fold(heading[1].decode("utf-8", "replace")))
            if self.linking >= _ENOUGH and self.linking >= self.seen // 2:
                break

    @property
    def is_vault(self) -> bool:
        """Whether the notes are linked as in a vault."""
        return self.linking > 0 and self.linking >= self.seen * _LEAST_SHARE

    @property
    def named_by_files(self) -> bool:
        """Whether notes are called by their files: where they don't begin with headings of their own, such as "Definition"."""
        distinct = len(set(self.headings))
        repeated = len(self.headings) > _FEW and distinct * 2 < len(self.headings)
        return self.is_bundle or repeated or (self.is_vault and distinct * 2 < self.seen - self.titled)


def _texts(notes: Sequence[File]) -> Iterator[bytes]:
    """Yield the beginnings of some notes, evenly spread over all of them."""
    step = max(1, -(-len(notes) // _SAMPLE))
    index = [file for file in notes if file.name == "index.md"]
    for file in (*index, *notes[::step]):
        try:
            yield files.read(file.path, _BYTES, cut=True)
        except OSError:
            continue
