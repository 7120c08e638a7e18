"""A thesaurus as Markdown notes: one file per concept, a page for each collection and each further scheme."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import pyoxigraph as ox
import yaml

from kg.base.names import (
    DCTERMS,
    ISO_THES,
    KG,
    LINKS_TO,
    OWL,
    RDF,
    RDFS,
    SKOS,
    fold,
    iri_path,
    language_of,
    local_name,
    one_line,
)
from kg.graph import Vocabulary
from kg.graph.importing.block import can_carry, encode_block
from kg.graph.importing.classes import blank_label
from kg.graph.importing.filenames import FileNames, wanted_names
from kg.graph.importing.thesaurus import MATCHES, Term, Thesaurus, ThesaurusEntry, shorten_iri
from kg.model import Artifact
from kg.notes import escaped_paragraph

_LONGEST: Final = 100_000
"""Maximum characters of one text: front matter as a whole may have a mebibyte."""
_MOST_BYTES: Final = 1_000_000
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>#|$~&=^%!{}()@:/])")

# Properties with a key of their own in notes.
_OWN: Final = frozenset(
    (
        RDF + "type", RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel", SKOS + "definition", SKOS + "inScheme",
        SKOS + "topConceptOf", DCTERMS + "identifier", DCTERMS + "source", DCTERMS + "bibliographicCitation",
        DCTERMS + "subject", KG + "status",
    )
)  # fmt: skip


class ImportedNotes(NamedTuple):
    """Notes to write, and the statements that they can't hold."""

    files: tuple[Artifact, ...]
    concepts: int
    pages: int
    left_out: Counter[str]
    """Kind → number."""
    tops: tuple[str, ...]
    """Ids of the top concepts of the knowledge base's own scheme."""


def notes_of_thesaurus(
    thesaurus: Thesaurus, vocabulary: Vocabulary, base: str, *, taken: Iterable[str] = (), languages: Sequence[str] = ()
) -> ImportedNotes:
    """Return the notes of a thesaurus; call `drop_entailed` on it first. `taken` contains stems of other notes.

    `languages` are the languages of the labels used as file names, best first.
    """
    return _Writer(thesaurus, vocabulary, base, taken, languages).all()


