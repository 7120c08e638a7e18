"""What a definition says a thing is: "X is a Y that …", "a kind of Y", "a part of Y", X 是一种…的 Y, X 属于 Y, X 由 A、B 组成.

The first noun phrase of a definition names its genus (Amsler 1981, "A taxonomy for English nouns and verbs"), unless it is an
empty head such as "kind" or "part", behind which the next phrase counts. Nothing is parsed beyond that: the phrase ends at the
first word that can't belong to it, and its last words are what is compared with names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

GENERIC, PARTITIVE, HAS_PART, INSTANTIAL, BROADER = "is-a", "part-of", "has-part", "instance-of", "broader"


class Genus(NamedTuple):
    """A phrase at whose end the name of a broader concept (or of a part) may stand."""

    relation: str
    """Key of the relation that the words state."""
    phrase: str
    start: int
    """First character of the phrase in the sentence."""
    score: float
    words: str
    """The words that say it."""


_DETERMINER: Final = r"(?:an?|the|any|some|one|each|its|their|our|most|many|several|various)\b"
_COPULA: Final = re.compile(
    r"\s*(?:\([^()]*\)\s*)?(?:,[^,;:.]{1,60},\s*)?(?:is|are|was|were|refers? to|denotes?|means|describes?)\b"
    r"(?:\s+(?:usually|often|typically|essentially|simply|basically|generally|commonly|also|just|now|both|either|therefore))*\s+"
    r"(?!not\b|never\b)",
    re.IGNORECASE,
)
_OF_KIND: Final = re.compile(
    r"(?:(?:an?|one|any|some)\s+|(?!the\b))(?:(?!the\b)[\w-]+\s+){0,2}?(?:kinds?|types?|forms?|sorts?|"
    r"variet(?:y|ies)|breeds?|species|subtypes?|"
    r"subclass|special cases?|subset|styles?|flavou?rs?|implementations?)\s+of\s+",
    re.IGNORECASE,
)
_ONE_OF: Final = re.compile(
    r"(?:any|one|either|some|two|all|each)\s+of\s+(?:the\s+|a\s+)?"
    r"(?:(?:various|several|numerous|many|number of|most|two|three)\s+)*",
    re.IGNORECASE,
)
_PART: Final = re.compile(
    r"(?:(?:an?|the|any|that|one)\s+)?(?:[\w-]+\s+){0,2}?(?:part|component|portion|segment|section|subsystem|"
    r"building block|constituent|module|layer|element)\s+of\s+(?:an?\s+|the\s+|its\s+|every\s+|each\s+)?",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(r"[\w' -]{1,60}? (?:that|which) (?:deals?|is concerned) with\b")
"""The part of a science that deals with something is a kind of it."""
_EMPTY: Final = re.compile(
    r"(?:(?:an?|the|any|some)\s+)?(?:[\w-]+\s+){0,1}?(?:group|set|collection|series|number|combination|list|pair|bunch|lot|range|"
    r"mixture|variety|body|mass|member|piece|unit|amount|quantity|example|instance|name|term|word|branch|kind|part|form|type)s?\s+"
    r"(?:of|for|used)\b",
    re.IGNORECASE,
)
_END: Final = re.compile(
    r"[.,;:!?()\[\]\"“”—–]|\s-\s"
    r"|\b(?:that|which|who|whose|whom|where|when|while|with|without|of|for|in|on|to|into|from|by|at|as|and|or|but|than|through|"
    r"between|within|under|over|using|used|consisting|containing|having|made|given|designed|built|based|running|made|intended|"
    r"is|are|was|were|be|has|have|had|can|may|will|must|should|it|they|there|about|against|during|after|before|so|such|whereby|"
    r"composed|formed|produced|found|native|held|worn|caused|characterized|resembling|related|usually|especially|not|your|the|an?|"
    r"its|their|all|each|every|how|what)\b",
    re.IGNORECASE,
)
_MODIFIER: Final = re.compile(r"[\w'’+#.-]+")
_MOST_WORDS: Final = 8

_ZH_END: Final = re.compile(r"[。；;，,：:！!？?（）()\n]|\. ")
_ZH_COPULA: Final = re.compile(
    r"(?:[（(][^（）()]*[）)])?\s*(?:[，,][^，,。]{0,12}[，,])?\s*(?:通常|一般|也|就|都|主要|本质上|其实)?(?:是指|指的是|是|指|为|即)(?!否|不是|由)"
)
_ZH_KIND: Final = re.compile(r"(?:一[种类个项套款门段组系]|某种|任何|这样的)")
_ZH_OF_KIND: Final = re.compile(
    r"([^，。；：、的]{2,20})的一?(?:[种类个]|特例|变体|子类|特殊情形|特殊形式|一种(?:形式|类型)?)(?=[，。；、\n]|$)"
)
_ZH_PART: Final = re.compile(
    r"([^，。；：、]{2,20}?)的(?:一部分|组成部分|核心部分|一个?组件|组件|组成单元|组成要素|一环|子系统)(?=[，。；、\n]|$)"
)
_ZH_BELONGS: Final = re.compile(r"(?:属于|隶属于|是)([^，。；：、的]{2,20})(?:的?(?:范畴|一类|一种|家族))?(?=[，。；、\n]|$)")
_ZH_CONSISTS: Final = re.compile(r"由([^。；：]{2,60}?)(?:等[^，。；]{0,8})?(?:共同)?(?:组成|构成)")
_ZH_LIST: Final = re.compile(r"[、和与及以]|以及")
_EN_CONSISTS: Final = re.compile(
    r"\b(?:consists? of|is composed of|are composed of|comprises?|is made up of)\s+([^.;:]{2,160})", re.IGNORECASE
)
_EN_LIST: Final = re.compile(r",\s*(?:and\s+|or\s+)?|\s+and\s+|\s+or\s+")


def genera(sentence: str, names: Sequence[str], *, definition: bool) -> Iterator[Genus]:
    """Yield what a sentence says the concept with these names is.

    `definition`: whether the sentence may define the concept without naming it, as in a dictionary. Such a sentence is a
    fragment: it begins with a small letter or ends without a stop; otherwise it must begin with an article, and counts less.

    >>> next(genera("A pod is a small group of containers.", ["Pod"], definition=False), None)
    >>> next(genera("Etcd is a distributed key-value store that keeps state.", ["etcd"], definition=False)).phrase
    'distributed key-value store'
    >>> next(genera("Raft 是一种易于理解的共识算法。", ["Raft"], definition=False)).phrase
    '易于理解的共识算法'
    """
    start = _behind_subject(sentence, names)
    han = bool(re.search(r"[\u3400-\u9fff]", sentence[start or 0 : (start or 0) + 12]))
    if han:
        yield from _chinese(sentence, start, definition=definition)
    else:
        yield from _english(sentence, start, definition=definition)


def _behind_subject(sentence: str, names: Sequence[str]) -> int | None:
    """Where the text behind the concept's name begins, if the sentence begins with the name; None otherwise."""
    match = re.match(r"\s*(?:in [^,]{2,40},\s*)?(?:(?:an?|the)\s+)?[\"'“”*_]*", sentence, re.IGNORECASE)
    at = match.end() if match else 0
    lowered = sentence.lower()
    for name in sorted(names, key=len, reverse=True):
        folded = name.lower()
        for form in (
            folded,
            folded + "s",
            folded + "es",
            folded.removesuffix("s"),
            folded.removesuffix("ies") + "y",
            folded.removesuffix("y") + "ies",
        ):
            if (
                folded
                and lowered.startswith(form, at)
                and not (
                    form[-1].isascii()
                    and lowered[at + len(form) : at + len(form) + 1].isalnum()
                    and lowered[at + len(form)].isascii()
                )
            ):
                return at + len(form)
    return None


