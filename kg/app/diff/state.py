"""A state to compare: read from a build's folder, from a git revision (in memory), or from the current notes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import networkx as nx

from kg import knowledge
from kg.base.errors import UsageError
from kg.base.files import is_file, is_folder
from kg.base.process.git import Repository, find_repository
from kg.base.process.revisions import lay_out
from kg.base.setting_sources import FILE
from kg.base.settings import Settings, load_settings
from kg.base.staging import MARKER
from kg.knowledge import Progress
from kg.model import Concept, Finding

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
    suppressions: tuple[Suppression, ...] | None = None
    """The suppressions; None if unknown, since the output of a build doesn't contain them."""


def read_state(name: str | None, settings: Settings, progress: Progress = lambda _what, _done, _total: None) -> BaseState:
    """Read the state with a name: the folder of a build, otherwise a git revision; None: the current notes.

    A folder is looked for in the knowledge base, then in the working folder. Raises UsageError if the name is neither.
    """
    if name is None:
        return _assessed(NOW, settings, knowledge.How(cache=settings.cache), progress)
    folders = (settings.root / name, Path(name))
    for folder in folders:
        if is_file(folder / MARKER):
            return _built(name, folder)
    repository = find_repository(settings.root)
    commit = repository.commit_of(name) if repository is not None else None
    if repository is None or commit is None:
        is_named = any(map(is_folder, folders))
        problem = f"{name} is a folder without a build" if is_named else f"'{name}' is no build and no git revision"
        raise UsageError(problem, hint="give the output folder of a build, or a commit, branch or tag such as HEAD~1")
    return _at(name, repository, commit, settings, progress)


def _assessed(name: str, settings: Settings, how: knowledge.How, progress: Progress) -> BaseState:
    assessment = knowledge.KnowledgeBase(settings, how, progress=progress).assessment
    keys = {iri: r.key for iri, r in assessment.relations.items()}
    measures = {m.name: (m.value, m.unit) for m in assessment.measures}
    suppressions = tuple(
        Suppression(path, i.line, i.codes, i.reason, i.target == 0)
        for path, note in sorted(assessment.corpus.notes.items())
        for i in note.ignores
    )
    relations = _relations(assessment.network, keys)
    return BaseState(name, assessment.corpus.concepts, relations, measures, assessment.findings, suppressions)


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


def _at(name: str, repository: Repository, commit: str, settings: Settings, progress: Progress) -> BaseState:
    """Read the knowledge base of a revision, after extracting its files to a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="kg-diff-") as temporary:
        folder = Path(temporary).resolve() / "at"
        folder.mkdir()
        lay_out(repository, commit, folder)
        notes = _moved(settings, folder)
        own = load_settings(folder, notes=notes, overrides=settings.overrides)
        if not any(n.is_dir() for n in own.notes):
            raise UsageError(
                f"at {name} there are no notes in {', '.join(n.name for n in own.notes)}",
                hint=f"was there a {FILE} with other folders? give them with --notes",
            )
        for path in (*own.notes, *own.thesauri):
            if not Path(os.path.realpath(path)).is_relative_to(folder):
                raise UsageError(f"at {name}, {FILE} names notes outside of it: {path.name}", hint="give them with --notes")
        own = replace(own, title=own.title or settings.title)
        return _assessed(f"{name} ({commit[:10]})", own, knowledge.How(cache=settings.cache, memo=False), progress)


def _moved(settings: Settings, folder: Path) -> tuple[Path, ...]:
    """The notes folders of the command line inside the extracted revision; empty if the settings define them."""
    if settings.notes == load_settings(settings.root, overrides=settings.overrides).notes:
        return ()
    try:
        return tuple(folder / n.relative_to(settings.root) for n in settings.notes)
    except ValueError:
        raise UsageError(
            "notes outside of the knowledge base are in no revision of it", hint="give -C the folder that holds them"
        ) from None
