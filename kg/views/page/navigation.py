"""The entries of the navigation that all pages have; the one place to add one."""

from __future__ import annotations

from typing import Final, NamedTuple

from kg.views.page import paths


class NavigationItem(NamedTuple):
    """A page that the navigation leads to."""

    section: str
    """What the page calls its section; the text of the entry is the word of this name, or with ``-short`` behind it."""
    target: str
    """Path in the default language."""
    is_map: bool = False


MAIN: Final = (
    NavigationItem("home", paths.INDEX),
    NavigationItem("browse", paths.BROWSE),
    NavigationItem("maps", paths.OVERVIEW_MAP, is_map=True),
    NavigationItem("learn", paths.LEARN),
)
REPORTS: Final = (
    NavigationItem("association", paths.ASSOCIATION),
    NavigationItem("hierarchy", paths.HIERARCHY),
    NavigationItem("coverage", paths.COVERAGE),
    NavigationItem("quality", paths.QUALITY),
    NavigationItem("plan", paths.PLAN),
)
"""Behind one menu; the plan only where there is one."""
