"""The page of a note that doesn't describe a concept: an index, a table of contents, a guide for contributors."""

from __future__ import annotations

from collections.abc import Callable

from kg.base.formulas import in_words
from kg.base.names import fold
from kg.model import Artifact
from kg.views.page import PageHead, View, page, paths
from kg.views.site.concept import digest_texts, drawing, edits, note_lang, shows_diagrams
from kg.views.site.facts import AssessmentIndex
from kg.views.site.prose import NoteSource, ShownAlready, prose


def plain_notes(view: View) -> list[str]:
    """Paths of the notes with a page of their own."""
    corpus = view.assessment.corpus
    return [path for path in corpus.notes if path not in corpus.concept_of]


def note_page(view: View, facts: AssessmentIndex, path: str, text_of: Callable[[str], str]) -> Artifact:
    """The page of a note in the view's language."""
    note = view.assessment.corpus.notes[path]
    canonical = paths.note_path(path, "", ())
    address = view.path(canonical)
    title = view.note_title(path)

    def later() -> dict[str, object]:
        source = NoteSource(note, text_of(path), facts.links.get(path, ()))
        made = prose(view, address, source, ShownAlready(frozenset((fold(title),))), text_of=text_of)
        return {"html": made.html}

    lang = note_lang(note)
    head = PageHead("note.html", title, "note", in_words(" ".join(note.lead.split()))[:300], ("reading.js",))
    return page(
        view,
        canonical,
        drawing(head, view) if shows_diagrams(view, [path]) else head,
        later=later,
        told=digest_texts(view, facts, address, [path]),
        edits=edits(view, [path]),
        source=path,
        note_lang=lang if lang != view.lang else "",
        findings=facts.findings.get(path, ()),
    )
