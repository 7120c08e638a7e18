"""Files for a static host at which the IRI of each concept answers, with the same content as `kg serve`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from typing import Final

import pyoxigraph as ox
from markupsafe import escape

from kg.base.names import DCTERMS, OWL, RDF, SKOS, page_name
from kg.graph import Graph
from kg.graph.concepts import id_among
from kg.model import Artifact
from kg.views.export.described import DESCRIPTION_ENDINGS, descriptions, render_description
from kg.views.page import paths

LINKED_TYPES: Final = ("text/turtle", "application/ld+json", "application/n-triples")
"""The formats that static files are written in: a static host can't choose by the Accept header."""
_TRUE: Final = ("true", "1")
"""The two forms of the boolean."""
_REDIRECT: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'">
<meta http-equiv="refresh" content="0; url={href}">
<meta name="robots" content="noindex">
<link rel="canonical" href="{href}">
{alternates}<title>{title}</title>
</head>
<body><p><a href="{href}">{title}</a></p>{own}</body>
</html>
"""


def linked_files(graph: Graph, lang: str = "en") -> Iterator[Artifact]:
    """Yield Turtle, JSON-LD, N-Triples and a redirect to the page for each concept, below ``concept/``.

    The IRI of a deprecated concept that has a successor leads to the successor's page; its own description stays. Each former
    IRI has a redirect too. A host that serves ``x.html`` for ``x``, as most do, answers the IRIs of concepts so.
    """
    triples = [q.triple for q in graph.store.quads_for_pattern(None, None, None, ox.DefaultGraph())]
    kind, concept = RDF + "type", ox.NamedNode(SKOS + "Concept")
    iris = sorted(t.subject.value for t in triples if t.predicate.value == kind and t.object == concept
                  and isinstance(t.subject, ox.NamedNode))  # fmt: skip
    described = descriptions(triples, iris)
    names: dict[str, str] = {}
    for iri in iris:
        identifiers = [t.object.value for t in described[iri]
                       if t.predicate.value == DCTERMS + "identifier" and isinstance(t.object, ox.Literal)]  # fmt: skip
        name = names[iri] = page_name(id_among(iri, identifiers))
        for media in LINKED_TYPES:
            yield Artifact(f"concept/{name}{DESCRIPTION_ENDINGS[media]}", render_description(described[iri], media))
    successors = _successors(triples, names)
    for iri, name in names.items():
        yield _redirect(name, names[successors.get(iri, iri)], lang, own=name if iri in successors else "")
    taken = set(names.values())
    start = f"{graph.base}concept/"
    for triple in sorted(triples, key=str):
        old, new = triple.subject, triple.object
        if triple.predicate.value != DCTERMS + "isReplacedBy" or not isinstance(old, ox.NamedNode):
            continue
        name = page_name(old.value.removeprefix(start)) if old.value.startswith(start) else ""
        target = names.get(new.value) if isinstance(new, ox.NamedNode) else None
        if name and target and name not in taken:
            taken.add(name)
            yield _redirect(name, target, lang)


def _successors(triples: Iterable[ox.Triple], concepts: Container[str]) -> dict[str, str]:
    """Return the end of the chain of successors of each deprecated concept that has exactly one such end, as in `kg serve`."""
    following: dict[str, set[str]] = defaultdict(set)
    deprecated = {
        t.subject for t in triples if t.predicate.value == OWL + "deprecated" and getattr(t.object, "value", "") in _TRUE
    }
    for triple in triples:
        subject = triple.subject
        if triple.predicate.value == DCTERMS + "isReplacedBy" and isinstance(subject, ox.NamedNode) and subject in deprecated:
            following[subject.value].add(triple.object.value if isinstance(triple.object, ox.NamedNode) else "")
    result = {}
    for iri, first in following.items():
        reached, queue = set(first), [*first]
        while queue:
            new = following.get(queue.pop(), set()) - reached
            reached |= new
            queue += new
        ends = [end for end in reached if end in concepts and end not in following]
        if iri in concepts and len(ends) == 1:
            result[iri] = ends[0]
    return result


def _redirect(name: str, target: str, lang: str, own: str = "") -> Artifact:
    """A page that leads to that of a concept; `own`: the name of a concept that keeps a page of its own, which is linked."""
    path = f"concept/{name}.html"
    links = "".join(
        f'<link rel="alternate" type="{media}" href="{escape(target)}{DESCRIPTION_ENDINGS[media]}">\n' for media in LINKED_TYPES
    )
    href = escape(paths.relative(path, f"concepts/{target}.html"))
    kept = f'<p><a href="{escape(paths.relative(path, f"concepts/{own}.html"))}">{escape(own)}</a></p>' if own else ""
    html = _REDIRECT.format(lang=lang, href=href, title=escape(target), alternates=links, own=kept)
    return Artifact(path, html.encode())
