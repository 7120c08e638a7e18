"""Suggestions after an edit: only the rows of concepts that it affects are computed again.

The result is the same as without an earlier state. Each value of a row depends on the features of its concept and, column by
column, on those of the others. A row is computed again if features of its concept changed, or if a concept whose features
changed was one of its candidates, or would be one now: the state keeps the least value with which each generator chose a
candidate. If the list of concepts changed, or an option, every row is computed again. The evidence that comes from the text of
two notes is that of the earlier row if neither changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
import scipy.sparse as sp

from kg.base.progress import begin_step, count_items
from kg.model import Corpus, Reason, Suggestion
from kg.suggest import candidates, features, links
from kg.suggest.candidates import GENERATORS
from kg.suggest.explain import EarlierRows
from kg.suggest.features import FEATURES, FeatureTable
from kg.suggest.links import SimilarTexts
from kg.suggest.matrices import Matrix, PackedMatrix, pack_matrix, unpack_matrix
from kg.suggest.ranking import SuggestOptions, caps, strongest
from kg.suggest.records import AnswerStore
from kg.suggest.terms import TermVectors
from kg.suggest.ties import Ties

_SIZE: Final = 16
_MANY: Final = 4
"""If one in this many concepts changed, all rows are computed again."""
_SIMILAR: Final = 128
"""Columns of similarities computed at once."""
_NEARLY: Final = 0.999
"""Sums in another order are slightly smaller or larger."""
_RowsBefore = Callable[[str], Sequence[Suggestion]]


class _State(NamedTuple):
    """What the next update needs of this one. Arrays are stored as bytes, matrices as their three arrays."""

    frame: bytes
    """Digest of all that affects every row."""
    own: bytes
    """For each concept, a digest of what its own row reads."""
    seen: bytes
    """For each concept, a digest of what other rows read of it."""
    text: bytes
    """For each concept, a digest of what similarity of texts reads."""
    least: bytes
    """See `CandidateRows.least`."""
    similar_least: bytes
    close: PackedMatrix
    nearest: PackedMatrix
    candidates: PackedMatrix
    links: PackedMatrix


class SuggestionUpdate(NamedTuple):
    """Suggestions of the concepts that an edit affects, and the state for the next update."""

    rows: Mapping[str, Sequence[Suggestion]]
    """IRI of each concept whose suggestions were computed → these, strongest first. Those of the others haven't changed."""
    caps: tuple[str, ...]
    state: bytes


_state_in: Final = msgspec.msgpack.Decoder(_State)


def update_suggestions(
    corpus: Corpus,
    text_of: Callable[[str], str],
    options: SuggestOptions,
    earlier: bytes | None = None,
    store: AnswerStore | None = None,
    rows_before: _RowsBefore | None = None,
) -> SuggestionUpdate:
    """Compute the suggestions that have changed since an earlier update, or all; `text_of` returns the text of a note by path.

    `earlier` is the state of an earlier update, from the same code of kg; bytes that are not a state are ignored. `rows_before`
    returns the suggestions of a concept that belong to it; give it only if the concepts are the same, in the same order.
    `store` keeps what is read of each note. None of them affects the result.
    """
    old = _decode(earlier, len(corpus.concepts))
    similar = _Similar(old)
    base = features.collect(corpus, text_of, store, similar)
    frame = _frame(corpus, options)
    own, seen = _digests(corpus, base, options, similar.hashes)
    n = len(base.iris)
    if old is not None and old.frame != frame:
        old = None
    before = None if old is None or rows_before is None else _KnownRows(old, base, own, seen, rows_before)
    touched = np.arange(n) if old is None else _touched(old, base, own, seen)
    least = np.zeros((n, len(GENERATORS)), np.float32) if old is None else _array(old.least, np.float32, len(GENERATORS)).copy()
    chosen = sp.csr_matrix((n, n), dtype=np.int8) if old is None else unpack_matrix(old.candidates, n, np.int8)
    parts: list[np.ndarray] = []

    def observed() -> Iterator[candidates.CandidateRows]:
        first = 0
        for block in candidates.blocks(base, touched):
            last = first + len(block.least)
            least[touched[first:last]] = block.least
            parts.append(np.stack((block.sources, block.targets)))
            first = last
            yield block

    ranking = strongest(corpus, base, observed(), options)
    rows: dict[str, list[Suggestion]] = {base.iris[i]: [] for i in touched.tolist()}
    with begin_step("explaining suggestions", len(ranking)):
        for row in count_items(ranking.rows(before)):
            rows[row.source].append(row)
    chosen = _replaced(chosen, touched, np.concatenate(parts, axis=1) if parts else np.zeros((2, 0), np.int64))
    state = _State(
        frame, own.tobytes(), seen.tobytes(), similar.digests.tobytes(), least.tobytes(), base.similar_least.tobytes(),
        pack_matrix(base.close), pack_matrix(base.nearest), pack_matrix(chosen), pack_matrix(base.links),
    )  # fmt: skip
    return SuggestionUpdate(rows, caps(base, options.limit), msgspec.msgpack.encode(state))


