"""`kg scope`: lists of topics in Markdown and CSV and decisions on them; gates `no-worse`, badges, topics in `kg diff`."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Kg = Callable[..., Any]

NOTE = "---\nid: {id}\ntitle: {{en: {en}, zh: {zh}}}\ndefinition: What {en} means.\nsources: [a book]\n---\n# {en}\n"
MARKDOWN = (
    "---\ntitle: {en: Our course, zh: 课程}\nsource: https://example.org/course\nedition: 1.30\narea: edge\n---\n# Topics\n\n"
    "- [ ] Pods / 容器组\n- [x] **[[mesh|Service meshes]]**\n  - [ ] `A.7` Kubelet\n- [ ] 服务网格\n- no topic\n\n"
    "```\n- [ ] in a fence\n```\n"
)
CSV = (
    "---\ntitle: Our course / 课程\nsource: https://example.org/course\nedition: 1.30\narea: edge\n---\n"
    "编号,en,zh\n1,Pods,容器组\n2,Service meshes,\nA.7,Kubelet,\n3,,服务网格\n"
)
TURTLE = """@base <https://example.org/kb/scope/> .
@prefix kg: <https://w3id.org/kg-notes/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
<course> a kg:Scope , skos:ConceptScheme ; dcterms:title "Our course"@en , "课程"@zh ; kg:edition "1.30" ; kg:area "edge" ;
    dcterms:source <https://example.org/course> ; kg:checked true .
<course/pods> a kg:Topic ; skos:inScheme <course> ; skos:notation "1" ; skos:prefLabel "Pods"@en , "容器组"@zh .
<course/service-meshes> a kg:Topic ; skos:inScheme <course> ; skos:notation "2" ; skos:prefLabel "Service meshes"@en .
<course/kubelet> a kg:Topic ; skos:inScheme <course> ; skos:notation "A.7" ; skos:prefLabel "Kubelet"@en .
<course/服务网格> a kg:Topic ; skos:inScheme <course> ; skos:notation "3" ; skos:prefLabel "服务网格"@zh .
"""
MAPPED = "@base <https://example.org/kb/scope/> .\n@prefix kg: <https://w3id.org/kg-notes/ns#> .\n"
MAPPED += "<course/pods> kg:metBy <../concept/pod> .\n"


def git(folder: Path, *args: str) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *settings, *args], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Two concepts with names in both languages, and no list."""
    (tmp_path / "concepts").mkdir()
    (tmp_path / "ontology/scope").mkdir(parents=True)
    (tmp_path / "kg.toml").write_text('base = "https://example.org/kb/"\n', "utf-8")
    for name, en, zh in (("pod", "Pod", "容器组"), ("mesh", "Service mesh", "服务网格")):
        (tmp_path / f"concepts/{name}.md").write_text(NOTE.format(id=name, en=en, zh=zh), "utf-8")
    return tmp_path


def coverage(kg: Kg, place: Path) -> Any:
    return json.loads(kg("coverage", "--format", "json", cwd=place).stdout)


def test_all_forms_lead_to_the_same_records(kg: Kg, place: Path) -> None:
    """Statements, rows and measures are equal whether a list and its mapping are Markdown, CSV or Turtle."""
    ask = "SELECT ?s ?p ?o WHERE { ?s ?p ?o FILTER (STRSTARTS(STR(?s), 'https://example.org/kb/scope/')) } ORDER BY ?s ?p ?o"
    answers = []
    scope = place / "ontology/scope"
    for name, text, mapping in (
        ("course.md", MARKDOWN, ("mapping.csv", "list,topic,concept,decision\ncourse,pods,pod,yes\ncourse,kubelet,pod,no\n")),
        ("course.csv", CSV, ("mapping.csv", "concept,topic,list\r\npod,https://example.org/kb/scope/course/pods,\r\n")),
        ("course.ttl", TURTLE, ("mapping.ttl", MAPPED)),
    ):
        for path in scope.iterdir():
            path.unlink()
        (scope / name).write_text(text, "utf-8")
        (scope / mapping[0]).write_text(mapping[1], "utf-8")
        (scope / "README.md").write_text("# What lies here\n", "utf-8")
        rows = coverage(kg, place)
        assert (rows[0]["topics"], rows[0]["met"], rows[0]["edition"]) == (4, 1, "1.30")
        kg("build", "--stage", "graph", "-q", cwd=place)
        answers.append((rows, kg("query", "--format", "csv", ask, cwd=place).stdout))
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0][1].splitlines()) > 20


