"""`kg plan` as a team uses it: tasks are done when their acceptance holds, and not before."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Kg = Callable[..., object]
Write = Callable[[Mapping[str, str | bytes]], Path]

WHO = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_COUNT": "2"} | {
    "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "Ann",
    "GIT_CONFIG_KEY_1": "user.email", "GIT_CONFIG_VALUE_1": "a@b.c",
}  # fmt: skip


def task(n: int, acceptance: str, after: str = "", more: str = "") -> str:
    return (
        f"---\nid: t{n}\ntype: task\ntask: {n}\ntitle: {{zh: 任务{n}, en: Task {n}}}\ndays: [{2 * n - 1}, {2 * n}]\n"
        f"definition: Do part {n}.\nsources: [plan]\nstep-of: '[[p]]'\n{after}acceptance: {acceptance}\n{more}---\n# T{n}\n"
    )


NOTES: dict[str, str | bytes] = {
    "concepts/p.md": "---\nid: p\ntype: plan\ndefinition: All of it.\n---\n# P\n",
    "concepts/t1.md": task(1, "['file:docs/a.md', 'record:meeting']", more="responsible: {zh: 负责人, en: Lead}\n"),
    "concepts/t2.md": task(2, "'linkage >= 100'", "preceded-by: '[[t1]]'\n"),
    "concepts/t3.md": task(3, "'file:reports/association.md or concept:x'", "preceded-by: '[[t1]]'\n"),
    "concepts/a.md": "---\nid: a\nuses: '[[b]]'\n---\n# A\n",
    "concepts/b.md": "# B\n",
}


@pytest.fixture
def plan(kg: Kg, base: Write) -> Callable[..., object]:
    folder = base(NOTES)

    def run(*args: str, **env: str) -> object:
        return kg("plan", *args, "-C", folder, env=WHO | env)

    run.folder = folder  # type: ignore[attr-defined]
    return run


def test_a_plan_is_not_counted_among_the_concepts(kg: Kg, base: Write) -> None:
    folder = base(NOTES)
    for stage in ("graph", "site"):
        built = kg("build", "-C", folder, "--stage", stage)
        assert "6 read, 2 concepts, 4 more that are plan and tasks" in built.stderr  # type: ignore[attr-defined]
    summary = json.loads((folder / "output/build.json").read_text())["summary"]
    assert (summary["concepts"], summary["planned"]) == (2, 4)
    assert "\nkg_concepts 2.0\n" in (folder / "output/metrics.prom").read_text()
    for report in ("association", "hierarchy"):
        text = (folder / f"output/reports/{report}.md").read_text()
        assert "2 个概念（另有 4 个属于计划与任务）" in text or "2 concepts (and 4 of plan and tasks)" in text
    assert "kg_concepts 2.0\n" in kg("metrics", "-C", folder, "--format", "prometheus").stdout  # type: ignore[attr-defined]


def test_a_task_is_done_when_its_acceptance_holds(kg: Kg, plan: Callable[..., object]) -> None:
    folder = plan.folder
    assert "can begin:\n  1  Task 1" in plan("next", "--lang", "en").stdout
    assert plan("start", "1").status == 0
    refused = plan("done", "1")
    assert refused.status == 1
    assert "concepts/t1.md" not in refused.stdout
    assert "t1.md:" in refused.stderr
    assert "file:docs/a.md: it isn't there" in refused.stderr
    assert "record:meeting: nobody has recorded it" in refused.stderr
    (folder / "docs").mkdir()
    (folder / "docs/a.md").write_text("# A\n")
    assert "asks for no record" in plan("record", "1", "party", "was fun").stderr
    assert plan("record", "1", "meeting", "2026-03-01, all agreed").status == 0
    done = plan("done", "1")
    assert done.status == 0, done.stderr
    assert "record:meeting: 2026-03-01, all agreed (Ann <a@b.c>" in done.stderr
    lines = [json.loads(line) for line in (folder / "concepts/plan/journal.jsonl").read_text().splitlines()]
    assert [(e["event"], e["actor"]) for e in lines] == [
        ("start", "Ann <a@b.c>"),
        ("record", "Ann <a@b.c>"),
        ("done", "Ann <a@b.c>"),
    ]
    assert len(lines[-1]["deliverables"]["docs/a.md"]) == 64
    # Measures: nothing links to b's neighbour c.
    assert plan("start", "2").status == 0
    (folder / "concepts/c.md").write_text("# C\n")
    refused = plan("done", "2")
    assert (refused.status, "linkage >= 100: 66.6% (2 of 3)" in refused.stderr) == (1, True)
    (folder / "concepts/c.md").write_text("# C\n[[a]]\n")
    assert plan("done", "2").status == 0
    # A deliverable of a build that is older than the notes doesn't count.
    assert plan("start", "3").status == 0
    assert "file:reports/association.md" in plan("done", "3").stderr
    assert kg("build", "-C", folder).status == 0
    (folder / "concepts/c.md").write_text("# C\n[[b]]\n")
    assert "is from older notes: kg build" in plan("done", "3").stderr
    assert kg("build", "-C", folder).status == 0
    assert plan("done", "3").status == 0
    status = json.loads(plan("status", "--format", "json").stdout)
    assert [t["state"] for t in status["tasks"]] == ["done", "done", "done"]
    assert status["critical_path"] == ["t1", "t2"]


def test_order_roles_and_names(plan: Callable[..., object]) -> None:
    refused = plan("start", "2")
    assert (refused.status, "t2 comes after tasks that are not done: t1" in refused.stderr) == (2, True)
    assert plan("start", "t2", "--anyway").status == 2, "a reason is wanted"
    assert plan("start", "t2", "--anyway", "--reason", "t1 waits for a room").status == 0
    assert "there is no task '9'" in plan("start", "9").stderr
    assert "not started" in plan("done", "1").stderr
    assert "t2 is started since" in plan("start", "2").stderr
    assert "is a role of the plan" in plan("start", "1", GIT_CONFIG_VALUE_0="lead").stderr
    assert 'early=["t1"]' in plan("log").stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (task(1, "'theory_coverage'"), "t1.md:10: 'theory_coverage' lacks a comparison"),
        (task(1, "'magic:x >= 1'"), "t1.md:10: 'magic:x >= 1' is not an acceptance condition"),
        (task(1, "'linkage >= 1'").replace("[1, 2]", "[2, 1]"), "t1.md:6: days are a first and a last day"),
        (task(1, "'linkage >= 1'", "preceded-by: '[[t2]]'\n"), "tasks wait for each other: t"),
        (task(2, "'linkage >= 1'").replace("id: t2", "id: t1"), "task 2 is also"),
    ],
)
def test_what_is_wrong_in_a_plan_is_said_with_its_place(plan: Callable[..., object], text: str, said: str) -> None:
    (plan.folder / "concepts/t1.md").write_text(text)
    ran = plan("next")
    assert (ran.status, said in ran.stderr) == (2, True), ran.stderr


def test_a_knowledge_base_without_a_plan(kg: Kg, base: Write) -> None:
    ran = kg("plan", "status", "-C", base({"concepts/a.md": "# A\n"}))
    assert (ran.status, "there is no plan" in ran.stderr) == (2, True)


def test_the_page_of_the_plan(kg: Kg, plan: Callable[..., object]) -> None:
    folder, page = plan.folder, plan.folder / "output/plan.html"
    (folder / "kg.toml").write_text("languages = ['zh', 'en']\n")
    hostile = task(1, "['file:docs/a.md', 'record:meeting']").replace("en: Task 1", 'en: "<script>alert(1)</script>"')
    (folder / "concepts/t1.md").write_text(hostile)
    assert kg("build", "-C", folder).status == 0
    english = (folder / "output/plan.en.html").read_text()
    assert "&lt;script&gt;alert(1)" in english
    assert "<script>alert(1)" not in english
    assert "0 of 3 tasks are done by measured acceptance; critical path of 4 days: 1 → 2." in english
    assert english.count("<svg viewBox") == 2
    # What is missing stands open, what holds is folded.
    assert "Acceptance: 0 of 2 conditions hold" in english
    assert english.index("nobody has recorded it") < english.index("<details><summary>")
    assert 'href="concepts/t2.en.html"' in english
    assert "3 项任务中有 0 项" in page.read_text()
    assert "nobody has recorded it" in english
    assert "尚无人记录" in page.read_text()
    assert [words for words in ("nobody has", "isn't there") if words in page.read_text()] == []
    # What happens and what is delivered shows in the next build, as in a build from nothing.
    plan("start", "1")
    (folder / "docs").mkdir()
    (folder / "docs/a.md").write_text("A")
    assert kg("build", "-C", folder).status == 0
    text = page.read_text()
    assert "进行中" in text
    assert text.count("✓") == 3, "linkage, docs/a.md, and the report that this build has written"
    assert kg("build", "--full", "-C", folder).status == 0
    assert page.read_text() == text
    (folder / "docs/a.md").unlink()
    assert kg("build", "-C", folder).status == 0
    assert page.read_text().count("✓") == 2


def test_a_plan_is_asked_in_the_terms_of_p_plan(kg: Kg, plan: Callable[..., object]) -> None:
    kg("build", "-C", plan.folder)
    asked = "SELECT ?t ?b ?p { ?t p-plan:isPrecededBy ?b ; p-plan:isStepOfPlan ?p ; a/rdfs:subClassOf p-plan:Step } ORDER BY ?t"
    rows = kg("query", asked, "-C", plan.folder, "--format", "csv").stdout.splitlines()[1:]
    assert [[iri.rpartition("/")[2] for iri in row.split(",")] for row in rows] == [["t2", "t1", "p"], ["t3", "t1", "p"]]


def test_how_a_plan_was_carried_out_is_provenance(kg: Kg, plan: Callable[..., object]) -> None:
    plan("start", "1")
    kg("build", "-C", plan.folder)
    asked = "SELECT ?s ?name { GRAPH ?g { ?a p-plan:correspondsToStep ?s ; prov:startedAtTime ?t ; kg:status 'started' ; "
    ran = kg("query", asked + "prov:wasAssociatedWith/foaf:name ?name } }", "-C", plan.folder, "--format", "csv")
    assert [line.rpartition("/")[2] for line in ran.stdout.splitlines()[1:]] == ["t1,Ann"], ran.stderr


def test_no_measure_counts_tasks(kg: Kg, plan: Callable[..., object]) -> None:
    measures = json.loads(kg("metrics", "-C", plan.folder, "--format", "json").stdout)["measures"]
    counted = {m["name"]: m["denominator"] for m in measures}
    assert (counted["linkage"], counted["concept_association"], counted["logical_consistency"]) == (2, 2, 2)
