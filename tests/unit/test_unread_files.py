"""Files beside the notes that aren't read: they are inputs, since a link to one of them isn't broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from kg.app.cli import main
from kg.base.settings import load_settings
from kg.knowledge import KnowledgeBase
from kg.knowledge.inputs import CORPUS, Inputs, list_files
from kg.model import Broken, Unseen


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_ignored_files_are_neither_notes_nor_attachments(tmp_path: Path) -> None:
    files = {".gitignore": "build/\n*.tmp.md\n", "concepts/a.md": "", "concepts/x.tmp.md": "", "concepts/build/b.md": ""}
    write(tmp_path, {**files, "concepts/.gitignore": "c.md\n", "concepts/c.md": "", "concepts/sub/c.md": ""})
    listing = list_files(load_settings(tmp_path))
    assert [file.name for file in listing.notes] == ["a.md"]
    assert listing.unread == (".gitignore", "build/b.md", "c.md", "sub/c.md", "x.tmp.md")
    (tmp_path / "kg.toml").write_text("respect-gitignore = false\n")
    listing = list_files(load_settings(tmp_path))
    assert [file.name for file in listing.notes] == ["a.md", "build/b.md", "c.md", "sub/c.md", "x.tmp.md"]


def test_an_excluded_file_is_an_input(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, {"concepts/a.md": "[x](.github/x.md)", "concepts/.github/y.md": ""}))
    before = Inputs(settings).key(CORPUS)
    assert isinstance(KnowledgeBase(settings).corpus.links[0].resolution, Broken)
    write(tmp_path, {"concepts/.github/x.md": ""})
    assert Inputs(settings).key(CORPUS) != before
    assert KnowledgeBase(settings).corpus.links[0].resolution == Unseen("excluded", ".github/x.md")


def test_what_gitignore_says_is_an_input(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, {"concepts/a.md": "[x](api/x.md)", ".gitignore": "other/\n"}))
    before = Inputs(settings).key(CORPUS)
    assert isinstance(KnowledgeBase(settings).corpus.links[0].resolution, Broken)
    write(tmp_path, {".gitignore": "api/\n"})
    assert Inputs(settings).key(CORPUS) != before
    assert KnowledgeBase(settings).corpus.links[0].resolution == Unseen("generated")


def test_files_that_programs_make_while_they_work_are_no_inputs(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, {"concepts/a.md": ""}))
    before = Inputs(settings).key(CORPUS)
    write(tmp_path, {"concepts/.a.md.swp": "", "concepts/.#a.md": "", "concepts/.git/HEAD": "", "output/x.md": ""})
    assert Inputs(settings).key(CORPUS) == before


def test_a_large_excluded_folder_is_not_listed(tmp_path: Path) -> None:
    write(tmp_path, {"concepts/a.md": "[x](.x/1.md)", **{f"concepts/.x/{i}": "" for i in range(2500)}})
    settings = load_settings(tmp_path)
    assert list_files(settings).unread == (".x/",)
    assert isinstance(KnowledgeBase(settings).corpus.links[0].resolution, Unseen)


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "3 documents of other kinds are not read: 2 .rst, 1 .org"),
        ("zh", "另有 3 个其他格式的文档未读取：2 .rst、1 .org"),
    ],
)
def test_kinds_that_are_not_read_are_counted_in_one_line(tmp_path: Path, lang: str, line: str) -> None:
    write(
        tmp_path,
        {"concepts/a.md": "# A\n", "concepts/b.rst": "", "concepts/c.RST": "", "concepts/d.org": "", "concepts/e.png": ""},
    )
    result = CliRunner().invoke(main, ["check", "-C", str(tmp_path), "--lang", lang])
    assert line in result.output


def test_static_files_are_found_when_only_the_content_is_read(tmp_path: Path) -> None:
    site = {"hugo.toml": 'baseURL = "https://x.org/"\ncontentDir = "content/en"\n', "static/img/a.png": "", ".git/HEAD": ""}
    write(tmp_path, {**site, "content/en/a.md": "![a](/img/a.png) ![b](/img/b.png)"})
    settings = load_settings(tmp_path, notes=(tmp_path / "content/en",))
    found, missing = (link.resolution for link in KnowledgeBase(settings).corpus.links)
    assert found == Unseen("excluded", "../../static/img/a.png")
    assert isinstance(missing, Broken)
