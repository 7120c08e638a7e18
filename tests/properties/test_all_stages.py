"""After any edits, and builds of any stage that are killed at any moment, a build gives what a clean build gives."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
from many import Call, Many

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base import settings
from kg.base.settings import Settings
from kg.knowledge import How, open_base

TEXT = "title = {en = 'Base'}\nlanguages = ['zh', 'en']\n"
OWN = (
    "@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "<https://example.org/own#tests> a <http://www.w3.org/2002/07/owl#ObjectProperty> ; kg:key 'tested-with' ;\n"
    "    rdfs:subPropertyOf kg:associatedWith ; rdfs:label "
)
SCHEME = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n<https://example.org/list/"


def _filled(text: str, draw: random.Random) -> str:
    return text.replace("{n}", str(draw.randrange(10, 99)))


def _append(text: str) -> Callable[[Path, random.Random], None]:
    """An edit that adds text to a note, with the name of another one and a number."""

    def edit(base: Path, draw: random.Random) -> None:
        paths = _notes(base)
        path = draw.choice(paths)
        more = _filled(text, draw).replace("{name}", draw.choice(paths).stem)
        path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    return edit


def _notes(base: Path) -> list[Path]:
    return sorted((base / "concepts").rglob("*.md"))


def _replace(old: str, new: str) -> Callable[[Path, random.Random], None]:
    def edit(base: Path, draw: random.Random) -> None:
        path = draw.choice(_notes(base))
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(old, _filled(new, draw), 1), encoding="utf-8")

    return edit


def _delete(base: Path, draw: random.Random) -> None:
    paths = _notes(base)
    if len(paths) > 8:
        draw.choice(paths).unlink()


def _rename(base: Path, draw: random.Random) -> None:
    path = draw.choice(_notes(base))
    path.rename(path.with_name(f"renamed {draw.randrange(999)}.md"))


def _write(name: str, text: str) -> Callable[[Path, random.Random], None]:
    def edit(base: Path, draw: random.Random) -> None:
        path = base / _filled(name, draw)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, draw), encoding="utf-8")

    return edit


EDITS: dict[str, Callable[[Path, random.Random], None]] = {
    "sentence": _append("\nOne more sentence, {n}.\n"),
    "link": _append("\nSee [[{name}]] too.\n"),
    "relation": _append("\nuses:: [[{name}]]\n"),
    "heading": _append("\n## Heading {n}\n\n```python\nx = {n}\n```\n"),
    "broken link": _append("\n[[Nothing {n}]]\n"),
    "lines above": _replace("\n---\n", "\n---\n\n\n"),
    "title": _replace("title: ", "title: T{n} "),
    "front matter": _replace("---\n", "---\narea: a{n}\ntags: [t{n}]\n"),
    "date": _replace("---\n", "---\nupdated: 20{n}-01-02\n"),
    "delete": _delete,
    "rename": _rename,
    "new note": _write("concepts/new {n}.md", "---\ntitle: New {n}\n---\n\n# New {n}\n\nA new note is a note.\n"),
    "settings": _write("kg.toml", f"{TEXT}[site]\nedit = 'https://example.org/{{n}}/{{path}}'\n"),
    "languages": _write("kg.toml", TEXT.replace("['zh', 'en']", "['en']")),
    "gate": _write("kg.toml", f"{TEXT}[gates]\nlinkage = 0.{{n}}\n"),
    "vocabulary": _write("ontology/relations.ttl", f'{OWN}"uses {{n}}"@en .\n'),
    "scope list": _write("ontology/scope/list.ttl", f"{SCHEME}{{n}}> a skos:ConceptScheme ; skos:prefLabel 'L {{n}}'@en .\n"),
}


class Result(NamedTuple):
    """What a build gives."""

    files: dict[str, bytes]
    statements: set[str]
    """Those of the store."""
    answers: object
    """What a reader is told of the knowledge base."""


def _result(base: Path) -> Result:
    out = base / "output"
    files = {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file() and "store" not in p.parts}
    info = json.loads(files.pop("build.json"))
    info.pop("built")
    info.pop("seconds", None)
    statements = {str(quad) for quad in ox.Store.read_only(str(out / "graph/store"))}
    assessment = open_base(settings.load_settings(base)).assessment
    return Result(
        files, statements, (info, assessment.measures, assessment.findings, assessment.positions, assessment.communities)
    )


def _differing(
    first: tuple[dict[str, bytes], set[str], object], second: tuple[dict[str, bytes], set[str], object]
) -> list[str]:
    """The names of what differs."""
    names = sorted({*first[0], *second[0]})
    differing = [name for name in names if first[0].get(name) != second[0].get(name)]
    return [*differing, *sorted(first[1] ^ second[1])[:5], *(["answers"] if first[2] != second[2] else [])]


def _build(base: Path, stage: str, *, clean: bool = False) -> Settings:
    loaded = settings.load_settings(base)
    how = How(jobs=1, cache=None if clean else loaded.cache)
    knowledge.build_base(loaded, stage=stage, how=how, full=clean)
    return loaded


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Many]:
    monkeypatch.setenv("KG_CACHE", str(tmp_path / "cache"))
    made = Many()
    yield made
    made.close()


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.weekly) for seed in (2, 3))])
def test_edits_and_kills_leave_what_a_clean_build_gives(tmp_path: Path, many: Many, seed: int) -> None:
    draw = random.Random(seed)
    base = tmp_path / "base"
    for name, data in notes(14, seed):
        path = base / "concepts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    search = "[site]\nsearch = false\n" if seed % 2 else ""
    (base / "kg.toml").write_text(TEXT + search, encoding="utf-8")
    done: list[str] = []
    calls = 40
    for step in range(4):
        for _ in range(2):
            for kind in draw.choices(list(EDITS), k=draw.randrange(1, 3)):
                EDITS[kind](base, draw)
                done.append(kind)
            stage = draw.choice(("graph", "metrics", "maps", "site", "site"))
            args = ("-C", str(base), "build", "-q", "--stage", stage, "--jobs", "1")
            fault = Call(
                args, below=str(tmp_path), at=draw.randrange(1, calls + 1), what=draw.choice(("killed", "done-killed"))
            )
            (came,) = many.run([fault])
            assert came.status in (-9, 0, 1), came.stderr
            calls = max(calls, len(came.calls))
            done.append(f"{stage}: {came.status} after {came.calls[-1:]}")
        stage = draw.choice(("graph", "metrics", "site", "site"))
        done.append(f"built: {stage}")
        _build(base, stage)
        clean = tmp_path / f"clean{step}/base"
        shutil.copytree(base, clean, ignore=shutil.ignore_patterns("output", ".output*"))
        _build(clean, stage, clean=True)
        assert not _differing(_result(base), _result(clean)), done
        assert not list(base.glob(".output.*")), done
