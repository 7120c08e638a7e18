"""Scope lists: adding one as a Markdown check list, and an author's decisions on which concepts cover its topics."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import pyoxigraph as ox

from kg.base import files
from kg.base.about import ontology_folder
from kg.base.errors import ExistsError, UnknownNameError, UsageError
from kg.base.names import github_anchor, iri_path
from kg.base.notefile import create_note, swap_file
from kg.base.settings import Settings
from kg.graph.scope_lists import Scope, decode_list, parse_scope, render_scope, scope_iri, with_facts
from kg.graph.scope_mapping import MAPPING, MappingRow, read_decisions, with_decisions
from kg.graph.scopes import ENDINGS, FOLDER, scopes_in
from kg.graph.vocabulary import read_turtle
from kg.knowledge.base import KnowledgeBase, open_base
from kg.model import Concept, TopicState

_NEAR = 3


class TopicProposal(NamedTuple):
    """A concept that may cover a topic, by its names."""

    list: str
    topic: TopicState
    slug: str
    """What a mapping calls the topic."""
    concept: str
    """What a mapping calls the concept: its id, or its IRI if that doesn't follow from the id."""
    name: str
    likeness: float
    """Between 0 and 1; 1 if both have the same name."""

    @property
    def id(self) -> str:
        """What a decision names."""
        return f"{self.list}/{self.slug}={self.concept}"


class MappingEdit(NamedTuple):
    """A mapping before and after decisions."""

    path: Path
    before: bytes
    after: bytes
    decisions: int


def add_scope(
    settings: Settings, name: str, facts: Mapping[str, str], *, as_name: str = "", encoding: str = ""
) -> tuple[Path, Scope]:
    """Write a list into `ontology/scope/` as a Markdown check list, from a file or from the lists that kg ships.

    `facts`: title, source, edition and area that replace those of the file. Raises UsageError if there is no such list, if it
    can't be read, or if one of that name is there.
    """
    path = files.without_parents(Path(name))
    scope = with_facts(_read_scope(path, encoding) if path.suffix or files.is_file(path) else _read_shipped(name), facts)
    key = github_anchor(as_name or unquote(scope.key)).strip("-") or "list"
    target = settings.ontology / FOLDER / f"{key}.md"
    there = next((p for ending in ENDINGS if files.is_there(p := target.with_suffix(ending))), None)
    try:
        if there is None:
            create_note(target, render_scope(scope).encode(), inside=settings.writable)
            return target, scope
    except ExistsError:
        there = target
    raise UsageError(f"there is a list called {key}: {there}", hint=f"kg scope add {shlex.quote(name)} --name {key}-2")


def _read_scope(path: Path, encoding: str) -> Scope:
    """Read the list of a file that a person named."""
    if not files.is_file(path):
        raise UsageError(f"there is no file {path}", hint=f"kg ships these lists: {', '.join(sorted(shipped_lists()))}")
    if path.suffix == ".ttl":
        return _read_turtle_scope(path)
    if path.suffix.lower() not in ENDINGS:
        hint = "save it as CSV or as a Markdown check list"
        raise UsageError(f"{path} is not a list: lists end in {', '.join(ENDINGS)}", hint=hint)
    try:
        data = files.read(path, files.SMALL, named=True)
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="may you read it?") from None
    scope = parse_scope(path, decode_list(path, data, encoding or "utf-8"), "", path.stem)
    if scope is None:
        raise UsageError(f"{path} has no check list", hint="write '- [ ] Topic / 主题', one a line")
    return scope


def _read_turtle_scope(path: Path) -> Scope:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in read_turtle(path))
    scopes = scopes_in(store)
    if len(scopes) != 1:
        hint = f"copy it: cp {path} ontology/{FOLDER}/"
        raise UsageError(f"{path} has {len(scopes)} scope lists (kg:Scope), not one", hint=hint)
    return scopes[0]


def shipped_lists() -> dict[str, Path]:
    """Return the files of the lists that kg ships, by name."""
    return {path.stem: path for path in files.entries(ontology_folder() / FOLDER, ".ttl") if path.stem != "mapping"}


def _read_shipped(name: str) -> Scope:
    shipped = shipped_lists()
    if name not in shipped:
        near = difflib.get_close_matches(name.lower(), shipped, _NEAR, 0.5)
        commands = "\n    ".join(f"kg scope add {key}" for key in near)
        names = ", ".join(sorted(shipped))
        raise UsageError(
            f"there is no file and no list that kg ships called '{name}'",
            hint=f"did you mean: {commands}" if near else f"lists that kg ships: {names}",
        )
    return _read_turtle_scope(shipped[name])


