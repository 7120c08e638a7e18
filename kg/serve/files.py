"""Serves the files of the output folder; each file is complete and of one build, even while the output is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import os
import re
import stat
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import IO, Final, NamedTuple, Protocol
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from kg.base.texts import FALLBACK, Texts, list_languages

_TYPES: Final = {
    ".css": "text/css", ".csv": "text/csv", ".graphml": "application/graphml+xml", ".html": "text/html",
    ".js": "text/javascript", ".json": "application/json", ".jsonl": "application/jsonl", ".jsonld": "application/ld+json",
    ".md": "text/markdown", ".prom": "text/plain", ".sarif": "application/sarif+json", ".svg": "image/svg+xml",
    ".trig": "application/trig", ".ttl": "text/turtle", ".txt": "text/plain", ".wasm": "application/wasm",
    ".xml": "application/xml",
}  # fmt: skip
_SMALL: Final = 4 << 20  # maximum size of a file that is read at once, in bytes
_CHUNK: Final = 1 << 18
_TRIES: Final = 40
_HIDDEN: Final = ("graph/store",)  # Oxigraph's own files: not useful for clients, and changing


def media_type(name: str) -> str:
    """The media type of a file by its extension.

    >>> media_type("index.en.html"), media_type("a.png"), media_type("a.pf_meta")
    ('text/html; charset=utf-8', 'image/png', 'application/octet-stream')
    """
    if name.startswith("feed.") and name.endswith(".xml"):
        return "application/atom+xml"
    media = _TYPES.get(Path(name).suffix.lower()) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{media}; charset=utf-8" if media.startswith("text/") else media


def safe(path: str) -> str | None:
    """The path of a request relative to the output folder; None if it leads outside or to a hidden file.

    >>> safe("/concepts/raft.html"), safe("/"), safe("/../kg.toml"), safe("/.git/config"), safe("/graph/store/CURRENT")
    ('concepts/raft.html', '', None, None, None)
    """
    parts = [p for p in path.split("/") if p]
    if any(p.startswith(".") or "\\" in p or any(ord(c) < 32 for c in p) for p in parts):
        return None
    joined = "/".join(parts)
    return None if any(joined == h or joined.startswith(h + "/") for h in _HIDDEN) else joined


def page_of(path: str) -> str:
    """The file of the output that a path of `safe` names: a folder's is its index.

    >>> page_of(""), page_of("browse"), page_of("concepts/raft.html")
    ('index.html', 'browse/index.html', 'concepts/raft.html')
    """
    return path if "." in path.rpartition("/")[2] else f"{path}/index.html".lstrip("/")


class LivePages(Protocol):
    """What `kg serve --watch` changes in the pages of the output."""

    def early_page(self, path: str) -> bytes | None:
        """The page at a path of the output from a build that isn't complete; None if there is none."""

    def serial_of(self, path: str) -> int:
        """The number of the last change of a page."""

    def decorate(self, html: bytes, serial: int) -> bytes:
        """The page as it is served."""


class Opened(NamedTuple):
    """An open file, independent of its name."""

    file: IO[bytes]
    name: str
    stat: os.stat_result


def open_below(folder: Path, path: str) -> Opened | None:
    """Open a file below a folder, or the index of a subfolder; None if there is none.

    The folder can be replaced during the path lookup. If the file isn't found and the folder has been replaced, the lookup is
    repeated.
    """
    for _ in range(_TRIES):
        before = _identity(folder)
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # RuntimeError: a loop of links
            return _open(folder.resolve(strict=True), path)
        if before is not None and _identity(folder) == before:
            return None
        time.sleep(0.02)
    return None


