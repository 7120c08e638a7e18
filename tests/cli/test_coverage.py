"""`kg coverage`: scope lists, and blind lists whose first measurement git proves."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]

HEAD = (
    "@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> . "
    "@prefix dcterms: <http://purl.org/dc/terms/> .\n"
)
LIST = (
    f'{HEAD}<https://example.org/kb/scope/course> a kg:Scope ; dcterms:title "Course"@en , "课程"@zh ; kg:edition "1" .\n'
    + "".join(
        f"<https://example.org/kb/scope/course/{n}> a kg:Topic ; skos:inScheme <https://example.org/kb/scope/course> ; "
        f'skos:notation "{n}" ; skos:prefLabel "{name}"@en .\n'
        for n, name in enumerate(("Pods", "Nodes"), 1)
    )
)
NOTE = "---\nid: {id}\ndefinition: Something that runs.\nsources: [a book]\n---\n# {id}\n"


def git(folder: Path, *args: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", *args],
        cwd=folder, check=True, capture_output=True, timeout=60,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A knowledge base with one note in a repository, and a blind list that is not committed."""
    (tmp_path / "concepts").mkdir()
    (tmp_path / "kg.toml").write_text('base = "https://example.org/kb/"\n')
    (tmp_path / "concepts/pod.md").write_text(NOTE.format(id="pod"))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "notes")
    blind = tmp_path / "ontology/scope/blind"
    blind.mkdir(parents=True)
    (blind / "course.ttl").write_text(LIST)
    return tmp_path


def commit_list(repository: Path) -> None:
    git(repository, "add", "ontology")
    git(repository, "commit", "-qm", "list")
    mapping = f"{HEAD}<https://example.org/kb/scope/course/1> kg:metBy <https://example.org/kb/concept/pod> .\n"
    (repository / "ontology/scope/blind/mapping.ttl").write_text(mapping)


def freeze(kg: Kg, repository: Path) -> Any:
    return kg("coverage", "--blind", "--freeze", "--format", "json", cwd=repository)


def test_the_first_measurement_stays_while_notes_grow(kg: Kg, repository: Path) -> None:
    commit_list(repository)
    assert json.loads(freeze(kg, repository).stdout)[0]["blind"]["met"] == 1
    (repository / "concepts/node.md").write_text(NOTE.format(id="node"))
    with (repository / "ontology/scope/blind/mapping.ttl").open("a") as file:
        file.write("<https://example.org/kb/scope/course/2> kg:metBy <https://example.org/kb/concept/node> .\n")
    (row,) = json.loads(freeze(kg, repository).stdout)
    assert (row["blind"]["met"], row["met"], row["topics"]) == (1, 2, 2)
    assert "盲测" in kg("coverage", "--blind", "--lang", "zh", cwd=repository).stdout
    kg("build", "-q", cwd=repository)
    (line,) = [x for x in (repository / "output/reports/coverage.md").read_text().splitlines() if x.startswith("| Course")]
    assert [cell.strip() for cell in line.split("|")[1:-1]] == ["Course", "1", "2", "1", "2"]


def test_no_measure_counts_a_blind_list(kg: Kg, repository: Path) -> None:
    commit_list(repository)
    measures = json.loads(kg("metrics", "--format", "json", cwd=repository).stdout)["measures"]
    assert next(m for m in measures if m["name"] == "theory_coverage")["denominator"] == 0


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ("uncommitted", "is not committed"),
        ("with notes", "was committed together with notes: concepts/node.md"),
        ("note later", "notes were changed after ontology/scope/blind/course.ttl was committed: concepts/node.md"),
        ("note on disk", "notes were changed after ontology/scope/blind/course.ttl was committed: concepts"),
        ("list later", "was changed after it was committed"),
    ],
)
def test_a_list_that_could_be_younger_than_notes_is_not_frozen(kg: Kg, repository: Path, spoil: str, message: str) -> None:
    if spoil == "with notes":
        (repository / "concepts/node.md").write_text(NOTE.format(id="node"))
        git(repository, "add", "concepts")
    if spoil != "uncommitted":
        commit_list(repository)
    if spoil in ("note later", "note on disk"):
        (repository / "concepts/node.md").write_text(NOTE.format(id="node"))
    if spoil == "note later":
        git(repository, "add", "concepts")
        git(repository, "commit", "-qm", "a note")
    if spoil == "list later":
        (repository / "ontology/scope/blind/course.ttl").write_text(LIST.replace("Nodes", "Node"))
    ran = freeze(kg, repository)
    assert ran.status == 2
    assert message in ran.stderr
    assert not (repository / "ontology/scope/blind/measured.jsonl").exists()


def test_a_list_that_changed_after_its_measurement_has_none(kg: Kg, repository: Path) -> None:
    commit_list(repository)
    freeze(kg, repository)
    (repository / "ontology/scope/blind/course.ttl").write_text(LIST.replace("Nodes", "Node"))
    assert "list changed" in kg("coverage", "--blind", cwd=repository).stdout
    before = (repository / "ontology/scope/blind/measured.jsonl").read_bytes()
    freeze(kg, repository)
    assert (repository / "ontology/scope/blind/measured.jsonl").read_bytes() == before
