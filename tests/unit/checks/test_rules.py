"""Every rule by a knowledge base that makes it fire once, at the right place, and one that keeps it silent."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from kg import knowledge, notes
from kg.base import settings
from kg.checks import RULES, Rule, rules
from kg.checks.rule import found_elsewhere
from kg.evidence.review.records import ConceptReview, seal_of
from kg.model import Finding

sys.path.insert(0, str(Path(__file__).parent))

import examples  # it stands beside this file

ROOT = Path(__file__).resolve().parents[3]
Write = Callable[[Mapping[str, str | bytes]], Path]
Files = Mapping[str, str | bytes]


class Case(NamedTuple):
    code: str
    name: str
    bad: Files
    place: str
    """``path:line:column`` of the one finding."""
    says: str
    """A part of its message or hint."""
    good: Files


def _note(text: str, **others: str) -> dict[str, str | bytes]:
    return {"concepts/n.md": text} | {f"concepts/{k}.md": v for k, v in others.items()}


CASES = (
    Case("KG101", "bytes", {"concepts/n.md": b"# N\n\n\xe4\xb8\xad ab\xff\n"}, "n.md:3:5", "0xff", _note("# N\n\n中 ab�\n")),
    Case(
        "KG102",
        "yaml",
        _note("---\nid: n\ntitle: [open\n---\n# N\n"),
        "n.md:4:1",
        "can't be read",
        _note("---\ntitle: '[open'\n---\n"),
    ),
    Case("KG102", "list", _note("---\n- a\n- b\n---\n# N\n"), "n.md:2:1", "keys and values", _note("---\na: b\n---\n# N\n")),
    Case("KG103", "yaml", _note("---\nid: n\n\n# N\n"), "n.md:1:1", "---", _note("---\nid: n\n---\n\n# N\n")),
    Case(
        "KG104",
        "fence",
        _note("# N\n\n- ```python\n  x\n\n~~~\nrest\n"),
        "n.md:6:1",
        "~~~",
        _note("# N\n\n- ```python\n  x\n\n~~~\nrest\n~~~\n"),
    ),
    Case(
        "KG105",
        "percent",
        _note("# N\n\na %% b\n", other="[[n]]\n"),
        "n.md:3:3",
        "%%",
        _note("# N\n\na %% b %%\n`%%`\n", other="[[n]]\n"),
    ),
    Case("KG105", "html", _note("# N\n\n中文\n\n<!-- a\n"), "n.md:5:1", "<!--", _note("# N\n\n<!-- a -->\n")),
    Case("KG106", "empty", _note("", other="# O\n"), "n.md:1:1", "empty", _note("x", other="# O\n")),
    Case(
        "KG201",
        "wikilink",
        _note("# N\n\n中文 [[othr]]\n", other="# O\n"),
        "n.md:3:4",
        "other.md",
        _note("[[other]]", other="# O\n"),
    ),
    Case(
        "KG201",
        "front matter",
        _note("---\nuses: ['[[a]]', '[[gone]]']\n---\n", a="# A\n"),
        "n.md:2:18",
        "no note is named",
        _note("---\nuses: '[[a]]'\n---\n", a="# A\n"),
    ),
    Case(
        "KG202",
        "anchor",
        _note("# N\n\n[x](a.md#hom)\n", a="# A\n\n## Home\n"),
        "n.md:3:1",
        "#home",
        _note("[x](a.md#home)\n", a="# A\n\n## Home\n"),
    ),
    Case(
        "KG203",
        "picture",
        _note("# N\n\n![p](p.png)\n"),
        "n.md:3:1",
        "there is no file at",
        {**_note("![p](p.png)\n"), "concepts/p.png": b"PNG"},
    ),
    Case(
        "KG204",
        "same name",
        {**_note("# N\n\n- [[x]]\n"), "concepts/a/x.md": "# X1\n", "concepts/b/x.md": "# X2\n"},
        "n.md:3:3",
        "a/x.md, b/x.md",
        {**_note("[[a/x]]\n"), "concepts/a/x.md": "# X1\n", "concepts/b/x.md": "# X2\n"},
    ),
    Case(
        "KG205",
        "half",
        _note("# N\n\n## 家 / Home\n\n[x](#家)\n"),
        "n.md:5:1",
        "家 / Home",
        _note("# N\n\n## 家 / Home\n\n[x](#家--home)\n"),
    ),
    Case(
        "KG206",
        "link",
        _note("# N\n\nSee [[n]].\n"),
        "n.md:3:5",
        "links to itself",
        _note("# N\n\n## Part\n\nSee [[#Part]].\n"),
    ),
    Case(
        "KG206",
        "relation",
        _note("---\nid: n\nuses: '[[n]]'\n---\n"),
        "n.md:3:8",
        "'uses'",
        _note("---\nid: n\nuses: '[[a]]'\n---\n", a="# A\n"),
    ),
    Case(
        "KG302",
        "label",
        {
            **_note("# N\n"),
            "concepts/m.md": "---\nid: m\ntitle: {en: A, zh: 乙}\n---\n",
            "concepts/o.md": "---\nid: o\ntitle: {zh: 甲, en: Oh}\n---\n",
            "concepts/p.md": "---\nid: p\ntitle: {zh: a, fr: Oh}\n---\n",
        },
        "",
        "",
        _note("# N\n"),
    ),
    Case(
        "KG303",
        "definition",
        _note("---\nid: n\n---\n# Enn\n"),
        "n.md:4:1",
        "'Enn'",
        _note("---\nid: n\ndefinition: It is.\n---\n# Enn\n"),
    ),
    Case("KG303", "section", _note("# N\n\n## Notes\n\nIt is.\n"), "n.md:1:1", "'N'", _note("# N\n\n## 定义\n\nIt is.\n")),
    Case(
        "KG401",
        "two",
        _note("---\nid: n\nuses: '[[a]]'\npart-of: '[[a]]'\n---\n", a="---\nid: a\nbroader: '[[n]]'\n---\n"),
        "a.md:3:11",
        "n → a → n|a → n → a",
        _note("---\nuses: '[[a]]'\n---\n", a="---\nbroader: '[[n]]'\n---\n"),
    ),
    Case(
        "KG402",
        "grandparent",
        _note(
            "---\nid: n\ndepends-on: '[[a]]'\nbroader: ['[[b]]', '[[a]]']\n---\n",
            b="---\nid: b\nbroader: '[[a]]'\n---\n",
            a="---\nid: a\n---\n",
        ),
        "n.md:4:21",
        "'a' already follows",
        _note(
            "---\nid: n\ndepends-on: '[[a]]'\nbroader: '[[b]]'\n---\n",
            b="---\nid: b\nbroader: '[[a]]'\n---\n",
            a="---\nid: a\n---\n",
        ),
    ),
    Case(
        "KG403",
        "alone",
        _note("# N\n\n[[a]]\n", a="---\nid: a\nbroader: '[[b]]'\n---\n", b="---\nid: b\n---\n"),
        "n.md:1:1",
        "'N'",
        {"kg.toml": "top-concepts = ['n']", **_note("# N\n")},
    ),
)


def _findings(folder: Path, code: str) -> list[Finding]:
    return [f for f in knowledge.KnowledgeBase(settings.load_settings(folder)).findings if f.code == code]


@pytest.mark.parametrize("case", [c for c in CASES if c.place], ids=lambda c: f"{c.code}-{c.name}")
def test_fires_once_at_its_place(base: Write, case: Case) -> None:
    found = _findings(base(case.bad), case.code)
    assert [f"{f.path}:{f.line}:{f.column}" for f in found] == [case.place]
    assert re.search("|".join(map(re.escape, case.says.split("|"))), f"{found[0].message} {found[0].hint}")
    rule = next(r for r in RULES if r.code == case.code)
    assert (found[0].name, found[0].severity) == (rule.name, rule.severity)
    assert found[0].hint


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.code}-{c.name}")
def test_is_silent_where_nothing_is_wrong(base: Write, case: Case) -> None:
    assert _findings(base(case.good), case.code) == []


def test_labels_are_compared_within_a_language(base: Write) -> None:
    """``A`` and ``a`` in English and Chinese are two labels; the same in one language are one."""
    case = next(c for c in CASES if c.code == "KG302")
    assert _findings(base(case.bad), "KG302") == []


def test_two_notes_of_one_label_are_both_named(base: Write) -> None:
    found = _findings(
        base({"concepts/a.md": "# Raft\n", "concepts/b.md": "\n\n# RAFT\n", "concepts/c.md": "# Paxos\n"}), "KG302"
    )
    assert [(f.path, f.line, f.column) for f in found] == [("a.md", 1, 1), ("b.md", 3, 1)]
    assert "b.md" in found[0].message
    assert "a.md" in found[1].message


def test_duplicate_ids(base: Write) -> None:
    """Both notes are told, each of the other."""
    files = {"concepts/a.md": "---\nid: same\n---\n", "concepts/b.md": "---\ntitle: B\nid: same\n---\n"}
    found = _findings(base(files), "KG301")
    assert [(f.path, f.line, f.column) for f in found] == [("a.md", 2, 5), ("b.md", 3, 5)]
    assert "b.md" in found[0].message
    assert "a.md" in found[1].message
    assert not _findings(base({**files, "concepts/b.md": "---\nid: other\n---\n"}), "KG301")


def test_a_file_that_cannot_be_read(base: Write) -> None:
    """A symbolic link to itself: permissions don't bind root."""
    folder = base(_note("# N\n"))
    assert _findings(folder, "KG107") == []
    (folder / "concepts/loop.md").symlink_to("loop.md")
    (found,) = _findings(folder, "KG107")
    assert (found.path, found.line, found.column) == ("loop.md", 1, 1)
    assert "symbolic links" in found.message


