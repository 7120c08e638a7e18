"""A book of a knowledge base: one page with the text of concepts in learning order, and its chapters for other formats."""

from __future__ import annotations

import base64
import posixpath
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from markupsafe import Markup

from kg.base.names import page_name
from kg.model import Concept, Look
from kg.views.page import View
from kg.views.page.shell import book_style, render
from kg.views.page.view import source_link
from kg.views.site.browse import chapters_of
from kg.views.site.concept import note_texts, shown_sources
from kg.views.site.facts import AssessmentIndex
from kg.views.site.formula import drawn

_ID: Final = re.compile(r'(<[a-z][^<>]*\s)id="([^"]*)"')
_REFERENCE: Final = re.compile(r'(<a\b[^<>]*\s)href="([^"]*)"')
_ARIA: Final = re.compile(r'\b(aria-labelledby|aria-describedby|for)="([^"]*)"')
_SOURCE: Final = re.compile(r'(<(?:img|audio|video|source)\b[^<>]*\s)src="([^"]*)"')
_HEADING: Final = re.compile(r"<(/?)h([1-6])\b")
_TYPES: Final = {"png": "png", "jpg": "jpeg", "jpeg": "jpeg", "gif": "gif", "webp": "webp", "svg": "svg+xml", "avif": "avif"}


class Lesson(NamedTuple):
    """The text of one concept."""

    id: str
    title: str
    body: Markup


class BookChapter(NamedTuple):
    """What the reading order has of one area in a row."""

    id: str
    title: str
    lessons: Sequence[Lesson]


class BookSources(NamedTuple):
    """Where the texts and pictures of a book come from."""

    text_of: Callable[[str], str]
    """Path of a note → its source text."""
    media: Mapping[str, bytes]
    """Address of a published file → its content."""


def book_chapters(view: View, chosen: Collection[str], sources: BookSources) -> list[BookChapter]:
    """The chapters of a book of chosen concepts (IRIs), in the order in which they build on each other."""
    facts = AssessmentIndex(view.assessment, sources.text_of).prepare()
    concepts = view.assessment.corpus.concepts
    ids = {view.path(f"concepts/{page_name(concepts[iri].id)}.html"): f"kg-b-{page_name(concepts[iri].id)}" for iri in chosen}
    chapters: list[BookChapter] = []
    for chapter in chapters_of(view, facts):
        lessons = [
            _lesson(view, facts, concepts[iri], ids, sources)
            for _, iri, _ in chapter.steps
            if iri in chosen and iri in concepts
        ]
        if lessons and chapters and chapters[-1].title == chapter.name:
            chapters[-1] = chapters[-1]._replace(lessons=[*chapters[-1].lessons, *lessons])
        elif lessons:
            chapters.append(BookChapter(chapter.id, chapter.name, lessons))
    return chapters


def book_page(view: View, chapters: Sequence[BookChapter]) -> bytes:
    """The book as one HTML page, which needs no other file."""
    look = view.assessment.look
    html = render(
        Look(),
        "book.html",
        view=view,
        w=view.words,
        style=Markup(book_style()),  # noqa: S704  # our own style sheet
        sentence=look.description.get(view.lang) or look.description.get("") or "",
        size=sum(len(chapter.lessons) for chapter in chapters),
        chapters=chapters,
    )
    return html.encode("utf-8", "replace")


def _lesson(view: View, facts: AssessmentIndex, concept: Concept, ids: Mapping[str, str], sources: BookSources) -> Lesson:
    address = view.path(f"concepts/{page_name(concept.id)}.html")
    definition = concept.definition(view.lang)
    lead, texts = note_texts(view, address, concept, definition, sources.text_of, facts)
    parts = []
    if lead or definition:
        parts.append(Markup('<div class="defined">{}</div>').format(lead or drawn(definition)))
    needs = [iri for iri in facts.needs.get(concept.iri, ()) if view.page_of(iri)]
    if needs:
        w = view.words
        names = Markup(w("list-separator")).join(view.link(address, iri) for iri in needs)  # noqa: S704  # our own text
        parts.append(Markup('<p class="stands-on">{}{}</p>').format(w("book-needs"), names))
    parts += [Markup('<div class="note">{}</div>').format(text.html) for text in texts]
    works = shown_sources(concept.sources)
    if works:
        rows = Markup("").join(Markup("<li>{}</li>").format(source_link(work)) for work in works)
        parts.append(Markup('<p class="stands-on">{}</p><ul class="stands-on">{}</ul>').format(view.words("sources"), rows))
    own = ids[address]
    body = _in_book("\n".join(parts), address, own, ids, sources.media)
    return Lesson(own, view.label(concept.iri), Markup(body))  # noqa: S704  # HTML of our own, changed above


def _in_book(html: str, address: str, own: str, ids: Mapping[str, str], media: Mapping[str, bytes]) -> str:
    """HTML of a page at an address as a part of the book: ids of its own, links within the book, pictures inside."""

    def reference(match: re.Match[str]) -> str:
        target, hash_, fragment = match[2].partition("#")
        if target.startswith(("http:", "https:", "mailto:")):
            return match[0]
        lesson = ids.get(_resolved(address, unquote(target))) if target else own
        if lesson is None:
            return match[1].rstrip()  # a page that the book doesn't have
        return f'{match[1]}href="#{lesson}{f"--{fragment}" if hash_ and fragment else ""}"'

    def source(match: re.Match[str]) -> str:
        name = _resolved(address, unquote(match[2]))
        kind = _TYPES.get(name.rpartition(".")[2].lower())
        data = media.get(name)
        if data is None or kind is None:
            return match[0] if match[2].startswith("data:") else match[1].rstrip()
        return f'{match[1]}src="data:image/{kind};base64,{base64.b64encode(data).decode()}"'

    html = _ID.sub(lambda m: f'{m[1]}id="{own}--{m[2]}"', html)
    html = _ARIA.sub(lambda m: f'{m[1]}="{" ".join(f"{own}--{name}" for name in m[2].split())}"', html)
    html = _REFERENCE.sub(reference, html)
    html = _SOURCE.sub(source, html)
    # Long lines scroll; without the site's buttons, nothing in them has the focus of the keyboard.
    html = html.replace('<pre class="code">', '<pre class="code" tabindex="0">')
    return _HEADING.sub(lambda m: f"<{m[1]}h{min(6, int(m[2]) + 2)}", html)


def _resolved(address: str, reference: str) -> str:
    """The path below the output folder that a page refers to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(address), reference))
