"""`kg snapshot` and `kg diff`: what is remembered, and what differs between builds, revisions and the notes as they are."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

Kg = Callable[..., object]
Write = Callable[[Mapping[str, str | bytes]], Path]
ENV = {"SOURCE_DATE_EPOCH": "1700000000"}

RING: dict[str, str | bytes] = {
    f"concepts/n{i}.md": f"---\nid: n{i}\ntitle: Node {i}\nuses: ['[[n{(i + 1) % 12}]]', '[[n{(i + 3) % 12}]]']\n---\n"
    for i in range(12)
}


def _git(folder: Path, *args: str) -> None:
    identity = ("-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *identity, *args], check=True, capture_output=True)


@pytest.fixture
def repository(base: Write) -> Path:
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    notes = {
        "concepts/raft.md": "---\nid: raft\ntitle: Raft\ndefinition: One of them.\nrequires: '[[quorum]]'\n---\n",
        "concepts/quorum.md": "---\nid: quorum\ntitle: Quorum\n---\n",
        "concepts/majority.md": "---\nid: majority\ntitle: Majority\nused-by: '[[paxos]]'\n---\n",
        "concepts/paxos.md": "---\nid: paxos\ntitle: Paxos\n---\n[[nowhere]]\n",
        "concepts/old.md": "---\nid: old\ntitle: Old\n---\n",
    }
    folder = base({**notes, ".gitignore": "/output/\n"})
    _git(folder, "init", "-q", "-b", "main")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", "first")
    after = {
        "concepts/raft.md": "---\nid: raft\ntitle: Raft consensus\ndefinition: Another text.\nenables: '[[quorum]]'\n---\n",
        "concepts/quorum.md": "---\nid: quorum\ntitle: Quorum\naliases: [Majority]\nused-by: '[[paxos]]'\n---\n",
        "concepts/paxos.md": "\n---\nid: paxos\ntitle: Paxos\n---\n[[quorum]]\n".lstrip(),
        "concepts/new.md": "---\nid: new\ntitle: New <b>\n---\n[[gone]]\n",
    }
    base(after)
    for name in ("majority", "old"):
        (folder / f"concepts/{name}.md").unlink()
    return folder


def _check(difference: Mapping[str, object]) -> None:
    d: dict = dict(difference)  # type: ignore[type-arg]
    concepts = d["concepts"]
    assert [c["id"] for c in concepts["added"]] == ["new"]
    assert [c["id"] for c in concepts["removed"]] == ["old"]
    renamed = [(r["before"]["labels"]["en"], r["after"]["labels"]["en"]) for r in concepts["renamed"]]
    assert renamed == [("Raft", "Raft consensus")]
    assert [(m["before"]["id"], m["into"]["id"]) for m in concepts["merged"]] == [("majority", "quorum")]
    assert d["definitions"] == [{"id": "raft", "lang": "en", "before": "One of them.", "after": "Another text."}]
    # What the merged concept said is said by the other one now: no difference.
    assert [(r["subject"], r["key"], r["object"]) for r in d["relations"]["added"]] == [("raft", "enables", "quorum")]
    assert [(r["subject"], r["key"], r["object"]) for r in d["relations"]["removed"]] == [("raft", "requires", "quorum")]
    assert [f["message"] for f in d["findings"]["fixed"] if f["code"].startswith("KG2")] == ["no note is named 'nowhere'"]
    assert [f["message"] for f in d["findings"]["new"] if f["code"].startswith("KG2")] == ["no note is named 'gone'"]
    assert d["counts"]["concepts"] == {"before": 5, "after": 4}
    assert "linkage" in {m["name"] for m in d["measures"]}


def test_between_a_revision_and_the_notes_as_they_are(kg: Kg, repository: Path) -> None:
    ran = kg("diff", "HEAD", "--format", "json", "-C", repository)
    assert ran.status == 0, ran.stderr
    _check(json.loads(ran.stdout))
    assert not (repository / "output").exists()


def test_between_two_revisions_and_two_builds(kg: Kg, repository: Path) -> None:
    _git(repository, "add", "-A")
    _git(repository, "commit", "-q", "-m", "second")
    _check(json.loads(kg("diff", "HEAD~1", "main", "--format", "json", "-C", repository).stdout))
    kg("build", "-q", "--stage", "metrics", "-C", repository, "--out", repository.parent / "b")
    _git(repository, "checkout", "-q", "HEAD~1")
    kg("build", "-q", "--stage", "metrics", "-C", repository, "--out", repository.parent / "a")
    ran = kg("diff", repository.parent / "a", repository.parent / "b", "--format", "json", "-C", repository)
    _check(json.loads(ran.stdout))
    same = kg("diff", repository.parent / "a", "HEAD", "-C", repository)
    assert same.stdout.splitlines()[2:] == ["no difference"]


def test_a_build_is_looked_for_in_the_knowledge_base_first(kg: Kg, repository: Path, tmp_path: Path) -> None:
    _git(repository, "stash", "-q", "-u")
    kg("build", "-q", "--stage", "metrics", "-C", repository)
    _git(repository, "stash", "pop", "-q")
    (elsewhere := tmp_path / "elsewhere").mkdir()
    ran = kg("diff", "output", "--format", "json", "-C", repository, cwd=elsewhere)
    assert ran.status == 0, ran.stderr
    _check(json.loads(ran.stdout))
    shutil.move(repository / "output", elsewhere / "output")
    ran = kg("diff", "output", "--format", "json", "-C", repository, cwd=elsewhere)
    assert ran.status == 0, ran.stderr
    _check(json.loads(ran.stdout))
    kg("build", "-q", "--stage", "metrics", "-C", repository)
    both = kg("diff", "output", "-C", repository, cwd=elsewhere)
    assert both.stdout.splitlines()[2:] == ["no difference"]


def test_findings_survive_inserted_lines(kg: Kg, repository: Path) -> None:
    _git(repository, "add", "-A")
    _git(repository, "commit", "-q", "-m", "second")
    path = repository / "concepts/new.md"
    path.write_text(path.read_text().replace("[[gone]]", "\n\nMore.\n\n[[gone]]"))
    difference = json.loads(kg("diff", "HEAD", "--format", "json", "-C", repository).stdout)
    assert difference["findings"] == {"new": [], "fixed": []}


def test_text_and_markdown(kg: Kg, repository: Path) -> None:
    text = kg("diff", "HEAD", "-C", repository).stdout
    assert "concepts merged: 1\n  ~ majority (Majority) → quorum (Quorum)  quorum.md" in text
    assert "  + raft —enables→ quorum  raft.md:5" in text
    markdown = kg("diff", "HEAD", "--format", "markdown", "-C", repository).stdout
    assert "4 concepts (-1)" in markdown
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    assert "<table>" in html
    assert html.count("<details") == html.count("</details>") >= 6
    assert "<b>" not in html.replace("&lt;b&gt;", "")


@pytest.mark.parametrize("name", ["no-such-thing", "--output=x", "concepts", "HEAD~99"])
def test_wrong_use(kg: Kg, repository: Path, name: str) -> None:
    ran = kg("diff", "-C", repository, "--", name, cwd=repository)
    assert ran.status == 2
    assert "revision" in ran.stderr or "folder without a build" in ran.stderr
    assert kg("diff", "-C", repository).status == 2


def test_a_snapshot_remembers_and_builds_only_read(kg: Kg, base: Write) -> None:
    folder = base(RING)
    kg("build", "-q", "--stage", "metrics", "-C", folder)
    assert not (folder / "ontology").exists()
    ran = kg("snapshot", "-C", folder, env=ENV)
    assert ran.status == 0, ran.stderr
    names = [Path(line).name for line in ran.stdout.splitlines()]
    assert names == ["history.jsonl", "positions.jsonl", "communities.jsonl", "notes.jsonl"]
    remembered = {n: (folder / "ontology/snapshot" / n).read_bytes() for n in names}
    row = json.loads(remembered["history.jsonl"])
    assert row["time"] == "2023-11-14T22:13:20Z"
    assert row["counts"] | {"notes": 12, "concepts": 12, "typed": 24} == row["counts"]
    assert row["measures"]["linkage"] == 1.0
    assert row["measures"]["accuracy"] is None
    kg("build", "-q", "-C", folder)
    assert {n: (folder / "ontology/snapshot" / n).read_bytes() for n in names} == remembered
    kg("snapshot", "-q", "-C", folder, env=ENV)
    history = (folder / "ontology/snapshot/history.jsonl").read_bytes()
    assert history == 2 * remembered["history.jsonl"]
    assert (folder / "ontology/snapshot/positions.jsonl").read_bytes() == remembered["positions.jsonl"]


def test_a_new_note_moves_the_others_little(kg: Kg, base: Write) -> None:
    from kg import knowledge
    from kg.base import settings

    folder = base(RING)
    kg("snapshot", "-q", "-C", folder)
    before = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    base({"concepts/more.md": "---\nid: more\ntitle: More\nuses: ['[[n1]]', '[[n2]]']\n---\n"})
    after = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert before is not None
    assert after is not None
    moved = [abs(after.positions[iri][k] - before.positions[iri][k]) for iri in before.positions for k in (0, 1)]
    assert max(moved) <= 0.02
    new = after.positions["https://example.org/kb/concept/more"]
    near = after.positions["https://example.org/kb/concept/n1"]
    assert max(abs(a - b) for a, b in zip(new, near, strict=True)) < 1.0
    assert all(abs(v) <= 1 for v in new)
    assert new not in before.positions.values()
    # Communities keep their names.
    assert {c.name["en"] for c in before.communities} <= {c.name["en"] for c in after.communities}
    # Laid out anew, without what is remembered, the map is another.
    (folder / "ontology/snapshot/positions.jsonl").unlink()
    fresh = knowledge.KnowledgeBase(settings.load_settings(folder)).assessment
    assert fresh is not None
    assert max(abs(fresh.positions[i][k] - before.positions[i][k]) for i in before.positions for k in (0, 1)) > 0.02


def test_the_trend_is_shown(kg: Kg, base: Write) -> None:
    toml = "languages = ['en', 'zh']\n[targets]\ninnovation.theory = 2\n"
    folder = base({**RING, "concepts/alone.md": "---\nid: alone\n---\n", "kg.toml": toml})
    kg("snapshot", "-q", "-C", folder, env=ENV)
    base({"concepts/alone.md": "---\nid: alone\nuses: '[[n1]]'\n---\n"})
    ran = kg("build", "-C", folder)
    assert "linkage 100% (13 of 13) ▲ 7.7" in ran.stderr
    assert "innovation.theory unknown, target 2: not met" in ran.stderr
    html = (folder / "output/index.html").read_text()
    assert '<svg class="trend"' in html
    assert "92.3% on 2023-11-14" in html
    text = (folder / "output/reports/quality.md").read_text()
    assert "▲ 7.7" in text
    assert "| 2023-11-14 |" in text


def test_a_damaged_history_is_said_with_its_line(kg: Kg, base: Write) -> None:
    folder = base({**RING, "ontology/snapshot/history.jsonl": '{"time": "2026-01-01T00:00:00Z", "measures": 3}\n'})
    ran = kg("build", "-C", folder)
    assert ran.status == 2
    assert "history.jsonl:1" in ran.stderr


def test_a_knowledge_base_that_was_elsewhere(kg: Kg, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = repository / "moved"
    shutil.move(repository / "concepts", repository / "notes")
    _git(repository, "add", "-A")
    _git(repository, "commit", "-q", "-m", "moved")
    ran = kg("diff", "HEAD~1", "-C", repository, "--notes", repository / "notes")
    assert (ran.status, "at HEAD~1 there are no notes in notes" in ran.stderr) == (2, True), ran.stderr
    ran = kg("diff", "HEAD", "-C", repository, "--notes", repository / "notes")
    assert (ran.status, ran.stdout.splitlines()[2:]) == (0, ["no difference"]), ran.stderr
    outside = tmp_path_factory.mktemp("outside")
    (outside / "x.md").write_text("# X\n")
    ran = kg("diff", "HEAD", "-C", repository, "--notes", outside)
    assert (ran.status, "are in no revision of it" in ran.stderr) == (2, True)
    (folder / "concepts").mkdir(parents=True)
    (folder / "concepts/a.md").write_text("# A\n")
    ran = kg("diff", "HEAD", "-C", folder)
    assert (ran.status, "at HEAD there are no notes in concepts" in ran.stderr) == (2, True), ran.stderr
