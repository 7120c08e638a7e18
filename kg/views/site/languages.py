"""Sections of a note by language: those in the language of the page come first, the others are folded below them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import escape

from kg.model import Lang
from kg.views.page.words import Words

if TYPE_CHECKING:
    from kg.views.site.writer import HtmlWriter, Mark

_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_OTHER: Final = re.compile("[\u3040-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff]")
"""Kana, Hangul, Cyrillic, Arabic: neither Chinese nor English."""
_PROSE: Final = re.compile(
    r"\b(?:an?|the|is|are|was|be|it|its|this|that|of|to|in|on|and|or|for|with|by|as|from|which|not|can|when|if|at)\b",
    re.IGNORECASE,
)
"""Words that make sentences: a list of names in Latin letters is English no more than Chinese."""
_LEAST: Final = 6
"""Fewer characters or words than this say nothing about a language."""
_SAMPLE: Final = 2000
"""Characters of a section that decide on its language."""
_WORD: Final = 6
"""Letters of an English word with its space."""
_MINOR: Final = 8
"""A language with less than this part of the other's text is a quotation, not a version of the note."""


_BALANCED: Final = 4
"""Two languages of one section are versions of the same text if neither has more than this times the other's."""
_VERSION: Final = 80
"""Least size of a version of a text: shorter pieces stay where they are."""


class _Section(NamedTuple):
    html: str
    """With the blocks in the other language folded at the end, if the section is written in both."""
    language: Lang
    size: int
    """Characters beside Latin letters, and two for each English word."""


def section_language(text: str) -> Lang:
    """The language in which a piece of text is written: ``zh``, ``en``, or empty if it can't be told.

    Chinese texts hold English names, so a Chinese character counts as much as a word.

    >>> section_language("容器是隔离的进程组，例如 Docker。"), section_language("A container, 容器 in Chinese, is a group.")
    ('zh', 'en')
    >>> section_language("Docker, Podman, Kubernetes, Mesos, Nomad, Swarm"), section_language("コンテナは隔離されたプロセス")
    ('', '')
    """
    sample = text[:_SAMPLE]
    words = len(sample.encode("ascii", "ignore")) // _WORD
    han = 0 if sample.isascii() else len(_HAN.findall(sample))
    if han + words < _LEAST or (han < len(sample) and not sample.isascii() and len(_OTHER.findall(sample)) > 2):
        return ""
    if han > words:
        return "zh"
    return "en" if len({word.lower() for word in _PROSE.findall(sample)}) > 1 else ""


def own_language_first(writer: HtmlWriter, lang: Lang, words: Words) -> str:
    """The HTML of a text with the sections in other languages behind the others, folded. Footnotes are not part of it.

    Only Chinese and English are distinguished; a text in one language is unchanged.
    """
    page = lang.split("-")[0]
    whole = "".join(writer.out)
    if page not in ("zh", "en"):
        return whole
    text = "".join(writer.plain)
    if page == "en" and not _HAN.search(text):
        return whole
    foreign = "en" if page == "zh" else "zh"
    sections = _sections(writer, page, foreign, _summary(words, "sections", foreign, lang))
    others = sum(section.size for section in sections if section.language == foreign)
    own = sum(section.size for section in sections if section.language == page)
    kept = "".join(section.html for section in sections if section.language != foreign)
    if not others:
        return kept
    if own * _MINOR < others:
        # The text is in the other language: it is shown below a line that says so.
        summary = _summary(words, "written", foreign, lang)
        return f'<details class="other-language" open lang="{foreign}">{summary}{whole}</details>\n'
    first = next((section.language for section in sections if section.language), "")
    if others * _MINOR < own and first != foreign:
        return "".join(section.html for section in sections)
    folded = "".join(section.html for section in sections if section.language == foreign)
    summary = _summary(words, "sections", foreign, lang)
    return f'{kept}<details class="other-language" lang="{foreign}">{summary}{folded}</details>\n'


def _summary(words: Words, what: str, foreign: Lang, lang: Lang) -> str:
    return f'<summary lang="{lang}">{escape(words(f"{what}-in-{foreign}"))}</summary>\n'


def _sections(writer: HtmlWriter, page: Lang, foreign: Lang, summary: str) -> list[_Section]:
    """The sections of a text: each block before the first heading, then from heading to heading of the highest level."""
    headings = writer.top_headings
    levels = sorted(headings.values())
    top = next(iter(levels), 0)
    if len(set(levels)) > 1 and levels.count(top) == 1 and min(headings) == next(at for at in headings if headings[at] == top):
        top = next(level for level in levels if level > top)  # one heading above all others is a title
    starts: list[Mark] = []
    headed = False
    for mark in writer.top_blocks:
        level = headings.get(mark.out)
        headed = headed or level == top
        if level == top or not headed:
            starts.append(mark)
    if not starts or starts[0].out > 0:
        starts.insert(0, writer.begin)
    sections = []
    for start, end in zip(starts, [*starts[1:], writer.mark()], strict=True):
        plain = _plain(writer, start, end)
        folded = _fold(writer, start, end, (page, foreign, summary))
        html = folded or "".join(writer.out[start.out : end.out])
        sections.append(_Section(html, page if folded else section_language(plain), _size(plain)))
    return sections


def _plain(writer: HtmlWriter, start: Mark, end: Mark) -> str:
    """The text between two places, without code."""
    return "".join(piece for i, piece in enumerate(writer.plain[start.plain : end.plain], start.plain) if i not in writer.code)


def _size(plain: str) -> int:
    letters = len(plain.encode("ascii", "ignore"))
    return len(plain) - letters + 2 * letters // _WORD


def _fold(writer: HtmlWriter, start: Mark, end: Mark, languages: tuple[Lang, Lang, str]) -> str:
    """The HTML of a section in both languages, with the foreign paragraphs folded at its end; empty for other sections."""
    page, foreign, summary = languages
    marks = [mark for mark in writer.top_blocks if start.out <= mark.out < end.out]
    if len(marks) < 2 or marks[0].out != start.out:
        return ""
    blocks = []
    for block, after in zip(marks, [*marks[1:], end], strict=True):
        plain, text = _plain(writer, block, after), "".join(writer.out[block.out : after.out])
        told = block.out not in writer.top_headings and not text.lstrip().startswith("<blockquote")
        blocks.append((text, section_language(plain) if told else "", _size(plain)))
    sizes = {lang: sum(size for _, language, size in blocks if language == lang) for lang in (page, foreign)}
    if min(sizes.values()) < _VERSION or max(sizes.values()) > _BALANCED * min(sizes.values()):
        return ""
    kept = "".join(text for text, language, _ in blocks if language != foreign)
    moved = "".join(text for text, language, _ in blocks if language == foreign)
    return f'{kept}<details class="other-language" lang="{foreign}">{summary}{moved}</details>\n'
