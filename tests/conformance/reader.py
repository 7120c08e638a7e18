"""What kg gets out of a case, in the terms of the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kg import knowledge
from kg.base import settings
from kg.model import Ambiguous, Broken, Resolved, Unseen

FINDINGS = {
    "broken-link", "broken-anchor", "ambiguous-link", "inexact-anchor", "duplicate-id", "duplicate-label", "invalid-utf8",
    "invalid-front-matter", "self-link", "unclosed-fence", "unclosed-front-matter", "unclosed-comment", "unreadable-file",
    "unwritten-note", "oversized-file",
}  # fmt: skip


def read(folder: Path) -> dict[str, Any]:
    given = settings.load_settings(folder, notes=(folder,))
    built = knowledge.KnowledgeBase(given)
    corpus = built.corpus
    links = []
    for source, link, found in corpus.links:
        row: dict[str, Any] = {"at": f"{source}:{link.line}:{link.column}", "to": None}
        if link.kind == "name":
            continue
        if isinstance(found, Resolved):
            row["to"] = found.path
            row["anchor"] = found.anchor
        elif isinstance(found, Broken):
            row["to"], row["state"] = found.path, "broken-anchor" if found.path else "broken"
        elif isinstance(found, Ambiguous):
            row["state"], row["candidates"], row["to"] = "ambiguous", list(found.candidates), found.chosen
        elif isinstance(found, Unseen):
            row["state"] = "unseen"
        row["embed"] = link.embed
        links.append(row)
    keys = {iri: relation.key for iri, relation in built.relations.items()}
    relations = [
        {
            "at": f"{a.path}:{a.line}:{a.column}",
            "type": keys[a.predicate],
            "to": corpus.concepts[a.object].path,
        }
        for a in corpus.assertions
        if a.predicate in keys
    ]
    headings = [
        {"at": f"{path}:{h.line}:{h.column}", "level": h.level, "text": h.text, "anchor": h.anchor}
        for path, note in corpus.notes.items()
        for h in note.headings
    ]
    findings = [{"at": f"{f.path}:{f.line}:{f.column}", "name": f.name} for f in built.graph_findings if f.name in FINDINGS]
    titles: dict[str, Any] = {}
    for path, note in corpus.notes.items():
        titles[path] = dict(note.labels) if len(note.labels) > 1 else next(iter(note.labels.values()))
    tags = {path: list(note.tags) for path, note in corpus.notes.items()}
    definitions = {concept.path: text for concept in corpus.concepts.values() for text in concept.definitions.values()}
    concepts = sorted(concept.path for concept in corpus.concepts.values())
    return {
        "concepts": concepts,
        "definitions": definitions,
        "links": links,
        "relations": relations,
        "headings": headings,
        "findings": findings,
        "titles": titles,
        "tags": tags,
    }
