"""``kg snapshot`` and ``kg diff``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kg import knowledge
from kg.app.cli.completion import complete_states
from kg.app.cli.findings import message_reader
from kg.app.cli.options import (
    base_revision,
    common,
    display_path,
    flag,
    judged_by,
    message_language,
    output_file,
    read_settings,
    say,
    texts,
    translate_sentence,
)
from kg.base.json_forms import json_pretty
from kg.base.names import printable

if TYPE_CHECKING:
    from kg.model import Finding


@click.command()
@click.option("--fresh", is_flag=True, help="Compute the layout of the map and the names of communities again.")
@common
def snapshot(fresh: bool) -> None:
    """Record the current state: positions on the map, names of communities, a row of history, and changed notes.

    Writes four files in ontology/snapshot/, which should be committed. Later builds start from these positions and names, so
    that new notes don't move other concepts, and show each measure with its last recorded value.
    """
    # start time: only this command needs it
    from kg.base.clock import read_clock
    from kg.evidence.snapshot import SnapshotContent, describe_revision, write_snapshot
    from kg.model import Snapshot

    settings = read_settings()
    assessment = knowledge.open_base(replace(settings, remember=not fresh)).assessment
    corpus = assessment.corpus
    row = Snapshot(
        read_clock(),
        describe_revision(settings.root),
        {m.name: m.value for m in assessment.measures},
        {
            "notes": len(corpus.notes),
            "concepts": len(corpus.concepts) - len(assessment.planned),
            "typed": sum(knowledge.count_typed(corpus, assessment.relations).values()),
            "untyped": knowledge.count_untyped(corpus),
            **{f"findings-{s}": n for s, n in knowledge.by_severity(assessment.findings).items()},
        },
    )
    ids = {c.iri: c.id for c in corpus.concepts.values()}
    content = SnapshotContent(row, assessment.positions, assessment.communities, ids, assessment.digests)
    paths = write_snapshot(settings.ontology, content, lambda text: say(translate_sentence("errors", text)))
    if not flag("quiet"):
        key = "row-at" if row.commit else "row"
        say(texts("snapshot")(key, row=len(assessment.history) + 1, commit=row.commit[:12], time=row.time))
    for path in paths:
        click.echo(display_path(replace(settings, notes=(path.parent,)), path.name))


@click.command()
@click.argument("before", metavar="A", shell_complete=complete_states)
@click.argument("after", metavar="[B]", required=False, shell_complete=complete_states)
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@base_revision
@output_file
@common
def diff(before: str, after: str | None, form: str, revision: str | None) -> None:
    """Compare two states: concepts, relations, definitions, measures, findings.

    A and B are output folders of builds or git revisions (a commit, branch, tag, HEAD~3); if both match, the folder is used.
    Without B, A is compared with the current notes. --format markdown is suitable for a comment on a pull request;
    with --base-revision, A and B are revisions.
    """
    # start time: only this command needs it
    from kg.app.diff import as_json, as_markdown, as_text, compare_states, read_state

    with judged_by(revision) as judged:
        settings, by = judged.settings, judged.revision
        difference = compare_states(read_state(before, settings, judged_by=by), read_state(after, settings, judged_by=by))
        lang, reader = message_language(), message_reader(settings)

        def read(finding: Finding) -> str:
            return reader(finding)[0]

        if form == "json":
            click.echo(json_pretty(as_json(difference)))
        elif form == "markdown":
            click.echo("\n\n".join(as_markdown(difference, lang, read)))
        else:
            for line in as_text(difference, lang, 0 if flag("verbose") else 20, read):
                click.echo(printable(line))