def _english(sentence: str, subject: int | None, *, definition: bool) -> Iterator[Genus]:
    at = 0
    if subject is not None:
        copula = _COPULA.match(sentence, subject + len(re.match(r"[\"'“”*_]*", sentence[subject:])[0]))  # type: ignore[index]
        consists = _EN_CONSISTS.search(sentence, subject)
        if consists and consists.start() - subject < 40:
            yield from _parts(
                sentence, consists.start(1), consists.end(1), _EN_LIST, consists[0][: consists.start(1) - consists.start()]
            )
        if copula is None:
            return
        at = copula.end()
    elif not definition:
        return
    fragment = subject is not None or sentence.lstrip()[:1].islower() or sentence.rstrip()[-1:] not in (".", "!", "?")
    if not fragment and not re.match(rf"\s*{_DETERMINER}", sentence, re.IGNORECASE):
        return
    lead = sentence[subject or 0 : at].strip()
    if match := _ONE_OF.match(sentence, at):
        at, lead = match.end(), f"{lead} {match[0]}".strip()
    for pattern, relation, score in ((_OF_KIND, GENERIC, 0.95), (_PART, PARTITIVE, 0.85)):
        if match := pattern.match(sentence, at):
            phrase = _phrase(sentence, match.end())
            if phrase:
                of_field = relation == PARTITIVE and _FIELD.match(sentence, match.end())
                yield Genus(
                    GENERIC if of_field else relation,
                    phrase,
                    match.end() + _skipped(sentence, match.end()),
                    score,
                    f"{lead} {match[0]}".strip(),
                )
            return
    if _EMPTY.match(sentence, at):
        return
    phrase = _phrase(sentence, at)
    if phrase:
        determiner = re.match(_DETERMINER, sentence[at:], re.IGNORECASE)
        first = at + _skipped(sentence, at)
        if subject is None and not determiner and re.match(r"\s*(?:[;,.]|$)", sentence[first + len(phrase) :]):
            return  # another name, not a genus: "goldfish"
        score = 0.9 if fragment and (determiner or subject is None) else 0.77
        yield Genus(GENERIC, phrase, first, score, f"{lead} {determiner[0] if determiner else ''}".strip())


