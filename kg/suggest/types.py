"""Lane ``type``: proposes a relation for a plain link from the words around it. Proposals are never statements."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from kg.base.names import fold
from kg.base.progress import count_items
from kg.evidence.snapshot import RejectedSuggestion
from kg.model import Corpus, Link, Reason, Relation, Resolved, Suggestion
from kg.suggest import cues, identity
from kg.suggest.names import Lexicon
from kg.suggest.text import NoteText, normal
from kg.suggest.wording import (
    BASE_FORM,
    BEFORE_BASE,
    BETWEEN_EN,
    BETWEEN_ZH,
    BORDER,
    CLAUSE,
    DEFINES,
    DETERMINERS,
    HAN,
    LIST_EN,
    LIST_ZH,
    LISTED_EN,
    MODIFIES_EN,
    MODIFIES_ZH,
    NEGATION,
    NOUN_ZH,
    PRONOUN,
    SHOWN,
    SUBJECTLESS,
)  # fmt: skip

LEAST: Final = 0.7
"""Minimum score of a proposal to be shown; benchmarks/relation_types.py measures the precision."""
_CUE: Final = 0.9
_WORD_BETWEEN: Final = 0.7
"""Factor for each word between cue and target."""
_MOST_BETWEEN: Final = 3
_LOOSE: Final = 0.55
"""Additional factor for Chinese characters between cue and target, which may form a word with the cue."""
_LISTED: Final = 0.8
"""Factor for later items of a list, to whose first item the cue applies."""
_MODIFIER: Final = 0.7
"""Factor if the target only modifies the real object: "a gRPC specification"."""
_OTHER_SUBJECT: Final = 0.45
"""Factor if the subject seems to be a concept other than the note's."""
_UNSAID: Final = 0.8
"""Factor if the clause has an unknown subject, or the sentence has none."""
_SOMEWHAT: Final = 0.85, 0.0125, 5
"""Concepts that many notes name are seldom the point of a sentence: factor, share of notes, minimum number of notes."""
_EVERYWHERE: Final = 0.5, 0.1, 20
_UNSPECIFIC: Final = 0.75
"""Factor for an everyday word as the cue of an extension relation."""
UNSTATED: Final = 0.1
"""Score of `related` for a link whose sentence states no relation: for queues of all links without a type."""
_RELATED: Final = "related"
_WIDEST: Final = 600
"""Number of characters on each side that are searched for the sentence boundaries."""


class TypeProposal(NamedTuple):
    """A relation that the words around a target may state about the note's concept."""

    relation: str
    """Key of the relation."""
    score: float
    cue: str
    """The words that state it."""


class CueWindow(NamedTuple):
    """A sentence, split at a target."""

    before: str
    target: str
    after: str


def propose(
    around: CueWindow,
    subject: Sequence[str] = (),
    named: Callable[[str], bool] = lambda _: False,
    least: float = LEAST,
    telling: float = 1.0,
) -> tuple[TypeProposal, ...]:
    """Return the relations that a sentence may state between the note's concept and the target, most likely first.

    `subject` contains the names of the note's concept; `named` tests whether a text names any other concept; `telling` is a
    factor for the informativeness of the target. The score is the cue's strength, reduced for words between cue and target and
    for another subject. It orders proposals and isn't a probability. A negated cue proposes nothing. Such patterns go back to
    Hearst 1992, "Automatic acquisition of hyponyms from large text corpora".

    >>> propose(CueWindow("A pod uses a shared ", "network namespace", " of its own."), ["Pod"], least=0.5)
    (TypeProposal(relation='uses', score=0.63, cue='uses'),)
    >>> propose(CueWindow("服务网格依赖", "边车代理", "。"), ["服务网格"])[0].relation
    'depends-on'
    >>> propose(CueWindow("It is not a kind of ", "lock", "."), ["Lease"])
    ()
    """
    han = bool(HAN.search(around.target) or HAN.search(around.before[-8:]))
    proposals: dict[str, TypeProposal] = {}
    for relation, pattern in _patterns(han):
        for match in pattern.finditer(around.before):
            score = _CUE * _near(around.before[match.end() :], named, han)
            if not score or NEGATION.search(around.before[: match.start()]):
                continue
            if not han and not _verb(match[0].lower(), around.before[: match.start()]):
                continue
            score *= 1.0 if cues.TOOL_ZH.fullmatch(match[0]) else _whole(around.after, han)
            score *= _subject(around.before[: match.start()], subject, named, relation)
            _add(proposals, relation, score, match[0])
    for relation, pattern in _behind(han):
        match_ = pattern.match(around.after)
        if match_ and not NEGATION.search(around.before):
            head = re.search(r"(?:是|为|作为|\bis\b)[^，。；,;]{0,12}$", around.before)
            if head:
                _add(proposals, relation, _CUE * _subject(around.before[: head.start()], subject, named, relation), match_[0])
    proposals = {key: p._replace(score=round(p.score * telling, 3)) for key, p in proposals.items()}
    best = sorted(proposals.values(), key=lambda p: (-p.score, p.relation in cues.EXTENSION, -len(p.cue), p.relation))
    return tuple(p for p in best if p.score >= least)


