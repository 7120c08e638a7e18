"""The data of concept maps stands still: an edit changes the files of the concepts that it touches and no others."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

import kg.views.maps
from kg import knowledge
from kg.base import settings
from kg.base.names import page_name
from kg.views.page.shards import count_shards, shard_of

NOTES = 220
RELATIONS = ("broader", "依赖", "uses")


def write_notes(folder: Path, seed: int) -> list[str]:
    """Notes with Chinese and English ids and random relations; returns their ids."""
    draw = random.Random(seed)
    ids = [f"概念{i}" if i % 3 == 0 else f"concept-{i}" for i in range(NOTES)]
    for i, own in enumerate(ids):
        lines = [f"{draw.choice(RELATIONS)}:: [[{draw.choice(ids[:i])}]]" for _ in range(draw.randrange(1, 4)) if i]
        links = f"See [[{draw.choice(ids)}]]."
        content = "\n".join(lines)
        write(folder, own, f"---\ndefinition: {own} is one of many.\n---\n# {own}\n\n{content}\n\n{links}\n")
    return ids


def write(folder: Path, own: str, text: str) -> None:
    path = folder / f"concepts/{own}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add(folder: Path, own: str, text: str) -> None:
    path = folder / f"concepts/{own}.md"
    write(folder, own, path.read_text(encoding="utf-8") + text)


def render(folder: Path) -> dict[str, bytes]:
    """All files of the maps of a knowledge base."""
    built = knowledge.KnowledgeBase(replace(settings.load_settings(folder), remember=False)).assessment
    assert built is not None
    return {artifact.path: artifact.data for artifact in kg.views.maps.render_maps(built)}


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def shards(*ids: str) -> set[str]:
    return {f"maps/data/{shard_of(page_name(one), count_shards(NOTES))}.js" for one in ids}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_edit_changes_the_data_of_the_concepts_that_it_touches(tmp_path: Path, seed: int) -> None:
    ids = write_notes(tmp_path, seed)
    draw = random.Random(seed)
    first = render(tmp_path)
    assert len(shards(*ids)) == count_shards(NOTES) == 8
    add(tmp_path, draw.choice(ids), "\nOne more sentence, that links to nothing. 再加一句话。\n")
    second = render(tmp_path)
    assert changed(first, second) == set()

    source, target = draw.sample(ids, 2)
    add(tmp_path, source, f"\nextends:: [[{target}]]\n")
    third = render(tmp_path)
    data = {path for path in changed(second, third) if path.startswith("maps/data/")}
    assert data == shards(source, target) | {"maps/data/all.js"}

    # A definition is in the file of its concept only, however many others show it.
    hub = max(ids, key=lambda one: sum(f"[[{one}]]" in path.read_text("utf-8") for path in (tmp_path / "concepts").iterdir()))
    text = (tmp_path / f"concepts/{hub}.md").read_text("utf-8").replace("is one of many", "is the one that many know")
    write(tmp_path, hub, text)
    fourth = render(tmp_path)
    assert {path for path in changed(third, fourth) if path.startswith("maps/data/")} == shards(hub)
