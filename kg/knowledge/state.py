"""What a build of the graph keeps, so that the next one needn't read everything again to see what an edit changes."""

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
from kg.model import Assertion, Broken, Finding, Resolved
from kg.notes.reading.cache import Where, read_checked, write_checked

_FILE: Final = "graph.state"

LOCAL: Final = frozenset({RuleScope.NOTE, RuleScope.LINKS, RuleScope.CONCEPT})
"""Rules of these scopes look at one note, its links and its concept: after an edit they are run on the changed notes alone."""
STEADY: Final = frozenset({
    RuleScope.SUPPRESSIONS,  # an edit of a note with suppressions is not taken
    RuleScope.FILES,  # they are part of the frame
    RuleScope.NAMES,  # ids, labels and definitions have to stay
    RuleScope.RELATIONS,  # a changed relation is compared by itself, see `increment`
    RuleScope.NETWORK,  # a build that stops at the graph has none
    RuleScope.SHAPES,  # a knowledge base with shapes is not taken
    RuleScope.EVIDENCE,  # blocks with evidence have to stay
    RuleScope.REPRESENTATIONS,  # diagrams have to stay, and a table of symbols is not taken
    RuleScope.PLAN,  # a knowledge base with tasks is not taken
})  # fmt: skip
"""What rules of these scopes look at is the same before and after an edit that is made in place: so are their findings.

Rules of `RuleScope.GRAPH` are run again where typed relations change. With rules of any other scope nothing is made in place.
"""
_SCOPES: Final = {rule.code: rule.scope for rule in RULES}


def scope_of(finding: Finding) -> RuleScope:
    """The scope of the built-in rule that a finding is of."""
    return _SCOPES[finding.code]


class InputDigests(NamedTuple):
    """Digests of what a build reads."""

    frame: str
    """Of all but the notes."""
    inputs: str
    """Of everything."""


class BuiltNote(NamedTuple):
    """A note as it was last built."""

    size: int
    mtime_ns: int
    inode: int
    digest: str
    iri: str
    """Of the concept that it describes; empty for none."""
    id: str
    chunk: str
    position: int


class BuildState(NamedTuple):
    """What the next build has to know of the last one."""

    frame: str
    """Digest of all that was read, but for the notes."""
    inputs: str
    """Digest of all that was read."""
    written_ns: int
    rows: dict[str, BuiltNote]
    tables: Tables
    language: dict[str, str]
    merged: list[str]
    """Notes of concepts that several notes describe."""
    fragments: dict[str, list[str]]
    """Note → the headings and blocks of it that links of other notes name."""
    diagrams: list[Assertion]
    findings: list[Finding]
    """Before repeated findings are merged."""
    predicates: dict[str, int]
    """How many statements of each relation there are."""
    suppressions: bool
    """Whether any note suppresses findings."""


_state_in: Final = msgspec.msgpack.Decoder(BuildState)


def remember_state(
    settings: Settings,
    read: Read,
    plan: CheckPlan,
    findings: Sequence[Finding],
    where: Mapping[str, Where],
    digests: InputDigests,
) -> None:
    """Keep what the next build of the graph can start from; nothing where the effect of an edit would be unknown."""
    path = settings.cache / _FILE
    if not _simple(settings, read, plan) or read.resolver.index.guessed_out:
        path.unlink(missing_ok=True)
        return
    corpus = read.corpus
    # Tasks wait for each other; cross-checks compare several notes, and so do symbols that one note declares for all.
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
    """Drop what was kept."""
    (settings.cache / _FILE).unlink(missing_ok=True)


def _simple(settings: Settings, read: Read, plan: CheckPlan) -> bool:
    """Whether nothing but notes and the built-in rules decide what is in the graph and what is found in it."""
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
    """What the last build kept."""
    try:
        return _state_in.decode(read_checked(settings.cache / _FILE))
    except (OSError, ValueError):
        return None


def keep_state(settings: Settings, state: BuildState) -> None:
    """Keep what the next build goes on from."""
    write_checked(settings.cache / _FILE, msgspec.msgpack.encode(state))
