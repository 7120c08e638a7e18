"""Where each concept stands in the whole base, in data files beside the pages.

Ranks, communities and suggestions move with edits elsewhere. Pages don't contain them, so that an edit leaves the pages of
other notes unchanged. A page loads the file with its concept's row as a script, which also works from disk.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from kg.base.json_forms import json_compact
from kg.base.names import page_name
from kg.model import Artifact, Concept, Suggestion
from kg.suggest.reasons import merge_reasons
from kg.views.page import View, asset
from kg.views.site.facts import AssessmentIndex

SCRIPT: Final = "standing.js"
"""The script that fills in a page."""
INDEX: Final = "standing-index.js"
_FOLDER: Final = "assets/standing"
_ROWS: Final = 64
"""Most rows of a file on average."""
_DIGITS: Final = 4
"""Number of hexadecimal digits of a concept's key; its leading bits choose the file."""
_SIBLINGS: Final = 12
_PARTS: Final = 3
"""Maximum number of reasons for a suggestion, and of terms or concepts in a reason."""
_TEXTS: Final = (
    "depth", "degree", "core", "pagerank-rank", "rank-of", "community", "siblings", "more", "list-separator", "suggested",
    "suggested-lead", "lane-mention", "lane-latent", "lane-backlink", "lane-type", "why-terms", "why-concepts", "why-separator",
    "previous", "next",
)  # fmt: skip


def shard_key(concept: Concept) -> str:
    """The key of a concept, which chooses its file. It depends on nothing else, so it can stand in the page."""
    return hashlib.sha256(concept.id.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def index_path(view: View) -> str:
    """The index in the view's language, below ``assets/``."""
    return view.path(INDEX)


def standing_script() -> Artifact:
    """The script of concept pages."""
    return asset(SCRIPT)


def standing_files(view: View, facts: AssessmentIndex) -> Iterator[Artifact]:
    """Yield the index (texts, communities, number of files) and the files of rows in the view's language."""
    concepts = view.assessment.corpus.concepts
    bits = min(4 * _DIGITS, (max(0, len(concepts) - 1) // _ROWS).bit_length())
    digits = max(1, -(-bits // 4))
    texts = {key: view.words.forms(key) for key in _TEXTS}
    index = {
        "bits": bits,
        "digits": digits,
        "ending": view.path("x.js")[1:],
        "pages": view.path("x.html")[1:],
        "ranked": len(facts.rank),
        "communities": {i: [view.community(i), view.cluster_of(i)] for i in sorted(facts.communities)},
        "texts": texts,
    }
    yield _script(f"assets/{index_path(view)}", "KG_STANDING", index)
    shards: dict[int, list[Concept]] = defaultdict(list)
    for concept in concepts.values():
        shards[int(shard_key(concept), 16) >> (4 * _DIGITS - bits)].append(concept)
    for number, members in sorted(shards.items()):
        yield _script(view.path(f"{_FOLDER}/{number:0{digits}x}.js"), "KG_STANDING_ROWS", _rows(view, facts, members))


def _script(path: str, name: str, value: object) -> Artifact:
    return Artifact(path, f"globalThis.{name} = {json_compact(value)};\n".encode("utf-8", "replace"))


class _Labels:
    """The concepts that the rows of a file mention: key → label, or label and language if it differs from the page's."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._keys: dict[str, str] = {}
        self.shown: dict[str, str | list[str]] = {}

    def key(self, iri: str) -> str:
        """The name of the concept's page; the IRI itself for a concept without one."""
        key = self._keys.get(iri)
        if key is None:
            concept = self._view.concept(iri)
            key = self._keys[iri] = page_name(concept.id) if concept else iri
            lang = self._view.label_lang(iri)
            self.shown[key] = [self._view.label(iri), lang] if lang else self._view.label(iri)
        return key

    def keys(self, iris: Sequence[str]) -> list[str]:
        """The keys of several concepts."""
        return [self.key(iri) for iri in iris]


def _rows(view: View, facts: AssessmentIndex, concepts: Sequence[Concept]) -> dict[str, object]:
    """Labels and rows as pairs: as keys of an object, some ids would mean something else to a script (``__proto__``)."""
    labels = _Labels(view)
    rows = [
        (page_name(concept.id), _row(view, facts, labels, concept.iri)) for concept in sorted(concepts, key=lambda c: c.iri)
    ]
    return {"labels": sorted(labels.shown.items()), "rows": rows}


def _row(view: View, facts: AssessmentIndex, labels: _Labels, iri: str) -> dict[str, object]:
    """The facts of a concept that depend on the whole base; what is unknown or empty is left out."""
    assessment = view.assessment
    measures = assessment.concepts.get(iri)
    siblings, family = facts.siblings(iri, _SIBLINGS)
    before, after = facts.beside(iri)
    row: dict[str, object] = {
        "depth": assessment.hierarchy.depth.get(iri),
        "degree": measures.degree if measures else None,
        "core": measures.core if measures else None,
        "rank": facts.rank.get(iri),
        "community": measures.community if measures and measures.community in facts.communities else None,
        "chains": [labels.keys(chain) for chain in facts.chains(iri)] or None,
        "siblings": [labels.keys(siblings), family - len(siblings)] if siblings else None,
        "before": labels.key(before) if before else None,
        "after": labels.key(after) if after else None,
        "suggested": [_suggestion(labels, s) for s in facts.suggestions.get(iri, ())] or None,
    }
    return {key: value for key, value in row.items() if value is not None}


def _suggestion(labels: _Labels, suggestion: Suggestion) -> list[object]:
    """The proposed concept, the lane, and the strongest reasons: a place, concepts between, or shared terms."""
    reasons: list[list[str]] = []
    for reason in merge_reasons(suggestion.why[:_PARTS], _PARTS):
        if reason.line:
            reasons.append(["place", f"{reason.path}:{reason.line}"])
        elif reason.concepts:
            reasons.append(["concepts", *labels.keys(reason.concepts)])
        else:
            reasons.append(["terms", *reason.terms])
    return [labels.key(suggestion.target), suggestion.lane, *reasons]
