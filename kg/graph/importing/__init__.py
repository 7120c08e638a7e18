"""Import: thesauri in any RDF syntax and tables become notes, or are direct input of a build."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from kg.base.errors import UsageError
from kg.graph import Vocabulary
from kg.graph.importing.direct import Direct, read_thesauri
from kg.graph.importing.entailed import drop_entailed
from kg.graph.importing.notes import ImportedNotes, notes_of_thesaurus
from kg.graph.importing.parquet import is_parquet, read_parquet_thesaurus
from kg.graph.importing.syntax import SYNTAXES, read_rdf
from kg.graph.importing.table import is_table, read_concept_table
from kg.graph.importing.thesaurus import Thesaurus, from_document, name_blank_concepts


class ImportOptions(NamedTuple):
    """How to read a file and how to name its notes."""

    syntax: str = ""
    """One of SYNTAXES, ``csv`` or ``parquet``; empty: detected from the file."""
    encoding: str = ""
    """Encoding of a table; empty: UTF-8, else GB 18030."""
    taken: Iterable[str] = ()
    """Stems of existing notes."""
    languages: Sequence[str] = ()
    """Languages of the labels used as file names, best first."""


def import_file(
    path: Path,
    vocabulary: Vocabulary,
    base: str,
    options: ImportOptions | None = None,
) -> ImportedNotes:
    """Return the notes made from a thesaurus or table; nothing is written.

    Raises UsageError for a file that can't be read, and for one without concepts.
    """
    options = options or ImportOptions()
    syntax = options.syntax
    if syntax == "parquet" or (not syntax and is_parquet(path)):
        thesaurus = read_parquet_thesaurus(path, vocabulary, base)
    elif syntax == "csv" or (not syntax and is_table(path)):
        thesaurus = read_concept_table(path, vocabulary, base, options.encoding)
    else:
        document = read_rdf(path, path.name, base=base, syntax=syntax, named=True)
        thesaurus = from_document(name_blank_concepts(document, vocabulary, base), vocabulary, base)
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
    "read_concept_table",
    "read_rdf",
    "read_thesauri",
]
