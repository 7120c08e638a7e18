"""Citations: what notes cite becomes sources of their concepts; unknown and unused keys are faults."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kg.model import OTHERS, Author, Citation, Concept, Fault, Note, Reference
from kg.notes.cited import works_in

_GROUP: Final = re.compile(r"(?:(?<![ \t])[ \t]+)?\[(?:[^\[\]\n]*[ ;-])??@[^\[\]\n]{1,500}\]")
_KEY: Final = re.compile(r"(?<![\w.])@([\w](?:[\w:.#$%&+?<>~/-]*\w)?)")
_YEAR: Final = re.compile(r"(?:1[5-9]|20)\d\d(?!\d)")
_MOST_UNUSED: Final = 50
"""Unused entries of a file that are reported one by one."""
_SHOWN: Final = 6
"""Authors that a reference names; with more, the first ones and the last."""


def format_reference(reference: Reference, locator: str = "") -> str:
    """Return a work as one line of a list of references, with its address.

    >>> herlihy = Reference("h", "article", "Linearizability", (Author("Herlihy", "M. P."), Author("Wing", "J. M.")), "1990",
    ...     "TOPLAS", volume="12", number="3", pages="463–492", doi="10.1145/78969.78972")
    >>> format_reference(herlihy)
    'Herlihy, M. P., & Wing, J. M. (1990). Linearizability. TOPLAS, 12(3), 463–492. https://doi.org/10.1145/78969.78972'
    """
    ends = [describe_reference(reference, locator), reference.address]
    return " ".join(end for end in ends if end)


def describe_reference(reference: Reference, locator: str = "") -> str:
    """Return a work as one line of a list of references, without its address."""
    who = _people(reference.authors or reference.editors)
    if reference.editors and not reference.authors:
        who += " (Ed.)" if len(reference.editors) == 1 else " (Eds.)"
    place = reference.container
    if reference.volume:
        issue = f"({reference.number})" if reference.number else ""
        place = ", ".join(part for part in (place, f"{reference.volume}{issue}") if part)
    place = ", ".join(part for part in (place, reference.pages) if part)
    start = f"{who} ({reference.year})" if who and reference.year else who or (f"({reference.year})" if reference.year else "")
    parts = [start, reference.title, place, reference.publisher]
    text = ". ".join(part.rstrip(".") for part in parts if part)
    text = ", ".join(part for part in (text, locator.rstrip(".")) if part)
    return f"{text}." if text else ""


def _people(people: Sequence[Author]) -> str:
    unnamed = OTHERS in people
    names = [", ".join(part for part in author if part) for author in people if author != OTHERS]
    if unnamed:
        return ", ".join((*names[:_SHOWN], "et al."))
    if len(names) > _SHOWN + 1:
        names = [*names[:_SHOWN], "…", names[-1]]
    return " & ".join((", ".join(names[:-1]) + ",", names[-1])) if len(names) > 1 else "".join(names)


def short_reference(reference: Reference) -> str:
    """Return a work as a text cites it.

    >>> short_reference(Reference("h", "book", "T", (Author("Herlihy"), Author("Wing")), "1990"))
    'Herlihy & Wing 1990'
    """
    people = reference.authors or reference.editors
    families = [a.family for a in people if a != OTHERS]
    who = f"{families[0]} et al." if families and (len(families) > 2 or OTHERS in people) else " & ".join(families)
    return " ".join(part for part in (who or reference.title, reference.year) if part)


def with_letter(reference: Reference, position: int) -> Reference:
    """Return a work with a letter behind its year: a text cites several that look alike otherwise.

    >>> [short_reference(with_letter(Reference("k", "book", "T", (Author("Knuth"),), "1997"), n)) for n in (0, 25, 26)]
    ['Knuth 1997a', 'Knuth 1997z', 'Knuth 1997aa']
    """
    letter = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letter = chr(ord("a") + rest) + letter
    return replace(reference, year=f"{reference.year or 'n.d.-'}{letter}")


def cite_sources(concept: Concept, notes: Mapping[str, Note], references: Mapping[str, Reference]) -> Concept:
    """Return a concept with the works that its notes cite among its sources, each with the address of its DOI."""
    sources: list[str] = []
    cited: set[str] = set()
    for source in concept.sources:
        works = works_in(source)
        if not any(work.key in references for work in works):
            sources.append(source)
            continue
        for key, locator in works:
            cited.add(key)
            sources += _sources_of(references[key], locator) if key in references else [f"@{key}"]
    for path in dict.fromkeys((concept.path, *concept.paths)):
        note = notes.get(path)
        for citation in note.citations if note is not None else ():
            if citation.key in references and citation.key not in cited:
                cited.add(citation.key)
                sources += _sources_of(references[citation.key])
    merged = tuple(dict.fromkeys(sources))
    definitions = {lang: _without_citations(text, references) for lang, text in concept.definitions.items()}
    return replace(concept, sources=merged, definitions=definitions)


def _without_citations(text: str, references: Mapping[str, Reference]) -> str:
    """A definition without the citations in it: they are among the sources."""

    def kept(m: re.Match[str]) -> str:
        return "" if all(key in references for key in _KEY.findall(m[0])) else m[0]

    return _GROUP.sub(kept, text) if "@" in text else text


def _sources_of(reference: Reference, locator: str = "") -> list[str]:
    return [format_reference(reference, locator), *([reference.address] if reference.address else [])]


def cited_keys(notes: Iterable[Note]) -> set[str]:
    """Return the keys that notes cite, known or not."""
    return {citation.key for note in notes for citation in (*note.front_citations, *note.citations)}


def uncovered_citations(notes: Mapping[str, Note]) -> Iterator[tuple[str, Fault]]:
    """Yield the fault of a collection that cites and has no bibliography, at its first citation.

    ``[@somebody]`` alone may mention a person; keys with digits, pages and words around keys are what only citations have.
    """
    cited = [(path, c) for path, note in notes.items() for c in (*note.front_citations, *note.citations)]
    first = next((row for row in cited if _is_plainly_cited(row[1])), None)
    if first is not None:
        path, citation = first
        detail = f"{citation.key}\t{len(cited) - 1}"
        yield path, Fault("missing-bibliography", citation.line, citation.column, detail)


def _is_plainly_cited(citation: Citation) -> bool:
    return bool(_YEAR.search(citation.key) or ":" in citation.key or re.search(r"\d", citation.locator))


def citation_faults(notes: Mapping[str, Note], references: Mapping[str, Reference]) -> Iterator[tuple[str, Fault]]:
    """Yield the faults of citations: keys without an entry at their places, entries that nothing cites in their files."""
    for path, note in notes.items():
        for citation in (*note.front_citations, *note.citations):
            if citation.key not in references:
                yield path, Fault("unknown-citation", citation.line, citation.column, citation.key)
    used = cited_keys(notes.values())
    used |= {references[key].parent for key in used if key in references}
    unused = [r for r in references.values() if r.key not in used]
    several = Counter(r.path for r in unused)
    for path, count in several.items():
        if count > _MOST_UNUSED:
            yield path, Fault("unused-reference", 1, 1, f"\t{count:,}")
    yield from ((r.path, Fault("unused-reference", r.line, 1, r.key)) for r in unused if several[r.path] <= _MOST_UNUSED)
