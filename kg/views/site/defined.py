"""A concept as `schema:DefinedTerm` in its page, for search engines and other readers of structured data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from markupsafe import Markup

from kg.base.formulas import in_words
from kg.base.names import iri_path
from kg.model import Concept
from kg.views.page import View
from kg.views.page.scripts import script_json

# The context is part of the page, so that nothing must be fetched to read it.
_CONTEXT: Final = {"@vocab": "https://schema.org/", "skos": "http://www.w3.org/2004/02/skos/core#"}


def defined_term(view: View, concept: Concept) -> Markup:
    """Return JSON-LD for a script element: a data block, which browsers don't run."""
    value: dict[str, object] = {
        "@context": _CONTEXT,
        "@id": concept.iri,
        "@type": ["DefinedTerm", "skos:Concept"],
        "termCode": concept.id,
        "name": _texts((text, lang) for lang, text in sorted(concept.labels.items())),
        "alternateName": _texts(concept.alt_labels),
        "description": _texts((in_words(text), lang) for lang, text in sorted(concept.definitions.items())),
    }
    own = f"concept/{iri_path(concept.id)}"
    if concept.iri.endswith(own):
        scheme = {"@id": f"{concept.iri.removesuffix(own)}scheme", "@type": "DefinedTermSet", "name": view.title}
        value["inDefinedTermSet"] = scheme
    hierarchy = view.assessment.hierarchy
    for name, related in (("skos:broader", hierarchy.parents), ("skos:narrower", hierarchy.children)):
        value[name] = [{"@id": iri} for iri in related.get(concept.iri, ())]
    return Markup(script_json({key: content for key, content in value.items() if content}))  # noqa: S704  # escaped


def _texts(texts: Iterable[tuple[str, str]]) -> list[object]:
    return [{"@value": text, "@language": lang} if lang else text for text, lang in texts]
