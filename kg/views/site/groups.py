"""Schemes and collections: a list of all of them below Browse, and a page for each with its concepts as a tree or in order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from markupsafe import Markup, escape

from kg.base.names import local_name, page_name
from kg.model import Artifact, SkosGroup, text_in
from kg.views.page import PageHead, View, page, paths
from kg.views.page.alphabet import sort_key

_SHOWN: Final = 2_000
"""Maximum number of concepts on the page of a scheme; the pages of concepts lead further down."""
_DEEPEST: Final = 30


def other_names(labels: Mapping[str, str], label: str) -> list[tuple[str, str]]:
    """Return the labels other than the one of the page, each text once, with its first language.

    >>> other_names({"en": "Apple", "zh": "苹果", "zh-hans": "苹果"}, "Apple")
    [('苹果', 'zh')]
    """
    languages: dict[str, str] = {}
    for lang, text in sorted(labels.items()):
        languages.setdefault(text, lang)
    return [(text, lang) for text, lang in languages.items() if text != label]


def group_path(iri: str) -> str:
    """Return the path of the page of a scheme or a collection, in the default language."""
    name = local_name(iri.rstrip("/#")) or "scheme"
    digest = hashlib.sha256(iri.encode("utf-8", "replace")).hexdigest()[:6]  # names in IRIs aren't unique
    return f"schemes/{page_name(f'{name}-{digest}')}.html"


def group_label(view: View, group: SkosGroup) -> tuple[str, str]:
    """Return the label of a scheme or a collection, and its language if it isn't the page's."""
    if own := group.labels.get(view.lang):
        return own, ""
    label = text_in(group.labels, view.lang)
    lang = next((lang for lang, text in group.labels.items() if text == label), "")
    return label or local_name(group.iri.rstrip("/#")) or group.iri, lang


def group_pages(view: View) -> Iterator[Artifact]:
    """Yield the list, and the page of each scheme and collection."""
    groups = view.assessment.skos.groups
    if not groups:
        return
    yield _index(view)
    children = view.assessment.hierarchy.children
    below = hashlib.sha256(repr(children).encode("utf-8", "replace")).hexdigest()
    for group in groups.values():
        yield _page(view, group, below)


def _index(view: View) -> Artifact:
    # start time: the list and the pages of Browse name each other
    from kg.views.site.browse import tabs_of

    w = view.words
    return page(
        view,
        paths.SCHEMES,
        PageHead("schemes.html", w("schemes"), "browse", w("schemes-lead")),
        later=partial(_listed, view),
        reads=(view.assessment.skos.groups, view.names),
        lead=w("schemes-lead"),
        tabs=tabs_of(view),
        tab="schemes",
    )


def _listed(view: View) -> dict[str, object]:
    groups = view.assessment.skos.groups
    address = view.path(paths.SCHEMES)
    schemes = [_row(view, address, g) for g in _sorted(view, (g for g in groups.values() if g.kind == "ConceptScheme"))]
    roots = [g for g in groups.values() if g.kind != "ConceptScheme" and not g.groups]
    seen: set[str] = set()
    collections = [_nested(view, address, g, seen, 0) for g in _sorted(view, roots)]
    # What is only in a circle of collections.
    rest = (g for g in groups.values() if g.kind != "ConceptScheme")
    collections += [_nested(view, address, g, seen, 0) for g in rest if g.iri not in seen]
    return {"schemes": schemes, "collections": collections}


def _sorted(view: View, groups: Iterator[SkosGroup] | Sequence[SkosGroup]) -> list[SkosGroup]:
    return sorted(groups, key=lambda g: (sort_key(group_label(view, g)[0]), g.iri))


def _row(view: View, address: str, group: SkosGroup) -> Markup:
    label, lang = group_label(view, group)
    attribute = Markup(' lang="{}"').format(lang) if lang else ""
    href = paths.relative(address, view.path(group_path(group.iri)))
    ordered = Markup(' <span class="tag">{}</span>').format(view.words("ordered")) if group.kind == "OrderedCollection" else ""
    return Markup('<a href="{}"{}>{}</a> <span class="n">{}</span>{}').format(href, attribute, label, group.size, ordered)


def _nested(view: View, address: str, group: SkosGroup, seen: set[str], depth: int) -> Markup:
    """A collection with the collections in it; each once, and in a circle only the first time."""
    seen.add(group.iri)
    groups = view.assessment.skos.groups
    inner = [groups[m] for m in group.members if m in groups and m not in seen and depth < _DEEPEST]
    rows = Markup("").join(_nested(view, address, g, seen, depth + 1) for g in inner if g.iri not in seen)
    return Markup("<li>{}{}</li>").format(_row(view, address, group), Markup("<ul>{}</ul>").format(rows) if rows else "")


def _page(view: View, group: SkosGroup, below: str) -> Artifact:
    """The page of a scheme or a collection. `below`: a digest of the hierarchy."""
    path = group_path(group.iri)
    label, lang = group_label(view, group)
    reads = (group, view.names, below)
    head = PageHead("scheme.html", label, "browse", "")
    return page(view, path, head, later=partial(_content, view, group, path), reads=reads, label_lang=lang)


def _content(view: View, group: SkosGroup, path: str) -> dict[str, object]:
    # start time: pages of concepts link to these pages
    from kg.views.site.skos import group_texts, link_group, link_resource

    address = view.path(path)
    label, _ = group_label(view, group)
    left = [_SHOWN]
    skos = view.assessment.skos

    def item(iri: str) -> Markup:
        if iri in skos.groups:
            return Markup("<li>{}</li>").format(_row(view, address, skos.groups[iri]))
        if view.concept(iri) is None:
            return Markup("<li>{}</li>").format(link_resource(view, address, iri))
        return tree(iri, ()) if group.kind == "ConceptScheme" else Markup("<li>{}</li>").format(_concept(view, address, iri))

    def tree(iri: str, above: tuple[str, ...]) -> Markup:
        left[0] -= 1
        children = [c for c in view.assessment.hierarchy.children.get(iri, ()) if c not in above and c != iri]
        children = [c for c in children if _in_scheme(view, c, group)]
        named = _concept(view, address, iri)
        if not children or left[0] <= 0 or len(above) >= _DEEPEST:
            more = Markup(' <span class="muted">+{}</span>').format(len(children)) if children else ""
            return Markup("<li>{}{}</li>").format(named, more)
        children.sort(key=lambda c: sort_key(view.label(c)))
        rows = Markup("").join(tree(c, (*above, iri)) for c in children)
        opened = Markup(" open") if not above and len(group.members) < 20 else ""
        return Markup("<li><details{}><summary>{} <span class=n>{}</span></summary><ul>{}</ul></details></li>").format(
            opened, named, len(children), rows
        )

    members = group.members
    if group.kind == "ConceptScheme" and not members:  # a scheme without top concepts: those with nothing above them in it
        parents = view.assessment.hierarchy.parents
        inside = [iri for iri, c in skos.concepts.items() if group.iri in c.schemes]
        members = tuple(i for i in inside if not any(_in_scheme(view, p, group) for p in parents.get(i, ())))
    if group.kind != "OrderedCollection":
        members = tuple(sorted(members, key=lambda m: (m in skos.groups, sort_key(view.label(m)), m)))
    rows = [item(iri) for iri in members[:_SHOWN]]
    return {
        "group": group,
        "others": other_names(group.labels, label),
        "notes": group_texts(view, group),
        "rows": rows,
        "more": len(members) - len(rows),
        "within": [link_group(view, address, g) for g in group.groups],
        "kind": {"ConceptScheme": "scheme", "OrderedCollection": "ordered-collection"}.get(group.kind, "collection"),
    }


def _in_scheme(view: View, iri: str, group: SkosGroup) -> bool:
    concept = view.assessment.skos.concepts.get(iri)
    return concept is not None and (group.iri in concept.schemes or group.iri in concept.tops)


def _concept(view: View, address: str, iri: str) -> Markup:
    """A concept with its notations."""
    concept = view.assessment.skos.concepts.get(iri)
    notations = " ".join(concept.notations) if concept is not None else ""
    if not notations:
        return view.link(address, iri)
    return Markup('<span class="notation">{}</span> {}').format(escape(notations), view.link(address, iri))
