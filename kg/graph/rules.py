"""Inference rules: CONSTRUCT queries as data, with their premises; single-premise rules are evaluated in advance."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pyoxigraph as ox

from kg.base.errors import QueryError, UsageError
from kg.base.formats import FormatError
from kg.base.formats.rdf_text import parse_rdf
from kg.graph.ask import Allowance, answer_query

_PREMISE: Final = re.compile(r"^#\s*premises?:\s*(.+)$", re.MULTILINE)
_PREFIX: Final = re.compile(r"^\s*PREFIX\s+([\w.-]*):\s*<([^<>]*)>", re.MULTILINE | re.IGNORECASE)
_CONSTRUCT: Final = re.compile(r"\bCONSTRUCT\s*\{([^{}]*)\}\s*(?:WHERE\s*)?(?=\{)", re.IGNORECASE)
_VARIABLE: Final = re.compile(r"[?$](\w+)")
_VARIABLE_IRI: Final = "urn:variable:"
_COMMENT: Final = re.compile(r"^\s*#.*$", re.MULTILINE)
_S: Final = "urn:kg:subject:"
_O: Final = "urn:kg:object:"
_MAX_ROUNDS: Final = 100

Triple = tuple[Any, Any, Any]
"""Subject, predicate and object as pyoxigraph's terms."""


@dataclass(frozen=True, slots=True)
class ConstructRule:
    """A CONSTRUCT query; with a header ``# premises: ?a ?p ?b . ?b ?p ?c`` it can return the premises of a conclusion."""

    name: str
    text: str
    select: str = ""
    """The same query as a SELECT, if it has premises."""
    conclusions: tuple[Triple, ...] = ()
    """The template; a variable is an IRI with a special prefix."""
    premises: tuple[Triple, ...] = ()

    def derive(self, store: ox.Store, allowance: Allowance | None = None) -> Iterator[tuple[Triple, tuple[Triple, ...]]]:
        """Yield what the rule infers from the default graph of a store, each with its premises if the rule names them.

        Raises QueryError if it can't be evaluated within the allowance, UsageError if it isn't a rule.
        """
        try:
            results = answer_query(store, self.select or self.text, names={}, allowance=allowance)
        except QueryError as error:
            if "can't be parsed" not in str(error):
                raise
            raise UsageError(f"rule {self.name}: {error}", hint="a rule is a SPARQL CONSTRUCT query") from None
        if isinstance(results, ox.QueryBoolean) or (isinstance(results, ox.QuerySolutions) and not self.select):
            raise UsageError(f"rule {self.name} is not a CONSTRUCT query", hint="a rule is a SPARQL CONSTRUCT query")
        if not isinstance(results, ox.QuerySolutions):
            for t in results:
                yield (t.subject, t.predicate, t.object), ()
            return
        names = [variable.value for variable in results.variables]
        bind_premises = [_binder(pattern, names) for pattern in self.premises]
        bind_conclusions = [_binder(pattern, names) for pattern in self.conclusions]
        for row in results:
            values = tuple(row)
            premises = tuple(t for t in (bind(values) for bind in bind_premises) if t is not None)
            for bind in bind_conclusions:
                conclusion = bind(values)
                if conclusion is not None:
                    yield conclusion, premises


def _binder(pattern: Triple, names: Sequence[str]) -> Callable[[tuple[object, ...]], Triple | None]:
    """Return a function from the values of a row to the pattern with them; `names` are the variables of the row.

    It returns None if a value is unbound or invalid in its position, as in CONSTRUCT.
    """
    variables = [_variable_in(term) for term in pattern]
    if any(name and name not in names for name in variables):
        return lambda _: None
    # Constants follow the values of the row, so that each position is one index.
    s, p, o = (names.index(name) if name else len(names) + i for i, name in enumerate(variables))

    def bind(values: tuple[object, ...]) -> Triple | None:
        terms = (*values, *pattern)
        subject, predicate, object_ = terms[s], terms[p], terms[o]
        if subject is None or object_ is None or isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode):
            return None
        return subject, predicate, object_

    return bind


