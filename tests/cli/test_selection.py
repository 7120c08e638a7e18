"""Which notes, changes and concepts commands are about: paths, stdin, `--changed`, `--select-concepts`, `kg ls`."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

Kg = Callable[..., Any]
NOTES = {
    "kg.toml": 'languages = ["en"]\n[gates]\nlinkage = 0\n',
    "concepts/a.md": "---\ntags: [upper]\n---\n# Alphaville\n\nuses:: [[b]]\n\n[[b#Hedding]] [[nowhere]]\n",
    "concepts/mid/b.md": "# Beta\n\n## Heading\n\ndepends-on:: [[c]]\n\n[x](no.md)\n",
    "concepts/mid/c.md": "---\ntype: theorem\ntags: [lower]\n---\n# Gamma\n\ndepends-on:: [[d]]\n",
    "concepts/low/d.md": "---\ntags: [lower/deep]\n---\n# Delta\n",
    "concepts/low/c++.md": "# C++\n",
}


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder), *args], check=True)


def rows(kg: Kg, folder: Path, *args: str | Path, **more: Any) -> set[tuple[str, int, str]]:
    ran = kg("check", "--format", "json", *args, cwd=folder, **more)
    assert ran.status in (0, 1), ran.stderr
    return {(f["path"], f["line"], f["code"]) for f in json.loads(ran.stdout)["findings"]}


def test_paths_select_findings_of_the_whole_base(kg: Kg, notes: Path) -> None:
    everything = rows(kg, notes)
    assert rows(kg, notes, "concepts/mid") == {row for row in everything if row[0].startswith("mid/")} != set()
    assert rows(kg, notes, "concepts/a.md", "concepts/low") == {row for row in everything if row[0][:3] in ("a.m", "low")}
    assert rows(kg, notes / "concepts/mid", "b.md", "../a.md") == {r for r in everything if r[0] in ("mid/b.md", "a.md")}
    assert rows(kg, notes, ".") == everything
    # The base of a note is found from elsewhere, too.
    assert rows(kg, notes.parent, notes / "concepts/a.md") == {row for row in everything if row[0] == "a.md"}
    (notes / "other").mkdir(exist_ok=True)
    for wrong, message in (
        (("other",), "no notes of this knowledge base"),
        (("nowhere",), "does not exist"),
        (("kg.toml", "concepts"), "kg check kg.toml"),
        (("--fix", "kg.toml"), "--fix edits Turtle"),
        (("concepts", "--write-baseline", "--baseline", "x.json"), "for all notes"),
    ):
        ran = kg("check", *wrong, cwd=notes)
        assert (ran.status, message in ran.stderr) == (2, True), (wrong, ran.stderr)


def test_stdin_is_the_text_of_a_note(kg: Kg, notes: Path) -> None:
    path = notes / "concepts/a.md"
    before = path.read_bytes()
    text = "# Alpha\n\nSee [[b#Heading]], [[missing]].\n"
    links = {row for row in rows(kg, notes, "-", "--stdin-path", path, stdin=text) if row[2].startswith("KG2")}
    assert links == {("a.md", 3, "KG201")}
    ran = kg("check", "-", "--stdin-path", path, "--select", "KG201", cwd=notes, stdin=text)
    assert "See [[b#Heading]], [[missing]]." in ran.stdout, "the source line is that of the text"
    # A note that isn't saved yet; and links from other notes to it.
    new = rows(kg, notes, "-", "--stdin-path", "concepts/new.md", "--select", "KG201", stdin="# New\n\n[[a]] [[gone]]\n")
    assert new == {("new.md", 3, "KG201")}
    both = rows(kg, notes, "-", "concepts/a.md", "--stdin-path", "concepts/nowhere.md", "--select", "KG201", stdin="# N\n")
    assert both == set(), "the link of another note to the new one is no longer broken"
    # Nothing of it is remembered.
    assert ("a.md", 8, "KG201") in rows(kg, notes)
    assert path.read_bytes() == before
    for wrong in (("-",), ("--stdin-path", "concepts/a.md"), ("-", "--stdin-path", "x.md"), ("-", "--stdin-path", "kg.toml")):
        assert kg("check", *wrong, cwd=notes, stdin="").status == 2, wrong


def test_fixes_are_shown_and_given_back(kg: Kg, base: Callable[..., Path]) -> None:
    folder = base({"concepts/a.md": "# A\n\n[x](b.md#life_cycle) end", "concepts/b.md": "# B\n\n## Life cycle\n"})
    path = folder / "concepts/a.md"
    before = path.read_bytes()
    shown = kg("check", "--diff", cwd=folder)
    assert path.read_bytes() == before
    assert shown.status == 1, shown.stderr
    assert "kg check --fix" in shown.stderr
    fixed = kg("check", "--fix", "-", "--stdin-path", path, cwd=folder, stdin=before.decode())
    assert path.read_bytes() == before
    # The diff is one that git applies, with the result of --fix.
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "-"], cwd=folder, input=shown.stdout.encode(), check=True)
    applied = path.read_bytes()
    path.write_bytes(before)
    assert kg("check", "--fix", cwd=folder).status == 0
    assert path.read_bytes() == applied != before
    assert fixed.stdout.encode() == applied
    again = kg("check", "--diff", cwd=folder)
    assert (again.status, again.stdout) == (0, "")


def test_changed_reports_what_a_change_brought(kg: Kg, notes: Path, tmp_path: Path) -> None:
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(notes), str(folder)], check=True)
    assert rows(kg, folder, "--changed") == set()
    # Lines above, another name, and a finding in a note that didn't change itself.
    text = (folder / "concepts/mid/b.md").read_text(encoding="utf-8")
    git(folder, "mv", "concepts/mid/b.md", "concepts/mid/b2.md")
    (folder / "concepts/mid/b2.md").write_text(f"---\nid: mid/b\n---\n{text}\n[y](also-no.md)\n", encoding="utf-8")
    (folder / "concepts/low/new.md").write_text("# New\n\n[[gone]]\n", encoding="utf-8")
    brought = {row for row in rows(kg, folder, "--changed", "--select", "KG201,KG202") if row[2] == "KG201"}
    assert {row[0] for row in brought} == {"mid/b2.md", "low/new.md", "a.md", "mid/c.md"} - {"mid/c.md"}
    assert len([row for row in brought if row[0] == "mid/b2.md"]) == 1
    assert rows(kg, folder, "--changed", "HEAD", "--select", "KG201", "concepts/low") == {("low/new.md", 3, "KG201")}
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "second")
    assert rows(kg, folder, "--changed", "--select", "KG201") == set()
    assert rows(kg, folder, "--changed", "HEAD~1", "--select", "KG201") == brought
    # Other people's later work doesn't count: the comparison begins where the branches part.
    git(folder, "checkout", "-qb", "mine", "HEAD~1")
    (folder / "concepts/mid/c.md").write_text("# Gamma\n\n[[mine]]\n", encoding="utf-8")
    branch = subprocess.run(
        ["git", "-C", str(folder), "for-each-ref", "--format=%(refname:short)", "refs/heads"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    main = next(name for name in branch if name != "mine")
    assert rows(kg, folder, "--changed", main, "--select", "KG201") == {("mid/c.md", 3, "KG201")}
    ran = kg("check", "--changed", "no-such", cwd=folder)
    assert (ran.status, "no-such" in ran.stderr) == (2, True)


@pytest.mark.parametrize(
    ("selector", "ids"),
    [
        ("mid/b", "mid/b"),
        ("Beta", "mid/b"),
        ("mid/b.md", "mid/b"),
        ("+mid/b", "mid/b mid/c low/d"),
        ("1+mid/b", "mid/b mid/c"),
        ("mid/c+", "mid/c mid/b a"),
        ("mid/c+1", "mid/c mid/b"),
        ("1+mid/c+1", "low/d mid/c mid/b"),
        ("a low/d", "a low/d"),
        ("+mid/b,path:mid/*", "mid/b mid/c"),
        ("tag:lower", "mid/c low/d"),
        ("tag:lower,type:theorem", "mid/c"),
        ("path:low", "low/d low/c++"),
        ("mid/*", "mid/b mid/c"),
        ("low/c++", "low/c++"),
        ('"low/c++"+', "low/c++"),
        ("*", "a mid/b mid/c low/d low/c++"),
    ],
)
def test_selectors(kg: Kg, notes: Path, selector: str, ids: str) -> None:
    ran = kg("ls", "--select-concepts", selector, cwd=notes)
    assert ran.status == 0, ran.stderr
    assert set(ran.stdout.split()) == set(ids.split())


def test_ls(kg: Kg, notes: Path) -> None:
    assert kg("ls", "concepts/low", cwd=notes).stdout.split() == ["low/c++", "low/d"]
    assert kg("ls", "--format", "path", "a.md", cwd=notes / "concepts").stdout.split() == ["a.md"]
    assert kg("ls", "--files", cwd=notes).stdout == kg("check", "--show-files", cwd=notes).stdout
    assert set(kg("ls", "--files", cwd=notes).stdout.split()) == {name for name in NOTES if name.endswith(".md")}
    data = json.loads(kg("ls", "--format", "json", "--select-concepts", "mid/c", cwd=notes).stdout)
    assert [(row["id"], row["type"], row["tags"]) for row in data] == [("mid/c", "theorem", ["lower"])]
    table = kg("ls", "--format", "table", "--select-concepts", "a", cwd=notes).stdout
    assert table.splitlines()[1] == "a\tconcept\tAlphaville\tconcepts/a.md"
    for wrong, hint in (
        ("mid/bb", "did you mean: kg ls --select-concepts mid/b"),
        ("tag:none", "kg ls"),
        ("a,low/d", "kg ls"),
        (" ", "name a concept"),
    ):
        ran = kg("ls", "--select-concepts", wrong, cwd=notes)
        assert (ran.status, hint in ran.stderr) == (2, True), (wrong, ran.stderr)


def test_verify_judges_the_evidence_of_selected_concepts(kg: Kg, tmp_path: Path) -> None:
    (tmp_path / "concepts").mkdir()
    for name, text in (("a", "uses:: [[b]]\n\n```toml\nx = 1\n```\n"), ("b", "```toml\nx =\n```\n")):
        (tmp_path / f"concepts/{name}.md").write_text(f"# {name.upper()}\n\n{text}", encoding="utf-8")
    for selector, status, verdicts in (
        ("a", 0, {"a.md": "passed"}),
        ("b", 1, {"b.md": "failed"}),
        ("+a", 1, {"a.md": "passed", "b.md": "failed"}),
    ):
        ran = kg("verify", "--full", "--select-concepts", selector, "--format", "json", cwd=tmp_path)
        assert ran.status == status, ran.stderr
        assert {row["path"]: row["verdict"] for row in json.loads(ran.stdout)} == verdicts


def test_concepts_are_selected_everywhere(kg: Kg, notes: Path, tmp_path: Path) -> None:
    assert {row[0] for row in rows(kg, notes, "--select-concepts", "+mid/b")} == {"mid/b.md", "mid/c.md", "low/d.md"}
    assert kg("build", "--stage", "graph", cwd=notes).status == 0
    measures = json.loads(kg("metrics", "--format", "json", "--select-concepts", "+mid/b", cwd=notes).stdout)["measures"]
    by_name = {m["name"]: m for m in measures}
    whole = {m["name"]: m for m in json.loads(kg("metrics", "--format", "json", cwd=notes).stdout)["measures"]}
    assert by_name["linkage"]["denominator"] == 3 < whole["linkage"]["denominator"]
    assert "theory_coverage" not in by_name
    ran = kg("metrics", "--select-concepts", "low/c++", "--fail-under", "linkage=50", cwd=notes)
    assert ran.status == 1, "of one concept that nothing is linked with, the share is 0"
    assert kg("metrics", "--fail-under", "linkage=50", cwd=notes).status == 0
    page = tmp_path / "map.html"
    assert kg("map", "--select-concepts", "1+mid/c+1", "-o", page, cwd=notes).status == 0
    names = set(re.findall(r'"names":\["(\w+)"\],"defs"', page.read_text(encoding="utf-8")))
    assert names == {"Beta", "Gamma", "Delta"}
    edges = list(csv.DictReader(kg("export", "csv", "--select-concepts", "+mid/b", cwd=notes).stdout.splitlines()))
    ends = {row[end].rpartition("/concept/")[2] for row in edges for end in ("source", "target")}
    assert ends == {"mid/b", "mid/c", "low/d"}
    turtle = kg("export", "turtle", "--select-concepts", "+mid/b", cwd=notes).stdout
    subjects = {str(t.subject) for t in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE)}
    assert "<https://example.org/kb/concept/mid/b>" in subjects
    assert not any(iri.endswith(("/concept/a>", "/concept/low/c++>")) for iri in subjects)
    trig = kg("export", "trig", "--select-concepts", "mid/b", cwd=notes).stdout
    assert "notes/mid/b.md" in trig
    assert "notes/a.md" not in trig
    assert kg("verify", "--select-concepts", "mid/b", "--format", "json", cwd=notes).status == 0
    for command in ("check", "metrics", "map", "verify"):
        ran = kg(command, "--select-concepts", "nowhere+", cwd=notes)
        assert (ran.status, "no concept called 'nowhere'" in ran.stderr) == (2, True), (command, ran.stderr)
