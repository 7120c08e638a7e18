"""The report on benchmark runs: design, environment, runs and analysis as Markdown, with two SVG plots."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence

from markupsafe import escape

from kg.base.texts import ParallelTexts
from kg.metrics.benchmark import Run, find_comparable, find_excesses, run_figures
from kg.model import percent
from kg.plan.report import escape_cell

_COLOURS = ("#0b6e6e", "#b5651d", "#5b4b9a", "#2e7d32", "#a83254", "#4a6fa5", "#8a7a00", "#666666")


def report(runs: Sequence[Run], images: tuple[str, str]) -> bytes:
    """The report on the last run and earlier ones; `images` are the file names of the two plots."""
    return ("\n".join(_lines(runs, images)) + "\n").encode()


def _lines(runs: Sequence[Run], images: tuple[str, str]) -> Iterator[str]:
    run, both = runs[-1], ParallelTexts("app.bench-report")
    yield from (f"# {both('title')}", "")
    yield from (both("made"), "")
    yield from (
        f"## {both('design')}",
        "",
        "| | |",
        "|---|---|",
        *(f"| {k} | {escape_cell(v)} |" for k, v in run.design.items()),
    )
    yield f"| yardstick | {run.yardstick:.3f} CPU s for a fixed computation in the same minutes, the unit of what is compared |"
    yield f"| budget | {percent(run.budget)} above the run before |"
    yield from ("", f"## {both('environment')}", "", "| | |", "|---|---|")
    yield from (f"| {k} | {escape_cell(v)} |" for k, v in run.environment.items())
    yield f"| commit | {run.commit[:12] + ('-dirty' if run.commit.endswith('-dirty') else '') or 'none'} |"
    yield from ("", f"## {both('runs')}", "")
    yield f"| {both('notes')} | CPU s (median of runs) | unchanged, CPU s | wall s | peak MB | statements a note |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for s in run.samples:
        each = ", ".join(f"{c:.2f}" for c in s.cpu)
        yield (
            f"| {s.notes:,} | {statistics.median(s.cpu):.2f} ({each}) | {statistics.median(s.unchanged):.2f} "
            f"| {statistics.median(s.wall):.2f} | {s.peak / 1e6:,.0f} | {s.statements / s.notes:.1f} |"
        )
    yield from ("", f"![seconds of each stage]({images[0]})", "")
    yield from (f"## {both('analysis')}", "", *_analysis(run, both))
    yield from ("", f"## {both('comparison')}", "", *_comparison(runs, both), "", f"![figures of all runs]({images[1]})")


def _analysis(run: Run, both: ParallelTexts) -> Iterator[str]:
    for a, b in itertools.pairwise(run.samples):
        k = math.log(statistics.median(b.cpu) / statistics.median(a.cpu)) / math.log(b.notes / a.notes)
        yield (f"- {a.notes:,} → {b.notes:,} {both('growth', k=f'{k:.2f}')}（{both('linear')}）; memory {b.peak / a.peak:.1f}×")
    last = run.samples[-1]
    total = sum(last.stages.values()) or 1.0
    top = sorted(last.stages.items(), key=lambda item: (-item[1], item[0]))[:3]
    yield f"- {both('stages')}: {', '.join(f'{k} {percent(v / total)}' for k, v in top)}"
    share = statistics.median(last.unchanged) / statistics.median(last.cpu)
    yield f"- {both('unchanged')}: {percent(share)} of a build from nothing"
    spread = max((max(s.cpu) - min(s.cpu)) / statistics.median(s.cpu) for s in run.samples)
    yield f"- {both('spread')}: {percent(spread)} of the median"


def _comparison(runs: Sequence[Run], both: ParallelTexts) -> Iterator[str]:
    run = runs[-1]
    before = find_comparable(run, runs)
    if before is None:
        yield both("first")
        return
    current, then = run_figures(run), run_figures(before)
    yield from (both("against", time=before.time), "")
    yield from (f"| | {both('ratio')} | {both('budget')} | |", "|---|---:|---:|---|")
    over = {e.what for e in find_excesses(run, before)}
    for name, value in current.items():
        if then.get(name):
            verdict = both("beyond") if name in over else "✓"
            yield f"| {name} | {value / then[name]:.2f} | {1 + run.budget:.2f} | {verdict} |"


def stages_plot(run: Run) -> bytes:
    """A stacked bar of stage seconds for each size; each bar has its own scale, so that proportions can be compared."""
    names = list(dict.fromkeys(n for s in run.samples for n in s.stages))
    high, wide, left = 34, 560.0, 120.0
    body = []
    for i, s in enumerate(run.samples):
        total, x, y = sum(s.stages.values()) or 1.0, left, 16 + i * (high + 14)
        body.append(_text(left - 8, y + 21, f"{s.notes:,} notes", "end"))
        for name, seconds in s.stages.items():
            long = seconds / total * wide
            colour = _COLOURS[names.index(name) % len(_COLOURS)]
            body.append(
                f'<rect x="{x:.1f}" y="{y}" width="{long:.1f}" height="{high}" fill="{colour}">'
                f"<title>{escape(name)}: {seconds:.2f} s</title></rect>"
            )
            x += long
        body.append(_text(left + wide + 8, y + 21, f"{total:.2f} s", "start"))
    y = 30 + len(run.samples) * (high + 14)
    for i, name in enumerate(names):
        at = left + i % 5 * 120, y + i // 5 * 20
        colour = _COLOURS[i % len(_COLOURS)]
        body.append(f'<rect x="{at[0]:.0f}" y="{at[1] - 10:.0f}" width="11" height="11" fill="{colour}"/>')
        body.append(_text(at[0] + 16, at[1], name, "start"))
    return _svg(left + wide + 90, y + (len(names) + 4) // 5 * 20 + 4, body)


def history_plot(runs: Sequence[Run]) -> bytes:
    """The values of all runs of one design over time, relative to the first run."""
    last = runs[-1]
    alike = [r for r in runs if r.design == last.design]
    rows = [run_figures(r) for r in alike]
    names = [n for n in rows[0] if all(r.get(n) for r in rows)]
    ratios = {n: [r[n] / rows[0][n] for r in rows] for n in names}
    top = max([1.5, *(v for line in ratios.values() for v in line)]) * 1.05
    left, wide, high = 46.0, 600.0, 220.0

    def place(i: int, value: float) -> str:
        x = left + (wide * i / (len(rows) - 1) if len(rows) > 1 else wide / 2)
        return f"{x:.1f},{14 + high * (1 - value / top):.1f}"

    body = [f'<rect x="{left}" y="14" width="{wide}" height="{high}" fill="none" stroke="#bbbbbb"/>']
    for mark in (0.5, 1.0, 1.5, 2.0):
        if mark <= top:
            y = 14 + high * (1 - mark / top)
            body.append(f'<path d="M{left} {y:.1f}h{wide}" stroke="#dddddd"/>' + _text(left - 6, y + 4, f"{mark:g}", "end"))
    limit = 14 + high * (1 - (1 + last.budget) / top)
    body.append(f'<path d="M{left} {limit:.1f}h{wide}" stroke="#c62828" stroke-dasharray="5 4"/>')
    for i, name in enumerate(names):
        colour = _COLOURS[i % len(_COLOURS)]
        points = " ".join(place(n, v) for n, v in enumerate(ratios[name]))
        body.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.8"/>')
        body += [
            f'<circle cx="{p.split(",")[0]}" cy="{p.split(",")[1]}" r="3" fill="{colour}"/>'
            for p in (place(n, v) for n, v in enumerate(ratios[name]))
        ]
        at = left + i % 3 * 210, 14 + high + 24 + i // 3 * 20
        body.append(f'<rect x="{at[0]:.0f}" y="{at[1] - 10:.0f}" width="11" height="11" fill="{colour}"/>')
        body.append(_text(at[0] + 16, at[1], name, "start"))
    return _svg(left + wide + 20, 14 + high + 34 + (len(names) + 2) // 3 * 20, body)


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(wide: float, high: float, body: Sequence[str]) -> bytes:
    inside = "\n".join(body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {high:.0f}" width="{wide:.0f}" height="{high:.0f}" '
        f'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#ffffff"/>\n{inside}\n</svg>\n'
    ).encode()
