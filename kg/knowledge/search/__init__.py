"""Search in names and text, for `kg find`, editors, assistants and `kg serve`: one implementation.

    base.search("容器 raft", limit=10)             # KnowledgeBase.search
    index = search_index(base)                     # kept while notes are unchanged
    find_matches(index, "rqbp", limit=10)          # by pinyin initials
    index = with_buffer(index, note, data, corpus) # with the text of an unsaved buffer

Matches are in names (title, alias, id, file; by pinyin or its first letters; with a typing error), headings, tags and text;
what authors hid in comments is never found. They are ranked by where they are, and by how many concepts a concept is associated
with.
"""

from __future__ import annotations

from kg.corpus.site import NO_SITE
from kg.knowledge.search.documents import (
    SearchDocument,
    SearchIndex,
    association_weights,
    count_words,
    document_of,
    encode_shown,
    pinyin_of,
    search_index,
)
from kg.knowledge.search.matching import SearchMatch, search_documents
from kg.model import Corpus, Note
from kg.notes.dialect import Dialect
from kg.notes.shown import read_shown

__all__ = [
    "SearchDocument",
    "SearchIndex",
    "SearchMatch",
    "association_weights",
    "count_words",
    "document_of",
    "find_matches",
    "pinyin_of",
    "search_index",
    "with_buffer",
]


def find_matches(index: SearchIndex, query: str, limit: int = 20, lang: str = "") -> tuple[SearchMatch, ...]:
    """Return the notes that match a query, best first; labels are in `lang` where there is one."""
    return search_documents(index, query, limit, lang)


def with_buffer(index: SearchIndex, note: Note, data: bytes, corpus: Corpus, dialect: Dialect = NO_SITE.dialect) -> SearchIndex:
    """Return the index with the text of a note as it is in an editor. `note` was parsed from `data`."""
    old = next((d for d in index.documents if d.path == note.path), None)
    weights = {old.iri: old.weight} if old is not None else {}
    new = document_of(note, corpus, *encode_shown(read_shown(note, data, dialect)), weights)
    rest = [d for d in index.documents if d.path != note.path]
    return SearchIndex([*rest, new], index.words)
