"""``kg snapshot`` and ``kg diff``."""

from __future__ import annotations

from collections import Counter

import click

from kg import knowledge
from kg.app.cli.options import common, display_path, flag, say, settings
from kg.base.json_forms import json_pretty
from kg.base.names import printable


@click.command()
@click.option("--fresh", is_flag=True, help="Lay the map out anew and name communities anew.")
@common
def snapshot(fresh: bool) -> None:
    """Remember this state: places on the map, names of communities, a row of history with every measure, which notes changed.

    Four files under ontology/snapshot/, to be committed. Later builds begin with these places and names, so that a new note
    moves nothing else, and show each measure beside the last one.
    """
    from dataclasses import replace

    from kg.base.clock import now
    from kg.evidence import snapshot as remembered
    from kg.model import Snapshot

    given = settings()
    built = knowledge.assess(replace(given, remember=not fresh))
    found = built.assessment
    assert found is not None  # noqa: S101  # `assess` always measures
    summary = knowledge.summarise(replace(given, gates={}), built)
    severities: Counter[str] = Counter(f.severity for f in built.findings)
    row = Snapshot(
        now(),
        remembered.revision(given.root),
        {m.name: m.value for m in found.measures},
        {
            "notes": len(built.corpus.notes),
            "concepts": summary.concepts,
            "typed": sum(summary.relations.values()),
            "untyped": summary.untyped,
            **{f"findings-{s}": severities[s] for s in ("error", "warning", "info")},
        },
    )
    ids = {c.iri: c.id for c in built.corpus.concepts.values()}
    paths = remembered.write(
        given.ontology, row, found.positions, found.communities, ids, remembered.digests(built.corpus), say
    )
    if not flag("quiet"):
        at = f" at {row.commit[:12]}" if row.commit else ""
        say(f"row {len(found.history) + 1} of history{at}, {row.time}; to be committed:")
    for path in paths:
        click.echo(display_path(replace(given, notes=(path.parent,)), path.name))


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@common
def diff(before: str, after: str | None, form: str) -> None:
    """What differs between two states: concepts, relations, definitions, measures, findings.

    A and B are each the output folder of a build or a git revision (a commit, branch, tag, HEAD~3); a folder with a build comes
    first. Without B, A is compared with the notes as they are now. --format markdown is for the comment of a pull request.
    """
    from kg.app import diff as differing

    given = settings()
    difference = differing.compare(differing.load(before, given), differing.load(after, given))
    lang = flag("lang") or "en"
    if form == "json":
        click.echo(json_pretty(differing.as_json(difference)))
    elif form == "markdown":
        click.echo("\n\n".join(differing.as_markdown(difference, lang)))
    else:
        for line in differing.as_text(difference, lang, 0 if flag("verbose") else 20):
            click.echo(printable(line))
