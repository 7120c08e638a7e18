"""Terms that concepts share are shown as words of their notes, never as fragments."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.base.settings import load_settings
from kg.knowledge.suggesting import notes_of
from kg.suggest.ranking import base_of
from kg.suggest.text import prose_tokens
from kg.suggest.words import ConceptWords, SharedWords

NOTES = {
    "raft.md": "# Raft\n\nRaft 是共识算法，领导者的日志由多数派确认。MLOps policies of proxies, in use.\n",
    "paxos.md": "# Paxos\n\nPaxos 也是共识算法，领导者和多数派，提案。A policy of MLOps in use.\n",
    "quorum.md": "# 多数派\n\n多数派是过半的成员。\n",
}


@pytest.fixture
def words(tmp_path: Path) -> dict[str, ConceptWords]:
    for name, text in NOTES.items():
        (tmp_path / name).write_text(text)
    notes = notes_of(load_settings(tmp_path, notes=(tmp_path,)))
    corpus = notes.resolve(notes.notes)
    records = base_of(corpus, lambda path: notes.raw[path].decode()).records
    return {c.id: ConceptWords(corpus, records, iri) for iri, c in corpus.concepts.items()}


@pytest.mark.parametrize(
    ("terms", "shown"),
    [
        (["数派"], ("多数派",)),  # a name that both notes contain
        (["导者"], ("领导者",)),  # a stretch of text in both
        (["识算", "算法"], ("共识算法",)),
        (["的日"], ()),  # across a function word
        (["mlop"], ("mlops",)),
        (["policy"], ("policies",)),  # as the first note writes it
        (["确认"], ()),  # not in both
        (["use", "of"], ()),  # in both, but in every text
    ],
)
def test_a_word_stands_behind_a_term(words: dict[str, ConceptWords], terms: list[str], shown: tuple[str, ...]) -> None:
    assert SharedWords(words["raft"], words["paxos"]).of(terms) == shown


MATHEMATICS = {
    "prime spectrum.md": "The $\\operatorname{Spec} R$ with $\\frac{a}{b} \\in \\mathfrak{p} \\otimes \\mathbb{Z}$ of rings.\n",
    "scheme.md": "# Scheme\n\nGlued from affine pieces:\n\n$$\\operatorname{Spec} A \\otimes \\mathfrak{p}$$\n",
    "price.md": "# Price\n\nIt costs $5 or $6, and $\\frac12$ for all.\n",
}


def test_notation_counts_but_commands_are_no_words(tmp_path: Path) -> None:
    """Formulas of notes named by file: what they share brings them together; readers see words only."""
    for name, text in MATHEMATICS.items():
        (tmp_path / name).write_text(text)
    notes = notes_of(load_settings(tmp_path, notes=(tmp_path,)))
    corpus = notes.resolve(notes.notes)
    base = base_of(corpus, lambda path: notes.raw[path].decode())
    assert {"spec", "\\mathfrak:p", "\\otimes"} <= set(base.terms.words)
    assert not {"frac", "operatorname", "mathfrak", "in", "\\frac"} & set(base.terms.words)
    at = {corpus.concepts[iri].path: i for i, iri in enumerate(base.iris)}
    weights = base.terms.weights
    assert weights[at["prime spectrum.md"]].multiply(weights[at["scheme.md"]]).sum() > 0.3
    words = {c.path: ConceptWords(corpus, base.records, iri) for iri, c in corpus.concepts.items()}
    shown = SharedWords(words["prime spectrum.md"], words["scheme.md"]).of(base.terms.words)
    assert not [word for word in shown if "\\" in word]


@given(
    st.lists(
        st.sampled_from([*"$\\{}aB ^_\n\t\u00a0\x00", "\\text{", "\\mathbb{", "\\operatorname{", "\\alpha", "\\frac"])
    ).map("".join)
)
def test_a_term_is_one_word(text: str) -> None:
    """Terms are stored with spaces between them."""
    for formula in (text, f"${text}$", rf"$\text{{{text}}}$"):
        assert all(term and not any(c.isspace() for c in term) for term in prose_tokens(formula))


def test_names_with_formulas_and_kinds_are_found_in_text(tmp_path: Path) -> None:
    """A note is also named without what only files need; symbols, their words and their formulas are one name."""
    for name, text in {
        "sigma_algebra_definition.md": "Closed under complements.\n",
        "202203041530 Compact space (topology).md": "Every open cover has a finite subcover.\n",
        "MeasurableSpace.md": "A set with one.\n",
        "定义：紧集.md": "任意开覆盖都有有限子覆盖。\n",
        "price.md": "The group costs $5 for one and $6 for two; see $\\text{compact space}$.\n",
        "borel.md": "The smallest $\\sigma$-algebra on a compact space, a measurable space. 紧集上的测度。\n",
    }.items():
        (tmp_path / name).write_text(text)
    notes = notes_of(load_settings(tmp_path, notes=(tmp_path,)))
    corpus = notes.resolve(notes.notes)
    base = base_of(corpus, lambda path: notes.raw[path].decode())
    paths = [corpus.concepts[iri].path for iri in base.iris]
    named = {(paths[s], paths[t]) for s, t in zip(*base.named.nonzero(), strict=True)}
    assert {t.split(".")[0] for s, t in named if s == "borel.md"} == {
        "sigma_algebra_definition", "202203041530 Compact space (topology)", "MeasurableSpace", "定义：紧集"
    }  # fmt: skip
    assert not {t for s, t in named if s == "price.md"}  # not inside a formula, where no link can be
