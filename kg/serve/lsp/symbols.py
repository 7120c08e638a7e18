"""Symbols of the workspace by the search of `kg find`: names, also by pinyin or misspelt, headings and tags."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from lsprotocol import types as lsp

from kg.base.names import fold
from kg.knowledge.live import LiveNotes
from kg.knowledge.search import SearchDocument, SearchIndex, association_weights, count_words, document_of, find_matches
from kg.model import Corpus, Note
from kg.serve.lsp.view import TextReader, label_place

_MOST: Final = 200


class FoundSymbol(NamedTuple):
    """A note, or a heading in it, that matches a query."""

    path: str
    name: str
    line: int
    """Of the heading; 0 if the note is meant."""


class SymbolIndex:
    """The names and headings of notes with the texts of an editor; made at the first search, renewed where notes changed."""

    def __init__(self, live: LiveNotes) -> None:
        self._live = live
        self._documents: dict[str, tuple[str, SearchDocument]] = {}
        """Path → digest of the note, and what is searched of it."""
        self._weights: Mapping[str, float] = {}
        """IRI of a concept → how much it is associated with others, as of the last reading."""
        self._index = SearchIndex([], {})

    def prepare(self) -> None:
        """Index the notes as they were read, before the first search; in a thread, since it looks at what never changes."""
        if self._documents:
            return
        corpus = self._live.base.notes_read.own
        weights = association_weights(corpus)
        documents = {path: _document(note, corpus, weights) for path, note in corpus.notes.items()}
        index = _index_of(documents)
        _ = index.names, index.texts, index.tags
        # Only when all is ready: another search may run meanwhile.
        self._weights, self._index, self._documents = weights, index, documents

    def find(self, query: str, lang: str) -> Iterator[FoundSymbol]:
        """Yield what matches, best first; without a query, the notes with most associations."""
        self._renew()
        if not query.strip():
            by_weight = sorted(self._index.documents, key=lambda document: (-document.weight, document.path))
            yield from (FoundSymbol(d.path, _label(d, lang), 0) for d in by_weight[:_MOST])
            return
        typed = fold(query.strip())
        for match in find_matches(self._index, query, _MOST, lang):
            document = self._documents[match.path][1]
            if match.kind in ("heading", "text"):
                yield FoundSymbol(match.path, match.snippet, match.line)
            else:
                names = [n.text for n in document.names if any(typed in form for form in (n.folded, n.initials, n.pinyin))]
                yield FoundSymbol(match.path, min(names, key=len, default=match.label), 0)

    def _renew(self) -> None:
        notes = self._live.notes
        changed = [path for path, note in notes.items() if self._documents.get(path, ("", None))[0] != note.digest]
        gone = self._documents.keys() - notes.keys()
        if not changed and not gone:
            return
        for path in gone:
            del self._documents[path]
        for path in changed:
            self._documents[path] = _document(notes[path], self._live, self._weights)
        self._index = _index_of(self._documents)


def _index_of(rows: Mapping[str, tuple[str, SearchDocument]]) -> SearchIndex:
    documents = [document for _, document in rows.values()]
    return SearchIndex(documents, count_words(document.text.lower() for document in documents))


def _document(note: Note, corpus: Corpus | LiveNotes, weights: Mapping[str, float]) -> tuple[str, SearchDocument]:
    text = "\n".join(" ".join(heading.text.split()) for heading in note.headings).encode("utf-8", "replace")
    return note.digest, document_of(note, corpus, text, [heading.line for heading in note.headings], weights)


def _label(document: SearchDocument, lang: str) -> str:
    return document.labels.get(lang) or next(iter(document.labels.values()), document.path)


def find_symbols(tables: Sequence[tuple[SymbolIndex, TextReader]], query: str, lang: str) -> list[lsp.WorkspaceSymbol]:
    """Return the notes and headings of all knowledge bases that match a query."""
    symbols = []
    for index, texts in tables:
        for symbol in index.find(query, lang):
            note = texts.live.notes[symbol.path]
            heading = next((h for h in note.headings if h.line == symbol.line), None)
            place = (heading.line, heading.column, len(heading.text) + heading.level + 1) if heading else label_place(note)
            kind = lsp.SymbolKind.String if heading else lsp.SymbolKind.Class
            location = texts.location(symbol.path, *place)
            symbols.append(lsp.WorkspaceSymbol(location, symbol.name, kind, container_name=symbol.path))
    return symbols[:_MOST]
