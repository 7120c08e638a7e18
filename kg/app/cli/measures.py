"""``kg metrics``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.completion import complete_goals, complete_measures, select_concepts
from kg.app.cli.options import (
    base_revision,
    common,
    flag,
    join,
    judged_by,
    message_language,
    output_file,
    read_settings,
    texts,
    to_stderr,
    translate_reason,
    trust_committed,
)
from kg.app.cli.quality import say_gate, trend
from kg.app.cli.tables import print_table
from kg.app.cli.terminal import escape
from kg.base.errors import UsageError
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.app.cli.compute import ComputeOptions
    from kg.base.settings import Settings
    from kg.model import Assessment, Concept, Measure


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "json", "prometheus"]), default="table", show_default=True)
@click.option(
    "--fail-under",
    multiple=True,
    metavar="NAME=PERCENT",
    shell_complete=complete_goals,
    help="Exit with 1 if a measure is below this value, or with NAME=no-worse lower than before; repeatable.",
)
@click.option(
    "--badge", metavar="NAME", shell_complete=complete_measures, help="Print a badge of a measure as SVG, for a README."
)
@select_concepts
@click.option("--graph", metavar="DIR", help="Measure an export of 'kg export parquet' instead of the notes.")
@click.option(
    "--engine",
    type=click.Choice(["local", "spark"]),
    help="With --graph: what computes (default: [compute] in kg.toml, or local).",
)
@click.option("--master", metavar="URL", help="With --engine spark: the cluster (default: KG_SPARK_MASTER, or this machine).")
@click.option(
    "--checkpoints", metavar="DIR", help="With --engine spark: a folder of the cluster, from which a killed run goes on."
)
@click.option("--results", metavar="DIR", help="With --graph: write the measures of all concepts there, as Parquet.")
@base_revision
@trust_committed
@output_file
@common
def metrics(
    form: str,
    fail_under: tuple[str, ...],
    badge: str | None,
    graph: str | None,
    engine: str | None,
    master: str | None,
    checkpoints: str | None,
    results: str | None,
    selectors: tuple[str, ...],
    revision: str | None,
    trust_committed: bool,
) -> None:
    """Measure the current notes. Builds nothing.

    With --select-concepts, the measures of concepts count those; gates of kg.toml hold for all concepts only.
    Gates "no-worse" compare with the commit at which the change began: --base-revision, otherwise the default branch.
    With --graph, measure an exported graph without its notes: association and linkage, on this machine or on a cluster.
    """
    if graph is not None:
        # start time: only this option needs it
        from kg.app.cli.compute import ComputeOptions

        options = ComputeOptions(graph, engine or "", master or "", checkpoints or "", results or "")
        _graph_metrics(form, fail_under, options)
        return
    if engine or master or checkpoints or results:
        raise UsageError("--engine, --master, --checkpoints and --results go with --graph", hint="kg export parquet -o DIR")
    with judged_by(revision) as judged:
        own = replace(judged.settings, trust_committed=trust_committed)
        if badge is not None:
            _print_badge(own, badge)
        else:
            _metrics(own, form, fail_under, selectors, revision)


def _print_badge(settings: Settings, name: str) -> None:
    # start time: only --badge needs it
    from kg.views.export.badge import badge_svg

    assessment = knowledge.open_base(settings).assessment
    measure = next((m for m in assessment.measures if m.name == name), None)
    if measure is None:
        raise UsageError(f"there is no measure '{name}'", hint=f"measures: {', '.join(m.name for m in assessment.measures)}")
    click.echo(badge_svg(measure, message_language(), settings.gates.get(name)).decode(), nl=False)


def _graph_metrics(form: str, fail_under: tuple[str, ...], options: ComputeOptions) -> None:
    # start time: only this option needs it
    # start time: `--help` doesn't need it
    from kg.app.cli.compute import compute_graph
    from kg.model import format_value
    from kg.views.export import measures_json, metrics_prom

    settings = read_settings()
    measures = compute_graph(settings, options)
    bounds = dict(_bound(text) for text in fail_under)
    if unknown := sorted(bounds.keys() - {m.name for m in measures}):
        names = ", ".join(m.name for m in measures)
        raise UsageError(f"--fail-under {unknown[0]}: a graph without notes has no such measure", hint=f"measures: {names}")
    if form == "json":
        click.echo(measures_json(measures, {}, settings.gates, settings.claimed).data.decode(), nl=False)
    elif form == "prometheus":
        click.echo(metrics_prom(measures, (), int(measures[0].denominator), 0, settings.gates).data.decode(), nl=False)
    else:
        _table(settings, measures, {}, {})
    gates = {name: bound for name, bound in settings.gates.items() if name in {m.name for m in measures}} | bounds
    missed = [m for m in measures if m.name in gates and (m.value is None or m.value < gates[m.name])]
    for m in missed:
        to_stderr(
            texts("compute")(
                "missed", name=m.name, value=format_value(m.value, m.unit), gate=format_value(gates[m.name], m.unit)
            )
        )
    if missed:
        raise SystemExit(1)


def _metrics(
    settings: Settings, form: str, fail_under: tuple[str, ...], selectors: tuple[str, ...], revision: str | None
) -> None:
    # start time: `--help` doesn't need them
    from kg.base.setting_values import NO_WORSE
    from kg.knowledge.planning import plan_of
    from kg.views.export import measures_json, metrics_prom

    held = [text.rpartition("=")[0].strip() for text in fail_under if text.endswith(f"={NO_WORSE}")]
    bounds = dict(_bound(text) for text in fail_under if not text.endswith(f"={NO_WORSE}"))
    ratchets = () if selectors else tuple(dict.fromkeys((*settings.ratchets, *held)))
    base = knowledge.open_base(settings)
    assessment = base.assessment
    corpus = assessment.corpus
    if selectors:
        # start time: few runs select concepts
        from kg.knowledge.selecting import measure_selected

        assessment = measure_selected(settings, assessment, base.files, selectors)
        settings = replace(settings, gates={})
    knowledge.check_names(bounds, assessment)
    if form == "json":
        click.echo(
            measures_json(assessment.measures, corpus.concepts, settings.gates, settings.claimed).data.decode(), nl=False
        )
    elif form == "prometheus":
        plan = plan_of(settings, corpus).counts
        counted = len(corpus.concepts) - len(assessment.planned)
        data = metrics_prom(assessment.measures, assessment.findings, counted, len(corpus.notes), settings.gates, plan).data
        click.echo(data.decode(), nl=False)
    else:
        _measures(settings, assessment)
    gates = dict(settings.gates) | bounds
    knowledge.check_names(gates, assessment)
    failed = list(knowledge.find_failures(gates, assessment))
    if ratchets:
        knowledge.check_names(dict.fromkeys(ratchets, 0.0), assessment)
        name, worse = knowledge.compare_with_revision(settings, assessment, ratchets, revision)
        to_stderr(texts("metrics")("compared-with", revision=name))
        failed += worse
    for failure in failed:
        say_gate(failure)
    if failed:
        raise SystemExit(1)


def _bound(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise UsageError(
            f"--fail-under {text}: a percentage is expected", hint="write e.g. --fail-under concept_association=90"
        )
    return name.strip(), value / 100


def _measures(settings: Settings, assessment: Assessment) -> None:
    history = assessment.history
    _table(settings, assessment.measures, assessment.corpus.concepts, history[-1].measures if history else {})


def _table(
    settings: Settings, measures: Sequence[Measure], concepts: Mapping[str, Concept], last: Mapping[str, float | None]
) -> None:
    # start time: rich is needed only for tables
    # start time: `--help` doesn't need it
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from kg.model import format_value

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    t = texts("metrics")
    for head in ("measure", "value", "trend", "counted", "target", "met", "claimed", "offenders"):
        table.add_column(t(head), justify="right" if head in ("value", "trend", "counted", "target", "claimed") else "left")
    for m in measures:
        names = [concepts[o].id if o in concepts else m.names.get(o, o) for o in m.offenders[:3]]
        more = f" +{len(m.offenders) - 3}" if len(m.offenders) > 3 else ""
        claimed = settings.claimed.get(m.name)
        table.add_row(
            m.name, format_value(m.value, m.unit, t("unknown")), trend(m.value, last.get(m.name), m.unit).strip(),
            f"{m.numerator:g}/{m.denominator:g}", format_value(m.target, m.unit) if m.target is not None else "",
            "" if m.met is None else t("yes" if m.met else "no"), format_value(claimed, m.unit) if claimed is not None else "",
            escape(translate_reason(m.note) if m.note else join(names) + more),
        )  # fmt: skip
    print_table(table)
    committed = max((m.committed for m in measures), default=0)
    if committed:
        to_stderr(t("verify-them", n=committed))
    if flag("verbose"):
        for m in measures:
            for key, value in m.diagnostics.items():
                click.echo(f"  {m.name}.{key} = {value:.4g}")
            if m.lower is not None:
                click.echo(f"  {m.name}.wilson_lower = {m.lower:.4g}")
            for name, (n, d) in m.parts.items():
                click.echo(printable(f"  {m.name}[{name}] = {n:g}/{d:g}"))
