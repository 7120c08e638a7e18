"""``kg why`` and ``kg impact``: paths, consequences and their evidence on the project's own notes and on small ones."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from kg.base.errors import UsageError
from kg.graph.concepts import find_concept
from kg.model import Concept

Kg = Callable[..., Any]
Write = Callable[[Mapping[str, str | bytes]], Path]
_PLACE = re.compile(r"  (\S+\.md):(\d+)")


def _json(kg: Kg, *args: object) -> Any:
    ran = kg(*args, "--format", "json")
    assert ran.status == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["version"] == 1
    return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, kg: Kg) -> Path:
    """A chain of six, a pair apart from it, and a relation of the knowledge base's own."""
    folder = tmp_path_factory.mktemp("small")
    files = {
        "kg.toml": "",
        "ontology/relations.ttl": """@prefix kg: <https://w3id.org/kg-notes/ns#> . @prefix my: <https://example.org/my#> .
            @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
            my:feeds a owl:ObjectProperty ; kg:key "feeds" ; kg:impact "subject" ; rdfs:label "feeds"@en ;
                rdfs:subPropertyOf kg:associatedWith ; owl:inverseOf my:fedBy .
            my:fedBy a owl:ObjectProperty ; kg:key "fed-by" ; rdfs:subPropertyOf kg:associatedWith .""",
        "concepts/a.md": "---\ntitle: {zh: 甲, en: Alpha}\naliases: [First letter]\nfeeds: '[[b]]'\n---\n\nfeeds:: [[b]]\n",
        "concepts/b.md": "# Beta\n\n[[c]]\n",
        "concepts/c.md": "# Gamma\n\nfed-by:: [[d]]\n",
        "concepts/d.md": "# Delta\n\nuses:: [[e]]\n",
        "concepts/e.md": "# Twin\n\nuses:: [[f]]\n",
        "concepts/f.md": "# Twin\n",
        "concepts/x.md": "# \x1b[31mred\n\nuses:: [[y]]\n",
        "concepts/y.md": "# Why\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    ran = kg("build", "-C", folder, "--stage", "graph")
    assert ran.status == 0, ran.stderr
    return folder


# kg why


def test_every_step_stands_on_the_line_that_it_names(kg: Kg, own: Path) -> None:
    found = _json(kg, "why", "-C", own, "raft", "kubernetes")
    assert (found["from"]["id"], found["to"]["id"]) == ("raft", "kubernetes")
    assert found["nearest"] == []
    assert 0 < len(found["paths"]) <= 5
    lengths = [path["length"] for path in found["paths"]]
    assert lengths == sorted(lengths)
    assert max(lengths) <= 4
    for path in found["paths"]:
        assert len(path["steps"]) == path["length"]
        here = "raft"
        for step in path["steps"]:
            assert step["from"] == here
            here = step["to"]
            for said in step["statements"]:
                assert {said["subject"], said["object"]} == {step["from"], step["to"]}
                assert said["places"]
                for place in said["places"]:
                    line = (own / "concepts" / place["path"]).read_text().splitlines()[place["line"] - 1]
                    # a relation in the front matter may go on below its key
                    assert said["object"] in line or said["relation"] in line, (said, line)
        assert here == "kubernetes"


def test_text_and_json_agree(kg: Kg, own: Path) -> None:
    ran = kg("why", "raft", "paxos", "--lang", "en", cwd=own)
    assert ran.status == 0
    assert ran.stdout.splitlines()[0] == "1. Raft —is an alternative to→ Paxos  concepts/theory/raft.md:14"
    assert "   Quorum ←requires— Paxos  concepts/theory/paxos.md:12" in ran.stdout.splitlines()
    data = _json(kg, "why", "-C", own, "raft", "paxos", "--lang", "en")
    places = [
        (f"concepts/{place['path']}", str(place["line"]))
        for path in data["paths"]
        for step in path["steps"]
        for said in step["statements"]
        for place in said["places"]
    ]
    assert _PLACE.findall(ran.stdout) == places
    assert len(re.findall(r"^\d\. ", ran.stdout, re.MULTILINE)) == len(data["paths"]) == 5


def test_why_and_the_other_way_round_are_the_same_paths(kg: Kg, own: Path) -> None:
    def routes(a: str, b: str) -> list[list[str]]:
        return [[a, *(s["to"] for s in p["steps"])] for p in _json(kg, "why", "-C", own, a, b)["paths"]]

    there, back = routes("raft", "paxos"), routes("paxos", "raft")
    assert sorted(there) == sorted(r[::-1] for r in back)


@pytest.mark.parametrize(
    "name", ["a", "A", "Alpha", "ALPHA", "甲", "first letter", "https://example.org/kb/concept/a", " alpha "]
)
def test_concepts_are_found_by_id_iri_or_label(kg: Kg, small: Path, name: str) -> None:
    ran = kg("why", "-C", small, name, "beta", "--lang", "en")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith("1. Alpha —feeds→ Beta  ")


def test_both_places_of_a_statement_are_named(kg: Kg, small: Path) -> None:
    ran = kg("why", "a", "b", "--lang", "zh", cwd=small)
    assert ran.stdout == "1. 甲 —feeds→ Beta  concepts/a.md:4、concepts/a.md:7\n"


def test_plain_links_are_walked_last_and_against_their_direction(kg: Kg, small: Path) -> None:
    ran = kg("why", "d", "a", "--lang", "en", cwd=small)
    assert ran.stdout.splitlines() == [
        "1. Delta ←fed-by— Gamma  concepts/c.md:3",
        "   Gamma ←links to— Beta  concepts/b.md:3",
        "   Beta ←feeds— Alpha  concepts/a.md:4, concepts/a.md:7",
    ]


def test_no_path_is_an_answer_with_the_nearest_common_neighbours(kg: Kg, small: Path) -> None:
    ran = kg("why", "a", "f", "--lang", "en", cwd=small)
    assert ran.status == 0
    assert ran.stdout.splitlines() == [
        "no path of at most 4 steps joins Alpha and Twin",
        "nearest to both:",
        "   Delta  3 steps from Alpha, 2 from Twin",
        "   Gamma  2 steps from Alpha, 3 from Twin",
        "   Twin  4 steps from Alpha, 1 from Twin",
        "   Beta  1 step from Alpha, 4 from Twin",
    ]
    found = _json(kg, "why", "-C", small, "a", "f")
    assert found["paths"] == []
    assert [(n["id"], n["from"], n["to"]) for n in found["nearest"]] == [("d", 3, 2), ("c", 2, 3), ("e", 4, 1), ("b", 1, 4)]


def test_no_path_at_all(kg: Kg, small: Path) -> None:
    ran = kg("why", "-C", small, "a", "y", "--lang", "en")
    assert ran.status == 0
    assert "no path of at most 4 steps joins Alpha and Why" in ran.stdout
    assert "no concept is connected to both" in ran.stdout
    assert _json(kg, "why", "-C", small, "a", "y")["nearest"] == []


@pytest.mark.parametrize("command", [("why", "a"), ("impact",)])
def test_control_characters_never_reach_the_terminal(kg: Kg, small: Path, command: tuple[str, ...]) -> None:
    ran = kg(*command[:1], *("x",) * len(command[1:]), "y", "-C", small)
    assert ran.status == 0
    assert "red —" in ran.stdout
    assert "\x1b" not in ran.stdout


@pytest.mark.parametrize(
    ("args", "said", "hint"),
    [
        (("why", "raftt", "paxos"), "no concept called 'raftt'", "did you mean: kg why raft paxos"),
        (("why", "paxos", "共识算法"), "no concept called '共识算法'", "raft"),
        (("impact", "kubernets"), "no concept called 'kubernets'", "did you mean: kg impact kubernetes"),
        (("impact", "qqqqqqq"), "no concept called 'qqqqqqq'", "give its id, IRI or label"),
        (("map", "raftt"), "no concept called 'raftt'", "did you mean: kg map raft"),
        (("why", "raft", "RAFT"), "are one concept", "two different ones"),
    ],
)
def test_unknown_names_have_near_misses(kg: Kg, own: Path, args: tuple[str, ...], said: str, hint: str) -> None:
    ran = kg(*args, "-C", own)
    assert ran.status == 2
    assert ran.stdout == ""
    assert said in ran.stderr
    assert hint in ran.stderr


def test_a_label_of_two_concepts_is_not_guessed(kg: Kg, small: Path) -> None:
    ran = kg("impact", "-C", small, "twin")
    assert ran.status == 2
    assert "2 concepts called 'twin'" in ran.stderr
    assert "give one of: e, f" in ran.stderr


@pytest.mark.parametrize("command", [("why", "a", "b"), ("impact", "a"), ("export", "csv")])
def test_no_build_yet(kg: Kg, tmp_path: Path, command: tuple[str, ...]) -> None:
    ran = kg(*command, "-C", tmp_path)
    assert ran.status == 2
    assert f"run 'kg build -C {tmp_path}' first" in ran.stderr


def test_ids_come_before_labels_and_labels_before_other_names() -> None:
    def concept(iri: str, id_: str, label: str, other: str = "") -> Concept:
        return Concept(iri, id_, "", {"en": label}, ((other, "en"),), "concept", "", "", {}, (), (), "")

    concepts = {c.iri: c for c in (concept("urn:1", "Pod", "x"), concept("urn:2", "pod", "y", "z"), concept("urn:3", "z", "Y"))}
    assert find_concept(concepts, "pod").iri == "urn:2"
    assert find_concept(concepts, "Pod").iri == "urn:1"
    assert find_concept(concepts, "Z").iri == "urn:3"
    assert find_concept(concepts, "URN:2").iri == "urn:2"
    with pytest.raises(UsageError, match="2 concepts called 'POD'") as caught:
        find_concept(concepts, "POD")
    assert caught.value.hint == "give one of: Pod, pod"
    with pytest.raises(UsageError, match="2 concepts"):
        find_concept(concepts, "y")
    with pytest.raises(UsageError, match="no concept"):
        find_concept({}, "y")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, kg: Kg) -> Path:
    """A chain under a transitive relation, and two notes that only a rule of the knowledge base's own joins."""
    folder = tmp_path_factory.mktemp("closed")
    files = {
        "kg.toml": 'transitive = ["depends-on"]',
        "concepts/shop.md": "# Shop\n\ndepends-on:: [[cart]]\n",
        "concepts/cart.md": "# Cart\n\ndepends-on:: [[store]]\n",
        "concepts/store.md": "# Store\n\ndepends-on:: [[disk]]\n",
        "concepts/disk.md": "# Disk\n\ndepends-on:: [[bus]]\n",
        "concepts/bus.md": "# Bus\n\ndepends-on:: [[chip]]\n",
        "concepts/chip.md": "# Chip\n\ndepends-on:: [[sand]]\n",
        "concepts/sand.md": "# Sand\n\ndepends-on:: [[sea]]\n",
        "concepts/sea.md": "# Sea\n",
        "concepts/sun.md": "---\ntags: [lonely]\n---\n# Sun\n",
        "concepts/moon.md": "---\ntags: [lonely]\n---\n# \x1b[31mMoon\n",
        "ontology/rules/lonely.rq": """# title: lonely
            PREFIX dct: <http://purl.org/dc/terms/> PREFIX kg: <https://w3id.org/kg-notes/ns#>
            CONSTRUCT { ?a kg:alternativeTo ?b } WHERE { ?a dct:subject "lonely" . ?b dct:subject "lonely" }""",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(text)
    ran = kg("build", "-C", folder, "--stage", "graph")
    assert ran.status == 0, ran.stderr
    return folder


def test_what_is_only_inferred_names_its_rule_and_the_lines_of_its_premises(kg: Kg, closed: Path) -> None:
    ran = kg("why", "shop", "store", "--lang", "en", cwd=closed)
    expected = [
        "1. Shop —depends on→ Cart  concepts/shop.md:3",
        "   Cart —depends on→ Store  concepts/cart.md:3",
        "2. Shop —depends on→ Store  by rule transitive from concepts/cart.md:3, concepts/shop.md:3",
    ]
    assert ran.stdout.splitlines() == expected
    assert "\n".join(expected) in (Path(__file__).resolve().parents[2] / "docs/provenance.md").read_text()
    paths = _json(kg, "why", "-C", closed, "store", "shop")["paths"]
    assert [[s["origin"] for step in p["steps"] for s in step["statements"]] for p in paths] == [["asserted"] * 2, ["inferred"]]
    (said,) = paths[1]["steps"][0]["statements"]
    # the inverse, and its super-property, say the same again and are left out
    assert (said["subject"], said["relation"], said["object"]) == ("shop", "depends-on", "store")
    premises = [{"path": "cart.md", "line": 3}, {"path": "shop.md", "line": 3}]
    assert (said["places"], said["rule"], said["premises"]) == ([], "transitive", premises)
    assert said["derivations"] == [{"rule": "transitive", "after": [], "premises": premises}]
    first = paths[0]["steps"][0]["statements"][0]
    assert (first["origin"], first["rule"], first["premises"], first["derivations"]) == ("asserted", None, [], [])
    assert first["places"] == [{"path": "cart.md", "line": 3}]


def test_where_authors_wrote_no_path_the_shortest_inferred_one_is_shown(kg: Kg, closed: Path) -> None:
    ran = kg("why", "shop", "sea", "--lang", "en", cwd=closed)
    head, line = ran.stdout.splitlines()
    assert head == "authors wrote no path of at most 4 steps between Shop and Sea; what was inferred or suggested:"
    assert line.startswith("1. Shop —depends on→ Sea  by rule transitive from concepts/bus.md:3, concepts/cart.md:3, ")
    assert line.endswith(" and 1 more")
    found = _json(kg, "why", "-C", closed, "shop", "sea")
    assert len(found["paths"][0]["steps"][0]["statements"][0]["premises"]) == 7
    assert found["nearest"] == []


def test_a_rule_that_names_no_premises_is_named_alone(kg: Kg, closed: Path) -> None:
    ran = kg("why", "sun", "moon", "--lang", "en", cwd=closed)
    assert "\x1b" not in ran.stdout
    assert ran.stdout.splitlines()[1:] == [
        "1. Sun —is an alternative to→ \ufffd[31mMoon  by rule lonely",
        "   Sun ←is an alternative to— \ufffd[31mMoon  by rule lonely",
    ]


def test_suggestions_are_shown_where_nothing_else_joins(kg: Kg, closed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(closed, folder)
    store = ox.Store(str(folder / "output/graph/store"))
    sun, sea = (ox.NamedNode(f"https://example.org/kb/concept/{name}") for name in ("sun", "sea"))
    named = ox.NamedNode("https://example.org/kb/suggested/mention")
    store.add(ox.Quad(sun, ox.NamedNode("https://w3id.org/kg-notes/ns#suggested"), sea, named))
    store.flush()
    del store
    ran = kg("why", "sand", "sun", "--lang", "en", cwd=folder)
    assert ran.stdout.splitlines()[1:] == [
        "1. Sand —depends on→ Sea  concepts/sand.md:3",
        "   Sea ←suggested— Sun  suggested, not stated",
    ]
    (path,) = _json(kg, "why", "-C", folder, "sun", "sea")["paths"]
    (said,) = path["steps"][0]["statements"]
    assert (said["origin"], said["relation"], said["rule"], said["places"]) == ("suggested", "suggested", None, [])


# kg impact


def test_impact_level_by_level_with_evidence(kg: Kg, own: Path) -> None:
    found = _json(kg, "impact", "-C", own, "quorum")
    levels = {f["id"]: f["level"] for f in found["affected"]}
    assert {"raft", "paxos", "etcd"} <= {i for i, level in levels.items() if level == 1}
    assert levels["kubernetes"] == 2  # etcd is a part of it
    assert "quorum" not in levels
    assert list(levels.values()) == sorted(levels.values())
    for f in found["affected"]:
        for said in f["statements"]:
            assert f["id"] in (said["subject"], said["object"])
            (other,) = {said["subject"], said["object"]} - {f["id"]}
            assert levels.get(other, 0) == f["level"] - 1
            assert said["places"]


def test_impact_as_text_and_depth(kg: Kg, own: Path) -> None:
    ran = kg("impact", "quorum", "--depth", "1", "--lang", "en", cwd=own)
    assert ran.status == 0
    head, level, *lines = ran.stdout.splitlines()
    data = _json(kg, "impact", "-C", own, "quorum", "--depth", "1")["affected"]
    assert head == f"Quorum affects {len(data)} concepts within 1 level, {len(data)} directly"
    assert level == "level 1"
    assert "   Raft —requires→ Quorum  concepts/theory/raft.md:12" in lines
    assert len(lines) == sum(len(f["statements"]) for f in data)
    assert kg("impact", "quorum", "--depth", "0", cwd=own).status == 2


def test_impact_follows_relations_of_ones_own_and_their_inverse(kg: Kg, small: Path) -> None:
    assert [f["id"] for f in _json(kg, "impact", "-C", small, "a")["affected"]] == ["b"]
    found = _json(kg, "impact", "-C", small, "f")["affected"]
    assert [(f["id"], f["level"]) for f in found] == [("e", 1), ("d", 2), ("c", 3)]
    assert found[2]["statements"][0]["relation"] == "fed-by"


def test_nothing_affected_is_an_answer(kg: Kg, small: Path) -> None:
    ran = kg("impact", "-C", small, "b")
    assert ran.status == 0
    assert ran.stdout == "nothing is stated to depend on Beta\n"
    assert _json(kg, "impact", "-C", small, "b")["affected"] == []


def test_concepts_are_found_by_their_former_ids(kg: Kg, base: Write) -> None:
    raft = '---\nformer-ids: ["store/旧 raft"]\nid: raft\nrequires: "[[log]]"\n---\n# Raft\n'
    folder = base({"kg.toml": 'base = "https://example.org/my/"\n', "concepts/raft.md": raft, "concepts/log.md": "# Log\n"})
    assert kg("build", "-C", folder, "--stage", "graph").status == 0
    affected = _json(kg, "impact", "log", "-C", folder)["affected"][0]
    for name in ("store/旧 raft", "Store/旧 Raft", "https://example.org/my/concept/store/旧%20raft"):
        assert "Raft" in kg("why", name, "log", "-C", folder).stdout, name
        about = _json(kg, "impact", name, "-C", folder)["concept"]
        assert about == {key: affected[key] for key in about}, name
        assert "raft.md:6:3  Raft  id" in kg("find", name, "-C", folder).stdout, name
        assert kg("suggest", name, "-C", folder).status == 0, name
    refused = kg("impact", "store/rafts", "-C", folder)
    assert (refused.status, "no concept called" in refused.stderr) == (2, True)
