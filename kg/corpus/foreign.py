"""Names of concepts of other knowledge bases: ``cncf:container`` is the concept `container` of what `[uses]` calls `cncf`."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.model import Broken, Fault, Foreign, ForeignBase, ForeignBases, ForeignConcept, ResolvedLink, Unseen

_NEAR: Final = 3
_MOST_COMPARED: Final = 200
"""Maximum number of searches for similar names: each is linear in the number of foreign concepts."""


_CHANGES: Final = 4
"""Changes of a concept that a message names."""
_SHOWN: Final = 80
"""Characters of a changed text that a message shows."""


class ForeignNames:
    """Finds foreign concepts by id, otherwise by a label that only one of them has, otherwise by a former id."""

    def __init__(self, foreign: ForeignBases) -> None:
        self.foreign = foreign
        self._prefixes = {fold(name): name for name in foreign.names}
        self._ids: dict[str, dict[str, str]] = {}
        self._labels: dict[str, dict[str, list[str]]] = {}
        self._former: dict[str, dict[str, list[str]]] = {}
        self._compared = 0

    def resolve(self, target: str) -> Foreign | Broken | Unseen | None:
        """Return what a name with a prefix leads to; None if its prefix is not a name of a knowledge base."""
        prefix, colon, rest = target.partition(":")
        name = self._prefixes.get(fold(prefix)) if colon else None
        if name is None or not rest.strip():
            return None
        base = self.foreign.bases.get(name)
        if base is None:
            return Unseen("import")
        self._index(base)
        wanted = fold(rest)
        own = self._ids[name].get(wanted)
        ids = [own] if own is not None else self._labels[name].get(wanted, [])
        if len(ids) == 1:
            return Foreign(base.concepts[ids[0]].iri, f"{name}:{ids[0]}")
        former = self._former[name].get(wanted, []) if not ids else []
        if len(former) == 1:
            return Foreign(base.concepts[former[0]].iri, f"{name}:{former[0]}", former=True)
        return Broken("foreign", tuple(f"{name}:{other}" for other in ids[:_NEAR] or self._near(base, wanted)))

    def _index(self, base: ForeignBase) -> None:
        if base.name in self._ids:
            return
        self._ids[base.name] = {fold(concept.id): concept.id for concept in reversed(tuple(base.concepts.values()))}
        labels: dict[str, list[str]] = defaultdict(list)
        former: dict[str, list[str]] = defaultdict(list)
        for concept in base.concepts.values():
            for label in {fold(text): None for text in (*concept.labels.values(), *concept.alt_labels)}:
                labels[label].append(concept.id)
            for earlier in {fold(text): None for text in concept.former_ids}:
                former[earlier].append(concept.id)
        self._labels[base.name], self._former[base.name] = labels, former

    def _near(self, base: ForeignBase, wanted: str) -> list[str]:
        self._compared += 1
        if self._compared > _MOST_COMPARED:
            return []
        close = difflib.get_close_matches(wanted, self._ids[base.name], _NEAR, 0.6)
        return [self._ids[base.name][text] for text in close]


def linked_concepts(foreign: ForeignBases, links: Iterable[ResolvedLink], own: Container[str]) -> Mapping[str, ForeignConcept]:
    """Return the foreign concepts that links lead to, in order of IRI; of two knowledge bases with one IRI, the first by name.

    A concept whose IRI is that of an own one isn't foreign.
    """
    if not foreign.bases:
        return {}
    wanted = {r.resolution.iri for r in links if isinstance(r.resolution, Foreign) and r.resolution.iri not in own}
    concepts: dict[str, ForeignConcept] = {}
    for name in sorted(foreign.bases) if wanted else ():
        for concept in foreign.bases[name].concepts.values():
            if concept.iri in wanted:
                concepts.setdefault(concept.iri, concept)
    return {iri: concepts[iri] for iri in sorted(concepts)}


def foreign_faults(links: Iterable[ResolvedLink], foreign: ForeignBases) -> Iterator[tuple[str, Fault]]:
    """Yield a fault for the first link of each note to a foreign concept that has changed since it was pinned."""
    if not foreign.pinned:
        return
    by_iri: dict[str, ForeignConcept] = {}
    reported: set[tuple[str, str]] = set()
    for name in sorted(foreign.bases):
        for concept in foreign.bases[name].concepts.values():
            by_iri.setdefault(concept.iri, concept)
    for source, link, resolution in links:
        present = by_iri.get(resolution.iri) if isinstance(resolution, Foreign) else None
        before = foreign.pinned.get(present.base, {}).get(present.id) if present is not None else None
        if present is None or before is None or (source, present.iri) in reported:
            continue
        reported.add((source, present.iri))
        if changes := list_foreign_changes(before, present):
            yield source, Fault("changed-import", link.line, link.column, f"{present.name}\t{_list(changes)}")


class ChangedFact(NamedTuple):
    """What has changed of a foreign concept; empty if it is missing before or after."""

    fact: str
    """``iri``, ``label``, ``definition`` or ``status``."""
    before: str
    after: str

    def __str__(self) -> str:
        name = _FACTS[self.fact]
        if self.before and self.after:
            return f"its {name} was '{_cut(self.before)}' and is '{_cut(self.after)}'"
        return f"it has a {name} now: '{_cut(self.after)}'" if self.after else f"its {name} '{_cut(self.before)}' is gone"


_FACTS: Final = {"iri": "IRI", "label": "label", "definition": "definition", "status": "status"}


def list_foreign_changes(before: ForeignConcept, after: ForeignConcept) -> list[ChangedFact]:
    """Return what has changed of a foreign concept that other knowledge bases may rely on.

    >>> old = ForeignConcept("x:a", "a", "b", {"en": "Box"})
    >>> list(map(str, list_foreign_changes(old, ForeignConcept("x:a", "a", "b", {"en": "Container"}))))
    ["its label was 'Box' and is 'Container'"]
    """
    rows = [("iri", before.iri, after.iri)]
    for fact, old, new in (("label", before.labels, after.labels), ("definition", before.definitions, after.definitions)):
        rows += [(fact, old.get(lang, ""), new.get(lang, "")) for lang in sorted({*old, *new})]
    rows.append(("status", before.status, after.status))
    return [ChangedFact(*row) for row in rows if row[1] != row[2]]


def _list(changes: Sequence[ChangedFact]) -> str:
    """The first changes, and how many more there are."""
    shown = "; ".join(map(str, changes[:_CHANGES]))
    return f"{shown}; and {len(changes) - _CHANGES} more" if len(changes) > _CHANGES else shown


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"
