"""The Dataset: the ontology in an Oxigraph store, default graph materialised, provenance in named graphs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from kg.errors import StoreError, UsageError
from kg.names import KG, PREFIXES, PROV, RDF, iri_path
from kg.rdf.vocabulary import Vocabulary, read_turtle

if TYPE_CHECKING:
    from rdflib import Dataset

# What rules may derive: a multiple of what was stated, and some more for small knowledge bases.
_MOST_NEW: Final = 10
_FREE_NEW: Final = 100_000
_BATCH: Final = 50_000
_MAX_ROUNDS: Final = 100  # a rule that makes new terms in each round would never end


class Graph:
    """An ontology and its provenance. `store` is Oxigraph's; `dataset()` gives rdflib's API over the same data."""

    __slots__ = ("base", "store")

    def __init__(self, store: ox.Store, base: str) -> None:
        self.store = store
        self.base = base

    @classmethod
    def build(cls, lines: Iterable[str], vocabulary: Vocabulary, base: str, scopes: Sequence[Path] = ()) -> Graph:
        """A graph in memory: the vocabulary, the authors' statements, outside scopes, and what the rules derive."""
        store = ox.Store()
        rest = iter(lines)
        with ThreadPoolExecutor(1) as pool:
            # Oxigraph loads outside of Python's lock: one batch is loaded while the next is made.
            loads = []
            while batch := list(islice(rest, _BATCH)):
                loads.append(pool.submit(store.bulk_load, "\n".join(batch).encode(), format=ox.RdfFormat.N_QUADS))
            for load in loads:
                load.result()
        default = ox.DefaultGraph()
        store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for t in vocabulary.triples)
        for path in scopes:
            triples = read_turtle(path, hint="scope files are Turtle")
            store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for t in triples)
        graph = cls(store, base)
        graph.infer(vocabulary.rules)
        return graph

    @classmethod
    def open(cls, folder: Path, base: str) -> Graph:
        """The graph of a build, read-only from disk."""
        try:
            return cls(ox.Store.read_only(str(folder)), base)
        except (OSError, ValueError) as error:
            raise StoreError(f"can't open the graph at {folder}: {error}", hint="run 'kg build'") from None

    def infer(self, rules: Sequence[tuple[str, str]]) -> int:
        """Run CONSTRUCT rules to a fixed point into the default graph; returns the number of new statements.

        Each new statement stands once more in the named graph of the first rule that derived it.
        """
        default = ox.DefaultGraph()
        total = 0
        limit = _MOST_NEW * len(self.store) + _FREE_NEW
        kind, rule_class = ox.NamedNode(RDF + "type"), ox.NamedNode(KG + "Rule")
        for _ in range(_MAX_ROUNDS):
            new = 0
            for name, text in rules:
                node = ox.NamedNode(f"{self.base}inferred/{iri_path(name)}")
                try:
                    results = self.store.query(text, use_default_graph_as_union=False)
                except SyntaxError as error:
                    raise UsageError(f"rule {name}: {error}", hint="a rule is a SPARQL CONSTRUCT query") from None
                if not isinstance(results, ox.QueryTriples):
                    raise UsageError(f"rule {name} is no CONSTRUCT query", hint="a rule is a SPARQL CONSTRUCT query")
                fresh: set[ox.Triple] = set()
                for t in results:
                    if t.subject != t.object and ox.Quad(t.subject, t.predicate, t.object, default) not in self.store:
                        fresh.add(t)
                        if total + new + len(fresh) > limit:
                            raise UsageError(
                                f"rule {name} derives too much: more than {limit:,} new statements",
                                hint="does it join everything with everything? A path such as kg:dependsOn+ is better asked",
                            )
                if not fresh:
                    continue
                if any(self._is_new(term) for t in fresh for term in (t.subject, t.object)):
                    raise UsageError(f"rule {name} makes new blank nodes, and more of them each time it runs", hint="use IRIs")
                self.store.add(ox.Quad(node, kind, rule_class, default))
                self.store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object, g) for t in fresh for g in (default, node))
                new += len(fresh)
            total += new
            if not new:
                return total
        raise UsageError(
            f"the rules still derive new statements after {_MAX_ROUNDS} rounds", hint="does a rule make new terms?"
        )

    def _is_new(self, term: object) -> bool:
        """Whether a term is a blank node that stands in no statement yet."""
        if not isinstance(term, ox.BlankNode):
            return False
        found = (self.store.quads_for_pattern(term, None, None), self.store.quads_for_pattern(None, None, term))
        return all(next(iter(quads), None) is None for quads in found)

    def dataset(self) -> Dataset:
        """The same data as an rdflib Dataset; rdflib's own prefixes and kg's are bound."""
        from oxrdflib import OxigraphStore
        from rdflib import Dataset

        dataset = Dataset(store=OxigraphStore(store=self.store))
        for prefix, iri in PREFIXES.items():
            dataset.bind(prefix, iri)
        return dataset

    def ntriples(self) -> bytes:
        """The default graph as N-Triples, sorted, so that equal graphs give equal bytes."""
        lines = (self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b"").splitlines(True)
        return b"".join(sorted(lines))

    def turtle(self) -> bytes:
        """The default graph as Turtle, sorted, so that equal graphs give equal bytes."""
        # Lines are sorted as text, which is many times faster than sorting terms, and then written anew as Turtle.
        quads = ox.parse(self.ntriples(), format=ox.RdfFormat.N_TRIPLES)
        return ox.serialize((q.triple for q in quads), format=ox.RdfFormat.TURTLE, prefixes=self._prefixes()) or b""

    def trig(self, turtle: bytes | None = None, *, suggested: bool = False) -> bytes:
        """The graphs as TriG, sorted: the default graph as `turtle()` writes it, then a line for each named graph.

        `turtle` saves writing the default graph again. What was only suggested is left out unless `suggested` asks for it.
        """
        left_out = b"" if suggested else f"<{self.base}suggested".encode()
        graphs: dict[bytes, list[bytes]] = {}
        for line in (self.store.dump(format=ox.RdfFormat.N_QUADS) or b"").splitlines():
            name = _graph_of(line)
            if name and not (left_out and name.startswith(left_out)):
                graphs.setdefault(name, []).append(line[: -len(name) - 2] + b".")
        named = (name + b" { " + b" ".join(sorted(graphs[name])) + b" }\n" for name in sorted(graphs))
        return (turtle if turtle is not None else self.turtle()) + b"".join(named)

    def save(self, folder: Path) -> None:
        """Write the store to disk in the form that `open` reads."""
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            disk = ox.Store(str(folder))
            disk.bulk_load(self.store.dump(format=ox.RdfFormat.N_QUADS) or b"", format=ox.RdfFormat.N_QUADS)
            disk.flush()
        except (OSError, ValueError, RuntimeError) as error:
            raise StoreError(f"can't write the graph to {folder}: {error}", hint="is the disk full?") from error

    def _prefixes(self) -> dict[str, str]:
        return PREFIXES | {"c": self.base + "concept/", "n": self.base + "notes/"}

    def __len__(self) -> int:
        return len(self.store)

    def places(self) -> Iterator[tuple[str, str]]:
        """(IRI of a place, IRI of the note) of all places that assert something."""
        for quad in self.store.quads_for_pattern(None, ox.NamedNode(PROV + "wasDerivedFrom"), None, ox.DefaultGraph()):
            if isinstance(quad.subject, ox.NamedNode) and "#L" in quad.subject.value:
                yield quad.subject.value, str(quad.object.value) if isinstance(quad.object, ox.NamedNode) else ""

    def asserted_at(self, subject: str, predicate: str, object_: str) -> tuple[tuple[str, int], ...]:
        """Path and line of every place where a statement is written; none for what was derived or imported."""
        prefix, found = f"{self.base}notes/", set()
        triple = ox.NamedNode(subject), ox.NamedNode(predicate), ox.NamedNode(object_)
        for quad in self.store.quads_for_pattern(*triple, None):
            name = quad.graph_name
            if isinstance(name, ox.NamedNode) and name.value.startswith(prefix):
                note, _, line = name.value.partition("#L")
                paths = self.store.quads_for_pattern(ox.NamedNode(note), ox.NamedNode(KG + "path"), None, ox.DefaultGraph())
                path = next((q.object.value for q in paths if isinstance(q.object, ox.Literal)), note)
                found.add((path, int(line) if line.isdigit() else 0))
        return tuple(sorted(found))


_LITERAL_END: Final = re.compile(rb"\"(?:@[\w-]+|\^\^<[^<>]+>)? (<[^<> ]+>) \.\Z")


def _graph_of(line: bytes) -> bytes:
    """The graph of a line of N-Quads as Oxigraph writes it, empty for the default graph.

    >>> _graph_of(b'<a:s> <a:p> "x <y> ."@en <a:g> .'), _graph_of(b'<a:s> <a:p> <a:o> .')
    (b'<a:g>', b'')
    """
    if b'"' in line:
        m = _LITERAL_END.search(line)
        return m[1] if m else b""
    terms = line.split(b" ")
    return terms[3] if len(terms) == 5 else b""