class _KnownRows(EarlierRows):
    """The rows of an earlier state."""

    def __init__(self, old: _State, base: FeatureTable, own: np.ndarray, seen: np.ndarray, rows_before: _RowsBefore) -> None:
        self._iris = base.iris
        self._rows_before = rows_before
        self._rows: dict[int, dict[str, Suggestion]] = {}
        self._same_texts = (seen == _array(old.seen, np.uint8, _SIZE)).all(axis=1).tolist()
        # Evidence can be links of a third concept.
        same_links = pack_matrix(base.links) == tuple(old.links)
        same = (own == _array(old.own, np.uint8, _SIZE)).all(axis=1)
        self._same_rows = (same & same_links).tolist()

    def _find(self, source: int, target: int, same: Sequence[bool]) -> Suggestion | None:
        if not (same[source] and same[target]):
            return None
        if source not in self._rows:
            self._rows[source] = {row.target: row for row in self._rows_before(self._iris[source])}
        return self._rows[source].get(self._iris[target])

    def find_row(self, source: int, target: int, score: float, parts: Sequence[float]) -> Suggestion | None:
        row = self._find(source, target, self._same_rows)
        if row is None or row.score != score:
            return None
        shown = {name: part for name, part in zip(FEATURES, parts, strict=True) if part > 0}
        return row if {reason.kind: reason.contribution for reason in row.why} == shown else None

    def find_reasons(self, source: int, target: int) -> Mapping[str, Reason]:
        row = self._find(source, target, self._same_texts)
        return {} if row is None else {reason.kind: reason for reason in row.why}


def _decode(earlier: bytes | None, n: int) -> _State | None:
    """The earlier state if there are as many concepts; its digests determine what of it holds."""
    if earlier is None:
        return None
    try:
        state = _state_in.decode(earlier)
    except msgspec.DecodeError:
        return None
    return state if len(state.own) == n * _SIZE else None


def _replaced(matrix: Matrix, rows: np.ndarray, pairs: np.ndarray) -> Matrix:
    """Replace rows of a matrix of ones by `pairs`, 2 × places."""
    keep = np.ones(matrix.shape[0], dtype=bool)
    keep[rows] = False
    entries = matrix.tocoo()
    left = keep[entries.row]
    row, column = (np.concatenate(both) for both in ((entries.row[left], pairs[0]), (entries.col[left], pairs[1])))
    return sp.csr_matrix((np.ones(len(row), np.int8), (row, column)), shape=matrix.shape).sorted_indices()


class _Similar:
    """Finds similar texts: those of the earlier state, if neither a text nor one that is similar enough changed."""

    def __init__(self, old: _State | None) -> None:
        self.old = old
        self.hashes = np.zeros(0, dtype=np.uint64)
        """A number for each term."""
        self.digests = np.zeros((0, _SIZE), dtype=np.uint8)

    def __call__(self, latent: np.ndarray, terms: TermVectors) -> SimilarTexts:
        n = len(latent)
        digests = (hashlib.blake2b(w.encode("utf-8", "surrogatepass"), digest_size=8).digest() for w in terms.words)
        self.hashes = np.frombuffer(b"".join(digests), dtype=np.uint64)
        self.digests = _row_digests(n, [_terms(terms.weights, self.hashes)], latent)
        old = self.old
        changed = np.flatnonzero((self.digests != _array(old.text, np.uint8, _SIZE)).any(axis=1)) if old else np.arange(n)
        if old is None or len(changed) * _MANY > n:
            return links.nearest(latent, terms.weights)
        close, wide = unpack_matrix(old.close, n, np.float32), unpack_matrix(old.nearest, n, np.float32)
        least = _array(old.similar_least, np.float32, 2).copy()
        touched = np.zeros(n, dtype=bool)
        touched[changed] = True
        for matrix in (close, wide):
            touched |= _rows_with(matrix, changed)
        for first in range(0, len(changed), _SIMILAR):
            at = changed[first : first + _SIMILAR]
            like = (terms.weights @ terms.weights[at].T).toarray()
            touched |= (like >= least[:, :1]).any(axis=1)
            like += latent @ latent[at].T
            touched |= (like >= least[:, 1:]).any(axis=1)
        rows = np.flatnonzero(touched)
        made = links.nearest(latent, terms.weights, rows)
        least[rows] = made.least
        return SimilarTexts(_spliced(close, rows, made.close), _spliced(wide, rows, made.wide), least)


