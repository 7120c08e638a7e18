"""What configuration files say of a site."""

from __future__ import annotations

from typing import Any

import pytest

from kg.base.configurations import Configuration
from kg.corpus.site import NO_SITE, SourceSite, read_site
from kg.notes.dialect import Dialect


def site(name: str, text: str, below: str = "") -> SourceSite:
    return read_site([Configuration(name, text.encode(), "", below)])


def test_hugo_languages() -> None:
    found = site("hugo.toml", '[languages.en]\ncontentDir="content/en"\n[languages.zh-cn]\ncontentDir="content/zh-cn"\n')
    assert found.folders == (("zh-cn", "content/zh-cn"), ("en", "content/en"))
    assert found.prefixed == {"zh-cn"}


def test_hugo_configuration_folder() -> None:
    found = read_site(
        [
            Configuration("config/_default/hugo.yaml", b"baseURL: https://x.org/docs/", "", ""),
            Configuration("config/_default/languages.yaml", b"fr: {weight: 2}", "", ""),
        ]
    )
    assert (found.generator, found.base, found.suffixed) == ("hugo", "docs", {"fr"})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.toml", 'base_url = "https://zola.example"'),
        ("config.yml", "anything: 1"),
        ("config.json", "[]"),
        ("hugo.toml", "not toml ["),
        ("hugo.yaml", "a: [b"),
    ],
)
def test_a_file_of_another_tool(name: str, text: str) -> None:
    assert site(name, text) == NO_SITE


def test_mkdocs() -> None:
    extensions = "markdown_extensions:\n  - admonition\n  - toc: {separator: _}\n  - e: !!python/name:os.system\n"
    text = "site_url: https://x.org/d/\ndocs_dir: doc\n" + extensions
    found = site("mkdocs.yml", text)
    assert (found.base, found.folders, found.separator, found.dialect.admonitions) == ("d", (("", "doc"),), "_", True)
    assert (
        site("mkdocs.yml", "markdown_extensions:\n  - toc:\n      slugify: !!python/name:pymdownx.slugs.uslugify\n").separator
        == ""
    )


def test_a_configuration_without_anything() -> None:
    assert site("_config.yml", "").generator == "jekyll"
    assert site("mkdocs.yml", "[1]").folders == (("", "docs"),)
    assert site("dendron.yml", "workspace: {vaults: 3}").vaults == {}


def test_the_nearest_tool_wins_and_obsidian_goes_with_any() -> None:
    found = read_site(
        [
            Configuration(".obsidian", b"", "", "docs"),
            Configuration("mkdocs.yml", b"", "", ""),
            Configuration("_config.yml", b"", "", "docs"),
        ]
    )
    assert (found.generator, found.obsidian) == ("mkdocs", True)
    assert read_site([Configuration(".obsidian", b"", "", "")]) == SourceSite(obsidian=True)


def test_several_notes_folders_below_one_configuration() -> None:
    found = read_site([Configuration("hugo.toml", b"theme='x'", f"{n}/", f"content/{n}") for n in ("en", "zh")])
    assert found.path("zh/a.md") == "content/zh/a.md"
    assert found.name("content/en/a.md") == "en/a.md"


HERE = (("", ""),)
HUGO: dict[str, Any] = {
    "dialect": Dialect(bundles=True), "taxonomies": frozenset(("tags", "categories")), "root_relative": True,
    "only_markdown_links": True, "lower_case": True,
}  # fmt: skip


def test_all_that_a_hugo_configuration_can_say() -> None:
    text = """
baseURL = "https://x.org/docs/"
contentDir = "/c/"
defaultContentLanguage = "DE"
staticDir = ["s1", "/s2/"]
uglyURLs = true
[permalinks]
posts = "/:year/"
n = 3
[permalinks.page]
notes = "/n/:slug/"
[languages.de]
[languages.en]
contentDir = "c/en/"
[languages.fr]
disabled = true
contentDir = "c/fr"
"""
    assert site("hugo.toml", text) == SourceSite(
        "hugo", places=HERE, base="docs", folders=(("en", "c/en"), ("de", "c")), default_language="de",
        prefixed=frozenset(("en",)), suffixed=frozenset(("de", "en")), static=("s1", "s2", "assets"),
        permalinks={"posts": "/:year/", "notes": "/n/:slug/"}, directories=False, **HUGO,
    )  # fmt: skip


