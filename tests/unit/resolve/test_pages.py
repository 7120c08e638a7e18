"""Addresses of generated sites."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.model import Ambiguous, Broken, Corpus, Resolved

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


# Hugo's references and addresses in two languages

TWO = (
    "hugo.toml",
    "baseURL = 'https://x.org/docs/'\n[languages.en]\ncontentDir = 'content/en'\n[languages.zh]\ncontentDir = 'content/zh'\n",
)
SITE = {
    "content/en/_index.md": "", "content/en/a/_index.md": "", "content/en/a/b.md": "", "content/en/c/b2.md": "",
    "content/zh/a/b.md": "", "content/zh/_index.md": "", "content/en/p/q/uni.md": "", "content/en/bundle/index.md": "",
    "static/img/p.png": "", "content/zh/only.md": "", "content/en/x.md": "", "content/zh/x.md": "", "content/en/e/f.txt": "",
}  # fmt: skip


def ref(path: str, lang: str = "") -> str:
    return f'{{{{< ref path="{path}" lang="{lang}" >}}}}' if lang else f'{{{{< ref "{path}" >}}}}'


@pytest.mark.parametrize(
    ("source", "link", "file"),
    [
        ("content/en/a/s.md", ref("b"), "content/en/a/b.md"),
        ("content/en/a/s.md", ref("b.md"), "content/en/a/b.md"),
        ("content/en/a/s.md", ref("/a/b"), "content/en/a/b.md"),
        ("content/en/a/s.md", ref("/b"), None),
        ("content/en/a/s.md", ref("a/b"), "content/en/a/b.md"),
        ("content/en/a/s.md", ref("uni"), "content/en/p/q/uni.md"),
        ("content/en/a/s.md", ref("q/uni"), None),
        ("content/en/a/s.md", ref("bundle"), "content/en/bundle/index.md"),
        ("content/en/a/s.md", ref("/a"), "content/en/a/_index.md"),
        ("content/en/a/s.md", ref("/A/_index.md"), "content/en/a/_index.md"),
        ("content/en/a/s.md", ref("../c/b2"), "content/en/c/b2.md"),
        ("content/en/a/s.md", ref("b", "ZH"), "content/zh/a/b.md"),
        ("content/en/a/s.md", ref("/a/b", "zh"), "content/zh/a/b.md"),
        ("content/en/a/s.md", ref("only"), None),
        ("content/zh/a/s.md", ref("b"), "content/zh/a/b.md"),
        ("content/zh/s.md", ref("only"), "content/zh/only.md"),
        ("README.md", ref("a/b"), "content/en/a/b.md"),  # a file outside is in the site's language
        ("content/en/a/s.md", "[t](/docs/)", "content/en/_index.md"),
        ("content/en/a/s.md", "[t](/docs)", "content/en/_index.md"),
        ("content/en/a/s.md", "[t](/docs/a/b/)", "content/en/a/b.md"),
        ("content/en/a/s.md", "[t](/docsx/a/b/)", None),
        ("content/en/a/s.md", "[t](/docs/zh/a/b/)", "content/zh/a/b.md"),
        ("content/en/a/s.md", "[t](/zh/)", "content/zh/_index.md"),
        ("content/en/a/s.md", "[t](/img/p.png)", "static/img/p.png"),
        ("content/en/a/s.md", "[t](/docs/img/p.png)", "static/img/p.png"),
        ("content/en/a/s.md", "[t](/x.md)", "content/en/x.md"),  # a source file: that of the own language first
        ("content/zh/a/s.md", "[t](/x.md)", "content/zh/x.md"),
        ("content/en/a/s.md", "[t](/only.md)", None),
        ("content/en/a/s.md", "[t](/zh/x.md)", "content/zh/x.md"),
        ("content/zh/a/s.md", "[t](/zh/x.md)", "content/zh/x.md"),
        ("content/en/a/s.md", "[t](/zhx.md)", None),
        ("content/en/a/s.md", "[t](/p/q/)", "content/en/p/q/"),
        ("content/en/a/s.md", "[t](/e/f.txt)", "content/en/e/f.txt"),
        ("README.md", "[t](/x.md)", "content/en/x.md"),
        ("content/en/a/s.md", "[t](../b/)", "content/en/a/b.md"),
        ("content/en/a/s.md", "[t](../../c/b2/)", "content/en/c/b2.md"),
    ],
)
def test_a_site_in_two_languages(collection: Callable[..., Corpus], source: str, link: str, file: str | None) -> None:
    corpus = collection({**SITE, source: link}, configuration=TWO)
    assert targets(corpus) == [file]


@pytest.mark.parametrize(
    ("ugly", "source", "link", "found"),
    [
        ("false", "content/a/s.md", "../x/", True),  # `s.md` is published at `a/s/`
        ("false", "content/a/s.md", "x/", False),
        ("false", "content/a/s.md", "/x/", False),
        ("false", "content/a/index.en.md", "x/", True),
        ("true", "content/a/s.md", "x.html", True),
        ("true", "content/a/s.md", "../x.html", False),
        ("true", "content/a/_index.md", "x.html", True),
        ("true", "content/a/Index.md", "x.html", True),
        ("true", "README.md", "a/x.html", False),  # not published, so it has no address to start from
    ],
)
def test_relative_addresses(collection: Callable[..., Corpus], ugly: str, source: str, link: str, found: bool) -> None:
    hugo = ("hugo.toml", f"uglyURLs = {ugly}\n[languages.en]\n[languages.fr]\n")
    corpus = collection({source: f"[t]({link})", "content/a/b.md": "---\nslug: x\n---\n"}, configuration=hugo)
    assert targets(corpus) == ["content/a/b.md" if found else None]


def test_what_is_published_at_one_address_twice(collection: Callable[..., Corpus]) -> None:
    files = {
        "content/a.md": "[t](/x/) [u](/y/)",
        "content/b.md": "---\nurl: /x/\naliases: [/x, /y/]\n---\n",
        "content/c.md": "---\nurl: /x\n---\n",
    }
    corpus = collection(files, configuration=("hugo.toml", "theme = 'x'"))
    assert [r for _, _, r in corpus.links] == [Ambiguous(("content/b.md", "content/c.md")), Resolved("content/b.md", None)]


def test_near_misses_of_addresses(collection: Callable[..., Corpus]) -> None:
    files = {"content/a.md": '[t](/x/bb/) {{< ref "x/bb" >}} [u](/_post/) ', "content/y/bb.md": "", "content/_index.md": ""}
    corpus = collection(files, configuration=("hugo.toml", "theme = 'x'"))
    found = Broken("no-such-note", ("content/y/bb.md",))
    assert [r for _, _, r in corpus.links] == [found, found, Broken("no-such-note", ())]


def test_mkdocs_takes_no_source_file_from_the_root_but_a_folder(collection: Callable[..., Corpus]) -> None:
    files = {"docs/a.md": "[1](/x/y) [2](/x/y/b.md) [3](/x/y/b/)", "docs/x/y/b.md": ""}
    assert targets(collection(files, configuration=("mkdocs.yml", ""))) == ["docs/x/y/", None, "docs/x/y/b.md"]


def test_the_folder_of_a_language_without_a_page(collection: Callable[..., Corpus]) -> None:
    files = {"content/en/a.md": '[1](/zh) [2](/zh/) {{< ref "/XX" >}} [3](/zhx)', "content/zh/x.md": "", "content/en/XX.md": ""}
    assert targets(collection(files, configuration=TWO)) == ["content/zh/", "content/zh/", "content/en/XX.md", None]


def test_a_single_language_has_no_prefix_of_its_own(collection: Callable[..., Corpus]) -> None:
    hugo = ("hugo.toml", "defaultContentLanguage = 'en'\n[languages.en]\ncontentDir = 'content/en'\n")
    files = {"content/en/a.md": "[1](/en/b/) [2](/b/) [3](/en/c/)", "content/en/b.md": "", "content/en/en/c.md": ""}
    assert targets(collection(files, configuration=hugo)) == [None, "content/en/b.md", "content/en/en/c.md"]
