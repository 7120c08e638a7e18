"""The entries of the navigation that all pages have; the one place to add one."""

from __future__ import annotations

from typing import Final, NamedTuple

from kg.views.page import paths


class Entry(NamedTuple):
    """A page that the navigation leads to."""

    section: str
    """What the page calls its section; the text of the entry is the word of this name, or with ``-short`` behind it."""
    target: str
    """Path in the default language."""
    is_map: bool = False


MAIN: Final = (
    Entry("home", paths.INDEX),
    Entry("browse", paths.BROWSE),
    Entry("maps", paths.OVERVIEW_MAP, is_map=True),
    Entry("learn", paths.LEARN),
)
REPORTS: Final = (
    Entry("association", paths.ASSOCIATION),
    Entry("hierarchy", paths.HIERARCHY),
    Entry("coverage", paths.COVERAGE),
    Entry("quality", paths.QUALITY),
    Entry("plan", paths.PLAN),
)
"""Behind one menu; the plan only where there is one."""
