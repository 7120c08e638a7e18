"""Cross-checks that a note declares in its front matter (``checks:``): do two of its representations agree?"""

from __future__ import annotations

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import yaml

from kg.base.formats import FormatError
from kg.base.formats.python_text import read_python
from kg.base.formats.yaml_text import compose_yaml
from kg.evidence.claims.attributes import Attributes
from kg.evidence.claims.pieces import Piece
from kg.evidence.claims.symbols import Registry
from kg.model import Assertion, Corpus, Evidence, Note, Relation

FORMS: Final = (
    ("symbol", "in"), ("diagram", "agrees"), ("diagram", "states", "variable"), ("identifier", "in"), ("theorem", "coq"),
)  # fmt: skip
"""The combinations of keys that an item of ``checks:`` can have."""
LANGUAGE: Final = "cross-check"
STATES: Final = "states"
"""The language of checks that compare a state diagram with a model; a model checker judges them."""


class DeclaredCheck(NamedTuple):
    """An item of ``checks:``."""

    note: Note
    form: tuple[str, ...]
    """One of `FORMS`; empty if the item matches none."""
    values: Mapping[str, str]
    line: int

    @property
    def key(self) -> str:
        """The key of its evidence."""
        kind = self.form[0] if self.form else "?"
        if kind == "diagram":
            kind = self.form[1]
        return f"{self.note.path}#check:{kind}:{next(iter(self.values.values()), '')}"

    @property
    def claims(self) -> str:
        """The claim, composed from the keys of the item."""
        return " ".join(f"{k} {v}" for k, v in self.values.items())


def as_list(value: object) -> list[object]:
    """A front matter value as a list: a value that is not a list becomes the only item; None becomes an empty list."""
    if isinstance(value, list):
        return value
    return [value] if value else []


def declared(note: Note) -> Iterator[DeclaredCheck]:
    """Yield the cross-checks that a note declares."""
    for item in as_list(note.metadata.get("checks")):
        values = {str(k): str(v).removeprefix("#") for k, v in item.items()} if isinstance(item, dict) else {"?": str(item)}
        form = next((f for f in FORMS if set(f) == set(values)), ())
        values = {k: values[k] for k in form} if form else values
        yield DeclaredCheck(note, form, values, note.lines.get("checks", 1))


def of_states(note: Note, by_key: Mapping[str, Piece], concept: str) -> Iterator[Piece]:
    """Yield the cross-checks that a model checker judges, as pieces of evidence."""
    for d in declared(note):
        if len(d.form) == 3:
            diagram = by_key.get(f"{note.path}#{d.values['diagram']}")
            model = by_key.get(f"{note.path}#{d.values['states']}")
            fault = ""
            if diagram is None or diagram.language != "mermaid":
                fault = f"no Mermaid diagram of this note has the id '{d.values['diagram']}'"
            elif model is None or model.language != "smv":
                fault = f"no SMV model of this note has the id '{d.values['states']}'"
            inputs = tuple(p for p in (diagram, *(model.inputs if model else ()), model) if p is not None)
            yield Piece(
                d.key,
                note.path,
                d.line,
                1,
                concept,
                STATES,
                d.values["variable"],
                Attributes(id=d.key.rpartition("#")[2], claims=d.claims),
                inputs=inputs,
                fault=fault,
            )


