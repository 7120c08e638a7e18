"""A state to compare: read from a build's folder, from a git revision (in memory), or from the current notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

import networkx as nx

from kg import knowledge
from kg.base.errors import UsageError
from kg.base.files import is_file, is_folder
from kg.base.process.git import find_repository
from kg.base.settings import Settings
from kg.base.staging import MARKER
from kg.knowledge.uses import read_foreign
from kg.model import Concept, Finding, ForeignConcept

NOW: Final = "the notes as they are"
"""The name of the state of the current notes."""


class Suppression(NamedTuple):
    """A comment in a note that hides findings."""

    path: str
    line: int
    codes: tuple[str, ...]
    reason: str
    whole: bool
    """Whether it applies to the whole note."""


class ScopeState(NamedTuple):
    """A topic of a scope list."""

    list: str
    name: str
    met: bool


class StatedRelation(NamedTuple):
    """A typed relation that an author asserted."""

    subject: str
    key: str
    """Key of the relation."""
    object: str


@dataclass(frozen=True, slots=True)
class BaseState:
    """A knowledge base at a point in time."""

    name: str
    concepts: Mapping[str, Concept]
    relations: Mapping[StatedRelation, str]
    """Asserted typed relation → ``path:line``."""
    measures: Mapping[str, tuple[float | None, str]]
    """Name → (value, unit)."""
    findings: tuple[Finding, ...]
    foreign: Mapping[str, ForeignConcept] = field(default_factory=dict)
    """The concepts of other knowledge bases that notes link to, by IRI: of a revision, as it pinned them."""
    suppressions: tuple[Suppression, ...] | None = None
    """The suppressions; None if unknown, since the output of a build doesn't contain them."""
    topics: Mapping[str, ScopeState] | None = None
    """IRI of a topic of a scope list → its state; None if unknown, as for suppressions."""


def read_state(name: str | None, settings: Settings, *, judged_by: str = "") -> BaseState:
    """Read the state with a name: the folder of a build, otherwise a git revision; None: the current notes.

    A folder is looked for in the knowledge base, then in the working folder, unless a revision judges the state
    (`settings.trusted`): then only a revision is meant, `judged_by` is that revision's display name, and where the state's own
    files differ from its files, that is a finding. Raises UsageError if the name is neither.
    """
    if name is None:
        return _assessed(NOW, settings, knowledge.How(cache=settings.cache), judged_by)
    # A folder that comes with the change and has the name of a revision must not stand for it.
    folders = () if settings.trusted else (settings.root / name, Path(name))
    for folder in folders:
        if is_file(folder / MARKER):
            return _built(name, folder)
    repository = find_repository(settings.root)
    commit = repository.commit_of(name) if repository is not None else None
    if repository is None or commit is None:
        is_named = any(map(is_folder, folders))
        problem = f"'{name}' is a folder without a build" if is_named else f"'{name}' is neither a build nor a git revision"
        raise UsageError(problem, hint="give the output folder of a build, or a commit, branch or tag such as HEAD~1")
    # start time: needed only here
    from kg.knowledge.earlier import laid_out

    with laid_out(settings, name, repository, commit) as own:
        return _assessed(f"{name} ({commit[:10]})", own, knowledge.How(cache=settings.cache, memo=False), judged_by)


def _assessed(name: str, settings: Settings, how: knowledge.How, judged_by: str) -> BaseState:
    assessment = knowledge.KnowledgeBase(settings, how).assessment
    keys = {iri: r.key for iri, r in assessment.relations.items()}
    measures = {m.name: (m.value, m.unit) for m in assessment.measures}
    suppressions = tuple(
        Suppression(path, i.line, i.codes, i.reason, i.target == 0)
        for path, note in sorted(assessment.corpus.notes.items())
        for i in note.ignores
    )
    corpus = assessment.corpus
    relations = _relations(assessment.network, keys)
    topics = {t.iri: ScopeState(scope.key, t.label, not t.lacks) for scope in assessment.lists for t in scope.topics}
    for a in corpus.foreign_assertions:
        if a.predicate in keys and a.object in corpus.foreign:
            relations.setdefault(StatedRelation(a.subject, keys[a.predicate], a.object), f"{a.path}:{a.line}")
    foreign = _foreign(settings, corpus.foreign)
    findings = (*assessment.findings, *knowledge.find_trusted_changes(settings, judged_by))
    return BaseState(name, corpus.concepts, relations, measures, findings, foreign, suppressions, topics)


def _foreign(settings: Settings, linked: Mapping[str, ForeignConcept]) -> Mapping[str, ForeignConcept]:
    """The foreign concepts of a state; what a revision didn't pin is as it is now."""
    if settings.copy_of is None or not linked:
        return linked
    pinned = read_foreign(settings).pinned
    return {iri: pinned.get(c.base, {}).get(c.id, c) for iri, c in linked.items()}


def _built(name: str, folder: Path) -> BaseState:
    # start time: needed only by callers of this function
    from kg.graph.built import read_findings, read_measures
    from kg.graph.concepts import concepts_of, vocabulary_of
    from kg.network import project_network

    graph, _ = knowledge.open_build(folder)
    vocabulary = vocabulary_of(graph)
    network = project_network(graph, vocabulary.relations)
    measures = {m.name: (m.value, m.unit) for m in read_measures(folder)}
    findings = read_findings(folder)
    keys = {iri: r.key for iri, r in vocabulary.relations.items()}
    return BaseState(name, concepts_of(graph, vocabulary), _relations(network, keys), measures, findings)


def _relations(network: nx.MultiDiGraph[str], keys: Mapping[str, str]) -> dict[StatedRelation, str]:
    return {
        StatedRelation(source, keys.get(iri, iri), target): f"{data['path']}:{data['line']}" if data.get("path") else ""
        for source, target, iri, data in network.edges(keys=True, data=True)
        if data.get("asserted", True) and data.get("typed", True)
    }
