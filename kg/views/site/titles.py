"""The names of all concepts and notes, for the search in the header: one script, loaded when it is first used."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from kg.base.about import code_stamp
from kg.base.json_forms import json_compact
from kg.base.names import fold, page_name
from kg.model import Artifact, Concept
from kg.views.page import View, paths
from kg.views.page.alphabet import read_syllables
from kg.views.site.note import plain_notes


def title_file(views: Sequence[View]) -> Iterator[Artifact]:
    """Yield the script, for the views of all languages.

    A row has the path of a page, labels by language, other names, pinyin, and the importance. It decides between equal
    matches, and moves only when the number of relations doubles, so that most edits leave the file unchanged.
    """
    view = views[0]
    assessment = view.assessment
    concepts = assessment.corpus.concepts
    rows = [_row(views, concepts[iri], _weight(view, iri)) for iri in sorted(concepts)]
    rows += [[_note_path(path), [view.note_title(path)], [], [], 0] for path in plain_notes(view)]
    langs = [v.lang for v in views]
    reads = (code_stamp("views/site/titles.py", "views/page/alphabet.py"), langs, rows)
    key = hashlib.sha256(repr(reads).encode("utf-8", "replace")).hexdigest()
    kept = view.reuse.get(paths.TITLES, key, counts=False) if view.reuse is not None else None
    if kept is not None:
        yield kept
        return
    for row in rows:
        row[3] = _readings(row[1], row[2])
    data = f"kgTitles({json_compact(langs)}, {json_compact(rows)});\n".encode("utf-8", "replace")
    if view.reuse is not None:
        view.reuse.put(paths.TITLES, key, data, counts=False)
    yield Artifact(paths.TITLES, data)


def _note_path(path: str) -> str:
    return "/" + page_name(path.removesuffix(".md"))


def _row(views: Sequence[View], concept: Concept, weight: int) -> list[object]:
    labels = [view.label(concept.iri) for view in views]
    others = [*concept.labels.values(), *(text for text, _ in concept.alt_labels), concept.id]
    seen = {*map(fold, labels), fold(page_name(concept.id))}
    more = [text for text in dict.fromkeys(others) if fold(text) not in seen]
    return [page_name(concept.id), labels, more, [], weight]


def _weight(view: View, iri: str) -> int:
    measures = view.assessment.concepts.get(iri)
    return measures.degree.bit_length() if measures is not None else 0


def _readings(*names: object) -> list[str]:
    """The pinyin of the names in Chinese: without tones, and its initials.

    >>> _readings(["共识", "Consensus"], [])
    ['gongshi', 'gs']
    """
    readings: dict[str, None] = {}
    for name in (text for group in names if isinstance(group, list) for text in group):
        syllables = [part.rstrip("12345") for part in read_syllables(name)]
        if len(syllables) > 1:
            plain = [part.replace(" ", "") for part in syllables]
            readings["".join(plain)] = readings["".join(part[:1] for part in plain)] = None
    return list(readings)
