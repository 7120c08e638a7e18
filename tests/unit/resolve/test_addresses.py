"""Where generators publish notes and files: values from the manuals of Hugo, Jekyll and MkDocs."""

from __future__ import annotations

from typing import Any

import pytest

from kg.corpus.addresses import address_key, expand_pattern, file_address, note_addresses, place_in_content
from kg.corpus.site import SourceSite

ALL_DAYS = ":year :month :day :short_year :i_month :i_day :y_day :yearday :week :monthname :weekdayname"
HUGO = SourceSite(
    "hugo",
    folders=(("zh", "content/zh"), ("en", "content")),
    default_language="en",
    prefixed=frozenset(("zh",)),
    static=("static", "assets"),
    permalinks={
        "posts": "/:year/:month/:day/:slug/",
        "blog": "/:section/:sections/:title/:filename/:contentbasename/:slugorfilename/:slugorcontentbasename/",
        "days": f"/{ALL_DAYS} :short_month :long_month :short_day :long_day/",
        "bad": "/x/:nothing/",
    },
)
JEKYLL = SourceSite(
    "jekyll",
    folders=(("", ""),),
    permalinks={
        "": "/:categories/:year/:month/:day/:title:output_ext",
        "notes": "/:collection/:path:output_ext",
        "terms": "/t/:name/:basename/:title/",
    },
    directories=False,
)
MKDOCS = SourceSite("mkdocs", folders=(("", "docs"),))
DAY = {"date": "2024-02-05T10:00:00Z"}


@pytest.mark.parametrize(
    ("name", "metadata", "addresses"),
    [
        ("content/a/b.md", {}, ["a/b"]),
        ("content/a/_index.md", {}, ["a"]),
        ("content/a/b/index.md", {}, ["a/b"]),
        ("content/zh/a/b.md", {}, ["zh/a/b"]),
        ("README.md", {}, []),
        ("contents/a.md", {}, []),
        ("content/a/b.md", {"url": "/x/y/"}, ["/x/y/"]),
        ("content/a/b.md", {"url": "x/y", "slug": "s"}, ["x/y"]),
        ("content/zh/a/b.md", {"url": "x/y"}, ["zh/x/y"]),
        ("content/zh/a/b.md", {"url": "/x/y"}, ["/x/y"]),
        ("content/a/b.md", {"slug": "s"}, ["a/s"]),
        ("content/zh/a/b.md", {"slug": "s"}, ["zh/a/s"]),
        ("content/a/b.md", {"aliases": ["/old/", "older", "../up"]}, ["a/b", "/old/", "a/older", "up"]),
        ("content/posts/p.md", {**DAY, "title": "My Title"}, ["2024/02/05/My Title/"]),
        ("content/posts/p.md", {**DAY, "title": "My Title", "slug": "s"}, ["2024/02/05/s/"]),
        ("content/posts/p.md", DAY, ["2024/02/05/p/"]),
        ("content/zh/posts/p.md", DAY, ["zh/2024/02/05/p/"]),
        ("content/posts/p.md", {"slug": "s"}, ["posts/s"]),  # the pattern asks for a date, and there is none
        ("content/posts/p.md", {"date": "2024-13-40"}, ["posts/p"]),
        ("content/posts/p.md", {"date": "soon"}, ["posts/p"]),
        ("content/posts.md", DAY, ["posts"]),  # no page of the section
        ("content/posts/_index.md", DAY, ["posts"]),
        ("content/bad/x.md", {}, ["bad/x"]),
        ("content/blog/sub/Post.md", {"title": "T"}, ["blog/blog/sub/T/Post/Post/Post/Post/"]),
        ("content/blog/sub/Post.md", {"slug": "s"}, ["blog/blog/sub/Post/Post/Post/s/s/"]),
        (
            "content/days/d.md",
            DAY,
            ["2024 02 05 24 2 5 036 36 06 February Monday Feb February Mon Monday/"],
        ),
    ],
)
def test_hugo(name: str, metadata: dict[str, Any], addresses: list[str]) -> None:
    """https://gohugo.io/content-management/urls/"""
    assert note_addresses(HUGO, name, metadata) == addresses


