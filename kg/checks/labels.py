"""Faults of labels and definitions (KG3xx)."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from kg.base import files
from kg.base.names import SKOS, fold
from kg.checks.base import Context, Place, Rule, few_others
from kg.checks.similar import near_duplicates
from kg.checks.terms import DefinitionTerms
from kg.model import Finding, Fix

_MOST: Final = 2_000
_LONG_ENOUGH: Final = 12
"""Characters of a definition below which two equal ones say little: "See above."."""


def _duplicate_label(rule: Rule, context: Context) -> Iterator[Finding]:
    by_label: dict[tuple[str, str], list[str]] = defaultdict(list)
    for concept in context.corpus.concepts.values():
        for key in dict.fromkeys((fold(label), lang) for lang, label in concept.labels.items()):
            by_label[key].append(concept.iri)
    for (_, lang), iris in by_label.items():
        for iri in iris if len(iris) > 1 else ():
            label = context.concept(iri).labels[lang]
            place = context.text_place(iri, SKOS + "prefLabel", label) if context.is_rdf else context.place(iri)
            others, more = few_others(iris, iri)
            named = ", ".join(context.name(o) if context.is_rdf else _where(context.place(o), place) for o in others)
            yield rule.at(place, f"the label '{label}' is also that of {named}{more}")
    for path, fault in context.corpus.faults:
        if fault.name == rule.name:
            label, other = fault.detail.split("\t")
            yield rule.at(Place(path, fault.line, fault.column), f"the alias '{label}' is also that of {other}")


def _where(other: Place, place: Place) -> str:
    """A place as seen from another: many concepts of a thesaurus stand in one file."""
    return f"{other.path}:{other.line}" if other.path == place.path else other.path


def _no_definition(rule: Rule, context: Context) -> Iterator[Finding]:
    for concept in context.corpus.concepts.values():
        if not concept.definitions:
            yield rule.at(context.place(concept.iri), f"'{concept.label('en')}' has no definition")


def _no_source(rule: Rule, context: Context) -> Iterator[Finding]:
    for concept in context.corpus.concepts.values():
        if concept.definitions and not concept.sources:
            yield rule.at(context.definition_place(concept), f"'{concept.label('en')}' is defined and names no source")


def invisible(text: str) -> list[int]:
    """Positions of characters in a label that nobody sees: control characters, zero-width ones, marks of direction.

    Joiners inside of a word belong to some scripts (Persian, Indic ones) and to emoji; they count only at an end.

    >>> invisible("a\u200bb"), invisible("می\u200cخواهم"), invisible("x\u200d")
    ([1], [], [1])
    """
    found = []
    for i, c in enumerate(text):
        inner = 0 < i < len(text) - 1
        if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn") and not (c in "\u200c\u200d" and inner):
            found.append(i)
    return found


def _unprintable(rule: Rule, context: Context) -> Iterator[Finding]:
    for concept in context.corpus.concepts.values():
        texts = [(SKOS + "prefLabel", t) for t in concept.labels.values()]
        texts += [(SKOS + "altLabel", t) for t, _ in concept.alt_labels]
        for predicate, text in texts:
            if text.isascii() and text.isprintable():
                continue
            at = invisible(text)
            if at:
                names = ", ".join(f"U+{ord(text[i]):04X}" for i in at[:3])
                place = context.text_place(concept.iri, predicate, text)
                shown = "".join(c for i, c in enumerate(text) if i not in at)
                yield rule.at(place, f"the label '{shown}' holds {names}", fix=_without(context, place, text, at))


def _without(context: Context, place: Place, text: str, at: list[int]) -> Fix | None:
    """The label without its invisible characters, where it stands as it is on the line that the finding names."""
    note = context.corpus.notes.get(place.path)
    if note is None or place.path not in context.files or any(not text[i].isprintable() and text[i] in "\t\r\n" for i in at):
        return None
    try:
        data = files.read(context.files[place.path], cut=True).removeprefix(b"\xef\xbb\xbf")
    except OSError:
        return None
    lines = data.splitlines(keepends=True)
    if place.line > len(lines):
        return None
    start = sum(map(len, lines[: place.line - 1]))
    raw = text.encode("utf-8", "replace")
    if lines[place.line - 1].count(raw) != 1:
        return None
    found = start + lines[place.line - 1].index(raw)
    return Fix(found, found + len(raw), "".join(c for i, c in enumerate(text) if i not in at))


def _duplicate_definition(rule: Rule, context: Context) -> Iterator[Finding]:
    by_text: dict[tuple[str, str], list[str]] = defaultdict(list)
    for concept in context.corpus.concepts.values():
        for lang, text in concept.definitions.items():
            folded = fold(text)
            if len(folded) >= _LONG_ENOUGH:
                by_text[lang, folded].append(concept.iri)
    for (lang, _), iris in by_text.items():
        for iri in iris if len(iris) > 1 else ():
            others, more = few_others(iris, iri)
            named = ", ".join(map(context.name, others))
            which = f"the definition ({lang})" if lang else "the definition"
            yield rule.at(context.definition_place(context.concept(iri)), f"{which} is also that of {named}{more}")


def _near_duplicate(rule: Rule, context: Context) -> Iterator[Finding]:
    texts: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for concept in context.corpus.concepts.values():
        for lang, text in concept.definitions.items():
            texts[lang].append((concept.iri, text))
    for rows in texts.values():
        for a, b, share in near_duplicates(rows):
            place = context.definition_place(context.concept(b))
            percent = int(share * 100)
            yield rule.at(place, f"the definition shares {percent}% of its words with that of '{context.name(a)}'")


def _circular(rule: Rule, context: Context) -> Iterator[Finding]:
    used = DefinitionTerms.of(context).used
    for iri, uses in used.items():
        for other in uses:
            if iri < other and iri in used.get(other, ()):
                place = context.definition_place(context.concept(iri))
                a, b = context.name(iri), context.name(other)
                yield rule.at(place, f"the definitions of '{a}' and '{b}' each use the other concept's name")


def _undefined_term(rule: Rule, context: Context) -> Iterator[Finding]:
    defined = sum(1 for c in context.corpus.concepts.values() if c.definitions)
    if 2 * defined < len(context.corpus.concepts) or defined == len(context.corpus.concepts):
        return  # where most concepts have no definition, that is what is to be said, and KG303 says it
    users: dict[str, list[str]] = defaultdict(list)
    for iri, uses in DefinitionTerms.of(context).used.items():
        for other in uses:
            if not context.concept(other).definitions:
                users[other].append(iri)
    for other, iris in users.items():
        place = context.definition_place(context.concept(iris[0]))
        name, more = context.concept(other).label("en"), len(iris) - 1
        so = f"; so {'does' if more == 1 else 'do'} {more:,} other{'s' if more > 1 else ''}" if more else ""
        yield rule.at(place, f"the definition uses '{name}', a concept without a definition{so}")


RULES: Final = (
    Rule(
        "KG302", "duplicate-label", "warning", "make one label more exact, or merge the notes", _duplicate_label,
        where="both", source="qSKOS ol",
    ),
    Rule(
        "KG303", "missing-definition", "info", "add 'definition:' to the front matter, or a section 'Definition' (定义)",
        _no_definition, habit=True,
    ),
    Rule(
        "KG308", "unprintable-label", "warning", "remove the characters; 'kg check --fix' does", _unprintable,
        where="both", source="qSKOS ucil",
    ),
    Rule(
        "KG321", "duplicate-definition", "warning", "say what sets each of them apart, or merge the notes",
        _duplicate_definition, where="both",
    ),
    Rule(
        "KG322", "near-duplicate-definition", "info", "say what sets them apart, or merge the notes", _near_duplicate,
        where="both",
    ),
    Rule(
        "KG323", "circular-definition", "info", "define one of them without the other", _circular, default="off",
        where="both",
    ),
    Rule(
        "KG324", "used-before-defined", "info", "define the term, or say it in other words", _undefined_term, where="both",
    ),
    Rule(
        "KG325", "missing-source", "info", "add 'sources:' with an address or a reference", _no_source, default="off",
        habit=True,
    ),
)  # fmt: skip
