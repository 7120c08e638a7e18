"""KG716 deprecated-target."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final

from kg.base.names import KG
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.model import Corpus, Finding, Resolved


def _find(rule: Rule, context: Context) -> Iterator[Finding]:
    corpus = context.corpus
    successors = _successors(corpus)
    outdated = {
        concept.path: iri
        for iri, concept in corpus.concepts.items()
        if (concept.is_deprecated or iri in successors) and _is_of_bundle(context, concept.path)
    }
    reported: set[tuple[str, str]] = set()
    for source, link, resolution in corpus.links if outdated else ():
        path = resolution.path if isinstance(resolution, Resolved) else ""
        # What is deprecated itself, lists of folders and histories may lead to what was; so may what replaces it.
        if path not in outdated or source in outdated or (source, path) in reported or not _is_of_bundle(context, source):
            continue
        iri = outdated[path]
        if corpus.concept_of.get(source) in successors.get(iri, ()):
            continue
        reported.add((source, path))
        label = corpus.concepts[iri].label("en")
        last = _last_successor(iri, successors)
        state = "is deprecated" if corpus.concepts[iri].is_deprecated else "is superseded"
        by = f"; '{corpus.concepts[last].label('en')}' supersedes it" if last else ""
        here = posixpath.dirname(source) or "."
        hint = f"link to {posixpath.relpath(corpus.concepts[last].path, here)}, unless the history is meant" if last else ""
        yield rule.at(Place(source, link.line, link.column), f"'{label}' {state}{by} (§5.4)", hint)


def _is_of_bundle(context: Context, path: str) -> bool:
    note = context.every_note.get(path)
    return note is not None and note.role == "concept"


def _successors(corpus: Corpus) -> dict[str, list[str]]:
    """Return the IRI of each concept that another one replaces → those that replace it."""
    result: dict[str, list[str]] = {}
    for a in corpus.assertions:
        if a.predicate == f"{KG}replacedBy" and a.object in corpus.concepts:
            result.setdefault(a.subject, []).append(a.object)
        elif a.predicate == f"{KG}replaces" and a.subject in corpus.concepts:
            result.setdefault(a.object, []).append(a.subject)
    return result


def _last_successor(iri: str, successors: Mapping[str, list[str]]) -> str:
    """Return the IRI of the concept at the end of a chain of successors; empty if there is none, or if they form a circle."""
    seen: set[str] = set()
    last = iri
    while last in successors:
        if last in seen:
            return ""
        seen.add(last)
        last = successors[last][0]
    return last if last != iri else ""


RULE: Final = Rule(
    code="KG716",
    name="deprecated-target",
    severity="info",
    scope=RuleScope.LINKS,
    find=_find,
    what={
        "en": "A concept of a bundle links to one that is deprecated or that another one supersedes.",
        "zh": "知识包中的概念链接到已弃用或已被取代的概念。",
    },
    why={
        "en": "Such a concept is kept for links and history: whoever follows the link gets what is out of date.",
        "zh": "这类概念只为链接与历史而保留；读者和程序沿链接得到的内容已经过时。",
    },
    fix={
        "en": "link to the concept that supersedes it, or name that concept under 'superseded_by', unless the history is meant",
        "zh": "改为链接取代它的概念，或在其 superseded_by 中写明；若所指即为历史，可保留",
    },
    source="OKF 0.2 §5.4",
    bad="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/margin.md
---
type: Metric
description: Gross margin.
---

Computed from [revenue](/revenue.md).
=== concepts/revenue.md
---
type: Metric
description: Revenue, as it was until 2025.
status: deprecated
superseded_by: /net-revenue.md
---
=== concepts/net-revenue.md
---
type: Metric
description: Revenue net of tax.
---
""",
    good="""
=== kg.toml
[reading]
dialect = "okf"
=== concepts/margin.md
---
type: Metric
description: Gross margin.
---

Computed from [net revenue](/net-revenue.md).
=== concepts/revenue.md
---
type: Metric
description: Revenue, as it was until 2025.
status: deprecated
superseded_by: /net-revenue.md
---
=== concepts/net-revenue.md
---
type: Metric
description: Revenue net of tax.
---
""",
)
