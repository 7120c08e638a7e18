"""What is said for a suggestion can be looked up: lines, terms, neighbours, and parts that sum to the score."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from kg.base.settings import load_settings
from kg.knowledge.suggesting import notes_of
from kg.model import Corpus, Reason, Resolved, Suggestion
from kg.suggest import LANES
from kg.suggest.evaluate import Notes
from kg.suggest.ranker import packaged_ranker
from kg.suggest.ranking import SuggestOptions, base_of, rank_pairs
from kg.suggest.text import normal, tokens

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = SuggestOptions(10_000, frozenset(), packaged_ranker(), LANES)


@dataclass
class Vault:
    """Notes with their suggestions; bytes can be changed and everything made again."""

    notes: Notes

    def made(self, changed: Mapping[str, str] | None = None) -> tuple[Corpus, dict[str, Suggestion]]:
        raw = {p: d.decode() for p, d in self.notes.raw.items()} | dict(changed or {})
        notes = {
            p: self.notes.parse(p, raw[p].encode()) if changed and p in changed else n for p, n in self.notes.notes.items()
        }
        corpus = self.notes.resolve(notes)
        return corpus, {s.id: s for s in rank_pairs(corpus, raw.__getitem__, OPTIONS).rows()}


@pytest.fixture(scope="module")
def vault() -> Vault:
    folder = ROOT / "concepts" / "deliverables"
    return Vault(notes_of(load_settings(ROOT, notes=(folder, ROOT / "concepts" / "frontier"))))


@pytest.fixture(scope="module")
def made(vault: Vault) -> tuple[Corpus, dict[str, Suggestion]]:
    return vault.made()


def test_parts_sum_to_the_score(made: tuple[Corpus, dict[str, Suggestion]]) -> None:
    rows = made[1].values()
    assert len(rows) > 500
    for row in rows:
        assert row.score == pytest.approx(sum(r.contribution for r in row.why), abs=1e-9)
        assert all(r.contribution > 0 for r in row.why)
        assert 0 < row.score <= 1


def test_the_cited_line_holds_the_name(vault: Vault, made: tuple[Corpus, dict[str, Suggestion]]) -> None:
    corpus, rows = made
    seen = 0
    for row in rows.values():
        for reason in row.why:
            if reason.kind not in ("mention", "mentioned"):
                continue
            seen += 1
            line = vault.notes.raw[reason.path].decode().splitlines()[reason.line - 1]
            assert line[reason.column - 1 :].startswith(reason.text.split("\n")[0])
            one, other = (row.source, row.target) if reason.kind == "mention" else (row.target, row.source)
            assert corpus.concept_of[reason.path] == one
            assert _may_mean(corpus, reason.text, other)
    assert seen > 30


def _may_mean(corpus: Corpus, text: str, iri: str) -> bool:
    """Whether a text is a name of a concept (its plural aside) or what links to it show."""
    concept = corpus.concepts[iri]
    names = {*concept.labels.values(), *(a for a, _ in concept.alt_labels), *(Path(p).stem for p in concept.paths)}
    names |= {ln.text for _, ln, f in corpus.links if isinstance(f, Resolved) and corpus.concept_of.get(f.path) == iri}
    forms = {" ".join(tokens(normal(n))) for n in names}
    return " ".join(tokens(normal(text))) in forms


def test_neighbours_are_linked_to_both(made: tuple[Corpus, dict[str, Suggestion]]) -> None:
    corpus, rows = made
    linked = {(a.subject, a.object) for a in corpus.assertions} | {(a.object, a.subject) for a in corpus.assertions}
    seen = 0
    for row in rows.values():
        for reason in row.why:
            if reason.kind == "walk":
                for concept in reason.concepts:
                    seen += 1
                    assert (row.source, concept) in linked
                    assert (concept, row.target) in linked
            if reason.kind in ("similar-link", "close-link"):
                assert all((concept, row.target) in linked for concept in reason.concepts)
            if reason.kind in ("link-similar", "co-link"):
                assert all((row.source, concept) in linked for concept in reason.concepts)
    assert seen > 100


def test_words_occur_in_both(vault: Vault, made: tuple[Corpus, dict[str, Suggestion]]) -> None:
    corpus, rows = made
    raw = {p: d.decode() for p, d in vault.notes.raw.items()}
    words = {iri: normal(" ".join(raw[p] for p in c.paths)) for iri, c in corpus.concepts.items()}
    stems = {iri: set(tokens(text)) for iri, text in words.items()}
    seen = 0
    for row in rows.values():
        for reason in row.why:
            for term in reason.terms:
                seen += 1
                assert term in words[row.source]
                assert term in words[row.target] or set(tokens(term)) <= stems[row.target]
    assert seen > 1000


def _without(reason: Reason, row: Suggestion, corpus: Corpus, raw: Mapping[str, str]) -> dict[str, str]:
    """The notes without what a reason points at."""
    changed: dict[str, str] = {}
    if reason.line:
        name = reason.text
        changed[reason.path] = raw[reason.path].replace(name, "")
    for path in corpus.concepts[row.source].paths if reason.terms else ():
        text = raw[path]
        for term in reason.terms:
            text = text.replace(term, "").replace(term.capitalize(), "").replace(term.upper(), "")
        changed[path] = text
    for concept in reason.concepts:
        for source, link, found in corpus.links:
            ends = {corpus.concept_of.get(source), corpus.concept_of.get(getattr(found, "path", ""))}
            end = row.target if reason.kind in ("walk", "close-link", "similar-link") else row.source
            if ends == {concept, end}:
                text = changed.get(source, raw[source])
                changed[source] = text.replace(f"[[{link.target}]]", '""' if link.context == "front-matter" else "")
    return {p: t for p, t in changed.items() if t != raw[p]}


def test_without_the_evidence_the_score_falls(vault: Vault, made: tuple[Corpus, dict[str, Suggestion]]) -> None:
    corpus, rows = made
    raw = {p: d.decode() for p, d in vault.notes.raw.items()}
    chosen = random.Random(5).sample(sorted(i for i, r in rows.items() if r.score > 0.25), 24)
    fell = tried = 0
    for name in chosen:
        row = rows[name]
        reason = next(r for r in row.why if r.line or r.terms or r.concepts)
        changed = _without(reason, row, corpus, raw)
        if not changed:
            continue
        tried += 1
        after = vault.made(changed)[1].get(name)
        fell += after is None or after.score < row.score
    assert tried >= 20
    # In small samples the share varies: 56 of 59 in a larger one, 25 of 30 in another one of the same notes.
    assert fell >= 0.8 * tried


def test_reading_twice_gives_the_same(vault: Vault, made: tuple[Corpus, dict[str, Suggestion]]) -> None:
    assert list(vault.made()[1].values()) == list(made[1].values())


def test_features_never_lower_a_score(made: tuple[Corpus, dict[str, Suggestion]], vault: Vault) -> None:
    from kg.suggest.ranker import packaged_ranker

    ranker = packaged_ranker()
    assert all(w >= 0 for row in ranker.weights for w in row)
    base = base_of(made[0], lambda p: vault.notes.raw[p].decode())
    assert base.latent.shape[0] == len(base.iris)
