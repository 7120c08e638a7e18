"""Which pages the last build wrote and what they showed, remembered beside the caches."""

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
    """The pages of the last build; none for a full build, or where the file of pages can't be read."""
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
    """Remember the pages of this build; those of an earlier one with its site stay known where this build has none."""
    if pages.now:
        write_file(settings.cache / _FILE, msgspec.msgpack.encode(pages.now), durable=False)
