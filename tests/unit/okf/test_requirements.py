"""Each requirement of the Open Knowledge Format that kg has a part in; docs/okf.md lists them with the test that holds each."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bundles import ask, base_of, check, codes, concept, places, verdict, write

from kg import knowledge
from kg.base.names import PREFIXES
from kg.base.settings import load_settings
from kg.checks import RULES
from kg.checks.profiles import judge_bundle
from kg.checks.rule import example_files
from kg.model import Broken
from kg.notes.okf.reserved import VERSION

DOCS = Path(__file__).resolve().parents[3] / "docs/okf.md"
Kg = Callable[..., Any]
ORDERS = concept("type: BigQuery Table\ntitle: Orders\ndescription: One row for each order.")


# Structure (§3, §4, §11)


def test_reserved_names_are_no_concepts(tmp_path: Path) -> None:
    files = {
        "index.md": "# Tables\n\n* [Orders](orders.md) - One.\n",
        "log.md": concept("type: Log", "# Log\n\n## 2026-05-01\n\n* Begun.\n"),
        "orders.md": ORDERS,
        "sub/index.md": concept("type: Metric"),
        "sub/log.md": "",
    }
    folder = write(tmp_path, files)
    assert [c.id for c in base_of(folder).corpus.concepts.values()] == ["orders"]
    assert places(folder) == ["KG703 sub/index.md:2:1"]
    assert dict(verdict(folder).violations) == {"§11.3": 1}


def test_every_other_file_is_a_concept_with_its_path_as_id(tmp_path: Path) -> None:
    names = ("README.md", "a/README.md", "templates/t.md", "2026-05-01.md", "表/订单 1.md", "Index.md")
    files = dict.fromkeys(names, ORDERS)
    found = base_of(write(tmp_path, files | {"b.md": concept("type: Page\nid: other\nlayout: x")})).corpus.concepts
    assert sorted(c.id for c in found.values()) == sorted([*(name[:-3] for name in files), "b"])


def test_files_with_other_endings_are_no_concepts(tmp_path: Path, kg: Kg) -> None:
    others = {"b.mdx": "hi\n", "C.MD": "# C\n", "d.markdown": "---\ntype: [open\n---\n", "e.ipynb": "{}", "f.qmd": b"\xff\n"}
    folder = write(tmp_path, {"a.md": concept("type: X", "[b](b.mdx)\n"), **others}, declared=False)
    ran = kg("check", "--profile", "okf", "-C", folder)
    assert "Open Knowledge Format 0.2, 1 concept: conformant" in ran.stderr, ran.stderr
    (folder / "kg.toml").write_text('[reading]\ndialect = "okf"\n')
    assert kg("export", "okf", "-C", folder, "-o", folder / "out").status == 0
    written = {p.name: p.read_bytes() for p in (folder / "out").iterdir() if p.name not in ("index.md", "log.md")}
    assert written == {p.name: p.read_bytes() for p in (folder / "concepts").iterdir()}


def test_front_matter_is_required(tmp_path: Path) -> None:
    files = {
        "a.md": "# A\n",
        "b.md": "+++\ntype = 'Metric'\n+++\n",
        "c.md": "---\ntype: [open\n---\n",
        "d.md": "---\ntype: Metric\n",
        "e.md": "",
        "f.md": b"\xef\xbb\xbf---\r\ntype: Metric\r\n---\r\n# F\r\n",
        "g.md": "\n---\ntype: Metric\n---\n",
        "h.md": "---\n- type\n---\n",
    }
    result = verdict(write(tmp_path, files))
    assert dict(result.violations) == {"§11.1": 7}
    assert not result.conformant


def test_files_are_utf_8(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": ORDERS.encode() + b"caf\xe9\n"})
    assert dict(verdict(folder).violations) == {"§4": 1}


@pytest.mark.parametrize(
    "front", ["title: A", "type:", "type: ''", "type: '  '", "type: []", "type: {}", "Type: Metric", "type: ~"]
)
def test_type_is_required(tmp_path: Path, front: str) -> None:
    folder = write(tmp_path, {"a.md": concept(front)})
    assert dict(verdict(folder).violations) == {"§11.2": 1}


@pytest.mark.parametrize(
    "kind", ["BigQuery Table", "Template", "section", "指标", "5", "true", "'a: b'", "[A, B]", "task", "page"]
)
def test_any_type_is_kept(tmp_path: Path, kind: str) -> None:
    folder = write(tmp_path, {"a.md": concept(f"type: {kind}\ndescription: D.")})
    assert verdict(folder).conformant
    (found,) = base_of(folder).corpus.concepts.values()
    assert found.provenance is not None
    assert found.provenance.type == re.sub(r"[\[\]']", "", kind)


def test_a_type_alone_is_enough(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": concept("type: X"), "b.md": "---\ntype: X\n---"})
    assert verdict(folder).conformant
    assert verdict(folder).clean


def test_unknown_keys_are_accepted_and_survive(tmp_path: Path) -> None:
    text = concept("type: X\nnot: [{term: a, why: b}]\nx-深: {y: 1}\nZ: &a 1\nw: *a", "# Body\r\n")
    folder = write(tmp_path, {"a.md": text, "index.md": "# X\n\n* [a](a.md)\n", "log.md": "# Log\n"})
    assert verdict(folder).clean
    (exported,) = [a for a in knowledge.export_bundle(load_settings(folder)) if a.path == "a.md"]
    assert exported.data == text.encode()


def test_keys_are_exact(tmp_path: Path) -> None:
    """A key in other letters is an unknown key: it means nothing, survives, and information names the key that is near."""
    front = (
        "type: X\ndescription: D.\nStatus: deprecated\nTags: [t]\nVerified: {by: 'human:a', at: 2026-01-01}\n"
        "STALE_AFTER: 2000-01-01\nstatus: draft\nTitle: T\nOwner: o\nowner: p\nsources: [{resource: all, Author: x}]"
    )
    text = concept(front)
    folder = write(tmp_path, {"a.md": text, "b.md": concept("type: X\ndescription: D.\nowner: a\nowner: b\nx: {Y: 1, y: 2}")})
    found = next(c for c in base_of(folder).corpus.concepts.values() if c.id == "a")
    assert (found.tags, found.status, found.label("en")) == ((), "draft", "a")
    assert found.provenance is not None
    assert (found.provenance.tier, found.provenance.stale_after, found.provenance.sources[0].author) == ("unverified", "", "")
    expected = [f"KG715 a.md:{place}" for place in ("4:1", "5:1", "6:1", "7:1", "9:1", "12:27")]
    assert places(folder) == [*expected, "KG114 b.md:5:1"]
    (message,) = [f.message for f in check(folder).findings if f.line == 7]
    assert "'STALE_AFTER' is not the key 'stale_after'" in message
    assert {a.path: a.data for a in knowledge.export_bundle(load_settings(folder))}["a.md"] == text.encode()


def test_a_value_that_does_not_fit_its_tag_is_its_text(tmp_path: Path) -> None:
    values = "x: !!int abc\ny: [!!timestamp foo, !!float '', !!bool maybe, <<]\n!!int k: !!binary '*'\n<<: z"
    text = concept(f"type: X\ndescription: D.\n{values}")
    folder = write(tmp_path, {"a.md": text})
    assert codes(folder) == []
    read = base_of(folder).corpus.notes["a.md"].metadata
    assert (read["x"], read["y"], read["<<"]) == ("abc", ["foo", "", "maybe", "<<"], "z")
    assert {a.path: a.data for a in knowledge.export_bundle(load_settings(folder))}["a.md"] == text.encode()


def test_the_description_is_the_definition(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": concept("type: X\ndefinition: No.\ndescription: Net of tax.", "Text.")})
    (found,) = base_of(folder).corpus.concepts.values()
    assert found.definitions == {"en": "Net of tax."}


# Provenance, trust, age (§5, §7)


def test_a_source_names_a_resource(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": concept("type: X\ndescription: D.\nsources:\n  - {id: a}\n  - {resource: ''}\n  - text")})
    assert codes(folder) == ["KG704"] * 3
    assert verdict(folder).conformant
    assert not verdict(folder).clean


def test_footnotes_are_keyed_to_sources(tmp_path: Path) -> None:
    front = "type: X\ndescription: D.\nsources:\n  - {id: policy, resource: https://example.org/p}"
    text = "A.[^policy] B.[^polcy] C.[^Policy] D.[^1] E.[^note]\n\n    [^polic]\n\n[^policy]: P\n[^polcy]: Q\n[^1]: Ordinary.\n"
    folder = write(tmp_path, {"a.md": concept(front, text)})
    assert places(folder) == ["KG707 a.md:8:15", "KG707 a.md:8:26"]
    assert "'policy' is similar" in check(folder).findings[0].message
    line = "https://example.org/kb/notes/a.md#L8"
    rows = ask(base_of(folder), f"SELECT ?e {{ <{line}> dcterms:source ?d . ?d prov:entity ?e }}")
    assert rows == [("https://example.org/p",)]


def test_usage_is_recorded_and_no_score(tmp_path: Path) -> None:
    front = "type: X\nsources:\n  - {resource: all queries in project X, usage_count: 5000}"
    base = base_of(write(tmp_path, {"a.md": concept(front)}))
    rows = ask(base, "SELECT ?n ?t { ?d kg:usageCount ?n ; dcterms:description ?t }")
    assert rows == [("5000", "all queries in project X")]


def test_generated_names_an_actor(tmp_path: Path) -> None:
    files = {
        f"{n}.md": concept(f"type: X\ndescription: D.\ngenerated: {value}")
        for n, value in enumerate(("{at: 2026-01-01}", "soon", "[]"))
    }
    assert codes(write(tmp_path, files)) == ["KG704", "KG704", "KG704"]


def test_a_bare_verified_mapping_is_a_list_of_one(tmp_path: Path) -> None:
    files = {
        "a.md": concept('type: X\nverified: {by: "human:a", at: 2026-06-25T09:00:00Z}'),
        "b.md": concept('type: X\nverified:\n  - {by: "human:a", at: 2026-06-25T09:00:00Z}'),
    }
    a, b = base_of(write(tmp_path, files)).corpus.concepts.values()
    assert a.provenance == b.provenance
    assert a.provenance is not None
    assert len(a.provenance.verified) == 1


def test_trust_tiers_follow_the_actors(tmp_path: Path) -> None:
    events = {
        "a": "[]",
        "b": '[{by: "process:nightly", at: 2026-01-01}]',
        "c": '[{by: agent/1.0, at: 2026-01-01}, {by: "human:x", at: 2026-01-02}]',
        "d": "yes",
        "e": '[{by: "Human:x", at: 2026-01-01}]',
    }
    base = base_of(write(tmp_path, {f"{n}.md": concept(f"type: X\nverified: {e}") for n, e in events.items()}))
    tiers = {c.id: c.provenance.tier for c in base.corpus.concepts.values() if c.provenance}
    assert tiers == {
        "a": "unverified",
        "b": "machine-confirmed",
        "c": "human-reviewed",
        "d": "unverified",
        "e": "machine-confirmed",
    }
    shares = {m.name: (m.numerator, m.denominator, m.value) for m in base.assessment.measures}
    assert shares["verified_share"] == (3, 5, 0.6)
    assert shares["freshness"] == (0, 0, None)


def test_trust_and_age_come_from_their_fields_alone(tmp_path: Path) -> None:
    """Fields with names that say the same, and whoever wrote a concept, make nobody trust it and nothing stale (§11)."""
    alike = (
        "type: X\ndescription: D.\ntags: [verified]\nstatus: stable\ntrust_tier: human-reviewed\nreviewed: 2000-01-01\n"
        "reviewed_by: human:a\nverified_by: human:a\nexpires: 2000-01-01\nvalid_until: 2000-01-01\nstale: true\n"
        "generated: {by: 'human:a', at: 2000-01-01T00:00:00Z}\n"
        "sources: [{resource: all, author: 'human:a', last_modified: 2000-01-01}]"
    )
    folder = write(
        tmp_path, {"a.md": concept(alike), "b.md": concept(f"{alike}\nverified: {{by: 'process:n', at: 2000-01-01}}")}
    )
    assert check(folder, ("KG7",)).findings == ()
    base = base_of(folder)
    tiers = {c.id: c.provenance.tier for c in base.corpus.concepts.values() if c.provenance}
    assert tiers == {"a": "unverified", "b": "machine-confirmed"}
    assert {m.name: m.denominator for m in base.assessment.measures}["freshness"] == 0


def test_one_query_finds_trust_age_and_successor_in_the_graph(tmp_path: Path) -> None:
    front = (
        "type: X\nstatus: deprecated\nstale_after: 2026-12-31\nverified: {by: 'human:a', at: 2026-01-01}\nsuperseded_by: /b.md"
    )
    base = base_of(write(tmp_path, {"a.md": concept(front), "b.md": concept("type: X")}))
    heads = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    asked = (
        'ASK { ?c dcterms:identifier "%s" ; kg:staleAfter "2026-12-31"^^xsd:date ; kg:trustTier "human-reviewed" ; '
        'owl:deprecated true ; dcterms:isReplacedBy ?n . ?n dcterms:identifier "b" }'
    )
    assert base.graph.store.query(heads + asked % "a")
    assert not base.graph.store.query(heads + asked % "b")


def test_soft_guidance_never_breaks_conformance(tmp_path: Path) -> None:
    """What the rules of bundles report, but those of §11 itself, leaves a bundle conformant."""
    hard = ("no-front-matter", "missing-type", "reserved-file")
    soft = [rule for rule in RULES if rule.code.startswith("KG7") and rule.name not in hard]
    assert len(soft) > 10
    for rule in soft:
        files = example_files(rule.bad, "concepts/a.md")
        folder = write(
            tmp_path / rule.code, {path.removeprefix("concepts/"): text for path, text in files.items() if path != "kg.toml"}
        )
        result = check(folder)
        assert rule.code in {finding.code for finding in result.findings}
        assert judge_bundle(result.corpus, result.findings).conformant


def test_nothing_optional_is_required(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": concept("type: X"), "b.md": concept("type: X", "[a](/a.md)")})
    assert [f for f in check(folder).findings if f.severity == "error"] == []
    assert verdict(folder).clean


BREAKS, ASKS = "not conformant", "conformant"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # Bytes and delimiters.
        ({"a.md": b"\xef\xbb\xbf---\r\ntype: X\r\ntitle: A\r\n---\r\n\r\nSee [b](/b.md).\r\n", "b.md": ORDERS}, "clean"),
        ({"a.md": "---\ntype:\tX\n---   \n", "b.md": "---\ntype: X\n---"}, "clean"),
        ({"a.md": "---\ntype: X\n---\n".encode("utf-16"), "b.md": ORDERS}, BREAKS),
        ({"a.md": "---\ntype: X\nx: !!python/object:os.system {}\n---\n"}, "clean"),
        ({"a.md": "---\ntype: X\n...\n\nText\n"}, BREAKS),
        ({"a.md": "---\ntype: X\n...\n\nText\n\n---\n\nMore\n"}, BREAKS),
        # Names: only `index.md` and `log.md` are reserved; only git's own files are not part of a bundle.
        ({"INDEX.md": ORDERS, "Log.md": ORDERS, "index.md.md": ORDERS}, "clean"),
        ({".git/x.md": "x", "a.md": ORDERS, ".b/c.md": ORDERS, "node_modules/d.md": ORDERS}, "clean"),
        ({".obsidian/y.md": "y", "a.md": ORDERS}, BREAKS),
        ({"node_modules/y.md": "y", "a.md": ORDERS}, BREAKS),
        ({".gitignore": "y.md\n", "y.md": "y", "a.md": ORDERS}, BREAKS),
        # Types and further keys of any kind.
        ({"表/订单 表.md": concept("type: 数据表", "[客户](/表/客户.md#字段), [无](</表/没 有.md>)"),
          "表/客户.md": concept("type: 数据表\n标签: {甲: [乙]}", "# 字段\n")}, "clean"),
        ({"a.md": concept("type: 42\ntitle: 2026\ndescription: 5\nresource: 7")}, "clean"),
        ({"a.md": concept("type: X\nx: !unit {value: 3}\n? [a, b]\n: {? {c: d} : !e f}\n!g y: !h [1]")}, "clean"),
        ({"a.md": concept("type: X\nskos: 5"), "b.md": concept("type: X\nskos: {a: b}")}, "clean"),
        ({"a.md": concept("type:")}, BREAKS),
        # What a source may name, and what is only asked for.
        ({"a.md": concept("type: X\nsources:\n  - {resource: all queries in project X, usage_count: 3}")}, "clean"),
        ({"a.md": concept("type: X\nsources: [https://x.org]")}, ASKS),
        ({"a.md": concept("type: X\nverified: {by: 'human:x'}")}, ASKS),
        ({"a.md": concept("type: X\nverified: []\nstale_after: someday\nstatus: 过时\ntags: a, b")}, ASKS),
        ({"a.md": concept("type: X", "---\n\n```md\n[x](/none.md)\n```\n\n---\n")}, "clean"),
    ],
)  # fmt: skip
def test_odd_bundles(tmp_path: Path, files: dict[str, str | bytes], expected: str) -> None:
    """A bundle breaks the specification, or meets it and is asked for more, or is clean; its export is conformant too."""
    folder = write(tmp_path, files)
    found = verdict(folder)
    assert (found.conformant, found.clean) == {BREAKS: (False, False), ASKS: (True, False), "clean": (True, True)}[expected]
    assert not any("nothing" in f.message for f in check(folder).findings)
    if expected != BREAKS:
        for artifact in knowledge.export_bundle(load_settings(folder), b""):
            path = tmp_path / "exported/concepts" / artifact.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(artifact.data)
        (tmp_path / "exported/kg.toml").write_text('[reading]\ndialect = "okf"\n', encoding="utf-8")
        assert verdict(tmp_path / "exported").conformant


def test_people_are_named_with_their_prefix(tmp_path: Path) -> None:
    events = 'verified:\n  - {by: alice, at: 2026-01-01}\n  - {by: "human:", at: 2026-01-01}'
    front = f"type: X\ndescription: D.\n{events}\ngenerated: {{by: a/b}}"
    assert places(write(tmp_path, {"a.md": concept(front)})) == ["KG706 a.md:5:10", "KG706 a.md:6:11"]


def test_stale_after_is_a_day_or_an_instant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790121600")  # 2026-09-23T00:00:00Z
    dates = {
        "a": "2026-09-23", "b": "2026-09-24", "c": "2026-09-23T00:00:00Z", "d": "2026-09-23T01:00:00+02:00",
        "e": "2026-09-22T23:30:00-01:00", "f": "soon", "g": "'2026-09-22 10:00:00'",
    }  # fmt: skip
    files = {f"{n}.md": concept(f"type: X\ndescription: D.\nstale_after: {d}") for n, d in dates.items()}
    folder = write(tmp_path, files)
    found = {f.path[0]: f.code for f in check(folder).findings}
    assert found == {"a": "KG708", "c": "KG708", "d": "KG708", "f": "KG705", "g": "KG708"}
    (freshness,) = [m for m in base_of(folder).assessment.measures if m.name == "freshness"]
    assert (freshness.numerator, freshness.denominator) == (2, 6)


def test_dates_have_any_form_of_iso_8601(tmp_path: Path) -> None:
    front = "type: X\ndescription: D.\ngenerated: {by: a/1, at: 20260620T225305Z}\nverified: {by: a/1, at: %s}"
    files = {f"{n}.md": concept(front % at) for n, at in enumerate(("2026-W25-1", "2026-06-15", "2026-W25", "2026-W60-1"))}
    assert places(write(tmp_path, files)) == ["KG705 2.md:5:25", "KG705 3.md:5:25"]


def test_the_status_is_one_of_three(tmp_path: Path) -> None:
    files = {
        s: concept(f"type: X\ndescription: D.\nstatus: {s[:-3]}") for s in ("draft.md", "stable.md", "deprecated.md", "old.md")
    }
    assert places(write(tmp_path, files)) == ["KG704 old.md:4:9"]


def test_links_to_what_is_deprecated_are_reported(tmp_path: Path) -> None:
    """Not from lists, histories, what is deprecated too, and what replaces it: there, the history is meant."""
    described = "type: X\ndescription: D."
    files = {
        "index.md": "# X\n\n" + "".join(f"* [{n}]({n}.md) - D.\n" for n in ("old", "older", "mid", "new", "a")),
        "old.md": concept(f"{described}\nstatus: deprecated\nsuperseded_by: mid.md", "[older](older.md)"),
        "older.md": concept(f"{described}\nstatus: deprecated"),
        "mid.md": concept(f"{described}\nsuperseded_by: /new.md", "[old](old.md)"),
        "new.md": concept(f"{described}\ntitle: New", "[mid](mid.md)"),
        "a.md": concept(
            f"{described}\nsources: [{{resource: mid.md}}]", "[old](old.md), [old](/old.md), [older](older.md), [new](new.md)"
        ),
    }
    folder = write(tmp_path, files)
    found = [(f"{f.code} {f.path}:{f.line}:{f.column}", f.severity, f.message, f.hint) for f in check(folder).findings]
    assert [place for place, *_ in found] == ["KG716 a.md:4:22", "KG716 a.md:7:1", "KG716 a.md:7:32"]
    assert {severity for _, severity, *_ in found} == {"info"}
    assert [message for _, _, message, _ in found] == [
        "'mid' is superseded; 'New' supersedes it (§5.4)",
        "'old' is deprecated; 'New' supersedes it (§5.4)",
        "'older' is deprecated (§5.4)",
    ]
    assert found[1][3].startswith("link to new.md, ")
    assert verdict(folder).clean


# Links and paths (§6)


def test_paths_differ_by_case(tmp_path: Path) -> None:
    """Also in another folder: the exact path counts, and any case leads to the only file of a name."""
    files = {"t/A.md": concept("type: X", "[a](a.md)"), "t/a.md": concept("type: X", "[A](/t/A.md)"),
             "b.md": concept("type: X", "[c](T/C.md)"),
             "t/c.md": concept("type: X", "[B](../b.md)")}  # fmt: skip
    folder = write(tmp_path, files)
    base = base_of(folder)
    assert sorted(c.id for c in base.corpus.concepts.values()) == ["b", "t/A", "t/a", "t/c"]
    path = {c.iri: c.path for c in base.corpus.concepts.values()}
    linked = {(path[a.subject], path[a.object]) for a in base.corpus.assertions}
    assert linked == {("t/A.md", "t/a.md"), ("t/a.md", "t/A.md"), ("b.md", "t/c.md"), ("t/c.md", "b.md")}
    assert verdict(folder).clean


def test_broken_links_are_knowledge_not_yet_written(tmp_path: Path) -> None:
    text = "[a](/x.md) [b](./y) ![p](p.png) [c](b.md#none) [[z]] <a href='q.md'>q</a> [d](/f/g/) [e](h.py)"
    front = "type: X\ndescription: D.\nsources: [{resource: /no.md}]\nexecutor: {resource: run.md}"
    folder = write(tmp_path, {"a.md": concept(front, text), "b.md": ORDERS})
    findings = check(folder).findings
    assert {f.severity for f in findings} == {"info"}
    assert verdict(folder).clean
    assert len(findings) == 10


def test_paths_start_at_the_root_of_the_bundle(tmp_path: Path) -> None:
    files = {
        "acme/index.md": "# A\n\n* [T](t/index.md)\n",
        "acme/t/index.md": "# T\n\n* [Orders](orders.md)\n",
        "acme/t/orders.md": concept("type: T\nsources: [{resource: p/p.md}]", "[p](/p/p.md) [q](../p/p.md)"),
        "acme/p/p.md": concept("type: P"),
        "ga4/index.md": "# A\n\n* [p](p/p.md)\n",
        "ga4/p/p.md": concept("type: P"),
    }
    base = base_of(write(tmp_path, files))
    targets = {link.resolution.path for link in base.corpus.links if link.source == "acme/t/orders.md"}  # type: ignore[union-attr]
    assert targets == {"acme/p/p.md"}


def test_an_asset_need_not_be_a_path(tmp_path: Path) -> None:
    assets = ("crates/a/src/lib.rs", "urn:x:y", "acme.sales.orders", "x.py", "a b/c")
    files = {f"{n}.md": concept(f"type: X\ndescription: D.\nresource: {asset}") for n, asset in enumerate(assets)}
    assert codes(write(tmp_path, files)) == []


def test_path_valued_fields_are_links(tmp_path: Path) -> None:
    front = (
        "type: Attested Computation\nruntime: python\nresource: /b.md\ncomputation: lib/c.sql\n"
        'executor: {resource: "./b.md", receipt: [x]}\nattester: {resource: no.py}\nsuperseded_by: ../t/b.md\n'
        "sources:\n  - {resource: b.md}\n  - {resource: https://example.org/}\n  - {resource: all queries}"
    )
    folder = write(tmp_path, {"t/a.md": concept(front), "t/b.md": ORDERS, "b.md": ORDERS, "t/lib/c.sql": "SELECT 1"})
    base = base_of(folder)
    resolved = [
        (link.link.target, "" if isinstance(link.resolution, Broken) else link.resolution.path)  # type: ignore[union-attr]
        for link in base.corpus.links
        if link.link.kind == "resource"
    ]
    expected = [
        ("./b.md", "t/b.md"), ("../t/b.md", "t/b.md"), ("/b.md", "b.md"), ("b.md", "t/b.md"), ("lib/c.sql", "t/lib/c.sql"),
        ("no.py", ""),
    ]  # fmt: skip
    assert sorted(resolved) == sorted(expected)
    derived = ask(base, "SELECT ?o { <https://example.org/kb/concept/t/a> prov:wasDerivedFrom ?o }")
    assert set(derived) >= {("https://example.org/kb/concept/t/b",), ("https://example.org/",)}


# Lists, history, versions (§8, §9, §12, §13)


@pytest.mark.parametrize(
    ("text", "violations"),
    [
        ("# A\n\n* [a](a.md) - A.\n", 0),
        ("# A\r\n\r\n- [a](a.md)\r\n1. [a](a.md)\r\n", 0),
        ('---\nokf_version: "0.2"\n---\n\n# A\n\n* [a](a.md)\n', 0),
        ("---\nokf_version: 0.2\ntitle: T\n---\n\n# A\n", 1),
        ("---\ntitle: T\n---\n\n# A\n", 1),
        ("---\n---\n\n# A\n", 0),
        ("* [a](a.md)\n", 1),
        ("- [ ] **[a](a.md)**\n\n# A\n", 1),
        ("Words.\n\n```\n* x\n```\n\n# A\n\n* [a](a.md)\n", 0),
        ("* * *\n\n* No link.\n\n<!--\n* [a](a.md)\n-->\n\n    * [a](a.md)\n\n# A\n\n* [a](a.md)\n", 0),
        ("# A\n\nSee [a](a.md).\n", 0),
        ("# A\n\n| [a](a.md) | A. |\n|--|--|\n", 0),
        ("# [a](a.md)\n\nWords.\n", 0),
        ("Words, and [a](a.md).\n", 1),
        ("# A\n\nWords.\n", 1),
        ("* * *\n\n<!-- none yet -->\n", 0),
        ("", 0),
    ],
)
def test_an_index_groups_entries_under_headings(tmp_path: Path, text: str, violations: int) -> None:
    folder = write(tmp_path, {"index.md": text, "a.md": ORDERS})
    assert sum(verdict(folder).violations.values()) == violations


def test_only_the_root_index_has_front_matter(tmp_path: Path) -> None:
    text = '---\nokf_version: "0.2"\n---\n\n# A\n\n* [a](a.md) - One row.\n'
    folder = write(tmp_path, {"index.md": text, "s/index.md": text, "a.md": ORDERS, "s/a.md": ORDERS})
    assert places(folder) == ["KG703 s/index.md:2:1"]
    (folder / "concepts/s/index.md").write_text("---\n\n---\n\n# A\n\n* [a](a.md) - One row.\n", encoding="utf-8")
    assert places(folder) == ["KG703 s/index.md:1:1"]


@pytest.mark.parametrize(
    ("headings", "found"),
    [
        (("2026-05-22", "2026-05-15"), []),
        (("2026-05-22 (release)",), []),
        (("2026-05-15", "2026-05-22"), ["KG710"]),
        (("22 May 2026",), ["KG703"]),
        (("2026/05/22", "2026-02-30"), ["KG703", "KG703"]),
        (("2026年5月22日",), ["KG703"]),
        (("Notes", "2026-05-22"), ["KG710"]),
        (("Changes",), ["KG703"]),
        (("May 22nd, 2026", "Monday, 4 May 2026"), ["KG703", "KG703"]),
        (("2026-05-22", "Decoration of May 2026", "Marching orders 2026"), []),
        (("2026-05-22T10:00:00Z",), ["KG703"]),
        (("2026-05", "May 2026", "2026", "Q2 2026", "2026年5月"), ["KG703"] * 5),
        (("1.2.0", "1.1.0"), ["KG703"]),
        (("2026-05-22", "1.2.0"), []),
        (("1.2.0 (2026-05-22)", "v1.1.0-rc.1 - 2026-05-15"), []),
        (("1.2.0 - 22 May 2026",), ["KG703"]),
    ],
)
def test_log_dates_are_iso_8601(tmp_path: Path, headings: tuple[str, ...], found: list[str]) -> None:
    text = "# Log\n" + "".join(f"\n## {heading}\n\n* **Update**: x.\n" for heading in headings)
    assert codes(write(tmp_path, {"log.md": text, "a.md": ORDERS})) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# Log\n\n* * *\n\nHow we log:\n\n<!--\n* x\n-->\n\n## 2026-05-22\n\n* x\n", []),
        ("# Log\n\n* x\n\n## 2026-05-22\n", ["KG710 log.md:3:1"]),
        ("# Log\n\nNothing has changed yet.\n", []),
        ("# Log\n\n## 2026\n\n### 2026-05\n\n#### 2026-05-22\n\n* x\n", []),
        ("# Log\n\n## 2026\n\n### 2026-05-22\n\n* x\n\n## 2025\n\n* y\n", ["KG703 log.md:9:1"]),
    ],
)
def test_a_log_has_entries_under_dates(tmp_path: Path, text: str, found: list[str]) -> None:
    assert places(write(tmp_path, {"log.md": text, "a.md": ORDERS})) == found


def test_an_index_lists_every_concept(tmp_path: Path) -> None:
    folder = write(tmp_path, {"index.md": "# A\n\n* [a](a.md) - One row.\n", "a.md": ORDERS, "b.md": ORDERS, "s/c.md": ORDERS})
    (finding,) = check(folder).findings
    assert (finding.code, finding.severity, "'b.md'" in finding.message) == ("KG711", "info", True)


def test_entries_have_the_description_of_their_concept(tmp_path: Path) -> None:
    entries = "* [a](a.md)\n* [b](b.md) - B.\n* **[c](c.md)** –\n  * [d](d.md): D.\n* [e](e.md)\n\n  E.\n* [s](s/index.md)\n"
    described = concept("type: X\ndescription: What it is.")
    files = {f"{n}.md": described for n in "bcde"} | {"a.md": concept("type: X")}
    files |= {"index.md": f"# X\n\n{entries}", "s/index.md": "# X\n\n* [f](f.md)\n", "s/f.md": described}
    folder = write(tmp_path, files)
    found = [(f"{f.path}:{f.line}:{f.column}", f.severity, f.message, f.hint) for f in check(folder, ("KG717",)).findings]
    assert [place for place, *_ in found] == ["index.md:5:5", "s/index.md:3:3"]
    assert {severity for _, severity, *_ in found} == {"info"}
    assert "'c' has no description, but the concept has one" in found[0][2]
    assert "' - What it is.'" in found[0][3]
    assert verdict(folder).clean


def test_an_unknown_version_is_read(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {"index.md": '---\nokf_version: "7.1"\n---\n\n# A\n\n* [a](a.md) - One row.\n', "a.md": ORDERS},
        declared=False,
    )
    assert codes(folder) == ["KG713"]
    assert verdict(folder).clean
    assert VERSION == "0.2"


def test_fields_of_version_0_1_are_read(tmp_path: Path) -> None:
    text = concept(
        "type: X\ndescription: D.\ntimestamp: '2026-05-28T22:53:05+00:00'", "# Citations\n\n- https://example.org/\n"
    )
    folder = write(tmp_path, {"a.md": text})
    assert codes(folder) == ["KG714", "KG714"]
    (found,) = base_of(folder).corpus.concepts.values()
    assert found.provenance is not None
    assert found.provenance.generated is not None
    assert found.provenance.generated.at == "2026-05-28T22:53:05Z"


# Attested computations (§10)


def test_a_computation_has_a_contract(tmp_path: Path) -> None:
    files = {
        "a.md": concept("type: Attested Computation\ndescription: D."),
        "b.md": concept(
            "type: Attested Computation\ndescription: D.\nruntime: python\nparameters: [{name: y}]\n"
            "executor: {resource: a.md, receipt: [r]}\nattester: {resource: a.md}",
            "# Computation\n\n```\n1\n```\n\n```\n2\n```\n\n# Other\n\n```\n3\n```\n",
        ),
        "c.md": concept(
            "type: attested computation\ndescription: D.\nruntime: python\ncomputation: a.md\n"
            "executor: {resource: a.md, receipt: [r]}\nattester: {resource: a.md}"
        ),
    }
    folder = write(tmp_path, files)
    found = [f"{f.path}: {f.message}" for f in check(folder).findings if f.code == "KG709"]
    assert [message.partition(":")[0] for message in found] == ["a.md"] * 4 + ["b.md"] * 2
    assert verdict(folder).conformant


# The table


def test_the_table_names_tests_that_exist() -> None:
    rows = re.findall(
        r"^\| (§[\d.]+) \| (MUST NOT|MUST|SHOULD|REQUIRED) \|.*\| (.+?) \|$", DOCS.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(rows) >= 30
    here = set(globals())
    named: set[str] = set()
    for section, level, cell in rows:
        tests = re.findall(r"`(test_\w+)`", cell)
        assert tests or "advice" in cell or "建议" in cell, (section, level, cell)
        assert level == "SHOULD" or tests, (section, level)
        named.update(tests)
    others = (
        Path(__file__).with_name(name).read_text(encoding="utf-8")
        for name in ("test_exchange.py", "test_attestation.py", "test_tree.py")
    )
    elsewhere = set(re.findall(r"def (test_\w+)", "\n".join(others)))
    assert named <= here | elsewhere
    assert {name for name in here if name.startswith("test_")} - named <= {"test_the_table_names_tests_that_exist"}


def test_every_rule_of_bundles_has_a_section() -> None:
    for rule in RULES:
        if rule.code.startswith("KG7"):
            assert rule.source.startswith("OKF 0.2 §"), rule.code
