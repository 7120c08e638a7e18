"""What exports take from a knowledge base: edges from the memo, or all notes as a bundle of the Open Knowledge Format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.base import files
from kg.base.listing import OKFIGNORE, Listing
from kg.base.settings import Settings
from kg.evidence.snapshot import read_entries
from kg.knowledge.base import open_base
from kg.knowledge.current import is_current
from kg.model import Artifact, NetworkEdge


def built_edges(settings: Settings) -> Sequence[NetworkEdge] | None:
    """The edges of the built network as remembered, in its order: a tenth of the time of reading them from the store.

    None unless the output is that of the current notes and they were measured.
    """
    base = open_base(settings)
    return base.remembered_edges if is_current(settings, base.inputs) else None


def ignore_file_of(listing: Listing) -> bytes:
    """Return the content of the `.okfignore` of a bundle; empty if there is none."""
    return next((c.data for c in listing.configurations if c.name == OKFIGNORE and not c.below), b"")


def export_bundle(settings: Settings, earlier_log: bytes = b"") -> Iterator[Artifact]:
    """Yield the files of the present notes as a bundle of the Open Knowledge Format.

    The history continues `earlier_log`, that of an earlier export, unless the notes have a log of their own.

    Raises StoreError if a note can't be read any more.
    """
    # start time: only this export needs it
    from kg.knowledge.texts import texts_as_read
    from kg.views.export.bundle import BundleInput, bundle_files

    base = open_base(settings)
    corpus, vocabulary = base.notes_read.corpus, base.vocabulary
    attached = base.inputs.attachments(frozenset(name.lower().rpartition(".")[2] for name in corpus.attachments))
    source = BundleInput(
        corpus=corpus,
        dialect=base.inputs.site.dialect,
        read=lambda path: files.read(base.files.get(path) or attached[path]),
        text_of=texts_as_read(base.files, corpus.notes),
        keys={iri: relation.key for iri, relation in vocabulary.relations.items()},
        kinds={key: labels.get("en", key).capitalize() for key, labels in vocabulary.type_labels.items()},
        changed={name: (entry.changed, entry.new) for name, entry in read_entries(settings.ontology).items()},
        ignore_file=ignore_file_of(base.inputs.listing),
        earlier_log=earlier_log,
    )
    yield from bundle_files(source)
