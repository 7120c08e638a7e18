"""The works that notes cite, as BibTeX."""

from __future__ import annotations

from collections.abc import Iterable

from kg.model import Artifact, Author, Reference

_SPECIAL = str.maketrans({"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": "", "}": "", "\\": "", "\n": " "})


def render_bibtex(references: Iterable[Reference]) -> Artifact:
    """`references.bib`: an entry for each work, sorted by key, in UTF-8."""
    return Artifact(
        "references.bib", "\n".join(map(_entry, sorted(references, key=lambda r: r.key))).encode("utf-8", "replace")
    )


def _entry(reference: Reference) -> str:
    container = {"article": "journal"}.get(reference.kind, "booktitle")
    fields = {
        "author": _people(reference.authors),
        "editor": _people(reference.editors),
        "title": reference.title,
        "year": reference.year,
        container: reference.container,
        "publisher": reference.publisher,
        "volume": reference.volume,
        "number": reference.number,
        "pages": reference.pages.replace("–", "--"),
        "doi": reference.doi,
        "url": reference.url,
    }
    rows = [
        f"  {name} = {{{value if name in ('author', 'editor', 'doi', 'url') else value.translate(_SPECIAL)}}},\n"
        for name, value in fields.items()
        if value
    ]
    return f"@{reference.kind}{{{reference.key},\n{''.join(rows)}}}\n"


def _people(people: Iterable[Author]) -> str:
    return " and ".join(f"{a.family}, {a.given}" if a.given else f"{{{a.family}}}" for a in people)
