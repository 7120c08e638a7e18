"""``kg uses``."""

from __future__ import annotations

import click

from kg.app.cli.completion import complete_used
from kg.app.cli.options import common, read_settings, texts, to_stderr
from kg.app.cli.terminal import pad_text
from kg.base.names import printable

_NAME, _SOURCE = 20, 44


@click.group(invoke_without_command=True)
@common
@click.pass_context
def uses(ctx: click.Context) -> None:
    """List the other knowledge bases that the notes link to, or pin their present state.

    [uses] in kg.toml names them: cncf = {path = "../cncf/output"} or {url = "https://…"}. Notes then link to
    [[cncf:container]].
    """
    if ctx.invoked_subcommand is not None:
        return
    # start time: `--help` doesn't need it
    from kg.knowledge.uses import list_used

    settings, t = read_settings(), texts("uses")
    rows = list_used(settings)
    if not rows:
        click.echo(t("none"))
    for row in rows:
        state = row.problem or t(_state(row.pinned, row.digest))
        head = f"{pad_text(row.name, _NAME)}{pad_text(row.source, _SOURCE)}"
        click.echo(printable(f"{head}{t('concepts', n=row.concepts)}, {state}" if row.digest else f"{head}{state}"))


@uses.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_used)
@click.option("--locked", is_flag=True, help="Fetch what kg.lock pins, and fail if it is not that.")
@common
def update(names: tuple[str, ...], locked: bool) -> None:
    """Fetch the knowledge bases with a URL, and write the state of all into kg.lock.

    Without NAME: all. This is the only command that fetches them.
    """
    # start time: `--help` doesn't need it
    from kg.knowledge.pinning import update_used

    settings, t = read_settings(), texts("uses")
    for row in update_used(settings, names, locked=locked, tell=to_stderr):
        what = _state(row.before, row.after)
        click.echo(printable(f"{pad_text(row.name, _NAME)}{t('concepts', n=row.concepts)}, {t(f'now-{what}')}"))
        for line in row.changes:
            click.echo(printable(f"  {line}"))


def _state(pinned: str, digest: str) -> str:
    """The key of the text for the state of an import."""
    if not pinned:
        return "unpinned"
    return "pinned" if pinned == digest else "changed"