def _spliced(matrix: Matrix, rows: np.ndarray, instead: Matrix) -> Matrix:
    """Replace rows of a matrix."""
    place = np.arange(matrix.shape[0])
    place[rows] = matrix.shape[0] + np.arange(len(rows))
    return sp.vstack((matrix, instead), format="csr")[place]


def _touched(old: _State, base: FeatureTable, own: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The rows that an edit affects, ascending."""
    n = len(base.iris)
    touched: np.ndarray = (own != _array(old.own, np.uint8, _SIZE)).any(axis=1)
    moved = np.flatnonzero((seen != _array(old.seen, np.uint8, _SIZE)).any(axis=1))
    before = unpack_matrix(old.nearest, n, np.float32)
    near = np.flatnonzero(_differing_rows(before, base.nearest))
    if max(len(moved), len(near)) * _MANY > n:
        return np.arange(n)
    chosen = unpack_matrix(old.candidates, n, np.int8)
    touched |= _rows_with(chosen, moved)
    least = _array(old.least, np.float32, len(GENERATORS))
    terms = base.terms
    for first in range(0, len(moved), _SIMILAR):
        at = moved[first : first + _SIMILAR]
        for name, values in {
            "title": (terms.presence @ terms.titles[at].T).toarray(),
            "mentioned": base.named[at].T.toarray(),
            "titled": (terms.titles @ terms.presence[at].T).toarray(),
            "terms": (terms.weights @ terms.weights[at].T).toarray(),
            "latent": base.latent @ base.latent[at].T,
            "names": (terms.names @ terms.names[at].T).toarray(),
        }.items():
            touched |= _reaching(values, least, name).any(axis=1)
    out = links.row_shares(base.links).astype(np.float64)
    factors = sp.diags(np.random.default_rng(_SIZE).uniform(1.0, 2.0, n))
    for first in range(0, len(near), _SIMILAR):
        at = near[first : first + _SIMILAR]
        values = (out @ base.nearest[at].T).toarray()
        # Factors for each concept: other concepts with the same sum are a difference too.
        differs = (out @ (before[at] @ factors).T).toarray() != (out @ (base.nearest[at] @ factors).T).toarray()
        candidate = chosen[:, at].toarray() > 0
        touched |= (differs & (candidate | _reaching(values, least, "link-similar"))).any(axis=1)
    stated = unpack_matrix(old.links, n, np.float32)
    ends = np.flatnonzero(_differing_rows(stated, base.links) | _differing_rows(stated.T, base.links.T))
    if len(ends) * _MANY > n:
        return np.arange(n)
    if len(ends):
        touched |= _rows_near(base, ends) | _rows_with_other_co_links(stated, base, chosen)
    rows: np.ndarray = np.flatnonzero(touched)
    return rows


def _rows_near(base: FeatureTable, ends: np.ndarray) -> np.ndarray:
    """From which concepts a walk reaches one of `ends` before its last step: only these walks depend on the links of `ends`."""
    step = links.steps(base.shares)
    after_two = step @ step[:, ends]
    after_two.data[after_two.data < links.least(len(base.iris)) * _NEARLY] = 0.0
    near = np.zeros(len(base.iris), dtype=bool)
    near[ends] = True
    for position in (base.shares[:, ends], after_two):
        near |= np.asarray(position.sum(axis=1)).ravel() > 0
    return near


def _rows_with_other_co_links(stated: Matrix, base: FeatureTable, chosen: Matrix) -> np.ndarray:
    """Which rows have a candidate whose co-citation with something that they link to isn't that of the links `stated`."""
    differs = (links.together(stated) != base.together).astype(np.float32)
    rows: np.ndarray = np.diff((base.links @ differs).multiply(chosen).tocsr().indptr) > 0
    return rows


def _reaching(values: np.ndarray, least: np.ndarray, generator: str) -> np.ndarray:
    """Where a generator would choose a candidate."""
    reaching: np.ndarray = (values > 0) & (values >= least[:, GENERATORS.index(generator), None])
    return reaching


def _rows_with(matrix: Matrix, columns: np.ndarray) -> np.ndarray:
    """Which rows have an entry in one of the columns."""
    wanted = np.zeros(matrix.shape[1], dtype=bool)
    wanted[columns] = True
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    result = np.zeros(matrix.shape[0], dtype=bool)
    result[rows[wanted[matrix.indices]]] = True
    return result


def _differing_rows(first: Matrix, second: Matrix) -> np.ndarray:
    """Which rows of two matrices differ."""
    difference = (first != second).tocsr()
    differs: np.ndarray = np.diff(difference.indptr) > 0
    return differs


def _frame(corpus: Corpus, options: SuggestOptions) -> bytes:
    """A digest of all that affects every row."""
    concepts = [(c.iri, c.id, c.path) for c in corpus.concepts.values()]
    parts = msgspec.msgpack.encode((concepts, *options._replace(rejected=sorted(options.rejected))))
    return hashlib.blake2b(parts).digest()


def _digests(corpus: Corpus, base: FeatureTable, options: SuggestOptions, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each concept, digests of what its own row and what other rows read of it."""
    n, terms, mentions = len(base.iris), base.terms, base.mentions
    number = {iri: i for i, iri in enumerate(base.iris)}
    stated: list[list[object]] = [[] for _ in range(n)]
    for a in corpus.assertions:
        if a.subject in number:
            stated[number[a.subject]].append((a.object, a.path, a.line, a.column))
    texts = base.records.texts
    plain = [
        msgspec.msgpack.encode((
            [(texts.key(path), base.records.names[path].names) for path in concept.paths if path in texts],
            (concept.labels, concept.alt_labels, concept.definitions),
            [(label, base.rarity[label]) for label in sorted(areas)],
            said,
        ))
        for concept, areas, said in zip(corpus.concepts.values(), base.areas, stated, strict=True)
    ]  # fmt: skip
    pointers = np.searchsorted(mentions.keys, np.arange(n + 1) * n)
    both = [
        *(_terms(matrix, hashes) for matrix in (terms.weights, terms.presence, terms.titles, terms.names)),
        (base.named.indptr, base.named.indices, base.named.data),
        *((pointers, mentions.keys % max(n, 1), column) for column in (mentions.times, mentions.titles, *mentions.places)),
    ]
    linked = sp.csr_matrix(links.popularity(base.links)[:, None])
    both.append((linked.indptr, linked.indices, linked.data))
    of_row = [
        _sorted(matrix)
        for matrix in (
            *(base.rare, base.close, base.nearest, base.links, base.links.T),
            *(base.close @ base.links, base.nearest @ base.links),
        )
    ]
    further = Ties(corpus, base.iris, base.links, options.hierarchy).further
    of_row.append((np.searchsorted(further, np.arange(n + 1) * n), further, further))
    return _row_digests(n, [*both, *of_row], base.latent, plain), _row_digests(n, both, base.latent, plain)


def _sorted(matrix: Matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pointers, columns and values of a matrix whose rows are sorted."""
    rows = matrix.tocsr().sorted_indices()
    return rows.indptr, rows.indices, rows.data


def _terms(matrix: Matrix, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of a matrix of terms, without the numbers of terms, which depend on all notes."""
    return matrix.indptr, hashes[matrix.indices] if len(hashes) else matrix.indices, matrix.data


def _row_digests(
    n: int,
    tables: Iterable[tuple[np.ndarray, np.ndarray, np.ndarray]],
    dense: np.ndarray,
    plain: Sequence[bytes] = (),
) -> np.ndarray:
    """A digest of each row of several tables, given as pointers, keys and values, of a dense one, and of further bytes."""
    made = [hashlib.blake2b(row.tobytes(), digest_size=_SIZE) for row in dense]
    for pointers, keys, values in tables:
        ends = pointers.tolist()
        for column in (np.ascontiguousarray(keys), np.ascontiguousarray(values)):
            data, width = memoryview(column.tobytes()), column.itemsize
            for i, digest in enumerate(made):
                digest.update(data[ends[i] * width : ends[i + 1] * width])
        for i, digest in enumerate(made):
            digest.update((ends[i + 1] - ends[i]).to_bytes(4, "big"))
    for digest, data_ in zip(made, plain, strict=False):
        digest.update(data_)
    return np.frombuffer(b"".join(d.digest() for d in made), dtype=np.uint8).reshape(n, _SIZE)


def _array(data: bytes, kind: type, width: int) -> np.ndarray:
    return np.frombuffer(data, dtype=kind).reshape(-1, width)
