"""What authors write wrongly about evidence is told at its place, and wrong cross-checks say what is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.base.process.sandbox import Caged, SandboxLimits
from kg.evidence import claims
from kg.evidence.claims import Piece, Record, attributes, records
from kg.evidence.tools import Judgement
from kg.evidence.tools import base as tools

Write = Callable[[Mapping[str, str | bytes]], Path]


def _pieces(folder: Path) -> list[Piece]:
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    return list(claims.gather_pieces(built.corpus, built.files))


@pytest.mark.parametrize(
    ("info", "said"),
    [
        ("python {run=perhaps}", "run is true or false, not 'perhaps'"),
        ("python {check=no}", "check is true or false, not 'no'"),
        ("coq {expect=maybe}", "expect is true or false, not 'maybe'"),
        ("coq {check=false}", 'check=false needs a reason: reason="…"'),
        ("python {run output=gone}", "output names 'gone', and no block of this note has that id"),
        ("yaml {run}", "only Python is run, not yaml"),
        ("coq {#x after=x}", "after leads from 'x' back to itself"),
        ("coq {after=gone}", "after names 'gone', and no block has that id"),
        ("coq {after=other}", "'other' is python, not coq: nothing can build on it"),
    ],
)
def test_a_wrong_attribute_is_said(base: Write, info: str, said: str) -> None:
    folder = base({"concepts/a.md": f"# A\n\n```python {{#other}}\n1\n```\n\n```{info}\nx\n```\n"})
    assert _pieces(folder)[-1].fault == said


def test_two_blocks_in_a_circle_and_two_of_one_id(base: Write) -> None:
    circle = "```coq {#a after=b}\nx\n```\n\n```coq {#b after=a}\ny\n```\n\n```coq {#c}\nz\n```\n\n```coq {#c}\nz\n```\n"
    faults = {p.key: p.fault for p in _pieces(base({"concepts/a.md": f"# A\n\n{circle}"}))}
    assert "back to itself" in faults["a.md#a"] + faults["a.md#b"]
    assert faults["a.md#c"] == "two blocks of this note have the id 'c'"


def test_attributes_stand_in_braces_only() -> None:
    assert attributes.read_attributes('id=x claims="y"') == attributes.Attributes()


def test_files_that_the_front_matter_links(base: Write) -> None:
    note = """---
evidence:
  - {file: large.py, run: true}
  - {file: gone.py}
  - {file: ../../kg.toml}
  - {id: nothing, expect: [true, false]}
---
# A
"""
    folder = base({"kg.toml": "", "concepts/a.md": note, "concepts/large.py": b"#" * (claims.pieces.MAX_FILE + 1)})
    found = {p.key: p for p in _pieces(folder)}
    assert found["a.md#large.py"].fault == "'large.py' is larger than a megabyte"
    assert found["a.md#large.py"].attributes.run
    assert found["a.md#gone.py"].fault == "can't read 'gone.py': No such file or directory"
    assert found["a.md#kg.toml"].fault == "'../../kg.toml' is not a file below the notes folder"
    assert found["a.md#nothing"].attributes.expect == (True, False)


def test_a_language_without_a_tool_is_said(base: Write) -> None:
    folder = base({"concepts/a.md": "# A\n\n```fortran {#f claims='x'}\nEND\n```\n"})
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    (found,) = claims.read_evidence(folder / "ontology", built.corpus, built.files, built.relations)
    assert (found.verdict, found.why) == ("unverified", "no tool is known for fortran")


CROSSED = """---
id: quorum
checks:
  - {{{check}}}
---
# Quorum

```python {{#code}}
def broken(:
```

```yaml {{#anchors}}
a: &x {{b: 1}}
c: *x
[d, e]: 1
```

```yaml {{#bad}}
a: [
```

```coq {{#thm}}
Theorem t : 1 + 1 = 2. reflexivity. Qed.
```

```mermaid {{#bare}}
graph LR
  a[Quorum] --> b[Quorum]
```
"""


@pytest.mark.parametrize(
    ("check", "why"),
    [
        ("identifier: broken, in: code", "is not a name in python"),
        ("identifier: c.z, in: anchors", "is not a name in yaml"),
        ("identifier: a, in: bad", "is not a name in yaml"),
        ("theorem: t, coq: code", "no Coq block of this note has the id 'code'"),
        ("theorem: t, coq: thm", "the proof is failed: no"),
        ("diagram: bare, agrees: code", "a diagram agrees with 'graph', not with 'code'"),
        ("diagram: bare, agrees: graph", "the diagram has no labelled edge between named concepts"),
    ],
)
def test_a_cross_check_that_can_not_hold(base: Write, check: str, why: str) -> None:
    folder = base({"concepts/quorum.md": CROSSED.format(check=check)})
    built = knowledge.KnowledgeBase(settings.load_settings(folder))
    thm = next(p for p in claims.gather_pieces(built.corpus, built.files) if p.key.endswith("#thm"))
    records.write_verdicts(folder / "ontology", [Record(thm.key, thm.digest, "coq", "failed", "coq", "8", why="no")])
    found = claims.read_evidence(folder / "ontology", built.corpus, built.files, built.relations)
    (item,) = (e for e in found if e.kind == "cross-check")
    assert (item.verdict, why in item.why) == ("failed", True), item.why


@pytest.mark.parametrize(
    ("states", "why"),
    [
        ("states: code, diagram: bare", "no SMV model of this note has the id 'code'"),
        ("states: code, diagram: code", "no Mermaid diagram of this note has the id 'code'"),
    ],
)
def test_states_of_what_is_no_model(base: Write, states: str, why: str) -> None:
    check = f"{states}, variable: s"
    assert why in [p.fault for p in _pieces(base({"concepts/quorum.md": CROSSED.format(check=check)}))]


def test_a_record_has_one_of_five_verdicts() -> None:
    with pytest.raises(ValueError, match="'fine' is not a verdict"):
        Record("a#1", "0", "coq", "fine", "coq", "8")


@pytest.mark.parametrize(
    ("status", "ended", "verdict", "why"),
    [
        (None, "time", "timed-out", "no end within 5 s"),
        (None, "output", "failed", "it prints more than"),
        (None, "memory", "failed", "of memory"),
        (None, "disk", "failed", "it writes more than"),
        (None, "processes", "failed", "it starts more than"),
        (None, "", "unverified", "the sandbox can't run it: no namespaces"),
        (137, "", "failed", "it was ended by the system: killed"),
    ],
)
def test_what_came_to_no_end_of_its_own(status: int | None, ended: str, verdict: str, why: str) -> None:
    found = tools.unfinished(Caged(status, "", "no namespaces", ended, {}, {}), SandboxLimits(seconds=5))
    assert isinstance(found, Judgement)
    assert (found.verdict, why in found.why) == (verdict, True), found.why
