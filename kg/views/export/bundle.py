"""A knowledge base as a bundle of the Open Knowledge Format: a file for each concept, `index.md`, `log.md`.

A bundle is written unchanged. The notes of another tool get front matter of the format, with all their other keys, and the
links that the format has.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import yaml

from kg.base.configurations import OKFIGNORE
from kg.base.names import LINKS_TO, one_line, page_name
from kg.model import Artifact, Concept, Corpus, Note
from kg.notes import escaped_paragraph
from kg.notes.dialect import Dialect
from kg.notes.okf import INDEX, LOG, RESERVED
from kg.notes.okf.fields import STATUSES
from kg.views.export.bundle_bodies import BodyLinks, names_foreign, write_body
from kg.views.export.bundle_lists import ListedFile, folder_indexes, history_log, merge_logs
from kg.views.export.note_schema import READ_KEYS

_OWN: Final = frozenset(("type", "title", "description", "tags", "tag", "sources", "source", "status"))
"""Keys that are written again."""
_READ: Final = READ_KEYS.keys() | {"alias", "tag", "source", "summary", "as-of", "reviewed", "evidence", "checks", "timestamp"}
"""Keys that mean something in a bundle too, besides relations: written in lower case, since keys of bundles are exact."""
_DRAFTS: Final = frozenset(("草稿", "草案"))
"""Values of ``status`` that mean a draft, besides the format's own."""


class BundleInput(NamedTuple):
    """What is exported."""

    corpus: Corpus
    dialect: Dialect
    read: Callable[[str], bytes]
    """Returns the bytes of a note or of a file beside the notes. Raises OSError."""
    text_of: Callable[[str], str]
    """Returns the text of a note without what its author hid, each byte at its place."""
    keys: Mapping[str, str]
    """IRI of a relation → its key."""
    kinds: Mapping[str, str]
    """Key of a class → its label."""
    changed: Mapping[str, tuple[str, bool]]
    """Id of a concept → the day of its last change, and whether it was new then."""
    ignore_file: bytes = b""
    """The content of `.okfignore`; empty if there is none."""
    earlier_log: bytes = b""
    """The history in an earlier export."""
    title: Mapping[str, str] = MappingProxyType({})
    """The title of the knowledge base in the settings, by language."""


def bundle_files(source: BundleInput) -> Iterator[Artifact]:
    """Yield the files of a bundle, sorted by path. Raises OSError if a note can't be read."""
    exported = _Bundle(source)
    yield from sorted(exported.files(), key=lambda artifact: artifact.path)


