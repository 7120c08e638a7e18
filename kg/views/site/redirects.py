"""Pages at the addresses of former ids, which lead to the page of the concept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import escape

from kg.model import Artifact
from kg.views.page import View, paths

_PAGE: Final = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'; form-action 'none'">
<meta http-equiv="refresh" content="0; url={href}">
<meta name="robots" content="noindex">
<link rel="canonical" href="{href}">
<title>{title}</title>
</head>
<body><p>{text} <a href="{href}">{title}</a></p></body>
</html>
"""


def redirect_pages(view: View) -> Iterator[Artifact]:
    """Yield a page for each former id of a concept; none where a concept has the address now."""
    corpus, lang, languages = view.assessment.corpus, view.lang, view.languages
    taken = {paths.concept_path(concept.id, lang, languages) for concept in corpus.concepts.values()}
    for concept in corpus.concepts.values():
        for former in concept.former_ids:
            path = paths.concept_path(former, lang, languages)
            if path in taken:
                continue
            taken.add(path)
            href = escape(paths.relative(path, paths.concept_path(concept.id, lang, languages)))
            title = escape(concept.label(lang))
            text = escape(view.words("moved-to"))
            yield Artifact(path, _PAGE.format(lang=lang, href=href, title=title, text=text).encode())