class _Writer:
    def __init__(
        self, thesaurus: Thesaurus, vocabulary: Vocabulary, base: str, taken: Iterable[str], languages: Sequence[str]
    ) -> None:
        self.thesaurus, self.base = thesaurus, base
        self.left_out = Counter(thesaurus.left_out)
        self.languages = (*languages, "en", "zh")
        self.keys = {iri: r.key for iri, r in vocabulary.relations.items()}
        # kg's relations are sub-properties of those of ISO 25964, one by one: isA of broaderGeneric.
        for iri, relation in vocabulary.relations.items():
            for parent in relation.parents:
                if parent.startswith(ISO_THES):
                    self.keys.setdefault(parent, vocabulary.relations[iri].key)
        self.types = {iri: key for key, iri in vocabulary.types.items()}
        names = FileNames(taken)
        self.files = {e.iri: names.give(e.iri, wanted_names(e.id, self._names(e))) for e in thesaurus.concepts.values()}
        self.pages = {
            e.iri: names.give(e.iri, [*self._names(e)[:1], local_name(e.iri.rstrip("/#"))]) for e in thesaurus.others.values()
        }
        self.areas = {e.iri: _area(e, base) for e in thesaurus.others.values() if e.kind == "Collection" and _area(e, base)}
        self.area_of = {m: area for iri, area in self.areas.items() for m in thesaurus.others[iri].members}

    def all(self) -> ImportedNotes:
        files = [Artifact(f"{self.files[e.iri]}.md", self._concept(e)) for e in self.thesaurus.concepts.values()]
        pages = [self._page(e) for e in self.thesaurus.others.values() if not self._generated(e)]
        own = ox.NamedNode(f"{self.base}scheme")
        tops = [e.id for e in self.thesaurus.concepts.values() if own in e.values.get(SKOS + "topConceptOf", ())]
        return ImportedNotes((*files, *pages), len(files), len(pages), +self.left_out, tuple(tops))

    def _generated(self, entry: ThesaurusEntry) -> bool:
        """Return whether a build generates this scheme or collection itself: its own scheme, layers and areas."""
        return entry.iri == f"{self.base}scheme" or entry.iri.startswith(f"{self.base}layer/") or entry.iri in self.areas

    def _names(self, entry: ThesaurusEntry) -> list[str]:
        labels = {lang: text for text, lang in reversed([*entry.texts(DCTERMS + "title"), *entry.texts(SKOS + "prefLabel")])}
        found = [labels[lang] for lang in self.languages if lang in labels]
        return [*found, *labels.values()]

    # Concepts

    def _concept(self, entry: ThesaurusEntry) -> bytes:
        values = {prop: list(terms) for prop, terms in entry.values.items()}
        front: dict[str, object] = {"id": entry.id}
        labels = self._by_language(entry, values, SKOS + "prefLabel", "texts without a language: one was guessed")
        if not labels:
            labels = self._by_language(entry, values, RDFS + "label", "concepts named by rdfs:label")
        if not labels:
            self.left_out["concepts without a label: named by their id"] += 1
            labels = {language_of(entry.id, "en"): entry.id}
        front["title"] = labels
        aliases = self._aliases(entry, values, frozenset(labels.values()))
        if aliases:
            front["aliases"] = aliases
        more = self._classes(values, front)
        self._place(entry, values, front)
        guessed = "texts without a language: one was guessed"
        definitions = self._by_language(entry, values, SKOS + "definition", guessed, collapse=True)
        if definitions:
            front["definition"] = {lang: escaped_paragraph(text) for lang, text in definitions.items()}
        links = self._relations(entry, front, values)
        self._metadata(entry, values, front)
        if entry.iri != f"{self.base}concept/{iri_path(entry.id)}" and not blank_label(entry.iri):
            values.setdefault(SKOS + "exactMatch", []).insert(0, ox.NamedNode(entry.iri))
        block = self._block(values, entry)
        if more:
            block = {"type": more[0] if len(more) == 1 else more} | block
        if block:
            front["skos"] = block
        body = f"# {_escape(next(iter(labels.values())))}\n"
        if links:
            body += "\n" + "".join(f"- [[{stem}]]\n" for stem in links)
        made = _note(front, body)
        if len(made) - len(body) > _MOST_BYTES and "skos" in front:
            self.left_out["concepts that say more than front matter may hold: only labels, definitions and relations"] += 1
            made = _note({key: value for key, value in front.items() if key != "skos"}, body)
        return made

    def _by_language(
        self, entry: ThesaurusEntry, values: dict[str, list[Term]], prop: str, guessed: str, *, collapse: bool = False
    ) -> dict[str, str]:
        """Remove one text per language from `values` and return them; the remaining values go into the block.

        A text that isn't exactly the one of the file remains too: the block then has the exact form.
        """
        by_language: dict[str, str] = {}
        rest: list[Term] = []
        terms = values.pop(prop, [])
        tagged = any(isinstance(t, ox.Literal) and t.language and t.value.strip() for t in terms)
        for term in terms:
            if not isinstance(term, ox.Literal):
                rest.append(term)
                continue
            text = " ".join(term.value.split()) if collapse else term.value.strip()
            lang = (term.language or "").lower()
            if not text:
                self.left_out["empty texts"] += 1
                continue
            if not lang and not tagged and not by_language and len(text) <= _LONGEST:
                lang = language_of(text, "en")
                self.left_out[guessed] += 1
                entry.tags[prop, term] = "@none"
            if not lang or lang in by_language or len(text) > _LONGEST:
                rest.append(term)
                continue
            if text != term.value or (prop, term) in entry.tags:
                rest.append(term)
            by_language[lang] = text
        if rest and prop != RDFS + "label":
            values[prop] = rest
        first = [lang for lang in self.languages if lang in by_language]
        return {lang: by_language[lang] for lang in dict.fromkeys((*first, *by_language))}

    def _aliases(self, entry: ThesaurusEntry, values: dict[str, list[Term]], labels: frozenset[str]) -> list[str]:
        """Return other labels whose language the parser of notes detects; those of other languages go into the block."""
        aliases: list[str] = []
        rest: list[Term] = []
        for term in values.pop(SKOS + "altLabel", []):
            text = term.value
            plain = isinstance(term, ox.Literal) and (term.language or "") == language_of(text, "en") and text == text.strip()
            if (
                plain
                and text
                and (SKOS + "altLabel", term) not in entry.tags
                and text not in labels
                and text not in aliases
                and ("/" not in text or " / " in text)
                and len(text) <= 200
            ):
                aliases.append(text)
            elif text.strip():
                rest.append(term)
            else:
                self.left_out["empty texts"] += 1
        if rest:
            values[SKOS + "altLabel"] = rest
        return aliases

    def _classes(self, values: dict[str, list[Term]], front: dict[str, object]) -> list[str]:
        """Write the type that kg knows to the note's own key; return those of other vocabularies."""
        more: list[str] = []
        for term in values.pop(RDF + "type", []):
            if not isinstance(term, ox.NamedNode) or term.value == SKOS + "Concept":
                continue
            key = self.types.get(term.value)
            if key is not None and key != "concept" and "type" not in front:
                front["type"] = key
            elif key is None and not term.value.startswith((KG, SKOS, RDF, RDFS, "http://www.w3.org/2002/07/owl#")):
                more.append(term.value)
            elif key != "concept":
                self.left_out[f"types {shorten_iri(term.value)}"] += 1
        return more

    def _place(self, entry: ThesaurusEntry, values: dict[str, list[Term]], front: dict[str, object]) -> None:
        """Write kg's own layer and area; membership of other schemes remains."""
        own, layer = f"{self.base}scheme", f"{self.base}layer/"
        schemes: list[Term] = []
        for term in values.pop(SKOS + "inScheme", []):
            if term.value.startswith(layer) and "layer" not in front:
                named = self.thesaurus.others.get(term.value)
                front["layer"] = (
                    next((t for t, _ in named.texts(SKOS + "prefLabel")), "") if named else term.value[len(layer) :]
                )
            elif term.value != own:
                schemes.append(term)
        if schemes:
            values[SKOS + "inScheme"] = schemes
        if entry.iri in self.area_of:
            front["area"] = self.area_of[entry.iri]
        tops = [t for t in values.pop(SKOS + "topConceptOf", []) if t.value != own]
        if tops:
            values[SKOS + "topConceptOf"] = tops

    def _relations(self, entry: ThesaurusEntry, front: dict[str, object], values: dict[str, list[Term]]) -> list[str]:
        """Write relations under their keys; return the stems of notes that are only linked."""
        by_key: dict[str, list[str]] = {}
        links: list[str] = []
        for relation in entry.relations:
            stem = self.files[relation.target]
            if relation.target == entry.iri:
                self.left_out["relations of a concept to itself"] += 1
            elif relation.predicate == LINKS_TO:
                links.append(stem)
            elif relation.predicate in self.keys:
                key = self.keys[relation.predicate]
                if f"[[{stem}]]" not in by_key.setdefault(key, []):
                    by_key[key].append(f"[[{stem}]]")
            elif relation.predicate in MATCHES and can_carry(relation.predicate):
                values.setdefault(relation.predicate, []).append(ox.NamedNode(relation.target))
            elif can_carry(relation.predicate):
                own = f"{self.base}concept/{iri_path(self.thesaurus.concepts[relation.target].id)}"
                values.setdefault(relation.predicate, []).append(ox.NamedNode(own))
            else:
                self.left_out[f"relations {shorten_iri(relation.predicate)} (no key of the vocabulary)"] += 1
        front |= {key: targets[0] if len(targets) == 1 else targets for key, targets in sorted(by_key.items())}
        return links

    def _metadata(self, entry: ThesaurusEntry, values: dict[str, list[Term]], front: dict[str, object]) -> None:
        if identifiers := [t for t in values.pop(DCTERMS + "identifier", []) if t != ox.Literal(entry.id)]:
            values[DCTERMS + "identifier"] = identifiers
        tags: list[str] = []
        rest: list[Term] = []
        for term in values.pop(DCTERMS + "subject", []):
            text = term.value
            good = (
                isinstance(term, ox.Literal) and not term.language and not re.search(r"[,#]", text) and text == text.strip(" /")
            )
            if good and text and fold(text) not in map(fold, tags):
                tags.append(text)
            else:
                rest.append(term)
        if tags:
            front["tags"] = tags
        if rest:
            values[DCTERMS + "subject"] = rest
        sources = [t for p in ("source", "bibliographicCitation") for t in values.pop(DCTERMS + p, [])]
        exact = [t for t in sources if isinstance(t, ox.Literal) and (t != ox.Literal(t.value) or t.value != t.value.strip())]
        if exact:  # a source in a language, or with a type
            values[DCTERMS + "source"] = [*exact]
            sources = [t for t in sources if t not in exact]
        texts = [t.value.strip() for t in sources if t.value.strip() and len(t.value) <= _LONGEST]
        if texts:
            front["sources"] = list(dict.fromkeys(texts))
        self.left_out["sources too long for a note"] += len(sources) - len(texts)
        deprecated = [t for t in values.pop(OWL + "deprecated", []) if t.value.strip() in ("true", "1")]
        status = [t.value.strip() for t in values.pop(KG + "status", []) if t.value.strip()] or ["deprecated"] * bool(
            deprecated
        )
        if status:
            front["status"] = status[0]
            self.left_out["further states of a concept"] += len(status) - 1

    # The rest

    def _block(self, values: Mapping[str, Sequence[Term]], entry: ThesaurusEntry) -> dict[str, object]:
        kept: dict[str, list[Term]] = {}
        for prop, terms in values.items():
            short = [t for t in terms if len(t.value) <= _LONGEST]
            self.left_out[f"texts of more than {_LONGEST:,} characters"] += len(terms) - len(short)
            if prop.startswith(SKOS) and prop[len(SKOS) :] in ("broader", "narrower", "related"):
                self.left_out["relations to concepts that the file doesn't describe"] += len(short)
            elif can_carry(prop):
                kept[prop] = short
            else:
                self.left_out[f"values of {shorten_iri(prop)}"] += len(short)
        block, lost = encode_block(kept, lambda target: self._id(target, entry.iri), entry.tags)
        self.left_out["values of a kind that a note can't state"] += lost
        return block

    def _id(self, target: str, iri: str) -> str | None:
        """Return the id of another concept of the file; None for `iri` itself and for IRIs outside the file."""
        found = self.thesaurus.concepts.get(target)
        return found.id if found is not None and target != iri else None

    def _page(self, entry: ThesaurusEntry) -> Artifact:
        """Return the page of a collection or a scheme, which isn't a concept."""
        titles = {
            lang or "": text for text, lang in reversed([*entry.texts(DCTERMS + "title"), *entry.texts(SKOS + "prefLabel")])
        }
        title = next((titles[lang] for lang in (*self.languages, *titles) if lang in titles), self.pages[entry.iri])
        values = {prop: terms for prop, terms in entry.values.items() if prop != RDF + "type"}
        classes = [t for t in entry.iris(RDF + "type") if not t.startswith((KG, SKOS, RDF, RDFS, OWL))]
        block: dict[str, object] = {"type": [entry.kind, *classes] if classes else entry.kind, "iri": entry.iri}
        concepts, others = self.thesaurus.concepts, self.thesaurus.others
        block |= self._block(values, entry)
        if entry.members:
            block["member"] = [concepts[m].id if m in concepts else m for m in entry.members]
        lines = [f"# {_escape(title.strip() or entry.kind)}\n"]
        if entry.members:
            lines.append("\n")
        for member in entry.members:
            if member in concepts:
                lines.append(f"- [[{self.files[member]}]]\n")
            elif member in others and not self._generated(others[member]):
                lines.append(f"- [[{self.pages[member]}]]\n")
        folder = "schemes" if entry.kind == "ConceptScheme" else "collections"
        front = {"type": "page", "title": " ".join(title.split()) or entry.kind, "skos": block}
        return Artifact(f"{folder}/{self.pages[entry.iri]}.md", _note(front, "".join(lines)))


def _area(entry: ThesaurusEntry, base: str) -> str:
    """Return the name of one of kg's own areas; empty for other collections."""
    if not entry.iri.startswith(f"{base}area/"):
        return ""
    return next((text for text, _ in entry.texts(SKOS + "prefLabel")), "")


# libyaml if available: ten times faster, same output.
if TYPE_CHECKING:
    from yaml import SafeDumper as _Base
else:
    _Base = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_Base):
    """YAML without anchors; a text with line breaks is on one line, so that no line of it looks like a fence."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.representer.BaseRepresenter, data: str) -> yaml.ScalarNode:
    style = '"' if not data.isprintable() or data.startswith("[[") else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(str, _text)


def _note(front: Mapping[str, object], body: str) -> bytes:
    text = yaml.dump(dict(front), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_MOST_BYTES)
    return f"---\n{text}---\n\n{body}".encode("utf-8", "replace")


def _escape(text: str) -> str:
    """Escape a text for one line of Markdown, so that it contains no link, tag, field or formula.

    >>> _escape("[[a]] <b>")
    '\\\\[\\\\[a\\\\]\\\\] \\\\<b\\\\>'
    """
    return _MARKDOWN.sub(r"\\\1", one_line(text))
