"""Diagrams are drawn without an installation: kg carries a copy of Mermaid, which sites without diagrams don't get."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from kg.base import parcels
from kg.base.settings import load_settings
from kg.knowledge.look import look_of
from kg.views import site


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parcels, "find", lambda _parcel: None)


def test_the_site_gets_the_copy_that_kg_carries(toy: ModuleType, tmp_path: Path, nothing_installed: None) -> None:
    base = replace(toy.assessment(), look=look_of(load_settings(tmp_path)))
    made = {artifact.path: artifact.data for artifact in site.render_site(base, toy.text_of)}
    assert hashlib.sha256(made["assets/mermaid/mermaid.min.js"]).hexdigest() == parcels.MERMAID.sha256
    assert b"diagrams.js" in made["concepts/raft.html"]
    assert b"diagrams.js" not in made["concepts/quorum.html"]


def test_a_site_without_diagrams_has_no_library(toy: ModuleType, tmp_path: Path, nothing_installed: None) -> None:
    base = toy.assessment()
    notes = {path: replace(note, blocks=()) for path, note in base.corpus.notes.items()}
    bare = replace(base, corpus=replace(base.corpus, notes=notes), look=look_of(load_settings(tmp_path)), proofs=())
    assert not [a.path for a in site.render_site(bare, toy.text_of) if "mermaid" in a.path]


def test_without_any_copy_pages_show_the_source(
    toy: ModuleType, tmp_path: Path, nothing_installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parcels, "packed_path", lambda _parcel: tmp_path / "nothing.xz")
    look = look_of(load_settings(tmp_path))
    assert look.diagrams == ""
    made = {artifact.path: artifact.data for artifact in site.render_site(replace(toy.assessment(), look=look), toy.text_of)}
    assert b"mermaid-source" in made["concepts/raft.html"]
    assert b"diagrams.js" not in made["concepts/raft.html"]


def test_a_damaged_copy_is_an_error_with_advice(tmp_path: Path) -> None:
    (tmp_path / "x.js.xz").write_bytes(b"no archive")
    with pytest.raises(OSError, match="damaged"):
        parcels.read_library(tmp_path / "x.js.xz")