def telling(notes: int, of: int) -> float:
    """The informativeness of a mention of something that `notes` of `of` notes name.

    >>> telling(3, 400), telling(30, 400), telling(300, 400)
    (1.0, 0.85, 0.5)
    """
    for factor, share, few in (_EVERYWHERE, _SOMEWHAT):
        if notes > max(few, share * of):
            return factor
    return 1.0


def propose_types(
    corpus: Corpus,
    text_of: Callable[[str], str],
    relations: Mapping[str, Relation],
    rejected: Collection[RejectedSuggestion] = (),
    least: float = LEAST,
) -> list[Suggestion]:
    """A proposal for each plain link whose sentence states a relation, strongest first; one for each pair of concepts.

    If `least` is at most `UNSTATED`, all other plain links are proposed as `related`.

    A pair with a typed relation in either direction gets none. `relations` is the vocabulary by IRI. `rejected` contains source
    id, target id and relation key of the proposals that an author rejected. The only reason of a proposal is the cue: its words
    and the place of the link.
    """
    iris = {r.key: iri for iri, r in relations.items()}
    tied = {frozenset((a.subject, a.object)) for a in corpus.assertions if a.predicate in relations}
    barred = set(rejected)
    named = NameMatcher(corpus)
    naming = named.notes(text_of(path) for path in corpus.concept_of)
    best: dict[tuple[str, str], Suggestion] = {}
    for path, links in count_items(_plain_links(corpus, tied).items()):
        source = corpus.concepts[corpus.concept_of[path]]
        subject = (*source.labels.values(), *(alias for alias, _ in source.alt_labels))
        raw = text_of(path).removeprefix("\ufeff")
        data = raw.encode("utf-8", "surrogatepass")
        for link, target_iri in links:
            start = len(data[: link.start].decode("utf-8", "ignore"))
            around = sentence(raw, start, start + len(data[link.start : link.end].decode("utf-8", "ignore")))
            target = corpus.concepts[target_iri]
            weight = telling(naming(around.target), len(corpus.concept_of))
            proposals = propose(around, subject, named.but(subject), least, weight)
            if least <= UNSTATED:
                shown = f"{around.before[-40:]}{around.target}{around.after[:40]}".strip()
                proposals = (*proposals, TypeProposal(_RELATED, UNSTATED, shown))
            for proposal in proposals:
                if proposal.relation not in iris or (source.id, target.id, proposal.relation) in barred:
                    continue
                old = best.get((source.iri, target.iri))
                if old is None or proposal.score > old.score:
                    kind = "cue" if proposal.relation != _RELATED else "link"
                    why = Reason(kind, proposal.score, path, link.line, link.column, proposal.cue)
                    name = identity(source.id, target.id, proposal.relation)
                    best[source.iri, target.iri] = Suggestion(
                        name, source.iri, target.iri, "type", proposal.score, (why,), path, target.path, iris[proposal.relation]
                    )
                break
    return sorted(best.values(), key=lambda s: (-s.score, s.path, s.why[0].line, s.id))


def _plain_links(corpus: Corpus, tied: Collection[frozenset[str]]) -> dict[str, list[tuple[Link, str]]]:
    """Note → its links in running text to other concepts to which it has no typed relation."""
    by_note: dict[str, list[tuple[Link, str]]] = {}
    for path, link, resolution in corpus.links:
        source = corpus.concept_of.get(path)
        if source is None or link.relation is not None or link.context != "text" or link.embed:
            continue
        target = corpus.concept_of.get(resolution.path) if isinstance(resolution, Resolved) else None
        if target is not None and target != source and frozenset((source, target)) not in tied:
            by_note.setdefault(path, []).append((link, target))
    return by_note


class NameMatcher:
    """Finds names of concepts in sentences."""

    def __init__(self, corpus: Corpus) -> None:
        self._lexicon = Lexicon(corpus, {iri: i for i, iri in enumerate(corpus.concepts)})

    def met(self, text: str) -> set[str]:
        """The names in a text."""
        plain = normal(text)
        return {name for _, _, name in self._lexicon.met(NoteText(plain, plain, ""))}

    def but(self, names: Iterable[str]) -> Callable[[str], bool]:
        """Return a test whether a text names a concept, ignoring `names`."""
        own = set(map(normal, names))
        return lambda text: not self.met(text) <= own

    def notes(self, texts: Iterable[str]) -> Callable[[str], int]:
        """Return a function that counts the texts with the most common name in its argument."""
        counts = Counter(name for text in texts for name in self.met(text))
        return lambda text: max((counts[name] for name in self.met(text)), default=0)


