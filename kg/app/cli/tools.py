"""``kg init``, ``kg map`` and ``kg bench``."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from urllib.parse import quote

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts, select_concepts
from kg.app.cli.options import NamedPath, common, flag, join, language, read_settings, say, texts
from kg.base.errors import UsageError
from kg.base.files import is_file
from kg.base.names import one_line, page_name, printable
from kg.base.notefile import create_note, edit_file
from kg.base.starter import FILES, IGNORED, SCHEMA
from kg.base.store import write_file

_SHOWN = 8
"""Maximum number of folders and keys that are printed."""


@click.command()
@click.argument("folder", required=False, default=".", type=NamedPath(), metavar="[DIR]")
@click.option("--agents", is_flag=True, help="Only write what assistants need: .mcp.json, AGENTS.md and a skill.")
@common
def init(folder: Path, agents: bool) -> None:
    """Create a small knowledge base that builds, or settings for the notes that are there."""
    start = (flag("directory") or Path()) / folder
    if is_file(start):
        raise UsageError(f"{start} is a file, not a folder", hint="give a new folder: kg init DIR")
    if agents:
        # start time: only this option needs it
        from kg.app.mcp.agents import write_agent_files

        names = write_agent_files(start)
        if not flag("quiet"):
            say(texts("init")("agents", names=join(names)))
        return
    # start time: `kg map` needs no file of settings' name
    from kg.base.setting_sources import FILE

    if start.is_dir() and not os.path.lexists(start / FILE) and _adopt(start):
        return
    taken = [name for name in FILES if name != ".gitignore" and os.path.lexists(start / name)]
    if taken:
        raise UsageError(f"{start / taken[0]} is already there", hint="give a new folder: kg init DIR")
    written = [_ignore_output(start)]  # first: it may be refused, as the only file that may be there
    for name, text in FILES.items():
        if name != ".gitignore":
            create_note(start / name, text.encode(), inside=(start,))
            written.append(True)
    written.append(_write_schema(start))
    if not flag("quiet"):
        key = "written" if str(start) == "." else "written-there"
        say(texts("init")(key, n=sum(written), folder=shlex.quote(str(start))))


def _ignore_output(start: Path) -> bool:
    """Add what is generated to `.gitignore`, and return whether something was missing."""
    with edit_file(start / ".gitignore", inside=(start,), make=True) as edit:
        data = edit.data or b""
        there = {line.strip().strip(b"/").decode("utf-8", "replace") for line in data.splitlines()}
        missing = [line for line in IGNORED if line.strip("/") not in there]
        if missing:
            begin = data if not data or data.endswith(b"\n") else data + b"\n"
            edit.write(begin + "".join(f"{line}\n" for line in missing).encode())
    return bool(missing)


def _write_schema(start: Path) -> bool:
    """Write the schema by which editors complete and check `kg.toml`. Returns False if there is a file of its name."""
    # start time: only `kg init` needs it
    from kg.base.setting_schema import schema_text

    if os.path.lexists(start / SCHEMA):
        return False
    create_note(start / SCHEMA, schema_text(), inside=(start,))
    return True


def _adopt(start: Path) -> bool:
    """Write settings for the notes in a folder and say what was seen; False if there are none."""
    # start time: only a folder with notes needs it
    from kg.base.setting_sources import FILE
    from kg.knowledge.adopting import adopt_notes, find_notes

    listing = find_notes(start)
    if listing is None:
        return False
    seen = adopt_notes(start, listing)
    name = start.absolute().name.encode("utf-8", "replace").decode()
    if os.path.lexists(start / ".git"):
        _ignore_output(start)
    create_note(start / FILE, seen.settings_text(name).encode(), inside=(start,))
    _write_schema(start)
    if flag("quiet"):
        return True
    t = texts("init")
    say(t("adopted", n=seen.notes, file=start / FILE, schema=SCHEMA, tool=t("of-tool", tool=seen.tool) if seen.tool else ""))
    rows = (
        ("languages", [f"{lang} {count:,}" for lang, count in seen.languages.items()]),
        ("folders", [f"{one_line(name)} {count:,}" for name, count in seen.folders.items()]),
        ("relations", [f"{one_line(key)} → {relation} {count:,}" for key, (relation, count) in seen.relations.items()]),
        ("unknown", [f"{one_line(key)} {count:,}" for key, count in seen.unknown.items()]),
    )
    for head, parts in rows:
        if parts:
            shown = [*parts[:_SHOWN], t("more", n=len(parts) - _SHOWN)] if len(parts) > _SHOWN else parts
            say(t(f"seen-{head}", names=t("separator").join(shown)))
    say(t("build-now" if str(start) == "." else "build-there", folder=shlex.quote(str(start))))
    return True


@click.command("map")
@click.argument("concept", required=False, shell_complete=complete_concepts)
@click.option("--depth", type=click.IntRange(0, 6), default=1, show_default=True, help="Maximum distance from the concept.")
@click.option(
    "-o", "--output-file", "target", type=NamedPath(dir_okay=False), metavar="FILE", help="Output file (default: CONCEPT.html)."
)
@click.option("--open", "show", is_flag=True, help="Open it in the browser.")
@click.option("--embed", is_flag=True, help="Make it to be shown in another page, and print how.")
@select_concepts
@common
def map_(concept: str | None, depth: int, target: Path | None, show: bool, embed: bool, selectors: tuple[str, ...]) -> None:
    """Write one concept map as a single offline HTML file."""
    # start time: only this command needs it
    from kg.graph.concepts import find_concept
    from kg.views import maps

    settings = read_settings()
    if concept is not None and selectors:
        raise UsageError(
            "CONCEPT and --select-concepts exclude each other", hint=f"kg map --select-concepts {shlex.quote(f'{concept}+1')}"
        )
    assessment = knowledge.open_base(settings).assessment
    concepts = assessment.corpus.concepts
    chosen = None
    if selectors:
        # start time: few maps are of selected concepts
        from kg.knowledge.selecting import select_assessed

        chosen = select_assessed(assessment, selectors)
    iri = find_concept(concepts, concept).iri if concept is not None else None
    site = settings.site.url if embed else None
    data = maps.render_map(assessment, iri, depth, language(assessment.languages), chosen, site)
    whole = "selection" if chosen else "overview"
    name = page_name(concepts[iri].id) if iri else whole
    path = target or Path(f"{name}.html")
    write_file(path, data)
    click.echo(printable(str(path)))
    if embed:
        label = concepts[iri].label(language(assessment.languages)) if iri else name
        _print_embedding(path.name, printable(label))
    if show:
        click.launch(str(path.absolute()))


def _print_embedding(source: str, label: str) -> None:
    """Print how other pages show a map."""
    # start time: only --embed needs it
    from kg.views.maps import embedding

    t = texts("map")
    address = quote(source)
    plain = embedding.iframe(address, label)
    parts = (
        ("html", plain),
        ("docusaurus", embedding.jsx_iframe(f"/{address}", label)),
        ("component", embedding.component(address, label)),
    )
    for key, snippet in parts:
        click.echo(f"\n{t(key, file=printable(source))}\n\n{snippet}")
