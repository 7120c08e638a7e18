"""What a published site says of itself: VoID and DCAT, a JSON-LD context, a feed of changes, a list of its pages."""

from __future__ import annotations

import datetime
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote

import pyoxigraph as ox
from markupsafe import escape

from kg.base.formulas import in_words
from kg.base.names import DCTERMS, PREFIXES, RDF, SKOS, XSD, inferred_iri, iri_path
from kg.base.texts import Texts
from kg.model import Artifact, Change, Concept, Lang, Relation, text_in
from kg.views.export.described import context_file
from kg.views.page import paths

VOID: Final = "http://rdfs.org/ns/void#"
DCAT: Final = "http://www.w3.org/ns/dcat#"
_FORMATS: Final = "http://www.w3.org/ns/formats/"
_MEDIA: Final = "https://www.iana.org/assignments/media-types/"
_ENTRIES: Final = 100
"""Maximum number of changes in a feed."""
_ADDRESSES: Final = 50_000
"""Maximum number of addresses in one file of a sitemap, as sitemaps.org sets it."""
_EPOCH: Final = "1970-01-01"
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"


class PublishedBase(NamedTuple):
    """A knowledge base that is published with a site."""

    base: str
    """The prefix of IRIs."""
    title: Mapping[Lang, str]
    languages: Sequence[Lang]
    concepts: Mapping[str, Concept]
    relations: Mapping[str, Relation]
    changes: Sequence[Change]
    """The latest ones, newest first."""
    statements: int
    """Number of statements in the default graph."""
    url: str = ""
    """Address of the site; empty: that of the base."""
    license: str = ""
    """IRI of the licence; empty: none is stated."""
    describe: Callable[[Change, Lang], str] = lambda _change, _lang: ""
    """Returns what changed, as text in a language; empty if only the fact is recorded."""
    others: Sequence[str] = ()
    """Paths of pages that don't belong to a concept, in the default language."""

    @property
    def address(self) -> str:
        """The address of the site, with a slash at the end."""
        url = self.url or inferred_iri(self.base).removesuffix("inferred/")
        return url if url.endswith("/") else f"{url}/"

    def page(self, path: str, lang: Lang) -> str:
        """The address of a page, by its path in the default language."""
        return self.address + quote(paths.localized(path, lang, self.languages))

    def name(self, lang: Lang) -> str:
        """The title in a language."""
        return text_in(self.title, lang) or self.base


def published_files(published: PublishedBase) -> Iterator[Artifact]:
    """Yield the files; the number of concepts doesn't change how many there are, up to 50,000 pages."""
    yield Artifact("context.jsonld", context_file(published.relations))
    yield Artifact("void.ttl", describe_dataset(published))
    for lang in published.languages:
        yield Artifact(paths.localized("feed.xml", lang, published.languages), _feed(published, lang))
    yield from _sitemap(published)