class Judge:
    """Judges all other cross-checks from the content of notes, without running a program."""

    def __init__(
        self,
        corpus: Corpus,
        files: Mapping[str, str],
        relations: Mapping[str, Relation],
        pieces: Sequence[Piece],
        evidence: Sequence[Evidence],
    ) -> None:
        self.corpus, self.relations = corpus, relations
        self.pieces = {p.key: p for p in pieces}
        self.evidence = {e.key: e for e in evidence}
        self.registry = Registry(corpus, files)
        self._said: dict[tuple[str, str], list[Assertion]] | None = None

    def all(self) -> Iterator[Evidence]:
        """Yield the verdicts of all checks, note by note; a repeated item counts once."""
        for note in self.corpus.notes.values():
            if "checks" not in note.metadata:
                continue
            seen: Counter[str] = Counter()
            for d in declared(note):
                seen[d.key] += 1
                if seen[d.key] == 1 and len(d.form) != 3:
                    yield self.one(d)

    def one(self, d: DeclaredCheck) -> Evidence:
        """Judge one check."""
        evidence = Evidence(
            d.key,
            d.note.path,
            d.line,
            1,
            self.corpus.concept_of.get(d.note.path, ""),
            LANGUAGE,
            LANGUAGE,
            d.claims,
            "failed",
            tool="kg",
        )
        if not d.form:
            forms = "; ".join(", ".join(form) for form in FORMS)
            return evidence._replace(why=f"no such check: its keys are one of: {forms}")
        verdict, why = getattr(self, f"_{d.form[0]}")(d)
        return evidence._replace(verdict=verdict, why=why)

    def _block(self, d: DeclaredCheck, name: str) -> Piece | None:
        return self.pieces.get(f"{d.note.path}#{name}")

    def _theorem(self, d: DeclaredCheck) -> tuple[str, str]:
        evidence = self.evidence.get(f"{d.note.path}#{d.values['coq']}")
        if evidence is None or evidence.language != "coq":
            return "failed", f"no Coq block of this note has the id '{d.values['coq']}'"
        name = d.values["theorem"]
        if evidence.verdict != "passed":
            return evidence.verdict, f"the proof is {evidence.verdict}: {evidence.why}"
        if any(p.holds and (p.name == name or p.name.endswith(f".{name}")) for p in evidence.parts):
            return "passed", ""
        names = ", ".join(p.name for p in evidence.parts)
        return "failed", f"'{d.values['coq']}' proves no '{name}', but {names or 'nothing'}"

    def _identifier(self, d: DeclaredCheck) -> tuple[str, str]:
        block = self._block(d, d.values["in"])
        if block is None:
            return "failed", f"no block of this note has the id '{d.values['in']}'"
        name = d.values["identifier"]
        if name in names_in(block):
            return "passed", ""
        return "failed", f"'{name}' is not a name in {block.language} '{d.values['in']}'"

    def _symbol(self, d: DeclaredCheck) -> tuple[str, str]:
        return self.registry.judge(d.values["symbol"], d.values["in"], d.note)

    def _diagram(self, d: DeclaredCheck) -> tuple[str, str]:
        """Check that another source states each labelled edge of the diagram: a note, the front matter, a table or the text."""
        block = self._block(d, d.values["diagram"])
        if block is None or block.language != "mermaid":
            return "failed", f"no Mermaid diagram of this note has the id '{d.values['diagram']}'"
        if d.values["agrees"] != "graph":
            return "failed", f"a diagram agrees with 'graph', not with '{d.values['agrees']}'"
        lines = range(block.first, block.first + block.text.count("\n") + 1)
        edges = [e for e in d.note.edges if e.line in lines and e.label]
        if not edges:
            return "failed", "the diagram has no labelled edge between named concepts"
        own = {
            (a.line, a.column): a
            for a in self.corpus.assertions
            if a.context == "diagram" and a.path == d.note.path and a.line in lines
        }
        for edge in edges:
            assertion = own.get((edge.line, edge.column))
            shown = f"'{edge.source}' {edge.label} '{edge.target}' (line {edge.line})"
            if assertion is None:
                return "failed", f"{shown}: a name of no concept, or a label of no relation"
            if not self._elsewhere(assertion):
                return "failed", f"{shown} is stated nowhere but in diagrams"
        return "passed", ""

    def _elsewhere(self, assertion: Assertion) -> bool:
        if self._said is None:
            self._said = {}
            for a in self.corpus.assertions:
                if a.context not in ("diagram", "text"):
                    self._said.setdefault((a.subject, a.object), []).append(a)
        relation = self.relations.get(assertion.predicate)
        inverse = relation.inverse if relation else ""
        straight = {a.predicate for a in self._said.get((assertion.subject, assertion.object), ())}
        turned = {a.predicate for a in self._said.get((assertion.object, assertion.subject), ())}
        if relation is not None and relation.symmetric:
            straight |= turned
        # A more specific relation implies this one.
        return any(
            p == assertion.predicate or assertion.predicate in (self.relations[p].parents if p in self.relations else ())
            for p in straight
        ) or bool(inverse and inverse in turned)


def names_in(piece: Piece) -> frozenset[str]:
    """The names in a block: for Python, names that it binds or uses; for data, keys and values; otherwise words.

    >>> sorted(names_in(Piece("k", "p", 1, 1, "", "python", "def f(x): # g\\n    return x.y")))
    ['f', 'x', 'y']
    >>> sorted(names_in(Piece("k", "p", 1, 1, "", "yaml", "kind: Pod\\nspec: {a-b: [1]}")))
    ['1', 'Pod', 'a-b', 'kind', 'spec', 'spec.a-b']
    """
    text = textwrap.dedent(piece.text)
    if piece.language == "python":
        try:
            return frozenset(_python(read_python(text)))
        except FormatError:
            return frozenset()
    if piece.language in ("yaml", "json"):
        names: set[str] = set()
        try:
            # JSON keys and values are valid YAML. Nodes are composed, not values constructed, so that no tag is resolved.
            for root in compose_yaml(text):
                _data(root, "", names, set())
        except FormatError:
            return frozenset()
        return frozenset(names)
    text = re.sub(r"/\*.*?\*/|\(\*.*?\*\)|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", " ", text, flags=re.DOTALL)
    comment = {"smv": r"--[^\n]*", "bash": r"(?m)(?:^|\s)#[^\n]*", "toml": r"#[^\n]*", "dockerfile": r"(?m)^\s*#[^\n]*"}
    text = re.sub(comment.get(piece.language, r"$^"), " ", text)
    return frozenset(re.findall(r"[^\W\d][\w'-]*|[^\W\d]\w*", text)) | frozenset(re.findall(r"[^\W\d]\w*", text))


def _python(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.asname or node.name


def _data(node: object, path: str, names: set[str], seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        names.add(node.value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _data(child, path, names, seen)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                inner = f"{path}.{key.value}" if path else key.value
                names |= {key.value, inner}
                _data(value, inner, names, seen)
