"""Notes and thesauri that mean harm: bombs, depth, size, ways out, names that clash. Each is bounded and says what it is."""

# ruff: noqa: E501  # payloads

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MEMORY = 2 << 30
"""Address space that a build may take: what grows without bound ends in it."""
SKOS = "@prefix s: <http://www.w3.org/2004/02/skos/core#> . @prefix e: <https://example.org/> .\n"


def _kg(*args: str | Path) -> subprocess.CompletedProcess[str]:
    # Not by a function that is called in the fork: with threads of other tests around, it may wait for ever.
    limited = ["sh", "-c", f'ulimit -v {MEMORY >> 10}; exec "$@"', "sh"]
    return subprocess.run(
        [*limited, sys.executable, "-m", "kg", *map(str, args)],
        capture_output=True, encoding="utf-8", errors="replace", timeout=280, check=False,
    )  # fmt: skip


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 10)
)
NOTES = {
    "bomb.md": f"---\n{BOMB}---\n# Bomb\n",
    "comments.md": "---\n"
    + BOMB.replace("a0: &a0", "b0: &b0").replace("*a", "*b").replace("&a", "&b").replace(", *", " # x\n  , *")
    + "---\n",
    "names.md": "---\n" + re.sub(r"([&*])a", r"\1a.", BOMB).replace("]\n", " ]\n").replace(", *", " #\n , *") + "---\n",
    "merge.md": "---\nbase: &b {x: 1}\ntitle: {<<: *b}\n---\n",
    "tags.md": "---\nid: !!python/object/apply:os.system ['touch kg-was-here']\n---\n",
    "flow.md": "---\na: " + "[" * 50_000 + "\n---\n",
    "keys.md": "---\n" + "".join(f"k{i}: v\n" for i in range(20_000)) + "---\n",
    "lists.md": "".join("  " * d + "- x\n" for d in range(2_000)),
    "line.md": "> " * 100_000 + "x\n\n" + "- " * 100_000 + "y\n\n" + "[" * 100_000 + "\n",
    "links.md": "# L\n" + "[[a]] " * 50_000,
    "html.md": "<div><b>" * 50_000 + "x",
    "formula.md": "$$\n" + "\\frac{1}{" * 20_000 + "\n$$\n\n$" + "{" * 50_000 + "$\n",
    "diagram.md": "```mermaid\ngraph TD\n" + "".join(f"a{i} --> a{i + 1}\n" for i in range(20_000)) + "```\n",
    "title.md": f"---\ntitle: {'长' * 200_000}\n---\n",
    "a.md": "# A\n\n[x](../../../../etc/passwd) [y](/etc/passwd) [z](file:///etc/passwd) [w](a.md/../../../x.md) ![[/etc/passwd]]\n",
    "Case.md": "---\nid: Same\n---\n",
    "case2.md": "---\nid: same\n---\n",
    "CON.md": "# con\n",
    "out.md": "---\nid: ../../../../tmp/out\nslug: ../../x\nurl: /../../y\n---\n",
}


def test_notes_are_bounded_and_each_says_what_is_wrong(base: Callable[..., Path]) -> None:
    folder = base({f"concepts/{name}": text for name, text in NOTES.items()})
    ran = _kg("build", "-C", folder)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert not (folder / "kg-was-here").exists()
    findings = json.loads((folder / "output/findings.json").read_text("utf-8"))["findings"]
    said = {(f["path"], f["code"]) for f in findings}
    for name in ("bomb.md", "comments.md", "names.md", "flow.md"):
        assert (name, "KG102") in said
    assert sum(f["code"] == "KG201" and f["path"] == "a.md" for f in findings) >= 2
    assert {("Case.md", "KG301"), ("case2.md", "KG301")} <= said
    pages = [str(path.relative_to(folder / "output")) for path in (folder / "output").rglob("*")]
    assert len({page.casefold() for page in pages}) == len(pages)
    assert not [page for page in pages if Path(page).stem.split(".")[0].upper() in ("CON", "NUL", "AUX", "PRN")]
    assert {p.name for p in folder.iterdir()} <= {"concepts", "output"}


RDF = {
    "laughs.rdf": '<!DOCTYPE x [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    + ']><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><x>&l11;</x></rdf:RDF>',
    "external.rdf": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><x>&e;</x></rdf:RDF>',
    "deep.rdf": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' + "<a>" * 20_000,
    "deep.jsonld": '{"a":' * 20_000,
    "context.jsonld": '{"@context": "http://127.0.0.1:9/c.jsonld", "@id": "x:y"}',
    "long.ttl": SKOS + 'e:a a s:Concept ; s:prefLabel "A"@en ; s:note "' + "x" * 20_000_000 + '" .',
    "lists.ttl": SKOS + "e:a a s:Concept ; s:note " + "(" * 20_000,
    "words.csv": "label,definition\n" + '"' * 100_001,
    "wide.csv": ",".join(["label"] * 20_000) + "\nx\n",
    "zero.csv": "label\n\x00\x00\n",
}


@pytest.mark.parametrize("name", RDF)
def test_thesauri_are_bounded_and_say_what_is_wrong(base: Callable[..., Path], name: str) -> None:
    folder = base({f"in/{name}": RDF[name], "concepts/a.md": "# A\n"})
    ran = _kg("import", folder / "in" / name, "-C", folder)
    assert "Traceback" not in ran.stderr, ran.stderr[-1500:]
    assert ran.returncode in (0, 2), ran.stderr[-1500:]
    if ran.returncode == 2:
        assert ran.stderr.startswith("kg: ")
        assert name in ran.stderr
    assert "root:" not in ran.stdout + ran.stderr + "".join(p.read_text("utf-8") for p in (folder / "concepts").rglob("*.md"))
    assert {p.name for p in folder.iterdir()} <= {"concepts", "in", "output"}


def test_an_import_writes_nowhere_but_among_the_notes(base: Callable[..., Path], kg: Any) -> None:
    concepts = "".join(
        f'<https://example.org/{iri}> a s:Concept ; s:prefLabel "{label}"@en .\n'
        for iri, label in (
            ("../../../up", "../../up"),
            ("%2e%2e%2fup", "..\\\\up"),
            ("C:/x", "C:\\\\x"),
            ("a", "/etc/x"),
            ("b", "con"),
            ("c", "\\u0000"),
        )
    )
    folder = base({"in/evil.ttl": SKOS + concepts})
    ran = kg("import", folder / "in/evil.ttl", "-C", folder)
    assert ran.status in (0, 2), ran.stderr
    assert {p.name for p in folder.iterdir()} <= {"concepts", "in", "output"}
    assert len(list((folder / "concepts").rglob("*.md"))) > 3
    assert not [p for p in folder.parent.iterdir() if p.stem in ("up", "x", "con")]


@pytest.mark.parametrize("out", ["concepts", ".", "..", "/", "/etc"])
def test_an_output_folder_that_holds_other_things_is_refused(base: Callable[..., Path], kg: Any, out: str) -> None:
    folder = base({"concepts/a.md": "# A\n", "kg.toml": ""})
    before = sorted(folder.rglob("*"))
    ran = kg("build", "-C", folder, "--out", out)
    assert ran.status == 2, ran.stdout
    assert "--out" in ran.stderr
    assert sorted(folder.rglob("*")) == before
