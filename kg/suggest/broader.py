"""Evidence that one concept is broader than another, with the words that say it.

Evidence is the definition of a concept, the last word of its title, a list under a heading such as "Types", the page of its
folder, and the first link of its note.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from types import MappingProxyType
from typing import Final, NamedTuple

from kg.base.progress import count_items
from kg.model import Concept, Corpus, Link, Note, Resolved
from kg.notes.called import SECTION_PAGES, note_stem
from kg.suggest.genus import BROADER, GENERIC, HAS_PART, PARTITIVE, genera
from kg.suggest.text import BLANK, normal, shows, word_runs
from kg.suggest.types import telling

_TITLE: Final = 0.6
"""Score of a name that ends in the name of another concept: "stateful service" for "service"."""
_TITLE_HAN: Final = 0.75
_LISTED: Final = 0.8
_FOLDER: Final = 0.5
_FIRST_LINK: Final = 0.4
"""Score of the first link of a definition, which often leads to something wider. Shown only on request."""
_PARTIAL: Final = 0.93
"""Factor for each word of the phrase before the matched name."""
_UNLINKED: Final = 0.8
"""Factor for other relations than is-a if the name isn't a link: in half of the cases they don't hold."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_NO_HEAD: Final = re.compile(
    r"[:：·•,，、/|]|\d\.\d|\b(?:as|of|for|to|in|on|at|by|from|with|and|or|the|an?|how|your|vs|versus)\b|与|和|如何"
)
"""In a title: its last word is not what it is about."""
_LINKING: Final = "即的及到非无"
"""Characters before the last word of a Chinese title that make it something else: 软件即服务 is no 服务 that is a 软件."""
_DEFINING_LINES: Final = 3
_KIND_HEADINGS: Final = re.compile(
    r"(?:types?|kinds?|variants?|forms?)(?: of .*)?|类型|种类|分类|变体|.{0,8}的(?:类型|种类|分类)", re.IGNORECASE
)
_PART_HEADINGS: Final = re.compile(r"(?:components?|parts?|building blocks)(?: of .*)?|组成(?:部分)?|组件|构成", re.IGNORECASE)
_MARKUP: Final = re.compile(r"[*_`]{1,3}")


class BroaderPiece(NamedTuple):
    """One piece of evidence that a concept has a broader one."""

    below: str
    """IRI of the concept whose note would state it."""
    above: str
    relation: str
    """Key of the relation."""
    kind: str
    """``definition``, ``head``, ``listed`` or ``folder``."""
    score: float
    path: str
    line: int
    column: int
    text: str
    """The words that say it."""


class HierarchyNames:
    """The names of concepts that a phrase can end in; a name of several concepts denotes none."""

    def __init__(self, corpus: Corpus) -> None:
        owners: dict[str, set[str]] = defaultdict(set)
        for iri, concept in corpus.concepts.items():
            for name in names_of(concept):
                owners[normal(name)].add(iri)
        self._owner = {name: next(iter(iris)) for name, iris in owners.items() if name and len(iris) == 1}
        self._ambiguous = {name for name, iris in owners.items() if len(iris) > 1}

    def at_end(self, phrase: str, own: str, linked: Mapping[str, str] = MappingProxyType({})) -> tuple[str, str, int] | None:
        """The concept whose name a phrase ends in: its IRI, the name, and the number of words before it; None without one.

        The longest name counts, even if it is ambiguous; `own` is not looked for. `linked` contains the texts that are links
        there, with the concepts to which they lead: they come first.
        """
        text = normal(phrase)
        for shown in sorted(linked, key=len, reverse=True):
            if (
                text.endswith(shown)
                and linked[shown] != own
                and (text == shown or _HAN.match(shown) or text[-len(shown) - 1] == " ")
            ):
                return linked[shown], shown, len(text[: -len(shown)].split())
        if _HAN.search(text[-1:] or ""):
            for start in range(len(text) - 1):
                name = text[start:]
                if name in self._ambiguous:
                    return None
                iri = self._owner.get(name)
                if iri is not None and iri != own:
                    return iri, name, 1 if start else 0
            return None
        words = text.split()
        for start in range(len(words)):
            name = " ".join(words[start:])
            for form in _singular(name):
                if form in self._ambiguous:
                    return None
                iri = self._owner.get(form)
                if iri is not None and iri != own and len(form) > 1:
                    return iri, name, start
        return None


