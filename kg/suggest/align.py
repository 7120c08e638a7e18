"""Proposes SKOS mappings from concepts to those of another vocabulary, by labels, definitions and hierarchy.

A label counts in each form that people write: without what stands in brackets, that alone, and each English word in the
singular. The confidence starts from the best pair of names in one language. Definitions (cosine of their words, weighted by
rarity), a second language and mapped broader concepts add to it; several equal partners reduce it. A foreign concept whose name
ends that of an own one ("mutating webhook", "webhook"), or to which its broader concept is mapped, is a broader match.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from kg.base.names import SKOS, fold, letters_and_digits
from kg.graph.label_index import IndexedLabel, LabelIndex

EXACT: Final = SKOS + "exactMatch"
CLOSE: Final = SKOS + "closeMatch"
BROAD: Final = SKOS + "broadMatch"

_CANDIDATES: Final = 8
_NAME: Final = {("preferred", "preferred"): 0.86, ("preferred", "other"): 0.78, ("other", "other"): 0.7}
_SPELT: Final = 88.0
"""Similarity from which differently written names count, in points of `LabelIndex`."""
_EXACT_FROM: Final = 0.8
_ALIKE: Final = 0.2
"""Similarity of definitions from which a name that isn't preferred can make an exact match."""
_AGREE: Final = (0.1, 0.08)
"""Similarity from which definitions are of one thing if the names agree: names of one word, names of more."""
_UNLIKE: Final = 0.04
"""Similarity below which the end of a name probably means something else."""
_DISAGREE: Final = 0.35
"""What names lose whose definitions share next to nothing."""
_STRUCTURAL: Final = 0.65
_RIVAL: Final = 0.12
"""Difference of confidence within which another foreign concept makes a proposal less certain."""
_LINKING: Final = frozenset("per of to for in at on with and or as by from the".split())
"""Words behind which the end of an English name isn't what the name is a kind of."""
_LOWEST: Final = 0.5
_BRACKETS: Final = re.compile(r"\s*[(（]([^()（）]{1,60})[)）]\s*")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9+#.-]*[a-z0-9+#]|[a-z0-9]|[\u3400-\u9fff]")
_ABBREVIATIONS: Final = re.compile(r"\b([A-Z]{2,})s\b")
_PLURAL: Final = re.compile(
    r"(?<!\bnew)(?<!\bkubernete)(?<!\bserie)(?<!\bspecie)(?<=[a-z]{3})(?:(?<=s|x|z)es|(?<=ch|sh)es|(?<![siu])s)\b"
)


class AlignedLabel(NamedTuple):
    """A name of a concept."""

    text: str
    lang: str
    kind: str
    """``preferred`` or ``other``."""


class AlignedConcept(NamedTuple):
    """A concept of either side."""

    iri: str
    id: str
    labels: tuple[AlignedLabel, ...]
    definitions: Mapping[str, str]
    """Language → text; an empty language is unknown."""
    broader: tuple[str, ...] = ()

    def label(self) -> str:
        """An English label if there is one, otherwise any."""
        return next((text for text, lang, kind in self.labels if lang == "en" and kind == "preferred"), self.labels[0][0])


class MappingProposal(NamedTuple):
    """A proposed mapping from an own concept to a foreign one."""

    id: str
    source: AlignedConcept
    predicate: str
    target: AlignedConcept
    confidence: float
    justification: str
    """``LexicalMatching``, ``CompositeMatching`` or ``StructuralMatching``, as in the vocabulary semapv."""
    match: str
    """The name that both have, as it is compared; empty if they share none."""
    evidence: tuple[str, ...]
    """What speaks for it, as ``name``, ``definition``, ``language`` or ``broader`` with its value."""


class _Ground(NamedTuple):
    """What speaks for a proposal; the fields of `MappingProposal`."""

    confidence: float
    justification: str
    match: str
    evidence: tuple[str, ...]


class _Pair(NamedTuple):
    score: float
    match: str
    own: str
    foreign: str
    lang: str
    exact: bool

    @property
    def surely(self) -> bool:
        """Whether both concepts are mainly called so."""
        return self.exact and self.score >= _NAME["preferred", "preferred"]


