"""The page of one concept."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlencode

from markupsafe import Markup, escape

from kg.base.formulas import in_words
from kg.base.names import KG, fold, language_of, page_name
from kg.model import Artifact, Broken, Concept, Foreign, Note, Resolved, ResolvedLink, Unseen
from kg.views.page import PageHead, View, page, paths
from kg.views.page.shell import DRAWS
from kg.views.page.view import source_link
from kg.views.site import evidence
from kg.views.site.around import picture
from kg.views.site.cited import cited_here
from kg.views.site.defined import defined_term
from kg.views.site.facts import AssessmentIndex, Backlink, Related
from kg.views.site.foreign import foreign_groups
from kg.views.site.formula import drawn
from kg.views.site.groups import other_names
from kg.views.site.mentions import SENTENCES
from kg.views.site.prose import PREFIX, NoteSource, ShownAlready, anchor_of, embedded_notes, prose
from kg.views.site.skos import digest_skos, skos_of_concept
from kg.views.site.standing import SCRIPT, index_path, shard_key
from kg.views.site.trust import shown_trust


class RenderedNote(NamedTuple):
    """A rendered note of a concept."""

    path: str
    html: Markup
    lang: str
    diagrams: int
    """Number of Mermaid diagrams."""


_DESCRIBED = 160
"""Maximum number of characters of the description that search engines show."""
_BESIDE = 12
_CRUMBS = 3
_REPLACES = KG + "replaces"
_REPLACED_BY = KG + "replacedBy"
_BACKLINKS = 100


def concept_page(view: View, facts: AssessmentIndex, concept: Concept, text_of: Callable[[str], str]) -> Artifact:
    """The page of a concept in the view's language."""
    canonical = f"concepts/{page_name(concept.id)}.html"
    address = view.path(canonical)
    definition = concept.definition(view.lang)
    own = list(dict.fromkeys((concept.path, *concept.paths)))
    proofs = [p for path in own for p in facts.proofs.get(path, ())]
    head = PageHead(
        "concept.html",
        view.label(concept.iri),
        "concept",
        in_words(" ".join(definition.split()))[:_DESCRIBED],
        (index_path(view), SCRIPT, "reading.js"),
    )
    has_diagrams = evidence.has_trace(proofs) or shows_diagrams(view, own)
    return page(
        view,
        canonical,
        drawing(head, view) if has_diagrams else head,
        later=lambda: _content(view, facts, concept, text_of),
        reads=_digest_reads(view, facts, concept, address, own),
    )


def _content(view: View, facts: AssessmentIndex, concept: Concept, text_of: Callable[[str], str]) -> dict[str, object]:
    """What the template shows. All of it is determined by `_digest_reads`."""
    assessment = view.assessment
    address = view.path(f"concepts/{page_name(concept.id)}.html")
    definition = concept.definition(view.lang)
    label = view.label(concept.iri)
    own = list(dict.fromkeys((concept.path, *concept.paths)))
    backlinks = facts.backlinks(view, concept.iri)
    skos = skos_of_concept(view, address, concept.iri)
    groups = facts.relations(view, concept.iri)
    lead, texts = note_texts(view, address, concept, definition, text_of, facts)
    return {
        "lead": lead,
        "texts": texts,
        "concept": concept,
        "label_lang": view.label_lang(concept.iri),
        "others": other_names(concept.labels, label),
        "definition": drawn(definition),
        "definition_lang": _lang_of(concept.definitions, definition, view.lang),
        "definitions": [(drawn(text), lang) for lang, text in sorted(concept.definitions.items()) if text != definition],
        "parents": [view.link(address, iri) for iri in assessment.hierarchy.parents.get(concept.iri, ())[:_CRUMBS]],
        "sources": [source_link(s) for s in shown_sources(concept.sources)],
        "trust": shown_trust(concept.provenance, view.words),
        "meanings": [
            (meaning, [(g, _items(view, address, g.items, 4, typed=True)) for g in same])
            for meaning, same in itertools.groupby(groups, key=lambda g: g.meaning)
        ],
        "foreign": foreign_groups(view, facts.foreign.get(concept.iri, [])),
        "backlinks": len(backlinks),
        "backlink_items": _mentioned(view, facts, address, backlinks),
        "around": picture(view, groups, address, concept.iri),
        "places": _hierarchy(view, address, concept.iri),
        "learn": f"{paths.relative(address, view.path(paths.LEARN))}#{urlencode({'to': concept.id})}",
        "topics": facts.topics_of(view, concept.iri),
        "proofs": [(p, evidence.parts(view.words, p)) for path in own for p in facts.proofs.get(path, ())],
        "verdict": assessment.evidence.get(concept.iri, ""),
        "edits": edits(view, own),
        "findings": facts.findings_of(concept),
        "skos": skos,
        "deprecated": concept.is_deprecated or (skos is not None and skos.deprecated),
        "replaced_by": skos.replaced_by
        if skos is not None and skos.replaced_by
        else _successors(view, facts, address, concept.iri),
        "map_href": paths.relative(address, view.map_of(concept.iri) or paths.OVERVIEW_MAP),
        "page_name": page_name(concept.id),
        "defined_term": defined_term(view, concept),
        "shard": shard_key(concept),
    }


