"""The entries of the navigation on all pages. New entries are added here."""

from __future__ import annotations

from typing import Final, NamedTuple

from kg.views.page import paths


class NavigationItem(NamedTuple):
    """A page in the navigation."""

    section: str
    """The section of the page. The text of the entry is the catalogue text with this key, or with the suffix ``-short``."""
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
"""In one menu; coverage and plan are included only where they are used (`View.uses`)."""