def propose_mappings(
    own: Sequence[AlignedConcept], foreign: Sequence[AlignedConcept], barred: Collection[tuple[str, str]] = ()
) -> list[MappingProposal]:
    """Return the proposals, the most certain first; at most one exact match for a concept of either side.

    `barred`: pairs of own and foreign IRI that are stated or rejected.
    """
    own, foreign = [c for c in own if c.labels], [c for c in foreign if c.labels]
    index = LabelIndex(
        IndexedLabel(number, form, lang, kind)
        for number, concept in enumerate(foreign)
        for text, lang, kind in concept.labels
        for form in label_forms(text)
    )
    pairs = {concept.iri: dict(_pairs(concept, foreign, index)) for concept in own}
    words = _Weights(text for c in (*own, *foreign) for text in c.definitions.values())
    # Mapped broader concepts count, so that exact names are needed first.
    surely = {
        iri: {foreign[n].iri for n, several in by_target.items() if any(p.surely for p in several)}
        for iri, by_target in pairs.items()
    }
    rows = [
        row
        for concept in own
        for number, found in pairs[concept.iri].items()
        if (row := _proposal(concept, foreign[number], found, words, surely)) and (concept.iri, row.target.iri) not in barred
    ]
    rows = list(_one_to_one(_less_if_ambiguous(rows)))
    mapped = {row.source.iri for row in rows} | {iri for iri, _ in barred}
    others = _Foreign(foreign, index, surely, words)
    rows += [
        row
        for concept in own
        if concept.iri not in mapped and (row := _broader(concept, others))
        if (concept.iri, row.target.iri) not in barred
    ]
    return sorted(rows, key=lambda row: (-row.confidence, row.source.id, row.target.iri))


def label_forms(text: str) -> tuple[str, ...]:
    """Return the forms in which a label is compared; what stands in brackets only if it is an abbreviation.

    >>> label_forms("Application Programming Interfaces (APIs)")
    ('application programming interfaces (apis)', 'application programming interface', 'api')
    >>> label_forms("namespace (Kubernetes)")
    ('namespace (kubernetes)', 'namespace')
    """
    short = [part for part in _BRACKETS.findall(text) if sum(c.isupper() or c.isdigit() for c in part) > 1 and " " not in part]
    outside = " ".join(_BRACKETS.sub(" ", text).split())
    forms = [fold(text), *(_PLURAL.sub("", fold(_ABBREVIATIONS.sub(r"\1", part))) for part in (outside, *short) if part)]
    return tuple(dict.fromkeys(forms))


def _pairs(concept: AlignedConcept, foreign: Sequence[AlignedConcept], index: LabelIndex) -> Iterator[tuple[int, list[_Pair]]]:
    """Yield the foreign concepts with similar names, with the best pair of names in each language."""
    best: dict[int, dict[str, _Pair]] = defaultdict(dict)
    for text, lang, kind in concept.labels:
        for form in label_forms(text):
            for match in index.find(form, _CANDIDATES):
                label = match.label
                if lang and label.lang and lang.partition("-")[0] != label.lang.partition("-")[0]:
                    continue
                # The same words in another order are another name: a gateway API is not an API gateway.
                if not match.exact and (len(form) < _CANDIDATES or fuzz.ratio(form, label.text) < _SPELT):
                    continue
                first, second = sorted((kind, label.kind), reverse=True)
                score = _NAME[first, second] if match.exact else 0.7 * _NAME[first, second] * match.score / 100
                pair = _Pair(score, letters_and_digits(label.text), text, label.text, lang or label.lang, match.exact)
                old = best[match.concept].get(pair.lang)
                if old is None or pair.score > old.score:
                    best[match.concept][pair.lang] = pair
    yield from ((number, sorted(found.values(), reverse=True)) for number, found in best.items())


