"""What a knowledge base is, for its start page: core concepts, bridges between communities, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from kg.base.formulas import in_words
from kg.views.page import View, paths
from kg.views.page.commands import command_line
from kg.views.page.planned import counted

_CORE: Final = 6
_BRIDGES: Final = 4
_BETWEEN: Final = 3
"""Maximum number of communities named for a bridge."""
_ACTIONS: Final = 3
_LESSONS: Final = 4
_NEEDS: Final = ("requires", "prerequisite")
"""Keys of the relations to what a concept requires."""
_DEFINED: Final = 110
"""Maximum number of characters of a definition on the start page."""


class CoreConcept(NamedTuple):
    """A central concept."""

    link: Markup
    definition: str
    lang: str
    """The language of the definition if it isn't that of the page."""


class Bridge(NamedTuple):
    """A concept on the shortest paths between communities."""

    link: Markup
    communities: list[tuple[str, str]]
    """Name and address of the map of each community that it connects."""


class Action(NamedTuple):
    """A step that improves the knowledge base most."""

    text: str
    example: Markup
    command: str


def core_concepts(view: View, address: str) -> list[CoreConcept]:
    """The concepts with the highest PageRank, each with its definition."""
    concepts = view.assessment.corpus.concepts
    shown = []
    for iri in central(view)[:_CORE]:
        concept = concepts[iri]
        text = " ".join(concept.definition(view.lang).split())
        lang = next((key for key, value in concept.definitions.items() if " ".join(value.split()) == text), "")
        text = in_words(text)
        cut = text if len(text) <= _DEFINED else text[:_DEFINED].rsplit(" ", 1)[0].rstrip("，、,;；:：") + "…"
        shown.append(CoreConcept(view.link(address, iri), cut, lang if lang != view.lang else ""))
    return shown


def central(view: View) -> list[str]:
    """All connected concepts of the domain, the highest PageRank first; those of the plan if there are no others."""
    return list(counted(_connected(view), view.plan))


def _connected(view: View) -> list[str]:
    measures, concepts = view.assessment.concepts, view.assessment.corpus.concepts
    return sorted((i for i in measures if measures[i].degree and i in concepts), key=lambda i: (-measures[i].pagerank, i))


def lessons(view: View, address: str, ranked: Sequence[str]) -> list[tuple[str, str]]:
    """Examples of learning paths: label and address of central concepts that state what they require."""
    assessment = view.assessment
    page = paths.relative(address, view.path(paths.LEARN))
    examples = []
    for iri in ranked:
        around = assessment.network.adj[iri].values() if iri in assessment.network else ()
        needs = any(assessment.relations[r].key in _NEEDS for keyed in around for r in keyed if r in assessment.relations)
        if needs:
            examples.append((view.label(iri), f"{page}#{urlencode({'to': assessment.corpus.concepts[iri].id})}"))
        if len(examples) == _LESSONS:
            break
    return examples


def bridges(view: View, address: str) -> list[Bridge]:
    """The concepts with the highest betweenness that have neighbours in other communities than their own."""
    assessment = view.assessment
    measures, network, concepts = assessment.concepts, assessment.network, assessment.corpus.concepts
    named = {community.index for community in view.communities}
    shown: list[Bridge] = []
    for iri in sorted(measures, key=lambda i: (-measures[i].betweenness, i)):
        if len(shown) == _BRIDGES or not measures[iri].betweenness:
            break
        if iri not in concepts or iri not in network:
            continue
        around = {*network.successors(iri), *network.predecessors(iri)}
        counts = Counter(measures[i].community for i in around if i in measures and measures[i].community in named)
        counts[measures[iri].community] += 1
        if len(counts) > 1:
            order = sorted(counts, key=lambda index: (-counts[index], index))[:_BETWEEN]
            names = [(view.community(index), paths.relative(address, view.cluster_of(index))) for index in order]
            shown.append(Bridge(view.link(address, iri), names))
    return shown


def next_actions(view: View, address: str) -> list[Action]:
    """What improves the knowledge base most, each with an example and a command to paste."""
    return [action for action, _ in zip(_actions(view, address), range(_ACTIONS), strict=False)]


def _actions(view: View, address: str) -> Iterator[Action]:
    w, assessment = view.words, view.assessment
    concepts = assessment.corpus.concepts
    errors = sorted((f for f in assessment.findings if f.severity == "error"), key=lambda f: (f.path, f.line, f.column, f.code))
    if errors:
        first = errors[0]
        page = view.page_of_note(first.path)
        place = Markup("<code>{}</code>").format(f"{first.path}:{first.line}")
        place = Markup('<a href="{}">{}</a>').format(paths.relative(address, page), place) if page else place
        yield Action(w("do-errors", n=len(errors)), place + f" {view.finding(first)[0]}", "kg check")
    for suggestion in assessment.suggestions:
        if suggestion.source in concepts and suggestion.target in concepts:
            example = Markup("{} → {}").format(view.link(address, suggestion.source), view.link(address, suggestion.target))
            yield Action(w("do-suggestion"), example, command_line("kg suggest", concepts[suggestion.source].id))
            break
    untyped = _untyped(view)
    if untyped is not None:
        count, source, target = untyped
        example = Markup("{} → {}").format(view.link(address, source), view.link(address, target))
        yield Action(w("do-types", n=count), example, "kg suggest --lane type")
    undefined = [iri for iri in _connected(view) if not concepts[iri].definitions]
    if undefined:
        yield Action(w("do-definitions", n=len(undefined)), view.link(address, undefined[0]), "kg check --select KG303")
    alone = [
        i for i, c in concepts.items() if i in assessment.concepts and not assessment.concepts[i].degree and c.type != "task"
    ]
    if alone and len(concepts) > 1:
        command = command_line("kg suggest", concepts[alone[0]].id)
        yield Action(w("do-isolated", n=len(alone)), view.link(address, alone[0]), command)


def _untyped(view: View) -> tuple[int, str, str] | None:
    """Number of pairs of concepts with only plain links, and the pair of the most important concepts; None without any."""
    measures, concepts = view.assessment.concepts, view.assessment.corpus.concepts
    typed: set[frozenset[str]] = set()
    plain: set[tuple[str, str]] = set()
    for source, target, data in view.assessment.network.edges(data=True):
        if data.get("asserted", True) and source != target:
            if data.get("typed", True):
                typed.add(frozenset((source, target)))
            elif source in concepts and target in concepts:
                plain.add((source, target))
    pairs = [pair for pair in plain if frozenset(pair) not in typed]
    if not pairs:
        return None

    def weight(pair: tuple[str, str]) -> tuple[float, tuple[str, str]]:
        return -sum(measures[i].pagerank for i in pair if i in measures), pair

    return len({frozenset(pair) for pair in pairs}), *min(pairs, key=weight)
