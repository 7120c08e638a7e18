"""What a build says of itself: counts, measures and the worst findings, as plain data that `build.json` keeps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from kg.checks import is_media
from kg.model import Broken, Corpus, Finding, Resolved
from kg.pipeline.steps import Built
from kg.settings import Settings

_WORST: Final = 20
_RANK: Final = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Internal links of a corpus by what they mean."""

    resolved: int
    own: int
    """Links to headings of the same note: tables of contents; no association."""
    broken: int
    broken_anchor: int
    broken_attachment: int
    ambiguous: int


class MeasureLine(NamedTuple):
    """A measure without its offenders."""

    name: str
    value: float | None
    numerator: float
    denominator: float
    target: float | None
    claimed: float | None
    gate: float | None
    note: str

    @property
    def gate_met(self) -> bool:
        """Whether there is no gate, or it is met; an unknown value never meets one."""
        return self.gate is None or (self.value is not None and self.value >= self.gate)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a build says when it ends."""

    notes: int
    concepts: int
    relations: Mapping[str, int]
    """Asserted typed relations by key, the most frequent first; one for each pair of concepts."""
    untyped: int
    """Plain links between concepts."""
    links: LinkCounts
    statements: int
    measures: tuple[MeasureLine, ...]
    findings: Mapping[str, int]
    """By severity."""
    worst: tuple[Finding, ...]
    languages: tuple[str, ...]


def link_counts(corpus: Corpus) -> LinkCounts:
    """Internal links counted by what they mean."""
    counts: Counter[str] = Counter()
    for source, link, found in corpus.links:
        if isinstance(found, Resolved):
            counts["own" if found.path == source else "resolved"] += 1
        elif isinstance(found, Broken):
            counts["anchor" if found.path is not None else "attachment" if is_media(link) else "broken"] += 1
        else:
            counts["ambiguous"] += 1
    return LinkCounts(
        counts["resolved"], counts["own"], counts["broken"], counts["anchor"], counts["attachment"], counts["ambiguous"]
    )


def summarise(settings: Settings, built: Built) -> Summary:
    """The summary of a build."""
    corpus = built.corpus
    typed: Counter[str] = Counter()
    for _, predicate, _ in {(a.subject, a.predicate, a.object) for a in corpus.assertions}:
        relation = built.relations.get(predicate)
        if relation is not None:
            typed[relation.key] += 1
    measures = built.assessment.measures if built.assessment else ()
    severities = Counter(f.severity for f in built.findings)
    return Summary(
        notes=len(corpus.notes),
        concepts=len(corpus.concepts),
        relations=dict(sorted(typed.items(), key=lambda item: (-item[1], item[0]))),
        untyped=sum(1 for a in corpus.assertions if a.context == "text"),
        links=link_counts(corpus),
        statements=len(built.graph),
        measures=tuple(
            MeasureLine(
                m.name, m.value, m.numerator, m.denominator, m.target, settings.claimed.get(m.name),
                settings.gates.get(m.name), m.note,
            )
            for m in measures
        ),
        findings={s: severities[s] for s in ("error", "warning", "info")},
        worst=tuple(sorted(built.findings, key=lambda f: _RANK[f.severity])[:_WORST]),
        languages=built.languages,
    )  # fmt: skip