def propose_topics(base: KnowledgeBase, key: str = "") -> list[TopicProposal]:
    """Return concepts with names similar to those of topics without a concept, in either language, list by list, best first.

    What was rejected isn't proposed again. Raises UsageError if there is no such list.
    """
    settings = base.settings
    lists = {unquote(topics.key): topics for topics in base.assessment.lists}
    if key and key not in lists:
        near = difflib.get_close_matches(key, lists, _NEAR, 0.5) or sorted(lists)
        raise UsageError(f"there is no list '{key}'", hint=f"lists: {', '.join(near)}" if near else "kg scope add FILE")
    decided = read_decisions(settings.ontology / FOLDER, settings.base)
    concepts = base.corpus.concepts
    return [
        TopicProposal(
            name, topic, _slug(settings, name, topic.iri), _written(settings, concepts[near.iri]), near.name, near.likeness
        )
        for name, topics in lists.items()
        if not key or name == key
        for topic in topics.topics
        if not topic.concepts
        for near in topic.near
        if (topic.iri, near.iri) not in decided
    ]


def _slug(settings: Settings, key: str, iri: str) -> str:
    start = scope_iri(settings.base, key) + "/"
    return unquote(iri.removeprefix(start)) if iri.startswith(start) else iri


def _written(settings: Settings, concept: Concept) -> str:
    return concept.id if concept.iri == f"{settings.base}concept/{iri_path(concept.id)}" else concept.iri


def decide_topics(
    settings: Settings, accepted: Sequence[str], rejected: Sequence[str], *, least: float | None = None
) -> MappingEdit:
    """Return the mapping with decisions, which `write_mapping` writes.

    Decisions are ids of proposals, ``LIST/TOPIC`` for the most similar concept, or any ``LIST/TOPIC=CONCEPT``. With `least`,
    the best proposal of each topic is accepted if it is at least so similar. Raises UsageError for what is unknown.
    """
    base = open_base(settings)
    proposals = propose_topics(base)
    best: dict[str, TopicProposal] = {}
    for p in proposals:
        best.setdefault(f"{p.list}/{p.slug}", p)
    rows = [_row(base, best, name, met=True) for name in accepted]
    rows += [_row(base, best, name, met=False) for name in rejected]
    if least is not None:
        rows += [MappingRow(0, p.list, p.slug, p.concept, True) for p in best.values() if p.likeness >= least]
    path = settings.ontology / FOLDER / MAPPING
    before = files.read(path, files.SMALL) if files.is_there(path) else b""
    text = decode_list(path, before)
    after = with_decisions(text, rows) if rows else text
    data = after.replace("\n", "\r\n").encode() if b"\r\n" in before else after.encode()
    return MappingEdit(path, before, data if rows else before, len(rows))


def write_mapping(settings: Settings, edit: MappingEdit) -> None:
    """Write a mapping. Raises ChangedError if it has changed since it was read."""
    swap_file(edit.path, edit.before, edit.after, inside=settings.writable)


def _row(base: KnowledgeBase, best: Mapping[str, TopicProposal], name: str, *, met: bool) -> MappingRow:
    topic, _, concept = name.partition("=")
    key, _, slug = topic.partition("/")
    settings = base.settings
    topics = {f"{unquote(t.key)}/{_slug(settings, unquote(t.key), s.iri)}" for t in base.assessment.lists for s in t.topics}
    if topic not in topics:
        raise UnknownNameError(
            f"there is no topic '{topic}'",
            topic,
            _near(topic, topics),
            otherwise="'kg scope map' lists those without a concept",
        )
    if not concept:
        if topic not in best:
            raise UsageError(f"no concept has a name like that of '{topic}'", hint=f"name it: {topic}=CONCEPT")
        return MappingRow(0, key, slug, best[topic].concept, met)
    ids = {c.id: _written(settings, c) for c in base.corpus.concepts.values()}
    if concept not in ids and concept not in ids.values():
        raise UnknownNameError(
            f"there is no concept '{concept}'", concept, _near(concept, ids), otherwise="'kg ls' lists concepts"
        )
    return MappingRow(0, key, slug, ids.get(concept, concept), met)


def _near(name: str, names: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, list(names), _NEAR, 0.6)
