"""``kg verify``: run the evidence in notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts, corpus_to_complete, is_plain, select_concepts
from kg.app.cli.options import (
    common,
    display_path,
    flag,
    join,
    output_file,
    read_settings,
    texts,
    to_stderr,
    translate_reason,
    translate_sentence,
    trust_committed,
)
from kg.app.cli.terminal import hyperlink, pad_text
from kg.base.errors import UsageError
from kg.base.json_forms import json_pretty
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.model import Evidence

# As in kg.evidence.tools, which `--help` doesn't import.
GROUPS: Final = ("coq", "smv", "code", "math", "diagram", "attest")

_STYLE = {"passed": "green", "failed": "red", "timed-out": "red", "stale": "yellow", "unverified": "yellow"}
_MOST_ALIKE: Final = 4
"""Lines for pieces of a file that have the same verdict for the same reason; of more, the rest is counted in the last line."""


def _complete_parameters(ctx: click.Context, _parameter: click.Parameter, begin: str) -> list[str]:
    """Names of the parameters of attested computations, for the completion of shells."""
    # start time: only completion needs them
    from kg.evidence.claims import parameter_names

    corpus = corpus_to_complete(ctx)
    names = parameter_names(corpus.notes.values()) if corpus is not None else []
    return [f"{name}=" for name in names if name.startswith(begin) and is_plain(name)]


def _read_parameters(written: Sequence[str]) -> dict[str, str]:
    """The values by name; of a name that is given twice, the last one. Raises UsageError."""
    values = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise UsageError(
                f"'{text}' is not of the form NAME=VALUE", hint="give the name of a parameter and its value: --param year=2026"
            )
        values[name] = value
    return values


@click.command()
@click.argument("concepts", nargs=-1, metavar="[CONCEPT]...", shell_complete=complete_concepts)
@click.option("--only", multiple=True, type=click.Choice(GROUPS), help="Judge only this kind of evidence; repeatable.")
@click.option(
    "--timeout", type=click.FloatRange(1, 86_400), default=60, show_default=True, help="Time limit for each piece, in seconds."
)
@click.option("--jobs", type=click.IntRange(1, 64), help="Number of parallel tools (default: one per core).")
@click.option(
    "--param",
    "parameters",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=_complete_parameters,
    help="Value of a parameter of attested computations for this run; repeatable.",
)
@click.option("--full", is_flag=True, help="Judge everything, including evidence with a verdict.")
@click.option("--strict", is_flag=True, help="Also fail if a tool is missing or evidence is unverified.")
@click.option(
    "--unsafe",
    is_flag=True,
    help="Run even without a sandbox; only for notes that you trust like programs.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@trust_committed
@select_concepts
@output_file
@common
def verify(
    concepts: tuple[str, ...],
    only: tuple[str, ...],
    timeout: float,
    jobs: int | None,
    full: bool,
    strict: bool,
    parameters: tuple[str, ...],
    unsafe: bool,
    form: str,
    trust_committed: bool,
    selectors: tuple[str, ...],
) -> None:
    """Judge the evidence in notes: proofs, models, code, formulas, diagrams, attested computations.

    This is the only command that runs code from notes; it runs it in a sandbox. Verdicts are stored in
    ontology/snapshot/evidence.jsonl, which should be committed. A verdict in that file that no tool gave on this machine is
    shown as committed, and its piece is judged again. Exits with 1 if something fails, and with 2, before anything runs, if
    this system has no sandbox ('kg doctor' reports what is missing).
    """
    # start time: `--help` doesn't need it
    from kg.base.process import sandbox

    settings = replace(read_settings(), trust_committed=trust_committed)
    how = knowledge.How(jobs=jobs or 0, cache=settings.cache)
    if unsafe:
        holds, t = texts("holds"), texts("verify")
        missing = [holds(key) for key, how_held in sandbox.try_system().items() if not how_held]
        if missing:
            to_stderr(t("unsafe", missing=t("unsafe-separator").join(missing)))
    request = knowledge.VerificationRequest(only, concepts, again=full, seconds=timeout, selectors=selectors, unsafe=unsafe)
    request = request._replace(parameters=_read_parameters(parameters))
    verified = knowledge.verify_evidence(settings, how, request)
    if form == "json":
        click.echo(json_pretty([_plain(e) for e in verified.evidence]))
    else:
        _table(settings, verified)
    bad = {"failed", "timed-out", "stale"} | ({"unverified"} if strict else set())
    if any(e.verdict in bad and not e.skipped for e in verified.evidence):
        raise SystemExit(1)


def _plain(e: Evidence) -> dict[str, object]:
    parts = [
        {
            "name": p.name, "expected": p.expected, "holds": p.holds, "note": p.note,
            "trace": None if p.trace is None else {"states": [dict(s) for s in p.trace.states], "loop": p.trace.loop},
        }
        for p in e.parts
    ]  # fmt: skip
    return {**e._asdict(), "parts": parts}


def _group_alike(evidence: Sequence[Evidence]) -> list[list[Evidence]]:
    """The pieces to print, those of one file that have the same verdict for the same reason together."""
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for e in evidence:
        if flag("quiet") and (e.skipped or e.verdict == "passed"):
            continue
        if not flag("verbose") and (e.skipped or (e.verdict == "passed" and not e.claims)):
            continue
        same = (e.verdict, e.skipped, e.committed, e.why) if e.why and e.verdict != "passed" else (e.key,)
        groups.setdefault((e.path, e.language, *same), []).append(e)
    return list(groups.values())


def _print_row(settings: Settings, e: Evidence) -> None:
    t, path = texts("verify"), display_path(settings, e.path)
    place = hyperlink(printable(f"{path}:{e.at or e.line}"), settings.location_of(e.path))
    verdict = click.style(pad_text(t("skipped" if e.skipped else e.verdict), 10), fg=_STYLE[e.verdict])
    origin = f" {t('committed')}" if e.committed else ""
    what = printable(f"{e.language} {e.key.rpartition('#')[2]}" + (f": {e.claims}" if e.claims else ""))
    click.echo(f"{verdict}{origin} {place}: {what}")
    if e.why and e.verdict != "passed":
        click.echo(f"           {printable(translate_reason(e.why))}")
    for part in e.parts if flag("verbose") else ():
        shown = t({True: "holds", False: "fails", None: "undecided"}[part.holds])
        click.echo(printable(f"           {part.name}: {shown}" + (f" ({part.note})" if part.note else "")))


def _table(settings: Settings, verified: knowledge.Verified) -> None:
    # start time: `--help` doesn't need it
    from kg.model import VERDICTS

    t = texts("verify")
    for alike in _group_alike(verified.evidence):
        shown_rows = alike if len(alike) <= _MOST_ALIKE or flag("verbose") else alike[: _MOST_ALIKE - 1]
        for e in shown_rows:
            _print_row(settings, e)
        if len(shown_rows) < len(alike):
            last = alike[-1]
            click.echo(f"           {t('alike', n=len(alike) - len(shown_rows), line=str(last.at or last.line))}")
    if flag("quiet"):
        return
    languages = sorted({e.language for e in verified.evidence})
    counts = Counter((e.language, "skipped" if e.skipped else e.verdict) for e in verified.evidence)
    for name in languages:
        shown = join([f"{counts[name, v]} {t(v)}" for v in (*reversed(VERDICTS), "skipped") if counts[name, v]])
        to_stderr(f"{name:12} {shown}")
    to_stderr(t("ran", ran=len(verified.outcome.ran), kept=len(verified.outcome.kept)))
    committed = sum(e.committed and not e.skipped for e in verified.evidence)
    if committed:
        to_stderr(t("not-checked", n=committed))
    for language, tool in sorted(verified.outcome.absent.items()):
        to_stderr(t("absent", language=language, cost=translate_sentence("costs", tool.cost)))
    if verified.changed:
        to_stderr(t("written", path="ontology/snapshot/evidence.jsonl"))
