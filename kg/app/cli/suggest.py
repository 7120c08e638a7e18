"""``kg suggest``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts
from kg.app.cli.difference import end_with_differences
from kg.app.cli.options import (
    common,
    display_path,
    flag,
    join,
    log_json,
    output_file,
    read_settings,
    refuse_second_id,
    texts,
    to_stderr,
    translate_sentence,
)
from kg.app.cli.tables import print_entries
from kg.app.cli.terminal import pad_text
from kg.base.errors import UsageError
from kg.base.json_forms import json_line
from kg.base.names import local_name, printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.knowledge.accepting import BulkResult
    from kg.knowledge.reviewing import Order
    from kg.model import Concept, Corpus, Lane, Suggestion

_LANES: Final = ("mention", "latent", "backlink", "hierarchy", "type")
_HIERARCHY: Final = {"broader": "broader", "is-a": "isA", "part-of": "partOf", "instance-of": "instanceOf"}
"""Names by which only one relation of lane `hierarchy` is asked for, with the names of their properties."""
_ALL: Final = "*"
_SHOWN: Final = 40


@click.command()
@click.argument("concept", required=False, shell_complete=complete_concepts)
@click.option(
    "--lane",
    type=click.Choice([*_LANES, *_HIERARCHY]),
    multiple=True,
    help="mention: a note names the other concept without a link; latent: it doesn't; backlink: only the other concept links "
    "to this one; hierarchy: a broader concept (or only: broader, is-a, part-of, instance-of), from definitions, titles and "
    "lists; type: a relation for a plain link, from the words around it. Repeatable (default: mention and latent).",
)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Maximum number for each concept (default: 10).")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@click.option("--evaluate", is_flag=True, help="Hold out links of these notes and report how many are suggested again.")
@click.option("--refit", is_flag=True, help="Fit the weights to these notes, and keep them if they score better.")
@click.option(
    "--accept",
    multiple=True,
    is_flag=False,
    flag_value=_ALL,
    metavar="[ID]",
    help="Write a suggestion into its note; repeatable, or ID,ID. Without ID: all with at least --min-score.",
)
@click.option("--min-score", type=click.FloatRange(0.0, 1.0), metavar="S", help="Only suggestions with at least this score.")
@click.option("--dry-run", is_flag=True, help="With --accept: list what would be written; write nothing.")
@click.option("--diff", is_flag=True, help="With --accept: print what would change as a unified diff; write nothing.")
@click.option("--review", is_flag=True, help="Decide suggestions one by one in the terminal.")
@click.option(
    "--by",
    "order",
    type=click.Choice(["score", "concept", "gain"]),
    default="score",
    show_default=True,
    help="Order of --review; gain: what raises concept_association most comes first.",
)
@click.option("--reject", multiple=True, metavar="ID", help="Don't make a suggestion again; repeatable, or ID,ID.")
@output_file
@common
def suggest(
    concept: str | None,
    lane: tuple[str, ...],
    limit: int | None,
    form: str,
    evaluate: bool,
    refit: bool,
    accept: tuple[str, ...],
    reject: tuple[str, ...],
    min_score: float | None,
    dry_run: bool,
    diff: bool,
    review: bool,
    order: Order,
) -> None:
    """Suggest missing associations, strongest first, each with its evidence.

    The score is the sum of its parts, and the evidence of each part can be verified: the line with the name, terms in both
    notes, concepts linked to both. With CONCEPT (an id, label or note), only suggestions of that concept are shown.

    --accept turns the name into a link, or adds a relation to the front matter, and changes no other byte; --reject writes to
    ontology/snapshot/. Both can be undone with git.
    """
    settings = read_settings()
    if review:
        _review(settings, concept, order, lane)
        return
    dry = dry_run or diff
    _refuse_misuse(concept, accept, reject, min_score)
    if dry and (reject or not accept):
        raise UsageError(
            f"{'--diff' if diff else '--dry-run'} goes with --accept",
            hint="kg suggest --accept --min-score 0.8 --diff",
        )
    if (accept or reject) and _ALL not in accept:
        if dry:
            _say_accepted(settings, knowledge.plan_acceptance(settings, _ids(accept)), dry=dry, diff=diff)
        else:
            _decide(settings, _ids(accept), _ids(reject))
        return
    if reject:
        # before the suggestions are made: what is rejected isn't accepted with the others
        _decide(settings, [], _ids(reject))
    if evaluate:
        _evaluate(settings, form)
        return
    if refit:
        _refit(settings)
        return
    lanes = tuple(dict.fromkeys("hierarchy" if name in _HIERARCHY else name for name in lane))
    suggestions, corpus = knowledge.suggest_links(settings, limit=limit, lanes=cast("tuple[Lane, ...]", lanes))
    wanted = _concept(corpus, concept).iri if concept is not None else None
    rows, count = suggestions.rows(wanted), suggestions.number
    kinds = {name for name in lane if name in _HIERARCHY} if "hierarchy" not in lane else set()
    if kinds or min_score is not None:
        chosen = [
            row
            for row in rows
            if (not kinds or row.lane != "hierarchy" or _key_of(row) in kinds) and row.score >= (min_score or 0.0)
        ]
        rows, count = iter(chosen), len(chosen)
    if accept:
        _say_accepted(settings, knowledge.accept_strong_suggestions(settings, rows, dry=dry), dry=dry, diff=diff)
        return
    if form == "jsonl":
        for row in rows:
            click.echo(json_line(knowledge.suggestion_row(row, corpus)))
    else:
        most = None if wanted or flag("verbose") else _SHOWN
        print_entries(_entries(settings, islice(rows, most), corpus))
        if most is not None and count > most:
            click.echo(texts("suggest")("more", n=count - most))
    if not flag("quiet") and not log_json("suggested", count=count, caps=list(suggestions.caps)):
        to_stderr(texts("suggest")("total", n=count, caps=_bounds(suggestions.caps)))


def _refuse_misuse(concept: str | None, accept: tuple[str, ...], reject: tuple[str, ...], min_score: float | None) -> None:
    """Raise UsageError unless suggestions are accepted either by id or by score."""
    if concept is not None and _ALL not in accept:
        refuse_second_id(concept, accept, reject)
    if _ALL in accept and min_score is None:
        raise UsageError("--accept without an id needs --min-score", hint="kg suggest --accept --min-score 0.8 --diff")
    if accept and min_score is not None and set(accept) != {_ALL}:
        raise UsageError(
            "--min-score chooses by score and --accept ID by id: only one of them can be given",
            hint=f"kg suggest --accept {','.join(name for name in _ids(accept) if name != _ALL)}",
        )


def _key_of(row: Suggestion) -> str:
    """The name of a proposed relation in `_HIERARCHY`; a whole with its parts counts as part-of."""
    name = local_name(row.relation)
    return next((key for key, local in _HIERARCHY.items() if local == name), "part-of" if name == "hasPart" else "")


def _ids(texts: tuple[str, ...]) -> list[str]:
    return [i for text in texts for i in text.replace(",", " ").split()]


def _decide(settings: Settings, accepted: list[str], rejected: list[str]) -> None:
    """Write the accepted suggestions, record the rejected ones, and report where."""
    for done in knowledge.accept_suggestions(settings, accepted) if accepted else ():
        click.echo(printable(f"{display_path(settings, done.path)}:{done.line}: {done.text}"))
    if rejected:
        rejections, path = knowledge.reject_suggestions(settings, rejected)
        click.echo(texts("suggest")("rejected", n=len(rejections), path=path.relative_to(settings.root)))


def _say_accepted(settings: Settings, result: BulkResult, *, dry: bool, diff: bool) -> None:
    """Print what was or would be written. Exits with 1 if some suggestions can't be written, or with a difference."""
    t = texts("suggest")
    if not diff:
        for done in result.accepted:
            click.echo(printable(f"{display_path(settings, done.path)}:{done.line}: {done.text}"))
    for row, reason in result.refused:
        to_stderr(f"{row.id}: {reason}")
    if not flag("quiet"):
        to_stderr(t("would-accept" if dry else "accepted", n=len(result.accepted)))
    if diff:
        end_with_differences((display_path(settings, path), *change) for path, change in result.changes.items())
    if result.refused:
        raise SystemExit(1)


