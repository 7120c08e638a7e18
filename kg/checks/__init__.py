"""Checks: rules turn faults into findings with a place, a message and a hint."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kg.base.settings import Settings
from kg.checks import (
    diagrams,
    evidence,
    labels,
    legibility,
    links,
    notes,
    ontology,
    plan,
    remarks,
    reviews,
    shapes,
    sparql,
    structure,
    trusted,
)
from kg.checks.base import Context, Place, Rule, TrustedChange
from kg.checks.links import is_media
from kg.checks.selection import Selection, Wanted, check_severities, tokens
from kg.graph import Graph, Vocabulary, built_in_vocabulary
from kg.model import Corpus, Evidence, Finding, Hierarchy, Severity

__all__ = [
    "RULES",
    "CheckPlan",
    "Context",
    "Rule",
    "Selection",
    "TrustedChange",
    "check",
    "is_media",
    "own_rules",
    "selection_of",
]

RULES: Final[tuple[Rule, ...]] = tuple(
    sorted(
        (
            *notes.RULES, *remarks.RULES, *links.RULES, *labels.RULES, *structure.RULES, *reviews.RULES,
            *evidence.RULES, *legibility.RULES, *diagrams.RULES, *plan.RULES, *ontology.RULES, *trusted.RULES,
            *(rule for rule, _ in sparql.built_in()),
        ),
        key=lambda r: r.code,
    )
)  # fmt: skip
"""All built-in rules, by code."""

_FEW: Final = 10
"""A habit is told once where more notes than this leave it out, and more than half of all."""


def own_rules(settings: Settings | None, outside: Callable[[Path], str]) -> tuple[tuple[Rule, ...], tuple[Finding, ...]]:
    """The rules that a knowledge base adds in `ontology/checks/`, and findings for those that can't be used."""
    folder = settings.ontology / "checks" if settings is not None else None
    if folder is None or not folder.is_dir():
        return (), ()
    taken = {name: f"the rule {r.code} {r.name}" for r in RULES for name in (r.code, r.name)}

    def fault(path: Path, line: int, column: int, what: str) -> Finding:
        return ontology.INVALID_CHECK.at(Place(outside(path), line, column), what)

    found = list(sparql.own(folder, taken, fault))
    return tuple(r for r in found if isinstance(r, Rule)), tuple(f for f in found if isinstance(f, Finding))


def selection_of(
    settings: Settings, rules: Sequence[Rule], select: str | Sequence[str] = (), ignore: str | Sequence[str] = ()
) -> Selection:
    """What is wanted by the settings; what the command line selects takes the place of what the settings select.

    Raises UsageError for what means no rule.
    """
    said = settings.check
    check_severities(said.severity, rules)
    return Selection(
        tokens(select or said.select, rules),
        (*tokens(said.ignore, rules), *tokens(ignore, rules)),
        () if select else tokens(said.also, rules),
        {pattern: tokens(names, rules) for pattern, names in said.by_path.items()},
    )


