"""The pages of the last build with the digests of their content, stored in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from kg.base import files
from kg.base.settings import Settings
from kg.base.store import write_file

if TYPE_CHECKING:
    from kg.views.page.reuse import Reuse

_FILE: Final = "pages.msgpack"


def last_pages(settings: Settings, *, full: bool) -> Reuse:
    """The pages of the last build; none for a full build or if the record can't be read."""
    # start time: only this step needs it
    from kg.views.page.reuse import Reuse

    pages: dict[str, tuple[str, str]] = {}
    if not full:
        try:
            pages = msgspec.msgpack.decode(files.read(settings.cache / _FILE), type=dict[str, tuple[str, str]])
        except (OSError, ValueError):
            pages = {}
    return Reuse(settings.out, pages)


def remember_pages(settings: Settings, pages: Reuse) -> None:
    """Store the pages of this build. If it has no site, the record of an earlier build is kept."""
    if pages.now:
        write_file(settings.cache / _FILE, msgspec.msgpack.encode(pages.now), durable=False)
