"""``kg build`` as users run it: what it says, what it leaves, what it does with bad input."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Kg = Callable[..., "object"]
Write = Callable[[Mapping[str, str | bytes]], Path]

GOOD = {"concepts/a.md": "---\nid: a\ndepends-on: '[[b]]'\n---\n# A\n", "concepts/b.md": "# B\n\nSee [[a]].\n"}


def _findings(folder: Path) -> list[dict[str, object]]:
    return json.loads((folder / "output/findings.json").read_text())["findings"]


def test_build_leaves_what_the_interface_promises(own: Path) -> None:
    out = own / "output"
    for name in (
        "index.html", "concepts/raft.html", "maps/overview.html", "maps/cluster-0.html", "maps/concept.html",
        "maps/data/all.js",
        "reports/association.md", "reports/association.html", "reports/hierarchy.md", "reports/hierarchy.html",
        "graph/kg.ttl", "graph/kg.trig", "graph/kg.graphml", "graph/store", "metrics.json", "metrics.prom", "findings.json",
        "build.json",
    ):  # fmt: skip
        assert (out / name).exists(), name


def test_summary_says_what_was_read_and_where_to_look(kg: Kg, base: Write) -> None:
    folder = base({**GOOD, "kg.toml": "[targets]\nconcept_association = 90\n"})
    ran = kg("build", "-C", folder)
    assert ran.status == 0
    assert ran.stdout == ""
    assert "2 read, 2 concepts" in ran.stderr
    assert "1 typed: depends-on 1" in ran.stderr
    assert "concept_association 0% (0 of 2), target 90.0%: not met" in ran.stderr
    assert str(folder / "output/index.html") in ran.stderr


def test_quiet_says_nothing_when_nothing_is_wrong(kg: Kg, base: Write) -> None:
    ran = kg("build", "-q", "-C", base(GOOD))
    assert (ran.status, ran.stdout, ran.stderr) == (0, "", "")


def test_options_stand_before_or_after_the_command(kg: Kg, base: Write) -> None:
    folder = base(GOOD)
    assert kg("-C", folder, "-q", "build", "--stage", "graph").stderr == ""
    assert kg("build", "--stage", "graph", "-q", "-C", folder).stderr == ""


def test_missing_folder_is_wrong_use(kg: Kg, tmp_path: Path) -> None:
    ran = kg("build", "--notes", tmp_path / "nowhere")
    assert ran.status == 2
    assert "there is no folder of notes at" in ran.stderr
    assert "kg init" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_empty_folder_leaves_the_last_output(kg: Kg, base: Write) -> None:
    folder = base(GOOD)
    assert kg("build", "-C", folder).status == 0
    before = {p: p.read_bytes() for p in (folder / "output").rglob("*") if p.is_file()}
    for note in folder.glob("concepts/*.md"):
        note.unlink()
    ran = kg("build", "-C", folder)
    assert ran.status == 2
    assert "there are no notes" in ran.stderr
    assert {p: p.read_bytes() for p in (folder / "output").rglob("*") if p.is_file()} == before
    assert not list(folder.glob(".output*"))


@pytest.mark.parametrize(
    ("name", "content", "finding", "line", "column"),
    [
        ("bad.md", "# Ü\n\nab\udcff [[a]]\n".encode("utf-8", "surrogateescape"), "invalid-utf8", 3, 3),
        ("yaml.md", "---\ntitle: [unclosed\n---\n# Y\n\n[[a]]\n", "invalid-front-matter", 3, 1),
        ("twin.md", "---\nid: a\n---\n# Twin\n", "duplicate-id", 2, 5),
        ("self.md", "# Self\n\nSee [[self]].\n", "self-link", 3, 5),
        ("gone.md", "# Gone\n\n中文 [[nothing]]\n", "broken-link", 3, 4),
    ],
)
def test_bad_notes_become_findings_and_the_rest_stands(
    kg: Kg, base: Write, name: str, content: str | bytes, finding: str, line: int, column: int
) -> None:
    folder = base({**GOOD, f"concepts/{name}": content})
    ran = kg("build", "-C", folder)
    assert ran.status == 0, ran.stderr
    assert "3 read" in ran.stderr
    found = [f for f in _findings(folder) if f["name"] == finding and f["path"] == name]
    assert [(f["line"], f["column"]) for f in found] == [(line, column)]
    assert found[0]["hint"]
    strict = kg("build", "--strict", "-C", folder)
    assert strict.status == (1 if found[0]["severity"] == "error" else 0)


def test_notes_that_say_too_little_still_link(kg: Kg, base: Write) -> None:
    """What follows bytes that are not UTF-8 and front matter that can't be read is read."""
    folder = base({**GOOD, "concepts/bad.md": b"# B\xff\n\n[[a]]\n", "concepts/yaml.md": "---\nt: [\n---\n[[a]]\n"})
    assert kg("build", "--stage", "graph", "-C", folder).status == 0
    ran = kg("query", "-C", folder, "--format", "csv", "SELECT ?s WHERE { ?s kg:linksTo c:a } ORDER BY ?s")
    assert [line.rpartition("/")[2] for line in ran.stdout.split()[1:]] == ["b", "bad", "yaml"]


