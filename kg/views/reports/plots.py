"""Plots of the association report as SVG, by matplotlib: degrees, areas by relation types, association over time."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kg.base import libraries
from kg.base.about import code_stamp
from kg.base.widths import text_width
from kg.views.page import View, paths
from kg.views.page.md import clip
from kg.views.reports.document import Plot, plot_path
from kg.views.reports.net import Net

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEAST: Final = 20
"""Minimum number of connected concepts for a distribution."""
_AREAS: Final = 24
_RELATIONS: Final = 14
_POINTS: Final = 60
_SETTINGS: Final[dict[str, object]] = {
    "svg.hashsalt": "kg",  # ids in the file are hashes, which would otherwise differ between runs
    "svg.fonttype": "none",  # keep text as text: the reader's fonts have Chinese characters, the bundled one doesn't
    "font.family": ["DejaVu Sans"],  # bundled with matplotlib, so that positions are the same everywhere
    "font.size": 9.0,
    "text.parse_math": False,  # names of concepts can contain dollar signs
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_BLUE, _GREY, _ORANGE = "#2b6cb0", "#8a8f98", "#c05621"


def degrees(view: View, net: Net) -> Plot | None:
    """Number of concepts with at least k neighbours, by all associations and by typed relations; log-log."""
    w, measures = view.words, view.assessment.concepts.values()
    lines = {
        w("plot-all"): Counter(m.degree for m in measures if m.degree),
        w("plot-typed"): Counter(m.typed_degree for m in measures if m.typed_degree),
    }
    if sum(lines[w("plot-all")].values()) < _LEAST:
        return None

    def draw(axes: Axes) -> None:
        # start time: matplotlib is needed only for drawing
        from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

        for (label, counts), colour, marker in zip(lines.items(), (_GREY, _BLUE), ("o", "s"), strict=True):
            xs = sorted(counts)
            ys = [sum(n for k, n in counts.items() if k >= x) for x in xs]
            axes.plot(xs, ys, marker=marker, markersize=3, linewidth=1, color=colour, label=_text(label))
        for axis, scale in ((axes.xaxis, axes.set_xscale), (axes.yaxis, axes.set_yscale)):
            scale("log")
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            axis.set_minor_locator(NullLocator())
        axes.grid(visible=True, which="major", color="#e2e4e8", linewidth=0.6)
        axes.set_xlabel(_text(w("plot-neighbours")))
        axes.set_ylabel(_text(w("plot-concepts")))
        axes.legend(frameon=False)

    reads = [(label, sorted(counts.items())) for label, counts in lines.items()], w("plot-neighbours"), w("plot-concepts")
    return _plot(view, Picture("degrees", 6.0, 3.4, (0.11, 0.14, 0.97, 0.96), reads), draw, w("fig-degrees"))


def matrix(view: View, net: Net) -> Plot | None:
    """Relations by area of the source and by type, darker for larger counts."""
    w = view.words
    columns = sorted(net.by_relation, key=lambda r: (-net.by_relation[r], view.relation(r), r))
    totals: Counter[str] = Counter()
    for (area, _), n in net.by_area.items():
        totals[area] += n
    rows = sorted(totals, key=lambda a: (not a, -totals[a], a))
    if len([r for r in rows if r]) < 2 or net.typed < _LEAST:
        return None
    kept_rows, kept = rows[:_AREAS], columns[:_RELATIONS]
    names = [view.area(a) for a in kept_rows] + ([w("other")] if len(rows) > _AREAS else [])
    heads = [view.relation(r) for r in kept] + ([w("other")] if len(columns) > _RELATIONS else [])
    cells = _cells(net.by_area, (kept_rows, rows[_AREAS:]), (kept, columns[_RELATIONS:]))
    left = max(text_width(clip(n, 26)) for n in names) * 0.075 + 0.2
    top = max(text_width(clip(h, 22)) for h in heads) * 0.055 + 0.25
    wide, high = left + 0.52 * len(heads) + 0.6, top + 0.28 * len(names) + 0.15

    def draw(axes: Axes) -> None:
        most = max(max(row) for row in cells)
        axes.pcolormesh(cells, cmap="Blues", vmin=0, vmax=most * 1.3, edgecolors="white", linewidth=1)
        for y, row in enumerate(cells):
            for x, n in enumerate(row):
                if n:
                    axes.text(
                        x + 0.5,
                        y + 0.5,
                        f"{n:,}",
                        ha="center",
                        va="center",
                        fontsize=8,
                        color="white" if n > 0.6 * most else "#1a202c",
                    )
        axes.invert_yaxis()
        axes.xaxis.tick_top()
        axes.set_xticks([x + 0.5 for x in range(len(heads))], [_text(clip(h, 22)) for h in heads], rotation=45, ha="left")
        axes.set_yticks([y + 0.5 for y in range(len(names))], [_text(clip(n, 26)) for n in names])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)

    box = (left / wide, 0.05 / high, (wide - 0.6) / wide, (high - top) / high)
    return _plot(view, Picture("areas", wide, high, box, (names, heads, cells)), draw, w("fig-model"))


def _cells(
    counts: Mapping[tuple[str, str], int],
    rows: tuple[Sequence[str], Sequence[str]],
    columns: tuple[Sequence[str], Sequence[str]],
) -> list[list[int]]:
    """Counts by row and column; the remaining rows and columns are added up in a last one."""
    groups = [[[x] for x in first] + ([list(rest)] if rest else []) for first, rest in (rows, columns)]
    return [[sum(counts.get((a, r), 0) for a in row for r in column) for column in groups[1]] for row in groups[0]]


def over_time(view: View) -> Plot | None:
    """Concept association and linkage at each snapshot and now, with the target."""
    w, assessment = view.words, view.assessment
    rows = assessment.history[-_POINTS:]
    today = {m.name: m for m in assessment.measures}
    names = [n for n in ("concept_association", "linkage") if n in today]
    points = {n: [*(row.measures.get(n) for row in rows), today[n].value] for n in names}
    if not rows or not any(sum(p is not None for p in series) > 1 for series in points.values()):
        return None
    labels = [*(row.time[:10] for row in rows), w("plot-now")]

    def draw(axes: Axes) -> None:
        for name, colour in zip(names, (_BLUE, _GREY), strict=False):
            ys = [float("nan") if p is None else 100 * p for p in points[name]]
            axes.plot(range(len(ys)), ys, marker="o", markersize=3, linewidth=1.2, color=colour, label=_text(w.measure(name)))
            target = today[name].target
            if target is not None:
                axes.axhline(100 * target, color=_ORANGE, linewidth=0.8, linestyle="--", label=_text(w("target")))
        step = max(1, (len(labels) + 7) // 8)
        shown = sorted({*range(0, len(labels) - step, step), len(labels) - 1})
        axes.set_xticks(shown, [_text(labels[i]) for i in shown], fontsize=8)
        axes.set_ylim(-2, 102)
        axes.set_yticks(range(0, 101, 20), [f"{y}%" for y in range(0, 101, 20)])
        axes.grid(visible=True, axis="y", color="#e2e4e8", linewidth=0.6)
        axes.legend(frameon=False, loc="best")

    shown = [(w.measure(name), points[name], today[name].target) for name in names]
    picture = Picture("history", 6.0, 2.8, (0.09, 0.12, 0.97, 0.96), (labels, shown, w("target")))
    return _plot(view, picture, draw, w("fig-over-time"))


class Picture(NamedTuple):
    """A picture before it is drawn."""

    name: str
    wide: float
    high: float
    """Inches."""
    box: tuple[float, float, float, float]
    """Left, bottom, right, top of the axes as fractions."""
    reads: object
    """Everything else that determines it."""


def _plot(view: View, picture: Picture, draw: Callable[[Axes], None], label: str) -> Plot:
    """A plot of the association report; as in the last build if it shows the same, since drawing takes long."""
    reuse = view.reuse
    if reuse is None:
        return Plot(picture.name, _svg(draw, picture), label)
    path = plot_path(view.path(paths.ASSOCIATION.replace(".html", ".md")), picture.name)
    key = hashlib.sha256(f"{code_stamp('views/reports/plots.py')} {picture!r}".encode("utf-8", "replace")).hexdigest()
    svg = reuse.read(path, key) or _svg(draw, picture)
    reuse.put(path, key, svg, counts=False)
    return Plot(picture.name, svg, label)


def _svg(draw: Callable[[Axes], None], picture: Picture) -> bytes:
    """The drawn picture. Deterministic."""
    _, wide, high, box, _ = picture
    # If its font cache can't be written, matplotlib warns on stderr; the figure is the same.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    mpl = libraries.matplotlib  # before any other part of it is imported
    # start time: matplotlib is needed only for drawing
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()  # ignore user settings: equal notes give equal bytes
        mpl.rcParams.update(_SETTINGS)
        # The bundled font has no Chinese glyphs, so widths are estimates; the margins allow for that.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        figure = Figure(figsize=(wide, high))
        draw(figure.add_axes((box[0], box[1], box[2] - box[0], box[3] - box[1])))
        buffer = BytesIO()
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _text(text: str) -> str:
    """Text without characters that XML doesn't allow."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c >= " " and c not in "\ufffe\uffff")
