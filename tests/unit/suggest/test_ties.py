"""What is missing is missing: no suggestion is for a pair that a statement ties, in either direction, in any collection."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from kg.base.settings import load_settings
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.running import How
from kg.knowledge.suggesting import shown_suggestions, suggestions_of
from kg.model import Corpus, Relation, Resolved
from kg.suggest.ties import ancestors, hierarchical_relations

ROOT = Path(__file__).resolve().parents[3]
CORPORA = ROOT.parent / "shared/corpora"
COLLECTIONS = {
    "concepts": ROOT / "concepts",
    "cncf-en": CORPORA / "cncf-glossary/content/en",
    "cncf-zh": CORPORA / "cncf-glossary/content/zh-cn",
    "cncf": CORPORA / "cncf-glossary/content",
    "foam": CORPORA / "foam-docs",
    "powershell": CORPORA / "powershell-docs",
    "containers": CORPORA / "container-microservices",
    "okf": ROOT.parent / "shared/okf",
}


def read(folder: Path, root: Path) -> KnowledgeBase:
    return KnowledgeBase(load_settings(root, notes=(folder,)), How(1, None))


def stated_pairs(corpus: Corpus) -> set[frozenset[str]]:
    """Pairs that a link or a relation ties, worked out from links and statements."""
    pairs = {frozenset((a.subject, a.object)) for a in corpus.assertions}
    for path, _, resolution in corpus.links:
        if isinstance(resolution, Resolved) and path in corpus.concept_of and resolution.path in corpus.concept_of:
            pairs.add(frozenset((corpus.concept_of[path], corpus.concept_of[resolution.path])))
    return pairs


def two_steps(corpus: Corpus, relations: dict[str, Relation]) -> set[frozenset[str]]:
    """Pairs of a concept and the one above its broader one."""
    parents: dict[str, set[str]] = {}
    for a in corpus.assertions:
        kind = relations[a.predicate].kind if a.predicate in relations else ""
        if kind in ("broader", "narrower"):
            below, above = (a.subject, a.object) if kind == "broader" else (a.object, a.subject)
            parents.setdefault(below, set()).add(above)
    return {frozenset((a, c)) for a, above in parents.items() for b in above for c in parents.get(b, ())}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_no_suggested_pair_is_tied(name: str, tmp_path: Path) -> None:
    folder = COLLECTIONS[name]
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    base = read(folder, ROOT if name == "concepts" else tmp_path)
    tied = stated_pairs(base.corpus) | two_steps(base.corpus, dict(base.vocabulary.relations))
    rows = [*suggestions_of(base, limit=50).rows(None)]
    assert len(rows) > len(base.corpus.concepts)
    assert {row.lane for row in rows} <= {"mention", "latent"}
    assert not [row for row in rows if frozenset((row.source, row.target)) in tied]
    assert not [row for row in shown_suggestions(base)[0] if frozenset((row.source, row.target)) in tied]


def write(folder: Path, notes: dict[str, str]) -> None:
    for name, text in notes.items():
        (folder / f"{name}.md").write_text(text)


SENTENCE = "Alpha and beta and gamma and delta are about the same wide subject of replicated logs and quorums.\n"


@pytest.fixture
def base(tmp_path: Path) -> KnowledgeBase:
    write(
        tmp_path,
        {
            "alpha": f"---\nbroader: '[[beta]]'\n---\n# Alpha\n\n{SENTENCE}",
            "beta": f"---\nbroader: '[[gamma]]'\n---\n# Beta\n\n{SENTENCE}",
            "gamma": f"# Gamma\n\n{SENTENCE}\n![[delta]]\n",
            "delta": f"# Delta\n\n{SENTENCE}",
        },
    )
    return read(tmp_path, tmp_path)


def ids(base: KnowledgeBase, pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    return {(base.corpus.concepts[s].id, base.corpus.concepts[t].id) for s, t in pairs}


def test_only_untied_pairs_are_suggested(base: KnowledgeBase) -> None:
    rows = suggestions_of(base).rows(None)
    assert ids(base, ((s.source, s.target) for s in rows)) == {(a, "delta") for a in ("alpha", "beta")} | {
        ("delta", b) for b in ("alpha", "beta")
    }


def test_back_links_are_a_lane_of_their_own(base: KnowledgeBase) -> None:
    rows = [*suggestions_of(base, lanes=("backlink",)).rows(None)]
    assert ids(base, ((s.source, s.target) for s in rows)) == {("beta", "alpha"), ("gamma", "beta"), ("delta", "gamma")}
    assert all(any(reason.kind == "back" for reason in row.why) for row in rows)


def test_a_rejected_pair_is_rejected_in_both_directions(base: KnowledgeBase, tmp_path: Path) -> None:
    folder = tmp_path / "ontology/snapshot"
    folder.mkdir(parents=True)
    (folder / "rejected.jsonl").write_text('{"id": "x", "source": "alpha", "target": "delta"}\n')
    rows = suggestions_of(read(tmp_path, tmp_path)).rows(None)
    assert ids(base, ((s.source, s.target) for s in rows)) == {("beta", "delta"), ("delta", "beta")}


def test_transitive_relations_tie_at_any_distance(tmp_path: Path) -> None:
    names = "abcd"
    for relation, distance in (("is-a", 3), ("broader", 2)):
        notes = {n: f"---\n{relation}: '[[{m}]]'\n---\n# {n}\n" for n, m in pairwise(names)}
        write(tmp_path, {**notes, "d": "# d\n"})
        base = read(tmp_path, tmp_path)
        pairs = ids(base, ancestors(base.corpus, hierarchical_relations(base.vocabulary.relations)))
        assert {(a, b) for a, b in pairs if a == "a"} == {("a", b) for b in names[1 : distance + 1]}
