"""Names of people in BibTeX: braces protect, ``and`` stands between names, commas tell their parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from kg.base.formats.bibtex_text import plain_tex
from kg.model import OTHERS, Author

_TOKEN: Final = re.compile(r"\\.|[{},]|[\s~]+|[^\\{},\s~]+|\\\Z", re.DOTALL)
_SUFFIXES: Final = frozenset({"Jr.", "Jr", "Sr.", "Sr", "II", "III", "IV"})


def authors_of(tex: str) -> tuple[Author, ...]:
    """Return the people and bodies that a field of BibTeX names.

    >>> authors_of("Herlihy, Maurice P. and Ludwig van Beethoven")
    (Author(family='Herlihy', given='Maurice P.', suffix=''), Author(family='van Beethoven', given='Ludwig', suffix=''))
    >>> authors_of("{Barnes and Noble, Inc.} and King, Jr, Martin Luther")
    (Author(family='Barnes and Noble, Inc.', given='', suffix=''), Author(family='King', given='Martin Luther', suffix='Jr'))
    >>> authors_of("Ng, Ann and others")[-1] == OTHERS
    True
    """
    names = _names(tex)
    people = [_author(parts) for parts in names]
    if len(names) > 1 and names[-1] == [["others"]]:
        people[-1] = OTHERS
    return tuple(person for person in people if person.family or person.given or person is OTHERS)


def _names(tex: str) -> list[list[list[str]]]:
    """The names of a field, each as its parts between commas, each part as its words; what is in braces is not divided."""
    names: list[list[list[str]]] = [[[]]]
    word: list[str] = []
    depth = 0

    def end_word() -> None:
        text = "".join(word)
        word.clear()
        if text.lower() == "and":
            names.append([[]])
        elif text:
            names[-1][-1].append(text)

    for sign in _TOKEN.findall(tex):
        depth = max(depth + {"{": 1, "}": -1}.get(sign, 0), 0)
        if depth or sign in "{}":
            word.append(sign)
        elif sign == ",":
            end_word()
            names[-1].append([])
        elif sign[0].isspace() or sign[0] == "~":
            end_word()
        else:
            word.append(sign)
    end_word()
    return names


def _author(parts: Sequence[Sequence[str]]) -> Author:
    if len(parts) == 1:
        return _in_order(parts[0])
    family, *between, given = parts
    return Author(_text(family), _text(given), ", ".join(map(_text, between)))


def _in_order(words: Sequence[str]) -> Author:
    """A name without commas: the given names, particles in small letters such as "van der", the family name."""
    last = len(words) - 1
    suffix = ""
    if last >= 2 and words[last] in _SUFFIXES:
        suffix, last = words[last], last - 1
    first = next((i for i, word in enumerate(words[:last]) if _is_particle(word)), max(last, 0))
    return Author(_text(words[first : last + 1]), _text(words[:first]), suffix)


def _is_particle(word: str) -> bool:
    """Whether a word begins with a small letter; a word in braces has none, but a letter of TeX may be in them."""
    if word.startswith("{") and not word.startswith("{\\"):
        return False
    return next((sign for sign in plain_tex(word) if sign.isalpha()), "").islower()


def _text(words: Sequence[str]) -> str:
    return plain_tex(" ".join(words))