def test_what_is_no_file_or_leads_out_is_left_out_and_said(base: Write) -> None:
    folder = base({**_note("# N\n"), "outside/secret.md": "# Secret\n", "concepts/sub/m.md": "# M\n"})
    concepts = folder / "concepts"
    (concepts / "inside.md").symlink_to("n.md")
    (concepts / "again").symlink_to(".")
    (concepts / ".#n.md").symlink_to("me@host.1")
    assert _findings(folder, "KG111") == []
    os.mkfifo(concepts / "pipe.md")
    (concepts / "zero.md").symlink_to("/dev/zero")
    (concepts / "gone.md").symlink_to("nothing.md")
    (concepts / "secret.md").symlink_to(folder / "outside/secret.md")
    (concepts / "linked").symlink_to(folder / "outside")
    found = _findings(folder, "KG111")
    assert {f.path: f.message.removeprefix("not read: ") for f in found} == {
        "pipe.md": "it is not a file",
        "zero.md": "it is not a file",
        "gone.md": "the link leads to nothing",
        "secret.md": "the link leads out of the notes",
        "linked": "the link leads out of the notes",
    }


def test_a_note_that_is_too_large(base: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_BYTES", 100)
    (found,) = _findings(base(_note("# N\n" + "word " * 30, small="# S\n")), "KG108")
    assert (found.path, found.line, found.column) == ("n.md", 1, 1)
    assert "more than 100 bytes" in found.message


def test_a_cycle_of_three_and_one_of_two(base: Write) -> None:
    ring = {f"concepts/{a}.md": f"---\nid: {a}\nbroader: '[[{b}]]'\n---\n" for a, b in ("ab", "bc", "ca", "xy", "yx")}
    found = _findings(base(ring), "KG401")
    assert len(found) == 2
    assert "form a cycle" in found[0].message
    # the circle is told in the order of broader: a → b → c → a
    assert "b → c → a" in found[0].message.replace("a → b → c → a", "b → c → a")


def test_findings_come_in_the_order_of_places(base: Write) -> None:
    files = {f"concepts/{n}.md": "# X\n\n[[q]] [[r]]\n\n[[s]]\n" for n in "cab"}
    found = knowledge.KnowledgeBase(settings.load_settings(base(files))).findings
    places = [(f.path, f.line, f.column, f.code) for f in found]
    assert places == sorted(places)
    assert len(set(found)) == len(found)


def test_places_lie_in_the_notes(base: Write) -> None:
    """Wherever a finding points, there is such a line and such a column."""
    for case in CASES:
        folder = base({f"{case.code}-{case.name}/{k}": v for k, v in case.bad.items()}) / f"{case.code}-{case.name}"
        for f in knowledge.KnowledgeBase(settings.load_settings(folder)).findings:
            lines = (folder / "concepts" / f.path).read_bytes().decode("utf-8", "replace").split("\n")
            assert 1 <= f.line <= len(lines), f
            assert 1 <= f.column <= len(lines[f.line - 1]) + 1, f


def test_rules_are_documented_and_told_apart() -> None:
    assert len({r.code for r in RULES}) == len(RULES)
    assert len({r.name for r in RULES}) == len(RULES)
    assert [r.code for r in RULES] == sorted(r.code for r in RULES)
    for rule in RULES:
        assert re.fullmatch(r"KG[1-7]\d\d", rule.code)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
        for texts, mark in ((rule.what, ".。"), (rule.why, ".。"), (rule.fix, "")):
            assert set(texts) == {"en", "zh"}, rule.code
            for lang, said in texts.items():
                assert said.strip() == said != "", rule.code
                assert (said[-1] in ".。") == bool(mark), (rule.code, said)
                assert lang != "zh" or re.search("[\u4e00-\u9fff]", said), (rule.code, said)


def test_each_rule_is_a_file_of_its_name_and_the_list_has_them_all() -> None:
    package = Path(rules.__file__).parent
    modules = {
        path.stem: (path.parent.name, path.read_text(encoding="utf-8"))
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }
    queries = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "ontology/checks").glob("*.rq")}
    assert sorted(modules) == sorted(rule.name.replace("-", "_") for rule in rules.RULES)
    assert [rule.code for rule in rules.RULES] == sorted(rule.code for rule in rules.RULES)
    areas: dict[str, set[str]] = {}
    for rule in rules.RULES:
        area, text = modules[rule.name.replace("-", "_")]
        areas.setdefault(area, set()).add(rule.code[:3])
        assert text.startswith(f'"""{rule.code} {rule.name}."""'), rule.code
        assert f'code="{rule.code}"' in text
    assert all(len(families) == 1 for families in areas.values()), areas
    assert len(set.union(*areas.values())) == len(areas)
    assert {rule.name for rule in RULES if rule not in rules.RULES} == set(queries)
    for rule in RULES:
        assert rule.name not in queries or f"# code: {rule.code}\n# name: {rule.name}\n" in queries[rule.name]
        page = (ROOT / f"docs/rules/{rule.code}.md").read_text(encoding="utf-8")
        assert page.startswith(f"# {rule.code} `{rule.name}`")


