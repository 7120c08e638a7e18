"""Finds concepts by labels that are written differently: candidates by shared letter groups, scores by rapidfuzz.

The score is 100 for a name with the same letters and digits; otherwise the larger of rapidfuzz's normalised Indel similarity
of the two texts and of their sorted words, slightly less for names that aren't preferred. A text costs one pass over the lists
of its letter groups (trigrams; bigrams and single characters of Chinese), then fifty comparisons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from rapidfuzz import fuzz

from kg.base.names import fold, letters_and_digits

_COMPARED: Final = 50
"""Labels with the most letter groups in common that are compared with a text."""
_LONGEST: Final = 200
"""Characters of a label or a text that are compared."""
_LESS: Final = {"preferred": 1.0, "other": 0.97, "hidden": 0.95}
_LOWEST: Final = 40.0
_SHORT: Final = 8
"""Characters of a text up to which its pairs of letters count."""
_HAN: Final = "\u2e80"
"""From this character on, scripts have no spaces between words, and single characters carry meaning."""


class IndexedLabel(NamedTuple):
    """A name of a concept."""

    concept: int
    """Position of the concept."""
    text: str
    lang: str
    kind: str
    """``preferred``, ``other`` or ``hidden``."""


class LabelMatch(NamedTuple):
    """A concept with the name that fits best."""

    concept: int
    score: float
    """0–100."""
    label: IndexedLabel
    exact: bool
    """Whether the two have the same letters and digits."""


class LabelIndex:
    """The names of many concepts."""

    def __init__(self, labels: Iterable[IndexedLabel]) -> None:
        self.labels = tuple(label for label in labels if label.text.strip())
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._folded = []
        lists: dict[str, list[int]] = defaultdict(list)
        sizes = []
        for number, label in enumerate(self.labels):
            folded = fold(label.text[:_LONGEST])
            self._folded.append(folded)
            if key := letters_and_digits(label.text):
                self._exact[key].append(number)
            groups = letter_groups(folded)
            sizes.append(len(groups))
            for group in groups:
                lists[group].append(number)
        self._lists = {group: np.array(numbers, dtype=np.int32) for group, numbers in lists.items()}
        self._sizes = np.array(sizes or [0], dtype=np.float64)
        self._owners = np.array([label.concept for label in self.labels] or [-1], dtype=np.int32)

    def find(self, text: str, limit: int, allowed: frozenset[int] | None = None) -> list[LabelMatch]:
        """Return the concepts whose names are most similar, best first; with `allowed`, only those."""
        text = text[:_LONGEST]
        best: dict[int, LabelMatch] = {}

        def consider(number: int, score: float, *, exact: bool) -> None:
            label = self.labels[number]
            if allowed is not None and label.concept not in allowed:
                return
            match = LabelMatch(label.concept, round(score * _LESS[label.kind], 2), label, exact)
            old = best.get(label.concept)
            if old is None or (match.score, exact) > (old.score, old.exact):
                best[label.concept] = match

        key = letters_and_digits(text)
        for number in self._exact.get(key, ()) if key else ():
            consider(number, 100.0, exact=True)
        folded = fold(text)
        for number in self._near(folded, allowed):
            score = max(fuzz.ratio(folded, self._folded[number]), fuzz.token_sort_ratio(folded, self._folded[number]))
            # Only names with the same letters and digits are certain.
            if score >= _LOWEST:
                consider(number, min(score, 99.0), exact=False)
        return sorted(best.values(), key=lambda m: (-m.score, m.label.text, m.concept))[:limit]

    def begin(self, prefix: str, limit: int) -> list[LabelMatch]:
        """Return the concepts with a name, or a word of one, that begins so; then those with similar names."""
        start = fold(prefix[:_LONGEST])
        best: dict[int, LabelMatch] = {}
        for number, text in enumerate(self._folded):
            label = self.labels[number]
            if text.startswith(start):
                score = 90.0 + 10.0 * len(start) / max(len(text), 1)
            elif f" {start}" in text or (start >= _HAN and start in text):
                score = 80.0
            else:
                continue
            old = best.get(label.concept)
            if old is None or score > old.score:
                best[label.concept] = LabelMatch(label.concept, score, label, text == start)
        for match in self.find(prefix, limit) if len(best) < limit else ():
            best.setdefault(match.concept, match._replace(score=min(match.score, 79.0)))
        return sorted(best.values(), key=lambda m: (-m.score, m.label.text, m.concept))[:limit]

    def _near(self, folded: str, allowed: frozenset[int] | None) -> Sequence[int]:
        """The labels that share the most letter groups with a text, by Dice's coefficient."""
        groups = letter_groups(folded)
        lists = [numbers for group in groups if (numbers := self._lists.get(group)) is not None]
        if not lists:
            return ()
        shared = np.bincount(np.concatenate(lists), minlength=len(self._sizes))
        if allowed is not None:
            shared = np.where(np.isin(self._owners, list(allowed)), shared, 0)
        dice = 2 * shared / (self._sizes + len(groups))
        count = min(_COMPARED, len(dice))
        top = np.argpartition(-dice, count - 1)[:count]
        return [int(n) for n in top if shared[n]]


def letter_groups(folded: str) -> frozenset[str]:
    """Return the letter groups of a text; of a short one, pairs too, since one swapped letter changes most of its trigrams.

    >>> sorted(letter_groups("ab")), sorted(letter_groups("共识"))
    ([' a', ' ab', 'ab', 'ab ', 'b '], ['共', '共识', '识'])
    """
    padded = f" {folded} "
    groups = {padded[i : i + 3] for i in range(len(padded) - 2)} if folded[:1] < _HAN or folded.isascii() else set()
    if len(folded) <= _SHORT and folded[:1] < _HAN:
        groups |= {padded[i : i + 2] for i in range(len(padded) - 1)}
    groups |= {c for c in folded if c >= _HAN}
    groups |= {folded[i : i + 2] for i in range(len(folded) - 1) if folded[i] >= _HAN and folded[i + 1] >= _HAN}
    return frozenset(groups)
