"""The learning path page, and the data of its script, shared by all languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kg.base.json_forms import json_compact, json_line
from kg.base.names import page_name
from kg.model import Artifact, Assessment
from kg.network.learning import BACK, COSTS
from kg.views.page import PageHead, View, asset, page, paths
from kg.views.site.facts import AssessmentIndex
from kg.views.site.overview import central, lessons

_EXAMPLES: Final = 3
DATA = "assets/learn-data.js"


def learn_page(view: View) -> Artifact:
    """The form, and an empty element for the result."""
    w = view.words
    texts = {key: w(f"learn-{key}") for key in ("remove", "none", "known", "alone", "steps", "needed", "unknown")}
    return page(
        view,
        paths.LEARN,
        PageHead("learn.html", w("learn"), "learn", w("learn-lead"), ("learn-data.js", "learn.js")),
        lead=w("learn-lead"),
        examples=lessons(view, view.path(paths.LEARN), central(view))[:_EXAMPLES],
        texts=json_line(texts).replace("<", "\\u003c"),
    )


def learn_data(assessment: Assessment, facts: AssessmentIndex, views: Sequence[View]) -> Artifact:
    """Concepts, relations and associations by index; concepts are sorted by IRI, so that ties are broken alike."""
    concepts = assessment.corpus.concepts
    order = sorted(concepts)
    number = {iri: i for i, iri in enumerate(order)}
    used = sorted({tie.relation for tie in facts.ties})
    kinds = {iri: i for i, iri in enumerate(used)}
    value = {
        "langs": [view.lang for view in views],
        "costs": COSTS,
        "back": BACK,
        "concepts": [
            {
                "id": concepts[iri].id,
                "page": page_name(concepts[iri].id),
                "labels": [view.label(iri) for view in views],
                "also": [text for text, _ in concepts[iri].alt_labels],
            }
            for iri in order
        ],
        "relations": [[view.relation(iri) for view in views] for iri in used],
        "ties": [
            [number[t.first], number[t.then], t.tier, kinds[t.relation], int(t.forward), f"{t.path}:{t.line}" if t.path else ""]
            for t in facts.ties
            if t.first in number and t.then in number
        ],
    }
    text = json_compact(value)
    return Artifact(DATA, f"globalThis.KG_LEARN = {text};\n".encode("utf-8", "replace"))


def learn_script() -> Artifact:
    """The script of the page."""
    return asset("learn.js")
