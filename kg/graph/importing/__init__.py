"""Importing: thesauri in any syntax of RDF and tables become notes, or take part in a build as they are."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.base.errors import UsageError
from kg.graph import Vocabulary
from kg.graph.importing.direct import Direct, read_thesauri
from kg.graph.importing.notes import ImportedNotes, notes_of_thesaurus
from kg.graph.importing.syntax import SYNTAXES, read_rdf
from kg.graph.importing.table import is_table, read_concept_table
from kg.graph.importing.thesaurus import Thesaurus, drop_entailed, from_document


class ImportOptions(NamedTuple):
    """How a file is read and what its notes are called."""

    syntax: str = ""
    """One of SYNTAXES or ``csv``; empty: found from the file itself."""
    encoding: str = ""
    """Of a table; empty: UTF-8, else GB 18030."""
    taken: Iterable[str] = ()
    """Stems of the notes that exist already."""
    languages: Sequence[str] = ()
    """Languages whose labels name the files, best first."""


def import_file(
    path: Path,
    vocabulary: Vocabulary,
    base: str,
    options: ImportOptions | None = None,
) -> ImportedNotes:
    """The notes that a thesaurus or table becomes; nothing is written yet.

    Raises UsageError for a file that can't be read, and for one without concepts.
    """
    options = options or ImportOptions()
    syntax = options.syntax
    if syntax == "csv" or (not syntax and is_table(path)):
        thesaurus = read_concept_table(path, vocabulary, base, options.encoding)
    else:
        thesaurus = from_document(read_rdf(path, path.name, base=base, syntax=syntax, named=True), vocabulary, base)
    if not thesaurus.concepts:
        others = ", ".join(f"{count:,} {kind}" for kind, count in thesaurus.left_out.most_common(3))
        raise UsageError(
            f"{path.name} has no concept" + (f", only {others}" if others else ""),
            hint="kg imports SKOS (things typed skos:Concept, with skos:prefLabel) and tables with a column 'label'",
        )
    drop_entailed(thesaurus, vocabulary)
    return notes_of_thesaurus(thesaurus, vocabulary, base, taken=options.taken, languages=options.languages)


__all__ = [
    "SYNTAXES",
    "Direct",
    "ImportOptions",
    "ImportedNotes",
    "Thesaurus",
    "drop_entailed",
    "from_document",
    "import_file",
    "is_table",
    "notes_of_thesaurus",
    "read_thesauri",
]