def _successors(view: View, facts: AssessmentIndex, address: str, iri: str) -> list[Markup]:
    """Links to the concepts that replace a concept by what notes state, in either direction."""
    stated = ((n, relation == (_REPLACES if incoming else _REPLACED_BY)) for incoming, n, relation, _ in facts.edges(iri))
    return [view.link(address, n) for n in dict.fromkeys(n for n, replaces in stated if replaces)]


def shown_sources(sources: Sequence[str]) -> list[str]:
    """The sources without addresses that another one contains, such as the DOI of a work."""
    return [s for s in sources if not (s.startswith("http") and any(s in other for other in sources if other != s))]


def _digest_reads(view: View, facts: AssessmentIndex, concept: Concept, address: str, own: Sequence[str]) -> str:
    """A digest of everything that determines the page of a concept: far cheaper than what the page shows."""
    iri, hierarchy, notes = concept.iri, view.assessment.hierarchy, view.assessment.corpus.notes
    foreign = view.assessment.corpus.foreign
    named = {iri: None, **dict.fromkeys(hierarchy.parents.get(iri, ())), **dict.fromkeys(hierarchy.children.get(iri, ()))}
    around = []
    for incoming, neighbour, relation, data in facts.edges(iri):
        ends = (neighbour, iri) if incoming else (iri, neighbour)
        typed = data.get("typed", True)
        if typed or incoming:
            around.append((incoming, neighbour, relation, typed, facts.places.of(ends[0], relation, ends[1], data)))
            named[neighbour] = None
    mentions = []
    for source, links in facts.mentions.of(iri).items():
        shown = [(link.source, notes[link.source].digest, link.link.start, link.link.line) for link in links[:SENTENCES]]
        mentions.append((source, len(links), shown))
        named[source] = None
    reads = (
        concept,
        digest_texts(view, facts, address, own),
        view.relations,
        around,
        mentions,
        [(name, view.label(name), view.label_lang(name), view.page_of(name)) for name in named],
        (hierarchy.parents.get(iri), hierarchy.children.get(iri)),
        facts.topics_of(view, iri),
        [p for path in own for p in facts.proofs.get(path, ())],
        view.assessment.evidence.get(iri),
        facts.findings_of(concept),
        digest_skos(view, iri),
        [(a, foreign.get(a.object)) for a in facts.foreign.get(iri, ())],
    )
    return hashlib.sha256(repr(reads).encode("utf-8", "replace")).hexdigest()


def _items(view: View, address: str, related: Sequence[Related], limit: int, *, typed: bool = False) -> Markup:
    """Related concepts as list items. A large knowledge base has millions, so they are joined here and not in a template."""
    w = view.words
    inverse = f' <span class="tag" title="{escape(w("inverse-title"))}">{escape(w("inverse"))}</span>'
    rows = []
    for iri, reversed_, places in related:
        row = f"<li>{view.link(address, iri)}{inverse if typed and reversed_ else ''}"
        if places:
            codes = "".join(f" <code>{escape(place)}</code>" for place in places[:limit])
            more = f" {escape(w('more', n=len(places) - limit))}" if len(places) > limit else ""
            row += f' <span class="stated">{codes}{more}</span>'
        rows.append(f"{row}</li>")
    return Markup("\n".join(rows))  # noqa: S704  # escaped above


def drawing(head: PageHead, view: View) -> PageHead:
    """The head of a page whose diagrams are drawn; unchanged where the library isn't installed."""
    return head._replace(may=DRAWS, scripts=(*head.scripts, "diagrams.js")) if view.assessment.look.diagrams else head


def shows_diagrams(view: View, own: Sequence[str]) -> bool:
    """Whether notes or what they embed have Mermaid diagrams."""
    notes = view.assessment.corpus.notes
    shown = (path for note in own if note in notes for path in (note, *embedded_notes(view, note, view.links_of(note))))
    return any(block.language == "mermaid" for path in shown for block in notes[path].blocks)


def digest_texts(view: View, facts: AssessmentIndex, address: str, notes: Sequence[str]) -> str:
    """A digest of everything that determines the rendered text of notes: their bytes, resolved links, and embedded notes."""
    notes_ = view.assessment.corpus.notes
    seen: list[object] = []
    for path in notes:
        if path not in notes_:
            continue
        note, links = notes_[path], facts.links.get(path, ())
        seen.append((path, note.digest, *(_meaning(view, address, link) for link in links)))
        seen += cited_here((note,), view.references)
        for embedded in embedded_notes(view, path, links):
            inner = [_meaning(view, address, within) for within in facts.links.get(embedded, ())]
            seen.append((embedded, notes_[embedded].digest, view.note_title(embedded), *inner))
            seen += cited_here((notes_[embedded],), view.references)
    return hashlib.sha256(repr(seen).encode("utf-8", "replace")).hexdigest()


