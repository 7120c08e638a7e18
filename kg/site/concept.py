"""The page of one concept."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from markupsafe import Markup

from kg.model import Artifact, Concept, Note
from kg.names import language_of, page_name
from kg.page import View, page, paths
from kg.page.view import source_link
from kg.site.facts import Facts
from kg.site.prose import PREFIX, prose


class Text(NamedTuple):
    """One note of a concept, rendered."""

    path: str
    html: Markup
    lang: str


def concept_page(view: View, facts: Facts, concept: Concept, text_of: Callable[[str], str]) -> Artifact:
    """The page of a concept in the view's language."""
    assessment = view.assessment
    w = view.words
    stem = page_name(concept.id)
    canonical = f"concepts/{stem}.html"
    here = view.path(canonical)
    definition = concept.definition(view.lang)
    lead, texts = _texts(view, here, concept, definition, text_of, facts)
    label = view.label(concept.iri)
    others = [(text, lang) for lang, text in sorted(concept.labels.items()) if text != label]
    measures = assessment.concepts.get(concept.iri)
    community = measures.community if measures else None
    known = {c.index for c in assessment.communities}
    definitions = [(text, lang) for lang, text in sorted(concept.definitions.items()) if text != definition]
    return page(
        view,
        canonical,
        "concept.html",
        title=label,
        section="concept",
        description=" ".join(definition.split())[:300],
        concept=concept,
        label_lang=view.label_lang(concept.iri),
        others=others,
        lead=lead,
        definition=definition,
        definition_lang=_lang_of(concept.definitions, definition, view.lang),
        definitions=definitions,
        chains=facts.chains(concept.iri),
        link=lambda iri: view.link(here, iri),
        texts=texts,
        sources=[source_link(s) for s in concept.sources],
        groups=facts.relations(view, concept.iri),
        backlinks=facts.backlinks(view, concept.iri),
        findings=[f for p in dict.fromkeys((concept.path, *concept.paths)) for f in facts.findings.get(p, ())],
        map_href=paths.relative(here, view.map_of(concept.iri) or paths.OVERVIEW_MAP),
        measures=measures,
        rank=facts.rank.get(concept.iri),
        ranked=len(facts.rank),
        depth=assessment.hierarchy.depth.get(concept.iri),
        community=(view.community(community), paths.relative(here, view.cluster_of(community)))
        if community in known and community is not None
        else None,
        stated=w("stated-at"),
    )


def _lang_of(texts: object, text: str, lang: str) -> str:
    found = next((key for key, value in texts.items() if value == text), "") if isinstance(texts, dict) else ""
    return found if found != lang else ""


def _note_lang(note: Note) -> str:
    declared = note.metadata.get("lang")
    if isinstance(declared, str) and declared:
        return declared.lower()
    return language_of(note.lead or (note.headings[0].text if note.headings else ""))


def _texts(
    view: View, here: str, concept: Concept, definition: str, text_of: Callable[[str], str], facts: Facts
) -> tuple[Markup | None, list[Text]]:
    """The concept's notes, the one in the page's language first; notes that another language's page leads with are left out."""
    notes = view.assessment.corpus.notes
    found = [(p, notes[p]) for p in dict.fromkeys((concept.path, *concept.paths)) if p in notes]
    langs = {p: _note_lang(note) for p, note in found}
    found.sort(key=lambda item: langs[item[0]].split("-")[0] != view.lang.split("-")[0])
    lead: Markup | None = None
    texts: list[Text] = []
    for path, note in found:
        if texts and langs[path] != view.lang and langs[path] in view.languages:
            continue
        prefix = PREFIX if not texts else f"n{len(texts) + 1}-"
        made = prose(
            view, here, concept, note, text_of(path), facts.links.get(path, ()),
            definition="" if texts else definition, prefix=prefix,
        )  # fmt: skip
        if not texts:
            lead = made.lead
        texts.append(Text(path, made.html, langs[path] if langs[path] != view.lang else ""))
    return lead, texts