def test_a_list_is_added_its_topics_matched_in_both_languages_and_confirmed(kg: Kg, place: Path) -> None:
    source = place / "Our Syllabus.csv"
    source.write_bytes("主题\nPods\n服务网格\nKubelet\n".encode("gb18030"))
    refused = kg("scope", "add", str(source), cwd=place)
    assert refused.status == 2
    assert "not in UTF-8" in refused.stderr
    assert "--encoding gb18030" in refused.stderr
    added = kg(
        "scope", "add", str(source), "--encoding", "gb18030", "--title", "Syllabus / 大纲", "--source", "a book", cwd=place
    )
    assert added.stdout == "ontology/scope/our-syllabus.md\n"
    assert "3 topics; for 2 there is a concept with a similar name" in added.stderr
    assert kg("scope", "add", str(source), "--encoding", "gb18030", cwd=place).status == 2  # never over a list that is there
    assert coverage(kg, place)[0]["title"] == {"en": "Syllabus", "zh": "大纲"}

    ids = [row["id"] for row in json.loads(kg("scope", "map", "--format", "json", cwd=place).stdout)]
    assert ids == ["our-syllabus/pods=pod", "our-syllabus/服务网格=mesh"]
    mapping = place / "ontology/scope/mapping.csv"
    shown = kg("scope", "map", "--accept", "--min-likeness", "1", "--diff", cwd=place).stdout
    assert "+our-syllabus,服务网格,mesh,yes" in shown
    assert not mapping.exists()
    assert coverage(kg, place)[0]["met"] == 0  # a proposal counts for nothing
    assert kg("scope", "map", "--accept", cwd=place).status == 2  # all of them only from a likeness
    kg("scope", "map", "--accept", "--min-likeness", "1", cwd=place)
    kg("scope", "map", "--reject", "our-syllabus/pods=pod", cwd=place)
    assert mapping.read_text("utf-8").splitlines()[1:] == ["our-syllabus,服务网格,mesh,yes", "our-syllabus,pods,pod,no"]
    assert kg("scope", "map", cwd=place).stdout == ""  # what was rejected isn't proposed again
    kg("scope", "map", "--accept", "our-syllabus/pods=pod,our-syllabus/kubelet=pod", cwd=place)
    assert coverage(kg, place)[0]["met"] == 3
    assert mapping.read_text("utf-8").count("our-syllabus,pods,pod,") == 1
    for topic, concept, hint in (("pod", "pod", "our-syllabus/pods=pod"), ("pods", "pdo", "our-syllabus/pods=pod")):
        wrong = f"our-syllabus/{topic}={concept}"
        ran = kg("scope", "map", "--accept", wrong, cwd=place)
        assert (ran.status, f"did you mean: kg scope map --accept {hint}" in ran.stderr) == (2, True), ran.stderr


def test_lists_that_kg_ships_are_added_by_name(kg: Kg, place: Path) -> None:
    assert kg("scope", "add", "twelve-factor", cwd=place).stdout == "ontology/scope/twelve-factor.md\n"
    (row,) = coverage(kg, place)
    assert (row["topics"], row["edition"]) == (12, "commit 1e13af5")
    assert row["title"]["zh"] == "十二要素应用：各要素"
    assert "kg scope add twelve-factor\n" in kg("scope", "add", "twelve-fctor", cwd=place).stderr


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("list.md", "---\ntitle: [\n---\n- [ ] A\n", "list.md:3:1: "),
        ("list.md", "---\nsource: x\n---\nno item\n", "list.md: the list has no topic"),
        ("list.md", "- [ ] ![](x.png)\n", "list.md:1: a topic without a name"),
        ("list.md", f"- [ ] {'x' * 600}\n", "list.md:1: a name of more than 500 characters"),
        ("list.md", "- [ ] " + "<!--" * 200_000, "list.md:1: a name of more than 500 characters"),
        ("list.md", "# " + "#" * 900_000 + "b\n- [ ] " + "[[" * 400, "list.md:2: a name of more than 500 characters"),
        ("list.md", "- [ ] topic\n" * 20_001, "20,001 topics; at most 20,000 are read"),
        ("list.md", "---\na: &a [x]\nb: " + "[" * 100 + "\n---\n- [ ] A\n", "list.md:3:"),
        ("list.md", b"- [ ] \xff\n", "list.md:1: it is not in UTF-8"),
        ("list.csv", "description\nx\n", "list.csv:1: the table has no column of topics"),
        ("list.csv", "topic" + ",x" * 5000 + "\n", "list.csv:1: a row of more than 4,000 cells"),
        ("mapping.csv", "list,topic,concept,decision\na,b,c,perhaps\n", "mapping.csv:2: a mapping names"),
        ("mapping.csv", "list,topic,concept\na,http://x/<y>,c\n", "mapping.csv:2: 'http://x/<y>' is not an IRI"),
        ("list.md", b"- [ ] x\n" * 200_000, "it has more than"),
        ("list.md", Path("/etc/passwd"), "the link leads out"),
    ],
)  # fmt: skip
def test_hostile_lists_end_with_their_place(kg: Kg, place: Path, name: str, data: str | bytes | Path, message: str) -> None:
    path = place / "ontology/scope" / name
    if isinstance(data, Path):
        path.symlink_to(data)
    else:
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    ran = kg("coverage", cwd=place)
    assert ran.status == 2
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr


