"""Lists of concepts: by layer, area, tag and letter, in reading order, by latest change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple

from markupsafe import Markup

from kg.model import Artifact, Change
from kg.views.page import PageHead, View, page, paths
from kg.views.site.entries import Entries, ListSection, first_of
from kg.views.site.facts import AssessmentIndex
from kg.views.site.recent import day_of, describe_change

_OPEN = 300
"""Maximum number of concepts for expanded lists; with more, groups are collapsed."""
_CHIPS = 8
_MOST = 24
"""Maximum number of tags named before the others, as those that are used most."""
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
_SCHEMES = ("schemes", paths.SCHEMES)


def tabs_of(view: View) -> tuple[tuple[str, str], ...]:
    """Return the pages below Browse: with one of schemes and collections if there are some."""
    return (*TABS[:4], _SCHEMES, *TABS[4:]) if view.assessment.skos.groups else TABS


class CardLink(NamedTuple):
    """A link on a card."""

    name: str
    target: str
    """The part of the page; with the page, on the card."""
    size: int
    """Number of concepts there; 0 if it isn't shown."""


class TabCard(NamedTuple):
    """A card for a tab: its key, the page, and links to parts of the page."""

    key: str
    target: str
    chips: list[CardLink]


class _Lists:
    """The lists of concepts. They are made only if a page that shows them can't be reused: readings of Chinese take long."""

    def __init__(self, view: View) -> None:
        self._view = view
        concepts = view.assessment.corpus.concepts.values()
        listed = [(c.id, c.labels, c.alt_labels, c.layer, c.area, c.tags) for c in concepts]
        skos = view.assessment.skos.concepts
        listed += [(iri, s.notations) for iri, s in skos.items() if s.notations]  # type: ignore[misc]  # only to be printed
        self.reads = hashlib.sha256(repr(listed).encode("utf-8", "replace")).hexdigest()
        """A digest of everything that determines the lists."""

    @cached_property
    def entries(self) -> Entries:
        """All concepts, in alphabetical order."""
        return Entries(self._view)

    @cached_property
    def groups(self) -> dict[str, list[ListSection]]:
        """The sections of each page, by the key of its tab."""
        entries = self.entries
        return {
            "a-z": entries.by_letter(),
            "layers": entries.by_layer(),
            "areas": entries.by_area(),
            "tag-index": entries.by_tag(),
        }

    def letters(self) -> dict[str, object]:
        """What the template of the A–Z page shows."""
        return {"letters": self.groups["a-z"], "total": len(self.entries.all)}

    def sections(self, key: str) -> dict[str, object]:
        """What the template of another page shows."""
        groups, is_tags = self.groups[key], key == "tag-index"
        most = first_of((tag for group in groups for tag in group.below), _MOST) if is_tags else []
        return {"groups": groups, "most": most, "opened": not is_tags and len(self.entries.all) <= _OPEN}


def browse(view: View, facts: AssessmentIndex, changes: Sequence[Change]) -> Iterator[Artifact]:
    """Yield all pages in the view's language. `changes`: the latest ones, newest first."""
    lists = _Lists(view)
    chapters = chapters_of(view, facts)
    yield _index(view, lists, chapters, changes)
    yield _page(view, paths.A_Z, "a-z", "browse_a_z.html", ["filter.js"], lists.letters, reads=lists.reads)
    for key, path in (("layers", paths.LAYERS), ("areas", paths.AREAS), ("tag-index", paths.TAGS)):
        yield _page(view, path, key, "browse_groups.html", ["reading.js"], partial(lists.sections, key), reads=lists.reads)
    yield _page(view, paths.READING, "reading", "browse_reading.html", chapters=chapters)
    yield _recent(view, changes)


def _page(
    view: View,
    path: str,
    key: str,
    template: str,
    scripts: Sequence[str] = (),
    later: Callable[[], Mapping[str, object]] | None = None,
    **values: Any,
) -> Artifact:
    w = view.words
    return page(
        view,
        path,
        PageHead(template, w(key), "browse", w(f"{key}-lead"), scripts),
        later=later,
        lead=w(f"{key}-lead"),
        tabs=tabs_of(view),
        tab=key,
        **values,
    )


def _index(view: View, lists: _Lists, chapters: Sequence[Chapter], changes: Sequence[Change]) -> Artifact:
    labels = {c.id: view.label(c.iri) for c in view.assessment.corpus.concepts.values()}
    shown = {
        "reading": [CardLink(c.name, f"#{c.id}", len(c.steps)) for c in chapters[:_CHIPS]],
        "recent": [CardLink(labels.get(c.id, c.id), "", 0) for c in changes[:_CHIPS]],
    }
    w = view.words
    return page(
        view,
        paths.BROWSE,
        PageHead("browse.html", w("browse"), "browse", w("browse-card")),
        later=lambda: {"cards": _cards(view, lists, shown)},
        reads=(lists.reads, shown),
        lead=w("browse-card"),
        tabs=tabs_of(view),
        tab="",
    )


def _cards(view: View, lists: _Lists, shown: Mapping[str, Sequence[CardLink]]) -> list[TabCard]:
    """A card for each tab."""
    address = view.path(paths.BROWSE)
    cards = []
    for key, target in tabs_of(view):
        to = paths.relative(address, view.path(target))
        chips = list(shown.get(key, ()))
        if key in lists.groups:
            groups = lists.groups[key]
            if key == "tag-index":
                groups = [tag for group in groups for tag in group.below]
            groups = groups if key == "a-z" else first_of((g for g in groups if g.name), _CHIPS)
            chips = [CardLink(g.name, f"#{g.id}", g.size) for g in groups]
        cards.append(TabCard(key, to, [CardLink(name, f"{to}{part}", n) for name, part, n in chips]))
    return cards


class Chapter(NamedTuple):
    """A part of the reading order within one area."""

    id: str
    name: str
    steps: list[tuple[int, str, list[str]]]
    """Number, concept, and its direct prerequisites."""


def chapters_of(view: View, facts: AssessmentIndex) -> list[Chapter]:
    """The reading order of all concepts, divided where the area changes."""
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


class RecentRow(NamedTuple):
    """A change on the page of recent changes."""

    kind: str
    id: str
    iri: str | None
    """None for a removed concept."""
    what: Markup


def _recent(view: View, changes: Sequence[Change]) -> Artifact:
    concepts = {c.id: c.iri for c in view.assessment.corpus.concepts.values()}
    address = view.path(paths.RECENT)
    days: dict[str, list[RecentRow]] = {}
    for change in changes[:_CHANGES]:
        row = RecentRow(change.kind, change.id, concepts.get(change.id), describe_change(view, address, change))
        days.setdefault(day_of(view, change), []).append(row)
    w, history = view.words, view.assessment.history
    source = w("recent-by-date")
    if any(change.details for change in changes):
        source = w("recent-by-history")
    elif view.assessment.changes:
        source = w("recent-by-snapshot", date=history[-1].time[:10] if history else "")
    return _page(view, paths.RECENT, "recent", "browse_recent.html", days=days, source=source, more=len(changes) - _CHANGES)
