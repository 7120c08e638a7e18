"""What is searched: the names, headings, tags and shown text of each note, kept in the memo."""

from __future__ import annotations

import contextlib
import hashlib
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import msgspec

from kg.base import files
from kg.base.memo import memo_key
from kg.base.names import fold
from kg.base.progress import begin_step, count_items
from kg.knowledge.inputs import CORPUS
from kg.model import Concept, Corpus, Note
from kg.notes.dialect import DialectMap
from kg.notes.shown import GAP, ShownLine, read_shown
from kg.views.page.alphabet import read_syllables

if TYPE_CHECKING:
    from kg.knowledge.base import KnowledgeBase

_QUERY: Final = "search"
_TEXTS: Final = "search-text"
_WORD: Final = re.compile(rb"[a-z][a-z0-9]{3,29}")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_BETWEEN: Final = re.compile(r"(?<=\w)\0{3,}(?=\w)")
_MOST_WORDS: Final = 200_000


class SearchName(msgspec.Struct, frozen=True, array_like=True):
    """A name of a note."""

    text: str
    kind: str
    """``title``, ``alias``, ``id`` or ``file``."""
    folded: str
    initials: str = ""
    """First letters of the pinyin: ``rqbp`` for 容器编排."""
    pinyin: str = ""
    """All of the pinyin without tones: ``rongqibianpai``."""


class SearchDocument(msgspec.Struct, frozen=True, array_like=True):
    """A note as it is searched."""

    path: str
    iri: str
    """Of the concept that it describes; empty if none."""
    concept_id: str
    labels: dict[str, str]
    names: list[SearchName]
    folded_names: str
    """All names, folded, one a line, with their pinyin."""
    label_line: int
    headings: list[tuple[int, str]]
    tags: list[str]
    weight: float
    """Logarithm of the number of concepts that are associated with it."""
    text: bytes
    """The shown lines in UTF-8."""
    lines: list[int]
    """The number of each line of the text in the file."""


class Described(Protocol):
    """What says which concept a note describes."""

    concepts: dict[str, Concept]
    concept_of: Mapping[str, str]


class _Stored(msgspec.Struct, frozen=True):
    documents: list[SearchDocument]
    words: dict[str, int]


class SearchWord(NamedTuple):
    """A word or name that a misspelt word may mean."""

    text: str
    frequency: int
    """In how many notes it is; names count more."""
    letters: int
    """The letters as bits: two words that differ in one letter differ in two bits at most."""


class SearchIndex:
    """All that is searched. Its tables are made at the first search."""

    def __init__(self, documents: Sequence[SearchDocument], words: Mapping[str, int]) -> None:
        """`words`: each longer word of Latin letters, and the number of notes that contain it."""
        self.documents, self.words = documents, words

    @cached_property
    def names(self) -> Haystack:
        """All names."""
        return Haystack([d.folded_names.encode("utf-8", "replace") for d in self.documents])

    @cached_property
    def tags(self) -> Haystack:
        """All tags."""
        return Haystack([fold("\n".join(d.tags)).encode("utf-8", "replace") for d in self.documents])

    @cached_property
    def texts(self) -> Haystack:
        """All texts; only letters of ASCII are in lower case, so that offsets stay."""
        return Haystack([d.text.lower() for d in self.documents])

    @cached_property
    def vocabulary(self) -> list[SearchWord]:
        """All words that a misspelt one may mean."""
        counts = dict(self.words)
        for document in self.documents:
            for name in document.names:
                for part in {name.folded, *name.folded.split()}:
                    counts[part] = counts.get(part, 0) + 5
        return [SearchWord(text, count, letters_of(text)) for text, count in counts.items()]


class Haystack:
    """Texts in which another one is searched, all at once.

    >>> Haystack([b"ab", b"c", b"xab"]).holding(b"ab")
    [0, 2]
    """

    def __init__(self, texts: Sequence[bytes]) -> None:
        self._starts = list(accumulate((len(text) + 1 for text in texts), initial=0))
        self._whole = b"\x1e".join(texts)

    def holding(self, needle: bytes) -> list[int]:
        """Return the indices of the texts that contain a text, ascending."""
        result = []
        at = self._whole.find(needle)
        while at >= 0:
            index = bisect_right(self._starts, at) - 1
            result.append(index)
            at = self._whole.find(needle, self._starts[index + 1])
        return result


def letters_of(text: str) -> int:
    """Return the letters of a text as bits."""
    mask = 0
    for c in text:
        mask |= 1 << (ord(c) & 63)
    return mask


class _Text(msgspec.Struct, frozen=True, array_like=True):
    text: bytes
    lines: list[int]


def pinyin_of(label: str) -> tuple[str, str]:
    """Return the first letters of a label's pinyin, and all of it; empty for a label without Chinese.

    >>> pinyin_of("容器编排"), pinyin_of("Raft 共识"), pinyin_of("Raft")
    (('rqbp', 'rongqibianpai'), ('rgs', 'raftgongshi'), ('', ''))
    """
    if not _HAN.search(label):
        return "", ""
    parts = [re.sub(r"[^a-zü]", "", part) if _is_syllable(part) else part for part in read_syllables(label)]
    words = [word for part in parts for word in re.split(r"[^\w]+", part) if word]
    return "".join(word[0] for word in words), "".join(words)


