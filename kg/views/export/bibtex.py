"""The works that notes cite, as BibTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kg.model import OTHERS, Artifact, Author, Reference

_SPECIAL = str.maketrans({"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": "", "}": "", "\\": "", "\n": " "})
_ADDRESS = str.maketrans({"{": "%7B", "}": "%7D", "\\": "%5C", "\n": ""})
_PROTECTED = re.compile(r",|(?:^|\s)and(?:\s|$)", re.IGNORECASE)
_CONTAINERS = {"article": "journal", "misc": "howpublished"}
_PUBLISHERS = {"phdthesis": "school", "mastersthesis": "school", "techreport": "institution"}


def render_bibtex(references: Iterable[Reference], parents: Iterable[Reference] = ()) -> Artifact:
    """`references.bib`: an entry for each work, sorted by key, in UTF-8; works that others are part of stand behind them."""
    entries = [_entry(r) for works in (references, parents) for r in sorted(works, key=lambda r: r.key)]
    return Artifact("references.bib", "\n".join(entries).encode("utf-8", "replace"))


def _entry(reference: Reference) -> str:
    fields = reference.written or _fields(reference)
    rows = [f"  {name} = {value},\n" for name, value in fields]
    return f"@{reference.kind}{{{reference.key},\n{''.join(rows)}}}\n"


def _fields(reference: Reference) -> list[tuple[str, str]]:
    """The fields of a work that was no BibTeX."""
    fields = {
        "author": _people(reference.authors),
        "editor": _people(reference.editors),
        "title": _text(reference.title),
        "year": _text(reference.year),
        _CONTAINERS.get(reference.kind, "booktitle"): _text(reference.container),
        _PUBLISHERS.get(reference.kind, "publisher"): _text(reference.publisher),
        "volume": _text(reference.volume),
        "number": _text(reference.number),
        "pages": _text(reference.pages.replace("–", "--")),
        "doi": reference.doi.translate(_ADDRESS),
        "url": reference.url.translate(_ADDRESS),
        **{name: _text(value) for name, value in reference.further},
    }
    return [(name, f"{{{value}}}") for name, value in fields.items() if value]


def _text(value: str) -> str:
    return value.translate(_SPECIAL)


def _people(people: Iterable[Author]) -> str:
    return " and ".join("others" if person == OTHERS else _person(person) for person in people)


def _person(person: Author) -> str:
    family, given, suffix = (f"{{{_text(part)}}}" if _PROTECTED.search(part) else _text(part) for part in person)
    if not given and not suffix:
        return family if family.startswith("{") else f"{{{family}}}"
    return ", ".join((family, suffix, given) if suffix else (family, given))
