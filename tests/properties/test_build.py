"""Reading never fails, and ids outlive file names."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import kg
from kg import knowledge
from kg.base.settings import load_settings

FAST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PIECE = st.one_of(
    st.text(max_size=30),
    st.binary(max_size=30),
    st.sampled_from(
        [
            "---\n",
            "id: a\n",
            "title: {zh: 甲, en: A}\n",
            "uses: ['[[a]]', b]\n",
            "broader: [[a]]\n",
            "aliases: [a, /b/, 3, null]\n",
            "+++\n",
            '{"id": 1}\n',
            "# H\n",
            "[[a]]",
            "![[a#^x]]",
            '[t](a.md#h "uses")',
            "uses:: [[b]]\n",
            "```mermaid\ngraph TD\n a-->|uses|b\n```\n",
            "| relation | to |\n|--|--|\n|uses|a|\n",
            "%%",
            "<!--",
            "$$x$$",
            "\\(",
            '{{< ref "a" >}}',
            "\r\n",
            "\x00",
            "\ufeff",
            "中文：：",
            "type: theorem\nlang: zh\n",
            "sources: ['http://x/%', x]\n",
            "definition: {en: x, 3: y}\n",
            "^x\n",
            "https://[",
            "id: ..\n",
            "id: [1, 2]\n",
            "id: 2024-01-01\n",
        ]
    ),
)
CONTENT = st.lists(PIECE, max_size=8).map(
    lambda parts: b"".join(p if isinstance(p, bytes) else p.encode("utf-8", "surrogatepass") for p in parts)
)
NAME = st.sampled_from(
    ["a.md", "b.md", "x/a.md", "x/README.md", "A.md", "中 文.md", "c[d].md", "a.markdown", "x/y/#z%.md", "_index.md", "p.png"]
)


@FAST
@given(st.dictionaries(NAME, CONTENT, min_size=1, max_size=5))
def test_no_notes_crash_reading(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name, content in {**files, "z.md": b"[[a]]\n"}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        base = kg.read(folder)
        findings = knowledge.KnowledgeBase(load_settings(folder, notes=(folder,))).findings
    assert len(base.concepts) == len(set(base.concepts)) >= 1
    assert set(base.network) == set(base.concepts)
    for finding in findings:
        assert finding.line >= 1
        assert finding.column >= 1


SEGMENT = st.text(st.sampled_from("abcé中 #%[]-_.0"), min_size=1, max_size=12).map(lambda s: s.strip(" .") or "x")


@FAST
@given(
    st.text(
        st.characters(min_codepoint=33, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"], exclude_characters="'"),
        min_size=1,
        max_size=20,
    ),
    SEGMENT,
    SEGMENT,
)
def test_a_rename_that_keeps_its_id_keeps_its_iri(concept_id: str, one: str, two: str) -> None:
    assume(concept_id.strip())
    text = f"---\nid: '{concept_id}'\nuses: '[[zz-other]]'\n---\n# Some title\n"
    iris = []
    for name in (f"{one}.md", f"{two}/{one}{two}.md"):
        with tempfile.TemporaryDirectory() as temporary:
            path = Path(temporary) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            (Path(temporary) / "zz-other.md").write_text("# O\n")
            base = kg.read(temporary)
        named = [iri for iri, c in base.concepts.items() if c.id == concept_id.strip()]
        assert len(named) == 1
        iris.append((named[0], [t for _, t in base.network.out_edges(named[0])]))
    assert iris[0] == iris[1]
