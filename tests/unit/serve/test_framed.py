"""A page in a frame isn't reloaded by itself, also before its build is complete."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request

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
