"""Sections of a note beyond the definition: statements, conditions, proofs, analyses, limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from kg.base.names import fold

# Words that authors use in headings of such sections, in English and Chinese. A heading matches if one of its halves
# (`证明 / Proof`) begins or ends with such a word.
NAMES: Final = {
    "formal": (
        "formal definition", "formal statement", "formal model", "formalisation", "formalization",
        "形式化定义", "形式定义", "形式化表述", "形式化", "形式化模型",
    ),
    "statement": (
        "theorem", "lemma", "proposition", "corollary", "algorithm", "定理", "引理", "命题", "推论", "算法", "法则",
    ),
    "conditions": (
        "conditions", "condition", "assumptions", "assumption", "preconditions", "hypotheses", "system model",
        "条件", "前提", "前提条件", "假设", "系统模型",
    ),
    "proof": ("proof", "correctness", "证明", "正确性"),
    "analysis": (
        "analysis", "worked example", "worked analysis", "derivation", "complexity", "分析", "推导", "算例", "复杂度",
    ),
    "limits": (
        "limits", "limitations", "limitation", "caveats", "scope and limits",
        "局限", "局限性", "限制", "适用范围", "适用边界", "边界",
    ),
}  # fmt: skip

_FENCE: Final = re.compile(r"^\s{0,3}(`{3,}|~{3,})")
_HEADING: Final = re.compile(r" {0,3}(#{1,6})\s(.*)")
_BOLD: Final = re.compile(r"^\s*(?:>\s*)?\*\*([^*]{1,80})\*\*")
_HALVES: Final = re.compile(r" / |[（(）)：:.。,，、—–]")
_NUMBER: Final = re.compile(r"^[\d.\s]+")
_LATIN: Final = r"[a-z0-9\u00c0-\u024f]"
# An idea of a proof isn't a proof.
_IDEA: Final = re.compile(r"\b(idea|sketch|outline|intuition)\b|思路|概要|梗概|直观", re.IGNORECASE)
_CONDITION: Final = re.compile(
    r"\b(if|assum\w+|suppos\w+|given|provided|when|whenever|let|under|for (?:all|any|every))\b"
    r"|若|设|假设|如果|当|只要|任意|条件下",
    re.IGNORECASE,
)
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_INSIDE_HAN: Final = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_WORD: Final = re.compile(r"[A-Za-z\\][A-Za-z]+|\$")

LEAST: Final = 12
"""Minimum words of a section (two Chinese characters count as one); a shorter one is only a heading."""


class NoteSection(NamedTuple):
    """A section of a note: its name as written, and its text."""

    name: str
    line: int
    text: str

    @property
    def size(self) -> int:
        """The length in words; two Chinese characters count as one."""
        return len(_WORD.findall(self.text)) + len(_HAN.findall(self.text)) // 2


def split_sections(text: str) -> tuple[NoteSection, ...]:
    """Return sections including their subsections, and paragraphs with a bold start, each up to the next of its kind.

    The title of a note, a first heading of level 1 without another one of that level, isn't a section.

    >>> [(p.name, p.line) for p in split_sections("# A\\n\\n**Theorem.** If x.\\n\\n## Proof\\n\\nSo.\\n")]
    [('Theorem.', 3), ('Proof', 5)]
    """
    lines = text.splitlines()
    fence = ""
    starts: list[tuple[int, int, str]] = []  # line number from 0, level (7 for bold), name
    for number, line in enumerate(lines):
        m = _FENCE.match(line)
        if m:
            if not fence:
                fence = m[1]
            elif m[1].startswith(fence):
                fence = ""
        elif not fence and (m := _HEADING.match(line)):
            starts.append((number, len(m[1]), m[2].strip().rstrip("#").rstrip()))
        elif not fence and (m := _BOLD.match(line)):
            starts.append((number, 7, m[1]))
    levels = [level for _, level, _ in starts if level < 7]
    if levels.count(1) == 1 and levels[0] == 1:
        starts = [start for start in starts if start[1] != 1]
    ends: dict[int, int] = {}  # line of a start → line where its section ends
    around: list[tuple[int, int]] = []
    for number, level, _ in starts:
        while around and around[-1][1] >= level:
            ends[around.pop()[0]] = number
        around.append((number, level))
    found = []
    for number, level, name in starts:
        end = ends.get(number, len(lines))
        found.append(NoteSection(name, number + 1, "\n".join([lines[number] if level == 7 else "", *lines[number + 1 : end]])))
    return tuple(found)


def is_named(name: str, words: Iterable[str]) -> bool:
    """Return whether a heading is one of some words, in either half of a bilingual one, with numbers or other words around.

    >>> is_named("3.2 证明 / Proof of safety", NAMES["proof"]), is_named("Idea of the proof", NAMES["proof"])
    (True, False)
    """
    if _IDEA.search(name):
        return False
    wanted = [fold(word) for word in words]
    for half in (fold(_NUMBER.sub("", half)) for half in _HALVES.split(" ".join(name.replace("*", "").split()))):
        for word in wanted:
            if half == word or ((half.startswith(word) or half.endswith(word)) and _whole(half, word)):
                return True
    return False


def _whole(text: str, word: str) -> bool:
    """Return whether a whole word is at the start or the end; Chinese has no spaces between words."""
    return not word.isascii() or text.startswith(word + " ") or text.endswith(" " + word)


def names_one(text: str, names: Iterable[str]) -> bool:
    """Return whether a text contains one of some names, outside headings; Latin letters as a whole word or its plural.

    >>> [names_one(text, ["Ray", "分布式框架"]) for text in ("An array.", "Two rays.", "# Ray", "这个分布式\\n框架")]
    [False, True, False, True]
    """
    read = _INSIDE_HAN.sub("", fold("\n".join(line for line in text.splitlines() if not _HEADING.match(line))))
    return any(name in read and _whole_name(name).search(read) for name in map(fold, names) if name)


def _whole_name(name: str) -> re.Pattern[str]:
    """Return the pattern of a folded name that isn't a part of another word; Chinese has no spaces between words."""
    before = rf"(?<!{_LATIN})" if re.match(_LATIN, name) else ""
    after = rf"(?:e?s)?(?!{_LATIN})" if re.match(_LATIN, name[-1]) else ""
    return re.compile(before + re.escape(name) + after)