def _open(root: Path, path: str) -> Opened | None:
    full = (root / path).resolve(strict=True)
    if not full.is_relative_to(root):
        return None
    full = full / "index.html" if full.is_dir() else full
    # Opening a named pipe must not block.
    file = os.fdopen(os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode):
        return Opened(file, full.name, status)
    file.close()
    return None


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def page_language(html: bytes) -> str | None:
    """The language of texts for a page: its own, or English if there are none; None if it is not a page."""
    match = _LANG.search(html, 0, 200)
    if match is None:
        return None
    lang = match[1].decode()
    return lang if lang in list_languages("serve") else FALLBACK


_NAV: Final = b'<nav class="nav"'
_LANG: Final = re.compile(rb'<html lang="([a-z]+)')


def with_link(html: bytes) -> bytes:
    """A page of the site with a link to the query page, which exists only on this server.

    >>> with_link(b'<html lang="zh"><nav class="nav"><a>x</a></nav>').decode()
    '<html lang="zh"><nav class="nav"><a>x</a><a href="/sparql?lang=zh">查询</a></nav>'
    """
    start = html.find(_NAV)
    end = html.find(b"</nav>", start) if start >= 0 else -1
    if end < 0:
        return html
    lang = page_language(html) or FALLBACK
    return html[:end] + f'<a href="/sparql?lang={lang}">{Texts(lang, "serve.query")("query")}</a>'.encode() + html[end:]


def _tag(status: os.stat_result, serial: int) -> str:
    return f'"{status.st_mtime_ns:x}-{status.st_size:x}{f"-{serial:x}" if serial else ""}"'


def _unchanged(request: Request, tag: str) -> bool:
    tags = request.headers.get("if-none-match", "")
    return any(t.strip().removeprefix("W/") in (tag, "*") for t in tags.split(","))


async def respond(request: Request, folder: Path, live: LivePages | None = None) -> Response | None:
    """The file that a request names; None if there is none. Under `--watch`, `live` changes pages."""
    path = safe(request.scope["path"])
    if path is None:
        return None
    # Before the file is opened: if a build is published meanwhile, the page is loaded once more, not missed.
    serial = live.serial_of(page_of(path)) if live else 0
    early = live.early_page(page_of(path)) if live else None
    # A page in a frame draws diagrams; the page around it is reloaded.
    is_framed = request.headers.get("sec-fetch-dest", "document") != "document"
    if live and early is not None:
        data = with_link(early)
        data = data if is_framed else live.decorate(data, serial)
        return Response(data, headers={"Cache-Control": "no-store"}, media_type=_TYPES[".html"])
    opened = await asyncio.to_thread(open_below, folder, path)
    if opened is None:
        return None
    at_folder = path and opened.name == "index.html" and not path.endswith("index.html")
    if at_folder and not request.scope["path"].endswith("/"):
        opened.file.close()
        # Not the path as sent, since "//name" would be another server.
        return RedirectResponse(f"/{quote(path)}/")
    media = media_type(opened.name)
    html = media.startswith("text/html")
    tag = _tag(opened.stat, serial if html and not is_framed else 0)
    headers = {
        "ETag": tag,
        # Revalidated each time, so that pages of two builds aren't mixed.
        "Cache-Control": "no-cache",
        "Last-Modified": formatdate(opened.stat.st_mtime, usegmt=True),
    }
    if media == "image/svg+xml":
        # Opened by itself, an SVG is a page of this server: it may run and load nothing.
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    if _unchanged(request, tag):
        opened.file.close()
        return Response(status_code=304, headers=headers)
    if html or opened.stat.st_size <= _SMALL:
        data = await asyncio.to_thread(_read_all, opened.file)
        if html:
            data = with_link(data)
            if live and not is_framed:
                data = live.decorate(data, serial)
        return Response(data, headers=headers, media_type=media)
    headers["Content-Length"] = str(opened.stat.st_size)
    return StreamingResponse(_chunks(opened.file), headers=headers, media_type=media)


def _read_all(file: IO[bytes]) -> bytes:
    with file:
        return file.read()


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while data := file.read(_CHUNK):
            yield data