def _review(settings: Settings, concept: str | None, order: Order, lane: tuple[str, ...]) -> None:
    """Decide suggestions one by one."""
    # start time: only this command needs it
    from kg.app.cli.queue import ReviewSession

    base = knowledge.open_base(settings)
    source = _concept(base.corpus, concept).iri if concept is not None else None
    lanes = tuple(dict.fromkeys("hierarchy" if name in _HIERARCHY else name for name in lane))
    ReviewSession(knowledge.ReviewQueue(base, order, source, lanes)).run()


def _refit(settings: Settings) -> None:
    """Fit the weights to these notes. Exits with status 1 if there are too few links for a verdict."""
    # start time: only this command needs it
    from kg.suggest.evaluate import ENOUGH, VARIANTS

    outcome, path = knowledge.refit_weights(settings)
    if not outcome.scores:
        to_stderr(texts("suggest")("no-verdict", n=ENOUGH))
        raise SystemExit(1)
    t = texts("suggest")
    click.echo(t("refitted", n=outcome.pairs))
    heads = [f"{t(key)}{t('colon')}R@5" for key in ("by-concept", "by-link")]
    click.echo(f"{'':28}{_right(heads[0], 18)}{'R@10':>8}{'MRR':>8}{_right(heads[1], 16)}{'R@10':>8}{'MRR':>8}")
    for variant in VARIANTS:
        for who in ("frozen", "refitted"):
            name = pad_text(t(_key(variant)), 17) + pad_text(t(who if who == "frozen" else "refit"), 11)
            cells = (
                f"{value:{wide}.3f}" for value, wide in zip(outcome.scores[who, variant], (18, 8, 8, 16, 8, 8), strict=True)
            )
            click.echo(name + "".join(cells))
    click.echo(t("not-refitted") if path is None else t("better", path=path.relative_to(settings.root)))


