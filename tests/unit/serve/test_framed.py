"""A page in a frame isn't reloaded by itself, also before its build is complete."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from kg.serve.files import respond

PAGE = b"<!doctype html>\n<html lang='en'><head></head><body></body></html>"


class Early:
    """Pages of a build that isn't complete."""

    def __init__(self, early: bytes | None) -> None:
        self.early = early

    def early_page(self, path: str) -> bytes | None:
        return self.early

    def serial_of(self, path: str) -> int:
        return 7

    def decorate(self, html: bytes, serial: int) -> bytes:
        return html + b"<!-- reloaded -->"


@pytest.mark.parametrize("early", [PAGE, None], ids=["early", "built"])
@pytest.mark.parametrize(("wanted", "reloaded"), [("document", True), ("iframe", False), (None, True)])
def test_only_whole_pages_are_reloaded(tmp_path: Path, early: bytes | None, wanted: str | None, reloaded: bool) -> None:
    (tmp_path / "a.html").write_bytes(PAGE)
    headers = [(b"sec-fetch-dest", wanted.encode())] if wanted else []
    request = Request({"type": "http", "method": "GET", "path": "/a.html", "headers": headers, "query_string": b""})
    answer = asyncio.run(respond(request, tmp_path, Early(early)))
    assert answer is not None
    assert (b"reloaded" in bytes(answer.body)) == reloaded


def test_a_cache_tells_them_apart(tmp_path: Path) -> None:
    """A browser that has a page from a frame asks again when the page is opened by itself."""
    (tmp_path / "a.html").write_bytes(PAGE)

    def ask(*headers: tuple[bytes, bytes]) -> Response:
        scope = {"type": "http", "method": "GET", "path": "/a.html", "headers": list(headers), "query_string": b""}
        answer = asyncio.run(respond(Request(scope), tmp_path, Early(None)))
        assert answer is not None
        return answer

    framed = ask((b"sec-fetch-dest", b"iframe")).headers["etag"].encode()
    assert ask((b"sec-fetch-dest", b"iframe"), (b"if-none-match", framed)).status_code == 304
    assert ask((b"if-none-match", framed)).status_code == 200
