"""The type of rules: code, name, severity, scope, documentation, and the function that finds the problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Literal

from kg.checks.context import Context, Place
from kg.model import Finding, Fix, Severity

Default = Literal["on", "rdf", "off"]
"""``on``; ``rdf``: on for RDF files, for notes if selected by name; ``off``: on if selected by name, or with ALL."""
MOST_ROWS: Final = 10_000
"""Maximum number of findings of a rule that asks the graph: more are not help to readers, and a query may join everything."""
Texts = Mapping[str, str]
"""Language (``en``, ``zh``) → a text for readers in that language."""


class RuleScope(Enum):
    """The data that a rule reads. It decides which rules run while a text is typed (`kg.knowledge.live`)."""

    NOTE = "note"
    """One note: its file, front matter and text."""
    LINKS = "links"
    """The links of one note, and the names of all notes and files that are possible targets."""
    CONCEPT = "concept"
    """One concept: its labels, definitions and sources."""
    SUPPRESSIONS = "suppressions"
    """The comments that suppress findings, and the findings of all other rules."""
    FILES = "files"
    """The list of files, settings, and the files of ``ontology/``."""
    NAMES = "names"
    """Ids, labels and definitions of all concepts, compared with each other."""
    KEYS = "keys"
    """The links of all notes below keys that are not relations."""
    INCOMING = "incoming"
    """The links of all notes, grouped by target."""
    RELATIONS = "relations"
    """The typed relations of all concepts."""
    NETWORK = "network"
    """The hierarchy and the network of all concepts."""
    GRAPH = "graph"
    """The graph, by a SPARQL query or by its statements of some properties."""
    SHAPES = "shapes"
    """The graph, by SHACL shapes files."""
    EVIDENCE = "evidence"
    """Evidence and its verdicts."""
    REPRESENTATIONS = "representations"
    """Diagrams and formulas, compared with the names of all concepts or with the table of symbols."""
    PLAN = "plan"
    """The tasks of the plan, compared with each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule with its documentation. Each built-in rule has a file of its own: see `kg.checks.rules`."""

    code: str
    name: str
    """Named after the problem, in lower case with hyphens: ``broken-link``."""
    severity: Severity
    scope: RuleScope
    find: Callable[[Rule, Context], Iterator[Finding]]
    what: Texts
    """The problem: a sentence."""
    why: Texts
    """Why it matters: a sentence."""
    fix: Texts
    """How to fix it, without a full stop; in English also the hint of findings without a hint of their own."""
    bad: str = ""
    """An example of the problem: a note, statements in Turtle, or files after lines ``=== path``; see `example_files`."""
    good: str = ""
    """The example without the problem."""
    default: Default = "on"
    habit: bool = False
    """Whether it is about something left out. If most of a collection leaves it out, one finding reports that."""
    where: Literal["notes", "rdf", "both"] = "notes"
    source: str = ""
    """The catalogue that the rule was taken from: ``qSKOS oc``, ``SKOS S14``."""
    own: Path | None = None
    """The file of a rule that a knowledge base adds."""

    def __post_init__(self) -> None:
        """Strip blank lines at the start and end of examples."""
        object.__setattr__(self, "bad", self.bad.strip("\n"))
        object.__setattr__(self, "good", self.good.strip("\n"))

    def at(self, place: Place, message: str, hint: str = "", fix: Fix | None = None) -> Finding:
        """Return a finding of this rule."""
        line, column = max(1, place.line), max(1, place.column)
        if place.path.lower().endswith(".ipynb"):
            fix = None  # offsets are those of the text of its cells
        return Finding(
            self.code, self.name, self.severity, place.path, line, column, message, hint or self.fix["en"], fix, place.about
        )


def found_elsewhere(_rule: Rule, _context: Context) -> Iterator[Finding]:
    """The `find` of a rule whose findings come from another step: reading checks, validating shapes, suppressing findings."""
    return iter(())


def example_files(example: str, default: str) -> dict[str, str]:
    """Return the files of an example: path → text. `default` is the path if the example names none.

    >>> example_files("=== a.md\\n# A\\n=== b.md\\n# B", "n.md")
    {'a.md': '# A\\n', 'b.md': '# B\\n'}
    >>> example_files("# A", "concepts/n.md")
    {'concepts/n.md': '# A\\n'}
    """
    if not example.startswith("=== "):
        return {default: example + "\n" if example else ""}
    texts: dict[str, list[str]] = {}
    path = ""
    for line in example.split("\n"):
        if line.startswith("=== "):
            path = line[4:].strip()
            texts[path] = []
        else:
            texts[path].append(line)
    return {path: "\n".join(lines) + "\n" if lines else "" for path, lines in texts.items()}
