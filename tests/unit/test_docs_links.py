"""Documentation hangs together: docs/README.md lists every page once, and every link leads to a file, a folder or a heading."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted((*ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.md"), *DOCS.rglob("*.md")))
_LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_CODE = re.compile(r"^(`{3,}).*?^\1`*$|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def _links(path: Path) -> list[str]:
    """Targets of Markdown links that lead to another place of this repository."""
    text = _CODE.sub("", path.read_text(encoding="utf-8"))
    return [t for t in _LINK.findall(text) if not re.match(r"[a-z][a-z0-9+.-]*:", t)]


def _anchors(path: Path) -> set[str]:
    """Ids that GitHub gives the headings of a page."""
    text = re.sub(r"^(`{3,}).*?^\1`*$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    found: Counter[str] = Counter()
    ids = set()
    for heading in re.findall(r"^#{1,6} +(.+?) *#*$", text, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        ids.add(f"{slug}-{found[slug]}" if found[slug] else slug)
        found[slug] += 1
    return ids


@pytest.mark.parametrize("page", PAGES, ids=[str(p.relative_to(ROOT)) for p in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in _links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.relative_to(ROOT)}: {link}"
        assert target.is_relative_to(ROOT), link
        if anchor and target.suffix == ".md":
            assert anchor in _anchors(target), f"{page.relative_to(ROOT)}: {link}"


def test_links_are_found_and_anchors_are_githubs() -> None:
    assert "docs/vocabulary.md" in _links(ROOT / "README.md")
    assert "沙箱--the-sandbox" in _anchors(DOCS / "evidence.md")


def test_the_index_lists_every_page_once() -> None:
    listed = Counter(link for link in _links(DOCS / "README.md") if link.endswith(".md"))
    pages = {p.name for p in DOCS.glob("*.md")} - {"README.md"}
    pages |= {"rules/README.md", "monitoring/README.md", "../CONTRIBUTING.md"}
    assert {p: listed[p] for p in pages} == dict.fromkeys(pages, 1)
    assert set(listed) == pages | {"../README.md", "../README.zh.md"}


def test_every_page_of_the_index_has_a_sentence_in_both_languages() -> None:
    rows = re.findall(r"^\| \[.*?\]\(.*?\) \| (.*) \| (.*) \|$", (DOCS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= len(list(DOCS.glob("*.md")))
    for english, chinese in rows:
        assert re.search(r"[a-z]{3}", english)
        assert re.search(r"[一-鿿]", chinese)
