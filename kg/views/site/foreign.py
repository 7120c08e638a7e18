"""Relations of a concept to concepts of other knowledge bases, on its page."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from markupsafe import Markup

from kg.base.names import LINKS_TO
from kg.model import Assertion, Assessment, ForeignConcept, text_in
from kg.views.page import View


class ForeignGroup(NamedTuple):
    """The foreign concepts to which a concept has one relation."""

    label: str
    items: list[tuple[Markup, list[str]]]
    """A link to the concept where it is published, and the places of the relation."""


def foreign_by_concept(assessment: Assessment) -> dict[str, list[Assertion]]:
    """Return concept → what notes say about it and foreign concepts."""
    stated: dict[str, list[Assertion]] = defaultdict(list)
    for assertion in assessment.corpus.foreign_assertions:
        stated[assertion.subject].append(assertion)
    return stated


def foreign_groups(view: View, stated: list[Assertion]) -> list[ForeignGroup]:
    """Return the typed relations to foreign concepts by label; plain links are in the text of the page anyway."""
    foreign = view.assessment.corpus.foreign
    places: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for a in stated:
        if a.predicate != LINKS_TO and a.object in foreign:
            places[view.relation(a.predicate)][a.object].append(f"{a.path}:{a.line}")
    groups = []
    for label, ends in sorted(places.items()):
        rows = sorted(ends.items(), key=lambda end: foreign[end[0]].name)
        groups.append(ForeignGroup(label, [(foreign_link(view, foreign[iri]), sorted(set(at))) for iri, at in rows]))
    return groups


def foreign_link(view: View, concept: ForeignConcept) -> Markup:
    """Return the label of a foreign concept with the name of its knowledge base, as a link if it has an address."""
    label, lang = text_in(concept.labels, view.lang), _language(concept, view.lang)
    attribute = Markup(' lang="{}"').format(lang) if lang else ""
    title = view.words("foreign-title", base=concept.base)
    mark = Markup(' <span class="tag" title="{}">{}</span>').format(title, concept.base)
    if not concept.address:
        return Markup('<span class="outside"{}>{}</span>{}').format(attribute, label, mark)
    link = Markup('<a class="external" href="{}" rel="noopener noreferrer"{}>{}</a>{}')
    return link.format(concept.address, attribute, label, mark)


def _language(concept: ForeignConcept, lang: str) -> str:
    """The language of the label if it differs from the page's; otherwise empty."""
    if concept.labels.get(lang):
        return ""
    return "en" if concept.labels.get("en") else next(iter(concept.labels), "")