def test_a_failed_build_leaves_the_last_output(kg: Kg, base: Write) -> None:
    folder = base(GOOD)
    assert kg("build", "-C", folder).status == 0
    before = {p: p.read_bytes() for p in (folder / "output").rglob("*") if p.is_file()}
    (folder / "ontology").mkdir()
    (folder / "ontology/relations.ttl").write_text("this is not Turtle")
    ran = kg("build", "-C", folder)
    assert ran.status == 2
    assert "relations.ttl:1:" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert {p: p.read_bytes() for p in (folder / "output").rglob("*") if p.is_file()} == before


def test_output_of_others_is_not_replaced(kg: Kg, base: Write) -> None:
    folder = base({**GOOD, "output/thesis.txt": "mine"})
    ran = kg("build", "-C", folder)
    assert ran.status == 2
    assert "files that kg did not write" in ran.stderr
    assert (folder / "output/thesis.txt").read_text() == "mine"


def test_paths_of_the_command_line_may_go_up(kg: Kg, base: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = base({"concepts/a.md": "# A\n\nSee [[b]].\n", "concepts/b.md": "# B\n"})
    monkeypatch.chdir(folder)
    assert kg("build", "-q", "--out", "../elsewhere", "--notes", f"../{folder.name}/concepts").status == 0
    assert (folder.parent / "elsewhere/index.html").is_file()
    (folder.parent / "way").mkdir()
    (folder / "link").symlink_to(folder.parent / "way")
    assert kg("build", "-q", "--stage", "graph", "--out", "link/../third").status == 0
    assert (folder.parent / "third/graph/kg.ttl").is_file()  # above the folder that the link leads to


def test_output_inside_the_notes_is_never_read(kg: Kg, base: Write) -> None:
    folder = base({"a.md": "[[b]]", "b.md": "[[a]]"})
    for _ in range(2):
        ran = kg("build", "-C", folder, "--notes", folder)
        assert "2 read, 2 concepts" in ran.stderr


def test_builds_are_equal_byte_for_byte(kg: Kg, base: Write) -> None:
    folder = base(GOOD)
    env = {"SOURCE_DATE_EPOCH": "1700000000"}
    results = []
    for out, seed in (("one", "1"), ("two", "2")):
        assert kg("build", "-C", folder, "--out", folder / out, env={**env, "PYTHONHASHSEED": seed}).status == 0
        files = sorted(p for p in (folder / out).rglob("*") if p.is_file() and "store" not in p.parts)
        results.append({p.relative_to(folder / out): p.read_bytes() for p in files})
    assert results[0] == results[1]


def test_a_gate_that_is_not_met_fails_the_build(kg: Kg, base: Write) -> None:
    folder = base({**GOOD, "kg.toml": "[gates]\nconcept_association = 50\ntheory_coverage = 10\n"})
    ran = kg("build", "-C", folder)
    assert ran.status == 1
    assert "gate not met: concept_association is 0%, required 50.0%" in ran.stderr
    assert "gate not met: theory_coverage is unknown" in ran.stderr


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("base = 'x'", "must end in '/' or '#'"),
        ("bass = 1", "unknown setting 'bass'"),
        ("= broken", "kg.toml"),
        ("[targets]\nlinkage = 900", "a percentage from 0 to 100"),
        ("[gates]\nbeauty = 9", "unknown setting 'gates.beauty'"),
        ("[gates]\ntheory_depth.egde = 9", "there is no measure 'theory_depth.egde'"),
        ("[check.severity]\nKG3O3 = 'info'", "check.severity: 'KG3O3' is not a rule"),
    ],
)
def test_wrong_settings_say_what_to_write(kg: Kg, base: Write, toml: str, said: str) -> None:
    ran = kg("build", "-C", base({**GOOD, "kg.toml": toml}))
    assert ran.status == 2
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_init_makes_a_base_that_builds_without_findings(kg: Kg, tmp_path: Path) -> None:
    ran = kg("init", tmp_path / "new")
    assert ran.status == 0
    ran = kg("build", "--strict", "-C", tmp_path / "new")
    assert ran.status == 0, ran.stderr
    assert "concept_association 100% (3 of 3)" in ran.stderr
    assert "findings   none" in ran.stderr
    again = kg("init", tmp_path / "new")
    assert again.status == 2
    assert "is already there" in again.stderr


def test_check_prints_places_and_writes_nothing(kg: Kg, base: Write) -> None:
    folder = base({**GOOD, "concepts/gone.md": "[[nothing]] and [[A]]\n"})
    ran = kg("check", "-C", ".", cwd=folder)
    assert ran.status == 1
    assert "concepts/gone.md:1:1: KG201 broken-link: no note is named 'nothing'" in ran.stdout
    assert not (folder / "output").exists()
    assert kg("check", "-C", folder, "--fail-on", "never").status == 0
    assert kg("check", "-C", folder, "--ignore", "KG2").status == 0
    rows = json.loads(kg("check", "-C", folder, "--select", "KG201", "--format", "json").stdout)["findings"]
    assert [r["code"] for r in rows] == ["KG201"]
