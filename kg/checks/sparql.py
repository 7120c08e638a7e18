"""Rules as SPARQL queries, one per file with its documentation in the header; each row of the result is a finding.

The query returns ``?focus``, the resource with the problem. With ``?predicate`` and ``?object`` the finding points to the
statement of that relation, with ``?predicate`` and ``?value`` to that text. The message may contain any variable: ``{label}``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, cast

import pyoxigraph as ox

from kg.base import files
from kg.base.about import ontology_folder
from kg.base.errors import QueryError
from kg.base.names import PREFIXES, RDF
from kg.checks.context import Context, Place
from kg.checks.messages import position_in
from kg.checks.rule import MOST_ROWS, Default, Rule, RuleScope
from kg.checks.rules.notes import invalid_check
from kg.graph import Graph, is_copy
from kg.graph.query import run_query
from kg.model import Finding, Severity

_KEY: Final = re.compile(r"#[ ]?([a-z]+(?:\.(?:en|zh))?):[ \t]*(.*)")
_FIELD: Final = re.compile(r"\{(\w+)\}")
_CODE: Final = re.compile(r"[A-Z]{2,8}\d{3,4}")
_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SEVERITIES: Final = ("error", "warning", "info")
Needs = tuple[tuple[str, ...], ...]


def header(text: str) -> dict[str, str]:
    """Parse the header of a check: ``# key: value`` lines; lines that are indented further continue the value.

    Texts are joined to one line; examples (``bad``, ``good``) keep their lines. ``mend``, the name in kg 0.2, is ``fix``.

    >>> header("# code: KG999\\n# what.en: One\\n#   two.\\n# bad: a.ttl\\n#     :a :b :c .\\nSELECT …")
    {'code': 'KG999', 'what.en': 'One two.', 'bad': 'a.ttl\\n:a :b :c .'}
    >>> header("# mend.en: write it\\nSELECT …")
    {'fix.en': 'write it'}
    """
    values: dict[str, list[str]] = {}
    key = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        m = _KEY.fullmatch(line)
        if m and not line.startswith("#   "):
            key = re.sub(r"^mend\b", "fix", m[1])
            values[key] = [m[2].strip()]
        elif key:
            values[key].append(line[1:].removeprefix("     ") if key in ("bad", "good") else line[1:].strip())
    return {
        k: "\n".join(lines).strip("\n") if k in ("bad", "good") else " ".join(filter(None, lines))
        for k, lines in values.items()
    }


def expand(name: str) -> str:
    """Return the IRI of a name with one of the usual prefixes.

    >>> expand("skos:broader")
    'http://www.w3.org/2004/02/skos/core#broader'
    """
    prefix, _, local = name.partition(":")
    return PREFIXES.get(prefix, prefix + ":") + local


@cache
def built_in() -> tuple[Rule, ...]:
    """Return the built-in checks."""
    texts = (files.read_text(path) for path in files.entries(ontology_folder() / "checks", ".rq"))
    return tuple(_rule(header(text), text, None) for text in texts)


def own(folder: Path, taken: Mapping[str, str], fault: Callable[[Path, int, int, str], Finding]) -> Iterator[Rule | Finding]:
    """Yield the checks that a knowledge base adds, and findings about those that can't be used.

    `taken` are the codes and names of other rules; `fault` creates a finding at a line and column of a file.
    """
    names = dict(taken)
    for path in files.entries(folder, ".rq"):
        try:
            if is_copy(path):
                continue
            text = files.read_text(path)
        except (OSError, UnicodeDecodeError) as error:
            yield fault(path, 1, 1, f"can't be read: {error}")
            continue
        about = {"name": path.stem, "severity": "warning"} | header(text)
        wrong = _wrong(about, names)
        if wrong:
            yield fault(path, 1, 1, wrong)
            continue
        names |= {about["code"]: path.name, about["name"]: path.name}
        yield _rule(about, text, path)


def _wrong(about: Mapping[str, str], taken: Mapping[str, str]) -> str:
    code = about.get("code", "")
    if not code:
        return "the header has no code: write e.g. '# code: MY001'"
    if not _CODE.fullmatch(code) or code.startswith("KG"):
        return (
            f"'{code}' can't be the code of your own check: write two or more capital letters, not KG, and a number, e.g. MY001"
        )
    if not _NAME.fullmatch(about["name"]):
        return f"'{about['name']}' can't be the name of a check: write lower-case letters and hyphens"
    for key in ("code", "name"):
        if about[key] in taken:
            return f"the {key} '{about[key]}' is already used by {taken[about[key]]}"
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
        scope=RuleScope.GRAPH,
        find=_finder(text, about, path),
        what=_texts(about, "what"),
        why=_texts(about, "why"),
        fix={"en": "see the header of the check"} | _texts(about, "fix"),
        bad=about.get("bad", ""),
        good=about.get("good", ""),
        default=cast(Default, about.get("default", "on")),
        where="both",
        source=about.get("source", ""),
        own=path,
    )


def _texts(about: Mapping[str, str], key: str) -> dict[str, str]:
    """Return the texts of a key by language; a key without a language is used for each missing one."""
    texts = ((lang, about.get(f"{key}.{lang}") or about.get(key, "")) for lang in ("en", "zh"))
    return {lang: text for lang, text in texts if text}


def _needs(text: str) -> Needs:
    """Parse groups of predicates, of each of which a check needs at least one: spaces separate groups, "+" predicates.

    They are compared with the predicates of relations in notes and RDF files.
    """
    return tuple(tuple(expand(name) for name in group.split("+")) for group in text.split())


def _finder(text: str, about: Mapping[str, str], path: Path | None) -> Callable[[Rule, Context], Iterator[Finding]]:
    message, needs = about["message"], _needs(about.get("needs", ""))
    # Only kg's own checks are known to look no further than they state.
    local = path is None and about.get("reads") == "neighbours"
    class_ = expand(about["focus"]) if path is None and "focus" in about else ""

    def find(rule: Rule, context: Context) -> Iterator[Finding]:
        if needs and not any(context.predicates.issuperset(group) for group in needs):
            return
        graph = context.graph
        if graph is None:
            return
        if context.near_rdf_files is not None:
            if class_ and not _has_instance(context.near_rdf_files, class_, context.rdf_resources):
                return
            if local:
                graph = context.near_rdf_files
        try:
            results = run_query(graph, text, None if path is None else graph.allowance)
        except QueryError as error:
            if path is None:
                raise
            # For a text that isn't a query, the rule's own hint says how to write a check.
            unparsable = "can't be parsed" in str(error)
            yield _failed(context, path, str(error), "" if unparsable else error.hint)
            return
        # An error in a built-in check is reported at the file of kg itself.
        where = path or ontology_folder()
        if not isinstance(results, ox.QuerySolutions):
            yield _failed(context, where, "a check is a SELECT query")
            return
        names = [v.value for v in results.variables]
        if "focus" not in names:
            yield _failed(context, where, "the query gives no ?focus, the resource at fault")
            return
        has_object = "object" in names
        seen: set[Finding] = set()
        for row in results:
            focus, object_ = row["focus"], row["object"] if has_object else None
            if not isinstance(focus, ox.NamedNode):
                continue
            # On notes beside scope lists, nearly all rows of a rule for RDF files are about notes.
            if not context.is_reported(focus.value, object_.value if isinstance(object_, ox.NamedNode) else ""):
                continue
            values = {name: row[name] for name in names}
            finding = rule.at(_place(context, values), _message(context, message, values))
            if finding not in seen:
                seen.add(finding)
                yield finding
            if len(seen) >= MOST_ROWS:
                return

    return find


def _has_instance(graph: Graph, class_: str, resources: Iterable[str]) -> bool:
    """Whether a class has one of the resources as instance."""
    type_, default = ox.NamedNode(RDF + "type"), ox.DefaultGraph()
    instances = graph.store.quads_for_pattern(None, type_, ox.NamedNode(class_), default)
    return not {q.subject.value for q in instances if isinstance(q.subject, ox.NamedNode)}.isdisjoint(resources)


def _failed(context: Context, path: Path, what: str, hint: str = "") -> Finding:
    return invalid_check.RULE.at(Place(context.outside(path), *position_in(what)), what, hint)


def _place(context: Context, values: Mapping[str, object]) -> Place:
    focus, predicate, object_, value = (values.get(k) for k in ("focus", "predicate", "object", "value"))
    assert isinstance(focus, ox.NamedNode)  # noqa: S101  # the caller has checked
    if isinstance(predicate, ox.NamedNode) and isinstance(object_, ox.NamedNode):
        return context.statement_place(focus, predicate.value, object_)
    if isinstance(predicate, ox.NamedNode) and isinstance(value, ox.Literal):
        return context.text_place(focus.value, predicate.value, value.value)
    return context.place(focus.value)


def _message(context: Context, message: str, values: Mapping[str, object]) -> str:
    return _FIELD.sub(lambda m: context.show(values.get(m[1])), message)
