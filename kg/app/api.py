"""The Python interface: a knowledge base, from notes or from a build, as rdflib, networkx and plain rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from kg import knowledge
from kg.base.errors import QueryError
from kg.base.extras import require_extra
from kg.base.names import LINKS_TO, page_name
from kg.base.setting_sources import has_settings
from kg.base.settings import load_settings
from kg.graph import Graph
from kg.graph.built import read_findings
from kg.graph.concepts import concepts_of, vocabulary_of
from kg.graph.query import Allowance, run_query
from kg.model import Assessment, Concept, Finding, NetworkEdge, Relation
from kg.network import project_edges

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    from rdflib import Dataset

    from kg.views.maps.widget import MapWidget


_SHOWN: Final = 10
"""Concepts that a notebook shows of a knowledge base."""
_SHOWN_TEXT: Final = 200


class Base:
    """A knowledge base: its graph, network, concepts and findings."""

    def __init__(
        self,
        graph: Graph,
        findings: tuple[Finding, ...] | Callable[[], tuple[Finding, ...]],
        concepts: Mapping[str, Concept] | None = None,
        relations: Mapping[str, Relation] | None = None,
        assess: Callable[[], Assessment] | None = None,
    ) -> None:
        self.graph = graph
        self._assess = assess
        self._findings = findings
        self._concepts = concepts
        self._relations = relations

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The findings, by path, line and column; computed at first access."""
        return self._findings() if callable(self._findings) else self._findings

    @cached_property
    def concepts(self) -> Mapping[str, Concept]:
        """Concepts by IRI, in the order of their ids; those of a build are read at first access."""
        return self._concepts if self._concepts is not None else concepts_of(self.graph, vocabulary_of(self.graph))

    @cached_property
    def relations(self) -> Mapping[str, Relation]:
        """The relations of the vocabulary, by IRI."""
        return self._relations if self._relations is not None else vocabulary_of(self.graph).relations

    @cached_property
    def _assessment(self) -> Assessment:
        # start time: only maps need it
        from kg.knowledge.assessing import assess_graph

        return self._assess() if self._assess is not None else assess_graph(self.graph, self.concepts)

    @cached_property
    def dataset(self) -> Dataset:
        """The ontology as an rdflib Dataset over the Oxigraph store, with provenance in named graphs."""
        return self.graph.dataset()

    @cached_property
    def network(self) -> nx.MultiDiGraph[str]:
        """A multigraph of concepts. Edge keys are relation IRIs; edges have ``asserted``, ``typed``, ``path`` and ``line``."""
        # start time: needed only by callers of this method
        from kg.network import project_network

        return project_network(self.graph, self.relations)

    def query(self, sparql: str, *, timeout: float = 600) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a SELECT query as strings; the prefixes of `kg query` are predefined. Raises QueryError.

        The query runs in a fork of this process, which is limited to `timeout` seconds, 4 GB and 10,000,000 rows, and has no
        network. With `timeout=0` it runs in this process, some milliseconds faster and without limits; use this for your own
        queries only.
        """
        limits = Allowance(timeout, timeout, memory=4 << 30, size=1 << 30, rows=10_000_000, more="or give it more: timeout=…")
        results = run_query(self.graph, sparql, limits if timeout else None)
        if not isinstance(results, ox.QuerySolutions):
            raise QueryError("only SELECT gives rows", hint="ask for other kinds through .dataset, or with 'kg query'")
        for row in results:
            yield tuple(["" if value is None else value.value for value in row])

    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each concept, suitable for ``pandas.DataFrame(base.rows())``."""
        return [
            {
                "iri": c.iri,
                "id": c.id,
                **{f"label_{lang or 'und'}": text for lang, text in c.labels.items()},
                "type": c.type,
                "layer": c.layer,
                "area": c.area,
                "path": c.path,
                "definitions": len(c.definitions),
                "sources": len(c.sources),
            }
            for c in self.concepts.values()
        ]

    def relations_frame(self) -> pd.DataFrame:
        """The relations and plain links between concepts as a table of pandas, a row for each, sorted.

        Columns: ``source``, ``relation`` and ``target`` (ids of concepts, key of the relation), ``asserted`` (false if a rule
        inferred it), ``typed`` (false for plain links), ``path`` and ``line`` of the first place that states it (missing if
        inferred), and the IRIs ``source_iri``, ``relation_iri`` and ``target_iri``. Raises UsageError without pandas.
        """
        require_extra("notebook", "base.relations_frame()")
        # start time: an optional library
        import pandas as pd

        keys = {iri: relation.key for iri, relation in self.relations.items()} | {LINKS_TO: "links-to"}
        edges = project_edges(self.graph, self.relations).edges
        columns = list(zip(*edges, strict=True)) or [()] * len(NetworkEdge._fields)
        sources, targets, relations, asserted, typed, paths, lines = columns
        frame = pd.DataFrame(
            {
                "source": pd.array([self.concepts[iri].id for iri in sources], dtype="string"),
                "relation": pd.array([keys[iri] for iri in relations], dtype="string"),
                "target": pd.array([self.concepts[iri].id for iri in targets], dtype="string"),
                "asserted": pd.array(asserted, dtype="bool"),
                "typed": pd.array(typed, dtype="bool"),
                "path": pd.array([path or None for path in paths], dtype="string"),
                "line": pd.array([line or None for line in lines], dtype="Int32"),
                "source_iri": pd.array(sources, dtype="string"),
                "relation_iri": pd.array(relations, dtype="string"),
                "target_iri": pd.array(targets, dtype="string"),
            }
        )
        return frame.sort_values(["source", "relation", "target"], ignore_index=True)

    def map(
        self, concept: str | None = None, *, depth: int = 1, lang: str = "", view: str = "", height: int = 512
    ) -> MapWidget:
        """The map of a concept (by id, label, IRI or note), or of all, as a widget for Jupyter, VS Code, marimo or Colab.

        It is the map of `kg map`, with `depth` steps around the concept. Labels are first in `lang`. `view` is the part after
        ``#`` in a link to a map. `height` is in pixels. A knowledge base of `load` has communities as computed from its graph,
        not those of a snapshot. Raises UsageError if there is no such concept, and without anywidget.
        """
        require_extra("notebook", "base.map()")
        # start time: an optional library, and code that only maps need
        from kg.graph.concepts import find_concept
        from kg.views.maps import render_map
        from kg.views.maps.widget import MapWidget

        chosen = find_concept(self.concepts, concept) if concept is not None else None
        languages = self._assessment.languages
        lang = lang or languages[0]
        page = render_map(self._assessment, chosen.iri if chosen else None, depth, lang, site="")
        return MapWidget(
            page.decode(),
            {page_name(c.id): c.id for c in self.concepts.values()},
            page_name(chosen.id) if chosen else "",
            title=chosen.label(lang) if chosen else repr(self),
            view=view,
            height=height,
        )

    def _repr_html_(self) -> str:
        """What a notebook shows: counts, and the first concepts with their definitions."""
        # start time: only notebooks need it
        from markupsafe import escape

        severities: Counter[str] = Counter(finding.severity for finding in self.findings)
        counts = {"concepts": len(self.concepts), "statements": len(self.graph), "findings": len(self.findings), **severities}
        head = "".join(f"<tr><th>{escape(name)}</th><td>{count:,}</td></tr>" for name, count in counts.items())
        rows = "".join(
            f"<tr><td>{escape(c.id)}</td><td>{escape(c.label('en'))}</td><td>{escape(c.definition('en')[:_SHOWN_TEXT])}</td></tr>"
            for c in islice(self.concepts.values(), _SHOWN)
        )
        columns = "<tr><th>id</th><th>label</th><th>definition</th></tr>"
        more = f"<p>{len(self.concepts) - _SHOWN:,} more concepts</p>" if len(self.concepts) > _SHOWN else ""
        return f"<table>{head}</table><table>{columns}{rows}</table>{more}"

    def __repr__(self) -> str:
        return f"<kg.Base: {len(self.concepts)} concepts, {len(self.graph)} statements, {len(self.findings)} findings>"


