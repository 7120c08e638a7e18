"""What the Chinese and the English text of a note don't have in common: sections, formulas, numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import Final

from kg.model import Fault
from kg.notes.languages.passages import BOTH, EN, ZH, BilingualText, NoteHeading, NotePassage, split_passages
from kg.notes.languages.quantities import Quantity, read_quantities

NAME: Final = "languages-differ"
_LEAST: Final = 30
"""A note is in two languages if it has that many words in each, and …"""
_RATIO: Final = 3
"""… isn't that many times as long in one as in the other: a summary leaves things out on purpose."""
_SECTION: Final = 12
"""A section is in a language if it has that many words of it."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_RELATION: Final = re.compile(
    r"[=<>≤≥≠∈⊆⇒→]|\\(?:leq?|geq?|neq?|in|subseteq|subset|Rightarrow|implies|iff|to|equiv|approx|mapsto|ll|gg)\b"
)
_SPACING: Final = re.compile(
    r"\\[,;:! ]|\\(?:quad|qquad|displaystyle|left|right|,)\b|\\(?:text|mathrm|mbox|operatorname)\{[^{}]*\}"
    r"|[\s.,;:，。；：~{}]|\\(?=\s)"
)
_PARTS: Final = re.compile(r"\\q?quad\b")
_SYNONYMS: Final = {
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\neq": r"\ne",
    r"\lvert": "|",
    r"\rvert": "|",
    r"\cdot": "*",
    r"\times": "*",
}
_SYNONYM: Final = re.compile("|".join(re.escape(s) + r"\b" for s in _SYNONYMS))
_SHOWN: Final = 6
_LONG: Final = 10_000
_LONGEST: Final = 2_000_000
"""Longer notes are not text that somebody wrote in two languages."""
_BREAK: Final = re.compile(r"\r\n?|\n")
_REFERENCES: Final = re.compile(
    r"\b(?:references?|bibliography|sources?|further reading|links|see also)\b|参考|文献|来源|链接|延伸阅读", re.IGNORECASE
)
_PAIRS: Final = ((ZH, EN), (EN, ZH))
_LANGUAGE: Final = {ZH: "Chinese", EN: "English"}


def compare_languages(body: str, first: int, definition: object, line: int) -> Iterator[Fault]:
    """Yield the differences between the languages of a note.

    `body` is the text behind the front matter, which begins on line `first`; `definition` is the value of that key, on line
    `line`.
    """
    if isinstance(definition, Mapping):
        yield from _definitions(definition, line)
    if len(body) > _LONGEST or len(_HAN.findall(body)) < _LEAST:
        return
    note = split_passages(_BREAK.split(body), first)
    lengths = note.words(ZH), note.words(EN)
    if min(lengths) < _LEAST or max(lengths) > _RATIO * min(lengths) or not _is_bilingual(note.headings):
        return
    yield from _sections(note)
    yield from _formulas(note)
    yield from _numbers(note)


def _is_bilingual(headings: Iterable[NoteHeading]) -> bool:
    """Return whether headings show that the note is meant for readers of both languages: one in both, or several in each.

    One English heading among many Chinese ones is a name, such as that of a feature or a program.
    """
    languages = Counter(h.language for h in headings if h.text.strip())
    if languages[BOTH]:
        return True
    fewer, more = sorted((languages[ZH], languages[EN]))
    return fewer > 0 and more <= _RATIO * fewer


def _definitions(definition: Mapping[object, object], line: int) -> Iterator[Fault]:
    texts = {lang: definition.get(lang) for lang in (ZH, EN)}
    if not all(isinstance(text, str) and len(text) < _LONG for text in texts.values()):
        return
    numbers = {lang: list(read_quantities(str(text))) for lang, text in texts.items()}
    missing = {
        lang: [q for q in numbers[lang] if q.exact and not _is_among(q, _by_value(numbers[opposite]))]
        for lang, opposite in _PAIRS
    }
    for lang, opposite in _PAIRS:
        written = [q.written for q in missing[lang] if not q.weak or missing[opposite]]
        if written:
            yield Fault(
                NAME, line, 1, f"the {_LANGUAGE[opposite]} definition lacks {_listed(written)} of the {_LANGUAGE[lang]} one"
            )


# Sections


def _sections(note: BilingualText) -> Iterator[Fault]:
    words = [{ZH: 0, EN: 0} for _ in note.headings]
    for passage in note.passages:
        at = passage.section
        while at >= 0 and passage.language:
            words[at][passage.language] += passage.words
            at = note.headings[at].parent
    reported: set[int] = set()
    siblings: dict[int, list[int]] = {}
    for index, heading in enumerate(note.headings):
        if heading.parent in reported or _REFERENCES.search(heading.text):
            reported.add(index)
        elif heading.language:
            if sum(words[index].values()) >= _SECTION:
                siblings.setdefault(heading.parent, []).append(index)
        elif heading.parent >= 0:
            for lang, opposite in _PAIRS:
                if words[index][lang] >= _SECTION and not words[index][opposite]:
                    reported.add(index)
                    yield Fault(NAME, heading.line, 1, f"the section '{heading.text}' has no {_LANGUAGE[opposite]} text")
    for sections in siblings.values():
        for index in _unpaired(note.headings, sections):
            heading = note.headings[index]
            opposite = EN if heading.language == ZH else ZH
            yield Fault(NAME, heading.line, 1, f"the section '{heading.text}' has no counterpart in {_LANGUAGE[opposite]}")


def _unpaired(headings: list[NoteHeading], siblings: list[int]) -> list[int]:
    """Return the sections in one language that are left when neighbours in different languages are paired."""
    by_language = {lang: [i for i in siblings if headings[i].language == lang] for lang in (ZH, EN)}
    if len(by_language[ZH]) == len(by_language[EN]) or not all(by_language.values()):
        return []
    left: list[int] = []
    for index in siblings:
        if left and headings[left[-1]].language != headings[index].language:
            left.pop()
        else:
            left.append(index)
    return left


# Formulas


def _formulas(note: BilingualText) -> Iterator[Fault]:
    shared = [f.tex for p in note.shown if not _own(note, p) for f in p.formulas]
    by_language: dict[str, list[tuple[int, int, str, bool]]] = {ZH: [], EN: []}
    for passage in note.passages:
        if passage.language:
            by_language[passage.language] += [(*f, False) for f in passage.formulas]
        else:
            shared += [f.tex for f in passage.formulas]
    for passage in note.shown:
        if language := _own(note, passage):
            by_language[language] += [(f.line, f.column, part, True) for f in passage.formulas for part in _PARTS.split(f.tex)]
    for lang, opposite in _PAIRS:
        present = {_normal(tex) for *_, tex, _shown in by_language[opposite]} | {_normal(tex) for tex in shared}
        whole = " ".join(present)[:_LONG]
        for line, column, tex, displayed in by_language[lang]:
            normal = _normal(tex)
            if (displayed or (_RELATION.search(tex) and len(normal) > 3)) and normal not in present and normal not in whole:
                present.add(normal)  # once is enough
                shown = " ".join(tex.split())
                shown = shown if len(shown) <= 60 else shown[:57] + "…"
                yield Fault(NAME, line, column, f"the {_LANGUAGE[opposite]} text lacks the formula '{shown}'")


def _own(note: BilingualText, passage: NotePassage) -> str:
    """Return the language of the section that shows a formula; `BOTH` if its heading is in both, or there is none."""
    heading = note.headings[passage.section] if passage.section >= 0 else None
    return heading.language if heading is not None and heading.level > 1 else BOTH


def _normal(tex: str) -> str:
    return _SYNONYM.sub(lambda m: _SYNONYMS[m[0]], _SPACING.sub("", _SYNONYM.sub(lambda m: _SYNONYMS[m[0]], tex)))


# Numbers


def _numbers(note: BilingualText) -> Iterator[Fault]:
    own: dict[str, list[tuple[NotePassage, Quantity]]] = {ZH: [], EN: [], BOTH: []}
    for passage in note.passages:
        own[passage.language] += [(passage, quantity) for quantity in read_quantities(passage.text)]
    present = {lang: [q for _, q in pairs] for lang, pairs in own.items()}
    missing = _missing(own, present)
    if not any(missing.values()):
        return
    for passage in (*note.passages, *note.shown):
        present[passage.language] += read_quantities(passage.code)
    for heading in note.headings:
        present[BOTH] += read_quantities(heading.text)
    missing = _missing(missing, present)
    for lang, opposite in _PAIRS:
        by_passage: dict[int, tuple[NotePassage, list[Quantity]]] = {}
        for passage, quantity in missing[lang]:
            # A translation may leave out how many things follow; but if it has another number instead, one of them is wrong.
            if not quantity.weak or any(q.weak for _, q in missing[opposite]):
                by_passage.setdefault(passage.line, (passage, []))[1].append(quantity)
        for passage, quantities in by_passage.values():
            before = passage.text[: quantities[0].offset]
            line, column = passage.line + before.count("\n"), len(before) - before.rfind("\n")
            yield Fault(NAME, line, column, f"the {_LANGUAGE[opposite]} text lacks {_listed([q.written for q in quantities])}")


def _missing(
    own: Mapping[str, list[tuple[NotePassage, Quantity]]], present: Mapping[str, list[Quantity]]
) -> dict[str, list[tuple[NotePassage, Quantity]]]:
    """Return the numbers of each language that the other lacks."""
    missing = {}
    for lang, opposite in _PAIRS:
        others = _by_value(present[opposite] + present[BOTH])
        missing[lang] = [(p, q) for p, q in own[lang] if q.exact and not _is_among(q, others)]
    return missing


def _by_value(quantities: Iterable[Quantity]) -> dict[Fraction, list[Quantity]]:
    """Return quantities by each value that they may mean, and by their value in the unit of their kind."""
    result: dict[Fraction, list[Quantity]] = {}
    for quantity in quantities:
        for value in quantity.values | _base(quantity):
            result.setdefault(value, []).append(quantity)
    return result


def _is_among(quantity: Quantity, others: Mapping[Fraction, list[Quantity]]) -> bool:
    """Return whether a number is among others: equal, and in no other unit; or equal in another unit of the same kind."""
    if any(
        not (quantity.unit and opposite.unit and quantity.unit != opposite.unit)
        for v in quantity.values
        for opposite in others.get(v, ())
    ):
        return True
    base = _base(quantity)
    return any(
        o.unit and quantity.unit and o.unit[0] == quantity.unit[0] and base & _base(o) for v in base for o in others.get(v, ())
    )


def _base(quantity: Quantity) -> set[Fraction]:
    return {value * quantity.unit[1] for value in quantity.values} if quantity.unit else set()


def _listed(numbers: list[str]) -> str:
    distinct = list(dict.fromkeys(f"'{' '.join(n.split())}'" for n in numbers))
    more = f" and {len(distinct) - _SHOWN} more" if len(distinct) > _SHOWN else ""
    return ", ".join(distinct[:_SHOWN]) + more
