"""Which pages of concepts and notes an edit can't have changed, so that nothing of what they show is looked at again.

While names, headings and all that pages show beside the text of notes stay the same, links of unedited notes lead where they
led. An edit then changes the pages of the edited notes, of notes that embed them, and of what they link to or state something
about, now or before; and pages whose findings are others.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from kg.model import Assessment, Resolved, SkosData
from kg.views.page.reuse import PageInputs
from kg.views.site.facts import AssessmentIndex

READS: Final = (
    "title", "languages", "look", "covers", "planned", "relations", "hierarchy", "lists", "evidence", "proofs", "skos",
    "corpus.concepts", "corpus.concept_of", "corpus.attachments", "corpus.foreign", "corpus.foreign_assertions",
)  # fmt: skip
"""What pages read of an assessment, besides notes, links, statements and findings."""


def page_inputs(assessment: Assessment, facts: AssessmentIndex, frame: str) -> PageInputs:
    """Return what decides which pages can be kept next time. `frame` is a digest of all that `READS` names, and of media."""
    corpus = assessment.corpus
    notes, concept_of = corpus.notes, corpus.concept_of
    if assessment.skos != SkosData() or any(a.path not in notes for a in corpus.assertions):
        return PageInputs()  # statements of RDF files belong to no note
    digest = hashlib.sha256(frame.encode())
    for path, note in notes.items():
        headings = [(h.text, h.anchor, h.source) for h in note.headings]
        names = (path, note.metadata, headings, sorted(note.anchors))
        digest.update(repr(names).encode("utf-8", "replace"))
    ends: dict[str, set[str]] = defaultdict(set)
    for link in corpus.links:
        if isinstance(link.resolution, Resolved):
            ends[link.source].add(concept_of.get(link.resolution.path, link.resolution.path))
    for assertion in (*corpus.assertions, *corpus.foreign_assertions):
        ends[assertion.path].update((assertion.subject, assertion.object))
    findings = {key: _digest(repr(own)) for key, own in facts.findings.items()}
    return PageInputs(digest.hexdigest(), {p: (n.digest, sorted(ends[p])) for p, n in notes.items()}, findings)


def steady_pages(assessment: Assessment, inputs: PageInputs, last: PageInputs) -> frozenset[str]:
    """Return the concepts, by IRI, and the other notes, by path, whose pages are those of the last build."""
    if not inputs.frame or inputs.frame != last.frame:
        return frozenset()
    concept_of = assessment.corpus.concept_of
    edited = {path for path, (digest, _) in inputs.notes.items() if last.notes[path][0] != digest}
    moved = {concept_of.get(path, path) for path in _with_embedding(assessment, edited)}
    for notes in (inputs.notes, last.notes):
        moved.update(end for path in edited for end in notes[path][1])
    for key in inputs.findings.keys() | last.findings.keys():
        if inputs.findings.get(key) != last.findings.get(key):
            moved.add(concept_of.get(key, key))
    return frozenset({concept_of.get(path, path) for path in inputs.notes} - moved)


def _with_embedding(assessment: Assessment, notes: Iterable[str]) -> set[str]:
    """Notes, and those that embed one of them, also by way of others."""
    embedding: dict[str, set[str]] = defaultdict(set)
    for link in assessment.corpus.links:
        if link.link.embed and isinstance(link.resolution, Resolved):
            embedding[link.resolution.path].add(link.source)
    reached: set[str] = set()
    queue = list(notes)
    while queue:
        path = queue.pop()
        if path not in reached:
            reached.add(path)
            queue += embedding.get(path, ())
    return reached


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
