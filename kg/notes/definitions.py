"""The definition in the text of a note: a section that defines the note's own subject, or the paragraph below its title."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from kg.base.names import language_of, letters_and_digits

_NUMBER: Final = r"^[\d.、\s]*"
_OWN: Final = re.compile(
    _NUMBER + r"(?:definitions?|what|what is (?:it|this)|what it is|定义|是什么|它是什么|概念定义|基本定义)\s*[:：?？]?$",
    re.IGNORECASE,
)
_ANNOUNCES: Final = re.compile(r"definition|what|定义|什么", re.IGNORECASE)
_OF: Final = re.compile(
    _NUMBER + r"(?:what (?:is|are) (?:an? |the )?(?P<what>.+?)|definition of (?:an? |the )?(?P<of>.+?)"
    r"|什么是\s*(?P<subject>.+?)|(?P<before>.+?)\s*(?:是什么|的(?:基本|概念)?定义))\s*[?？]?$",
    re.IGNORECASE,
)
_HALVES: Final = re.compile(r"\s+[/|]\s+|[（(]|[)）]")
# Sections in which a definition is that of the whole note.
_INTRODUCTIONS: Final = re.compile(
    _NUMBER + r"(?:overview|introduction|basics?|background|concepts?|basic concepts?|summary|about"
    r"|概述|简介|介绍|引言|背景|基础|概念|基本概念|核心概念|概念定义|概念与定义|定义与概念|理论基础)\s*(?:[/(（].*)?$",
    re.IGNORECASE,
)
_SUMMARY: Final = re.compile(r"^(?:summary|abstract|tl;?dr|摘要|概要)\s*[:：]?$", re.IGNORECASE)
_IS: Final = re.compile(
    r"^[\s*_\"'”’]*(?:[(（][^()（）]{0,80}[)）]\s*)?(?:[,，][^,，]{1,80}[,，]\s*)?"
    r"(?:(?:is|are|was|were|refers?|means|denotes|describes|stands)\b|是|指|即|为|又称|也称|：|:|——|—)",
    re.IGNORECASE,
)
_ARTICLE: Final = re.compile(r"^(?:an?|the)\s+", re.IGNORECASE)
# Paragraphs about the page, placeholders, and lines of data about the note.
_NO_DEFINITION: Final = re.compile(
    r"^(?:(?:in )?th(?:is|ese) (?:\w+ )?(?:page|article|document|documentation|doc|guide|section|chapter|tutorial|topic|note"
    r"|file|folder|post|list|reference|quickstart|lesson|module|collection)\b"
    r"|todo\b|tbd\b|wip\b|coming soon|work in progress|see also\b|back to\b"
    r"|本(?:文|章|节|页|篇|文档|文件|目录|部分|指南|教程)|待补充|（待补充|未完成)",
    re.IGNORECASE,
)
_DATA: Final = re.compile(r"^[^\s:：。.]{1,16}(?: [^\s:：。.]{1,16}){0,2}[:：]\s*\S")
_LEAST_WORDS: Final = 4
_LEAST_HAN: Final = 8
HAN: Final = re.compile(r"[\u3400-\u9fff]")
_FORMULA: Final = re.compile(r"\$\$[^$]*\$\$")
_AROUND_FORMULAS: Final = " .,;。，；"


class DefinitionCandidate(NamedTuple):
    """A paragraph that may be the definition."""

    text: str
    subject: str | None
    """What its heading defines by its words; empty for the subject of the section around it, None for the lead."""
    around: str
    """The heading of the section around it; empty below the title."""
    line: int
    column: int


def defined_subject(heading: str) -> str | None:
    """Return what a heading announces a definition of; empty for the subject of the section around it, None for no definition.

    >>> [defined_subject(text) for text in ("Definition", "1.1 定义 / Definition", "What is etcd?", "什么是容器", "Use")]
    ['', '', 'etcd', '容器', None]
    """
    if not _ANNOUNCES.search(heading):
        return None
    for part in (heading, *_HALVES.split(heading)):
        text = part.strip()
        if _OWN.match(text):
            return ""
        if m := _OF.match(text):
            return next(group for group in m.groups() if group is not None).strip()
    return None


def choose_definitions(
    candidates: Sequence[DefinitionCandidate], lead: DefinitionCandidate | None, names: Sequence[str]
) -> list[DefinitionCandidate]:
    """Return the paragraphs that define the concept called by `names`, the first one of each language.

    `lead` is the first paragraph of the note. It defines the concept if it follows the title or opens a summary, or if it
    has the form of a definition of the concept.
    """
    chosen: dict[str, DefinitionCandidate] = {}
    keys = {key for name in names if (key := letters_and_digits(name))} if candidates else set()
    formula: DefinitionCandidate | None = None
    for candidate in candidates:
        if not _FORMULA.sub("", candidate.text).strip(_AROUND_FORMULAS):
            formula = formula or candidate
            continue  # it is the definition if there are no words
        if candidate.text.endswith((":", "：")):
            continue  # what it announces is the definition
        if _names(candidate.subject, keys) if candidate.subject else _is_own_section(candidate.around, keys):
            chosen.setdefault(language_of(candidate.text), candidate)
    opens = lead is not None and (not lead.around or _SUMMARY.match(lead.around.strip()) is not None)
    if lead is not None and lead.text and ((opens and _may_define(lead.text)) or _has_form(lead.text, names)):
        chosen.setdefault(language_of(lead.text), lead)
    return list(chosen.values()) or ([formula] if formula is not None else [])


def _names(subject: str | None, keys: set[str]) -> bool:
    """Return whether a text is one of the names, also in the plural."""
    key = letters_and_digits(subject or "")
    halves = [letters_and_digits(part) for part in _HALVES.split(subject or "")]
    return any(form in keys for part in (key, *halves) if part for form in (part, part.removesuffix("s"), part + "s"))


def _is_own_section(around: str, keys: set[str]) -> bool:
    """Return whether a section is about the concept itself: its name, an introduction, or the whole note."""
    if not around or _INTRODUCTIONS.match(around):
        return True
    key = letters_and_digits(re.sub(_NUMBER, "", around))
    return any(name in key or key in name for name in keys) if key else True


def _has_form(text: str, names: Iterable[str]) -> bool:
    """Return whether a paragraph begins like a definition of the concept: "A pod is …", "容器是…"."""
    text = _ARTICLE.sub("", text.lstrip("*_ \"'“‘"))
    lower = text.lower()
    for name in names:
        for form in (name, f"{name}s"):
            if form and lower.startswith(form.lower()) and _IS.match(text[len(form) :]):
                return True
    return False


def _may_define(text: str) -> bool:
    """Return whether a paragraph below the title can be a definition: a statement, and not about the page itself."""
    if text.endswith((":", "：", "?", "？")) or _NO_DEFINITION.match(text) or _DATA.match(text):
        return False
    return says_something(_FORMULA.sub(" ", text))


def says_something(text: str) -> bool:
    """Return whether a text has the words of a sentence.

    >>> says_something("A pod groups containers"), says_something("见下")
    (True, False)
    """
    return len(text.split()) >= _LEAST_WORDS or len(HAN.findall(text)) >= _LEAST_HAN