def _is_syllable(part: str) -> bool:
    return bool(re.fullmatch(r"[a-zü]+[1-5]", part))


def search_index(base: KnowledgeBase) -> SearchIndex:
    """Return the index of a knowledge base: from the memo, or made of its notes. Only changed notes are parsed for it."""

    def compute() -> _Stored:
        index = _make_index(base)
        return _Stored(list(index.documents), dict(index.words))

    stored = base.recall(_QUERY, CORPUS, _Stored, compute, "search")
    return SearchIndex(stored.documents, stored.words)


def _make_index(base: KnowledgeBase) -> SearchIndex:
    corpus = base.notes_read.corpus
    with begin_step("reading texts", len(corpus.notes)):
        texts = _texts(base, corpus.notes, base.inputs.site.dialects)
    weights = association_weights(corpus)
    documents = []
    with begin_step("indexing for search", len(corpus.notes)):
        for note in count_items(corpus.notes.values()):
            text = texts.get(note.digest)
            if text is not None:
                documents.append(document_of(note, corpus, text.text, text.lines, weights))
    return SearchIndex(documents, count_words(document.text.lower() for document in documents))


def document_of(
    note: Note, corpus: Corpus | Described, text: bytes, lines: list[int], weights: Mapping[str, float]
) -> SearchDocument:
    """Return a note as it is searched."""
    iri = corpus.concept_of.get(note.path, "")
    concept = corpus.concepts.get(iri)
    names: dict[str, SearchName] = {}
    own = [(label, "title") for label in note.labels.values()] + [(alias, "alias") for alias, _ in note.alt_labels]
    if concept is not None:
        own.append((concept.id, "id"))
        own += [(former, "id") for former in concept.former_ids]
    own.append((note.path.rpartition("/")[2].rpartition(".")[0], "file"))
    for name, kind in own:
        key = fold(name)
        if key and key not in names:
            names[key] = SearchName(name, kind, key, *pinyin_of(name))
    folded = "\n".join(part for n in names.values() for part in (n.folded, n.initials, n.pinyin) if part)
    return SearchDocument(
        note.path, iri, concept.id if concept else "", dict(note.labels), list(names.values()), folded, note.label_line,
        [(h.line, h.text) for h in note.headings], list(note.tags), weights.get(iri, 0.0), text, lines,
    )  # fmt: skip


def association_weights(corpus: Corpus) -> dict[str, float]:
    """Return the weight of each concept by the number of concepts that it has a statement with."""
    # start time: numpy and its kin are not needed for this
    from math import log1p

    near: dict[str, set[str]] = defaultdict(set)
    for a in corpus.assertions:
        near[a.subject].add(a.object)
        near[a.object].add(a.subject)
    return {iri: log1p(len(others)) for iri, others in near.items()}


def count_words(texts: Iterable[bytes]) -> dict[str, int]:
    """Return the most frequent words of texts, each with the number of texts that have it."""
    counts: Counter[bytes] = Counter()
    for text in texts:
        counts.update(set(_WORD.findall(text)))
    return {word.decode(): n for word, n in counts.most_common(_MOST_WORDS)}


def _texts(base: KnowledgeBase, notes: Mapping[str, Note], dialects: DialectMap) -> dict[str, _Text]:
    """Return the shown text of each note by its digest: from the memo, else from its file."""
    keys = {note.digest: memo_key(note.digest, repr(dialects.of(note.path))) for note in notes.values()}
    remembered: dict[bytes, bytes] = {}
    if base.memo is not None:
        remembered = base.memo.get_many(_TEXTS, list(keys.values()))
    result: dict[str, _Text] = {}
    fresh: dict[bytes, bytes] = {}
    for path, note in count_items(notes.items()):
        if note.digest in result:
            continue
        data = remembered.get(keys[note.digest])
        if data is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                result[note.digest] = msgspec.msgpack.decode(data, type=_Text)
                continue
        with contextlib.suppress(OSError, KeyError):
            raw = files.read(base.files[path], cut=True)
            if hashlib.sha256(raw).hexdigest() == note.digest:
                text = encode_shown(read_shown(note, raw, dialects.of(path)))
                result[note.digest] = _Text(*text)
                fresh[keys[note.digest]] = msgspec.msgpack.encode(result[note.digest])
    if base.memo is not None and fresh:
        base.memo.keep_only(_TEXTS, set(keys.values()))
        base.memo.put_many(_TEXTS, fresh)
    return result


def encode_shown(rows: list[ShownLine]) -> tuple[bytes, list[int]]:
    """Return shown lines as one text, and their numbers."""
    return "\n".join(row.text for row in rows).encode("utf-8", "replace"), [row.line for row in rows]


def without_gaps(text: str) -> str:
    """Return a shown text for readers. Much markup between two words, such as that of a table's cells, becomes a space.

    >>> without_gaps("a \\0\\0b\\0"), without_gaps("a\\0\\0\\0b"), without_gaps("**a**".replace("*", GAP) + "b")
    ('a b', 'a b', 'ab')
    """
    return " ".join(_BETWEEN.sub(" ", text).replace(GAP, "").split())
