"""Selectors of concepts, in dbt's syntax: ``+raft+2`` is raft, all that it rests on, and what rests on it within two steps.

A selector is a union of terms, separated by spaces; a term is an intersection of parts, separated by commas. A part is a
concept (id, IRI, label or note) or ``*`` patterns of ids, or ``tag:``, ``area:``, ``type:``, ``layer:``, ``status:`` or
``path:`` with a value; with ``+`` before it, also what it rests on, with ``+`` after it, also what rests on it, each with a
number of steps if there is one (``2+raft``). Quotes keep spaces: ``'"Raft log"+'``.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from kg.base.errors import UnknownNameError, UsageError
from kg.base.names import fold
from kg.model import Concept, Relation

_TERM: Final = re.compile(r'(?:"[^"]*"|[^\s"])+')
_PART: Final = re.compile(r'(?:"[^"]*"|[^,"])+')
_FORM: Final = re.compile(r"(?:(?P<above>\d*)(?P<up>\+))?(?P<name>.*?)(?:(?P<down>\+)(?P<below>\d*))?", re.DOTALL)
_VALUES: Final[Mapping[str, Callable[[Concept], Iterable[str]]]] = {
    "tag": lambda concept: concept.tags,
    "area": lambda concept: (concept.area,),
    "type": lambda concept: (concept.type,),
    "layer": lambda concept: (concept.layer,),
    "status": lambda concept: (concept.status,),
    "path": lambda concept: concept.paths or (concept.path,),
}
METHODS: Final = tuple(_VALUES)
_BEGUN: Final = re.compile(r"(?P<before>(?:.*[,\s])?(?:\d*\+)?)(?P<name>[^,\s+\"]*)")


def complete_selector(concepts: Iterable[Concept], begun: str) -> list[str]:
    """Return the selectors that a begun one can become: its last part is a concept, a method or a value of a method.

    ``2+ra`` can become ``2+raft``, ``raft,ty`` can become ``raft,type:``.
    """
    form = _BEGUN.fullmatch(begun)
    if form is None:
        return []
    method, colon, value = form["name"].partition(":")
    if colon and method in _VALUES:
        values = {f"{method}:{v}" for c in concepts for v in _VALUES[method](c) if v and fold(v).startswith(fold(value))}
    else:
        values = {c.id for c in concepts if fold(c.id).startswith(fold(form["name"]))}
        values |= {f"{key}:" for key in METHODS if form["name"] and key.startswith(form["name"])}
    return [f"{form['before']}{value}" for value in sorted(values)]


class RelationEdge(NamedTuple):
    """A stated relation between two concepts, as IRIs."""

    subject: str
    relation: str
    object: str


class ConceptSelector:
    """Selects concepts of a knowledge base; `edges` are the stated relations."""

    def __init__(
        self, concepts: Mapping[str, Concept], edges: Iterable[RelationEdge], relations: Mapping[str, Relation]
    ) -> None:
        self._concepts = concepts
        self._above: dict[str, set[str]] = defaultdict(set)
        self._below: dict[str, set[str]] = defaultdict(set)
        for subject, predicate, object_ in edges:
            relation = relations.get(predicate)
            if relation is not None and relation.impact and subject in concepts and object_ in concepts:
                cause, affected = (object_, subject) if relation.impact == "object" else (subject, object_)
                self._above[affected].add(cause)
                self._below[cause].add(affected)
        self._names: dict[str, list[str]] | None = None

    def select(self, selectors: Sequence[str]) -> frozenset[str]:
        """Return the IRIs that one of the selectors names. Raises UsageError if one names no concept."""
        selected: set[str] = set()
        for term in (term for selector in selectors for term in _TERM.findall(selector)):
            parts = [self._part(part) for part in _PART.findall(term)]
            matches = set.intersection(*parts) if parts else set()
            if not matches:
                raise UsageError(f"no concept is selected by '{term}'", hint="'kg ls' lists concepts")
            selected |= matches
        if not selected:
            raise UsageError("the selector is empty", hint="name a concept: --select-concepts '+raft+2'")
        return frozenset(selected)

    def _part(self, part: str) -> set[str]:
        form = None if fold(part) in self._by_name() else _FORM.fullmatch(part)
        name = (form["name"] if form else part).replace('"', "").strip()
        result = set(self._named(name))
        starts = frozenset(result)
        if form and form["up"]:
            result |= _reach(starts, self._above, form["above"])
        if form and form["down"]:
            result |= _reach(starts, self._below, form["below"])
        return result

    def _named(self, name: str) -> Iterable[str]:
        """Return the concepts that a name, a pattern or a property stands for. Raises UsageError for a wrong name."""
        method, colon, value = name.partition(":")
        if colon and method in _VALUES:
            pattern, values = fold(value), _VALUES[method]
            below = f"{pattern.rstrip('/')}/*"
            return [
                iri
                for iri, concept in self._concepts.items()
                if any(_fits(fold(v), pattern) or (v and _fits(fold(v), below)) for v in values(concept))
            ]
        if "*" in name:
            return [iri for iri, concept in self._concepts.items() if _fits(fold(concept.id), fold(name))]
        if name in self._concepts:
            return (name,)
        matches = self._by_name().get(fold(name), [])
        if len(matches) == 1:
            return matches
        if matches:
            ids = ", ".join(self._concepts[iri].id for iri in matches)
            raise UsageError(f"{len(matches)} concepts called '{name}'", hint=f"give one of: {ids}")
        near = difflib.get_close_matches(fold(name), self._by_name(), 3, 0.6)
        close = list(dict.fromkeys(self._concepts[self._by_name()[key][0]].id for key in near))
        raise UnknownNameError(f"no concept called '{name}'", name, close, otherwise="'kg ls' lists concepts")

    def _by_name(self) -> dict[str, list[str]]:
        """Name → concepts: ids, else labels and notes, else other labels."""
        if self._names is None:
            self._names = {}
            for names in (_ids, _labels, _other_labels):
                rank: dict[str, list[str]] = {}
                for iri, concept in self._concepts.items():
                    for name in set(map(fold, names(concept))):
                        rank.setdefault(name, []).append(iri)
                self._names = rank | self._names
        return self._names


def _ids(concept: Concept) -> Iterable[str]:
    return (concept.id,)


def _labels(concept: Concept) -> Iterable[str]:
    return (*concept.labels.values(), *(concept.paths or (concept.path,)))


def _other_labels(concept: Concept) -> Iterable[str]:
    return tuple(text for text, _ in concept.alt_labels)


def _fits(value: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(value, pattern)


def _reach(starts: Collection[str], edges: Mapping[str, set[str]], steps: str) -> set[str]:
    """Return what is reached along edges; `steps` is the largest number of them, as text, empty for any number.

    >>> sorted(_reach({"a"}, {"a": {"b"}, "b": {"c"}}, "1")), sorted(_reach({"a"}, {"a": {"b"}, "b": {"c"}}, ""))
    (['b'], ['b', 'c'])
    """
    left = int(steps[:9]) if steps else -1
    seen, front = set(starts), set(starts)
    while front and left:
        left -= 1
        front = {other for one in front for other in edges.get(one, ())} - seen
        seen |= front
    return seen - set(starts)
