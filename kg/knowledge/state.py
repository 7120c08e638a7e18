"""The state that a build of the graph stores, from which the next build computes the effect of an edit."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from kg.base.settings import Settings
from kg.checks import RULES, CheckPlan, RuleScope
from kg.checks.rules.evidence.undeclared_symbol import REGISTRY
from kg.corpus.index import Tables
from kg.graph import FOREIGN_RULES
from kg.knowledge.graphs import Read
from kg.knowledge.inputs import InputDigests
from kg.model import Assertion, Broken, Finding, Resolved
from kg.notes.reading.cache import Where, read_checked, write_checked

_FILE: Final = "graph.state"

LOCAL: Final = frozenset({RuleScope.NOTE, RuleScope.LINKS, RuleScope.CONCEPT})
"""Rules of these scopes examine one note, its links and its concept. After an edit they run on the changed notes only."""
STEADY: Final = frozenset({
    RuleScope.SUPPRESSIONS,  # an edit to a note with suppressions isn't supported
    RuleScope.FILES,  # part of the frame
    RuleScope.KEYS,  # links below keys that are no relations must be unchanged
    RuleScope.NAMES,  # ids, labels and definitions must be unchanged
    RuleScope.RELATIONS,  # a changed relation is compared separately, see `increment`
    RuleScope.NETWORK,  # not available at stage `graph`
    RuleScope.SHAPES,  # a knowledge base with shapes isn't supported
    RuleScope.EVIDENCE,  # blocks with evidence must be unchanged
    RuleScope.REPRESENTATIONS,  # diagrams must be unchanged; a table of symbols isn't supported
    RuleScope.PLAN,  # a knowledge base with tasks isn't supported
})  # fmt: skip
"""An incremental edit doesn't change the input of rules of these scopes, so their findings stay valid.

Rules of `RuleScope.GRAPH` run again if typed relations change. With rules of any other scope, the build isn't incremental.
"""
_SCOPES: Final = {rule.code: rule.scope for rule in RULES}


def scope_of(finding: Finding) -> RuleScope:
    """The scope of the built-in rule that reported a finding."""
    return _SCOPES[finding.code]


class BuiltNote(NamedTuple):
    """A note at the last build."""

    size: int
    mtime_ns: int
    inode: int
    digest: str
    iri: str
    """IRI of the concept that it describes; empty for none."""
    id: str
    chunk: str
    position: int


class BuildState(NamedTuple):
    """The data about the last build that the next build needs."""

    frame: str
    """Digest of all inputs but the notes."""
    inputs: str
    """Digest of all inputs."""
    written_ns: int
    rows: dict[str, BuiltNote]
    tables: Tables
    language: dict[str, str]
    merged: list[str]
    """Notes of concepts that several notes describe."""
    fragments: dict[str, list[str]]
    """Note → its headings and blocks that links of other notes refer to."""
    diagrams: list[Assertion]
    findings: list[Finding]
    """Before duplicates are merged."""
    predicates: dict[str, int]
    """Number of statements of each relation."""
    suppressions: bool
    """Whether any note has suppressions."""


_state_in: Final = msgspec.msgpack.Decoder(BuildState)


def remember_state(
    settings: Settings,
    read: Read,
    plan: CheckPlan,
    findings: Sequence[Finding],
    where: Mapping[str, Where],
    digests: InputDigests,
) -> None:
    """Store the state for the next build of the graph; nothing if the effect of an edit can't be predicted."""
    path = settings.cache / _FILE
    if not _simple(settings, read, plan) or read.resolver.index.guessed_out:
        path.unlink(missing_ok=True)
        return
    corpus = read.corpus
    # Tasks depend on each other, cross-checks compare notes, and one note can declare symbols for all.
    if any(c.type == "task" or c.id == REGISTRY for c in corpus.concepts.values()) or any(
        "checks" in note.metadata for note in corpus.notes.values()
    ):
        path.unlink(missing_ok=True)
        return
    ids = {c.iri: c.id for c in corpus.concepts.values()}
    rows = {}
    for file in read.listing.notes:
        note = corpus.notes.get(file.name)
        if note is None or file.name not in where:
            path.unlink(missing_ok=True)
            return
        iri = corpus.concept_of.get(file.name, "")
        looks = (file.size, file.mtime_ns, file.inode, note.digest)
        rows[file.name] = BuiltNote(*looks, iri, ids.get(iri, ""), *where[file.name])
    fragments: dict[str, dict[str, None]] = {}
    for source, link, resolution in corpus.links:
        if link.fragment and isinstance(resolution, Resolved | Broken) and resolution.path not in (None, source):
            fragments.setdefault(str(resolution.path), {})[link.fragment] = None
    state = BuildState(
        frame=digests.frame,
        inputs=digests.inputs,
        written_ns=time.time_ns(),
        rows=rows,
        tables=read.resolver.index.tables(),
        language=dict(read.resolver.pairs.language),
        merged=[p for c in corpus.concepts.values() if len(c.paths) > 1 for p in c.paths],
        fragments={p: list(names) for p, names in fragments.items()},
        diagrams=[a for a in corpus.assertions if a.context == "diagram"],
        findings=list(findings),
        predicates=dict(Counter(a.predicate for a in corpus.assertions)),
        suppressions=any(n.ignores for n in corpus.notes.values()),
    )
    keep_state(settings, state)


def forget_state(settings: Settings) -> None:
    """Delete the stored state."""
    (settings.cache / _FILE).unlink(missing_ok=True)


def _simple(settings: Settings, read: Read, plan: CheckPlan) -> bool:
    """Whether graph and findings depend only on notes and built-in rules."""
    own = settings.ontology
    if read.lines or read.triples or settings.thesauri or settings.sections_as_concepts or plan.failed:
        return False
    if not all(read.vocabulary.simple(rule) for rule in read.vocabulary.rules if rule[0] not in FOREIGN_RULES):
        return False
    if (own / "shapes.ttl").is_file() or (own / "shapes").is_dir():
        return False
    if any(rule.own is not None for rule in plan.rules):
        return False
    return all(rule.scope in LOCAL | STEADY | {RuleScope.GRAPH} for rule in plan.rules if plan.wanted[rule.code] != "no")


def load_state(settings: Settings) -> BuildState | None:
    """The state that the last build stored."""
    try:
        return _state_in.decode(read_checked(settings.cache / _FILE))
    except (OSError, ValueError):
        return None


def keep_state(settings: Settings, state: BuildState) -> None:
    """Store the state for the next build."""
    write_checked(settings.cache / _FILE, msgspec.msgpack.encode(state))