def test_a_rule_says_what_it_looks_at() -> None:
    about = {key: {"en": "x", "zh": "x"} for key in ("what", "why", "fix")}
    with pytest.raises(TypeError, match="scope"):
        Rule(code="KG999", name="x", severity="info", find=found_elsewhere, **about)  # type: ignore[call-arg]


RULES_WITH_EXAMPLES = [r for r in RULES if r.code not in examples.SILENT]


@pytest.mark.parametrize("rule", RULES_WITH_EXAMPLES, ids=lambda r: r.code)
def test_the_example_fires_the_rule_and_its_fix_keeps_it_silent(tmp_path: Path, rule: Rule) -> None:
    found = examples.findings(tmp_path / "bad", rule.bad, rule.code)
    assert found, rule.code
    assert all(f.hint and f.name == rule.name for f in found)
    for f in found:
        places = ((tmp_path / "bad" / folder / f.path).resolve() for folder in ("concepts", "."))  # a bibliography is above
        lines = next(place for place in places if place.is_file()).read_bytes().decode("utf-8", "replace").split("\n")
        assert 1 <= f.line <= len(lines), f
        assert 1 <= f.column <= len(lines[f.line - 1]) + 1, f
    assert examples.findings(tmp_path / "good", rule.good, rule.code) == ()