def _key(name: str) -> str:
    """The key of a method or variant in the catalogue."""
    return name.replace(" ", "-")


def _right(text: str, width: int) -> str:
    """Text at the end of a column."""
    # start time: only tables need it
    from kg.base.widths import text_width

    return " " * (width - text_width(text)) + text


def _evaluate(settings: Settings, form: str) -> None:
    """Report how many held-out links are suggested again. Exits with status 1 if there are too few for a verdict."""
    # start time: only this command needs it
    from kg.suggest.evaluate import ENOUGH, METHODS, SEEDS, VARIANTS

    evaluation = knowledge.evaluate_suggestions(settings)
    t = texts("suggest")
    if form == "jsonl":
        for (method, variant), scores in evaluation.scores.items():
            for seed, score in zip(SEEDS, scores, strict=True):
                row = {"method": method, "variant": variant, "seed": seed, "held_out": evaluation.held[variant, seed]}
                click.echo(json_line(row | score._asdict()))
    else:
        click.echo(t("evaluated", n=evaluation.pairs, all=evaluation.holdable, seeds=join(list(map(str, SEEDS)))))
    if not evaluation.enough:
        to_stderr(t("no-verdict", n=ENOUGH))
        raise SystemExit(1)
    if form == "jsonl":
        return
    for title, first in (("by-concept", 0), ("by-link", 3)):
        click.echo(f"{pad_text(t(title), 32)}{'R@5':>13}{'R@10':>13}{'MRR':>13}")
        for variant in VARIANTS:
            for method in METHODS:
                columns = list(zip(*evaluation.scores[method, variant], strict=True))[first : first + 3]
                cells = "".join(f"{mean:8.3f} ±{spread:.2f}" for mean, spread in map(_mean_and_spread, columns))
                click.echo(pad_text(t(_key(variant)), 17) + pad_text(t(_key(method)), 15) + cells)
    to_stderr(t("meaning"))


def _mean_and_spread(values: tuple[float, ...]) -> tuple[float, float]:
    return sum(values) / len(values), (max(values) - min(values)) / 2


def _concept(corpus: Corpus, name: str) -> Concept:
    """The concept of a note, or with an id, IRI or label. Raises UsageError if there is none or several."""
    # start time: `--help` doesn't need it
    from kg.graph.concepts import find_concept

    return corpus.concepts[corpus.concept_of[name]] if name in corpus.concept_of else find_concept(corpus.concepts, name)


def _entries(
    settings: Settings, rows: Iterable[Suggestion], corpus: Corpus
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    # start time: only tables need it
    from kg.suggest.reasons import make_reason_texts, select_reasons

    t = texts("suggest")

    def name(iri: str) -> str:
        return corpus.concepts[iri].label(t.lang)

    wording = make_reason_texts(t.lang, name, lambda path: display_path(settings, path))
    for row in rows:
        relation = f" {local_name(row.relation)}" if row.relation else ""
        cells = (row.id, f"{row.score:.3f}", t(row.lane), f"{name(row.source)}{relation} → {name(row.target)}")
        parts = [f"+{r.contribution:.3f} {wording.describe(r)}" for r in select_reasons(row)]
        yield cells, (t("clause-separator").join(parts),)


def _bounds(caps: Sequence[str]) -> str:
    """The limits that omit suggestions."""
    return translate_sentence("bounds", "; ".join(caps))
