"""Rules that are graph patterns: one SPARQL query a file, its documentation in the header, each row of its result a finding.

The query gives ``?focus``, the thing that is at fault. With ``?predicate`` and ``?object`` the finding stands where that
relation is stated, with ``?predicate`` and ``?value`` where that text is given. The message may name any variable: ``{label}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import pyoxigraph as ox

from kg.base import files
from kg.base.errors import QueryError
from kg.base.names import PREFIXES
from kg.checks.base import Context, Default, Place, Rule
from kg.graph import is_copy, ontology_folder
from kg.graph.query import run_query
from kg.model import Finding, Severity

_KEY: Final = re.compile(r"#[ ]?([a-z]+(?:\.(?:en|zh))?):[ \t]*(.*)")
_FIELD: Final = re.compile(r"\{(\w+)\}")
_CODE: Final = re.compile(r"[A-Z]{2,8}\d{3,4}")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SEVERITIES: Final = ("error", "warning", "info")
Needs = tuple[tuple[str, ...], ...]
_MOST: Final = 10_000
"""More rows than this say nothing that fewer don't say, and a query may join everything with everything."""


def header(text: str) -> dict[str, str]:
    """The header of a check: ``# key: value`` lines; what is indented further continues the value.

    Values in words are joined to one line; examples (``bad``, ``good``) keep theirs.

    >>> header("# code: KG999\\n# what.en: One\\n#   two.\\n# bad: a.ttl\\n#     :a :b :c .\\nSELECT …")
    {'code': 'KG999', 'what.en': 'One two.', 'bad': 'a.ttl\\n:a :b :c .'}
    """
    found: dict[str, list[str]] = {}
    key = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        m = _KEY.fullmatch(line)
        if m and not line.startswith("#   "):
            key = m[1]
            found[key] = [m[2].strip()]
        elif key:
            found[key].append(line[1:].removeprefix("     ") if key in ("bad", "good") else line[1:].strip())
    return {
        k: "\n".join(lines).strip("\n") if k in ("bad", "good") else " ".join(filter(None, lines)) for k, lines in found.items()
    }


def expand(name: str) -> str:
    """The IRI behind a name with one of the usual prefixes.

    >>> expand("skos:broader")
    'http://www.w3.org/2004/02/skos/core#broader'
    """
    prefix, _, local = name.partition(":")
    return PREFIXES.get(prefix, prefix + ":") + local


@cache
def built_in() -> tuple[tuple[Rule, Mapping[str, str]], ...]:
    """The built-in checks, each with its header."""
    found = []
    for path in sorted((ontology_folder() / "checks").glob("*.rq")):
        text = files.read_text(path)
        about = header(text)
        found.append((_rule(about, text, None), about))
    return tuple(found)


def own(folder: Path, taken: Mapping[str, str], fault: Callable[[Path, int, int, str], Finding]) -> Iterator[Rule | Finding]:
    """The checks that a knowledge base adds, and findings for those that can't be used.

    `taken` are the codes and names of other rules; `fault` makes a finding at a line and column of a file.
    """
    known = dict(taken)
    for path in files.entries(folder, ".rq"):
        try:
            if is_copy(path):
                continue
            text = files.read_text(path)
        except (OSError, UnicodeDecodeError) as error:
            yield fault(path, 1, 1, f"can't be read: {error}")
            continue
        about = {"name": path.stem, "severity": "warning"} | header(text)
        wrong = _wrong(about, known)
        if wrong:
            yield fault(path, 1, 1, wrong)
            continue
        known |= {about["code"]: path.name, about["name"]: path.name}
        yield _rule(about, text, path)


