"""A concept map as a widget of notebooks: the page of `kg map --embed` in a frame; view and selection are traits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import anywidget
import traitlets

from kg.views.maps.page import read_static

_SCRIPT: Final = read_static("widget.js")


class MapWidget(anywidget.AnyWidget):
    """An interactive map of concepts. It works offline, and loads nothing from elsewhere.

    `selected` is the id of the concept that is selected in the map, empty if none is; observe it, as any trait. Setting `view`
    changes the map: it is what stands after ``#`` in a link to a map, such as ``at=paxos&colour=layer&theme=dark``.
    """

    _esm = _SCRIPT
    page = traitlets.Unicode(help="The map as HTML, complete in itself.").tag(sync=True)
    title = traitlets.Unicode(help="Its name, for screen readers.").tag(sync=True)
    height = traitlets.Int(512, min=120, help="Height in pixels.").tag(sync=True)
    view = traitlets.Unicode(help="The part after # of a link to the map.").tag(sync=True)
    page_selected = traitlets.Unicode(help="Name of the page of the selected concept.").tag(sync=True)
    selected = traitlets.Unicode(help="Id of the selected concept; empty if none is.", read_only=True)

    def __init__(self, page: str, ids: Mapping[str, str], selected: str = "", **traits: object) -> None:
        self._ids = ids
        super().__init__(page=page, page_selected=selected, **traits)

    def __repr__(self) -> str:
        return f"<kg map: {self.title}>"

    @traitlets.observe("page_selected")
    def _select(self, change: Mapping[str, str]) -> None:
        self.set_trait("selected", self._ids.get(change["new"], ""))
