"""An edit changes only the pages that show it, built from nothing: no page contains a figure that moves with every edit."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base import settings
from kg.knowledge import How

Edit = Callable[[Path], None]

TOUCHED, ELSEWHERE = "touched", "elsewhere"
EXTRA = {
    TOUCHED: "---\nid: touched\ntitle: Touched\n---\n\n# Touched\n\nA note that is edited.\n\n[[Elsewhere]] is near.\n",
    ELSEWHERE: "---\nid: elsewhere\ntitle: Elsewhere\n---\n\n# Elsewhere\n\nA note that links to nothing.\n",
    "embeds": "---\nid: embeds\ntitle: Embeds\n---\n\n# Embeds\n\nIt shows another note.\n\n![[Touched]]\n",
    "plain": "---\nconcept: false\n---\n\n# A list\n\nIt links to [[Elsewhere]].\n",
}


def _add(text: str) -> Edit:
    def edit(folder: Path) -> None:
        with (folder / "touched.md").open("a", encoding="utf-8") as out:
            out.write(text)

    return edit


def _new(folder: Path) -> None:
    (folder / "new.md").write_text(
        "---\nid: new\ntitle: New\nbroader: '[[Elsewhere]]'\n---\n\n# New\n\nA new note.\n", encoding="utf-8"
    )


EDITS: dict[str, tuple[Edit, set[str]]] = {
    "sentence": (_add("\nOne more sentence, about the graph of all notes.\n"), {"touched", "embeds"}),
    "link": (_add("\nSee also [[Elsewhere]] again.\n"), {"touched", "embeds", "elsewhere"}),
    "relation": (_add("\nuses:: [[Elsewhere]]\n"), {"touched", "embeds", "elsewhere"}),
    "note": (_new, {"new", "elsewhere"}),
    "deletion": (lambda folder: (folder / "touched.md").unlink(), {"touched", "embeds", "elsewhere"}),
}
"""The edit, and the concepts whose pages show it."""


def _build(folder: Path) -> dict[str, bytes]:
    knowledge.build_base(settings.load_settings(folder), stage="site", how=How(jobs=1), full=True)
    out = folder / "output"
    return {str(p.relative_to(out)): p.read_bytes() for kind in ("concepts", "notes") for p in (out / kind).glob("*.html")}


def _base(folder: Path) -> Path:
    for name, data in (*notes(60, 3), *((f"{name}.md", text.encode()) for name, text in EXTRA.items())):
        path = folder / "concepts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "kg.toml").write_text(
        "title = {en = 'Base'}\nlanguages = ['zh', 'en']\n[site]\nsearch = false\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    folder = _base(tmp_path_factory.mktemp("base"))
    return folder, _build(folder)


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_changes_only_the_pages_that_show_it(before: tuple[Path, dict[str, bytes]], tmp_path: Path, name: str) -> None:
    source, old = before
    folder = tmp_path / "base"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("output"))
    edit, shows = EDITS[name]
    edit(folder / "concepts")
    new = _build(folder)
    moved = {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    assert moved == {f"concepts/{concept}{ending}" for concept in shows for ending in (".html", ".en.html")}
