"""How the tool of a collection is recognised where no configuration says it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from kg.base.listing import walk_folders
from kg.corpus.site import SourceSite
from kg.corpus.vaults import DialectName, read_source_site


def _site(folder: Path, files: Mapping[str, str], dialect: DialectName = "") -> SourceSite:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return read_source_site(walk_folders([folder], (".*",)), dialect)


MARKDOWN = {f"n{i}.md": f"# Note {i}\n\nSee [x](n0.md).\n" for i in range(40)}


@pytest.mark.parametrize(
    ("files", "vault"),
    [
        ({"a.md": "See [[b]].\n", "b.md": "x\n"}, True),
        ({"a.md": "See `[[b]]`.\n\n```\n[[c]]\n```\n\n[[d]](e.md) \\[[f]]\n"}, False),  # code, a link, brackets
        (MARKDOWN, False),
        ({**MARKDOWN, "x.md": "[[n1]]\n"}, False),  # one note of forty
        ({**MARKDOWN, "board.canvas": "{}"}, True),
        ({**MARKDOWN, "sub/.obsidian/app.json": "{}"}, True),
        ({"a.md": "[[b]]\n", "mkdocs.yml": "site_name: x\n"}, False),
    ],
)
def test_a_vault_is_recognised_by_its_links(tmp_path: Path, files: Mapping[str, str], vault: bool) -> None:
    site = _site(tmp_path, files)
    assert (site.obsidian, site.dialect.comments) == (vault, vault)


@pytest.mark.parametrize(("dialect", "vault"), [("obsidian", True), ("markdown", False), ("foam", False)])
def test_the_setting_decides(tmp_path: Path, dialect: DialectName, vault: bool) -> None:
    for number, files in enumerate(({"a.md": "[[b]]\n"}, MARKDOWN, {"a.md": "x\n", ".obsidian/app.json": "{}"})):
        assert _site(tmp_path / str(number), files, dialect).obsidian is vault


@pytest.mark.parametrize(
    "files",
    [
        {".vscode/extensions.json": '{"recommendations": ["foam.foam-vscode"]}'},
        {".vscode/settings.json": '{"foam.edit.linkReferenceDefinitions": "off"}'},
        {".vscode/foam.json": "{}"},
    ],
)
def test_foam_is_recognised_by_its_workspace(tmp_path: Path, files: Mapping[str, str]) -> None:
    site = _site(tmp_path, {"a.md": "[[b]]\n", **files})
    assert (site.generator, site.obsidian, site.dialect.comments) == ("foam", False, False)


def test_notes_that_begin_alike_are_called_as_their_files(tmp_path: Path) -> None:
    alike = {f"n{i}.md": "# Overview\n\nText.\n" for i in range(9)}
    assert _site(tmp_path / "a", alike).dialect.file_labels
    assert not _site(tmp_path / "b", MARKDOWN).dialect.file_labels
    assert not _site(tmp_path / "c", {"a.md": "# Raft\n\n[[b]]\n", "b.md": "# Log\n"}).dialect.file_labels


def test_only_syntax_of_obsidian_makes_missing_notes_unwritten_ones(tmp_path: Path) -> None:
    assert not _site(tmp_path / "a", {"a.md": "# A\n\n[[nood]]\n"}).unwritten
    assert _site(tmp_path / "b", {"a.md": "# A\n\n[[later]] %%todo%%\n"}).unwritten
