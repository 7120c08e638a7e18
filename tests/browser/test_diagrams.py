"""Mermaid draws the diagrams of real notes; those that it can't draw have a finding."""

from __future__ import annotations

import html
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from kg.base import parcels
from kg.checks.diagrams import fault
from kg.notes import parse_note

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def assets(own: Path) -> Path:
    folder = own / "output/assets"
    if parcels.find(parcels.MERMAID) is None:
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail("mermaid is missing and KG_REQUIRE_TOOLS=1: kg doctor --install mermaid")
        pytest.skip("mermaid is missing: kg doctor --install mermaid")
    return folder


def states(browser: Any, assets: Path, folder: Path, texts: list[str]) -> list[str]:
    """What became of each diagram: ``drawn`` or ``failed``."""
    shutil.copytree(assets, folder / "assets")
    blocks = "".join(f'<pre class="mermaid-source">{html.escape(text)}</pre>' for text in texts)
    script = '<script src="assets/diagrams.js"></script>'
    (folder / "all.html").write_text(f'<!doctype html><html lang="en"><meta charset="utf-8"><body>{blocks}{script}', "utf-8")
    page = browser.new_page()
    page.goto((folder / "all.html").as_uri())
    for _ in range(900):
        found: list[str] = page.evaluate("[...document.querySelectorAll('figure')].map((f) => f.dataset.state || '')")
        if all(found):
            break
        page.wait_for_timeout(200)
    page.close()
    assert len(found) == len(texts)
    return found


def diagrams(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.rglob("*.md")):
        note = parse_note(path.relative_to(folder).as_posix(), path.read_bytes())
        found += [b.text for b in note.blocks if b.language == "mermaid"]
    return found


def test_all_diagrams_of_concepts_are_drawn(browser: Any, assets: Path, own: Path, tmp_path: Path) -> None:
    texts = diagrams(own / "concepts")
    assert len(texts) > 50
    assert set(states(browser, assets, tmp_path, texts)) == {"drawn"}
    assert [fault(text) for text in texts if fault(text)] == []


@pytest.mark.corpora
def test_nearly_all_of_real_notes_are_drawn_and_the_rest_is_found(
    browser: Any, assets: Path, corpora: Path, tmp_path: Path
) -> None:
    texts = diagrams(corpora / "container-microservices")
    found = states(browser, assets, tmp_path, texts)
    assert len(texts) > 100
    assert found.count("drawn") / len(found) >= 0.95
    assert [state == "failed" for state in found] == [fault(text) is not None for text in texts]