def names_of(concept: Concept) -> Iterator[str]:
    """Yield the names of a concept: labels, aliases, names of its files."""
    yield from concept.labels.values()
    yield from (name for name, _ in concept.alt_labels)
    for path in concept.paths or (concept.path,):
        if posixpath.basename(path).lower() not in SECTION_PAGES:
            yield note_stem(path)


def _singular(name: str) -> Iterator[str]:
    """A name, and what it may be the plural of."""
    yield name
    if name.endswith("ies") and len(name) > 4:
        yield name[:-3] + "y"
    if name.endswith("es") and len(name) > 4:
        yield name[:-2]
    if name.endswith("s") and not name.endswith("ss") and len(name) > 3:
        yield name[:-1]


class PieceFinder:
    """Finds the evidence for broader concepts in a corpus."""

    def __init__(self, corpus: Corpus, text_of: Callable[[str], str]) -> None:
        """`text_of` returns the text of a note by path."""
        self._corpus, self._text_of = corpus, text_of
        self._names = HierarchyNames(corpus)
        lower = sum(1 for c in corpus.concepts.values() if next(iter(c.labels.values()), "")[:1].islower())
        self._cased = 2 * lower > len(corpus.concepts)
        """Whether a capital letter makes a proper name."""
        self._links = _links_by_note(corpus)
        self._common = _common_names(corpus, text_of)

    def find(self) -> Iterator[BroaderPiece]:
        """Yield all evidence: from titles, folders, definitions, lists and first links."""
        concepts = self._corpus.concepts
        pages = {posixpath.dirname(c.path): c.iri for c in concepts.values() if _is_folder_page(c.path)}
        for iri, concept in count_items(concepts.items()):
            yield from self._from_head(concept)
            folder = _folder_of(concept.path)
            parent = pages.get(folder)
            if parent is not None and parent != iri:
                yield BroaderPiece(iri, parent, BROADER, "folder", _FOLDER, concept.path, concept.line, 1, f"{folder}/")
            for path in concept.paths or (concept.path,):
                note = self._corpus.notes.get(path)
                if note is not None:
                    yield from self._from_definition(concept, note)
                    yield from _from_lists(iri, note, self._links.get(path, ()))
                    yield from self._from_first_link(iri, path)

    def _from_first_link(self, iri: str, path: str) -> Iterator[BroaderPiece]:
        if self._links.get(path):
            link, target = min(self._links[path], key=lambda pair: pair[0].start)
            if target != iri:
                yield BroaderPiece(iri, target, BROADER, "first-link", _FIRST_LINK, path, link.line, link.column, shows(link))

    def _from_head(self, concept: Concept) -> Iterator[BroaderPiece]:
        """The title of a concept ends in the name of another."""
        iri = concept.iri
        for label in dict.fromkeys(concept.labels.values()):
            text = normal(re.sub(r"\s*[（(][^（）()]*[）)]\s*$", "", label))
            han = bool(_HAN.search(text[-1:]))
            if _NO_HEAD.search(text) or (not han and len(text.split()) < 2):
                continue
            head = text[1:] if han else text.partition(" ")[2]
            match = self._names.at_end(head, iri)
            if match is not None and (not han or (len(match[1]) > 1 and text[-len(match[1]) - 1] not in _LINKING)):
                score = _TITLE_HAN if han else _TITLE
                yield BroaderPiece(iri, match[0], GENERIC, "head", score, concept.path, concept.line, 1, label)

    def _from_definition(self, concept: Concept, note: Note) -> Iterator[BroaderPiece]:
        """The definition in the front matter, and the first sentences of the text."""
        iri, own = concept.iri, [name for name in names_of(concept) if name]
        raw = self._text_of(note.path).removeprefix("\ufeff")
        proper = self._cased and concept.label("en")[:1].isupper()
        linked: dict[int, dict[str, str]] = defaultdict(dict)
        for link, target in self._links.get(note.path, ()):
            linked[link.line][normal(shows(link))] = target
        for number, sentence, definition in _sentences(note, raw):
            for genus in genera(sentence, own, definition=definition):
                match = self._names.at_end(genus.phrase, iri, linked[number])
                if match is None or (genus.relation == HAS_PART and match[2]):
                    continue
                above, name, before = match
                relation = BROADER if genus.relation == GENERIC and proper else genus.relation
                score = genus.score * _PARTIAL**before
                if name not in linked[number]:
                    score *= self._common(name) * (1.0 if relation == GENERIC else _UNLINKED)
                line = raw.split("\n", number)[number - 1] if number else ""
                column = max(0, line.lower().find(name)) + 1
                words = (
                    f"{genus.words} {genus.phrase}".strip()
                    if _HAN.search(genus.phrase) is None
                    else f"{genus.words}{genus.phrase}"
                )
                yield BroaderPiece(iri, above, relation, "definition", round(score, 4), note.path, number, column, words[:120])


