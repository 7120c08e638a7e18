"""Answers questions about a knowledge base as it is now; each answer names the lines that say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from kg import knowledge
from kg.app.mcp import answers
from kg.app.mcp.filters import require_note, require_relation, require_rule
from kg.app.mcp.pages import page, shorten, size_in_tokens
from kg.app.mcp.statements import StatementReader
from kg.base.errors import UsageError
from kg.base.names import LINKS_TO
from kg.knowledge import How
from kg.knowledge.texts import texts_on_disk
from kg.model import Finding, Measure, Suggestion, text_in

if TYPE_CHECKING:
    pass

_SECONDS: Final = 10.0  # for a query
_ROWS: Final = 1000
_LONGEST_QUERY: Final = 20_000
_MEMORY: Final = 1 << 30
_SNIPPET: Final = 200
_MOST_HITS: Final = 200
_DEFINITION_TOKENS: Final = 300
_MOST_PLACES: Final = 5
_MOST_OFFENDERS: Final = 50


class BaseReader(StatementReader):
    """The knowledge base at one moment, as assistants ask about it."""

    # Questions

    def search(self, query: str, limit: int, cursor: str, tokens: int) -> answers.SearchAnswer:
        """Find notes by name, alias, heading, tag or text."""
        if not query.strip():
            raise UsageError("the query is empty", hint="give a name, an alias or words of a text")
        hits = [
            answers.SearchHit(
                answers.ConceptName(match.concept_id or match.path, match.label, match.path, match.line),
                self.concepts[match.iri].type if match.iri in self.concepts else "",
                match.kind,
                answers.Quote(match.snippet[:_SNIPPET], match.path, match.line) if match.snippet else None,
            )
            for match in self.base.search(query, _MOST_HITS, self.lang)
        ]
        shown, following = page(hits, cursor, tokens, limit=limit)
        return answers.SearchAnswer(shown, len(hits), following)

    def concept(self, name: str, cursor: str, tokens: int) -> answers.ConceptAnswer:
        """Return what is known of a concept, with what notes state about it."""
        concept = self.find(name)
        corpus = self.base.corpus
        stated = [x for x in corpus.assertions if concept.iri in (x.subject, x.object)]
        statements = [self._asserted(x) for x in stated if x.predicate != LINKS_TO]
        note = corpus.notes.get(concept.path)
        line = note.lines.get("definition", concept.line) if note is not None else concept.line
        sources = note.lines.get("sources", note.lines.get("source", concept.line)) if note is not None else concept.line
        answer = answers.ConceptAnswer(
            concept=self.name(concept.iri),
            labels=dict(concept.labels),
            aliases=[text for text, _ in concept.alt_labels],
            type=concept.type,
            layer=concept.layer,
            area=concept.area,
            status=concept.status,
            tags=list(concept.tags),
            definitions={
                lang: self._quote(shorten(text, tokens // 4), concept.path, line) for lang, text in concept.definitions.items()
            },
            sources=[self._quote(text, concept.path, sources) for text in concept.sources[:20]],
            statements=[],
            links_here=sum(1 for x in stated if x.object == concept.iri),
        )
        shown, following = page(statements, cursor, tokens - size_in_tokens(answer))
        return replace(answer, statements=shown, next=following)

    def neighbours(self, name: str, relation: str, inferred: bool, cursor: str, tokens: int) -> answers.NeighboursAnswer:
        """Return the concepts that are connected with a concept, with the statements that connect them."""
        # start time: most questions need no graph
        from kg.network.around import Reach

        concept = self.find(name)
        require_relation(relation, (r.key for r in self.base.relations.values()))
        reach = Reach.INFERRED if inferred else Reach.WRITTEN
        rows: list[answers.Neighbour] = []
        for iri in sorted(self.around.neighbours(concept.iri, reach)):
            statements = self._shown(sorted(self.around.between(concept.iri, iri, reach)))
            if relation:
                statements = [s for s in statements if s.relation == relation]
            if statements:
                rows.append(answers.Neighbour(self.name(iri), statements))
        rows.sort(key=lambda row: (all(s.relation == "links-to" for s in row.statements), row.concept.id))
        shown, following = page(rows, cursor, tokens)
        return answers.NeighboursAnswer(self.name(concept.iri), shown, len(rows), following)

    def why(self, first: str, second: str, tokens: int) -> answers.WhyAnswer:
        """Return the shortest paths between two concepts, as many as fit."""
        # start time: most questions need no graph
        from kg.network.paths import find_paths

        start, end = self.find(first), self.find(second)
        if start.iri == end.iri:
            raise UsageError(f"'{first}' and '{second}' are one concept", hint="give two different ones")
        paths = [
            [answers.StepAnswer(self.name(s.source), self.name(s.target), self._shown(s.statements)) for s in steps]
            for steps in find_paths(self.around, start.iri, end.iri)
        ]
        return answers.WhyAnswer(self.name(start.iri), self.name(end.iri), page(paths, "", tokens)[0])

    def path(self, target: str, known_concepts: list[str], cursor: str, tokens: int) -> answers.PathAnswer:
        """Return what to learn, in order, to understand a concept."""
        # start time: most questions need no network
        from kg.network import project_edges
        from kg.network.learning import collect_ties, find_way

        goal, start = self.find(target), [self.find(name).iri for name in known_concepts]
        if goal.iri in start:
            raise UsageError(f"'{target}' is both known and the target", hint="give other concepts as known")
        edges = self.base.remembered_edges or project_edges(self.graph, self.base.relations, typed=True).edges
        steps = find_way(collect_ties(edges, self.base.relations), start, goal.iri)
        rows: list[answers.LearningStepAnswer] = []
        for step in steps or ():
            tie = step.tie or step.need
            needed = self.name(step.needed_for).id if step.needed_for else ""
            rows.append(
                answers.LearningStepAnswer(self.name(step.concept), needed, self._tied(tie) if tie is not None else None)
            )
        shown, following = page(rows, cursor, tokens)
        return answers.PathAnswer(self.name(goal.iri), steps is not None, shown, following)

    def impact(self, name: str, depth: int, cursor: str, tokens: int) -> answers.ImpactAnswer:
        """Return what a change of a concept affects."""
        # start time: most questions need no graph
        from kg.network.paths import trace_impact

        # Notes name a foreign concept ``cncf:container``.
        iri = next((c.iri for c in self._foreign.values() if name in (c.iri, c.name)), "") or self.find(name).iri
        affected = trace_impact(self.beyond, self.base.relations, iri, depth or None)
        rows = [
            answers.AffectedConcept(self.name(f.concept), f.level, [self._statement(s) for s in f.statements]) for f in affected
        ]
        shown, following = page(rows, cursor, tokens)
        return answers.ImpactAnswer(self.name(iri), shown, len(rows), following)

    def sparql(self, query: str, tokens: int) -> answers.SparqlAnswer:
        """Run a read-only query with limits of time, memory and rows."""
        # start time: most questions need no query
        import pyoxigraph as ox

        from kg.graph.query import Allowance, run_query, serialize_results, shorten_term

        if len(query) > _LONGEST_QUERY:
            raise UsageError(f"the query has {len(query):,} characters", hint=f"at most {_LONGEST_QUERY:,} are accepted")
        limits = Allowance(_SECONDS, _SECONDS, memory=_MEMORY, size=1 << 24, rows=_ROWS, more="ask for less: add a LIMIT")
        results = run_query(self.graph, query, limits)
        if isinstance(results, ox.QueryBoolean):
            return answers.SparqlAnswer("boolean", boolean=bool(results))
        if not isinstance(results, ox.QuerySolutions):
            text = serialize_results(results, "turtle", self.settings.base).decode()
            shown = shorten(text, tokens)
            return answers.SparqlAnswer("turtle", turtle=shown, truncated=shown != text)
        columns = [variable.value for variable in results.variables]
        rows = [["" if value is None else shorten_term(value, self.settings.base) for value in row] for row in results]
        kept, following = page(rows, "", tokens)
        return answers.SparqlAnswer("rows", columns, kept, truncated=bool(following))

    def metrics(self, name: str, cursor: str, tokens: int) -> answers.MetricsAnswer:
        """Return measures; of one measure also what keeps it down."""
        assessment = self.base.assessment
        measures = [m for m in assessment.measures if not name or m.name == name]
        if name and not measures:
            names = ", ".join(m.name for m in assessment.measures)
            raise UsageError(f"there is no measure '{name}'", hint=f"one of: {names}")
        rows = [self._measure(m, assessment.gates.get(m.name), offenders=bool(name)) for m in measures]
        shown, following = page(rows, cursor, tokens)
        return answers.MetricsAnswer(shown, following)

    def _measure(self, measure: Measure, gate: float | None, *, offenders: bool) -> answers.MeasureAnswer:
        rows = []
        for offender in measure.offenders[:_MOST_OFFENDERS] if offenders else ():
            name = self.concepts[offender].id if offender in self.concepts else measure.names.get(offender, offender)
            lacks = ", ".join(measure.reasons.get(offender, ()))
            rows.append(f"{name}: {lacks}" if lacks else name)
        return answers.answer_measure(measure, gate, rows)

    @cached_property
    def _findings(self) -> tuple[Finding, ...]:
        return knowledge.check_notes(self.settings, How(cache=self.settings.cache)).findings

    def check(self, path: str, code: str, severity: str, cursor: str, tokens: int) -> answers.CheckAnswer:
        """Return the problems that `kg check` finds."""
        require_note(path, self.base.files)
        require_rule(code, self.settings)
        findings = [
            f
            for f in self._findings
            if (not path or f.path == path or f.path.startswith(path.rstrip("/") + "/"))
            and (not code or f.code.startswith(code.upper()) or f.name == code.lower())
            and (not severity or f.severity == severity)
        ]
        rows = [
            answers.FindingAnswer(
                f.code, f.name, f.severity, f.path, f.line, f.column, shorten(f.message, 200), f.hint, f.fix is not None
            )
            for f in sorted(findings, key=lambda f: ("error", "warning", "info").index(f.severity))
        ]
        shown, following = page(rows, cursor, tokens)
        counts = {level: sum(f.severity == level for f in findings) for level in ("error", "warning", "info")}
        return answers.CheckAnswer(shown, len(rows), counts, following)

    def suggest(self, name: str, limit: int, cursor: str, tokens: int) -> answers.SuggestAnswer:
        """Return suggested associations, of one concept or of all."""
        # start time: most questions need no suggestions
        from kg.knowledge.suggesting import suggestions_of

        source = self.find(name).iri if name else None
        suggested = suggestions_of(self.base)
        rows = [self._suggestion(row) for row, _ in zip(suggested.rows(source), range(1000), strict=False)]
        shown, following = page(rows, cursor, tokens, limit=limit)
        return answers.SuggestAnswer(shown, len(rows) if source is not None else suggested.number, following)

    def _suggestion(self, row: Suggestion) -> answers.SuggestionAnswer:
        relation = self._relation(row.relation) if row.relation else "related"
        place = next((r for r in row.why if r.line), None)
        places = [answers.SourceLine(place.path, place.line)] if place is not None else []
        ends = self.name(row.source).id, self.name(row.target).id
        why = [
            answers.SuggestionReason(
                r.kind,
                round(r.contribution, 4),
                answers.Quote(r.text[:_SNIPPET], r.path, r.line) if r.line else None,
                list(r.terms[:5]),
            )
            for r in row.why[:4]
        ]
        statement = answers.StatementAnswer(ends[0], relation, ends[1], "suggested", places)
        return answers.SuggestionAnswer(row.id, statement, round(row.score, 4), row.lane, why)

    def coverage_gaps(self, topics: str, cursor: str, tokens: int) -> answers.CoverageAnswer:
        """Return topics of scope lists that no concept covers."""
        gaps = [
            answers.CoverageGap(
                scope.key, topic.iri, topic.label, [self.name(iri).id for iri in topic.concepts], list(topic.lacks)
            )
            for scope in self.base.assessment.lists
            if scope.checked and (not topics or scope.key == topics)
            for topic in scope.topics
            if topic.lacks
        ]
        shown, following = page(gaps, cursor, tokens)
        return answers.CoverageAnswer(shown, len(gaps), following)

    def diff(self, before: str, cursor: str, tokens: int) -> answers.DiffAnswer:
        """Return the differences of the current notes from a build or a git revision."""
        # start time: most questions need no second state
        from kg.app.diff import as_text, compare_states, read_state

        old = read_state(before, self.settings)
        difference = compare_states(old, read_state(None, self.settings))
        lines = [line for line in as_text(difference, "en", 10_000) if line.strip()]
        shown, following = page(lines, cursor, tokens)
        return answers.DiffAnswer(old.name, "now", shown, len(lines), following)

    # Resources

    def note(self, path: str, tokens: int) -> answers.Quote:
        """Return the text of a note without its comments, as data."""
        location, notes = self.base.files.get(path), self.base.corpus.notes
        if location is None or path not in notes:
            raise UsageError(f"there is no note '{path}'", hint="'search' finds notes; paths are below the notes folder")
        return answers.Quote(shorten(texts_on_disk(self.base.files, notes)(path), tokens), path, 1)

    def vocabulary(self) -> list[dict[str, object]]:
        """Return the relations and types that notes can use."""
        vocabulary = self.base.vocabulary
        rows: list[dict[str, object]] = [
            {"relation": r.key, "label": text_in(r.labels, self.lang), "definition": text_in(r.definitions, self.lang)}
            for r in vocabulary.relations.values()
        ]
        return rows + [
            {"type": key, "label": text_in(vocabulary.type_labels.get(key, {}), self.lang)} for key in sorted(vocabulary.types)
        ]


QUESTIONS: Final[dict[str, Callable[..., object]]] = {
    name: getattr(BaseReader, name)
    for name in (
        "search", "concept", "neighbours", "why", "path", "impact", "sparql", "metrics", "check", "suggest", "coverage_gaps",
        "diff", "note", "vocabulary",
    )
}  # fmt: skip
"""What the worker answers, by name."""
