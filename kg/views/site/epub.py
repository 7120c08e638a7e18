"""A book as EPUB 3: a ZIP archive of XHTML, with equal bytes for equal content."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Final

from markupsafe import escape

from kg.views.page import View
from kg.views.page.shell import book_style
from kg.views.site.book import BookChapter

_VOID: Final = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
_LEFT_OUT: Final = frozenset(("button", "script", "style", "input"))
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9:_.-]*")
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_CONTAINER: Final = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_SPACES: Final = {
    "svg": ' xmlns="http://www.w3.org/2000/svg"',
    "math": ' xmlns="http://www.w3.org/1998/Math/MathML"',
}


class _Xhtml(HTMLParser):
    """Writes HTML as XHTML: every element closed, every attribute with a value."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a start tag; see `HTMLParser`."""
        if tag in _LEFT_OUT:
            return
        given = {name: value for name, value in attrs if _NAME.fullmatch(name) and not name.startswith("xmlns")}
        written = "".join(f' {name}="{escape(value if value is not None else name)}"' for name, value in given.items())
        self.parts.append(f"<{tag}{_SPACES.get(tag, '')}{written}{'/' if tag in _VOID else ''}>")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close an element and those within it that were left open."""
        if tag in self._open:
            while True:
                last = self._open.pop()
                self.parts.append(f"</{last}>")
                if last == tag:
                    break

    def handle_data(self, data: str) -> None:
        """Write text, without characters that XML doesn't have."""
        self.parts.append(_text(data))

    def close(self) -> None:
        """Close everything."""
        super().close()
        while self._open:
            self.parts.append(f"</{self._open.pop()}>")


def _printable(text: str) -> str:
    return "".join(c for c in text if c in "\t\n" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff"))


def _text(text: str) -> str:
    return str(escape(_printable(text)))


def _properties(body: str) -> str:
    """What a reader must know of a chapter's content, as an attribute."""
    kinds = " ".join(kind for kind, mark in (("mathml", "<math"), ("svg", "<svg")) if mark in body)
    return f' properties="{kinds}"' if kinds else ""


def xhtml(html: str) -> str:
    """HTML as XHTML.

    >>> xhtml('<p hidden>a<br>b <b>c</p>')
    '<p hidden="hidden">a<br/>b <b>c</b></p>'
    """
    writer = _Xhtml()
    writer.feed(html)
    writer.close()
    return "".join(writer.parts)


def book_epub(view: View, chapters: Sequence[BookChapter]) -> bytes:
    """The book as EPUB, a file for each chapter."""
    files = dict(_files(view, chapters))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # The first entry names the format, uncompressed.
        for name, data in {"mimetype": b"application/epub+zip", **files}.items():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()


def _files(view: View, chapters: Sequence[BookChapter]) -> Iterator[tuple[str, bytes]]:
    names = [f"chapter-{number}.xhtml" for number in range(1, len(chapters) + 1)]
    places = {lesson.id: name for name, chapter in zip(names, chapters, strict=True) for lesson in chapter.lessons}
    bodies = [_chapter(chapter, places, name) for name, chapter in zip(names, chapters, strict=True)]
    yield "META-INF/container.xml", _CONTAINER.encode()
    yield "EPUB/book.css", book_style().encode()
    yield "EPUB/nav.xhtml", _document(view, view.words("contents"), _navigation(view, chapters, names))
    for name, chapter, body in zip(names, chapters, bodies, strict=True):
        yield f"EPUB/{name}", _document(view, chapter.title, body)
    yield "EPUB/book.opf", _package(view, names, bodies).encode("utf-8", "replace")


def _chapter(chapter: BookChapter, places: dict[str, str], own: str) -> str:
    def reference(match: re.Match[str]) -> str:
        place = places.get(match[1].partition("--")[0], own)
        return match[0] if place == own else f'href="{place}#{match[1]}"'

    articles = "".join(
        f'<article><h3 class="lesson" id="{lesson.id}">{_text(lesson.title)}</h3>{xhtml(str(lesson.body))}</article>\n'
        for lesson in chapter.lessons
    )
    title = _text(chapter.title)
    return re.sub(r'href="#([^"]*)"', reference, f'<h2 class="chapter-title" id="{chapter.id}">{title}</h2>\n{articles}')


def _navigation(view: View, chapters: Sequence[BookChapter], names: Sequence[str]) -> str:
    rows = []
    for name, chapter in zip(names, chapters, strict=True):
        below = "".join(f'<li><a href="{name}#{lesson.id}">{_text(lesson.title)}</a></li>' for lesson in chapter.lessons)
        rows.append(f'<li><a href="{name}">{_text(chapter.title)}</a><ol>{below}</ol></li>')
    heading = escape(view.words("contents"))
    return f'<nav xmlns:epub="http://www.idpf.org/2007/ops" epub:type="toc"><h2>{heading}</h2><ol>{"".join(rows)}</ol></nav>'


def _document(view: View, title: str, body: str) -> bytes:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        f'<html xmlns="http://www.w3.org/1999/xhtml" lang="{view.lang}" xml:lang="{view.lang}">\n'
        f'<head><title>{_text(title)}</title><link rel="stylesheet" href="book.css"/></head>\n'
        f'<body class="book">{body}</body>\n</html>\n'
    )
    return text.encode("utf-8", "replace")


def _package(view: View, names: Sequence[str], bodies: Sequence[str]) -> str:
    identifier = hashlib.sha256("\n".join(bodies).encode("utf-8", "replace")).hexdigest()[:32]
    title = _text(view.title)
    items = "".join(
        f'<item id="c{i}" href="{name}" media-type="application/xhtml+xml"{_properties(body)}/>\n'
        for i, (name, body) in enumerate(zip(names, bodies, strict=True))
    )
    spine = "".join(f'<itemref idref="c{i}"/>' for i in range(len(names)))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="{view.lang}">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="id">urn:kg:{identifier}</dc:identifier><dc:title>{title}</dc:title>'
        f"<dc:language>{view.lang}</dc:language>\n"
        '<meta property="dcterms:modified">1980-01-01T00:00:00Z</meta>\n</metadata>\n<manifest>\n'
        '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>\n'
        '<item id="css" href="book.css" media-type="text/css"/>\n'
        f"{items}</manifest>\n<spine>{spine}</spine>\n</package>\n"
    )