def _common_names(corpus: Corpus, text_of: Callable[[str], str]) -> Callable[[str], float]:
    """A function that returns a factor for a name: less than 1 if many notes use it as an ordinary word."""
    counts: Counter[str] = Counter()
    wanted = {normal(name) for concept in corpus.concepts.values() for name in names_of(concept)}
    for path in corpus.concept_of:
        words = word_runs(normal(text_of(path)))
        seen = set(words) | {f"{a} {b}" for a, b in pairwise(words)}
        counts.update(seen & wanted)
    return lambda name: telling(counts[name], len(corpus.concept_of))


def _is_folder_page(path: str) -> bool:
    folder, name = posixpath.split(path)
    return name.lower() in SECTION_PAGES or (bool(folder) and note_stem(path) == posixpath.basename(folder))


def _folder_of(path: str) -> str:
    """The folder that a note is filed in: for the page of a folder, the one around it."""
    folder = posixpath.dirname(path)
    return posixpath.dirname(folder) if _is_folder_page(path) else folder


def _sentences(note: Note, raw: str) -> Iterator[tuple[int, str, bool]]:
    """The sentences that define: line, text without markup, and whether it may leave out the concept's name."""
    lines = raw.split("\n")
    front = raw.encode("utf-8", "surrogatepass")[: note.body].decode("utf-8", "ignore").count("\n")
    starts = set(note.lines.values())
    inside = False
    for number, line in enumerate(lines[:front], 1):
        if number in starts:
            inside = any(note.lines.get(key) == number for key in ("definition", "description", "summary", "abstract"))
        if inside and (
            text := re.sub(r"^[\s>|-]*(?:[\w-]+\s*:)?\s*(?:[a-z]{2}(?:-\w+)?\s*:)?[\s>|\"']*", "", line).strip(" \"'")
        ):
            yield number, _shown(text), True
    seen = 0
    fence = False
    for number, line in enumerate(lines[front:], front + 1):
        text = line.strip()
        if text.startswith(("```", "~~~")):
            fence = not fence
        listed = re.match(r"(?:[-*+]|\d+[.)])\s", text)  # an item is about itself
        if fence or not text or listed or text[0] in "#|<>!{" or text.startswith(("---", "===", "%%", "$$")):
            continue
        shown = _shown(text)
        for i, sentence in enumerate(re.split(r"(?<=[.!?])\s+(?=[A-Z\"(])|(?<=[。！？])", shown)):
            if sentence.strip():
                yield number, sentence, seen == 0 and i == 0
        seen += 1
        if seen == _DEFINING_LINES:
            return


_LINK: Final = re.compile(r"!?\[\[([^\]|]*?)(?:\|([^\]]*))?\]\]|!?\[([^\]]*)\]\([^)]*\)")


def _shown(text: str) -> str:
    """A text as readers see it."""
    shown = _LINK.sub(lambda m: m[2] or (m[1] or "").rpartition("/")[2].partition("#")[0] or m[3] or "", text)
    return _MARKUP.sub("", shown.replace(BLANK, " "))


def _links_by_note(corpus: Corpus) -> Mapping[str, Sequence[tuple[Link, str]]]:
    links: dict[str, list[tuple[Link, str]]] = defaultdict(list)
    for path, link, resolution in corpus.links:
        target = corpus.concept_of.get(resolution.path) if isinstance(resolution, Resolved) else None
        if target is not None and link.relation is None and link.context == "text":
            links[path].append((link, target))
    return links


def _from_lists(iri: str, note: Note, links: Sequence[tuple[Link, str]]) -> Iterator[BroaderPiece]:
    """Items of lists under headings such as "Types" or "Components"."""
    for heading, after in zip_longest(note.headings, note.headings[1:]):
        title = heading.text.strip()
        kinds, parts = _KIND_HEADINGS.fullmatch(title), _PART_HEADINGS.fullmatch(title)
        if not kinds and not parts:
            continue
        last = after.line if after is not None else 1 << 60
        of_line = Counter(link.line for link, _ in links)
        for link, target in links:
            if heading.line < link.line < last and of_line[link.line] == 1 and target != iri:
                relation = GENERIC if kinds else PARTITIVE
                yield BroaderPiece(target, iri, relation, "listed", _LISTED, note.path, link.line, link.column, title)
