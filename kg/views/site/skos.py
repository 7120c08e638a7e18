"""What SKOS says of a concept, as its page shows it: notations, notes, mappings, replacement, schemes and collections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from kg.base.names import local_name
from kg.model import SkosConcept, SkosGroup, SkosText, text_in
from kg.views.page import View, paths
from kg.views.site.groups import group_label, group_path


class TextGroup(NamedTuple):
    """The notes of one kind."""

    kind: str
    """Key of its name in the catalogue."""
    rows: list[SkosText]


class MappedVocabulary(NamedTuple):
    """The mappings of one kind."""

    kind: str
    rows: list[tuple[Markup, str]]
    """Link to the other concept, and the host of its vocabulary; empty within the knowledge base."""


class SkosSection(NamedTuple):
    """Everything that the template shows."""

    iri: str
    notations: list[SkosText]
    notes: list[TextGroup]
    mappings: list[MappedVocabulary]
    labels: list[SkosText]
    schemes: list[Markup]
    groups: list[Markup]
    deprecated: bool
    replaced_by: list[Markup]
    replaces: list[Markup]
    foreign: bool
    """Whether the IRI is one of another vocabulary."""


def skos_of_concept(view: View, address: str, iri: str) -> SkosSection | None:
    """Return what the page of a concept shows; None if SKOS says nothing more of it."""
    skos = view.assessment.skos
    concept = skos.concepts.get(iri)
    own = view.assessment.corpus.concepts[iri]
    foreign = own.path not in view.assessment.corpus.notes
    if concept is None and not foreign:
        return None
    concept = concept or SkosConcept()
    return SkosSection(
        iri,
        [t for t in concept.texts if t.kind == "notation"],
        text_groups(view, (t for t in concept.texts if t.kind not in ("notation", "hiddenLabel"))),
        list(_mappings(view, address, concept)),
        list(concept.labels),
        [scheme_link(view, address, s, top=s in concept.tops) for s in concept.schemes],
        [link_group(view, address, g) for g in concept.groups],
        concept.deprecated,
        [link_resource(view, address, other) for other in concept.replaced_by],
        [link_resource(view, address, other) for other in concept.replaces],
        foreign,
    )


def digest_skos(view: View, iri: str) -> object:
    """Return everything that determines the result of `skos_of_concept`, in a form that can be printed."""
    skos = view.assessment.skos
    concept = skos.concepts.get(iri)
    if concept is None:
        return None
    named = (*concept.replaced_by, *concept.replaces, *(m.iri for m in concept.mappings))
    groups = [(g, skos.groups[g].labels) for g in (*concept.schemes, *concept.groups) if g in skos.groups]
    return concept, groups, [(other, view.label(other), view.page_of(other)) for other in named]


def text_groups(view: View, texts: Iterable[SkosText]) -> list[TextGroup]:
    """Return notes by kind, those in the view's language first."""
    groups = []
    for kind, rows in groupby(texts, key=lambda t: t.kind):
        ordered = sorted(rows, key=lambda t: (t.lang.split("-")[0] != view.lang.split("-")[0], t.lang, t.text))
        groups.append(TextGroup(kind, [t._replace(lang=t.lang if t.lang != view.lang else "") for t in ordered]))
    return groups


def _mappings(view: View, address: str, concept: SkosConcept) -> Iterator[MappedVocabulary]:
    for kind, mappings in groupby(concept.mappings, key=lambda m: m.kind):
        rows = []
        for mapping in mappings:
            host = "" if view.concept(mapping.iri) else urlsplit(mapping.iri).netloc
            rows.append((link_resource(view, address, mapping.iri, mapping.label), host))
        yield MappedVocabulary(kind, rows)


def link_resource(view: View, address: str, iri: str, label: str = "") -> Markup:
    """Return a link to a concept's page, or to a resource elsewhere: nothing is loaded from there."""
    if view.concept(iri) is not None:
        return view.link(address, iri)
    text = label or local_name(iri) or iri
    if urlsplit(iri).scheme not in ("http", "https"):
        return Markup("<code>{}</code>").format(iri)
    return Markup('<a href="{}" title="{}" rel="noopener noreferrer">{}</a>').format(iri, iri, text)


def link_group(view: View, address: str, iri: str) -> Markup:
    """Return a link to the page of a scheme or a collection."""
    group = view.assessment.skos.groups.get(iri)
    if group is None:
        return link_resource(view, address, iri)
    href = paths.relative(address, view.path(group_path(iri)))
    label, lang = group_label(view, group)
    attribute = Markup(' lang="{}"').format(lang) if lang else ""
    return Markup('<a href="{}"{}>{}</a>').format(href, attribute, label)


def scheme_link(view: View, address: str, iri: str, *, top: bool) -> Markup:
    """Return a link to a scheme, which tells whether the concept is one of its top concepts."""
    mark = Markup(' <span class="tag">{}</span>').format(view.words("top-concept")) if top else escape("")
    return link_group(view, address, iri) + mark


def group_texts(view: View, group: SkosGroup) -> list[TextGroup]:
    """Return the definition and the notes of a scheme or collection."""
    return text_groups(view, group.texts)


def label_in(group: SkosGroup, lang: str) -> str:
    """Return the label of a group in a language, else in English, else in any, else its name in the IRI."""
    return text_in(group.labels, lang) or local_name(group.iri.rstrip("/#")) or group.iri
