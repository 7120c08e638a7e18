"""Pages shown early, with measures of the last build, are the pages that the build publishes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base.settings import Settings, load_settings
from kg.knowledge import How, KnowledgeBase, WantedPages, strip_assessment
from kg.model import Artifact, Assessment

_NEW = {"concepts/new.html", "concepts/new.zh.html"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in notes(25):
        path = tmp_path / "concepts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (tmp_path / "kg.toml").write_text("[site]\nsearch = false\n")
    return tmp_path


def _build(settings: Settings, before: Assessment | None) -> tuple[dict[str, bytes], Assessment]:
    """Build, and return the pages that were shown early, and the assessment for the next build."""
    early: dict[str, bytes] = {}

    def show(page: Artifact) -> None:
        early[page.path] = page.data

    wanted = WantedPages(frozenset(_pages(settings.out) | _NEW), show, before)
    base = knowledge.build_base(settings, how=How(1, settings.cache, wanted=wanted)).base
    assert isinstance(base, KnowledgeBase)
    return early, strip_assessment(base.assessment)


def _pages(out: Path) -> set[str]:
    return {p.relative_to(out).as_posix() for p in out.glob("concepts/**/*.html")}


@pytest.mark.parametrize("seed", range(3))
def test_early_pages_are_the_published_ones(folder: Path, seed: int) -> None:
    settings = load_settings(folder)
    draw = random.Random(seed)
    _, before = _build(settings, None)
    for kind in ("sentence", "link", "relation", "new", "gone", "sentence"):
        paths = sorted((folder / "concepts").rglob("*.md"))
        path, other = draw.sample(paths, 2)
        if kind == "sentence":
            path.write_bytes(path.read_bytes() + b"\nOne more sentence.\n")
        elif kind == "link":
            path.write_bytes(path.read_bytes() + f"\nSee [[{other.stem}]] too.\n".encode())
        elif kind == "relation":
            path.write_bytes(path.read_bytes() + f"\ndepends-on:: [[{other.stem}]]\n".encode())
        elif kind == "new":
            (folder / "concepts/new.md").write_bytes(f"# New\n\nIt is a [[{path.stem}]].\n".encode())
        else:
            path.unlink()
        early, before = _build(settings, before)
        assert early.keys() >= _pages(settings.out)
        # Findings and topics are those of the last build; both languages of the edited note may differ.
        same = [name for name, data in early.items() if data == (settings.out / name).read_bytes()]
        if kind != "gone":  # notes that linked to it have new findings
            assert len(same) >= len(early) - 2, kind
        if kind == "sentence":
            assert len(same) == len(early)
