"""``kg review``: judgements by people, as signed and dated records in the knowledge base."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click
import msgspec

from kg import knowledge
from kg.app.cli.judgements import BY, add, say_record
from kg.app.cli.options import (
    common,
    display_path,
    flag,
    join,
    output_file,
    read_settings,
    texts,
    translate_reason,
)
from kg.app.cli.tables import print_table
from kg.app.cli.terminal import escape, pad_text
from kg.base.errors import UsageError
from kg.base.json_forms import json_pretty
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.evidence.review.records import Record


@click.group()
@common
def review() -> None:
    """Record judgements that only people can make: sampled claims, comprehension tests, innovations.

    Records are lines of ontology/snapshot/reviews.jsonl: signed, dated, bound to the text that was judged. Commit the file. kg
    computes accuracy, clarity and innovation from it and never writes a record by itself.
    """


@review.command()
@click.option("--size", type=click.IntRange(1, 100_000), default=40, show_default=True, help="Number of claims.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the sample.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
@click.option("--dry-run", is_flag=True, help="Print the sample without recording it.")
@BY
@output_file
@common
def sample(size: int, seed: int, form: str, dry_run: bool, by: str | None) -> None:
    """Draw claims for review, stratified by kind and layer, and print a sheet to fill in.

    Claims are definitions, typed relations and sentences of the notes. The sample is recorded, so that no reviewer can choose
    the claims whose share of correct ones is computed. Fill in the column 'verdict' of the sheet with correct, wrong or
    unclear, and run 'kg review add sheet FILE'. A claim counts after two reviewers, with a sheet each, have judged it.
    """
    # start time: only this command needs it
    from kg.base.clock import read_clock
    from kg.evidence.review.records import Drawn, append_reviews, find_signer
    from kg.evidence.review.sample import collect_claims, draw_sample

    settings = read_settings()
    base = knowledge.open_base(settings)
    claims = collect_claims(
        base.notes_read.corpus, base.relations, knowledge.texts_on_disk(base.files, base.notes_read.corpus.notes)
    )
    if not claims:
        raise UsageError(
            "there are no claims to draw from", hint="claims are the definitions, relations and sentences of notes"
        )
    drawn = draw_sample(claims, size, seed)
    if not dry_run:
        when, who = read_clock(), find_signer(by, settings.root)
        name = f"{when[:10]}-{seed}-{size}"
        records: list[Record] = [
            Drawn(
                by=who, when=when, digest=c.digest, id=c.id, sample=name, concept=c.concept, path=c.path, line=c.line,
                claim=c.kind, text=c.text,
            )
            for c in drawn
        ]  # fmt: skip
        added = append_reviews(settings.ontology, records, say_record)
        values = {"added": len(added), "drawn": len(drawn), "all": len(claims), "seed": str(seed)}
        say_record(texts("review")("recorded-claims", **values))
    rows = [
        {
            "claim": c.id, "kind": c.kind, "place": f"{display_path(settings, c.path)}:{c.line}", "text": c.text,
            "verdict": "", "comment": "",
        }
        for c in drawn
    ]  # fmt: skip
    if form == "json":
        click.echo(json_pretty(rows))
        return
    # start time: only sheets need them
    import csv
    import io

    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    # Spreadsheets would execute a cell that begins like a formula.
    writer.writerows({k: f"'{v}" if v[:1] in ("=", "+", "-", "@") else v for k, v in row.items()} for row in rows)
    click.echo(out.getvalue(), nl=False)


@review.command()
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@output_file
@common
def status(form: str) -> None:
    """Show what was judged, what is waiting for a judgement, and what is stale."""
    # start time: only this command needs it
    from kg.metrics.people import judge_claim

    settings = read_settings()
    assessment = knowledge.open_base(settings).assessment
    reviews = assessment.reviews
    assert reviews is not None  # noqa: S101
    measures = [m for m in assessment.measures if m.by_people]
    open_claims = [c for c in reviews.claims if not c.stale and judge_claim(c) is None]
    if form == "json":
        data = msgspec.to_builtins(reviews) | {
            "claims": [c._asdict() for c in reviews.claims],
            "innovations": [i._asdict() for i in reviews.innovations],
            "readings": [r._asdict() for r in reviews.readings],
            "tests": [{"concept": c, "asked": n, "correct": right} for c, n, right in reviews.tests],
            "measures": {m.name: {"value": m.value, "lower": m.lower, "target": m.target, "note": m.note} for m in measures},
            "open": [c.id for c in open_claims],
        }
        click.echo(json_pretty(data))
        return
    # start time: rich is needed only for tables
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from kg.model import format_value, percent

    t = texts("review")
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(t("measure"))
    for head in ("value", "counted", "lower", "target"):
        table.add_column(t(head), justify="right")
    table.add_column("")
    for m in measures:
        lower = "" if m.lower is None else percent(m.lower)
        target = "" if m.target is None else format_value(m.target, m.unit)
        counted = f"{m.numerator:g}/{m.denominator:g}"
        value = format_value(m.value, m.unit, t("unknown"))
        table.add_row(m.name, value, counted, lower, target, escape(translate_reason(m.note)))
    print_table(table)
    kinds = Counter(c.kind for c in reviews.claims if not c.stale)
    drawn = join([t(f"kind-{kind}", n=n) for kind, n in sorted(kinds.items())]) or t("none")
    agreement = t("not-defined") if reviews.agreement is None else f"{reviews.agreement:.3f}"
    stale = sum(c.stale for c in reviews.claims)
    for head, text in (
        ("claims", t("drawn", drawn=drawn, waiting=len(open_claims))),
        ("agreement", t("alpha", alpha=agreement)),
        ("stale", t("stale-records", records=reviews.stale, claims=stale)),
    ):
        click.echo(f"{pad_text(t(head), 15)}{text}")
    for reading in reviews.readings:
        click.echo(f"{pad_text(t('read-by-machine'), 15)}{t('reading', **reading._asdict())}")
    for claim in open_claims[: 10 if not flag("verbose") else len(open_claims)]:
        who = f" ({join(list(claim.verdicts))})" if claim.verdicts else ""
        click.echo(f"  {claim.id}  {display_path(settings, claim.path)}:{claim.line}  {printable(claim.text)[:90]}{who}")
    if len(open_claims) > 10 and not flag("verbose"):
        click.echo(t("more", n=len(open_claims) - 10))


review.add_command(add)