def test_findings_point_into_the_files_that_people_wrote(kg: Kg, place: Path) -> None:
    (place / "ontology/scope/course.md").write_text("- [ ] Pods\n", "utf-8")
    (place / "ontology/scope/mapping.csv").write_text("list,topic,concept\ncourse,pods,gone\ncourse,nothing,pod\n", "utf-8")
    lines = kg("check", "--select", "KG6", "--format", "github", cwd=place).stdout
    found = [line.partition("file=")[2].partition(",col=")[0] for line in lines.splitlines()]
    assert [f"ontology/scope/{x}" for x in ("mapping.csv,line=2", "mapping.csv,line=3")] == found


def test_a_gate_of_no_worse_compares_with_where_the_change_began(kg: Kg, place: Path) -> None:
    scope = place / "ontology/scope"
    (scope / "course.md").write_text("- [ ] Pods\n- [ ] Service mesh\n", "utf-8")
    (scope / "mapping.csv").write_text("list,topic,concept\ncourse,pods,pod\n", "utf-8")
    with (place / "kg.toml").open("a") as file:
        file.write('[gates]\ntheory_coverage = [10, "no-worse"]\ncompetency = "no-worse"\n')
    assert "is in no git repository" in kg("metrics", cwd=place).stderr
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-qm", "one")
    equal = kg("metrics", cwd=place)
    assert (equal.status, "the commit before HEAD is not here" in equal.stderr) == (2, True)
    git(place, "switch", "-qc", "change")
    (place / "concepts/pod.md").write_text("---\nid: pod\n---\n# Pod\n", "utf-8")
    git(place, "commit", "-qam", "worse")
    for extra in ((), ("--base-revision", "main")):
        worse = kg("metrics", *extra, cwd=place)
        assert worse.status == 1
        assert "theory_coverage is 0%, required 50.0% (it must be no worse than at main (" in worse.stderr
        assert "50.0 points less)" in worse.stderr
    assert "不得低于 main (" in kg("metrics", "--lang", "zh", cwd=place).stderr
    # An absolute gate beside it holds too; a build compares with nothing.
    assert kg("build", "--stage", "metrics", "-q", cwd=place).status == 1
    (place / "concepts/mesh2.md").write_text(NOTE.format(id="mesh2", en="Mesh", zh="网"), "utf-8")
    (scope / "mapping.csv").write_text("list,topic,concept\ncourse,pods,mesh2\n", "utf-8")
    good = kg("metrics", cwd=place)
    assert (good.status, "compared with main (" in good.stderr) == (0, True)
    assert kg("metrics", "--fail-under", "linkage=no-worse", "--format", "json", cwd=place).status == 0
    refused = kg("metrics", "--config", "gates.linkage=no-wrose", cwd=place)
    assert 'write linkage = 90, or linkage = "no-worse"' in refused.stderr


def test_a_change_of_coverage_is_said_in_a_comment_and_a_badge(kg: Kg, place: Path) -> None:
    scope = place / "ontology/scope"
    (scope / "course.md").write_text("- [ ] Pods\n- [ ] Service mesh\n", "utf-8")
    (scope / "mapping.csv").write_text("list,topic,concept\ncourse,pods,pod\n", "utf-8")
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-qm", "one")
    (scope / "course.md").write_text("- [ ] Pods\n- [ ] Service mesh\n- [ ] <b>New</b>\n", "utf-8")
    (scope / "mapping.csv").write_text("list,topic,concept\ncourse,service-mesh,mesh\n", "utf-8")
    topics = json.loads(kg("diff", "HEAD", "--format", "json", cwd=place).stdout)["topics"]
    assert {kind: [t["name"] for t in rows] for kind, rows in topics.items()} == {
        "met": ["Service mesh"], "lost": ["Pods"], "open": ["<b>New</b>"],
    }  # fmt: skip
    comment = kg("diff", "HEAD", "--format", "markdown", cwd=place).stdout
    assert "<details open><summary>Topics no longer covered: 1</summary>\n\n- course: Pods" in comment
    assert "<b>New" not in comment
    for lang, text in (("en", "Theory coverage: 33.3%"), ("zh", "理论覆盖率: 33.3%")):
        badge = ET.fromstring(kg("metrics", "--badge", "theory_coverage", "--lang", lang, cwd=place).stdout)  # noqa: S314  # ours
        assert badge.attrib["aria-label"] == text
        assert "http" not in "".join(str(v) for e in badge.iter() for v in e.attrib.values())
    assert kg("metrics", "--badge", "coverage", cwd=place).status == 2