def _meaning(view: View, address: str, link: ResolvedLink) -> object:
    """The part of a resolved link that can change while the note doesn't."""
    resolution = link.resolution
    if isinstance(resolution, Foreign):
        return link.link.start, resolution, view.assessment.corpus.foreign.get(resolution.iri)
    if isinstance(resolution, Unseen):
        return link.link.start, resolution, view.media.get(resolution.path or "")
    path = resolution.path if isinstance(resolution, Resolved | Broken) else None
    note = view.assessment.corpus.notes.get(path) if path is not None else None
    if note is None or not isinstance(resolution, Resolved):
        medium = view.media.get(path) if isinstance(resolution, Resolved) and path is not None else None
        return link.link.start, resolution, medium or (path is not None and view.page_of_note(path))
    anchor = anchor_of(note, resolution.anchor) if resolution.anchor else ""
    return link.link.start, resolution, view.page_of_note(note.path), anchor


def edits(view: View, notes: Sequence[str]) -> list[tuple[str, str]]:
    """Notes with their edit addresses."""
    pattern = view.assessment.look.edit
    described = view.assessment.corpus.notes
    return [(p, pattern.replace("{path}", quote(p))) for p in notes if p in described] if pattern else []


def _hierarchy(view: View, address: str, iri: str) -> list[tuple[str, list[Markup], int]]:
    """Concepts above and below a concept: key of the text, concepts, number of omitted ones."""
    hierarchy = view.assessment.hierarchy
    rows = (
        ("up", hierarchy.parents.get(iri, ())),
        ("down", hierarchy.children.get(iri, ())),
    )
    return [
        (word, [view.link(address, concept) for concept in concepts[:_BESIDE]], max(0, len(concepts) - _BESIDE))
        for word, concepts in rows
        if concepts
    ]


def _mentioned(view: View, facts: AssessmentIndex, address: str, backlinks: Sequence[Backlink]) -> Markup:
    """The backlinks, each with its sentences."""
    w = view.words
    rows = []
    for link in backlinks[:_BACKLINKS]:
        if link.is_concept:
            row = f"<li>{view.link(address, link.source)}"
        else:
            target = view.page_of_note(link.source)
            title = escape(view.note_title(link.source))
            row = f'<li><a href="{paths.relative(address, target)}">{title}</a>' if target else f"<li>{title}"
        for mention in map(facts.mentions.mention, link.links[:SENTENCES]):
            at = escape(f"{mention.path}:{mention.line}")
            row += f"<q>{drawn(mention.sentence)}</q> <code>{at}</code>" if mention.sentence else f" <code>{at}</code>"
        row += "".join(f" <code>{escape(place)}</code>" for place in link.places[:SENTENCES])
        more = len(link.links) + len(link.places) - SENTENCES
        rest = f" {escape(w('more', n=more))}" if more > 0 else ""
        rows.append(f"{row}{rest}</li>")
    if len(backlinks) > _BACKLINKS:
        rows.append(f'<li class="muted">{escape(w("more", n=len(backlinks) - _BACKLINKS))}</li>')
    return Markup("\n".join(rows))  # noqa: S704  # escaped above


def _lang_of(texts: object, text: str, lang: str) -> str:
    own = next((key for key, value in texts.items() if value == text), "") if isinstance(texts, dict) else ""
    return own if own != lang else ""


def note_lang(note: Note) -> str:
    """The language of a note: declared or detected."""
    declared = note.metadata.get("lang")
    if isinstance(declared, str) and declared:
        return declared.lower()
    return language_of(note.lead or (note.headings[0].text if note.headings else ""))


def note_texts(
    view: View, address: str, concept: Concept, definition: str, text_of: Callable[[str], str], facts: AssessmentIndex
) -> tuple[Markup | None, list[RenderedNote]]:
    """The notes of a concept, the page's language first; notes that start another language's page are omitted."""
    notes = view.assessment.corpus.notes
    own = [(p, notes[p]) for p in dict.fromkeys((concept.path, *concept.paths)) if p in notes]
    langs = {p: note_lang(note) for p, note in own}
    own.sort(key=lambda item: langs[item[0]].split("-")[0] != view.lang.split("-")[0])
    titles = frozenset(fold(label) for label in concept.labels.values()) | {fold(t) for t, _ in concept.alt_labels}
    lead: Markup | None = None
    texts: list[RenderedNote] = []
    for path, note in own:
        if texts and langs[path] != view.lang and langs[path] in view.languages:
            continue
        prefix = PREFIX if not texts else f"n{len(texts) + 1}-"
        source = NoteSource(note, text_of(path), facts.links.get(path, ()))
        shown = ShownAlready(titles, "" if texts else definition)
        made = prose(view, address, source, shown, prefix=prefix, text_of=text_of)
        if not texts:
            lead = made.lead
        texts.append(RenderedNote(path, made.html, langs[path] if langs[path] != view.lang else "", made.diagrams))
    return lead, texts
