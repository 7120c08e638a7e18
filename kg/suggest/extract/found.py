"""Finds places at which a document defines or names a concept: headings of definitions, bold definitions, diagram labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from kg.base.names import language_of, split_bilingual
from kg.model import Note
from kg.notes import mermaid
from kg.suggest.extract.names import clean, defined, is_name, subject
from kg.suggest.extract.tuples import components

CONFIDENCE: Final[Mapping[str, float]] = {
    "definition": 0.95,
    "heading": 0.8,
    "bold": 0.7,
    "component": 0.4,
    "item": 0.35,
    "diagram": 0.3,
}
"""Confidence that a place of this kind names a concept. Kinds are combined; the values were set by hand, not trained."""


class NamedPlace(NamedTuple):
    """A concept at a place of a document."""

    kind: str
    """``definition`` (numbered, bold), ``heading``, ``bold`` (with a definition), ``component`` (of a tuple), ``item`` (of a
    list) or ``diagram``."""
    path: str
    line: int
    names: Mapping[str, str]
    type: str
    definition: str
    anchor: str
    """Anchor of its section."""
    of: Mapping[str, str] = MappingProxyType({})
    """For a component: the names of the whole."""


_NUMBERED: Final = re.compile(
    r"^\s*(?:[-*+]\s+)?\*\*\s*(?P<what>定义|定理|引理|Definition|Theorem|Lemma)\s*[\d.]*\s*[（(](?P<name>[^（）()]+)[）)]\s*[:：.。]?\s*\*\*"
    r"\s*[:：.。]?\s*(?P<text>.*)$"
)
_BOLD: Final = re.compile(
    r"^\s*(?P<item>(?:[-*+]|\d+[.)])\s+)?\*\*(?P<name>[^*\n]{2,60}?)\s*(?P<in>[:：])?\*\*"
    r"(?:\s*[（(](?P<also>[^（）()]{2,60})[）)])?\s*(?P<colon>[:：])?\s*(?P<text>\S.*)$"
)
_IS: Final = re.compile(
    r"^(?:是指|指的是|是一|是由|是通过|是在|是对|即|指|定义为|意味着|is\b|are\b|refers?\s+to|means\b|denotes\b)", re.I
)
_KIND: Final = re.compile(
    r"^(?:一[种个类项组套]|an?\s|the\s)"
    r"|^(?!提供|达到|完成|推动|持续|支持|确保|建立|制定|形成|实现|包括|完整)[^，。；]+的(?:过程|机制|方法|技术|能力|模式|架构|系统|协议|算法|组件|平台|工具|框架|标准|规范|模型)[。；]?$",
    re.IGNORECASE,
)
_FENCE: Final = re.compile(r"^\s*(`{3,}|~{3,})")
_STOP: Final = re.compile(r"^\s*(?:#{1,6}\s|```|~~~|\$\$|\||<!--|>|[-*+]\s|\d+[.)]\s|!\[)")
_TYPES: Final = {"定理": "theorem", "引理": "theorem", "theorem": "theorem", "lemma": "theorem"}
_LONGEST: Final = 400


def find_definitions(note: Note, text: str) -> Iterator[NamedPlace]:
    """Yield the places in a document, ordered by line within each kind; code is skipped.

    `text` is the content of the file from which the note was parsed.
    """
    lines = text.splitlines()
    coded = _coded(lines)
    sections = sorted((h.line, h.anchor) for h in note.headings)

    def anchor(line: int) -> str:
        return next((a for at, a in reversed(sections) if at <= line), "")

    yield from _headings(note, lines, coded)
    for number, line in enumerate(lines, 1):
        if "**" not in line or number in coded:
            continue
        bold = _bold(line, lines, number, coded)
        if bold is not None:
            kind, names, type_, definition = bold
            yield NamedPlace(kind, note.path, number, names, type_, definition, anchor(number))
    for part in components(lines, coded):
        yield NamedPlace("component", note.path, part.line, part.names, "concept", "", anchor(part.line), part.whole)
    for line_, label in _labels(note):
        names = {lang: name for lang, name in split_bilingual(clean(label)).items() if is_name(name)}
        if names:
            yield NamedPlace("diagram", note.path, line_, names, "concept", "", anchor(line_))


def _headings(note: Note, lines: list[str], coded: set[int]) -> Iterator[NamedPlace]:
    title = next((h.text for h in note.headings if h.level == 1), "") or next(iter(note.labels.values()), "")
    own = subject(title)
    for heading in note.headings:
        definition = defined(heading.text)
        if definition is None:
            continue
        names, kind = definition
        # "Definition" alone defines the subject of the document.
        names = names or own
        if names:
            text = _paragraph(lines, heading.line + 1, coded)
            yield NamedPlace("heading", note.path, heading.line, names, kind, text, heading.anchor)


def _bold(line: str, lines: list[str], number: int, coded: set[int]) -> tuple[str, dict[str, str], str, str] | None:
    """Kind, names, type and definition of a line that defines something in bold; None for other lines."""
    match = _NUMBERED.match(line)
    if match:
        names = {lang: name for lang, name in split_bilingual(clean(match["name"])).items() if is_name(name)}
        text = _plain(match["text"]) or _paragraph(lines, number + 1, coded)
        return ("definition", names, _TYPES.get(match["what"].lower(), "concept"), text) if names else None
    match = _BOLD.match(line)
    if match is None:
        return None
    text, colon = _plain(match["text"]), bool(match["in"] or match["colon"])
    names = dict(split_bilingual(clean(match["name"])))
    if match["also"] and language_of(match["also"], "en") not in names:
        names[language_of(match["also"], "en")] = clean(match["also"])
    names = {lang: name for lang, name in names.items() if is_name(name)}
    if not names or len(text) < 8:
        return None
    if _IS.match(text) or (colon and _KIND.search(text)):
        first = next(iter(names.values()))
        return "bold", names, "concept", f"{first}{'' if language_of(text) == 'zh' else ' '}{text}" if _IS.match(text) else text
    return ("item", names, "concept", text) if colon and match["item"] else None


def _labels(note: Note) -> Iterator[tuple[int, str]]:
    """Yield line and text of each node in the note's structural flowcharts, once for each diagram."""
    for block in note.blocks:
        if block.language != "mermaid":
            continue
        edges = list(mermaid.diagram_edges(block.text))
        # A diamond, or the labels yes and no, mark a procedure, whose nodes are steps.
        if re.search(r"\w\{[^{}]+\}", block.text) or any(e.label in ("是", "否", "Yes", "No", "yes", "no") for e in edges):
            continue
        seen: set[str] = set()
        for edge in edges:
            for label in (edge.source, edge.target):
                if label not in seen:
                    seen.add(label)
                    yield block.line + 1 + block.text.count("\n", 0, max(0, block.text.find(label))), label