def describe_dataset(published: PublishedBase) -> bytes:
    """Return the description of the dataset as Turtle: VoID for linked data, DCAT for catalogues of open data."""
    node, text, triples = ox.NamedNode, ox.Literal, []

    def state(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal) -> None:
        triples.append(ox.Triple(subject, ox.NamedNode(predicate), value))

    def count(subject: ox.NamedNode, name: str, number: int) -> None:
        state(subject, VOID + name, ox.Literal(str(number), datatype=ox.NamedNode(XSD + "integer")))

    address = published.address
    dataset, scheme = node(f"{address}void.ttl#dataset"), node(f"{published.base}scheme")
    for kind in (VOID + "Dataset", DCAT + "Dataset"):
        state(dataset, RDF + "type", node(kind))
    for lang, title in sorted(published.title.items()):
        state(dataset, DCTERMS + "title", text(title, language=lang) if lang else text(title))
    count(dataset, "triples", published.statements)
    count(dataset, "entities", len(published.concepts))
    state(dataset, VOID + "uriSpace", text(f"{published.base}concept/"))
    state(dataset, VOID + "rootResource", scheme)
    for concept in list(published.concepts.values())[:1]:
        state(dataset, VOID + "exampleResource", node(concept.iri))
    for name in ("dcterms", "kg", "prov", "skos"):
        state(dataset, VOID + "vocabulary", node(PREFIXES[name]))
    for lang in published.languages:
        state(dataset, DCTERMS + "language", text(lang))
    if published.license:
        state(dataset, DCTERMS + "license", node(published.license))
    if published.changes and (day := _day(published.changes[0].date)):
        state(dataset, DCTERMS + "modified", ox.Literal(day, datatype=ox.NamedNode(XSD + "date")))
    state(dataset, DCAT + "landingPage", node(address))
    partition = node(f"{address}void.ttl#concepts")
    state(dataset, VOID + "classPartition", partition)
    state(partition, VOID + "class", node(SKOS + "Concept"))
    count(partition, "entities", len(published.concepts))
    for path, form, media in (("graph/kg.ttl", "Turtle", "text/turtle"), ("graph/kg.trig", "TriG", "application/trig")):
        file, own = node(address + path), node(f"{address}void.ttl#{path.rpartition('.')[2]}")
        state(dataset, VOID + "dataDump", file)
        state(dataset, VOID + "feature", node(_FORMATS + form))
        state(dataset, DCAT + "distribution", own)
        state(own, RDF + "type", node(DCAT + "Distribution"))
        state(own, DCAT + "downloadURL", file)
        state(own, DCAT + "mediaType", node(_MEDIA + media))
        if published.license:
            state(own, DCTERMS + "license", node(published.license))
    rows = sorted(set(triples), key=lambda t: (str(t.subject), str(t.predicate), str(t.object)))
    prefixes = {**PREFIXES, "void": VOID, "dcat": DCAT}
    return ox.serialize(rows, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b""


def _day(date: str) -> str:
    """A date as it is; empty if it is none."""
    try:
        return datetime.date.fromisoformat(date[:10]).isoformat()
    except ValueError:
        return ""


def _feed(published: PublishedBase, lang: Lang) -> bytes:
    """An Atom feed (RFC 4287) of the changes that have a date."""
    by_id = {concept.id: concept for concept in published.concepts.values()}
    w = Texts(lang, "views.site")
    dated = [(change, day) for change in published.changes if (day := _day(change.date))][:_ENTRIES]
    own, home = published.page("feed.xml", lang), published.page(paths.INDEX, lang)
    lines = [
        f'{_XML}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang={_attribute(lang)}>',
        f"<id>{_xml(own)}</id>",
        f"<title>{_xml(published.name(lang))}</title>",
        f"<updated>{dated[0][1] if dated else _EPOCH}T00:00:00Z</updated>",
        f'<link rel="self" type="application/atom+xml" href={_attribute(own)}/>',
        f'<link rel="alternate" type="text/html" href={_attribute(home)}/>',
        f"<author><name>{_xml(published.name(lang))}</name></author>",
        *([f"<rights>{_xml(published.license)}</rights>"] if published.license else []),
    ]
    for change, day in dated:
        concept = by_id.get(change.id)
        iri = concept.iri if concept else f"{published.base}concept/{iri_path(change.id)}"
        lines += [
            "<entry>",
            # The same change has the same id in each build, and no other change has it.
            f"<id>{_xml(iri)}#{change.kind}-{day}</id>",
            f"<title>{_xml(concept.label(lang) if concept else change.id)}</title>",
            f"<updated>{day}T00:00:00Z</updated>",
            f"<category term={_attribute(change.kind)} label={_attribute(w.get(f'change-{change.kind}', change.kind))}/>",
        ]
        if concept:
            page = published.page(paths.concept_path(concept.id, "", ()), lang)
            lines.append(f'<link rel="alternate" type="text/html" href={_attribute(page)}/>')
        # Of a concept that changed, a reader knows the definition already.
        defined = in_words(concept.definition(lang)) if concept and change.kind != "changed" else ""
        summary = published.describe(change, lang) or defined or w.get(f"change-{change.kind}", change.kind)
        lines += [f"<summary>{_xml(summary)}</summary>", "</entry>"]
    return "\n".join((*lines, "</feed>\n")).encode("utf-8", "replace")


def _xml(text: str) -> str:
    """Text for XML: escaped, without the characters that XML forbids."""
    return str(escape("".join(c for c in text if c.isprintable() or c in "\n\t")))


def _attribute(text: str) -> str:
    return f'"{_xml(text)}"'


def _sitemap(published: PublishedBase) -> Iterator[Artifact]:
    """The addresses of all pages, by sitemaps.org; with more than 50,000, an index of several files."""
    canonical = [*published.others, *(paths.concept_path(c.id, "", ()) for c in published.concepts.values())]
    addresses = [published.page(path, lang) for path in canonical for lang in published.languages]
    parts = [addresses[i : i + _ADDRESSES] for i in range(0, len(addresses), _ADDRESSES)] or [[]]
    if len(parts) == 1:
        yield Artifact("sitemap.xml", _list("urlset", "url", parts[0]))
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(parts) + 1)]
    yield Artifact("sitemap.xml", _list("sitemapindex", "sitemap", [posixpath.join(published.address, name) for name in names]))
    for name, part in zip(names, parts, strict=True):
        yield Artifact(name, _list("urlset", "url", part))


def _list(root: str, item: str, addresses: Sequence[str]) -> bytes:
    rows = "".join(f"<{item}><loc>{_xml(address)}</loc></{item}>\n" for address in addresses)
    return f'{_XML}<{root} xmlns="{_SITEMAP}">\n{rows}</{root}>\n'.encode()
