"""Addresses of generated sites."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.model import Ambiguous, Corpus

HUGO = ("hugo.toml", 'baseURL = "https://x.org/docs/"\n[permalinks]\nposts = "/:year/:month/:slug/"\n')
JEKYLL = (
    "_config.yml",
    "baseurl: /b\ncollections:\n  notes: {output: true}\n  terms: {output: true, permalink: '/t/:path/'}\n",
)


def targets(corpus: Corpus) -> list[str | None]:
    return ["?" if isinstance(r, Ambiguous) else r.path for _, _, r in corpus.links]


@pytest.mark.parametrize(
    ("configuration", "link", "file", "metadata"),
    [
        (HUGO, "/2024/05/my-title/", "content/posts/p.md", "---\ndate: 2024-05-06\ntitle: My Title\n---\n"),
        (HUGO, "/docs/a/b/", "content/a/b.md", ""),
        (HUGO, "/a/b/", "content/a/b.md", ""),
        (HUGO, "/x/y/", "content/a/b.md", "---\nurl: x/y\n---\n"),
        (HUGO, "/a/s/", "content/a/b/index.md", "---\nslug: s\n---\n"),
        (HUGO, "/a/two-words/", "content/a/Two Words.md", ""),
        (JEKYLL, "/notes/n.html", "_notes/n.md", ""),
        (JEKYLL, "/t/n/", "_terms/n.md", ""),
        (JEKYLL, "/b/other.html", "other.md", ""),
        (JEKYLL, "/cat/2020/01/02/t.html", "cat/_posts/2020-01-02-t.md", ""),
        (JEKYLL, "/c/d/2020/01/02/t.html", "_posts/2020-01-02-t.md", "---\ncategories: [c, d]\n---\n"),
        (JEKYLL, "/old/", "other.md", "---\nredirect_from: /old/\n---\n"),
        (("mkdocs.yml", ""), "/guide/", "docs/guide/README.md", ""),
        (("mkdocs.yml", "use_directory_urls: false"), "/guide/a.html", "docs/guide/a.md", ""),
    ],
)
def test_a_root_link(
    collection: Callable[..., Corpus], configuration: tuple[str, str], link: str, file: str, metadata: str
) -> None:
    start = {"hugo.toml": "content/start.md", "_config.yml": "start.md", "mkdocs.yml": "docs/start.md"}[configuration[0]]
    corpus = collection({start: f"[x]({link})", file: metadata + "Text"}, configuration=configuration)
    assert targets(corpus) == [file]


@pytest.mark.parametrize(
    ("configuration", "link"),
    [
        (("mkdocs.yml", ""), "/b.md"),  # published as it is, and there is no such file on the site
        (JEKYLL, "/_notes/n.md"),
        (JEKYLL, "/_drafts/d.html"),
    ],
)
def test_no_address(collection: Callable[..., Corpus], configuration: tuple[str, str], link: str) -> None:
    files = {"docs/a.md": f"[x]({link})", "docs/b.md": "", "_notes/n.md": "", "_drafts/d.md": ""}
    assert targets(collection(files, configuration=configuration)) == [None]


def test_notes_folder_below_the_configuration(collection: Callable[..., Corpus]) -> None:
    hugo = ("hugo.toml", '[languages.en]\ncontentDir="content/en"\n[languages.zh]\ncontentDir="content/zh"\n')
    files = {"a.md": '[b](/b/) [z](/zh/b/) {{< ref "/b" >}} {{< ref path="/b" lang="zh" >}}', "b.md": ""}
    assert targets(collection(files, "content/en", hugo)) == ["b.md", None, "b.md", None]


def test_relative_addresses_with_languages_in_file_names(collection: Callable[..., Corpus]) -> None:
    hugo = ("hugo.toml", "[languages.en]\n[languages.fr]\n")
    files = {"content/a.fr.md": "[b](../b/)", "content/b.en.md": "", "content/b.fr.md": ""}
    assert targets(collection(files, configuration=hugo)) == ["content/b.fr.md"]


def test_dendron_prefers_the_own_vault(collection: Callable[..., Corpus]) -> None:
    dendron = ("dendron.yml", "workspace:\n  vaults:\n    - {fsPath: v1}\n    - {fsPath: v2, name: two}\n")
    files = {"v1/a.md": "[[b]] [[x|dendron://two/b]]", "v1/b.md": "", "v2/b.md": ""}
    assert targets(collection(files, configuration=dendron)) == ["v1/b.md", "v2/b.md"]