def _proposal(
    own: AlignedConcept, foreign: AlignedConcept, pairs: Sequence[_Pair], words: _Weights, surely: Mapping[str, Collection[str]]
) -> MappingProposal | None:
    """The proposal for a pair of concepts with similar names; None if too little speaks for it."""
    best = pairs[0]
    relation = f"= {foreign.label()}" if best.exact else f"~ {best.foreign}"
    confidence, evidence = best.score, [f"name: {best.own} {relation}"]
    if len({p.lang for p in pairs if p.exact}) > 1:
        confidence += 0.06
        evidence.append("language: names agree in two")
    # That a definition repeats the name says nothing of what is meant; of a longer name, it does.
    single = len(named := _words(best.foreign)) == 1
    alike = words.similarity(own.definitions, foreign.definitions, named if single else ())
    agreed = alike is None or alike >= _AGREE[not single]
    if alike is not None:
        confidence += 0.12 * min(1.0, alike / 0.3) - 0.05
        if not agreed:
            confidence -= _DISAGREE * (1 - alike / _AGREE[0])
        evidence.append(f"definition: {alike:.2f}")
    above = sorted(b for b in own.broader if set(surely.get(b, ())) & set(foreign.broader))
    if above:
        confidence += 0.04
        evidence.append(f"broader: {', '.join(above)}")
    confidence = round(min(confidence, 0.99), 2)
    if confidence < _LOWEST:
        return None
    # An alias is often the name of something near; only definitions that agree and a word in common make it the same.
    same = agreed and (best.surely or (best.exact and (alike or 0.0) >= _ALIKE and _share_word(own, foreign)))
    predicate = EXACT if same and confidence >= _EXACT_FROM else CLOSE
    justification = "LexicalMatching" if len(evidence) == 1 else "CompositeMatching"
    match = best.match if best.exact else ""
    return _made(own, predicate, foreign, _Ground(confidence, justification, match, tuple(evidence)))


def _share_word(own: AlignedConcept, foreign: AlignedConcept) -> bool:
    """Whether the preferred names of two concepts have a word in common, or one is an abbreviation in the other."""
    words = [
        {word for text, _, kind in c.labels if kind == "preferred" for form in label_forms(text) for word in _words(form)}
        for c in (own, foreign)
    ]
    return bool(words[0] & words[1])


def _made(own: AlignedConcept, predicate: str, foreign: AlignedConcept, ground: _Ground) -> MappingProposal:
    key = hashlib.sha256(f"{own.iri} {predicate} {foreign.iri}".encode("utf-8", "replace")).hexdigest()[:8]
    return MappingProposal(key, own, predicate, foreign, *ground)


def _close(row: MappingProposal, confidence: float, *more: str) -> MappingProposal:
    """The same proposal as a close match."""
    evidence = (*row.evidence, *more)
    return _made(row.source, CLOSE, row.target, _Ground(confidence, row.justification, row.match, evidence))


def _less_if_ambiguous(rows: Sequence[MappingProposal]) -> Iterator[MappingProposal]:
    """Yield the proposals, less certain where other foreign concepts fit the same own one.

    Aliases that name several foreign concepts, or another than the preferred name, are names of narrower or near things.
    """
    by_source: dict[str, list[MappingProposal]] = defaultdict(list)
    for row in rows:
        by_source[row.source.iri].append(row)
    for row in rows:
        others = [r for r in by_source[row.source.iri] if r is not row]
        rivals = [r for r in others if r.confidence > row.confidence - _RIVAL]
        mainly = _is_main_name(row)
        if mainly:
            rivals = [r for r in rivals if _is_main_name(r)]
        if not mainly and (any(map(_is_main_name, others)) or any(r.match != row.match for r in rivals)):
            yield _close(row, round(row.confidence - 0.3, 2), "ambiguous: an alias names it")
        else:
            yield _close(row, round(row.confidence - 0.1, 2), "ambiguous: several fit") if rivals else row


def _is_main_name(row: MappingProposal) -> bool:
    """Whether the name that both have is the preferred one of the own concept."""
    preferred = (text for text, _, kind in row.source.labels if kind == "preferred")
    return row.match in {letters_and_digits(form) for text in preferred for form in label_forms(text)}


def _one_to_one(rows: Iterable[MappingProposal]) -> Iterator[MappingProposal]:
    """Yield the proposals; of several exact matches of one concept, only the best stays exact, as exactMatch is transitive."""
    taken: set[str] = set()
    for row in sorted(rows, key=lambda row: (-row.confidence, row.source.id, row.target.iri)):
        if row.predicate == EXACT and {row.source.iri, row.target.iri} & taken:
            yield _close(row, row.confidence)
            continue
        if row.predicate == EXACT:
            taken |= {row.source.iri, row.target.iri}
        yield row


