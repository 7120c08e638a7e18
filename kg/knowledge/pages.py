"""The files of the last build with the digests of what they depend on, stored in the cache."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

from kg.base import files
from kg.base.settings import Settings
from kg.base.store import write_file

if TYPE_CHECKING:
    from kg.views.page.reuse import Reuse

_FILE: Final = "pages.msgpack"


def last_pages(settings: Settings, last: Mapping[str, str] | None, *, full: bool) -> Reuse:
    """The files of the last build; none for a full build or if the record can't be read.

    `last`: the record of the last build if its output is unmodified. The files then needn't be read.
    """
    # start time: only this step needs it
    from kg.views.page.reuse import Reuse, Reused

    if not full:
        try:
            out, reused = msgspec.msgpack.decode(files.read(settings.cache / _FILE, files.LARGE), type=tuple[str, Reused])
        except (OSError, ValueError):
            return Reuse(settings.out, Reused())
        # A record of another build than the last may name files that aren't there.
        return Reuse(settings.out, reused, unmodified=last is not None and last["out"] == out)
    return Reuse(settings.out, Reused())


def remember_pages(settings: Settings, pages: Reuse, out: str) -> None:
    """Store the files of this build. `out` identifies its output, as in the record of the last build."""
    write_file(settings.cache / _FILE, msgspec.msgpack.encode((out, pages.now)), durable=False)