def test_what_hugo_assumes() -> None:
    assert site("config.yaml", "theme: x") == SourceSite(
        "hugo", places=HERE, folders=(("en", "content"),), default_language="en",
        static=("static", "assets", "themes/x/static"), **HUGO,
    )  # fmt: skip
    # A single static folder, and keys in any case; the first language is in a subfolder too where that is wished.
    text = "STATICDIR: a\nDefaultContentLanguageInSubdir: true\nlanguages: {en: {}, fr: {}}\nuglyURLs: 'yes'\n"
    found = site("config.yaml", text)
    assert (found.static, found.prefixed, found.directories) == (("a", "assets"), {"en", "fr"}, True)
    # What isn't a table says nothing.
    odd = site("hugo.yaml", "languages: [en]\npermalinks: x\nbaseURL: 3\n")
    assert (odd.suffixed, odd.permalinks, odd.base) == (frozenset(), {}, "")


def test_all_that_a_jekyll_configuration_can_say() -> None:
    text = """
baseurl: /b/
source: ./src/
permalink: pretty
collections:
  a: {output: true}
  b: {output: true, permalink: '/b/:name/'}
  c: {output: false}
  d:
"""
    pattern = "/:categories/:year/:month/:day/:title/"
    assert site("_config.yml", text) == SourceSite(
        "jekyll", places=HERE, base="b", folders=(("", "src"),), root_files=False,
        permalinks={"": pattern, "a": "/:collection/:path:output_ext", "b": "/b/:name/"},
    )  # fmt: skip


def test_what_jekyll_assumes() -> None:
    pattern = "/:categories/:year/:month/:day/:title:output_ext"
    plain = SourceSite(
        "jekyll", places=HERE, folders=(("", ""),), permalinks={"": pattern}, directories=False, root_files=False
    )
    assert site("_config.yml", "title: x") == plain
    assert site("_config.toml", "collections = ['a']") == plain, "a list of names publishes none"
    own = site("_config.yaml", "permalink: /x/:title/")
    assert (dict(own.permalinks), own.directories) == ({"": "/x/:title/"}, True)


def test_all_that_a_configuration_of_mkdocs_can_say() -> None:
    text = """
site_url: https://x.org/d/e/
docs_dir: ./doc/
use_directory_urls: false
markdown_extensions:
  - markdown.extensions.toc: {separator: _}
  - pymdownx.details
validation:
  links: {absolute_links: relative_to_docs}
"""
    assert site("mkdocs.yml", text) == SourceSite(
        "mkdocs", places=HERE, base="d/e", folders=(("", "doc"),), directories=False, separator="_",
        dialect=Dialect(meta_data=True, admonitions=True), only_markdown_links=True, root_relative=True,
    )  # fmt: skip


def test_what_mkdocs_assumes() -> None:
    plain = SourceSite(
        "mkdocs", places=HERE, folders=(("", "docs"),), root_files=False, separator="-", dialect=Dialect(meta_data=True),
        only_markdown_links=True,
    )  # fmt: skip
    assert site("mkdocs.yaml", "site_name: x") == plain
    assert site("mkdocs.yaml", "markdown_extensions: [toc: {separator: ''}, 3]") == plain
    assert site("mkdocs.yaml", "markdown_extensions: [toc: {separator: 3}]") == plain
    # The extensions can be a table; before 1.5 all of validation stood in one place.
    text = "markdown_extensions: {admonition: {}, toc: {separator: '+'}}\nvalidation: {absolute_links: relative_to_docs}"
    assert site("mkdocs.yaml", text) == SourceSite(
        "mkdocs", places=HERE, folders=(("", "docs"),), separator="+", dialect=Dialect(meta_data=True, admonitions=True),
        only_markdown_links=True, root_relative=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    "extension",
    ["admonition", "pymdownx.details", "pymdownx.tabbed", "pymdownx.superfences", "markdown.extensions.admonition"],
)
def test_extensions_whose_blocks_are_indented(extension: str) -> None:
    assert site("mkdocs.yml", f"markdown_extensions: {extension}").dialect.admonitions


