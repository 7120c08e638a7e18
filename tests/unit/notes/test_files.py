"""Configuration files are found beside the notes and above them, up to the root."""

from __future__ import annotations

from pathlib import Path

from kg.base.listing import walk_folders


def test_configurations(tmp_path: Path) -> None:
    (tmp_path / "content" / "en" / "a").mkdir(parents=True)
    (tmp_path / "hugo.toml").write_bytes(b"x = 1")
    (tmp_path / "config" / "_default").mkdir(parents=True)
    (tmp_path / "config" / "_default" / "languages.toml").write_bytes(b"[en]")
    (tmp_path / "content" / ".obsidian").mkdir()
    folder = tmp_path / "content" / "en"
    found = walk_folders([folder], (".*",), root=tmp_path).configurations
    assert [(c.name, c.data, c.notes, c.below) for c in found] == [
        (".obsidian", b"", "", "en"),
        ("hugo.toml", b"x = 1", "", "content/en"),
        ("config/_default/languages.toml", b"[en]", "", "content/en"),
    ]
    assert walk_folders([folder], (".*",)).configurations == ()
    assert walk_folders([folder, tmp_path / "content"], (".*",), root=tmp_path).configurations[0].notes == "en/"


def test_nothing_above_the_root_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "mkdocs.yml").write_bytes(b"")
    (tmp_path / "kb" / "notes").mkdir(parents=True)
    assert walk_folders([tmp_path / "kb" / "notes"], (), root=tmp_path / "kb").configurations == ()
    assert walk_folders([tmp_path / "kb" / "notes"], (), root=tmp_path / "elsewhere").configurations == ()
