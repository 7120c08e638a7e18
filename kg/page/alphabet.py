"""The A–Z order of labels: Latin letters as they are, Chinese characters by the first letter of their pinyin."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache
from typing import Final

from kg.names import fold

# The 3,755 characters of level 1 of GB 2312 are in the order of their pinyin, so the code tells the first letter; the
# list holds the first code of each letter (i, u and v start no syllable). Characters with several readings count under
# the one that the standard chose.
_FIRST: Final = (
    (0xB0A1, "A"), (0xB0C5, "B"), (0xB2C1, "C"), (0xB4EE, "D"), (0xB6EA, "E"), (0xB7A2, "F"), (0xB8C1, "G"),
    (0xB9FE, "H"), (0xBBF7, "J"), (0xBFA6, "K"), (0xC0AC, "L"), (0xC2E8, "M"), (0xC4C3, "N"), (0xC5B6, "O"),
    (0xC5BE, "P"), (0xC6DA, "Q"), (0xC8BB, "R"), (0xC8F6, "S"), (0xCBFA, "T"), (0xCDDA, "W"), (0xCEF4, "X"),
    (0xD1B9, "Y"), (0xD4D1, "Z"),
)  # fmt: skip
_CODES: Final = tuple(code for code, _ in _FIRST)
_LEVEL_2: Final = 0xD7FA
OTHER: Final = "#"
"""The letter of labels that begin with no letter that the alphabet knows."""


@lru_cache(maxsize=8192)
def _code(char: str) -> int:
    try:
        raw = char.encode("gb2312")
    except UnicodeEncodeError:
        return 0
    return raw[0] << 8 | raw[1] if len(raw) == 2 else 0


def letter(label: str) -> str:
    """The letter under which a label stands.

    >>> [letter(x) for x in ("Raft", "容器", "服务网格", "éclair", "42", "")]
    ['R', 'R', 'F', 'E', '#', '#']
    """
    for char in fold(label):
        if "a" <= char <= "z":
            return char.upper()
        code = _code(char)
        if _CODES[0] <= code < _LEVEL_2:
            return _FIRST[bisect_right(_CODES, code) - 1][1]
        if char in _ACCENTS:
            return _ACCENTS[char]
        if char.isalnum():
            return OTHER
    return OTHER


_ACCENTS: Final = {
    char: plain
    for plain, chars in {
        "A": "áàâäãåæ", "C": "çč", "E": "éèêë", "I": "íìîï", "N": "ñ", "O": "óòôöõøœ", "S": "šß", "U": "úùûü", "Y": "ýÿ",
        "Z": "ž",
    }.items()
    for char in chars
}  # fmt: skip


def sort_key(label: str) -> tuple[bool, str, bool, list[int], str]:
    """A key that orders labels by letter, Latin before Chinese, Chinese by pinyin as far as GB 2312 knows.

    >>> sorted(["容器", "Raft", "安全", "42"], key=sort_key)
    ['安全', 'Raft', '容器', '42']
    """
    first = letter(label)
    folded = fold(label)
    codes = [_code(c) or ord(c) for c in folded]
    return first == OTHER, first, bool(codes) and codes[0] >= _CODES[0], codes, label
