"""`kg review`: samples, sheets and records as a team uses them, and what follows for the measures."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Kg = Callable[..., object]
Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES: dict[str, str | bytes] = {
    f"concepts/{n}.md": f"---\nid: c{n}\nlayer: theory\ndefinition: Definition number {n}, which is its own.\n---\n# C{n}\n"
    for n in range(6)
}


def _sheet(text: str, verdicts: Mapping[int, str]) -> str:
    rows = list(csv.DictReader(io.StringIO(text)))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows({**row, "verdict": verdicts.get(n, "correct")} for n, row in enumerate(rows))
    return out.getvalue()


def _measures(kg: Kg, folder: Path) -> dict[str, dict[str, object]]:
    ran = kg("metrics", "-C", folder, "--format", "json")
    return {m["name"]: m for m in json.loads(ran.stdout)["measures"]}  # type: ignore[attr-defined]


def test_two_reviewers_with_a_sheet_each(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    drawn = kg("review", "sample", "-C", folder, "--size", 4, "--by", "Lead")
    assert drawn.status == 0, drawn.stderr
    assert "4 of 4 claims newly recorded, drawn from 6 with seed 1" in drawn.stderr
    again = kg("review", "sample", "-C", folder, "--size", 4, "--by", "Lead")
    assert again.stdout == drawn.stdout
    assert "0 of 4 claims newly recorded" in again.stderr
    assert _measures(kg, folder)["accuracy"]["value"] is None
    for who, verdicts in (("Ann", {0: "wrong"}), ("李伟", {})):
        path = folder / "sheet.csv"
        path.write_text(_sheet(drawn.stdout, verdicts), encoding="utf-8")
        ran = kg("review", "add", "sheet", path, "-C", folder, "--by", who)
        assert (ran.status, ran.stderr.count("recorded:")) == (0, 4)
    assert "  accuracy.wilson_lower = 0.3006\n" in kg("metrics", "-C", folder, "-v").stdout  # type: ignore[attr-defined]
    accuracy = _measures(kg, folder)["accuracy"]
    assert (accuracy["numerator"], accuracy["denominator"], accuracy["met"]) == (3, 4, None)
    assert accuracy["lower"] == pytest.approx(0.3006, abs=1e-4)
    assert accuracy["offenders"][0]["lacks"] == ["Ann: wrong"]  # type: ignore[index]
    status = kg("review", "status", "-C", folder)
    assert "Krippendorff's alpha 0.000" in status.stdout
    assert "0 wait for a second reviewer" in status.stdout
    # A change of a note takes its reviews away.
    judged = list(csv.DictReader(io.StringIO(drawn.stdout)))[1]["place"].rpartition(":")[0]
    note = folder / "concepts" / Path(judged).name
    note.write_text(note.read_text() + "More.\n")
    accuracy = _measures(kg, folder)["accuracy"]
    assert (accuracy["numerator"], accuracy["denominator"]) == (2, 3)
    status = json.loads(kg("review", "status", "-C", folder, "--format", "json").stdout)
    assert (status["stale"], sum(c["stale"] for c in status["claims"])) == (2, 1)


def test_records_are_signed_dated_and_only_added(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    env = {"SOURCE_DATE_EPOCH": "1700000000"}
    kg("review", "add", "test", "c1", "--asked", 5, "--correct", 4, "--by", "R", "-C", folder, env=env)
    path = folder / "ontology/snapshot/reviews.jsonl"
    first = path.read_bytes()
    row = json.loads(first)
    assert (row["kind"], row["subject"], row["by"], row["when"]) == ("test", "c1", "R", "2023-11-14T22:13:20Z")
    assert len(row["digest"]) == len(row["seal"]) == 64
    kg("review", "add", "concept", "c1", "--verdict", "approved", "--by", "Expert", "-C", folder)
    assert path.read_bytes().startswith(first)
    assert _measures(kg, folder)["clarity"]["value"] == 0.8
    path.write_bytes(path.read_bytes().replace(b'"correct":4', b'"correct":5'))
    ran = kg("metrics", "-C", folder)
    assert ran.status == 2
    assert "reviews.jsonl:1: the record was altered" in ran.stderr


def test_several_concepts_and_claims_are_recorded_together(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    path = folder / "ontology/snapshot/reviews.jsonl"
    approve = ("review", "add", "concept", "--verdict", "approved", "--by", "Expert", "-C", folder)
    ran = kg(*approve, "c1", "C2", "nothing", "c3")
    assert (ran.status, "no concept called 'nothing'" in ran.stderr) == (2, True)
    assert not path.exists(), "one unknown name: nothing is recorded"
    ran = kg(*approve, "c1", "C2", "c1", "c3", "C3")
    assert ran.status == 0, ran.stderr
    said = [line.removeprefix("kg: ").split()[1:3] for line in ran.stderr.splitlines() if "recorded:" in line]
    assert said == [["c1", "approved"], ["c2", "approved"], ["c3", "approved"]]
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [row["subject"] for row in rows] == ["c1", "c2", "c3"]
    assert len({row["digest"] for row in rows}) == 3
    drawn = kg("review", "sample", "-C", folder, "--by", "Lead", "--format", "json")
    claims = [row["claim"] for row in json.loads(drawn.stdout)]
    before = path.read_bytes()
    judge = ("review", "add", "claim", "--verdict", "correct", "--by", "Ann", "-C", folder)
    assert kg(*judge, claims[0], "nothing").status == 2
    assert path.read_bytes() == before
    ran = kg(*judge, *claims[:3], "--lang", "zh")
    assert (ran.status, ran.stderr.count("已记录：")) == (0, 3)
    assert [json.loads(line)["subject"] for line in path.read_bytes().removeprefix(before).splitlines()] == claims[:3]


def test_innovation_with_two_independent_acceptances(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    claim = ("review", "add", "innovation", "i1", "--type", "method", "--title", "New", "--prior-art", "DBLP, 20 papers")
    assert kg(*claim, "--by", "A", "-C", folder).status == 0
    assert kg(*claim, "--by", "B", "-C", folder).status == 2  # the id is taken
    accept = ("review", "add", "acceptance", "i1", "--verdict", "accepted", "-C", folder, "--by")
    own = kg(*accept, "A")
    assert own.status == 2
    assert "A made this claim" in own.stderr
    assert kg(*accept, "B").status == 0
    assert _measures(kg, folder)["innovation.method"]["value"] == 0
    assert kg(*accept, "C").status == 0
    found = _measures(kg, folder)["innovation.method"]
    assert (found["value"], found["unit"]) == (1, "count")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("claim", "nothing", "--verdict", "correct", "--by", "A"), "no claim nothing was drawn"),
        (("concept", "nothing", "--verdict", "approved", "--by", "A"), "no concept called 'nothing'"),
        (("test", "c1", "--asked", "1", "--correct", "2", "--by", "A"), "2 right answers to 1 questions"),
        (("acceptance", "i9", "--verdict", "accepted", "--by", "A"), "there is no innovation 'i9'"),
        (("claim", "x", "--verdict", "fine", "--by", "A"), "'fine' is not one of"),
    ],
)
def test_wrong_use(kg: Kg, base: Write, args: tuple[str, ...], said: str) -> None:
    folder = base(NOTES)
    ran = kg("review", "add", *args, "-C", folder)
    assert ran.status == 2
    assert said in ran.stderr
    assert not (folder / "ontology/snapshot").exists()


def test_nobody_signs_without_a_name(kg: Kg, base: Write, tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path / "nobody"), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    ran = kg("review", "sample", "-C", base(NOTES), env=env)
    assert ran.status == 2
    assert "--by" in ran.stderr


def test_a_sheet_runs_no_formula_in_a_spreadsheet(kg: Kg, base: Write) -> None:
    note = "---\nid: x\ndefinition: '=cmd|calc is what this definition begins with.'\n---\n"
    ran = kg("review", "sample", "--dry-run", "-C", base({"concepts/x.md": note}))
    assert "'=cmd" in ran.stdout
    assert "\n=cmd" not in ran.stdout
    assert ",=cmd" not in ran.stdout


def test_what_waits_for_a_second_reviewer_is_listed(kg: Kg, base: Write) -> None:
    folder = base(NOTES | {f"concepts/{n}.md": str(NOTES["concepts/1.md"]).replace("1", str(n)) for n in range(6, 12)})
    drawn = kg("review", "sample", "-C", folder, "--by", "Lead", "--format", "json", "--quiet")
    assert (drawn.status, drawn.stderr) == (0, "")
    rows = json.loads(drawn.stdout)
    assert [set(r) for r in rows] == [{"claim", "kind", "place", "text", "verdict", "comment"}] * 12
    first, second = rows[0]["claim"], rows[1]
    assert kg("review", "add", "claim", first, "--verdict", "unclear", "--by", "Ann", "-C", folder).status == 0
    status = kg("review", "status", "-C", folder)
    assert "12 wait for a second reviewer" in status.stdout
    assert f"  {first}  " in kg("review", "status", "-C", folder, "-v").stdout
    assert "(unclear)" in status.stdout or "(Ann)" in status.stdout, status.stdout
    assert "  … 2 more: kg review status -v\n" in status.stdout
    # What was drawn of a note that has changed is not judged any more.
    note = folder / "concepts" / Path(second["place"].rpartition(":")[0]).name
    note.write_text(note.read_text() + "More.\n")
    ran = kg("review", "add", "claim", second["claim"], "--verdict", "correct", "--by", "Ann", "-C", folder)
    assert (ran.status, f"has changed since claim {second['claim']} was drawn" in ran.stderr) == (2, True)
    for text, said in {
        "a,b\n1,2\n": "has no columns claim and verdict",
        "": "has no columns claim and verdict",
        f"claim,verdict\n{first},\n": "has no verdict yet",
        f"claim,verdict\n{first},fine\n": "'fine' is not a verdict on a claim",
        "claim,verdict\n\udce9": "a sheet is a CSV file in UTF-8",
    }.items():
        (folder / "sheet.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
        ran = kg("review", "add", "sheet", folder / "sheet.csv", "-C", folder, "--by", "Ann")
        assert (ran.status, said in ran.stderr) == (2, True), (text, ran.stderr)


def test_nothing_to_draw_from(kg: Kg, base: Write) -> None:
    ran = kg("review", "sample", "-C", base({"concepts/a.md": ""}), "--by", "A")
    assert (ran.status, "there are no claims to draw from" in ran.stderr) == (2, True)


def test_a_machines_reading_counts_for_no_measure(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    reading = (
        "review",
        "add",
        "reading",
        "c1",
        "-C",
        folder,
        "--claims",
        9,
        "--wrong",
        2,
        "--relations",
        3,
        "--by",
        "A model, 1",
    )
    assert kg(*reading).status == 0  # type: ignore[attr-defined]
    assert kg("review", "add", "reading", "c2", "-C", folder, "--claims", 1, "--wrong", 2, "--by", "A model, 1").status == 2  # type: ignore[attr-defined]
    status = kg("review", "status", "-C", folder).stdout  # type: ignore[attr-defined]
    assert "A model, 1: 1 concepts, 0 changed since; 2 of 9 claims and 0 of 3 relations wrong; counts for no measure" in status
    assert _measures(kg, folder)["accuracy"]["denominator"] == 0
    note = folder / "concepts/1.md"
    note.write_text(note.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    (row,) = json.loads(kg("review", "status", "-C", folder, "--format", "json").stdout)["readings"]  # type: ignore[attr-defined]
    assert (row["concepts"], row["changed"]) == (1, 1)
