"""The base of all views: paths of pages, texts in two languages, the HTML frame, Markdown and SVG helpers."""

from __future__ import annotations

from kg.views.page.shell import PageHead, asset, assets, page
from kg.views.page.view import RelationPlaces, View
from kg.views.page.words import Words, amount

__all__ = ["PageHead", "RelationPlaces", "View", "Words", "amount", "asset", "assets", "page"]
