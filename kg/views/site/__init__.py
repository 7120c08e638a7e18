"""The site: dashboard, browsing, search, and a page for each concept and note in every language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final, NamedTuple

from kg.base.extras import has_extra
from kg.model import Artifact, Assessment, Change, Concept, Medium, Reference
from kg.views.page import View, asset, assets, paths
from kg.views.page.jobs import PageJob, render_jobs
from kg.views.page.reuse import Reuse
from kg.views.site import steady
from kg.views.site.browse import browse
from kg.views.site.concept import concept_page
from kg.views.site.dashboard import dashboard
from kg.views.site.diagrams import diagram_files
from kg.views.site.facts import AssessmentIndex
from kg.views.site.fulltext import text_jobs
from kg.views.site.groups import group_pages
from kg.views.site.learn import learn_data, learn_page, learn_script
from kg.views.site.note import note_page, plain_notes
from kg.views.site.plan import plan_pages
from kg.views.site.previews import preview_files, preview_script
from kg.views.site.recent import newest
from kg.views.site.redirects import redirect_pages
from kg.views.site.search import choose_shards, index_shard, key_of_shard, order_shards, search_page, search_script
from kg.views.site.standing import standing_files, standing_script
from kg.views.site.titles import title_file

__all__ = [
    "PAGES_READ",
    "PARTS",
    "SiteSources",
    "choose_shards",
    "index_shard",
    "key_of_shard",
    "newest",
    "order_shards",
    "plan_pages",
    "render_map_companions",
    "render_pages",
    "render_site",
    "site_jobs",
]


class SiteSources(NamedTuple):
    """What pages show that is not part of an assessment."""

    media: Mapping[str, Medium] = MappingProxyType({})
    """The files that notes show, by path."""
    references: Mapping[str, Reference] = MappingProxyType({})
    """The works of the bibliography, by key."""
    changes: Sequence[Change] = ()
    """The latest changes in the history of the notes, newest first."""
    frame: str = ""
    """A digest of what `PAGES_READ` names of the assessment; empty if pages are looked at one by one."""


_NO_SOURCES: Final = SiteSources()
PAGES_READ: Final = steady.READS
"""See `SiteSources.frame`."""


def render_site(
    assessment: Assessment,
    text_of: Callable[[str], str],
    sources: SiteSources = _NO_SOURCES,
    *,
    searchable: bool = False,
    reuse: Reuse | None = None,
) -> Iterator[Artifact]:
    """Yield all files of the site, rendered in this process; for the arguments, see `site_jobs`."""
    for part in PARTS.values():
        yield from part.render(assessment, reuse, newest(assessment, sources.changes) if part.shows_changes else ())
    yield from render_jobs(site_jobs(assessment, text_of, sources, searchable=searchable, reuse=reuse))


class _SitePart(NamedTuple):
    render: Callable[[Assessment, Reuse | None, Sequence[Change]], Iterator[Artifact]]
    """Makes its files. It gets the latest changes only if it shows them."""
    reads: tuple[str, ...]
    """What it reads of an assessment."""
    shows_changes: bool = False


def _views(assessment: Assessment, reuse: Reuse | None) -> list[View]:
    views = [View(assessment, lang, "views.site") for lang in assessment.languages or ("en",)]
    for view in views:
        view.reuse = reuse
    return views


def _overview(assessment: Assessment) -> AssessmentIndex:
    """An index for files that show no text of notes."""
    return AssessmentIndex(assessment, lambda _path: "")


def _render_learning(assessment: Assessment, reuse: Reuse | None, _changes: Sequence[Change]) -> Iterator[Artifact]:
    yield learn_data(assessment, _overview(assessment), _views(assessment, reuse))


def _render_standing(assessment: Assessment, reuse: Reuse | None, _changes: Sequence[Change]) -> Iterator[Artifact]:
    facts = _overview(assessment)
    for view in _views(assessment, reuse):
        yield from standing_files(view, facts)


def _render_previews(assessment: Assessment, reuse: Reuse | None, _changes: Sequence[Change]) -> Iterator[Artifact]:
    facts = _overview(assessment)
    for view in _views(assessment, reuse):
        yield from preview_files(view, facts)


def _render_lists(assessment: Assessment, reuse: Reuse | None, changes: Sequence[Change]) -> Iterator[Artifact]:
    facts = _overview(assessment)
    for view in _views(assessment, reuse):
        yield from browse(view, facts, changes)


def _render_schemes(assessment: Assessment, reuse: Reuse | None, _changes: Sequence[Change]) -> Iterator[Artifact]:
    for view in _views(assessment, reuse):
        yield from group_pages(view)


_ORDER: Final = ("title", "languages", "look", "communities", "corpus.concepts", "network", "relations", "hierarchy", "covers")
PARTS: Final[Mapping[str, _SitePart]] = {
    "standing": _SitePart(_render_standing, (*_ORDER, "concepts", "suggestions")),
    "previews": _SitePart(_render_previews, ("title", "languages", "communities", "corpus.concepts", "network", "relations")),
    "browse": _SitePart(_render_lists, (*_ORDER, "changes", "history", "skos"), shows_changes=True),
    "schemes": _SitePart(_render_schemes, (*_ORDER, "skos")),
    "learning": _SitePart(_render_learning, _ORDER),
}
"""Parts of the site that show the whole knowledge base, by name; pages of concepts and notes, and the start page, are jobs."""


def site_jobs(
    assessment: Assessment,
    text_of: Callable[[str], str],
    sources: SiteSources = _NO_SOURCES,
    *,
    searchable: bool = False,
    reuse: Reuse | None = None,
) -> list[PageJob]:
    """The pages of the site but its `PARTS`, and what they share with maps and reports, as work for any process.

    ``text_of`` returns the source text of a note by path, with original line ends, so that byte offsets are valid.
    The media of ``sources`` are not among the files of the jobs.
    ``searchable`` tells whether texts can be searched; with pagefind, the shards of `choose_shards` will be indexed.
    ``reuse`` contains the pages of the last build.
    """
    languages = assessment.languages or ("en",)
    facts = AssessmentIndex(assessment, text_of).prepare()
    views = _views(assessment, reuse)
    for view in views:
        view.media, view.references = sources.media, sources.references
    concepts = [
        PageJob(partial(_concept, views, facts, concept, text_of), paths.concept_path(concept.id, "", ()))
        for concept in assessment.corpus.concepts.values()
    ]
    notes = [
        PageJob(partial(_note, views, facts, path, text_of), paths.note_path(path, "", ())) for path in plain_notes(views[0])
    ]
    if reuse is not None and sources.frame:
        shown = repr((sorted(sources.media.items()), sorted(sources.references.items())))
        reuse.now.inputs = steady.page_inputs(assessment, facts, f"{sources.frame} {shown}")
        kept = steady.steady_pages(assessment, reuse.now.inputs, reuse.last.inputs)
        keys = (*assessment.corpus.concepts, *plain_notes(views[0]))
        jobs = [
            job._replace(render=partial(_keep, reuse, views, job)) if key in kept else job
            for key, job in zip(keys, (*concepts, *notes), strict=True)
        ]
        concepts, notes = jobs[: len(concepts)], jobs[len(concepts) :]
    shards: list[str] = []
    texts: list[PageJob] = []
    if searchable:
        texts = text_jobs(views[0], text_of)
        addresses = [job.address for job in (*concepts, *notes)]
        if has_extra("search"):
            shards = order_shards(choose_shards([*addresses, paths.QUALITY], len(views)).values())

    def shared() -> Iterator[Artifact]:
        yield from assets(assessment.look, languages)
        yield search_script()
        yield asset("home.js")
        yield asset("reading.js")
        yield preview_script(views)
        yield learn_script()
        yield standing_script()
        yield from diagram_files(assessment)

    changes = newest(assessment, sources.changes)

    def overviews(view: View) -> Iterator[Artifact]:
        yield dashboard(view, changes)
        yield learn_page(view)
        yield search_page(view, shards, len(texts))
        yield from redirect_pages(view)

    whole = [PageJob(shared), PageJob(partial(title_file, views)), *(PageJob(partial(overviews, view)) for view in views)]
    return [*whole, *texts, *concepts, *notes]


def render_map_companions(assessment: Assessment) -> Iterator[Artifact]:
    """Yield the files of a site that maps use, for maps without a site: the names for the search, and the icon."""
    yield from title_file([View(assessment, lang, "views.site") for lang in assessment.languages or ("en",)])
    yield asset("icon.svg")


def _keep(reuse: Reuse, views: list[View], job: PageJob) -> Iterable[Artifact]:
    """The pages of the last build; rendered if one of them is missing."""
    pages = reuse.keep([view.path(job.address) for view in views])
    return job.render() if pages is None else pages


def _concept(views: list[View], facts: AssessmentIndex, concept: Concept, text_of: Callable[[str], str]) -> Iterator[Artifact]:
    return (concept_page(view, facts, concept, text_of) for view in views)


def _note(views: list[View], facts: AssessmentIndex, path: str, text_of: Callable[[str], str]) -> Iterator[Artifact]:
    return (note_page(view, facts, path, text_of) for view in views)


def render_pages(
    assessment: Assessment, text_of: Callable[[str], str], wanted: Collection[str], sources: SiteSources = _NO_SOURCES
) -> Iterator[Artifact]:
    """Yield the pages of concepts and notes with these paths, in any language; other paths are ignored."""
    facts = AssessmentIndex(assessment, text_of)
    languages = assessment.languages or ("en",)
    for lang in languages:
        view = View(assessment, lang, "views.site")
        view.media, view.references = sources.media, sources.references
        for concept in assessment.corpus.concepts.values():
            if paths.concept_path(concept.id, lang, languages) in wanted:
                yield concept_page(view, facts, concept, text_of)
        for path in plain_notes(view):
            if paths.note_path(path, lang, languages) in wanted:
                yield note_page(view, facts, path, text_of)
