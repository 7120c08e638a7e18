"""What configuration files say of a site."""

from __future__ import annotations

import pytest

from kg.notes.files import Configuration
from kg.resolve.site import NO_SITE, Site, read


def site(name: str, text: str, below: str = "") -> Site:
    return read([Configuration(name, text.encode(), "", below)])


def test_hugo_languages() -> None:
    found = site("hugo.toml", '[languages.en]\ncontentDir="content/en"\n[languages.zh-cn]\ncontentDir="content/zh-cn"\n')
    assert found.folders == (("zh-cn", "content/zh-cn"), ("en", "content/en"))
    assert found.prefixed == {"zh-cn"}


def test_hugo_configuration_folder() -> None:
    found = read(
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
    found = read(
        [
            Configuration(".obsidian", b"", "", "docs"),
            Configuration("mkdocs.yml", b"", "", ""),
            Configuration("_config.yml", b"", "", "docs"),
        ]
    )
    assert (found.generator, found.obsidian) == ("mkdocs", True)
    assert read([Configuration(".obsidian", b"", "", "")]) == Site(obsidian=True)


def test_several_notes_folders_below_one_configuration() -> None:
    found = read([Configuration("hugo.toml", b"theme='x'", f"{n}/", f"content/{n}") for n in ("en", "zh")])
    assert found.path("zh/a.md") == "content/zh/a.md"
    assert found.name("content/en/a.md") == "en/a.md"
