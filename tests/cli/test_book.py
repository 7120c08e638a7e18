"""A book holds the chosen concepts in learning order, needs no other file, and is the same for the same notes."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pictures import png

FILES = {
    "kg.toml": 'title = {zh = "库", en = "A <base>"}\nlanguages = ["en", "zh"]\n',
    "concepts/raft.md": (
        "# Raft\n\nA consensus algorithm, see [[log#Entries|the entries]] and [[etcd]] and <https://example.org/a>.\n\n"
        "requires:: [[log]]\n\n## Part\n\n![](p.png) $a < b$\n\n- one<br>two\n"
    ),
    "concepts/log.md": "# Log\n\nA sequence.\n\n## Entries\n\nBefore [[raft]].\n",
    "concepts/etcd.md": "# etcd\n\nA store.\n\nuses:: [[raft]]\n",
    "concepts/p.png": png(3, 2, (200, 0, 0)),
}


def test_one_page_in_learning_order(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(FILES)
    ran = kg("export", "book", "raft", "log", "-o", "book.html", "-C", folder, cwd=folder)
    assert ran.status == 0, ran.stderr
    html = (folder / "book.html").read_text(encoding="utf-8")
    assert re.findall(r'<h3 class="lesson" id="[^"]*">([^<]*)', html) == ["Log", "Raft"]
    ids = re.findall(r'\sid="([^"]*)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', html)) <= set(ids)
    assert re.search(r'href="#kg-b-log--[^"]*entries"', html, re.IGNORECASE)
    # Nothing is loaded, and what the book doesn't have is not a link.
    addresses = re.findall(r'(?:href|src)="([^"]*)"', html)
    assert [a for a in addresses if not a.startswith(("#", "https://example.org/", "data:image/"))] == []
    assert "<script" not in html
    assert 'src="data:image/png;base64,' in html
    assert "etcd</a>" in html
    stdout = kg("export", "book", "raft", "log", "-C", folder)
    assert stdout.stdout == html


def test_epub_is_well_formed(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(FILES)
    for name in ("a.epub", "b.epub"):
        assert kg("export", "book", "-o", folder / name, "--lang", "zh", "-C", folder).status == 0
    assert (folder / "a.epub").read_bytes() == (folder / "b.epub").read_bytes()
    with zipfile.ZipFile(folder / "a.epub") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read(first)) == ("mimetype", 0, b"application/epub+zip")
        names = archive.namelist()
        documents = [name for name in names if name.endswith((".xhtml", ".opf", ".xml"))]
        roots = {name: ET.fromstring(archive.read(name)) for name in documents}  # noqa: S314  # written by kg
        package = roots["EPUB/book.opf"]
        listed = [item.attrib["href"] for item in package.iter("{http://www.idpf.org/2007/opf}item")]
        assert {"EPUB/book.opf", *(f"EPUB/{name}" for name in listed)} == {n for n in names if n.startswith("EPUB/")}
        ids = {name: {e.attrib["id"] for e in root.iter() if "id" in e.attrib} for name, root in roots.items()}
        for name, root in roots.items():
            for link in root.iter("{http://www.w3.org/1999/xhtml}a"):
                target, _, fragment = link.attrib.get("href", "").partition("#")
                if "href" in link.attrib and not target.startswith("https:"):
                    assert not fragment or fragment in ids[f"EPUB/{target}" if target else name]


def test_what_is_no_book_is_refused(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(FILES)
    assert "HTML, PDF or EPUB" in kg("export", "book", "-o", folder / "book.doc", "-C", folder).stderr
    assert "takes no concepts" in kg("export", "turtle", "raft", "-C", folder).stderr
    assert kg("export", "book", "nothing-is-called-so", "-C", folder).status == 2


@pytest.mark.skipif(not shutil.which("chromium"), reason="Chromium is missing")
def test_pdf(kg: Callable[..., Any], base: Callable[..., Path]) -> None:
    folder = base(FILES)
    ran = kg("export", "book", "-o", folder / "book.pdf", "-C", folder)
    assert ran.status == 0, ran.stderr
    assert (folder / "book.pdf").read_bytes().startswith(b"%PDF-")