def read(folder: str | Path) -> Base:
    """Read notes into memory without writing anything. `folder` contains notes, or is a knowledge base with a
    `kg.toml`, or an RDF file with a SKOS thesaurus.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as d:
    ...     _ = Path(d, "a.md").write_text("depends-on:: [[b]]")
    ...     _ = Path(d, "b.md").write_text("# Bee")
    ...     base = read(d)
    >>> list(base.query("SELECT ?label WHERE { c:a kg:dependsOn/skos:prefLabel ?label }"))
    [('Bee',)]
    >>> base._repr_html_()[:55]
    '<table><tr><th>concepts</th><td>2</td></tr><tr><th>stat'
    """
    path = Path(folder)
    if has_settings(path):
        settings = load_settings(path)
    elif has_settings(path.absolute().parent):
        settings = load_settings(path.absolute().parent, notes=(path,))
    else:
        settings = load_settings(path.absolute().parent if path.is_file() else path, notes=(path,))
    base = knowledge.KnowledgeBase(settings)
    return Base(base.graph, lambda: base.graph_findings, base.corpus.concepts, base.relations, lambda: base.assessment)


def load(out: str | Path = "output") -> Base:
    """Open the output of a build. Raises UsageError if there is none."""
    folder = Path(out)
    graph, _ = knowledge.open_build(folder)
    return Base(graph, read_findings(folder))
