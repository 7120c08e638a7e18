"""The Dataset: the ontology in an Oxigraph store, with a materialised default graph and provenance in named graphs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from kg.base.errors import QueryError, StoreError, UsageError
from kg.base.names import KG, PREFIXES, PROV, RDF, inferred_iri, iri_path
from kg.base.progress import advance_step
from kg.graph.ask import Allowance, select_own
from kg.graph.documents import SortedDocuments, as_turtle
from kg.graph.feed import Feed, ToDisk, ToMemory, drop_log, write_error
from kg.graph.lexical import LexicalForms
from kg.graph.quads import derived_lines
from kg.graph.rules import ConstructRule, Stated, Triple, parse_rule
from kg.graph.scopes import read_scope_triples
from kg.graph.spool import Spool
from kg.graph.vocabulary import Vocabulary, shipped_rules

if TYPE_CHECKING:
    from rdflib import Dataset

# Limit of inferred statements: a multiple of the asserted ones, plus a constant for small knowledge bases.
_MOST_NEW: Final = 10
_FREE_NEW: Final = 100_000
_A: Final = ox.NamedNode(RDF + "type")
_RULE: Final = ox.NamedNode(KG + "Rule")
_BY_RULE: Final = ox.NamedNode(KG + "byRule")
_DERIVED: Final = ox.NamedNode(PROV + "wasDerivedFrom")
_MAX_ROUNDS: Final = 100  # a rule that creates new terms in each round would never end


def _derived(stated: Mapping[str, Sequence[ox.Triple]], vocabulary: Vocabulary, base: str) -> Iterator[str]:
    """Return what single-premise rules infer from statements in files of the ontology."""
    asserted: set[Stated] = set()
    typed = []
    for name, triples in stated.items():
        for t in triples:
            subject, predicate, object_ = t.subject, t.predicate.value, t.object
            if predicate in vocabulary.relations and isinstance(subject, ox.NamedNode) and isinstance(object_, ox.NamedNode):
                values = Stated(subject.value, predicate, object_.value)
                asserted.add(values)
                typed.append((values, f"ontology/{iri_path(name)}"))
    if typed:
        yield from derived_lines(typed, base, asserted, vocabulary.steps(sorted({s.predicate for s, _ in typed})))


def check_base(base: str) -> None:
    """Raise UsageError for a base that can't be the prefix of IRIs."""
    try:
        ox.NamedNode(base)
    except ValueError as error:
        raise UsageError(
            f"base = '{base}' is not an IRI: {error}", hint='write e.g. base = "https://example.org/kb/"'
        ) from None


_PIECE: Final = 12_000_000
_LOADED: Final = 100_000_000
"""Bytes that a store on disk gets in one call. What it gets in several calls, it merges when it is changed next, and then keeps
without compression: twice the size. The loader takes about four times the memory of its input."""


def _load_pieces(disk: ox.Store, pieces: Iterable[bytes]) -> None:
    """Load N-Quads in parts, one by one.

    It renames blank nodes, so lines that may contain some are parsed, which keeps their names.
    """
    blank: list[bytes] = []
    for piece in pieces:
        if b"_:" in piece:
            lines = piece.splitlines(True)
            blank += (line for line in lines if b"_:" in line)
            piece = b"".join(line for line in lines if b"_:" not in line)
        disk.bulk_load(piece, format=ox.RdfFormat.N_QUADS, lenient=True)
    if blank:
        disk.bulk_extend(ox.parse(b"".join(blank), format=ox.RdfFormat.N_QUADS, lenient=True))


