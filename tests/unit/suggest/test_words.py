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
