"""A graph changed in place equals one built anew: the files byte for byte, the store statement by statement."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base import settings
from kg.base.settings import Settings
from kg.checks import RULES, RuleScope
from kg.knowledge import How, building, state

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
IN_PLACE = ("link at the end", "prose", "line above everything", "broken link", "heading", "tag", "link to itself")


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


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_simple_edit_is_made_in_place(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is resolved or built anew for one: what does that is not even called."""
    base = tmp_path / "base"
    given = _vault(base, 1)
    _build(given)
    draw = random.Random(name)
    path = next(p for p in sorted((base / "concepts").rglob("*.md")) if b"mermaid" not in p.read_bytes())
    names = [p.stem for p in sorted((base / "concepts").rglob("*.md"))]
    path.write_bytes(EDITS[name](path.read_bytes().decode(), draw, names).encode())

    def never(*_: object, **__: object) -> None:
        raise AssertionError

    with monkeypatch.context() as patch:
        patch.setattr("kg.knowledge.building._check_graph", never)
        published = _build(given)
    assert published.changed
    _equals_clean(base, tmp_path / "clean", name)


@pytest.mark.parametrize("text", ["broader: '[[b]]'", "related: ['[[b]]', '[[c]]']"])
def test_relations_come_in_place(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the other concept says the same the other way round, so that a conclusion becomes a statement."""
    base = tmp_path / "base"
    for name, said in (("a", ""), ("b", "narrower: '[[a]]'\n"), ("c", "depends-on: '[[b]]'\nrelated: '[[a]]'\n"), ("d", "")):
        path = base / "concepts" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"---\nid: {name}\n{said}---\n# Concept {name}\n\nSome words.\n")
    given = settings.load_settings(base)
    path = base / "concepts/a.md"
    without, with_it = path.read_text(), path.read_text().replace("id: a\n", f"id: a\npart-of: '[[d]]'\n{text}\n")
    calls: list[object] = []
    real = building._check_graph

    def counted(*args: Any) -> Any:
        calls.append(args)
        return real(*args)

    _build(given)
    monkeypatch.setattr(building, "_check_graph", counted)
    path.write_text(with_it)
    _build(given)
    assert not calls
    _equals_clean(base, tmp_path / "clean0", text)
    path.write_text(without)
    _build(given)
    _equals_clean(base, tmp_path / "clean1", text)


FRONT = "---\nid: {}\n{}---\n# Concept {}\n\nSome words.\n{}"
CLAIM = "\n```python {{#sum claims='adds up'}}\nx = {}\n```\n"
DIAGRAM = "\n```mermaid\ngraph TD\n A --> {}\n```\n"
FURTHER: tuple[tuple[str, str, str, bool], ...] = (
    # Note, front matter and text after the edit, and whether the edit is made in place.
    ("a", "", CLAIM.format(2), False),
    ("b", "", DIAGRAM.format("C"), False),
    ("c", "evidence: []\n", "More.\n", False),
    ("d", "definition: Another one.\n", "", False),
    ("e", "", "## Other\n", False),  # f links to the heading that it had
    ("page", "type: page\n", "[[a]]\n", True),
    ("f", "depends-on: '[[g]]'\n", "[[e#Part]]\n", True),
    ("g", "depends-on: '[[f]]'\n", "", False),  # a circle
    ("g", "", "", False),  # none any more
)


def test_what_others_may_look_at_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path / "base"
    front = {"c": "evidence: []\n", "d": "definition: One.\n", "page": "type: page\n"}
    text = {"a": CLAIM.format(1), "b": DIAGRAM.format("B"), "e": "## Part\n", "f": "[[e#Part]]\n"}
    (base / "concepts").mkdir(parents=True)
    for name in ("a", "b", "c", "d", "e", "f", "g", "page"):
        path = base / f"concepts/{name}.md"
        path.write_text(FRONT.format(name, front.get(name, ""), name, text.get(name, "")))
    given = settings.load_settings(base)
    calls: list[object] = []
    real = building._check_graph

    def counted(*args: Any) -> Any:
        calls.append(args)
        return real(*args)

    monkeypatch.setattr(building, "_check_graph", counted)
    _build(given)
    for i, (name, said, more, in_place) in enumerate(FURTHER):
        calls.clear()
        (base / f"concepts/{name}.md").write_text(FRONT.format(name, said, name, more))
        assert _build(given).changed
        assert (not calls) is in_place, (name, said, more)
        if i % 3 == 2:
            _equals_clean(base, tmp_path / f"clean{i}", name)


def test_very_many_changes_are_built_anew(tmp_path: Path) -> None:
    base = tmp_path / "base"
    given = _vault(base, 4, 70)
    _build(given)
    for path in (base / "concepts").rglob("*.md"):
        path.write_text(path.read_text() + "\nMore.\n")
    assert _build(given).changed
    _equals_clean(base, tmp_path / "clean", "all")


def test_the_build_in_place_knows_the_scope_of_each_rule() -> None:
    """A scope that is in neither set makes every edit a full build as soon as one of its rules is on."""
    covered = state.LOCAL | state.STEADY | {RuleScope.GRAPH}
    assert not state.LOCAL & state.STEADY
    assert set(RuleScope) - covered == {RuleScope.INCOMING}
    assert [rule.default for rule in RULES if rule.scope not in covered] == ["off"]


def test_a_damaged_or_old_state_is_not_believed(tmp_path: Path) -> None:
    base = tmp_path / "base"
    given = _vault(base, 2)
    _build(given)
    file = given.cache / state._FILE
    path = min((base / "concepts").rglob("*.md"))
    good = file.read_bytes()
    for i, data in enumerate((good[: len(good) // 2], good[:60] + b"x" + good[61:], b"")):
        file.write_bytes(data)
        path.write_text(path.read_text() + f"\nmore {i}\n")
        _build(given)
        _equals_clean(base, tmp_path / f"clean{i}", i)
    old = file.read_bytes()
    path.write_text(path.read_text() + "\n[[nothing]]\n")
    _build(given)
    file.write_bytes(old)  # as if the build had been killed before it was written
    path.write_text(path.read_text() + "\neven more\n")
    _build(given)
    _equals_clean(base, tmp_path / "clean9", "old")


def test_chunks_of_the_cache_may_vanish(tmp_path: Path) -> None:
    base = tmp_path / "base"
    given = _vault(base, 3)
    _build(given)
    for chunk in (given.cache / "notes").rglob("*.chunk"):
        chunk.unlink()
    path = min((base / "concepts").rglob("*.md"))
    path.write_text(path.read_text() + "\nmore\n")
    _build(given)
    _equals_clean(base, tmp_path / "clean", "vanished")
