"""What links to concepts show before they are followed: definition and first relations, in data files beside the pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kg.base.formulas import in_words
from kg.base.json_forms import json_compact
from kg.base.names import page_name
from kg.model import Artifact, Concept
from kg.views.page import View, asset
from kg.views.page.md import clip
from kg.views.page.shards import count_shards, shard_of
from kg.views.site.facts import MEANINGS, AssessmentIndex, meaning_of

_DEFINED: Final = 300
"""Maximum number of characters of a definition."""
_GROUPS: Final = 3
_NAMES: Final = 3


def preview_script(views: list[View]) -> Artifact:
    """The script of all pages, with the number of files and the ending of pages in each language."""
    files = count_shards(len(views[0].assessment.corpus.concepts))
    settings = json_compact({"files": files, "endings": {view.lang: view.path("x.html")[1:] for view in views}})
    script = asset("previews.js")
    return Artifact(script.path, f"globalThis.KG_PREVIEWS = {settings};\n".encode() + script.data)


def preview_files(view: View, facts: AssessmentIndex) -> Iterator[Artifact]:
    """Yield the files in the view's language."""
    concepts = view.assessment.corpus.concepts
    count = count_shards(len(concepts))
    files: dict[str, list[list[object]]] = {f"{i:x}": [] for i in range(count)}
    for concept in sorted(concepts.values(), key=lambda c: c.iri):
        name = page_name(concept.id)
        files[shard_of(name, count)].append([name, *_row(view, facts, concept)])
    for name, rows in files.items():
        text = ",\n".join(map(json_compact, rows))
        yield Artifact(view.path(f"assets/previews/{name}.js"), f"kgPreviews([\n{text}\n]);\n".encode("utf-8", "replace"))


def _row(view: View, facts: AssessmentIndex, concept: Concept) -> list[object]:
    """Label, type, definition and its language if it isn't the page's, and the first relations."""
    definition = " ".join(concept.definition(view.lang).split())
    lang = next((key for key, value in concept.definitions.items() if " ".join(value.split()) == definition), "")
    kind = view.words.key(concept.type) if concept.type else ""
    shown = clip(in_words(definition), _DEFINED), "" if lang == view.lang else lang
    return [view.label(concept.iri), kind, *shown, _relations(view, facts, concept.iri)]


def _relations(view: View, facts: AssessmentIndex, iri: str) -> list[tuple[str, list[str], int]]:
    """The concept's own relations by what they mean, the most telling ones first: words, first names, number of others."""
    names: dict[tuple[int, str], list[str]] = {}
    for incoming, neighbour, relation, data in facts.edges(iri):
        if not incoming and data.get("typed", True):
            order = MEANINGS.index(meaning_of(view.assessment.relations.get(relation), incoming=False))
            names.setdefault((order, relation), []).append(neighbour)
    shown = []
    for (_, relation), neighbours in sorted(names.items())[:_GROUPS]:
        labels = sorted(map(view.label, neighbours))
        shown.append((view.relation(relation), labels[:_NAMES], len(labels) - _NAMES if len(labels) > _NAMES else 0))
    return shown