def _coded(lines: list[str]) -> set[int]:
    """Numbers of the lines inside fenced code."""
    numbers: set[int] = set()
    fence = ""
    for number, line in enumerate(lines, 1):
        match = _FENCE.match(line)
        if fence:
            numbers.add(number)
            if match and match[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif match:
            fence = match[1]
            numbers.add(number)
    return numbers


def _paragraph(lines: list[str], start: int, coded: set[int]) -> str:
    """The first paragraph of prose from a line to the next heading; empty if something else comes first."""
    parts: list[str] = []
    for number in range(start, min(len(lines), start + 40) + 1):
        line = lines[number - 1]
        if not line.strip():
            if parts:
                break
            continue
        if number in coded or _STOP.match(line) or (line.lstrip().startswith("**") and parts):
            break
        match = _NUMBERED.match(line)
        if match or re.fullmatch(r"\s*\*\*[^*]+\*\*\s*", line):
            # A bold line that only introduces the next one.
            if match and match["text"]:
                parts.append(match["text"])
            continue
        parts.append(line.strip())
    if parts and parts[-1].endswith((":", "：")):
        # After "…satisfies:", the formula is the definition.
        parts.append(_formula(lines, start))
    return _plain(" ".join(parts))


def _formula(lines: list[str], start: int) -> str:
    """The first display formula near a line, on one line; empty if there is none or it is too long."""
    text = "\n".join(lines[start - 1 : start + 20])
    match = re.search(r"^\$\$(.+?)\$\$", text, re.DOTALL | re.MULTILINE)
    formula = " ".join(match[1].split()) if match else ""
    return f"${formula}$" if formula and len(formula) <= _LONGEST // 2 else ""


def _plain(text: str) -> str:
    """Prose without emphasis and links, truncated after a few sentences."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text.replace("**", "").replace("`", ""))
    text = " ".join(text.split()).strip()
    text = re.sub(r"[，,]?\s*(?:其中|where)[:：]?$", "。" if language_of(text) == "zh" else ".", text)
    if len(text) > _LONGEST:
        cut = max(text.rfind(mark, 0, _LONGEST) for mark in ("。", ". ", "；", "; "))
        text = text[: cut + 1] if cut > 40 else text[:_LONGEST] + "…"
    return text
