"""An assessment in one language: labels, paths and places that all pages need."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

from kg.base.formulas import in_words
from kg.base.names import local_name
from kg.base.texts import FALLBACK
from kg.model import Assessment, Community, Concept, Finding, Lang, Measure, Medium, Reference, ResolvedLink, used_measures
from kg.views.page import paths
from kg.views.page.planned import counted, part_of_plan
from kg.views.page.reuse import Reuse
from kg.views.page.words import Words


class View:
    """The data for pages of an assessment in one language."""

    def __init__(self, assessment: Assessment, lang: Lang, *sections: str) -> None:
        self.assessment = assessment
        self.lang = lang
        self.languages: tuple[Lang, ...] = assessment.languages or ("en",)
        self.words = Words(lang, *sections)
        self.title = (
            assessment.title.get(lang) or assessment.title.get("en") or next(iter(assessment.title.values()), "")
        ) or self.words("untitled")
        self._concepts = assessment.corpus.concepts
        self._communities = {community.index: community.name for community in assessment.communities}
        self._labels: dict[str, str] = {}
        self._pages: dict[str, str | None] = {}
        self._links: dict[tuple[str, str], Markup] = {}
        self._note_links: dict[str, list[ResolvedLink]] | None = None
        self.planned = any(c.type == "task" for c in self._concepts.values())
        """Whether there is a plan."""
        self.media: Mapping[str, Medium] = {}
        """The files that notes show, by path."""
        self.references: Mapping[str, Reference] = {}
        """The works of the bibliography, by key."""
        self.reuse: Reuse | None = None
        """Pages of the last build, if they can be reused."""
        self._names: str | None = None
        self.frames: dict[tuple[str, str], Markup] = {}
        """Navigation by folder and section, cached by `kg.views.page.shell`."""

    @property
    def names(self) -> str:
        """A digest of all labels and page paths of concepts; pages with lists of concepts depend on it."""
        if self._names is None:
            text = "\n".join(f"{c.id}\t{self.label(c.iri)}\t{self.label_lang(c.iri)}" for c in self._concepts.values())
            self._names = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        return self._names

    @cached_property
    def relations(self) -> str:
        """A digest of what pages show of the relations that the ontology declares."""
        declared = sorted(self.assessment.relations.items())
        return hashlib.sha256(repr(declared).encode("utf-8", "replace")).hexdigest()

    @cached_property
    def measures(self) -> list[Measure]:
        """The measures that somebody uses (see `used_measures`)."""
        return used_measures(self.assessment)

    @cached_property
    def plan(self) -> frozenset[str]:
        """The concepts that belong to the plan."""
        return part_of_plan(self.assessment)

    def counted(self, community: Community) -> Sequence[str]:
        """The members of a community that count: the same on the start page, in reports and on maps."""
        return counted(community.members, self.plan)

    def uses(self, section: str) -> bool:
        """Whether the navigation names a section: the plan if there is one, coverage if there is something to cover."""
        return self.planned if section == "plan" else section != "coverage" or self.assessment.covers

    def links_of(self, path: str) -> Sequence[ResolvedLink]:
        """The resolved links of a note."""
        if self._note_links is None:
            self._note_links = defaultdict(list)
            for link in self.assessment.corpus.links:
                self._note_links[link.source].append(link)
        return self._note_links.get(path, ())

    def concept(self, iri: str) -> Concept | None:
        """The concept, or None for a node from an imported vocabulary."""
        return self._concepts.get(iri)

    def label(self, iri: str) -> str:
        """The label of a concept in this language; for other IRIs, the last part."""
        label = self._labels.get(iri)
        if label is None:
            concept = self._concepts.get(iri)
            label = (concept.label(self.lang).strip() or concept.id) if concept else (local_name(iri) or iri)
            self._labels[iri] = label
        return label

    def label_lang(self, iri: str) -> Lang:
        """The language of that label if it differs from the page's; otherwise empty."""
        concept = self._concepts.get(iri)
        if concept is None or concept.labels.get(self.lang):
            return ""
        return "en" if concept.labels.get("en") else next(iter(concept.labels), "")

    def relation(self, iri: str) -> str:
        """The label of a relation in this language."""
        relation = self.assessment.relations.get(iri)
        if relation is None:
            return local_name(iri) or iri
        return relation.labels.get(self.lang) or relation.labels.get("en") or relation.key

    def layer(self, key: str) -> str:
        """The label of a layer."""
        return self.words.key(key) or self.words("unset-layer")

    def area(self, key: str) -> str:
        """The label of an area."""
        return self.words.key(key) or self.words("unset-area")

    def path(self, path: str) -> str:
        """The path of a page in this language."""
        return paths.localized(path, self.lang, self.languages)

    def page_of(self, iri: str) -> str | None:
        """The path of a concept's page; None if it has none."""
        if iri not in self._pages:
            concept = self._concepts.get(iri)
            self._pages[iri] = paths.concept_path(concept.id, self.lang, self.languages) if concept else None
        return self._pages[iri]

    def page_of_note(self, path: str) -> str | None:
        """The path of the page that shows a note: its concept's or its own; None if there is no such note."""
        corpus = self.assessment.corpus
        iri = corpus.concept_of.get(path)
        if iri is not None:
            return self.page_of(iri)
        return paths.note_path(path, self.lang, self.languages) if path in corpus.notes else None

    def note_title(self, path: str) -> str:
        """The title of a note without concept: its title, its first heading, its section, or its path."""
        note = self.assessment.corpus.notes[path]
        title = note.metadata.get("title")
        heading = note.headings[0].text if note.headings else ""
        for text in (title if isinstance(title, str) else "", heading):
            if text.strip() and "{{" not in text:  # a template's title is filled in when it is used
                return in_words(text.strip())
        # Hugo calls a section without a title by its folder.
        return (
            posixpath.basename(posixpath.dirname(path)).replace("-", " ").capitalize() if path.endswith("/_index.md") else path
        )

    def map_of(self, iri: str) -> str | None:
        """The map of a concept's surroundings; None if it has none."""
        concept = self._concepts.get(iri)
        return self.map(paths.concept_map(concept.id)) if concept else None

    def map(self, path: str) -> str:
        """The path of a map, opened in this language."""
        return paths.map_link(path, self.lang, self.languages)

    def cluster_of(self, index: int) -> str:
        """The map of a community."""
        return self.map(f"maps/cluster-{index}.html")

    def community(self, index: int) -> str:
        """The name of a community in this language."""
        name = self._communities.get(index, {})
        return name.get(self.lang) or name.get("en") or next(iter(name.values()), "") or f"#{index}"

    @property
    def communities(self) -> list[Community]:
        """The communities, without the group of isolated concepts."""
        measures = self.assessment.concepts
        return [c for c in self.assessment.communities if any(m in measures and measures[m].degree for m in c.members)]

    def link(self, source: str, iri: str) -> Markup:
        """A concept's label as a link to its page, as safe HTML."""
        # A hub is linked from thousands of pages in one folder, each time with the same HTML.
        key = source.rpartition("/")[0], iri
        made = self._links.get(key)
        if made is None:
            made = self._links[key] = self._link(source, iri)
        return made

    def _link(self, source: str, iri: str) -> Markup:
        target = self.page_of(iri)
        if target is None:
            return Markup('<span class="outside">{}</span>').format(self.label(iri))
        lang = self.label_lang(iri)
        attribute = Markup(' lang="{}"').format(lang) if lang else ""
        return Markup('<a href="{}"{}>{}</a>').format(paths.relative(source, target), attribute, self.label(iri))

    def finding(self, finding: Finding) -> tuple[str, str]:
        """Message and hint of a finding in this language."""
        if self.lang == FALLBACK:
            return finding.message, finding.hint
        # start time: only findings on pages in other languages need the rules
        from kg.checks import RULES
        from kg.checks.translated import translate_finding

        w = self.words
        return translate_finding(
            finding,
            self.lang,
            {rule.code: rule for rule in RULES},
            lambda what, names: w("finding-names", what=what, names=w.join(names)),
        )

    def place(self, iri: str) -> str:
        """Path and line of a concept; empty if it has none."""
        concept = self._concepts.get(iri)
        return f"{concept.path}:{concept.line}" if concept else ""


