"""What suggestions read of each note: its terms and the names in it. Computed once for the bytes of a note."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec

from kg.base.progress import begin_step, count_items
from kg.model import Corpus, Note
from kg.suggest.formulas import without_short
from kg.suggest.names import Lexicon
from kg.suggest.text import MOST_CHARACTERS, NoteText, count_tokens, formula_tokens, prose_tokens, read_running_text


class AnswerStore(Protocol):
    """Stores answers by the name of a query and a key; what it returns is what was put in, or nothing."""

    def get_many(self, query: str, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the answers that are stored, by key."""

    def put_many(self, query: str, answers: Mapping[bytes, bytes]) -> None:
        """Store answers by key."""


class NoteTerms(NamedTuple):
    """The terms in the running text and the links of a note: a function of the note's bytes."""

    words: str
    """Different terms, separated by spaces, in the order of their first occurrence."""
    counts: bytes
    """How often each occurs, as 32-bit integers."""
    long: bool
    """Whether the note is read only in part."""
    steady: str
    """The terms of the headings and the lead, with repeats, separated by spaces: most edits don't change them."""

    def counter(self) -> Counter[str]:
        """Return how often each term occurs."""
        return Counter(dict(zip(self.words.split(" "), array("i", self.counts), strict=True)) if self.words else {})


class NoteNames(NamedTuple):
    """The names in the running text of a note: a function of its bytes and of all names of concepts."""

    starts: bytes
    """First character of each name in the text, as 32-bit integers; `ends` is parallel to it."""
    ends: bytes
    names: str
    """The names, separated by line breaks."""

    def listed(self) -> list[str]:
        """Return the names, in the order of their places."""
        return self.names.split("\n") if self.names else []


class NoteTexts(Mapping[str, NoteText]):
    """The running text of each note that describes a concept, read on first use."""

    def __init__(self, corpus: Corpus, text_of: Callable[[str], str]) -> None:
        """`text_of` returns the text of a note by path."""
        self._notes = {path: corpus.notes[path] for path in corpus.concept_of if path in corpus.notes}
        self._text_of = text_of
        self._read: dict[str, NoteText] = {}

    def __getitem__(self, path: str) -> NoteText:
        """Return the running text of a note."""
        text = self._read.get(path)
        if text is None:
            text = self._read[path] = read_running_text(self._notes[path], self._text_of(path))
        return text

    def __contains__(self, path: object) -> bool:
        """Whether a note describes a concept; its text isn't read."""
        return path in self._notes

    def __iter__(self) -> Iterator[str]:
        """Yield the paths."""
        return iter(self._notes)

    def __len__(self) -> int:
        """Return the number of notes."""
        return len(self._notes)

    def note(self, path: str) -> Note:
        """Return the note at a path."""
        return self._notes[path]

    def key(self, path: str) -> bytes:
        """Return a digest of all that the running text of a note is made of: its bytes and where its links are."""
        note = self._notes[path]
        parts = (note.digest, note.body, note.lines, [(k.start, k.end, k.kind, k.context) for k in note.links])
        return hashlib.sha256(msgspec.msgpack.encode(parts)).digest()

    def unchanged(self, path: str) -> bool:
        """Whether the text that was read is that of the note: the file may have been changed or removed since."""
        text = self._text_of(path).encode("utf-8", "surrogatepass")
        return hashlib.sha256(text).hexdigest() == self._notes[path].digest


class NoteRecords(NamedTuple):
    """The records of all notes that describe a concept, by path."""

    terms: Mapping[str, NoteTerms]
    names: Mapping[str, NoteNames]
    texts: NoteTexts


_terms_in: Final = msgspec.msgpack.Decoder(NoteTerms)
_names_in: Final = msgspec.msgpack.Decoder(NoteNames)


def note_terms(text: NoteText, note: Note) -> NoteTerms:
    """Return the terms of a note."""
    counts = count_tokens(without_short(text.plain), without_short(text.shown))
    counts.update(formula_tokens(text.formulas))
    steady = [word for part in (note.lead, *(h.text for h in note.headings)) for word in prose_tokens(part)]
    return NoteTerms(" ".join(counts), array("i", counts.values()).tobytes(), len(text.raw) > MOST_CHARACTERS, " ".join(steady))


def note_names(text: NoteText, lexicon: Lexicon) -> NoteNames:
    """Return the names in a note."""
    places = lexicon.met(text)
    starts = array("i", [place[0] for place in places]).tobytes()
    ends = array("i", [place[1] for place in places]).tobytes()
    return NoteNames(starts, ends, "\n".join([place[2] for place in places]))


def read_records(texts: NoteTexts, lexicon: Lexicon, store: AnswerStore | None = None) -> NoteRecords:
    """Return the records of all notes, from the store if they are in it; the others are computed and stored."""
    keys = {path: texts.key(path) for path in texts}
    of_names = hashlib.sha256("\n".join(sorted(lexicon.meanings)).encode("utf-8", "surrogatepass")).digest()
    both = {path: hashlib.sha256(key + of_names).digest() for path, key in keys.items()}
    terms = {key: _terms_in.decode(data) for key, data in _stored(store, "suggest-terms", keys.values()).items()}
    names = {key: _names_in.decode(data) for key, data in _stored(store, "suggest-names", both.values()).items()}
    new_terms: dict[str, NoteTerms] = {}
    new_names: dict[str, NoteNames] = {}
    with begin_step("reading texts", len(keys)):
        for path, key in count_items(keys.items()):
            if key not in terms:
                new_terms[path] = note_terms(texts[path], texts.note(path))
            if both[path] not in names:
                new_names[path] = note_names(texts[path], lexicon)
    lexicon.forget()
    if store is not None:
        keep = {path for path in new_terms.keys() | new_names.keys() if texts.unchanged(path)}
        encode = msgspec.msgpack.encode
        store.put_many("suggest-terms", {keys[p]: encode(own) for p, own in new_terms.items() if p in keep})
        store.put_many("suggest-names", {both[p]: encode(own) for p, own in new_names.items() if p in keep})
    return NoteRecords(
        {p: new_terms[p] if p in new_terms else terms[k] for p, k in keys.items()},
        {p: new_names[p] if p in new_names else names[both[p]] for p in keys},
        texts,
    )


def _stored(store: AnswerStore | None, query: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
    return store.get_many(query, tuple(keys)) if store is not None else {}


_AXES: Final = "suggest-axes"


def recall_axes(store: AnswerStore, digest: bytes, compute: Callable[[], bytes]) -> bytes:
    """Return the latent axes that were computed from data with a digest, or compute them and store them in place of others."""
    data = store.get_many(_AXES, (b"",)).get(b"", b"")
    if data[: len(digest)] == digest:
        return data[len(digest) :]
    axes = compute()
    store.put_many(_AXES, {b"": digest + axes})
    return axes