def has_section(sections: Iterable[NoteSection], kind: str, least: int = LEAST, naming: Sequence[str] | None = None) -> bool:
    """Return whether there is a section of a kind with enough text, which contains one of the names, if `naming` gives some."""
    return any(_sections_of(sections, kind, least, naming))


def names_conditions(sections: Sequence[NoteSection], naming: Sequence[str] | None = None) -> bool:
    """Return whether a statement contains its conditions, in its own section or in one for conditions.

    With `naming`, only statements that contain one of these names count.
    """
    statements = list(_sections_of(sections, "statement", LEAST, naming))
    return bool(statements) and (has_section(sections, "conditions", 4) or any(_CONDITION.search(p.text) for p in statements))


def _sections_of(sections: Iterable[NoteSection], kind: str, least: int, naming: Sequence[str] | None) -> Iterator[NoteSection]:
    # Headings are short and come first: names are looked for only in sections of the kind.
    large = (section for section in sections if is_named(section.name, NAMES[kind]) and section.size >= least)
    return (section for section in large if naming is None or names_one(section.text, naming))


def missing_sections(sections: Iterable[NoteSection], wanted: Iterable[str]) -> list[str]:
    """Return the missing or empty sections of those wanted: a kind in NAMES, or headings as written, separated by ``|``.

    >>> missing_sections(split_sections("## Trade-offs\\n\\n" + "word " * 20), ["Trade-offs|权衡", "proof"])
    ['proof']
    """
    sections = tuple(sections)
    return [
        section
        for section in wanted
        if not any(is_named(p.name, NAMES.get(section, section.split("|"))) and p.size >= LEAST for p in sections)
    ]