class _Bundle:
    def __init__(self, source: BundleInput) -> None:
        self.source, self.corpus = source, source.corpus
        self.read_keys = _READ | set(source.keys.values())
        self.paths = _paths(source.corpus)
        """Path of a note → path in the bundle."""
        self.links = BodyLinks(source.corpus, self.paths, source.keys)
        self.relations = self._relations()
        """Path of a note → key of a relation → what its concept has this relation to."""

    def _relations(self) -> Mapping[str, Mapping[str, list[str]]]:
        by_path: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for a in (*self.corpus.assertions, *self.corpus.foreign_assertions):
            own = self.corpus.concept_of.get(a.path) == a.subject  # a diagram may be about others
            link = self._link_to(a.object)
            if own and a.predicate != LINKS_TO and a.predicate in self.source.keys and link:
                items = by_path[a.path][self.source.keys[a.predicate]]
                if link not in items:
                    items.append(link)
        for path, relations in by_path.items():
            for written in self.links.of(path):
                key = (written.link.relation or "").lower()
                stated = written.link.context != "front-matter" or self.links.states_relation(path, written.link)
                # One of several values that leads to no concept would be lost with the list that is written again.
                name = f"[[{written.link.target}]]" if names_foreign(written) else written.link.target
                if key in relations and not stated and name not in relations[key]:
                    relations[key].append(name)
        return by_path

    def _path_of(self, concept: Concept) -> str:
        return self.paths.get(concept.path) or f"{page_name(concept.id)}.md"

    def _link_to(self, iri: str) -> str:
        """Return what names a concept in front matter; a foreign one has no path, so its name stays in double brackets."""
        own, foreign = self.corpus.concepts.get(iri), self.corpus.foreign.get(iri)
        if own is not None:
            return f"/{self._path_of(own)}"
        return f"[[{foreign.name}]]" if foreign is not None else ""

    def files(self) -> Iterator[Artifact]:
        if self.source.dialect.okf:
            yield from (Artifact(path, self.source.read(path)) for path in self.corpus.notes)
        else:
            for path, target in self.paths.items():
                yield Artifact(target, self._note(path))
            for concept in self.corpus.concepts.values():
                if concept.path not in self.corpus.notes:
                    yield Artifact(self._path_of(concept), self._entry(concept))
        used = {self.links.file_of(link) for link in self.corpus.links}
        for name in self.corpus.attachments:
            if self._is_okf() or name in used:
                yield Artifact(name, self.source.read(name))
        if self.source.ignore_file and OKFIGNORE not in self.corpus.attachments:
            yield Artifact(OKFIGNORE, self.source.ignore_file)
        listed = list(self._listed())
        yield from (
            index
            for index in folder_indexes(listed, _joined(self.source.title))
            if index.path not in self.corpus.notes or not self._is_okf()
        )
        if not (self._is_okf() and LOG in self.corpus.notes) and (log := self._log()):
            yield Artifact(LOG, log)

    def _is_okf(self) -> bool:
        return self.source.dialect.okf

    def _log(self) -> bytes:
        days = {}
        for concept in self.corpus.concepts.values():
            if concept.id in self.source.changed:
                days[self._path_of(concept)] = (concept.label("en"), *self.source.changed[concept.id])
        log = history_log(days)
        return merge_logs(self.source.earlier_log, log) if self.source.earlier_log else log

    def _listed(self) -> Iterator[ListedFile]:
        for concept in self.corpus.concepts.values():
            if concept.path not in self.corpus.notes:
                yield ListedFile(
                    self._path_of(concept), concept.label("en"), self._kind(concept), _written(concept.definition("en"))
                )
        for path, target in self.paths.items():
            note, described = self.corpus.notes[path], self._concept(path)
            if self._is_okf() and note.role != "concept":
                continue
            title = described.label(_language(note)) if described else next(iter(note.labels.values()), target)
            yield ListedFile(target, title, self._kind(described) if described else "Page", _description(note, described))

    def _concept(self, path: str) -> Concept | None:
        iri = self.corpus.concept_of.get(path)
        return self.corpus.concepts.get(iri) if iri is not None else None

    def _kind(self, concept: Concept) -> str:
        stated = concept.provenance.type if concept.provenance else ""
        return stated or self.source.kinds.get(concept.type) or "Concept"

    def _note(self, path: str) -> bytes:
        note, concept = self.corpus.notes[path], self._concept(path)
        front: dict[str, object] = {"type": self._kind(concept) if concept else "Page", "title": _title(note)}
        if description := _description(note, concept):
            front["description"] = description
        if concept is not None:
            front |= _stated(concept, note)
        relations = self.relations.get(path, {})
        stated = (link for link in note.links if link.context == "front-matter" and self.links.states_relation(path, link))
        taken = {*_OWN, *relations, *(link.relation.lower() for link in stated if link.relation)}
        for key, value in note.metadata.items():
            if key not in taken and (key not in self.read_keys or value not in (None, "", [], {})):
                name = key if key in self.read_keys else note.spelled.get(key, key)
                front[name if name not in front else f"{name}-stated"] = value
        front |= {key: relations[key] for key in sorted(relations)}
        text = self.source.text_of(path).encode("utf-8", "replace")
        body = write_body(note, text, self.source.dialect, self.links).lstrip(b"\r\n")
        return _front_matter(front) + (b"\n" + body if body else b"")

    def _entry(self, concept: Concept) -> bytes:
        front: dict[str, object] = {"type": self._kind(concept), "title": _joined(concept.labels)}
        if text := concept.definition("en"):
            front["description"] = _written(text)
        front |= _stated(concept, None)
        if concept.alt_labels:
            front["aliases"] = [text for text, _ in concept.alt_labels]
        for a in (*self.corpus.assertions, *self.corpus.foreign_assertions):
            if a.subject == concept.iri and a.predicate in self.source.keys and (link := self._link_to(a.object)):
                items = front.setdefault(self.source.keys[a.predicate], [])
                if isinstance(items, list) and link not in items:
                    items.append(link)
        return _front_matter(front) + f"\n# {one_line(_joined(concept.labels))}\n".encode()


