"""What shells complete: concepts and selectors of the knowledge base."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.base.errors import KgError

if TYPE_CHECKING:
    from kg.model import Corpus

_PLAIN = re.compile(r"[\w./:+][\w./:@%+,-]*")


def is_plain(name: str) -> bool:
    """Whether a shell reads a name as it is: completions get no quotes, and names may come with somebody else's notes."""
    return _PLAIN.fullmatch(name) is not None


def corpus_to_complete(ctx: click.Context) -> Corpus | None:
    """The notes of an unfinished command, for completion; None if they can't be read."""
    # start time: only completion needs them
    from kg.base.setting_sources import find_nearest
    from kg.base.settings import load_settings
    from kg.knowledge import open_base

    named = ctx.params.get("directory") or ctx.find_root().params.get("directory")
    with contextlib.suppress(KgError, OSError):
        return open_base(load_settings(Path(named) if named else find_nearest(Path.cwd()).folder)).corpus
    return None


def complete_concepts(ctx: click.Context, _parameter: click.Parameter, begin: str) -> list[str]:
    """Ids of concepts for the completion of shells: those that begin with a text, and that a shell reads as they are."""
    corpus = corpus_to_complete(ctx)
    ids = (concept.id for concept in corpus.concepts.values()) if corpus is not None else ()
    return [name for name in ids if name.lower().startswith(begin.lower()) and is_plain(name)]


def complete_selectors(ctx: click.Context, _parameter: click.Parameter, begin: str) -> list[str]:
    """Selectors for the completion of shells, whose last part is completed."""
    # start time: only completion needs it
    from kg.network.selectors import complete_selector

    corpus = corpus_to_complete(ctx)
    return [text for text in complete_selector(corpus.concepts.values(), begin) if is_plain(text)] if corpus is not None else []


select_concepts = click.option(
    "--select-concepts", "selectors", multiple=True, metavar="SELECTOR", shell_complete=complete_selectors,
    help="Only these concepts, as in dbt: +raft+2, tag:consensus, area:edge,type:theorem; repeatable.",
)  # fmt: skip