class Graph:
    """An ontology and its provenance. `store` is Oxigraph's; `dataset()` gives rdflib's API over the same data."""

    __slots__ = ("_store", "allowance", "base", "forms", "refused", "stated", "text")

    def __init__(
        self,
        store: ox.Store | Future[ox.Store],
        base: str,
        text: Spool | None = None,
        allowance: Allowance | None = None,
    ) -> None:
        self._store = store
        self.base = base
        self.text = text
        """The whole graph as N-Quads on disk, if available."""
        self.stated = 0
        """Size of the first part of that text, without suggestions; 0 if unknown."""
        self.allowance = allowance or Allowance()
        """The limits of rules, checks and questions of the knowledge base."""
        self.refused: dict[str, QueryError] = {}
        """Rules of the knowledge base that were skipped, by name, with the reason."""
        self.forms = LexicalForms(base)
        """Literals and blank nodes as the files have them; `documented` returns the graph with these."""

    @property
    def store(self) -> ox.Store:
        """Oxigraph's store; waits while it is being written. Raises StoreError if that failed."""
        if isinstance(self._store, Future):
            try:
                self._store = self._store.result()
            except (OSError, ValueError, RuntimeError) as error:
                raise write_error("its folder", error) from error
        return self._store

    def load_lines(self, lines: Iterable[str]) -> None:
        """Load lines of N-Quads, without line breaks: results, from which nothing is inferred."""
        data = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
        if self.text is not None:
            self.text.write(data)
        self.store.bulk_load(data, format=ox.RdfFormat.N_QUADS)

    @classmethod
    def build(
        cls,
        lines: Iterable[str],
        vocabulary: Vocabulary,
        base: str,
        scopes: Sequence[Path] = (),
        *,
        closed: bool = False,
        folder: Path | None = None,
        feed: Feed | None = None,
        allowance: Allowance | None = None,
    ) -> Graph:
        """Build a graph from the vocabulary, the authors' statements and external scope lists, and run the rules.

        `closed`: the lines already contain the conclusions of single-premise rules (`quads.lines` with `steps`).
        The graph is built in memory, or in a `folder` in the form that `open` reads; with a folder, the caller must read
        `store` before it uses the folder. A `feed` contains the first lines already and receives these. `allowance` limits the
        rules of the knowledge base; a rule that exceeds it is skipped and listed in `refused`.
        """
        check_base(base)
        stated = {"vocabulary": vocabulary.triples} | {path.name: read_scope_triples(path, base) for path in scopes}
        complete = closed and all(vocabulary.simple(rule) for rule in vocabulary.rules)
        every = chain(lines, _derived(stated, vocabulary, base) if closed else ())
        if feed is None:
            feed = ToDisk(folder) if folder is not None and complete else ToMemory()
        with feed:
            feed.put(every)
            advance_step()
            if isinstance(feed, ToDisk):
                for triples in stated.values():
                    feed.put_bytes(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
                return cls(feed.stored, base, feed.end(), allowance)
            store = feed.end()
        default = ox.DefaultGraph()
        # Loaded as text, blank nodes would get other names each time.
        store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for triples in stated.values() for t in triples)
        text = feed.text if complete else None
        if text is not None:
            for triples in stated.values():
                text.write(ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"")
        graph = cls(store, base, text, allowance)
        advance_step()
        if not complete:
            graph.infer(vocabulary.rules)
        if folder is not None:
            graph.keep_text(folder.parent)
            graph.save(folder)
        return graph

    @classmethod
    def open(cls, folder: Path, base: str) -> Graph:
        """Open the graph of a build on disk, read-only."""
        try:
            store = ox.Store.read_only(str(folder))
        except (OSError, ValueError) as error:
            raise StoreError(f"can't open the graph at {folder}: {error}", hint="run 'kg build'") from None
        drop_log(folder)
        graph = cls(store, base)
        try:
            graph.forms = LexicalForms.read(folder.parent.parent, base)
        except OSError as error:
            raise StoreError(f"can't read the literals of the build: {error}", hint="run 'kg build'") from None
        return graph

    def infer(self, rules: Sequence[tuple[str, str]], *, traced: bool = True) -> int:
        """Run CONSTRUCT rules to a fixed point into the default graph; return the number of new statements.

        Each new statement is also in a named graph of its own, which states its rule and, if the rule names them,
        the graphs of its premises; unless `traced`, those of a rule are in one graph, which takes half the time.
        A rule of the knowledge base that calls a service or exceeds its allowance is skipped
        from then on; `refused` gives the reason.
        """
        default = ox.DefaultGraph()
        total = 0
        limit = _MOST_NEW * len(self.store) + _FREE_NEW
        shipped = shipped_rules()
        parsed = [(parse_rule(*rule), None if rule in shipped else self.allowance) for rule in rules]
        for _ in range(_MAX_ROUNDS):
            new = 0
            for rule, allowance in parsed:
                fresh: dict[Triple, tuple[Triple, ...]] = {}
                for triple, premises in self._derived_by(rule, allowance):
                    if triple[0] == triple[2] or triple in fresh or ox.Quad(*triple, default) in self.store:
                        continue
                    fresh[triple] = premises
                    if total + new + len(fresh) > limit:
                        raise UsageError(
                            f"rule {rule.name} derives too much: more than {limit:,} new statements",
                            hint="does it join everything with everything? A path such as kg:dependsOn+ is better asked",
                        )
                if any(self._is_new(term) for t in fresh for term in (t[0], t[2])):
                    raise UsageError(
                        f"rule {rule.name} makes new blank nodes, and more of them each time it runs", hint="use IRIs"
                    )
                if traced:
                    self.store.extend([quad for derived in fresh.items() for quad in self._inferred(rule.name, *derived)])
                elif fresh:
                    self._extend_untraced(rule.name, fresh)
                new += len(fresh)
            total += new
            if not new:
                return total
        raise UsageError(
            f"the rules still derive new statements after {_MAX_ROUNDS} rounds", hint="does a rule make new terms?"
        )

    def _derived_by(self, rule: ConstructRule, allowance: Allowance | None) -> Iterator[tuple[Triple, tuple[Triple, ...]]]:
        """Yield what a rule infers; nothing if it was refused."""
        if rule.name not in self.refused:
            try:
                yield from rule.derive(self.store, allowance)
            except QueryError as error:
                if allowance is None:
                    raise
                self.refused[rule.name] = error

    def _inferred(self, name: str, triple: Triple, premises: Sequence[Triple]) -> Iterator[ox.Quad]:
        """Yield the quads of an inferred statement: in the default graph, in its named graph, and its provenance."""
        default = ox.DefaultGraph()
        rule = inferred_iri(self.base) + iri_path(name)
        digest = hashlib.sha256(" ".join(map(str, triple)).encode()).hexdigest()[:16]
        node, rule_node = ox.NamedNode(f"{rule}/{digest}"), ox.NamedNode(rule)
        yield ox.Quad(*triple, default)
        yield ox.Quad(*triple, node)
        yield ox.Quad(rule_node, _A, _RULE, default)
        yield ox.Quad(node, _BY_RULE, rule_node, default)
        for premise in premises:
            for quad in self.store.quads_for_pattern(*premise, None):
                if isinstance(quad.graph_name, ox.NamedNode):
                    yield ox.Quad(node, _DERIVED, quad.graph_name, default)

    def _extend_untraced(self, name: str, triples: Iterable[Triple]) -> None:
        """Add inferred statements to the default graph and to the graph of their rule."""
        default = ox.DefaultGraph()
        rule = ox.NamedNode(inferred_iri(self.base) + iri_path(name))
        node = ox.NamedNode(f"{rule.value}/0")
        self.store.extend(ox.Quad(*triple, graph) for triple in triples for graph in (default, node))
        self.store.extend([ox.Quad(rule, _A, _RULE, default), ox.Quad(node, _BY_RULE, rule, default)])

    def _is_new(self, term: object) -> bool:
        """Return whether a term is a blank node that occurs in no statement yet."""
        if not isinstance(term, ox.BlankNode):
            return False
        uses = (self.store.quads_for_pattern(term, None, None), self.store.quads_for_pattern(None, None, term))
        return all(next(iter(quads), None) is None for quads in uses)

    def dataset(self) -> Dataset:
        """Return the same data as a read-only rdflib Dataset; rdflib's own prefixes and kg's are bound."""
        # start time: rdflib is only for those who need its API
        from rdflib import Dataset

        from kg.graph.asked import ReadStore

        dataset = Dataset(store=ReadStore(store=self.store))
        for prefix, iri in PREFIXES.items():
            dataset.bind(prefix, iri)
        return dataset

    def keep_text(self, folder: Path) -> None:
        """Write all graphs as N-Quads to an unnamed file in a folder, the source of documents and stores, if there is none."""
        if self.text is not None:
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
            text = Spool(folder)
            self.store.dump(text, format=ox.RdfFormat.N_QUADS)  # type: ignore[arg-type]  # what is asked of a file it has
        except OSError as error:
            raise write_error(folder, error) from error
        self.text = text

    def pieces(self, size: int = _PIECE) -> Iterator[bytes]:
        """Yield all graphs as N-Quads, in no particular order, in pieces of whole lines."""
        if self.text is not None:
            yield from self.text.pieces(size)
        else:
            yield self.store.dump(format=ox.RdfFormat.N_QUADS) or b""

    def documented(self) -> Iterator[bytes]:
        """Yield what `pieces` yields, with literals and blank nodes as the files have them."""
        return self.forms.restore(self.pieces())

    def ntriples(self) -> bytes:
        """Return the default graph as N-Triples, sorted, so that equal graphs give equal bytes."""
        dumped = self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""
        lines = b"".join(self.forms.restore([dumped])).splitlines(True)
        return b"".join(sorted(lines))

    def turtle(self) -> bytes:
        """Return the default graph as Turtle, sorted, so that equal graphs give equal bytes."""
        return as_turtle(self.ntriples(), self.base)

    def trig(self, *, suggested: bool = False) -> bytes:
        """Return all graphs as TriG, sorted: the default graph as `turtle()` writes it, then a line for each named graph.

        Suggestions are left out unless `suggested` is set.
        """
        made = SortedDocuments(self.documented(), self.base, suggested=suggested)
        return b"".join((*made.turtle(), *made.named()))

    def save(self, folder: Path) -> None:
        """Write the store to disk in the form that `open` reads."""
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            disk = ox.Store(str(folder))
            _load_pieces(disk, self.pieces(_LOADED))
            disk.flush()
            drop_log(folder)
        except (OSError, ValueError, RuntimeError) as error:
            raise StoreError(f"can't write the graph to {folder}: {error}", hint="is the disk full?") from error

    def count_default(self) -> int:
        """Return the number of statements in the default graph."""
        for (number,) in select_own(self.store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"):
            return int(number.value) if isinstance(number, ox.Literal) else 0
        return 0

    def __len__(self) -> int:
        return len(self.store)
