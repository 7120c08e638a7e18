"""Lists of concepts: by layer, area, tag and letter, in reading order, by latest change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kg.model import Artifact, Change
from kg.views.page import PageHead, View, page, paths
from kg.views.site.entries import Entries, ListSection, first_of
from kg.views.site.facts import AssessmentIndex
from kg.views.site.recent import day_of, newest

_OPEN = 300
"""Maximum number of concepts for expanded lists; with more, groups are collapsed."""
_CHIPS = 8
_CHANGES = 500
TABS = (
    ("a-z", paths.A_Z),
    ("layers", paths.LAYERS),
    ("areas", paths.AREAS),
    ("tag-index", paths.TAGS),
    ("reading", paths.READING),
    ("recent", paths.RECENT),
    ("learn", paths.LEARN),
)
"""The pages below Browse: key of the text, and path."""


def browse(view: View, facts: AssessmentIndex) -> Iterator[Artifact]:
    """Yield all pages in the view's language."""
    entries = Entries(view)
    letters, layers, areas, tags = entries.by_letter(), entries.by_layer(), entries.by_area(), entries.by_tag()
    chapters = _chapters(view, facts)
    changes = newest(view.assessment)
    yield _index(view, {"a-z": letters, "layers": layers, "areas": areas, "tag-index": tags}, chapters, changes)
    yield _page(view, paths.A_Z, "a-z", "browse_a_z.html", letters=letters, total=len(entries.all), scripts=["filter.js"])
    for key, path, groups in (("layers", paths.LAYERS, layers), ("areas", paths.AREAS, areas), ("tag-index", paths.TAGS, tags)):
        yield _page(view, path, key, "browse_groups.html", groups=groups, opened=len(entries.all) <= _OPEN)
    yield _page(view, paths.READING, "reading", "browse_reading.html", chapters=chapters)
    yield _recent(view, changes)


def _page(view: View, path: str, key: str, template: str, scripts: Sequence[str] = (), **values: Any) -> Artifact:
    w = view.words
    return page(
        view,
        path,
        PageHead(template, w(key), "browse", w(f"{key}-lead"), scripts),
        lead=w(f"{key}-lead"),
        tabs=TABS,
        tab=key,
        **values,
    )


def _index(
    view: View, groups: dict[str, list[ListSection]], chapters: Sequence[Chapter], changes: Sequence[Change]
) -> Artifact:
    address = view.path(paths.BROWSE)
    cards = []
    for key, target in TABS:
        to = paths.relative(address, view.path(target))
        chips: list[tuple[str, str, int]] = []
        if key in groups:
            shown = groups[key] if key == "a-z" else first_of((g for g in groups[key] if g.name), _CHIPS)
            chips = [(g.name, f"{to}#{g.id}", g.size) for g in shown]
        elif key == "reading":
            chips = [(c.name, f"{to}#{c.id}", len(c.steps)) for c in chapters[:_CHIPS]]
        elif key == "recent":
            labels = {c.id: view.label(c.iri) for c in view.assessment.corpus.concepts.values()}
            chips = [(labels.get(c.id, c.id), to, 0) for c in changes[:_CHIPS]]
        cards.append((key, to, chips))
    w = view.words
    return page(
        view,
        paths.BROWSE,
        PageHead("browse.html", w("browse"), "browse", w("browse-card")),
        lead=w("browse-card"),
        cards=cards,
        tabs=TABS,
        tab="",
    )


class Chapter(NamedTuple):
    """A part of the reading order within one area."""

    id: str
    name: str
    steps: list[tuple[int, str, list[str]]]
    """Number, concept, and its direct prerequisites."""


def _chapters(view: View, facts: AssessmentIndex) -> list[Chapter]:
    concepts = view.assessment.corpus.concepts
    chapters: list[Chapter] = []
    area = None
    for number, iri in enumerate(facts.order, 1):
        concept = concepts.get(iri)
        own = concept.area if concept else ""
        if area is None or own != area:
            area = own
            chapters.append(Chapter(f"kg-c-{len(chapters) + 1}", view.area(own), []))
        chapters[-1].steps.append((number, iri, facts.needs.get(iri, [])))
    return chapters


def _recent(view: View, changes: Sequence[Change]) -> Artifact:
    concepts = {c.id: c.iri for c in view.assessment.corpus.concepts.values()}
    days: dict[str, list[tuple[str, str, str | None]]] = {}
    for change in changes[:_CHANGES]:
        days.setdefault(day_of(view, change), []).append((change.kind, change.id, concepts.get(change.id)))
    since = view.assessment.history[-1].time[:10] if view.assessment.history else ""
    return _page(
        view,
        paths.RECENT,
        "recent",
        "browse_recent.html",
        days=days,
        since=since,
        more=len(changes) - _CHANGES,
        by_snapshot=bool(view.assessment.changes),
    )