def _variable_in(term: object) -> str:
    """Return the name of the variable that a term of a pattern stands for; empty for a constant."""
    is_variable = isinstance(term, ox.NamedNode) and term.value.startswith(_VARIABLE_IRI)
    return term.value[len(_VARIABLE_IRI) :] if is_variable and isinstance(term, ox.NamedNode) else ""


def parse_rule(name: str, text: str) -> ConstructRule:
    """Return the rule in a file. Without premises in its header, or with another template, it returns conclusions only."""
    header = _PREMISE.findall(text)
    body = _COMMENT.sub("", text)
    m = _CONSTRUCT.search(body)
    if not header or not m or "[" in m[1] or "_:" in m[1]:
        return ConstructRule(name, text)
    prefixes = "".join(f"PREFIX {p}: <{iri}>\n" for p, iri in _PREFIX.findall(body))
    try:
        conclusions, premises = (_patterns(prefixes, part) for part in (m[1], " . ".join(header)))
    except FormatError as error:
        hint = error.hint or "write triples"
        raise UsageError(f"rule {name}: its template or premises can't be read: {error.problem}", hint=hint) from None
    where = body[m.end() :]
    # Everything is derived again in each round: the store drops what it has, without a call of Python for each row. Of several
    # conclusions, one may be new.
    if len(conclusions) == 1 and where.strip().endswith("}"):
        where = f"{{ {where} FILTER NOT EXISTS {{ {m[1]} }} }}"
    return ConstructRule(name, text, f"{body[: m.start()]}SELECT * WHERE {where}", conclusions, premises)


def _patterns(prefixes: str, text: str) -> tuple[Triple, ...]:
    turtle = prefixes + _VARIABLE.sub(lambda v: f"<{_VARIABLE_IRI}{v[1]}>", text).rstrip().rstrip(".") + " ."
    return tuple((q.subject, q.predicate, q.object) for q in parse_rdf(turtle.encode(), ox.RdfFormat.TURTLE))


class Stated(NamedTuple):
    """A statement of a relation, by IRIs."""

    subject: str
    predicate: str
    object: str


class RuleStep(NamedTuple):
    """A statement that follows from one other statement between the same two resources."""

    rule: str
    predicate: str
    swapped: bool
    """Whether subject and object are swapped."""
    premise: int
    """Index of the step that it follows from; -1 for the original statement."""


def worked_out(
    rules: Sequence[ConstructRule], vocabulary: Sequence[ox.Triple], predicates: Sequence[str]
) -> Mapping[str, tuple[RuleStep, ...]]:
    """Return what single-premise rules infer from one statement of each relation, to the fixed point, fewest steps first.

    The rules are run on one statement of each relation. So they stay data, and closing a graph of any size needs
    no query.
    """
    store = ox.Store()
    default = ox.DefaultGraph()
    store.extend(ox.Quad(t.subject, t.predicate, t.object, default) for t in vocabulary)
    steps: dict[int, list[RuleStep]] = {}
    step_of: dict[Stated, int] = {}
    for i, predicate in enumerate(predicates):
        store.add(ox.Quad(ox.NamedNode(f"{_S}{i}"), ox.NamedNode(predicate), ox.NamedNode(f"{_O}{i}"), default))
        step_of[Stated(f"{_S}{i}", predicate, f"{_O}{i}")] = -1
        steps[i] = []
    for _ in range(_MAX_ROUNDS):
        new: dict[Stated, tuple[str, Stated]] = {}
        for rule in rules:
            for conclusion, premises in rule.derive(store):
                triple = _values(conclusion)
                if triple[0].startswith((_S, _O)) and triple not in step_of:
                    new.setdefault(triple, (rule.name, _values(premises[0])))
        if not new:
            break
        for triple, (name, premise) in sorted(new.items()):
            number = int(triple[0].rpartition(":")[2])
            swapped = triple[0].startswith(_O)
            step_of[triple] = len(steps[number])
            steps[number].append(RuleStep(name, triple[1], swapped, step_of[premise]))
            subject, property_, object_ = map(ox.NamedNode, triple)
            store.add(ox.Quad(subject, property_, object_, default))
    return {predicates[i]: tuple(found) for i, found in steps.items() if found}


def _values(triple: Triple) -> Stated:
    return Stated(triple[0].value, triple[1].value, triple[2].value)
