"""Records of reviews: sealed, append-only, bound to what was judged; samples that no reviewer chooses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kg import knowledge
from kg.base import settings
from kg.base.errors import UsageError
from kg.evidence import review
from kg.evidence.review import sample
from kg.evidence.review.records import (
    Acceptance,
    ClaimReview,
    ConceptReview,
    Drawn,
    InnovationClaim,
    append_reviews,
    read_reviews,
)
from kg.evidence.review.state import acceptance_digest, digest_of
from kg.model import Corpus

Write = Callable[[Mapping[str, str | bytes]], Path]

NOTES: dict[str, str | bytes] = {
    "concepts/a.md": "---\nid: a\nlayer: theory\ndefinition: A is what comes first of all.\nuses: '[[b]]'\n---\n# A\n\n"
    "It is used wherever something has to come first. Nobody knows why\nthat is so, but it is.\n\n| no | claim |\n|--|--|\n\n"
    "```\nThis is code and no claim at all, is it.\n```\n",
    "concepts/b.md": "---\nid: b\nlayer: practice\n"
    "definition: {zh: 乙是第二个出现的东西。, en: B is what comes second.}\n---\n# 乙\n\n"
    "乙总是跟在甲的后面，从来没有例外。没人知道为什么会这样，但事实如此。\n",
}
SIGNED = {"by": "A", "when": "2026-01-01T00:00:00Z"}


def _corpus(folder: Path) -> knowledge.KnowledgeBase:
    return knowledge.KnowledgeBase(settings.load_settings(folder))


def _claims(built: knowledge.KnowledgeBase) -> list[sample.Claim]:
    return sample.collect_claims(built.corpus, built.relations, knowledge.texts_on_disk(built.files, built.corpus.notes))


def test_claims_are_definitions_relations_and_sentences_with_their_lines(base: Write) -> None:
    found = _claims(_corpus(base(NOTES)))
    assert Counter(c.kind for c in found) == {"definition": 3, "relation": 1, "statement": 4}
    by_text = {c.text: (c.path, c.line) for c in found}
    assert by_text["Nobody knows why that is so, but it is."] == ("a.md", 9)
    assert by_text["没人知道为什么会这样，但事实如此。"] == ("b.md", 8)
    assert by_text["A — uses → 乙"] == ("a.md", 5)
    assert not any("code" in t or "|" in t for t in by_text)


def test_a_sample_is_stratified_and_depends_on_the_seed_alone(base: Write) -> None:
    files: dict[str, str | bytes] = {
        f"concepts/{layer}{n}.md": f"---\nid: {layer}{n}\nlayer: {layer}\ndefinition: Number {n} of all of {layer}.\n---\n"
        for layer, count in (("theory", 90), ("practice", 9), ("frontier", 1))
        for n in range(count)
    }
    found = _claims(_corpus(base(files)))
    drawn = sample.draw_sample(found, 20, 1)
    strata = Counter(c.stratum[1] for c in drawn)
    assert strata == {"theory": 17, "practice": 2, "frontier": 1}
    assert [c.id for c in sample.draw_sample(list(reversed(found)), 20, 1)] == [
        c.id for c in sample.draw_sample(list(reversed(found)), 20, 1)
    ]
    assert sample.draw_sample(found, 20, 1) == drawn != sample.draw_sample(found, 20, 2)
    assert len(sample.draw_sample(found, 1000, 1)) == len(found)
    assert len(sample.draw_sample(found, 2, 1)) == 2
    assert sample.draw_sample([], 5, 1) == []


def _drawn(corpus: Corpus) -> Drawn:
    return Drawn(
        id="c1", sample="s", concept="a", path="a.md", line=4, claim="definition", text="A", digest=corpus.notes["a.md"].digest,
        **SIGNED,
    )  # fmt: skip


def test_what_was_written_stays_and_an_altered_record_is_refused(base: Write) -> None:
    folder = base(NOTES)
    ontology = folder / "ontology"
    corpus = _corpus(folder).corpus
    append_reviews(ontology, [_drawn(corpus)])
    first = (ontology / review.FILE).read_bytes()
    append_reviews(ontology, [ClaimReview(subject="c1", verdict="wrong", digest="x", **SIGNED)])
    path = ontology / review.FILE
    assert path.read_bytes().startswith(first)
    assert len(read_reviews(ontology)) == 2
    path.write_bytes(path.read_bytes().replace(b'"wrong"', b'"correct"'))
    with pytest.raises(UsageError, match=r"reviews\.jsonl:2: the record was altered"):
        read_reviews(ontology)
    with pytest.raises(UsageError, match="altered"):
        append_reviews(ontology, [_drawn(corpus)])
    path.write_text("<<<<<<< HEAD\n")
    with pytest.raises(UsageError, match=r"reviews\.jsonl:1"):
        read_reviews(ontology)


def test_a_change_of_the_note_makes_reviews_stale(base: Write) -> None:
    folder = base(NOTES)
    corpus = _corpus(folder).corpus
    note = corpus.notes["a.md"].digest
    concept = digest_of(corpus, corpus.concepts["https://example.org/kb/concept/a"])
    records = [
        _drawn(corpus),
        ClaimReview(subject="c1", verdict="wrong", digest=note, **SIGNED),
        ClaimReview(subject="c1", verdict="correct", digest=note, **SIGNED),  # the last word of a person counts
        ClaimReview(subject="c1", verdict="correct", digest=note, **(SIGNED | {"by": "B"})),
        ConceptReview(subject="a", verdict="approved", digest=concept, **SIGNED),
        ConceptReview(subject="b", verdict="approved", digest="of an earlier text", **SIGNED),
    ]
    state = review.summarise_reviews(records, corpus)
    assert dict(state.claims[0].verdicts) == {"A": "correct", "B": "correct"}
    assert (state.approved, state.stale) == (frozenset({"a"}), 1)
    base({"concepts/a.md": str(NOTES["concepts/a.md"]) + "More.\n"})
    state = review.summarise_reviews(records, _corpus(folder).corpus)
    assert (state.claims[0].stale, dict(state.claims[0].verdicts)) == (True, {})
    assert (state.approved, state.stale) == (frozenset(), 4)


def test_an_objection_holds_back_an_approval(base: Write) -> None:
    corpus = _corpus(base(NOTES)).corpus
    digest = digest_of(corpus, corpus.concepts["https://example.org/kb/concept/a"])
    records = [
        ConceptReview(subject="a", verdict="approved", digest=digest, **SIGNED),
        ConceptReview(subject="a", verdict="objected", digest=digest, **(SIGNED | {"by": "B"})),
    ]
    assert review.summarise_reviews(records, corpus).approved == frozenset()


def test_innovations_are_accepted_by_two_others(base: Write) -> None:
    corpus = _corpus(base(NOTES)).corpus
    claim = InnovationClaim(id="i", type="theory", title="T", prior_art="DBLP", digest="", **SIGNED)
    current = acceptance_digest(claim, {})

    def by(who: str, digest: str = current) -> Acceptance:
        return Acceptance(subject="i", verdict="accepted", digest=digest, by=who, when="")

    def accepted(*records: Acceptance, of: InnovationClaim = claim) -> bool:
        return review.summarise_reviews([of, *records], corpus).innovations[0].accepted

    assert accepted(by("B"), by("C"))
    assert not accepted(by("B"), by("B"))
    assert not accepted(by("A"), by("B"))  # the claimant is not a judge
    assert not accepted(by("B"), by("C", "of another text"))
    rejected = Acceptance(subject="i", verdict="rejected", digest=current, by="D", when="")
    assert not accepted(by("B"), by("C"), rejected)
    unsearched = InnovationClaim(id="i", type="theory", title="T", prior_art=" ", digest="", **SIGNED)
    digest = acceptance_digest(unsearched, {})
    assert not accepted(by("B", digest), by("C", digest), of=unsearched)