_URL: Final = re.compile(r"https?://[^\s<>\"'`|\\^{}，。；、）】》]+", re.IGNORECASE)
_DOI: Final = re.compile(r"^(?:doi:\s*)?(10\.\d{4,9}/[^\s\"'`|\\^{}]+)$", re.IGNORECASE)
_OF_IRIS: Final = "/:;()!$&'*+,=@-._~%"


@lru_cache(maxsize=4096)
def source_link(text: str) -> Markup:
    """A source as HTML: web addresses and DOIs become links; other text is escaped.

    >>> source_link("javascript:alert(1)")
    Markup('javascript:alert(1)')
    >>> source_link("doi:10.1000/182")
    Markup('<a href="https://doi.org/10.1000/182" rel="noopener noreferrer">doi:10.1000/182</a>')
    >>> source_link("(see https://a.b/c(1).)")
    Markup('(see <a href="https://a.b/c(1)" rel="noopener noreferrer">https://a.b/c(1)</a>.)')
    """
    doi = _DOI.match(text.strip())
    if doi:
        return address_link(f"https://doi.org/{quote(doi[1], safe=_OF_IRIS)}", text)
    result = Markup()
    at = 0
    for match in _URL.finditer(text):
        url = _without_end(match[0])
        result += escape(text[at : match.start()]) + address_link(url)
        at = match.start() + len(url)
    return result + escape(text[at:])


def address_link(address: str, text: str = "") -> Markup:
    """A web address as a link, shown as itself if there is no text."""
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, text or address)


def _without_end(url: str) -> str:
    """A URL without signs of the sentence around it: a closing bracket belongs to the URL if it opens there."""
    extra = {sign: url.count(sign) - url.count(opening) for sign, opening in (")(", "][")}
    end = len(url)
    while end and ((sign := url[end - 1]) in ".,;:!?" or extra.get(sign, 0) > 0):
        if sign in extra:
            extra[sign] -= 1
        end -= 1
    return url[:end]


class StatementKey(NamedTuple):
    """Key of a statement in the network."""

    subject: str
    predicate: str
    object: str


class RelationPlaces:
    """The places of the network's statements: path and line of each typed or untyped relation."""

    def __init__(self, assessment: Assessment) -> None:
        self._more: dict[StatementKey, set[tuple[str, int]]] = defaultdict(set)
        for a in assessment.corpus.assertions:
            self._more[StatementKey(a.subject, a.predicate, a.object)].add((a.path, a.line))

    def of(self, subject: str, predicate: str, object_: str, data: dict[str, Any]) -> list[str]:
        """``path:line`` of each statement, in order, including the edge's own place."""
        places = set(self._more.get(StatementKey(subject, predicate, object_), ()))
        if data.get("path"):
            places.add((str(data["path"]), int(data.get("line") or 1)))
        return [f"{path}:{line}" for path, line in sorted(places)]