def _skipped(sentence: str, at: int) -> int:
    match = re.match(rf"\s*(?:{_DETERMINER}\s+)*", sentence[at:], re.IGNORECASE)
    return match.end() if match else 0


def _phrase(sentence: str, at: int) -> str:
    """The noun phrase at a place, without its determiner."""
    first = at + _skipped(sentence, at)
    end = _END.search(sentence, first)
    phrase = sentence[first : end.start() if end else len(sentence)].strip()
    return phrase if phrase and len(_MODIFIER.findall(phrase)) <= _MOST_WORDS else ""


def _parts(sentence: str, first: int, last: int, separator: re.Pattern[str], words: str) -> Iterator[Genus]:
    """Yield the items of a list of parts."""
    at = first
    for item in separator.split(sentence[first:last]):
        start = sentence.find(item, at) if item else at
        at = start + len(item)
        text = item.strip()
        if text and len(text) <= 60:
            yield Genus(HAS_PART, text, start, 0.75, words.strip())


def _chinese(sentence: str, subject: int | None, *, definition: bool) -> Iterator[Genus]:
    at = subject or 0
    if subject is None and not definition:
        return
    match = _ZH_CONSISTS.search(sentence, at)
    if match and match.start() - at < 16:
        yield from _parts(sentence, match.start(1), match.end(1), _ZH_LIST, f"由…{match[0][-2:]}")
    lead = ""
    if subject is not None:
        belongs = re.compile(r"\s*(?:[（(][^（）()]*[）)])?\s*(属于|隶属于)").match(sentence, at)
        if belongs:
            end = _ZH_END.search(sentence, belongs.end())
            phrase = re.sub(r"的?(?:范畴|一类|一种|家族)$", "", sentence[belongs.end() : end.start() if end else len(sentence)])
            yield Genus(GENERIC if belongs[1] == "属于" else PARTITIVE, phrase, belongs.end(), 0.8, belongs[1])
            return
        copula = _ZH_COPULA.match(sentence, at)
        if copula is None:
            return
        at, lead = copula.end(), copula[0].strip()
    clause_end = _ZH_END.search(sentence, at)
    last = clause_end.start() if clause_end else len(sentence)
    clause = sentence[at:last]
    for pattern, relation in ((_ZH_PART, PARTITIVE), (_ZH_OF_KIND, GENERIC)):
        if match := pattern.search(clause):
            yield Genus(
                relation, match[1].rpartition("是")[2], at + match.start(1), 0.85, f"{lead}…{match[0][len(match[1]) :]}"
            )
            return
    kind = _ZH_KIND.match(clause)
    if kind or subject is not None or definition:
        phrase = clause[kind.end() :] if kind else clause
        # The head of a long description stands in its last clause: 是一种用于…，并支持…的系统。
        if kind and clause_end and sentence[last] in "，,":
            whole_end = re.search(r"[。；;\n]", sentence[at:])
            tail = sentence[at : at + whole_end.start() if whole_end else len(sentence)]
            head = re.search(r"的([^的，。；,]{2,12})$", tail)
            if head and "的" not in phrase:
                yield Genus(GENERIC, head[1], at + head.start(1), 0.7, f"{lead}{kind[0]}…的")
                return
        yield Genus(GENERIC, phrase, at + (kind.end() if kind else 0), 0.9 if kind else 0.7, f"{lead}{kind[0] if kind else ''}")
