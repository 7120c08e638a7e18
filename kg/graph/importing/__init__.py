"""Importing: thesauri in any syntax of RDF and tables become notes, or take part in a build as they are."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kg.base.errors import UsageError
from kg.graph import Vocabulary
from kg.graph.importing.direct import Direct, read_thesauri
from kg.graph.importing.notes import ImportedNotes, notes_of_thesaurus
from kg.graph.importing.syntax import SYNTAXES, read_rdf
from kg.graph.importing.table import is_table, read_concept_table
from kg.graph.importing.thesaurus import Thesaurus, drop_entailed, from_document


def import_file(
    path: Path,
    vocabulary: Vocabulary,
    base: str,
    *,
    syntax: str = "",
    encoding: str = "",
    taken: Iterable[str] = (),
    languages: Sequence[str] = (),
) -> ImportedNotes:
    """The notes that a thesaurus or table becomes; nothing is written yet.

    `syntax` is one of SYNTAXES or ``csv``, told by the file where it is empty; `taken` holds stems of notes that are there.
    Raises UsageError for a file that can't be read, and for one without concepts.
    """
    if syntax == "csv" or (not syntax and is_table(path)):
        thesaurus = read_concept_table(path, vocabulary, base, encoding)
    else:
        thesaurus = from_document(read_rdf(path, path.name, base=base, syntax=syntax, named=True), vocabulary, base)
    if not thesaurus.concepts:
        said = ", ".join(f"{count:,} {kind}" for kind, count in thesaurus.left_out.most_common(3))
        raise UsageError(
            f"{path.name} has no concept" + (f", only {said}" if said else ""),
            hint="kg imports SKOS (things typed skos:Concept, with skos:prefLabel) and tables with a column 'label'",
        )
    drop_entailed(thesaurus, vocabulary)
    return notes_of_thesaurus(thesaurus, vocabulary, base, taken=taken, languages=languages)


__all__ = [
    "SYNTAXES",
    "Direct",
    "ImportedNotes",
    "Thesaurus",
    "drop_entailed",
    "from_document",
    "import_file",
    "is_table",
    "notes_of_thesaurus",
    "read_thesauri",
]