def check(
    corpus: Corpus,
    hierarchy: Hierarchy | None = None,
    *,
    graph: Graph | Callable[[], Graph] | None = None,
    vocabulary: Vocabulary | None = None,
    settings: Settings | None = None,
    files: Mapping[str, str] | None = None,
    sources: Sequence[Path] = (),
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    with_shapes: bool = True,
    proofs: tuple[Evidence, ...] | None = None,
    changes: Sequence[TrustedChange] = (),
    no_suppressions: frozenset[Severity] = frozenset(),
) -> tuple[Finding, ...]:
    """All findings that are wanted, by path, line, column and code.

    `graph` may be a function that makes one: it is called only where a rule has something to look for there. `files` says
    where each note is on the disk, `sources` which RDF files the graph holds. Without `hierarchy`, its rules find nothing.
    `changes` are findings themselves; suppressions don't count for findings of the severities `no_suppressions`.
    """
    make = graph if graph is None or callable(graph) else (lambda: graph)
    context = Context(
        corpus, hierarchy, settings, vocabulary or built_in_vocabulary(), make, tuple(sources),
        files if files is not None else {}, known_proofs=proofs, changes=changes,
    )  # fmt: skip
    plan = CheckPlan.of(settings, context.outside, select, ignore)
    found = plan.find(context, with_shapes=with_shapes, no_suppressions=no_suppressions)
    return plan.finish(found, len(corpus.concepts))


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """Which rules are looked at, and how."""

    settings: Settings | None
    rules: tuple[Rule, ...]
    wanted: Mapping[str, Wanted]
    """By code."""
    selection: Selection
    failed: tuple[Finding, ...]
    """Own rules that can't be used."""

    @classmethod
    def of(
        cls,
        settings: Settings | None,
        outside: Callable[[Path], str],
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
    ) -> CheckPlan:
        """What settings and the command line want. `outside` names files that are no notes."""
        added, failed = own_rules(settings, outside)
        rules = (*RULES, *added)
        if settings is not None:
            selection = selection_of(settings, rules, select, ignore)
        else:
            selection = Selection(tokens(select, rules), tokens(ignore, rules))
        return cls(settings, rules, {r.code: selection.wanted(r) for r in rules}, selection, failed)

    def find(
        self, context: Context, *, with_shapes: bool = True, no_suppressions: frozenset[Severity] = frozenset()
    ) -> list[Finding]:
        """What the rules find, as `finish` wants it."""
        wanted, selection, settings = self.wanted, self.selection, self.settings
        found = [f for f in self.failed if wanted[f.code] != "no"]
        rdf = {context.outside(path) for path in context.sources}
        thesauri = {settings.name_of(path) for path in settings.thesauri} if settings is not None else set()
        for rule in self.rules:
            how = wanted[rule.code]
            if how == "no" and rule.own is not None and wanted["KG122"] != "no":
                found += (f for f in rule.find(rule, context) if f.code == "KG122")
            if (
                how == "no"
                or (rule.where == "notes" and context.is_rdf)
                or (rule.where == "rdf" and not context.has_rdf_concepts)
            ):
                continue
            if how == "rdf" and not context.has_rdf_concepts:
                continue
            some = rule.find(rule, context)
            if rule.where == "notes":
                some = (f for f in some if f.path not in thesauri)
            found += some if how != "rdf" else (f for f in some if f.path in rdf)
        if with_shapes:
            found += (f for f in shapes.check(context) if wanted.get(f.code, "usual") != "no")
        found = [f for f in found if not selection.hides(f)]
        ran = {name: wanted[r.code] != "no" for r in self.rules for name in (r.code, r.name)}
        severity = settings.check.severity if settings is not None else {}
        return remarks.apply(
            context,
            found,
            lambda n: ran.get(n.upper(), ran.get(n.lower())),
            lambda r: wanted[r.code] != "no",
            lambda f: _severity(f, severity).severity in no_suppressions,
        )

    def finish(self, found: Iterable[Finding], concepts: int) -> tuple[Finding, ...]:
        """Findings in their order: what most of so many concepts have told once, with the severities that the settings give."""
        habits = {r.code: r for r in self.rules if r.habit and self.wanted[r.code] != "named"}
        found = _once(found, habits, concepts)
        if self.settings is not None and self.settings.check.severity:
            found = [_severity(f, self.settings.check.severity) for f in found]
        return tuple(sorted(set(found), key=lambda f: (f.path, f.line, f.column, f.code, f.message)))


def _once(found: Iterable[Finding], habits: Mapping[str, Rule], concepts: int) -> list[Finding]:
    """Findings with those of a habit told once, where most of the collection has it: what nobody does, nobody forgot."""
    found = list(found)
    counts = Counter(f.code for f in found if f.code in habits)
    # Concepts without any relation are told of as such: orphans are counted among the others.
    among = {code: concepts - (counts["KG404"] if code == "KG403" else 0) for code in counts}
    many = {code for code, n in counts.items() if n > _FEW and 2 * n > among[code]}
    kept = []
    told: set[str] = set()
    for f in found:
        if f.code not in many:
            kept.append(f)
        elif f.code not in told:
            told.add(f.code)
            first = min((g for g in found if g.code == f.code), key=lambda g: (g.path, g.line))
            n = counts[f.code]
            said = f"{first.message}; so it is with {n:,} of {among[f.code]:,} concepts, of which this is the first"
            hint = f"{first.hint}; 'kg check --select {f.code}' lists them all"
            kept.append(replace(first, message=said, hint=hint))
    return kept


def _severity(finding: Finding, given: Mapping[str, str]) -> Finding:
    severity = given.get(finding.code) or given.get(finding.name)
    return replace(finding, severity=severity) if severity else finding  # type: ignore[arg-type]  # settings hold the three
