"""``kg path``: what to learn in order, each step on the line that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]


@pytest.mark.parametrize(
    ("known", "target", "by_way_of"),
    [
        ("process", "service-mesh", ["container", "microservice-architecture"]),
        ("failure-detector", "raft", ["consensus", "quorum"]),
        ("container", "cloud-edge-collaboration", ["container-orchestration"]),
    ],
)
def test_ways_through_the_projects_own_notes(kg: Kg, own: Path, known: str, target: str, by_way_of: list[str]) -> None:
    ran = kg("path", "-C", own, known, target, "--format", "json")
    assert ran.status == 0, ran.stderr
    steps = json.loads(ran.stdout)["steps"]
    ids = [step["id"] for step in steps]
    assert (ids[0], ids[-1]) == (known, target)
    assert set(by_way_of) <= set(ids)
    assert len(set(ids)) == len(ids)
    for place, step in enumerate(steps):
        if "required_by" in step:
            assert step["required_by"] in ids[place:]
        if "relation" in step:
            said = step["relation"]
            ends = {said["subject"], said["object"]}
            # One end is the step, the other one has been learnt.
            assert step["id"] in ends
            assert ends <= set(ids[: place + 1])
            line = (own / "concepts" / said["path"]).read_text().splitlines()[said["line"] - 1]
            assert said["relation"] in line or said["object"] in line, line
    text = kg("path", "-C", own, known, target).stdout.splitlines()
    assert [int(re.match(r" *(\d+)\. ", line)[1]) for line in text] == list(range(1, len(ids) + 1))


@pytest.fixture
def small(kg: Kg, base: Callable[[Mapping[str, str]], Path]) -> Path:
    notes = {
        "algebra": "",
        "calculus": "prerequisite: '[[algebra]]'",
        "physics": "requires: '[[calculus]]'",
        "optics": "part-of: '[[physics]]'\nrequires: '[[waves]]'",
        "waves": "requires: '[[algebra]]'",
        "poetry": "",
        "verse": "part-of: '[[poetry]]'",
    }
    texts = {f"concepts/{k}.md": f"---\n{v}\n---\n# {k.title()}\n" if v else f"# {k.title()}\n" for k, v in notes.items()}
    folder = base(texts)
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    return folder


def lines(kg: Kg, folder: Path, *args: str, status: int = 0) -> list[str]:
    ran = kg("path", "-C", folder, "--lang", "en", *args)
    assert ran.status == status, ran.stderr
    return ran.stdout.splitlines()


def test_what_steps_require_comes_first_unless_it_is_known(kg: Kg, small: Path) -> None:
    assert lines(kg, small, "physics", "optics") == [
        " 1. Physics",
        " 2. Waves  (required by Optics)",
        f" 3. Optics  (Physics ←is part of—)  {small}/concepts/optics.md:2",
    ]
    # Physics requires calculus and that algebra, so both count as known; waves was named.
    assert lines(kg, small, "physics", "waves", "optics")[-1].startswith(" 2. Optics")


def test_nothing_known_gives_all_that_is_required(kg: Kg, small: Path) -> None:
    assert lines(kg, small, "physics") == [
        " 1. Algebra  (required by Physics)", " 2. Calculus  (required by Physics)", " 3. Physics",
    ]  # fmt: skip
    assert lines(kg, small, "algebra") == ["Algebra requires nothing that is stated; name what you know: kg path KNOWN TARGET"]


def test_no_way_is_said_and_fails(kg: Kg, small: Path) -> None:
    assert lines(kg, small, "physics", "verse", status=1) == ["no chain of relations leads from Physics to Verse"]
    ran = kg("path", "-C", small, "physics", "verse", "--format", "json")
    assert (ran.status, json.loads(ran.stdout)["steps"]) == (1, None)


def test_wrong_use_is_explained(kg: Kg, small: Path) -> None:
    ran = kg("path", "-C", small, "optics", "optics")
    assert (ran.status, "both known and the target" in ran.stderr) == (2, True)
    assert kg("path", "-C", small, "optic").status == 2
