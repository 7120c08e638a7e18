"""The reconciliation service, as OpenRefine talks to it: requests as a client sends them, answers against JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import jsonschema
import pytest

DATA = Path(__file__).parents[1] / "data"
KG = "https://w3id.org/kg-notes/ns#"
FORM = "application/x-www-form-urlencoded"
TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
NAMED = {"type": "object", "properties": {"id": TEXT, "name": TEXT}, "required": ["id", "name"]}
SERVICE = {"type": "object", "properties": {"service_url": {"type": "string", "pattern": "^https?://"},
                                            "service_path": {"type": "string", "pattern": "^/"},
                                            "flyout_service_url": TEXT,
                                            "flyout_service_path": {"type": "string", "pattern": r"\$\{id\}"}},
           "required": ["service_url", "service_path"]}  # fmt: skip
PAIR = {"type": "object", "properties": {"id": TEXT, "name": TEXT}, "required": ["id"]}
TYPE = {**NAMED, "properties": {**NAMED["properties"], "description": TEXT, "broader": {"type": "array", "items": NAMED}}}
TEMPLATE = {"type": "object", "properties": {"url": {"type": "string", "pattern": r"\{\{id\}\}"}}, "required": ["url"]}
# What the W3C's specification of version 0.2 and its published JSON Schemas demand of requests and answers, in our words.
# Compared with all of these schemas on 3 December 2026: ours demand no less (also `match` and names of types, which they
# leave open).


def setting(kind: str, default: str, **more: object) -> dict[str, object]:
    properties = {"type": {"const": kind}, "default": {"type": default}, "label": TEXT, "name": TEXT, "help_text": TEXT, **more}
    return {"type": "object", "properties": properties, "required": ["type", "label", "name", *more]}


CHOICES = {
    "type": "array",
    "items": {"type": "object", "properties": {"value": TEXT, "name": TEXT}, "required": ["value", "name"]},
}
MANIFEST = {
    "type": "object",
    "properties": {
        "versions": {"type": "array", "items": TEXT, "contains": {"const": "0.2"}},
        "name": TEXT, "identifierSpace": TEXT, "schemaSpace": TEXT, "serviceVersion": TEXT,
        "documentation": TEXT, "logo": TEXT,
        "view": TEMPLATE, "feature_view": TEMPLATE,
        "preview": {"type": "object", "properties": {**TEMPLATE["properties"], "width": WHOLE, "height": WHOLE},
                    "required": ["url", "width", "height"]},
        "defaultTypes": {"type": "array", "items": TYPE, "uniqueItems": True},
        "suggest": {"type": "object", "properties": dict.fromkeys(("entity", "type", "property"), SERVICE)},
        "extend": {"type": "object", "properties": {"propose_properties": SERVICE, "property_settings": {
            "type": "array", "items": {"oneOf": [
                setting("number", "number"), setting("text", "string"), setting("checkbox", "boolean"),
                setting("select", "string", choices=CHOICES)]}}}},
    },
    "required": ["versions", "name", "identifierSpace", "schemaSpace"],
}  # fmt: skip
RESULTS = {
    "type": "object",
    "additionalProperties": {
        "type": "object", "required": ["result"],
        "properties": {"result": {"type": "array", "items": {
            "type": "object", "required": ["id", "name", "score", "match"],
            "properties": {"id": TEXT, "name": TEXT, "description": TEXT,
                           "score": {"type": "number", "minimum": 0, "maximum": 100},
                           "match": {"type": "boolean"}, "type": {"type": "array", "items": NAMED},
                           "features": {"type": "array", "items": {
                               "type": "object", "required": ["id", "value"], "properties": {
                               "id": TEXT, "value": {"type": ["number", "boolean"]}}}}}}}},
    },
}  # fmt: skip


def suggestions(**more: object) -> dict[str, object]:
    item = {**NAMED, "properties": {**NAMED["properties"], "description": TEXT, **more}}
    return {"type": "object", "required": ["result"], "properties": {"result": {"type": "array", "items": item}}}


SUGGESTIONS = {
    "entity": suggestions(notable={"type": "array", "items": {"oneOf": [PAIR, TEXT]}}),
    "property": suggestions(),
    "type": suggestions(broader={"type": "array", "items": NAMED}),
}
VALUE = {"oneOf": [TEXT, {"type": "number"}, {"type": "boolean"}, PAIR]}
QUERIES = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "properties": {
            "query": TEXT, "type": {"oneOf": [TEXT, {"type": "array", "items": TEXT}]}, "limit": {"type": "number"},
            "type_strict": {"enum": ["any", "should", "all"]},
            "properties": {"type": "array", "items": {
                "type": "object", "required": ["pid", "v"],
                "properties": {"pid": TEXT, "v": {"oneOf": [VALUE, {"type": "array", "items": VALUE}]}}}},
        },
        "anyOf": [{"required": ["query"]}, {"required": ["properties"], "properties": {"properties": {"minItems": 1}}}],
        "additionalProperties": False,
    },
}  # fmt: skip
CELL = {"oneOf": [
    {**NAMED, "properties": {**NAMED["properties"], "description": TEXT}, "additionalProperties": False},
    *({"type": "object", "properties": {name: {"type": kind}}, "required": [name], "additionalProperties": False}
      for name, kind in (("str", "string"), ("float", "number"), ("int", "integer"), ("date", "string"))),
    {"type": "object", "maxProperties": 0},
]}  # fmt: skip
EXTENSION = {
    "type": "object", "required": ["meta", "rows"],
    "properties": {
        "meta": {"type": "array", "items": {**NAMED, "properties": {
            **NAMED["properties"], "type": PAIR, "service": {"type": "string", "pattern": "^https?://"}}}},
        "rows": {"type": "object", "additionalProperties": {
            "type": "object", "additionalProperties": {"type": "array", "items": CELL}}},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, kg: Callable[..., object], serve: Callable[..., object]
) -> Iterator[object]:
    folder = tmp_path_factory.mktemp("reconcile")
    notes = {
        "raft": "title: {zh: 筏 共识算法, en: Raft}\naliases: [Raft algorithm]\ntype: algorithm\nbroader: ['[[consensus]]']\n"
        "definition: {en: A consensus &lt;b>algorithm.}\ntags: [log, leader]\nsources: ['https://raft.github.io/']",
        "paxos": "title: {zh: Paxos 算法, en: Paxos}\ntype: algorithm\nbroader: ['[[consensus]]']",
        "consensus": "title: {zh: 共识, en: Consensus}\naliases: [Agreement]",
        "lock": "title: {en: Lock}\naliases: [Mutex]\ntype: pattern",
        "mutex": "title: {en: Mutex}",
    }
    (folder / "concepts").mkdir()
    for name, text in notes.items():
        (folder / f"concepts/{name}.md").write_text(f"---\nid: {name}\n{text}\n---\n# {name}\n")
    (folder / "kg.toml").write_text('base = "https://example.org/kb/"\ntitle = "Systems"\n')
    assert kg("build", "-C", folder).status == 0
    with serve(folder) as running:
        yield running


def ask(served: object, queries: dict[str, object], **headers: str) -> dict[str, list[dict[str, object]]]:
    jsonschema.validate(queries, QUERIES)
    body = urlencode({"queries": json.dumps(queries)})
    heard = served.get("/reconcile", method="POST", body=body, Content_Type=FORM, **headers)
    assert heard.status == 200, heard.text
    jsonschema.validate(heard.json, RESULTS)
    return {name: answer["result"] for name, answer in heard.json.items()}


def test_a_client_finds_everything_by_the_manifest(served) -> None:
    heard = served.get("/reconcile", Origin="http://127.0.0.1:3333")
    assert heard.headers["access-control-allow-origin"] == "http://127.0.0.1:3333"
    manifest = heard.json
    jsonschema.validate(manifest, MANIFEST)
    assert (manifest["name"], manifest["identifierSpace"]) == ("Systems", "https://example.org/kb/concept/")
    assert {"algorithm", "concept", "pattern"} == {t["id"] for t in manifest["defaultTypes"]}
    view = manifest["view"]["url"].replace("{{id}}", "raft")
    assert (
        served.get(view.removeprefix(served.url.rstrip("/")), Accept="text/html").headers["location"] == "/concepts/raft.html"
    )
    for kind, prefix, first in (("entity", "Ra", "raft"), ("entity", "共", "consensus"), ("type", "algo", "algorithm"),
                                ("property", "上位", "broader"), ("entity", "raft", "raft")):  # fmt: skip
        service = manifest["suggest"][kind]
        address = urlsplit(service["service_url"] + service["service_path"])
        answer = served.get(f"{address.path}?{urlencode({'prefix': prefix})}").json
        jsonschema.validate(answer, SUGGESTIONS[kind])
        assert answer["result"][0]["id"] == first, (kind, prefix)
    assert served.get("/reconcile/suggest/entity?prefix=ra&cursor=1").json["result"] == []
    preview = served.get(urlsplit(manifest["preview"]["url"].replace("{{id}}", "raft")).path + "?id=raft")
    assert "frame-ancestors" in preview.headers["content-security-policy"]
    assert "A consensus &lt;b&gt;" in preview.text.partition("<body><main>")[2].partition("</main></body>")[0]
    assert served.get("/reconcile/preview?id=nothing").status == 404


def test_a_batch_finds_what_names_mean(served) -> None:
    found = ask(served, {
        "q0": {"query": "Raft", "limit": 3},
        "q1": {"query": "raft  ALGORITHM"},
        "q2": {"query": "Rfat"},
        "q3": {"query": "共识"},
        "q4": {"query": "Mutex"},
        "q5": {"query": "zzzz qqqq"},
        "q6": {"query": "Paxos", "type": "pattern"},
        "q7": {"query": "Paxos", "type": ["pattern", KG + "Algorithm"]},
        "q8": {"query": "Mutex", "type": "pattern", "type_strict": "any"},
        "q9": {"query": "Paxos 算法 (Lamport)"},
    })  # fmt: skip
    assert [(r[0]["id"], r[0]["match"]) for r in (found["q0"], found["q1"], found["q3"])] == [
        ("raft", True), ("raft", True), ("consensus", True),
    ]  # fmt: skip
    assert found["q0"][0]["score"] == 100
    assert (found["q2"][0]["id"], found["q2"][0]["match"]) == ("raft", False)
    # Another concept has the name as an alias, so nothing is certain.
    assert [(r["id"], r["match"]) for r in found["q4"][:2]] == [("mutex", False), ("lock", False)]
    assert found["q5"] == found["q6"] == []
    assert found["q7"][0]["id"] == "paxos"
    assert [r["id"] for r in found["q8"]] == ["lock"]
    assert found["q9"][0]["id"] == "paxos"
    assert ask(served, {"a": {"query": "raft"}}, Accept_Language="zh")["a"][0]["name"] == "筏 共识算法"


def test_properties_decide_between_candidates(served) -> None:
    found = ask(served, {
        "by relation": {"query": "Pxos", "properties": [{"pid": "broader", "v": {"id": "consensus", "name": "Consensus"}}]},
        "by name": {"properties": [{"pid": "broader", "v": "Agreement"}]},
        "by text": {"properties": [{"pid": "tags", "v": ["log", 7, True]}]},
        "unknown": {"query": "Lock", "properties": [{"pid": "colour", "v": "red"}]},
    })  # fmt: skip
    assert found["by relation"][0]["id"] == "paxos"
    assert {"id": "broader", "value": 100} in found["by relation"][0]["features"]
    assert {r["id"] for r in found["by name"]} == {"raft", "paxos"}
    assert [r["id"] for r in found["by text"]] == ["raft"]
    assert found["unknown"][0]["id"] == "lock"


def test_a_table_is_extended(served) -> None:
    proposed = served.get("/reconcile/properties?type=algorithm&limit=400").json
    assert {"broader", "definition", "sources"} <= {p["id"] for p in proposed["properties"]}
    asked = {"ids": ["raft", "nothing"], "properties": [
        {"id": "broader"}, {"id": "tags", "settings": {"limit": 1}}, {"id": "sources"}, {"id": "colour"},
    ]}  # fmt: skip
    heard = served.get("/reconcile", method="POST", body=urlencode({"extend": json.dumps(asked)}), Content_Type=FORM)
    jsonschema.validate(heard.json, EXTENSION)
    assert heard.json["rows"]["raft"] == {
        "broader": [{"id": "consensus", "name": "Consensus"}],
        "tags": [{"str": "leader"}],
        "sources": [{"str": "https://raft.github.io/"}],
        "colour": [],
    }
    assert set(heard.json["rows"]["nothing"]) == {"broader", "tags", "sources", "colour"}


def test_what_openrefine_sends_is_answered(served) -> None:
    """Requests of OpenRefine 3.8.7 and its page in a browser, recorded on these notes.

    It registers the service, guesses the type of a column, reconciles it with a second column as a property, adds columns,
    completes names and previews a concept.
    """
    recorded = [json.loads(line) for line in (DATA / "openrefine.jsonl").read_text("utf-8").splitlines()]
    answers = []
    for request in recorded:
        headers = {name.replace("-", "_"): value for name, value in request["headers"].items()}
        heard = served.get(request["path"], method=request["method"], body=request["body"] or None, **headers)
        assert heard.status == 200, heard.text
        assert heard.headers.get("access-control-allow-origin") == request["headers"].get("Origin")
        answers.append(heard)
    manifest, guessed, reconciled, extended, *suggested, properties, preview = answers
    jsonschema.validate(manifest.json, MANIFEST)
    for heard in (guessed, reconciled):
        jsonschema.validate(heard.json, RESULTS)
    assert len(guessed.json) == 6
    assert all(len(answer["result"]) <= 3 for answer in guessed.json.values())
    # OpenRefine sends the six cells in any order, as q0 to q5, and takes the first candidate of each with `match`.
    sent = json.loads(dict(parse_qsl(recorded[2]["body"]))["queries"])
    jsonschema.validate(sent, QUERIES)
    found = {
        sent[key]["query"]: [(r["id"], r["match"]) for r in answer["result"][:1]] for key, answer in reconciled.json.items()
    }
    assert found == {
        "Raft": [("raft", True)], "raft ALGORITHM": [("raft", True)], "共识": [("consensus", False)],
        "Mutex": [("mutex", False)], "Paxso": [("paxos", False)], "no such thing": [],
    }  # fmt: skip
    jsonschema.validate(extended.json, EXTENSION)
    # It sends a setting of type number as a text.
    assert [len(cells) for cells in extended.json["rows"]["raft"].values()] == [1, 1, 1]
    for heard, kind, first in zip(suggested, ("entity", "type", "property"), ("raft", "algorithm", "broader"), strict=True):
        jsonschema.validate(heard.json, SUGGESTIONS[kind])
        assert heard.json["result"][0]["id"] == first
    assert {"broader", "tags"} <= {p["id"] for p in properties.json["properties"]}
    assert "共识" in preview.text


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"queries": "{"}, 400, "can't be read"),
        ({"queries": "[]"}, 400, "can't be read"),
        ({"queries": '{"a": {"query": 5}}'}, 400, "can't be read"),
        ({"queries": '{"a": {}}'}, 400, "neither a text nor properties"),
        ({"queries": json.dumps({f"q{i}": {"query": "x"} for i in range(101)})}, 413, "at most 100 queries"),
        ({"queries": json.dumps({"a": {"query": "x" * 1001}})}, 413, "at most 1,000 characters"),
        ({"queries": '{"a": ' + "[" * 5000 + "]" * 5000 + "}"}, 400, "can't be read"),
        ({"extend": '{"ids": []}'}, 400, "can't be read"),
        ({"query": "raft"}, 400, "version 0.1"),
        ({"queries": "x" * (1 << 20)}, 413, "1,048,576 bytes"),
    ],
)
def test_what_is_refused(served, fields: dict[str, str], status: int, why: str) -> None:
    heard = served.get("/reconcile", method="POST", body=urlencode(fields), Content_Type=FORM)
    assert (heard.status, why in heard.text) == (status, True), heard.text
    assert served.get("/reconcile", method="POST", body="{}", Content_Type="application/json").status == 415
    assert "access-control-allow-origin" not in served.get("/reconcile", Origin="https://evil.example").headers
    # No JSONP: a script of another page can't read the answer.
    assert served.get("/reconcile?callback=steal").text.startswith("{")