def test_what_the_examples_give_is_as_it_was_read_last(tmp_path: Path) -> None:
    hint = "if the new findings are true, run: PYTHONPATH=. python tests/unit/checks/examples.py"
    assert examples.snapshots(tmp_path) == examples.SNAPSHOT.read_text(encoding="utf-8"), hint


def test_rules_without_an_example_are_tested_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in examples.SILENT if f'"{code}"' not in here] == []


def test_a_signed_review_goes_stale_with_its_note(base: Write) -> None:
    """The last record of each person counts."""
    folder = base(_note("# N\n\nText.\n", m="# M\n"))
    digest = hashlib.sha256(b"# N\n\nText.\n").hexdigest()
    records = [
        ConceptReview(by=by, when=when, digest=what, subject=subject, verdict="approved")
        for by, when, what, subject in (
            ("Wei", "2026-01-02T00:00:00Z", "0" * 64, "n"),
            ("Wei", "2026-02-03T00:00:00Z", digest, "n"),
            ("Ada", "2026-01-02T00:00:00Z", digest, "n"),
            ("Ada", "2026-01-02T00:00:00Z", "1", "gone"),
        )
    ]
    file = folder / "ontology/snapshot/reviews.jsonl"
    file.parent.mkdir(parents=True)
    sealed = [msgspec.structs.replace(record, seal=seal_of(record)) for record in records]
    file.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in sealed))
    assert _findings(folder, "KG551") == []
    (folder / "concepts/n.md").write_text("# N\n\nOther text.\n")
    found = _findings(folder, "KG551")
    assert [(f.path, f.line) for f in found] == [("n.md", 1), ("n.md", 1)]
    assert [m for f in found for m in re.findall(r"since (\w+) reviewed it on (\S+)", f.message)] == [
        ("Ada", "2026-01-02"), ("Wei", "2026-02-03"),
    ]  # fmt: skip


