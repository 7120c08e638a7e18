"""A book of a knowledge base: HTML, EPUB, or PDF where Chromium is installed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kg.base import files, process
from kg.base.errors import UsageError
from kg.base.settings import Settings
from kg.base.store import write_file
from kg.knowledge.base import open_base
from kg.knowledge.media import media_files, shown_media
from kg.knowledge.selecting import select_assessed
from kg.knowledge.texts import texts_as_read

BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""Programs that print a page to PDF, best first."""
_SECONDS: Final = 600


def make_book(settings: Settings, names: Sequence[str], ending: str, lang: str = "") -> bytes:
    """Return the concepts that selectors name (all without any) in learning order, as ``html``, ``epub`` or ``pdf``.

    Raises UsageError if a selector names nothing, if there is no text, or without a browser for PDF.
    """
    # start time: only this export needs pages
    from kg.views.page import View
    from kg.views.site.book import BookSources, book_chapters, book_page
    from kg.views.site.epub import book_epub

    browser = process.find(*BROWSERS) if ending == "pdf" else ""
    if browser is None:
        raise UsageError(
            "a PDF is printed by Chromium, which isn't installed",
            hint="install chromium, or write the book as HTML and print it from a browser: kg export book -o book.html",
        )
    base = open_base(settings)
    assessment = base.assessment
    chosen = select_assessed(assessment, names) if names else frozenset(assessment.corpus.concepts) - assessment.planned
    published = shown_media(base.corpus, base.inputs.media())
    view = View(assessment, lang or (assessment.languages or ("en",))[0], "views.site")
    view.media, view.references = published.media, base.inputs.bibliography.references
    media = {artifact.path: artifact.data for artifact in media_files(published.places)}
    chapters = book_chapters(view, chosen, BookSources(texts_as_read(base.files, base.corpus.notes), media))
    if not chapters:
        raise UsageError("there is no concept to put into a book", hint="kg ls lists the concepts")
    if ending == "epub":
        return book_epub(view, chapters)
    html = book_page(view, chapters)
    return _print(browser, html) if browser else html


def _print(browser: str, html: bytes) -> bytes:
    """Print a page to PDF. The page has no script, and its policy lets it load nothing."""
    with tempfile.TemporaryDirectory(prefix="kg-book-") as name:
        folder = Path(name)
        page, target = folder / "book.html", folder / "book.pdf"
        write_file(page, html, durable=False)
        root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's has no use for root
        options = [
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            "--no-pdf-header-footer",
            f"--user-data-dir={folder / 'profile'}",
        ]
        command = [browser, *root, *options, f"--print-to-pdf={target}", page.as_uri()]
        outcome = process.run(command, timeout=_SECONDS, folder=folder)
        if outcome.status != 0 or not files.is_file(target):
            why = (outcome.stderr.strip().splitlines() or [f"status {outcome.status}"])[-1]
            raise UsageError(
                f"Chromium can't print the book: {why[:200]}", hint="write it as HTML: kg export book -o book.html"
            )
        return files.read(target)
