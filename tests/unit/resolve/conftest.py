"""Small collections, resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from kg.base.configurations import Configuration
from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
from kg.corpus.site import read_site
from kg.model import Corpus, Fault
from kg.notes import parse_note

Collection = Callable[..., Corpus]
NO_WORDS = VocabularyWords((), {}, ())


@pytest.fixture
def collection() -> Collection:
    """A corpus of some notes; files that end in neither .md nor .markdown are configurations or attachments."""

    def make(
        files: Mapping[str, str],
        below: str = "",
        configuration: tuple[str, str] | None = None,
        words: VocabularyWords = NO_WORDS,
        faults: Sequence[tuple[str, Fault]] = (),
        **more: Any,
    ) -> Corpus:
        given = [Configuration(configuration[0], configuration[1].encode(), "", below)] if configuration else []
        site = read_site(given)
        notes = {
            p: parse_note(p, t.encode(), site.dialect) for p, t in sorted(files.items()) if p.endswith((".md", ".markdown"))
        }
        others = sorted(set(files) - set(notes))
        options = ResolveOptions("https://x.org/", words, site=site, **more)
        return resolve_notes(notes, options, attachments=others, faults=faults)[0]

    return make
