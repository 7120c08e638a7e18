"""Finds texts that share nearly all of their words, without comparing each pair."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from kg.base.names import fold

THRESHOLD: Final = 0.8
_WORD: Final = re.compile(r"[a-z0-9\u00c0-\u024f]+|[\u3400-\u9fff\uf900-\ufaff]")
_LEAST: Final = 8
"""Minimum number of distinct words: shorter texts are similar by chance."""
_CROWD: Final = 50
"""A word at the start of more texts than this is part of a template's phrase: these texts are no longer compared."""


def words(text: str) -> frozenset[str]:
    """Return the distinct words of a text; for Chinese, which doesn't separate words, its pairs of adjacent characters.

    >>> sorted(words("A quorum of a 多数派"))
    ['a', 'of', 'quorum', '多数', '数派']
    """
    folded = fold(text)
    pieces = _WORD.findall(folded)
    if folded.isascii():
        return frozenset(pieces)
    result = {w for w in pieces if w.isascii() or len(w) > 1}
    for a, b in pairwise(pieces):
        if not a.isascii() and not b.isascii() and len(a) == len(b) == 1:
            result.add(a + b)
    return frozenset(result)


def near_duplicates(rows: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str, float]]:
    """Yield (first, second, share) of texts (name, text) whose words overlap by at least THRESHOLD (Jaccard) and differ.

    Prefix filtering (Chaudhuri, Ganti and Kaushik 2006; Bayardo, Ma and Srikant 2007): with the rarest words first, two texts
    that overlap by t share one of their first |x| − ⌈t·|x|⌉ + 1 words, so that only texts that share a rare word are compared.

    >>> a = "a b c d e f g h i j k l m n o p"
    >>> [(x, y, round(s, 2)) for x, y, s in near_duplicates([("1", a), ("2", a + " q"), ("3", "q r s t u v w x y z")])]
    [('1', '2', 0.94)]
    """
    sets = [(name, words(text), fold(text)) for name, text in rows]
    counts: Counter[str] = Counter()
    for _, own, _ in sets:
        counts.update(own)
    rank = {word: i for i, (_, word) in enumerate(sorted((count, word) for word, count in counts.items()))}
    first: dict[str, list[int]] = defaultdict(list)
    for i, (name, own, text) in enumerate(sets):
        size = len(own)
        if size < _LEAST:
            continue
        rare = sorted(own, key=rank.__getitem__)
        candidates: dict[int, None] = {}
        for word in rare[: size - -int(-(THRESHOLD * size) // 1) + 1]:
            holders = first[word]
            if len(holders) <= _CROWD:
                candidates.update(dict.fromkeys(holders))
            holders.append(i)
        for j in candidates:
            second, its, its_text = sets[j]
            if min(size, len(its)) < THRESHOLD * max(size, len(its)) or second == name or its_text == text:
                continue
            common = len(own & its)
            share = common / (size + len(its) - common)
            if share >= THRESHOLD:
                yield second, name, share
