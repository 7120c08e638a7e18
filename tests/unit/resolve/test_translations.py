"""Notes in several languages that describe one concept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import kg

Write = Callable[[Mapping[str, str | bytes]], Path]
TOML = '[translations]\nen = "en"\nzh = "zh-cn"\n'


def _concepts(folder: Path) -> dict[str, dict[str, str]]:
    return {c.id: dict(c.labels) for c in kg.read(folder).concepts.values()}


def test_the_same_path_below_the_folders_is_one_concept(base: Write) -> None:
    folder = base(
        {
            "kg.toml": TOML,
            "concepts/en/a/mesh.md": "---\ntitle: Service Mesh\ndefinition: A layer.\n---\n[x](/a/only/)\n",
            "concepts/zh-cn/a/mesh.md": "---\ntitle: 服务网格 (Mesh)\ndefinition: 一层。\nsources: [s]\n---\n"
            "[x](/zh-cn/a/only/)\n",
            "concepts/en/a/only.md": "# Only\n\nuses:: [[mesh]]\n",
            "concepts/en/index.md": "# Home\n",
            "concepts/zh-cn/index.md": "# 首页\n",
        }
    )
    assert _concepts(folder) == {"a/mesh": {"zh": "服务网格", "en": "Service Mesh"}, "a/only": {"en": "Only"}}
    read = kg.read(folder)
    mesh = next(c for c in read.concepts.values() if c.id == "a/mesh")
    assert mesh.definitions == {"en": "A layer.", "zh": "一层。"}
    assert mesh.sources == ("s",)
    assert mesh.paths == ("en/a/mesh.md", "zh-cn/a/mesh.md")
    assert ("Mesh", "en") in mesh.alt_labels
    # The wikilink names two notes of one concept: it means the one in its own language, and is not an ambiguity.
    assert [f.name for f in read.findings if f.name in ("ambiguous-link", "duplicate-label")] == []
    assert list(read.query("SELECT ?x WHERE { ?x kg:uses ?y }")) == [(next(iter(read.concepts)).replace("a/mesh", "a/only"),)]


def test_translation_of_pairs_notes_anywhere(base: Write) -> None:
    folder = base(
        {
            "kg.toml": "",
            "concepts/raft.md": "---\nid: raft\n---\n# Raft\n",
            "concepts/raft-zh.md": "---\ntranslation-of: '[[raft]]'\n---\n# 筏共识\n",
        }
    )
    assert _concepts(folder) == {"raft": {"en": "Raft", "zh": "筏共识"}}


@pytest.mark.parametrize("second", ["[[a]]", "[[b]]"])
def test_circles_of_translations_end(base: Write, second: str) -> None:
    folder = base(
        {
            "kg.toml": "",
            "concepts/a.md": "---\ntranslation-of: '[[b]]'\n---\n# A\n",
            "concepts/b.md": f"---\ntranslation-of: '{second}'\n---\n# 乙\n",
        }
    )
    assert len(_concepts(folder)) == 1


def test_a_hugo_site_says_its_languages_itself(base: Write) -> None:
    folder = base(
        {
            "kg.toml": 'notes = ["content"]\n',
            "hugo.toml": "defaultContentLanguage = 'en'\n[languages.en]\ncontentDir = 'content/en'\n"
            "[languages.zh-cn]\ncontentDir = 'content/zh-cn'\n",
            "content/en/mesh.md": "# Mesh\n",
            "content/zh-cn/mesh.md": "# 网格\n",
        }
    )
    assert _concepts(folder) == {"mesh": {"en": "Mesh", "zh": "网格"}}


@pytest.mark.corpora
def test_the_cncf_glossary_in_two_languages(base: Write, corpora: Path) -> None:
    """71 files have a counterpart; one of them is the search page, which is not a concept."""
    folder = base({"kg.toml": TOML + ""})
    built = kg.read(_with_notes(folder, corpora / "cncf-glossary/content") / "concepts")
    both = [c for c in built.concepts.values() if {"en", "zh"} <= set(c.labels) and len(c.paths) == 2]
    assert len(both) == 70
    assert len(built.concepts) == 91
    shift = next(c for c in both if c.id == "shift-left")
    assert dict(shift.labels) == {"en": "Shift Left", "zh": "左移"}


def _with_notes(folder: Path, notes: Path) -> Path:
    (folder / "concepts").symlink_to(notes)
    return folder
