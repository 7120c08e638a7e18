"""Checks: rules that report problems as findings with a place, a message and a hint."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kg.base.progress import begin_step, count_items
from kg.base.settings import Settings
from kg.checks import rules, shapes, sparql, suppressions
from kg.checks.changes import TrustedChange
from kg.checks.context import Context, Place
from kg.checks.rule import Rule, RuleScope
from kg.checks.rules.notes import invalid_check
from kg.checks.rules.relations import disconnected_cluster, isolated_concept, orphan_concept
from kg.checks.selection import Selection, Wanted, check_severities, tokens
from kg.checks.targets import is_media
from kg.model import Finding, Severity

__all__ = [
    "RULES",
    "CheckPlan",
    "Context",
    "Rule",
    "RuleScope",
    "Selection",
    "TrustedChange",
    "is_media",
    "own_rules",
    "run_rules",
    "selection_of",
]

RULES: Final[tuple[Rule, ...]] = tuple(sorted((*rules.RULES, *sparql.built_in()), key=lambda rule: rule.code))
"""All built-in rules, by code."""

_FEW: Final = 10
"""If more concepts than this, and more than half of all, leave something out, one finding reports it."""


def own_rules(settings: Settings | None, outside: Callable[[Path], str]) -> tuple[tuple[Rule, ...], tuple[Finding, ...]]:
    """The rules that a knowledge base adds in `ontology/checks/`, and findings for those that can't be used."""
    folder = settings.ontology / "checks" if settings is not None else None
    if folder is None or not folder.is_dir():
        return (), ()
    taken = {name: f"the rule {r.code} {r.name}" for r in RULES for name in (r.code, r.name)}

    def fault(path: Path, line: int, column: int, what: str) -> Finding:
        return invalid_check.RULE.at(Place(outside(path), line, column), what)

    results = list(sparql.own(folder, taken, fault))
    return tuple(r for r in results if isinstance(r, Rule)), tuple(f for f in results if isinstance(f, Finding))


def selection_of(
    settings: Settings, rules: Sequence[Rule], select: str | Sequence[str] = (), ignore: str | Sequence[str] = ()
) -> Selection:
    """The rules that the settings select; a selection on the command line replaces theirs.

    Raises UsageError for a name that matches no rule.
    """
    values = settings.check
    check_severities(values.severity, rules)
    return Selection(
        tokens(select or values.select, rules),
        (*tokens(values.ignore, rules), *tokens(ignore, rules)),
        () if select else tokens(values.also, rules),
        (
            *((pattern, tokens(names, rules)) for pattern, names in values.by_path.items()),
            *((f"{glob.escape(own.path)}**", tokens(own.ignore, rules)) for own in settings.folders if own.ignore),
        ),
    )