class _Foreign(NamedTuple):
    """What a broader match is looked for in."""

    concepts: Sequence[AlignedConcept]
    names: LabelIndex
    surely: Mapping[str, Collection[str]]
    """Own IRI → IRIs of foreign concepts with the same name."""
    words: _Weights


def _broader(own: AlignedConcept, foreign: _Foreign) -> MappingProposal | None:
    """The broader match of a concept that has no other: by the end of its name, or by a broader concept that is mapped."""
    above = sorted(target for b in own.broader for target in foreign.surely.get(b, ()))
    for text, lang, kind in own.labels:
        for head in _heads(label_forms(text)[-1]) if kind == "preferred" else ():
            named = [
                m
                for m in foreign.names.find(head, _CANDIDATES)
                if m.exact and m.label.kind == "preferred" and not (lang and m.label.lang and lang != m.label.lang)
            ]
            likeness = {m: foreign.words.similarity(own.definitions, foreign.concepts[m.concept].definitions) for m in named}
            if not named:
                continue
            match = max(named, key=lambda m: (foreign.concepts[m.concept].iri in above, likeness[m] or 0.0))
            target, alike = foreign.concepts[match.concept], likeness[match]
            if len(named) > 1 and target.iri not in above and (alike or 0.0) < _AGREE[0]:
                continue  # a word of several meanings, and nothing says which
            confidence = 0.6 + (0.2 if target.iri in above else 0.0) + 0.1 * min(1.0, (alike or 0.0) / 0.2)
            if alike is not None and alike < _UNLIKE:
                confidence -= 0.1
            evidence = [f"name: {text} ends in {match.label.text}"]
            evidence += [f"definition: {alike:.2f}"] if alike is not None else []
            evidence += ["broader: mapped to it"] if target.iri in above else []
            ground = _Ground(round(confidence, 2), "CompositeMatching", letters_and_digits(head), tuple(evidence))
            return _made(own, BROAD, target, ground)
    if len(above) == 1:
        target = next(c for c in foreign.concepts if c.iri == above[0])
        return _made(
            own, BROAD, target, _Ground(_STRUCTURAL, "StructuralMatching", "", (f"broader: mapped to {target.label()}",))
        )
    return None


def _heads(form: str) -> Iterator[str]:
    """Yield the ends of a name that can be names of something broader, the longest first."""
    words = form.split()
    if form.isascii():
        yield from (" ".join(words[i:]) for i in range(1, len(words)) if not _LINKING.intersection(words))
    else:
        yield from (form[i:] for i in range(1, len(form) - 1) if form[i] >= "\u3400")


class _Weights:
    """Words weighted by rarity."""

    def __init__(self, texts: Iterable[str]) -> None:
        counts: Counter[str] = Counter()
        number = 0
        for text in texts:
            number += 1
            counts.update(set(_words(text)))
        self._weight = {word: math.log((1 + number) / (1 + count)) + 0.1 for word, count in counts.items()}

    def similarity(self, own: Mapping[str, str], foreign: Mapping[str, str], without: Collection[str] = ()) -> float | None:
        """The cosine of two definitions in one language, the largest of all languages; None without a common language.

        Words in `without` don't count.
        """
        values = []
        for lang, text in own.items():
            for other_lang, other in foreign.items():
                if lang and other_lang and lang.partition("-")[0] != other_lang.partition("-")[0]:
                    continue
                counts = [Counter(w for w in _words(t) if w not in without) for t in (text, other)]
                values.append(self._cosine(*counts))
        return max(values, default=None)

    def _cosine(self, a: Counter[str], b: Counter[str]) -> float:
        dot = sum(a[w] * b[w] * self._weight.get(w, 1.0) ** 2 for w in a.keys() & b.keys())
        sizes = [math.sqrt(sum((n * self._weight.get(w, 1.0)) ** 2 for w, n in c.items())) for c in (a, b)]
        return dot / (sizes[0] * sizes[1]) if all(sizes) else 0.0


def _words(text: str) -> list[str]:
    return [_PLURAL.sub("", word) for word in _WORD.findall(fold(text[:2000]))]
