"""Definitions by tuples: a concept that a document defines as an n-tuple consists of the named components."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Final, NamedTuple

from kg.base.names import language_of, split_bilingual
from kg.suggest.extract.names import clean, is_name

_TUPLE: Final = re.compile(r"元组|\btuple\b", re.IGNORECASE)
_ANNOUNCES: Final = re.compile(r"(?:其中|where|with)\s*[,，]?\s*[:：]?\s*$", re.IGNORECASE)
_SUBJECT: Final = re.compile(
    r"^\s*(?P<name>[^$=，。,.:：]{2,40}?)\s*(?:可以)?(?:被)?(?:定义为|形式化为|表示为|是|为|is|are)\s*(?:一个|an?\s)?[^$]{0,12}(?:元组|tuple)",
    re.I,
)
_NAMED: Final = re.compile(
    r"^\s*(?:[-*+]\s+)?\*\*\s*(?:定义|Definition)\s*[\d.]*\s*[（(](?P<name>[^（）()]+)[）)]", re.IGNORECASE
)
_COMPONENT: Final = re.compile(
    r"^\s*[-*+]\s+\$[^$]+\$\s*(?:[:：]|是|为|表示|is|denotes)\s*(?P<name>[^（()）\n]{2,60}?)\s*(?:[（(](?P<also>[^（）()]{2,60})[）)])?\s*[。.;；,，]?\s*$"
)
_SET: Final = re.compile(r"的?(?:有限)?集合$|^(?:the\s+|an?\s+)?(?:finite\s+)?set\s+of\s+|\s+sets?$", re.IGNORECASE)
_MOST_BETWEEN: Final = 4


class Component(NamedTuple):
    """A component of a concept that is defined as a tuple."""

    whole: Mapping[str, str]
    """Names of the defined concept by language."""
    names: Mapping[str, str]
    line: int


def components(lines: Sequence[str], coded: Set[int]) -> Iterator[Component]:
    """Yield the named components of each tuple; `coded` contains the numbers of code lines.

    >>> text = ["**定义 1（服务网格）：**", "服务网格是一个二元组 $M = (D, C)$，其中：", "", "- $D$：数据平面（Data Plane）"]
    >>> text.append("- $C$ 是控制平面集合")
    >>> [(c.whole, c.names, c.line) for c in components(text, set())]
    [({'zh': '服务网格'}, {'zh': '数据平面', 'en': 'Data Plane'}, 4), ({'zh': '服务网格'}, {'zh': '控制平面'}, 5)]
    """
    for at, line in enumerate(lines):
        if at + 1 in coded or not _TUPLE.search(line) or not _ANNOUNCES.search(line):
            continue
        whole = _whole(lines, at)
        if not whole:
            continue
        last = at
        for number in range(at + 2, len(lines) + 1):
            text = lines[number - 1]
            match = _COMPONENT.match(text)
            if match is None:
                if text.strip() or number - last > _MOST_BETWEEN:
                    break
                continue
            last = number
            if names := _names(match["name"], match["also"]):
                yield Component(whole, names, number)


def _whole(lines: Sequence[str], at: int) -> dict[str, str]:
    """The names of the concept that a line defines: the bold name of the definition above it, or its grammatical subject."""
    for before in (*lines[at : max(at - 3, -1) : -1],) if at else (lines[0],):
        if match := _NAMED.match(before):
            return _valid(split_bilingual(clean(match["name"])))
    match = _SUBJECT.match(lines[at])
    return _valid(split_bilingual(clean(match["name"]))) if match else {}


def _names(name: str, also: str | None) -> dict[str, str]:
    names = {language_of(n, "en"): _SET.sub("", clean(n)) for n in (also, name) if n}
    return _valid(dict(sorted(names.items(), reverse=True)))


def _valid(names: Mapping[str, str]) -> dict[str, str]:
    return {lang: name for lang, name in names.items() if is_name(name)}
