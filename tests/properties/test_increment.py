"""An updated graph equals a clean one: the files byte for byte, the store statement by statement."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base import settings
from kg.base.settings import Settings
from kg.graph import Graph, ToDisk
from kg.knowledge import How

Edit = Callable[[str, random.Random, list[str]], str]


def _statements(out: Path) -> set[str]:
    return {str(quad) for quad in ox.Store.read_only(str(out / "graph/store"))}


def _files(out: Path) -> dict[str, bytes]:
    paths = sorted(p for p in out.rglob("*") if p.is_file() and "store" not in p.parts)
    return {str(p.relative_to(out)): p.read_bytes() for p in paths}


def _behind_front_matter(text: str) -> int:
    return text.find("\n---\n", 3) + 5 if text.startswith("---\n") else 0


EDITS: dict[str, Edit] = {
    "link at the end": lambda t, d, n: f"{t}\nAnd [[{d.choice(n)}]].\n",
    "prose": lambda t, d, _: f"{t}\nSome more words, {d.randrange(99)}.\n",
    "line above everything": lambda t, d, _: f"{t[: (at := _behind_front_matter(t))]}\n\n{t[at:]}",
    "broken link": lambda t, d, _: f"{t}\n[[Nothing {d.randrange(9)}]] and [x](../no/way.md#y)\n",
    "heading": lambda t, d, _: f"{t}\n## New {d.randrange(9)}\n",
    "tag": lambda t, d, _: f"{t}\nOf #area{d.randrange(9)} and #more\n",
    "link to a heading": lambda t, d, n: f"{t}\n[[{d.choice(n)}#New 1]]\n",
    "link to itself": lambda t, d, n: f"{t}\n[[#nowhere]]\n",
    "less": lambda t, d, _: t[: max(_behind_front_matter(t) + 40, int(len(t) * 0.8))],
    "typed relation": lambda t, d, n: f"{t}\nuses:: [[{d.choice(n)}]]\n",
    "relation in front matter": lambda t, d, n: t.replace("\n---\n", f"\n{d.choice(RELATIONS)}: '[[{d.choice(n)}]]'\n---\n", 1),
    "relations gone": lambda t, d, _: "\n".join(line for line in t.split("\n") if "[[" not in line or "::" not in line),
    "title": lambda t, d, _: t.replace("title: ", f"title: T{d.randrange(99)} ", 1),
    "diagram": lambda t, d, _: f"{t}\n```mermaid\ngraph TD\n A[Alpha] -->|uses| B[Beta]\n```\n",
    "suppression": lambda t, d, _: f"{t}\n<!-- kg: ignore KG201 for now -->\n[[Nowhere]]\n",
    "fence": lambda t, d, _: f"{t}\n```\nnever closed\n",
}
RELATIONS = ("depends-on", "broader", "narrower", "related", "part-of", "is-preceded-by", "contrasts-with")


def _vault(folder: Path, seed: int, count: int = 40) -> Settings:
    for name, data in notes(count, seed):
        path = folder / "concepts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return settings.load_settings(folder)


def _build(given: Settings) -> knowledge.Published:
    return knowledge.build_base(given, stage="graph", how=How(jobs=1, cache=given.cache))


def _equals_clean(base: Path, clean: Path, what: object) -> None:
    shutil.copytree(base / "concepts", clean / "concepts")
    knowledge.build_base(settings.load_settings(clean), stage="graph", how=How(jobs=1), full=True)
    assert _files(base / "output") == _files(clean / "output"), what
    assert _statements(base / "output") == _statements(clean / "output"), what


@pytest.fixture(autouse=True)
def _no_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


@pytest.mark.parametrize("seed", range(5))
def test_edits_in_place_equal_a_clean_build(tmp_path: Path, seed: int) -> None:
    base = tmp_path / "base"
    given = _vault(base, seed)
    _build(given)
    draw = random.Random(seed)
    done: list[object] = []
    for step in range(6):
        for _ in range(draw.randrange(1, 4)):
            paths = sorted((base / "concepts").rglob("*.md"))
            path = draw.choice(paths)
            name = draw.choice(sorted(EDITS))
            text = path.read_bytes().decode("utf-8", "replace")
            path.write_text(EDITS[name](text, draw, [p.stem for p in paths]), encoding="utf-8", newline="")
            done.append((name, path.name))
        if step == 3:
            path = draw.choice(paths)
            path.rename(path.with_name(f"renamed {seed}.md"))
        if step == 4:
            draw.choice([p for p in paths if p.is_file()]).unlink()
        _build(given)
        _equals_clean(base, tmp_path / f"clean{step}", done)


def _never(*_: object, **__: object) -> None:
    raise AssertionError


def test_files_of_the_graph_are_updated_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After any edit: what writes them from nothing is not even called."""
    base = tmp_path / "base"
    given = _vault(base, 1)
    _build(given)
    monkeypatch.setattr(ToDisk, "__init__", _never)
    monkeypatch.setattr(Graph, "save", _never)
    draw = random.Random(1)
    for number, name in enumerate(EDITS):
        paths = sorted((base / "concepts").rglob("*.md"))
        path = draw.choice(paths)
        text = EDITS[name](path.read_text(encoding="utf-8"), draw, [p.stem for p in paths])
        path.write_text(text + f"\n{number}\n", encoding="utf-8", newline="")
        assert _build(given).changed, name
    monkeypatch.undo()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    _equals_clean(base, tmp_path / "clean", "all")


def test_what_was_touched_or_lost_is_built_again(tmp_path: Path) -> None:
    base = tmp_path / "base"
    given = _vault(base, 2, 12)
    path = min((base / "concepts").rglob("*.md"))
    lines = given.cache / "graph.lines"
    for i, spoil in enumerate((
        lambda: lines.write_bytes(lines.read_bytes().replace(b"label", b"lapel", 1)),
        lines.unlink,
        lambda: os.utime(min((base / "output/graph/store").glob("*.sst")), (1, 1)),
        lambda: (given.cache / "memo.sqlite").write_bytes(b"nonsense"),
        lambda: shutil.rmtree(base / "output"),
    )):  # fmt: skip
        _build(given)
        spoil()
        path.write_text(f"{path.read_text()}\nmore {i}\n")
        _build(given)
        _equals_clean(base, tmp_path / f"clean{i}", i)