def run_rules(
    context: Context,
    select: str | Sequence[str] = (),
    ignore: str | Sequence[str] = (),
    no_suppressions: frozenset[Severity] = frozenset(),
) -> tuple[Finding, ...]:
    """Return all findings of the selected rules, sorted by path, line, column and code.

    The graph is made only if a rule needs it. Without a hierarchy, its rules find nothing. Each of the context's changes is
    reported, and each of its questions that was refused. Suppressions don't hide findings of the severities `no_suppressions`.
    """
    plan = CheckPlan.of(context.settings, context.outside, select, ignore)
    findings = plan.find(context, no_suppressions=no_suppressions)
    return plan.finish(findings, len(context.corpus.concepts))


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """The selected rules, and how to run them."""

    settings: Settings | None
    rules: tuple[Rule, ...]
    wanted: Mapping[str, Wanted]
    """By code."""
    selection: Selection
    failed: tuple[Finding, ...]
    """About rules of the knowledge base that can't be used."""

    @classmethod
    def of(
        cls,
        settings: Settings | None,
        outside: Callable[[Path], str],
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
    ) -> CheckPlan:
        """The plan that settings and the command line ask for. `outside` gives the paths of files that are not notes."""
        added, failed = own_rules(settings, outside)
        rules = (*RULES, *added)
        if settings is not None:
            selection = selection_of(settings, rules, select, ignore)
        else:
            selection = Selection(tokens(select, rules), tokens(ignore, rules))
        return cls(settings, rules, {r.code: selection.wanted(r) for r in rules}, selection, failed)

    def find(
        self,
        context: Context,
        *,
        with_shapes: bool = True,
        no_suppressions: frozenset[Severity] = frozenset(),
        scopes: Collection[RuleScope] = frozenset(RuleScope),
    ) -> list[Finding]:
        """The findings of the rules of some scopes, for `finish`."""
        wanted, selection, settings = self.wanted, self.selection, self.settings
        findings = [f for f in self.failed if wanted[f.code] != "no"]
        with begin_step("checking", len(self.rules)):
            findings += self._apply(context, scopes)
        if with_shapes:
            findings += (f for f in shapes.check(context) if wanted.get(f.code, "usual") != "no")
        findings = [f for f in findings if not selection.hides(f)]
        ran = {name: wanted[r.code] != "no" and r.scope in scopes for r in self.rules for name in (r.code, r.name)}
        severity = settings.check.severity if settings is not None else {}
        return suppressions.apply(
            context,
            findings,
            lambda n: ran.get(n.upper(), ran.get(n.lower())),
            lambda r: wanted[r.code] != "no",
            lambda f: _severity(f, severity).severity in no_suppressions,
        )

    def _apply(self, context: Context, scopes: Collection[RuleScope]) -> Iterator[Finding]:
        """Yield what the rules of some scopes find."""
        wanted, settings = self.wanted, self.settings
        rdf = {context.outside(path) for path in context.sources}
        thesauri = {settings.name_of(path) for path in settings.thesauri} if settings is not None else set()
        for rule in count_items(self.rules):
            how = wanted[rule.code]
            if rule.scope not in scopes:
                continue
            if how == "no" and rule.own is not None and wanted[invalid_check.RULE.code] != "no":
                yield from (f for f in rule.find(rule, context) if f.code == invalid_check.RULE.code)
            if (
                how == "no"
                or (rule.where == "notes" and context.is_rdf)
                or (rule.where == "rdf" and not context.has_rdf_concepts)
            ):
                continue
            if how == "rdf" and not context.has_rdf_concepts:
                continue
            its = rule.find(rule, context if how != "rdf" else context.of_rdf_files)
            if rule.where == "notes":
                its = (f for f in its if f.path not in thesauri)
            yield from its if how != "rdf" else (f for f in its if f.path in rdf)

    def finish(self, findings: Iterable[Finding], concepts: int) -> tuple[Finding, ...]:
        """Return findings by place, with severities from the settings. A habit of most concepts is reported once."""
        each = list(findings)
        kept = _once(each, self.collapsed(each, concepts), concepts)
        if self.settings is not None and self.settings.check.severity:
            kept = [_severity(f, self.settings.check.severity) for f in kept]
        return tuple(sorted(set(kept), key=lambda f: (f.path, f.line, f.column, f.code, f.message)))

    def collapsed(self, findings: Sequence[Finding], concepts: int) -> frozenset[str]:
        """The codes of rules that most of the collection breaks: what nobody writes, nobody forgot."""
        habits = {r.code for r in self.rules if r.habit and self.wanted[r.code] != "named"}
        counts = Counter(f.code for f in findings if f.code in habits)
        usual = {code for code, n in counts.items() if n > _FEW and 2 * n > _among(counts, code, concepts)}
        orphan = orphan_concept.RULE.code
        if counts[orphan] > 1 and counts[orphan] == _among(counts, orphan, concepts):
            usual.add(orphan)  # the collection has no hierarchy at all
        return frozenset(usual)


def _among(counts: Mapping[str, int], code: str, concepts: int) -> int:
    """The number of concepts to which a rule applies. Isolated ones aren't counted among those that lack a hierarchy."""
    return concepts - (counts.get(isolated_concept.RULE.code, 0) if code == orphan_concept.RULE.code else 0)


def _once(findings: Sequence[Finding], usual: Collection[str], concepts: int) -> list[Finding]:
    """Return findings with one for each rule that most of the collection breaks."""
    counts = Counter(f.code for f in findings)
    kept = []
    reported: set[str] = set()
    # Where most notes aren't linked, as on many sites, the few that are needn't be linked with each other.
    pointless = {disconnected_cluster.RULE.code} if isolated_concept.RULE.code in usual else set()
    for f in findings:
        if f.code in pointless:
            continue
        if f.code not in usual:
            kept.append(f)
        elif f.code not in reported:
            reported.add(f.code)
            first = min((g for g in findings if g.code == f.code), key=lambda g: (g.path, g.line))
            among = _among(counts, f.code, concepts)
            message = f"{first.message}; this is the first of {counts[f.code]:,} such concepts among {among:,}"
            hint = f"{first.hint}; 'kg check --select {f.code}' lists all of them"
            kept.append(replace(first, message=message, hint=hint))
    return kept


def _severity(finding: Finding, severities: Mapping[str, str]) -> Finding:
    severity = severities.get(finding.code) or severities.get(finding.name)
    return replace(finding, severity=severity) if severity else finding  # type: ignore[arg-type]  # settings hold one of the three