@pytest.mark.parametrize(
    ("name", "metadata", "addresses"),
    [
        ("other.md", {}, ["other"]),
        ("a/index.md", {}, ["a"]),
        ("a/README.md", {}, ["a"]),
        ("other.md", {"permalink": "/p/:title:output_ext"}, ["/p/other.html"]),
        ("a/other.md", {"permalink": "/:path/:basename/:name/x:categories"}, ["/a/other/other/other/x"]),
        ("other.md", {"permalink": "/:unknown/"}, ["other"]),
        ("other.md", {"redirect_from": ["/old/", "new/x"]}, ["other", "/old/", "new/x"]),
        ("_posts/2020-01-02-t.md", {}, ["/2020/01/02/t.html"]),
        ("_posts/2020-1-2-t-u.md", {}, ["/2020/01/02/t-u.html"]),
        ("_posts/2020-01-02-t.md", {"date": "2021-03-04 10:00"}, ["/2021/03/04/t.html"]),
        ("_posts/2020-01-02-t.md", {"slug": "s"}, ["/2020/01/02/s.html"]),
        ("_posts/2020-01-02-t.md", {"permalink": "/p/:slug/:title"}, ["/p/t/t"]),
        ("_posts/2020-01-02-t.md", {"category": "c"}, ["/c/2020/01/02/t.html"]),
        ("_posts/2020-01-02-t.md", {"categories": "c d"}, ["/c/d/2020/01/02/t.html"]),
        ("_posts/2020-01-02-t.md", {"categories": ["c", "d"], "category": "e"}, ["/c/d/2020/01/02/t.html"]),
        ("x/y/_posts/2020-01-02-t.md", {"category": "c"}, ["/x/y/c/2020/01/02/t.html"]),
        ("_posts/undated.md", {}, []),
        ("_drafts/d.md", {}, []),
        ("_/d.md", {}, []),
        ("_notes/a/b.md", {}, ["/notes/a/b.html"]),
        ("_terms/a/b.md", {}, ["/t/b/b/b/"]),
        ("_notes/_x/b.md", {}, ["/notes/_x/b.html"]),
        ("_notes/b.md", {"permalink": "/:collection/-/:path"}, ["/notes/-/b"]),
    ],
)
def test_jekyll(name: str, metadata: dict[str, Any], addresses: list[str]) -> None:
    """https://jekyllrb.com/docs/permalinks/"""
    assert note_addresses(JEKYLL, name, metadata) == addresses


def test_mkdocs() -> None:
    assert note_addresses(MKDOCS, "docs/a/index.md", {"slug": "s"}) == ["a"]
    assert note_addresses(MKDOCS, "docs/b.md", {}) == ["b"]
    assert note_addresses(MKDOCS, "README.md", {}) == []


@pytest.mark.parametrize(
    ("metadata", "addresses"),
    [
        ({"title": "x", "tags": ["a/b"]}, []),
        ({"url": "/u/"}, ["/u/"]),
        ({"url": "u", "permalink": "p"}, ["u", "p"]),
        ({"slug": "s"}, ["sub/s"]),
        ({"aliases": ["KG", "/old/", "x/y", "../z/w"]}, ["/old/", "sub/x/y", "z/w"]),
        ({"alias": "x/y"}, ["sub/x/y"]),
        ({"redirect_from": "x/y"}, ["sub/x/y"]),
    ],
)
def test_addresses_that_the_front_matter_gives_where_no_tool_is_known(metadata: dict[str, Any], addresses: list[str]) -> None:
    assert note_addresses(SourceSite(), "sub/a.md", metadata) == addresses


@pytest.mark.parametrize(
    ("site", "name", "address"),
    [
        (HUGO, "static/img/a.png", "img/a.png"),
        (HUGO, "assets/a.css", "a.css"),
        (HUGO, "statics/a.png", None),
        (HUGO, "content/a/b.png", "a/b.png"),
        (HUGO, "content/zh/p.png", "zh/p.png"),
        (HUGO, "themes/a.png", None),
        (HUGO, "content/_x/p.png", "_x/p.png"),
        (JEKYLL, "img/a.png", "img/a.png"),
        (JEKYLL, "_x/a.png", None),
        (JEKYLL, "a/_b/c.png", None),
        (MKDOCS, "docs/img/a.png", "img/a.png"),
        (MKDOCS, "img/a.png", None),
        (SourceSite("dendron"), "img/a.png", None),
        (SourceSite(), "img/a.png", None),
    ],
)
def test_files_that_are_no_notes(site: SourceSite, name: str, address: str | None) -> None:
    assert file_address(site, name) == address


def test_the_language_of_a_file() -> None:
    site = SourceSite("hugo", folders=(("zh", "content/zh"), ("en", "content")), suffixed=frozenset(("en", "fr")))
    assert place_in_content(site, "content/a.b/about.FR.md") == ("fr", "a.b/about.md")
    assert place_in_content(site, "content/about.it.md") == ("en", "about.it.md"), "no language of this site"
    assert place_in_content(site, "content/.fr.md") == ("en", ".fr.md"), "a name that only begins with a dot"
    assert place_in_content(site, "content/zh") == ("en", "zh"), "a file beside the folder of that name"
    assert place_in_content(SourceSite(folders=(("", ""),)), "a/b.md") == ("", "a/b.md")
    assert place_in_content(SourceSite(folders=(("", "x"),)), "xa/b.md") is None


def test_forms_of_an_address() -> None:
    assert [address_key(a) for a in ("a.htm", "index.html", "/a/index.htm", "A/B.html/", "/index/x", "a.html.md")] == [
        "a", "", "a", "a/b", "index/x", "a.html.md",
    ]  # fmt: skip


def test_patterns() -> None:
    assert expand_pattern("/:a[x]//:b/", {"a": "1", "b": "2"}) == "/1/2/"
    assert expand_pattern("/:a/:c/:a", {"a": "1"}) is None
    assert expand_pattern("/plain", {}) == "/plain"
