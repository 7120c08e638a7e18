"""Files that notes show, recognised by their first bytes: what a name promises must be what a file holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kg.base.formats import FormatError
from kg.base.formats.svg_text import safe_svg

_RIFF: Final = b"RIFF"
_BRANDS: Final = (b"avif", b"avis", b"mif1", b"heic")


def _begins(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _is_box(data: bytes) -> bool:
    """Whether a file is of the ISO base media format: MP4, MOV, M4A."""
    return data[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")


def _is_text(data: bytes) -> bool:
    """Whether a file is text, but no page."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return b"\0" not in data[:4096] and not start.startswith(b"<")


_ZIP: Final = _begins(b"PK\x03\x04", b"PK\x05\x06")
_OGG: Final = _begins(b"OggS")
_MATROSKA: Final = _begins(b"\x1a\x45\xdf\xa3")
_TESTS: Final[dict[str, tuple[str, Callable[[bytes], bool]]]] = {
    "png": ("image", _begins(b"\x89PNG\r\n\x1a\n")),
    "apng": ("image", _begins(b"\x89PNG\r\n\x1a\n")),
    "jpg": ("image", _begins(b"\xff\xd8\xff")),
    "jpeg": ("image", _begins(b"\xff\xd8\xff")),
    "gif": ("image", _begins(b"GIF87a", b"GIF89a")),
    "webp": ("image", lambda data: data[:4] == _RIFF and data[8:12] == b"WEBP"),
    "avif": ("image", lambda data: data[4:8] == b"ftyp" and any(brand in data[8:64] for brand in _BRANDS)),
    "bmp": ("image", _begins(b"BM")),
    "ico": ("image", _begins(b"\0\0\1\0")),
    "mp3": ("audio", lambda data: data[:3] == b"ID3" or (data[:1] == b"\xff" and data[1:2] >= b"\xe0")),
    "wav": ("audio", lambda data: data[:4] == _RIFF and data[8:12] == b"WAVE"),
    "flac": ("audio", _begins(b"fLaC")),
    "m4a": ("audio", _is_box),
    "ogg": ("audio", _OGG),
    "oga": ("audio", _OGG),
    "opus": ("audio", _OGG),
    "mp4": ("video", _is_box),
    "m4v": ("video", _is_box),
    "mov": ("video", _is_box),
    "ogv": ("video", _OGG),
    "webm": ("video", _MATROSKA),
    "mkv": ("video", _MATROSKA),
    "pdf": ("document", lambda data: b"%PDF-" in data[:1024]),
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "zip"), ("document", _ZIP)),
    **dict.fromkeys(("csv", "tsv", "txt"), ("document", _is_text)),
}
MEDIA_ENDINGS: Final = frozenset((*_TESTS, "svg"))
"""Endings of files that a site can show or offer."""


def ending_of(name: str) -> str:
    """Return the ending of a file's name in lower case, without the dot.

    >>> ending_of("a/b.PNG"), ending_of("a.b/c")
    ('png', '')
    """
    return name.rpartition("/")[2].rpartition(".")[2].lower() if "." in name.rpartition("/")[2] else ""


def media_kind(name: str) -> str:
    """Return how a page shows a file: ``image``, ``audio``, ``video`` or ``document``; empty if it doesn't.

    >>> media_kind("a.PNG"), media_kind("b.svg"), media_kind("c.html")
    ('image', 'image', '')
    """
    ending = ending_of(name)
    if ending == "svg":
        return "image"
    return _TESTS[ending][0] if ending in _TESTS else ""


def media_bytes(name: str, data: bytes) -> bytes:
    """Return what may be published of a file: an SVG without anything active, other files unchanged.

    Raises FormatError if the content isn't what the name says.
    """
    ending = ending_of(name)
    if ending == "svg":
        return safe_svg(data)
    if ending not in _TESTS or not _TESTS[ending][1](data):
        raise FormatError(f"the content is not {ending.upper() or 'of a known kind'}")
    return data
