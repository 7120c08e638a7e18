"""The site as a whole: every reference leads somewhere, nothing is loaded from elsewhere, nothing hostile survives."""

from __future__ import annotations

import posixpath
import re
from html.parser import HTMLParser
from types import ModuleType
from urllib.parse import unquote

import pytest

from kg.base.names import page_name
from kg.model import Assessment
from kg.views import reports, site

OURS = {"script": {"src"}, "form": {"action"}}
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "ping"}


class Tags(HTMLParser):
    """All tags with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def base(toy: ModuleType) -> Assessment:
    made: Assessment = toy.assessment()
    return made


@pytest.fixture(scope="module")
def made(toy: ModuleType, base: Assessment) -> dict[str, str]:
    found: dict[str, str] = toy.pages([*site.render_site(base, toy.text_of), *reports.render_reports(base)])
    return found


def html_of(pages: dict[str, str]) -> dict[str, str]:
    return {path: text for path, text in pages.items() if path.endswith(".html")}


def test_each_concept_has_a_page_in_each_language(made: dict[str, str]) -> None:
    names = [f"concepts/{page_name(name)}" for name in ("raft", "raft.en", "容器/隔离 a")]
    assert {f"{name}{lang}.html" for name in (*names, "index", "reports/association") for lang in ("", ".en")} <= set(made)
    assert {"assets/kg.css", "reports/association.en.md", "reports/hierarchy.en.html"} <= set(made)


def test_every_reference_leads_to_a_page_or_a_map(made: dict[str, str], base: Assessment) -> None:
    maps = {"maps/overview.html", *(f"maps/cluster-{c.index}.html" for c in base.communities)}
    maps |= {f"maps/concept.html?c={page_name(c.id)}" for c in base.corpus.concepts.values()}
    seen = 0
    for path, html in html_of(made).items():
        ids = {a["id"] for _, a in Tags(html).tags if a.get("id")}
        for tag, attributes in Tags(html).tags:
            href = attributes.get("href")
            if href is None or re.match(r"https://|data:,$", href):
                continue
            if "#to=" in href:
                assert "/browse/learn" in posixpath.normpath(f"/{posixpath.dirname(path)}/{href}")
            target, _, fragment = href.partition("#")
            if not target:
                assert fragment in ids, (path, href)
                continue
            resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(target)))
            # The feed is made of the whole base, and not among the pages.
            assert resolved in made or resolved in maps or resolved in ("feed.xml", "feed.en.xml"), (path, tag, href)
            seen += 1
    assert seen > 200


def test_fragments_to_other_pages_exist_there(made: dict[str, str]) -> None:
    html = made[f"concepts/{page_name('容器/隔离 a')}.html"]
    assert '<a href="raft.html#n-safety-first">' in html
    assert 'id="n-safety-first"' in made["concepts/raft.html"]


def test_nothing_is_loaded_and_no_script_but_our_own_runs(made: dict[str, str]) -> None:
    for path, html in html_of(made).items():
        for tag, attributes in Tags(html).tags:
            ours = OURS.get(tag, frozenset())
            assert not (LOADING - ours) & set(attributes), (path, tag, attributes)
            for name in ours & set(attributes):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(path), attributes[name] or ""))
                assert target in made, (path, tag, attributes)
            assert not any(name.startswith("on") or name == "style" for name in attributes), (path, tag, attributes)
            assert tag not in {"iframe", "object", "embed", "base", "style", "img"}, (path, tag)
            href = attributes.get("href") or ""
            assert not re.match(r"\s*(javascript|vbscript)", href, re.IGNORECASE), (path, href)
            if tag == "link":
                assert not href.startswith(("http", "//")), (path, href)
        # Scripts are files of ours; what stands in a page is data.
        assert not re.findall(
            r'<script(?! src="(?:\.\./)?assets/[a-z-]+(?:\.[a-z]{2})?\.js"| type="application/(?:ld\+)?json")', html
        ), path
        assert html.count("<script") <= 6, path
        assert "default-src 'none'" in html


def test_ids_are_unique(made: dict[str, str]) -> None:
    for path, html in html_of(made).items():
        ids = [a["id"] for _, a in Tags(html).tags if a.get("id")]
        assert len(ids) == len(set(ids)), path


def test_one_main_heading_and_the_language_of_the_page(made: dict[str, str]) -> None:
    for path, html in html_of(made).items():
        tags = Tags(html).tags
        assert sum(tag == "h1" for tag, _ in tags) == 1, path
        lang = "en" if re.search(r"\.en\.html$", path) else "zh"
        assert tags[0] == ("html", {"lang": lang}), path
        assert sum(tag == "main" for tag, _ in tags) == 1
        # An HTML file needs its language switch to lead to its other half.
        other = re.sub(r"(\.en)?\.html$", ".html" if lang == "en" else ".en.html", path)
        assert other in made


def test_same_input_same_bytes(toy: ModuleType) -> None:
    first = toy.pages([*site.render_site(toy.assessment(), toy.text_of), *reports.render_reports(toy.assessment())])
    second = toy.pages([*site.render_site(toy.assessment(), toy.text_of), *reports.render_reports(toy.assessment())])
    assert first == second
    assert list(first) == list(second)


def test_one_language_has_no_switch(toy: ModuleType) -> None:
    made = toy.pages(site.render_site(toy.assessment(("en",)), toy.text_of))
    assert not [path for path in made if ".en." in path.replace("raft.en", "")]
    assert 'class="langs"' not in made["index.html"]


def test_empty_knowledge_base(toy: ModuleType) -> None:
    made = toy.pages(site.render_site(toy.empty(), toy.text_of))
    assert not [path for path in made if path.startswith(("concepts/", "notes/"))]
    assert {"assets/kg.css", "index.en.html", "browse/a-z.html", "browse/reading.en.html", "search.html"} <= set(made)
    assert "还没有概念" in made["browse/a-z.html"]
    assert "还没有概念" in made["index.html"]
    assert "unknown" in made["index.en.html"]
    assert "100%" not in made["index.en.html"]
    assert "0%" not in made["index.en.html"].replace("90.0%", "")
    assert '<ul class="columns">\n</ul>' not in made["index.html"]