def _add(proposals: dict[str, TypeProposal], relation: str, score: float, cue: str) -> None:
    relation = relation.strip()
    everyday, core = cues.EVERYDAY.get(relation, (None, ""))
    if everyday is not None and everyday.fullmatch(cue.strip()):
        relation, score = core or relation, score if core else score * _UNSPECIFIC
    score = round(score, 3)
    if relation not in proposals or score > proposals[relation].score:
        proposals[relation] = TypeProposal(relation, score, cue.strip())


def _near(between: str, named: Callable[[str], bool], han: bool) -> float:
    """How far a cue applies to the target: 1 directly before it, 0 beyond a clause or another concept."""
    text = between.strip()
    if han:
        text = text.lstrip("了着过")
    listed = 1.0
    coordinated = (LIST_ZH if han else LIST_EN).fullmatch(text)
    if (
        coordinated
        and not (not han and BETWEEN_EN.search(LISTED_EN.sub(" ", text)))
        and (not han or named(re.split("[、和与及或]|以及", text)[0]))
    ):
        # "uses A, B and C" holds for all items; but 控制平面与节点 doesn't state that it controls nodes.
        listed, text = _LISTED, ""
    if not text:
        return listed
    if han:
        # Chinese has no spaces, so the text between is accepted only if it consists of determiners or ends in 的.
        if named(text) or not (BETWEEN_ZH.fullmatch(text) or NOUN_ZH.fullmatch(text)):
            return 0.0
        return float(_WORD_BETWEEN ** (len(text) / 2)) * (1.0 if BETWEEN_ZH.fullmatch(text) else _LOOSE)
    if BETWEEN_EN.search(text) or named(text):
        return 0.0
    words = [w for w in text.split() if w.lower() not in DETERMINERS]
    return float(_WORD_BETWEEN ** len(words)) if len(words) <= _MOST_BETWEEN else 0.0


def _verb(cue: str, before: str) -> bool:
    """Whether a word that can be a noun is a verb here: "limits", "can limit", but not "one limit"."""
    if " " in cue or not BASE_FORM.fullmatch(cue):
        return True
    return bool(BEFORE_BASE.search(before))


def _whole(after: str, han: bool) -> float:
    """Lower if the target is only the first part of the object: "a gRPC specification", 复制日志."""
    modifies = MODIFIES_ZH.match(after) if han else MODIFIES_EN.match(after)
    return _MODIFIER if modifies else 1.0


def _subject(before: str, subject: Sequence[str], named: Callable[[str], bool], relation: str) -> float:
    """The likelihood that the note's concept is the subject of a cue, from the part of the sentence before it."""
    if relation in cues.SYMMETRIC_START and len(before.strip()) < 40:
        return 1.0
    text = fold(before)
    pieces = CLAUSE.split(text)
    own = [fold(s) for s in subject]
    clause = pieces[-1]
    if any(name in clause for name in own):
        return 1.0
    if named(clause):
        return _OTHER_SUBJECT
    if PRONOUN.match(clause) and len(clause.split()) < 3:
        return 0.9
    if any(name in text for name in own) or DEFINES.match(before):
        return 0.9 if SUBJECTLESS.fullmatch(clause) else _UNSAID
    return _UNSAID if not named(text) else _OTHER_SUBJECT


@lru_cache(maxsize=2)
def _patterns(han: bool) -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = cues.BEFORE_ZH if han else cues.BEFORE_EN
    end = "" if han else r"\b"
    return tuple((key, re.compile(p + end, re.IGNORECASE)) for key, patterns in table.items() for p in patterns)


@lru_cache(maxsize=2)
def _behind(han: bool) -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = cues.AFTER_ZH if han else cues.AFTER_EN
    return tuple((key, re.compile(p, re.IGNORECASE)) for key, patterns in table.items() for p in patterns)


def sentence(raw: str, start: int, end: int) -> CueWindow:
    """The sentence around a place in a text, with links and emphasis as readers see them.

    >>> sentence("One. A *pod* runs on a [[node]] here. Two.", 23, 31)
    CueWindow(before='A pod runs on a ', target='node', after=' here.')
    """
    low, high = max(0, start - _WIDEST), min(len(raw), end + _WIDEST)
    first = max((low + m.end() for m in BORDER.finditer(raw[low:start])), default=low)
    match = BORDER.search(raw, end, high)
    last = high
    if match is not None:
        last = match.end() if match[0] in "。！？" else match.start()
    return CueWindow(_show(raw[first:start]), _show(raw[start:end]).strip(), _show(raw[end:last]))


def _show(text: str) -> str:
    shown = SHOWN.sub(lambda m: m[2] or (m[1] or "").rpartition("/")[2] or m[3] or "", text)
    return re.sub(r"(?<=[\u3400-\u9fff，。；：])\s+(?=[\u3400-\u9fff])", "", re.sub(r"\s+", " ", shown))