def test_vaults_of_dendron() -> None:
    new = "workspace:\n  vaults:\n    - {fsPath: /a/v1/}\n    - {fsPath: v2, name: two}\n    - {name: none}\n    - 3\n"
    expected = SourceSite("dendron", places=HERE, dialect=Dialect(label_first=True), vaults={"v1": "a/v1", "two": "v2"})
    assert site("dendron.yml", new) == expected
    assert site("dendron.yaml", "vaults: [{fsPath: /a/v1/}, {fsPath: v2, name: two}]") == expected


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("{:file/name-format :triple-lowbar}", "triple-lowbar"),
        ("{:preferred-format :markdown}", "legacy"),
        ("{:file/name-format :legacy}", "legacy"),
        ("{;; :file/name-format :triple-lowbar\n :x 1}", "legacy"),
        ("{;; a\n :file/name-format\n :triple-lowbar ; b\n}", "triple-lowbar"),
    ],
)
def test_logseq(text: str, way: str) -> None:
    assert site("logseq/config.edn", text) == SourceSite(
        "logseq", places=HERE, unwritten=True,
        dialect=Dialect(properties=True, file_titles=way, journal_titles="MMM do, yyyy", journal_files="yyyy_MM_dd"),
    )  # fmt: skip


def test_files_of_one_configuration_are_merged_and_the_first_wins() -> None:
    found = read_site(
        [
            Configuration("config/_default/config.yaml", b"params: {a: 1}\nlanguages: {en: {weight: 1}}\ntheme: x", "", ""),
            Configuration("config/_default/languages.yaml", b"en: {contentDir: content/en}\nfr: {contentDir: c/fr}", "", ""),
            Configuration("config/_default/permalinks.yaml", b"posts: /p/:slug/", "", ""),
            Configuration("config/_default/hugo.yaml", b"theme: y\nbaseURL: https://x.org/z/", "", ""),
        ]
    )
    assert found == SourceSite(
        "hugo", places=HERE, base="z", folders=(("en", "content/en"), ("fr", "c/fr")), default_language="en",
        prefixed=frozenset(("fr",)), suffixed=frozenset(("en", "fr")), static=("static", "assets", "themes/x/static"),
        permalinks={"posts": "/p/:slug/"}, **HUGO,
    )  # fmt: skip
    # Two files of one place: what the first says stands, what only the second says is added.
    files = [
        Configuration("hugo.yaml", b"contentDir: a\nlanguages: {en: {contentDir: x}}", "", ""),
        Configuration("config.yaml", b"contentDir: b\nlanguages: {en: {contentDir: y}, de: {contentDir: z}}", "", ""),
    ]
    assert read_site(files).folders == (("en", "x"), ("de", "z"))


def test_bytes_that_are_no_text_and_nesting_without_end() -> None:
    assert read_site([Configuration("hugo.toml", b"theme = '\xff'\ncontentDir = 'c'", "", "")]).folders == (("en", "c"),)
    assert site("config.json", '{"theme": "x", "contentDir": "c"}').folders == (("en", "c"),)
    assert site("_config.yml", "a: " + "[" * 5000).generator == "jekyll"
    assert site("_config.yml", "1: 2\nbaseurl: 3\n").base == "3"


def test_the_configuration_nearest_to_the_notes_wins() -> None:
    found = [Configuration("mkdocs.yml", b"", "", "a/b/c"), Configuration("hugo.toml", b"theme='x'", "", "a/b")]
    assert (read_site(found).generator, read_site(found).places) == ("hugo", (("", "a/b"),))
    # A file of no tool that is nearer doesn't hide one that is further up.
    assert (
        read_site([Configuration("config.yml", b"a: 1", "", ""), Configuration("mkdocs.yml", b"", "", "x")]).generator
        == "mkdocs"
    )


def test_names_and_paths_of_several_notes_folders() -> None:
    found = read_site([Configuration("hugo.toml", b"theme='x'", n, f) for n, f in (("en/", "content/en"), ("", "content"))])
    assert found.places == (("en/", "content/en"), ("", "content"))
    assert [found.path(n) for n in ("en/a.md", "b.md")] == ["content/en/a.md", "content/b.md"]
    assert [found.name(p) for p in ("content/en/a.md", "content/b.md", "content", "contents/b.md", "c.md")] == [
        "en/a.md", "b.md", "", None, None,
    ]  # fmt: skip
    assert [SourceSite().path("a.md"), SourceSite().name("a.md"), SourceSite(places=(("n/", ""),)).name("a.md")] == [
        "a.md",
        "a.md",
        "n/a.md",
    ]
    assert SourceSite(places=(("n/", "x"),)).path("a.md") == "../a.md"


@pytest.mark.parametrize(
    ("tool", "published"), [("hugo", True), ("jekyll", True), ("mkdocs", True), ("dendron", False), ("", False)]
)
def test_which_tools_give_pages_addresses_of_their_own(tool: str, published: bool) -> None:
    assert SourceSite(tool).publishes is published
