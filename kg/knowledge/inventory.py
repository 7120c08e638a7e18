"""The inventory of a build: its concepts and typed relations in one file, by which other knowledge bases use them.

Who reads one doesn't know who wrote it: only data of exactly this form is read, and nothing of anything else is shown.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal
from urllib.parse import quote

import msgspec

from kg.base.formats import FormatError
from kg.base.formats.json_text import read_typed
from kg.base.formats.sphinx_inventory import HEADER, read_sphinx_inventory
from kg.base.json_forms import json_compact
from kg.base.names import LINKS_TO, PREFIXES, language_of, one_line
from kg.base.settings import Settings
from kg.graph.quads import is_iri
from kg.knowledge.uses import INVENTORY
from kg.model import Artifact, Corpus, ForeignBase, ForeignConcept, ForeignRelation

_MOST: Final = 1_000_000
"""Maximum number of concepts, and of relations."""
_WEB: Final = re.compile(r"https?://[^\x00-\x20<>\"{}|\\^`\x7f-\xa0]{1,2000}")
_LONGEST_NAME: Final = 1_000
_LONGEST_TEXT: Final = 20_000
_MOST_NAMES: Final = 1_000
_RESERVED: Final = tuple(PREFIXES.values())


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    id: str
    iri: str
    labels: dict[str, str]
    alt: list[str] = []
    definitions: dict[str, str] = {}
    page: str = ""
    status: str = ""
    former: list[str] = []


class _Inventory(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    format: Literal["kg-inventory"]
    version: Literal[1]
    base: str
    site: str = ""
    concepts: list[_Entry]
    relations: list[ForeignRelation] = []


def render_inventory(settings: Settings, corpus: Corpus) -> Artifact:
    """Return `inventory.json`: a function of the notes' own concepts and relations, and of no other knowledge base's texts.

    So two knowledge bases that use each other come to rest. Plans and plain links aren't in it.
    """
    # start time: only a build needs it
    from kg.views.page import paths

    entries = [
        _Entry(
            id=c.id,
            iri=c.iri,
            labels=dict(c.labels),
            alt=sorted({text for text, _ in c.alt_labels}),
            definitions=dict(c.definitions),
            page=quote(paths.concept_path(c.id, "", ())),
            status=c.status,
            former=list(c.former_ids),
        )
        for c in corpus.concepts.values()
    ]
    stated = {a[:3] for a in (*corpus.assertions, *corpus.foreign_assertions) if a.predicate != LINKS_TO}
    # One row for each, so that a change of one concept is one line of a difference.
    rows = ",\n".join(json_compact(msgspec.to_builtins(entry)) for entry in entries)
    relations = ",\n".join(json_compact(row) for row in sorted(stated))
    head = json_compact({"format": "kg-inventory", "version": 1, "base": settings.base, "site": settings.site.url})
    text = f'{head[:-1]},"concepts":[\n{rows}\n],"relations":[\n{relations}\n]}}\n'
    return Artifact(INVENTORY, text.encode("utf-8", "replace"))


def read_inventory(name: str, source: str, data: bytes, site: str = "", own: str = "") -> ForeignBase:
    """Return the knowledge base of an inventory of kg or Sphinx. Raises FormatError, which quotes nothing of the data.

    `own` is the prefix of the reader's IRIs: a concept with one that means something else there is left out.
    """
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(HEADER[:20]):
        concepts = {c.id: c for c in _of_sphinx(name, data, site)}
        return ForeignBase(name, source, "", digest, dict(sorted(concepts.items())))
    try:
        inventory = read_typed(data, _Inventory)
    except FormatError as error:
        raise FormatError("it is not an inventory of a build", limit=error.limit) from None
    if max(len(inventory.concepts), len(inventory.relations)) > _MOST:
        raise FormatError(f"an inventory with more than {_MOST:,} concepts or relations", limit="nodes")
    concepts = {}
    for entry in inventory.concepts:
        if entry.id not in concepts and _is_free(entry.iri, own) and _is_name(entry.id):
            concepts[entry.id] = _concept(name, entry, site or inventory.site)
    relations = tuple(row for row in inventory.relations if all(map(is_iri, row)))
    return ForeignBase(name, source, inventory.base, digest, dict(sorted(concepts.items())), relations)


def _concept(name: str, entry: _Entry, site: str) -> ForeignConcept:
    page = f"{site.rstrip('/')}/{entry.page.lstrip('/')}" if site and entry.page else entry.iri
    return ForeignConcept(
        iri=entry.iri,
        id=entry.id,
        base=name,
        labels=_by_language(entry.labels, _LONGEST_NAME) or {"": entry.id},
        alt_labels=tuple(filter(None, (one_line(text[:_LONGEST_NAME]) for text in entry.alt[:_MOST_NAMES]))),
        definitions=_by_language(entry.definitions, _LONGEST_TEXT),
        address=page if _WEB.fullmatch(page) and is_iri(page) else "",
        status=one_line(entry.status[:_LONGEST_NAME]),
        former_ids=tuple(filter(_is_name, entry.former[:_MOST_NAMES])),
    )


def _is_name(text: str) -> bool:
    """Whether a text can be an id: links name concepts by it, and people see it."""
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()


def _is_free(iri: str, own: str) -> bool:
    """Whether a foreign concept may have an IRI: it is valid, no term of a vocabulary, and no other resource of the reader."""
    if not is_iri(iri) or iri.startswith(_RESERVED):
        return False
    return not own or not iri.startswith(own) or iri.startswith(f"{own}concept/")


_TAG: Final = re.compile(r"(?:[a-z]{2,3}(?:-[a-z0-9]{1,8})*)?")


def _by_language(texts: Mapping[str, str], longest: int) -> dict[str, str]:
    shown = {lang: one_line(text[:longest]) for lang, text in texts.items() if _TAG.fullmatch(lang)}
    return {lang: text for lang, text in shown.items() if text}


def _of_sphinx(name: str, data: bytes, site: str) -> Iterator[ForeignConcept]:
    """Yield the objects of an inventory, a name that several have by its first kind and, as ``kind:name``, by the others."""
    if not site:
        raise FormatError('an inventory of Sphinx doesn\'t say where its pages are: write site = "https://…" beside it')
    seen: set[str] = set()
    for row in sorted(read_sphinx_inventory(data)):
        address = f"{site.rstrip('/')}/{row.address}"
        concept_id = row.name if row.name not in seen else f"{row.kind}:{row.name}"
        if not _WEB.fullmatch(address) or not is_iri(address) or not _is_name(concept_id) or concept_id in seen:
            continue
        seen.add(concept_id)
        alt = (row.name,) if row.title != row.name and concept_id == row.name else ()
        label = one_line(row.title) or row.name
        yield ForeignConcept(address, concept_id, name, {language_of(label, "en"): label}, alt, {}, address)


def digest_concept(concept: ForeignConcept) -> str:
    """Return a short digest of what another knowledge base may rely on: IRI, labels, definitions and status."""
    parts = (concept.iri, sorted(concept.labels.items()), sorted(concept.definitions.items()), concept.status)
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:16]


def foreign_relations(bases: Iterable[ForeignBase]) -> Iterator[ForeignRelation]:
    """Yield the relations that knowledge bases state, in order of their names."""
    for base in bases:
        yield from base.relations
