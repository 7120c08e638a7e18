"""The A–Z order of labels: Latin letters directly, Chinese characters by pinyin."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

from kg.base.names import fold

OTHER: Final = "#"
"""The letter of labels whose first character has no letter."""
_READINGS: Final = {
    "重试": "chóng shì", "重构": "chóng gòu",
    "重放": "chóng fàng", "重平衡": "chóng píng héng", "重排": "chóng pái", "重调度": "chóng diào dù",
    "重传": "chóng chuán", "重入": "chóng rù", "长连接": "cháng lián jiē", "长尾": "cháng wěi", "长事务": "cháng shì wù",
    "长轮询": "cháng lún xún", "调谐": "tiáo xié", "调优": "tiáo yōu",
}  # fmt: skip
"""Computing terms with ambiguous readings that the phrase dictionary lacks."""


@lru_cache(maxsize=1)
def _dictionary() -> None:
    # start time: the dictionary is needed only for Chinese names
    from pypinyin import load_phrases_dict

    load_phrases_dict({word: [[syllable] for syllable in reading.split()] for word, reading in _READINGS.items()})


def _is_chinese(char: str) -> bool:
    return "\u3400" <= char <= "\u9fff" or "\U00020000" <= char <= "\U0003ffff" or "\uf900" <= char <= "\ufaff"


@lru_cache(maxsize=16384)
def read_syllables(text: str) -> tuple[str, ...]:
    """The pinyin of a text: one syllable with tone for each Chinese character; other text is unchanged.

    >>> read_syllables("重试"), read_syllables("Raft 共识")
    (('chong2', 'shi4'), ('raft ', 'gong4', 'shi2'))
    """
    text = fold(text)
    if not any(map(_is_chinese, text)):
        return (text,)
    # start time: the dictionary is needed only for Chinese names
    from pypinyin import Style, lazy_pinyin

    _dictionary()
    return tuple(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True))


def letter(label: str) -> str:
    """The letter under which a label is listed.

    >>> [letter(x) for x in ("Raft", "容器", "服务网格", "重试", "éclair", "42", "")]
    ['R', 'R', 'F', 'C', 'E', '#', '#']
    """
    for part in read_syllables(label):
        for char in part:
            if char.isalnum():
                plain = unicodedata.normalize("NFKD", char)[0].upper()
                return plain if "A" <= plain <= "Z" else _STROKED.get(char, OTHER)
    return OTHER


_STROKED: Final = {"æ": "A", "ø": "O", "œ": "O", "ß": "S", "đ": "D", "ł": "L", "þ": "T", "ð": "D"}


class LabelOrder(NamedTuple):
    """The position of a label in an alphabetical list."""

    without_letter: bool
    """Labels without a letter come last."""
    letter: str
    chinese: bool
    syllables: tuple[str, ...]
    label: str


def sort_key(label: str) -> LabelOrder:
    """A sort key: by letter, Latin before Chinese, Chinese by syllable and tone.

    >>> sorted(["容器", "Raft", "安全", "42", "一致性", "以太网"], key=sort_key)
    ['安全', 'Raft', '容器', '一致性', '以太网', '42']
    """
    first = letter(label)
    folded = fold(label)
    return LabelOrder(first == OTHER, first, any(map(_is_chinese, folded[:1])), read_syllables(label), label)
