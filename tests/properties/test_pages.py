"""An edit changes only the pages that show it, and pages that are reused equal those of a clean build."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kg import knowledge
from kg.app.bench.generate import notes
from kg.base import settings
from kg.knowledge import How
from kg.views.site import concept

Edit = Callable[[Path], None]

CONFIG = "title = {en = 'Base'}\nlanguages = ['zh', 'en']\n[site]\nsearch = false\n"
RELATIONS = ("uses", "broader", "narrower", "related", "part-of", "contrasts-with", "tested-with")
OWN = (
    "@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    "<https://example.org/own#tests> a <http://www.w3.org/2002/07/owl#ObjectProperty> ; kg:key 'tested-with' ;\n"
    "    rdfs:subPropertyOf kg:associatedWith ; rdfs:label "
)
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


def _build(folder: Path, *, full: bool = True) -> dict[str, bytes]:
    given = settings.load_settings(folder)
    knowledge.build_base(given, stage="site", how=How(jobs=1, cache=None if full else given.cache), full=full)
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


def _random_edit(folder: Path, draw: random.Random) -> str:
    """Change one thing that pages of other notes may show too."""
    paths = sorted((folder / "concepts").rglob("*.md"))
    path = draw.choice(paths)
    text = path.read_text(encoding="utf-8")
    name, number = draw.choice(paths).stem, draw.randrange(99)
    edits = {
        "sentence": f"{text}\nWords that say nothing, {number}.\n",
        "link": f"{text}\nOf [[{name}]], see ![[{draw.choice(paths).stem}]] and [[{name}#Details]].\n",
        "words beside links": text.replace("[[", f"word{number} [["),
        "relation": f"{text}\n{draw.choice(RELATIONS)}:: [[{name}]]\n",
        "heading": text.replace("\n## Details\n", f"\n## Details {number}\n") + f"\n## Details {number}\n",
        "title": text.replace("title: ", f"title: T{number} ", 1),
        "lines above": text.replace("\n---\n", "\n---\n\n\n", 1),
        "no concept": text.replace("---\n", "---\nconcept: false\n", 1),
        "broken link": f"{text}\n[[Nothing {number}]]\n",
        "formula": f"{text}\n$$\nx_{{{number}}}\n$$\n",
        "front matter": text.replace(
            "---\n", f"---\nlayer: theory\narea: a{number}\nsources: [https://example.org/{number}]\n", 1
        ),
    }
    kind = draw.choice([*edits, "words beside links", "delete", "rename", "label of a relation", "edit link"])
    if kind == "delete":
        path.unlink()
    elif kind == "rename":
        path.rename(path.with_name(f"renamed {number}.md"))
    elif kind == "label of a relation":
        (folder / "ontology").mkdir(exist_ok=True)
        (folder / "ontology/relations.ttl").write_text(f'{OWN}"tested with {number}"@en .\n', encoding="utf-8")
    elif kind == "edit link":
        (folder / "kg.toml").write_text(f"{CONFIG}edit = 'https://example.org/{number}/{{path}}'\n", encoding="utf-8")
    else:
        path.write_text(edits[kind], encoding="utf-8")
    return f"{kind}: {path.name}"


@pytest.mark.parametrize("seed", range(2))
def test_reused_pages_equal_those_of_a_clean_build(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    base = _base(tmp_path / "base")
    _build(base, full=False)
    done: list[str] = []
    for step in range(6):
        done += [_random_edit(base, draw) for _ in range(draw.randrange(1, 4))]
        clean = tmp_path / f"clean{step}"
        shutil.copytree(base, clean, ignore=shutil.ignore_patterns("output"))
        assert _build(base, full=False) == _build(clean), done


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


@pytest.mark.parametrize("name", ["sentence", "link"])
def test_pages_that_an_edit_cannot_have_changed_are_not_looked_at(
    before: tuple[Path, dict[str, bytes]], tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "base"
    shutil.copytree(before[0], folder, ignore=shutil.ignore_patterns("output"))
    _build(folder, full=False)
    seen: set[str] = set()
    look = concept.concept_page
    monkeypatch.setattr("kg.views.site.concept_page", lambda *args: seen.add(args[2].id) or look(*args))
    edit, shows = EDITS[name]
    edit(folder / "concepts")
    changed = _build(folder, full=False)
    assert seen == {"touched", "embeds", "elsewhere"} >= shows
    assert len(changed) > 2 * len(seen)