def test_changes_of_what_judges_are_findings(base: Write) -> None:
    """KG124 and KG125 are told of a base revision alone, which `tests/security/test_base_revision.py` has."""
    from kg.checks import TrustedChange

    folder = base({"concepts/a.md": "# A\n", "kg.toml": "\ntitle = 'x'\n"})
    changes = (
        TrustedChange("kg.toml", 2, "title: not set → x", "main"),
        TrustedChange("ontology/a.ttl", 1, "it is new", "main"),
    )
    options = knowledge.CheckOptions(["KG12"], changes=changes)
    found = knowledge.check_notes(settings.load_settings(folder), knowledge.How(), options)
    assert [(f.code, f.path, f.line) for f in found.findings] == [
        ("KG124", "../kg.toml", 2),
        ("KG125", "../ontology/a.ttl", 1),
    ]
    assert found.findings[0].message == "kg.toml differs from main: title: not set → x"
    assert all(f.severity == "warning" for f in found.findings)


def test_questions_that_are_refused_are_findings(base: Write) -> None:
    """KG127 is found where questions are asked, not by a check."""
    folder = base({
        "concepts/a.md": "# A\n", "ontology/questions/q.rq": "# Which?\nSELECT ?n { ?n ?p }",
        "ontology/questions/q.csv": "n\nx\n",
    })  # fmt: skip
    found = [f for f in knowledge.KnowledgeBase(settings.load_settings(folder)).findings if f.code == "KG127"]
    assert [(f.path, f.line, f.severity) for f in found] == [("../ontology/questions/q.rq", 2, "error")]
    assert "the question q has no answer" in found[0].message
