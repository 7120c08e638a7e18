"""``kg metrics``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.options import (
    base_revision,
    common,
    escape,
    flag,
    join,
    judged_by,
    output_file,
    select_concepts,
    texts,
    to_stderr,
    translate_reason,
    trust_committed,
)
from kg.app.cli.quality import say_gate, trend
from kg.app.cli.tables import print_table
from kg.base.errors import UsageError
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.model import Assessment


@click.command()
@click.option("--format", "form", type=click.Choice(["table", "json", "prometheus"]), default="table", show_default=True)
@click.option(
    "--fail-under", multiple=True, metavar="NAME=PERCENT", help="Exit with 1 if a measure is below this value; repeatable."
)
@select_concepts
@base_revision
@trust_committed
@output_file
@common
def metrics(
    form: str, fail_under: tuple[str, ...], selectors: tuple[str, ...], revision: str | None, trust_committed: bool
) -> None:
    """Measure the current notes. Builds nothing.

    With --select-concepts, the measures of concepts count those; gates of kg.toml hold for all concepts only.
    """
    with judged_by(revision) as judged:
        _metrics(replace(judged.settings, trust_committed=trust_committed), form, fail_under, selectors)


def _metrics(settings: Settings, form: str, fail_under: tuple[str, ...], selectors: tuple[str, ...]) -> None:
    # start time: only this command needs it
    from kg.knowledge.planning import plan_of
    from kg.views.export import measures_json, metrics_prom

    bounds = dict(_bound(text) for text in fail_under)
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
    failed = knowledge.find_failures(gates, assessment)
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
    # start time: rich is needed only for tables
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from kg.model import format_value

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    history, concepts = assessment.history, assessment.corpus.concepts
    last = history[-1].measures if history else {}
    t = texts("metrics")
    for head in ("measure", "value", "trend", "counted", "target", "met", "claimed", "offenders"):
        table.add_column(t(head), justify="right" if head in ("value", "trend", "counted", "target", "claimed") else "left")
    for m in assessment.measures:
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
    committed = max((m.committed for m in assessment.measures), default=0)
    if committed:
        to_stderr(t("verify-them", n=committed))
    if flag("verbose"):
        for m in assessment.measures:
            for key, value in m.diagnostics.items():
                click.echo(f"  {m.name}.{key} = {value:.4g}")
            if m.lower is not None:
                click.echo(f"  {m.name}.wilson_lower = {m.lower:.4g}")
            for name, (n, d) in m.parts.items():
                click.echo(printable(f"  {m.name}[{name}] = {n:g}/{d:g}"))