def _wrong(about: Mapping[str, str], taken: Mapping[str, str]) -> str:
    code = about.get("code", "")
    if not code:
        return "the header has no code: write e.g. '# code: MY001'"
    if not _CODE.fullmatch(code) or code.startswith("KG"):
        return f"'{code}' can't be the code of a check of your own: write two or more other capital letters and a number, MY001"
    if not _NAME.fullmatch(about["name"]):
        return f"'{about['name']}' can't be the name of a check: write small letters and hyphens"
    for key in ("code", "name"):
        if about[key] in taken:
            return f"the {key} '{about[key]}' is taken by {taken[about[key]]}"
    if about["severity"] not in _SEVERITIES:
        return f"the severity '{about['severity']}' is none of {', '.join(_SEVERITIES)}"
    if not about.get("message"):
        return "the header has no message: write e.g. '# message: {focus} has no label'"
    return ""


def _rule(about: Mapping[str, str], text: str, path: Path | None) -> Rule:
    return Rule(
        code=about["code"],
        name=about["name"],
        severity=cast(Severity, about["severity"]),
        mend=about.get("mend.en", "") or about.get("mend", "") or "see the header of the check",
        find=_finder(text, about["message"], _needs(about.get("needs", "")), path),
        default=cast(Default, about.get("default", "on")),
        where="both",
        source=about.get("source", ""),
        own=path,
    )


def _needs(text: str) -> Needs:
    """Predicates without which a check can find nothing: any of those parted by spaces, all of those joined by "+".

    They are compared with those that relations of notes and RDF files use.
    """
    return tuple(tuple(expand(name) for name in group.split("+")) for group in text.split())


def _finder(text: str, message: str, needs: Needs, path: Path | None) -> Callable[[Rule, Context], Iterator[Finding]]:
    def find(rule: Rule, context: Context) -> Iterator[Finding]:
        if needs and not any(context.predicates.issuperset(group) for group in needs):
            return
        graph = context.graph
        if graph is None:
            return
        try:
            results = run_query(graph, text, None if path is None else graph.allowance)
        except QueryError as error:
            if path is None:
                raise
            # Of a text that is no query, the rule itself says how a check is written.
            unparsable = "can't be parsed" in str(error)
            yield _failed(context, path, str(error), "" if unparsable else error.hint)
            return
        # A check that is built in would be at fault where it stands, in kg itself.
        where = path or ontology_folder()
        if not isinstance(results, ox.QuerySolutions):
            yield _failed(context, where, "a check is a SELECT query")
            return
        names = [v.value for v in results.variables]
        if "focus" not in names:
            yield _failed(context, where, "the query gives no ?focus, the thing that is at fault")
            return
        seen: set[tuple[Place, str]] = set()
        for row in results:
            said = {name: row[name] for name in names}
            if not isinstance(said["focus"], ox.NamedNode):
                continue
            found = _place(context, said), _message(context, message, said)
            if found not in seen:
                seen.add(found)
                yield rule.at(*found)
            if len(seen) >= _MOST:
                return

    return find


def _failed(context: Context, path: Path, what: str, hint: str = "") -> Finding:
    from kg.checks.ontology import INVALID_CHECK, WHERE

    m = WHERE.search(what)
    line, column = (int(m[1]), int(m[2])) if m else (1, 1)
    return INVALID_CHECK.at(Place(context.outside(path), line, column), what, hint)


def _place(context: Context, said: Mapping[str, Any]) -> Place:
    focus, predicate, object_, value = (said.get(k) for k in ("focus", "predicate", "object", "value"))
    assert isinstance(focus, ox.NamedNode)  # noqa: S101  # looked at before
    if isinstance(predicate, ox.NamedNode) and isinstance(object_, ox.NamedNode):
        return context.place_of(focus.value, predicate.value, object_.value)
    if isinstance(predicate, ox.NamedNode) and isinstance(value, ox.Literal):
        return context.text_place(focus.value, predicate.value, value.value)
    return context.place(focus.value)


def _message(context: Context, message: str, said: Mapping[str, Any]) -> str:
    def shown(m: re.Match[str]) -> str:
        term = said.get(m[1])
        if isinstance(term, ox.NamedNode):
            return context.name(term.value)
        return term.value if isinstance(term, ox.Literal) else "" if term is None else str(term)

    return _FIELD.sub(shown, message)
