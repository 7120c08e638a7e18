"""Suggestions as they are kept: an index, and blocks of encoded rows, of which only those that are asked for are decoded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from kg.model import Suggestion

if TYPE_CHECKING:
    # start time: scipy is only for those who compute suggestions
    from kg.suggest.records import AnswerStore
    from kg.suggest.update import SuggestionUpdate

_BLOCK: Final = 64
"""Number of concepts whose rows are one entry of the store."""
_STAMP: Final = 16
_QUERY: Final = "suggestions"


class _Index(NamedTuple):
    """What is known of all rows without decoding one."""

    inputs: bytes
    """Digest of what the rows were computed from."""
    iris: tuple[str, ...]
    counts: bytes
    """Number of rows of each concept, as 32-bit integers."""
    scores: bytes
    """Score of each row, concept by concept, strongest first, as 64-bit numbers."""
    caps: tuple[str, ...]
    stamps: list[bytes]
    """Digest of each block."""


_index_in: Final = msgspec.msgpack.Decoder(_Index)
_block_in: Final = msgspec.msgpack.Decoder(list[list[msgspec.Raw]])
_row_in: Final = msgspec.msgpack.Decoder(Suggestion)


class KeptSuggestions:
    """The suggestions of all concepts, in order of the concepts; each row is decoded when it is asked for."""

    def __init__(self, index: _Index, load: Callable[[int], bytes | None], again: Callable[[], KeptSuggestions]) -> None:
        self.index = index
        self.caps = index.caps
        """Messages about limits that were reached."""
        self._load, self._again = load, again
        self._counts = np.frombuffer(index.counts, dtype=np.int32)
        self._blocks: dict[int, list[list[msgspec.Raw]]] = {}

    def number(self, limit: int) -> int:
        """Return the number of suggestions, at most `limit` for each concept."""
        return int(np.minimum(self._counts, limit).sum())

    def rows(self, limit: int, source: str | None = None) -> Iterator[Suggestion]:
        """Yield the suggestions, at most `limit` for each concept, strongest first; with `source`, those of one concept."""
        concept = np.repeat(np.arange(len(self._counts)), self._counts)
        rank = np.arange(len(concept)) - np.repeat(np.cumsum(self._counts) - self._counts, self._counts)
        if source is None:
            # Of equal scores, the first concept and its first row come first.
            order = np.lexsort((rank, concept, -np.frombuffer(self.index.scores, dtype=np.float64)))
        else:
            order = np.flatnonzero(concept == self.index.iris.index(source)) if source in self.index.iris else concept[:0]
        order = order[rank[order] < limit]
        for i, k in zip(concept[order].tolist(), rank[order].tolist(), strict=True):
            yield _row_in.decode(self._block(i // _BLOCK)[i % _BLOCK][k])

    def block(self, number: int) -> bytes | None:
        """Return a block, or None if it is no longer in the store, or another one."""
        data = self._load(number)
        return data if data is not None and data[:_STAMP] == self.index.stamps[number] else None

    def _block(self, number: int) -> list[list[msgspec.Raw]]:
        if number not in self._blocks:
            data = self.block(number)
            if data is None:  # what is computed again is in memory
                again = self._again()
                self._load, self.index = again._load, again.index
                data = self._load(number) or b""
            self._blocks[number] = _block_in.decode(memoryview(data)[_STAMP:])
        return self._blocks[number]


class SuggestionStore:
    """Keeps suggestions, and the state of their update, in a store of answers."""

    def __init__(self, store: AnswerStore, name: Callable[[str], bytes], again: Callable[[], KeptSuggestions]) -> None:
        """`name` returns the key of a part; `again` computes the whole of the suggestions if a part is damaged."""
        self._store, self._name, self._again = store, name, again
        self._last: KeptSuggestions | None = None

    def find(self, inputs: bytes) -> KeptSuggestions | None:
        """Return the kept suggestions if they were computed from these inputs."""
        kept = self._opened(self._part("index"))
        return kept if kept is not None and kept.index.inputs == inputs else None

    def earlier(self) -> bytes | None:
        """Return the state of the last update. The rows that belong to it are those that `replace` starts from."""
        both = self._store.get_many(_QUERY, (self._name("index"), self._name("state")))
        self._last = self._opened(both.get(self._name("index")))
        return both.get(self._name("state")) if self._last is not None else None

    def rows_before(self, iris: Sequence[str]) -> Callable[[str], Sequence[Suggestion]] | None:
        """Return a function from a concept to the rows that belong to `earlier`; None if there are none of these concepts."""
        last = self._last
        if last is None or last.index.iris != tuple(iris):
            return None
        number = {iri: i for i, iri in enumerate(iris)}
        blocks: dict[int, list[list[msgspec.Raw]]] = {}

        def rows(iri: str) -> list[Suggestion]:
            block, place = divmod(number[iri], _BLOCK)
            if block not in blocks:
                data = last.block(block)
                blocks[block] = _block_in.decode(memoryview(data)[_STAMP:]) if data is not None else [[]] * _BLOCK
            return [_row_in.decode(row) for row in blocks[block][place]]

        return rows

    def replace(
        self, inputs: bytes, iris: tuple[str, ...], update: SuggestionUpdate
    ) -> tuple[KeptSuggestions, dict[bytes, bytes]] | None:
        """Return the suggestions in which some concepts have other rows, and what has to be kept of them.

        None if a row that isn't computed is no longer in the store.
        """
        last, computed = self._last, update.rows
        whole = len(computed) == len(iris)
        if not whole and (last is None or last.index.iris != iris):
            return None
        counts = np.zeros(len(iris), np.int32) if whole or last is None else np.frombuffer(last.index.counts, np.int32).copy()
        scores = [b""] * len(iris) if whole or last is None else _split(last.index.scores, counts)
        stamps = [b""] * -(-len(iris) // _BLOCK) if whole or last is None else list(last.index.stamps)
        number = {iri: i for i, iri in enumerate(iris)}
        made: dict[int, bytes] = {}
        for b in sorted({number[iri] // _BLOCK for iri in computed}):
            own = range(b * _BLOCK, min((b + 1) * _BLOCK, len(iris)))
            rows: list[list[msgspec.Raw]] = [[] for _ in own]
            if any(iris[i] not in computed for i in own):
                data = last.block(b) if last is not None else None
                if data is None:
                    return None
                rows = _block_in.decode(memoryview(data)[_STAMP:])
            for i in own:
                if iris[i] in computed:
                    new = computed[iris[i]]
                    rows[i % _BLOCK] = [msgspec.Raw(msgspec.msgpack.encode(row)) for row in new]
                    counts[i] = len(new)
                    scores[i] = np.array([row.score for row in new], np.float64).tobytes()
            body = msgspec.msgpack.encode(rows)
            stamps[b] = hashlib.blake2b(body, digest_size=_STAMP).digest()
            made[b] = stamps[b] + body
        index = _Index(inputs, iris, counts.tobytes(), b"".join(scores), update.caps, stamps)
        entries = {self._name(str(b)): data for b, data in made.items()}
        entries |= {self._name("index"): msgspec.msgpack.encode(index), self._name("state"): update.state}
        return KeptSuggestions(index, lambda b: made[b] if b in made else self._part(str(b)), self._again), entries

    def put(self, entries: Mapping[bytes, bytes]) -> None:
        """Keep what `replace` returned."""
        self._store.put_many(_QUERY, entries)

    def _part(self, part: str) -> bytes | None:
        return self._store.get_many(_QUERY, (self._name(part),)).get(self._name(part))

    def _opened(self, data: bytes | None) -> KeptSuggestions | None:
        try:
            index = _index_in.decode(data or b"")
        except msgspec.DecodeError:
            return None
        return KeptSuggestions(index, lambda b: self._part(str(b)), self._again)


def _split(scores: bytes, counts: np.ndarray) -> list[bytes]:
    """The scores of each concept."""
    ends = (np.cumsum(counts) * np.dtype(np.float64).itemsize).tolist()
    return [scores[first:last] for first, last in zip([0, *ends[:-1]], ends, strict=True)]
