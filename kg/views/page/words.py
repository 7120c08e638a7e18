"""Texts of the user interface in one language, and the formatting of numbers, measures, layers and areas."""

from __future__ import annotations

from functools import cache
from typing import Final

from kg.base.texts import FALLBACK, Sentences, Texts, read_catalogue
from kg.model import percent


@cache
def _order() -> dict[str, int]:
    return {key: place for place, key in enumerate(read_catalogue("views", FALLBACK)["names"])}


def key_order(key: str) -> tuple[bool, int, str]:
    """Sort key of a layer or area: built-in ones first, in the order of the English catalogue; an empty one last.

    >>> sorted(["", "practice", "my-own", "theory"], key=key_order)
    ['theory', 'practice', 'my-own', '']
    """
    order = _order()
    return not key, order.get(key, len(order)), key


_SHARES: Final = ("relationship_richness", "without_busiest_hub", "criteria_met", "wilson_upper", "clopper_pearson_lower")
"""Diagnostics that are shares."""


class Words(Texts):
    """The texts of pages in one language: those of the frame and of additional sections.

    >>> w = Words("en", "views.site")
    >>> w("search-count", n=1), w("search-count", n=1234)
    ('1 entry shown', '1,234 entries shown')
    >>> Words("zh-hans")("home")
    '总览'
    """

    def __init__(self, lang: str, *sections: str) -> None:
        super().__init__(lang, *sections, "views.frame")
        self._names = Texts(lang, "views.names")
        self.reason = Sentences(lang, "metrics.reasons", "plan.found", "evidence.refusals")
        """Translates what a measure or a condition of acceptance found, or why evidence says nothing, into this language."""

    def key(self, key: str) -> str:
        """The label of a layer, type, area or state.

        >>> Words("zh").key("theory"), Words("en").key("my-own")
        ('理论', 'my-own')
        """
        return self._names.get(key, key)

    def measure(self, name: str) -> str:
        """The label of a measure; ``theory_depth.<area>`` includes the area.

        >>> Words("en").measure("theory_depth.edge"), Words("zh").measure("linkage"), Words("en").measure("my_own")
        ('Theory depth · Edge computing', '链接连通度', 'my own')
        """
        stem, dot, part = name.partition(".")
        whole, measure = self.get(f"measure-{name}", ""), self.get(f"measure-{stem}", "")
        if whole or not (measure and dot):
            return whole or name.replace("_", " ")
        return f"{measure} · {self.key(part)}"

    def diagnostic(self, name: str) -> str:
        """The label of a diagnostic."""
        return self.get(f"diagnostic-{name}", name.replace("_", " "))

    def diagnostic_value(self, name: str, value: float) -> str:
        """Format a diagnostic: shares in percent, other values as numbers.

        >>> Words("en").diagnostic_value("without_busiest_hub", 0.8387), Words("en").diagnostic_value("density", 0.0723)
        ('83.8%', '0.0723')
        """
        return self.percent(value) if name in _SHARES else amount(value, 4)

    def percent(self, value: float | None) -> str:
        """Format a share (see `kg.model.percent`); ``unknown`` for None.

        >>> Words("en").percent(0.8999), Words("en").percent(1.0), Words("en").percent(None)
        ('89.9%', '100%', 'unknown')
        """
        return self("unknown") if value is None else percent(value)

    def value(self, value: float | None, unit: str) -> str:
        """Format the value of a measure: a share in percent, a count as a number.

        >>> Words("en").value(0.5, "share"), Words("en").value(3.0, "count"), Words("zh").value(None, "count")
        ('50.0%', '3', '未知')
        """
        return amount(value) if unit == "count" and value is not None else self.percent(value)

    def join(self, parts: list[str]) -> str:
        """Join parts to a list in running text."""
        return self("list-separator").join(parts)


def amount(value: float, digits: int = 2) -> str:
    """Format a number for a table: integers without decimals.

    >>> amount(3.0), amount(1234), amount(0.12345, 4), amount(2.5)
    ('3', '1,234', '0.1235', '2.50')
    """
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.{digits}f}"