def _paths(corpus: Corpus) -> dict[str, str]:
    """Return the path of each exported note in the bundle: its own, unless that is reserved or has another ending."""
    paths: dict[str, str] = {}
    taken: set[str] = set()
    for path, note in corpus.notes.items():
        folder, name = posixpath.split(path)
        if note.role:
            paths[path] = path
            continue
        if path not in corpus.concept_of and (note.template or name.lower() in (INDEX, "_index.md", LOG)):
            continue
        target = posixpath.splitext(path)[0] + ".md"
        if posixpath.basename(target).lower() in RESERVED or name.lower() == "_index.md":
            target = f"{folder}.md" if folder and name.lower() != LOG else posixpath.join(folder, f"{name[:-3]}-page.md")
        stem, number = target[:-3], 2
        while target.lower() in taken or target.lower() in {p.lower() for p in (corpus.notes if target != path else ())}:
            target = f"{stem}-{number}.md"
            number += 1
        taken.add(target.lower())
        paths[path] = target
    return paths


def _title(note: Note) -> str:
    title = note.metadata.get("title")
    return one_line(title) if isinstance(title, str) and title.strip() else _joined(note.labels)


def _joined(labels: Mapping[str, str]) -> str:
    """Return labels as one title, which is read as both labels again.

    >>> _joined({"zh": "服务网格", "en": "Service Mesh"}), _joined({"en": "Raft"})
    ('服务网格 / Service Mesh', 'Raft')
    """
    if {"zh", "en"} <= labels.keys():
        return f"{one_line(labels['zh'])} / {one_line(labels['en'])}"
    return one_line(next(iter(labels.values()), ""))


def _language(note: Note) -> str:
    """The language in which a note is described: English, or that of its title if it has no English one."""
    return "en" if "en" in note.labels else next(iter(note.labels), "en")


def _description(note: Note, concept: Concept | None) -> str:
    """The description of a note and of its entry in the index; each translation has its own."""
    return _written(concept.definition(_language(note)) if concept else note.lead)


def _written(text: str) -> str:
    """A definition as Markdown on one line, which is read as this definition again."""
    return escaped_paragraph(one_line(text))


def _stated(concept: Concept, note: Note | None) -> dict[str, object]:
    front: dict[str, object] = {}
    if concept.tags:
        front["tags"] = list(concept.tags)
    stated = note.metadata.get("sources") if note is not None else None
    if isinstance(stated, list) and all(isinstance(item, Mapping) for item in stated) and stated:
        front["sources"] = stated
    elif concept.sources:
        front["sources"] = [{"id": f"source-{n}", "resource": s} for n, s in enumerate(concept.sources, 1)]
    written = note.metadata.get("status") if note is not None else None
    if concept.status:
        front["status"] = _status(concept)
    if (original := concept.status or written) and original != front.get("status"):
        front["editorial_status"] = original
    return front


def _status(concept: Concept) -> str:
    """Return the status of the format (§5.4) that a status means; ``stable`` for one that the format doesn't have.

    >>> concepts = [Concept("x:a", "a", "a.md", {}, (), "", "", "", {}, (), (), s) for s in ("Draft", "草稿", "弃用", "final")]
    >>> [_status(concept) for concept in concepts]
    ['draft', 'draft', 'deprecated', 'stable']
    """
    if concept.is_deprecated:
        return "deprecated"
    status = concept.status.lower()
    if status in _DRAFTS:
        return "draft"
    return status if status in STATUSES else "stable"


def _front_matter(front: Mapping[str, object]) -> bytes:
    text = yaml.dump(dict(front), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 20, default_flow_style=False)
    return f"---\n{text}---\n".encode("utf-8", "replace")


class _Dumper(yaml.SafeDumper):
    """YAML without anchors, which other readers may not know."""

    def ignore_aliases(self, data: object) -> bool:  # the interface of PyYAML
        return True
