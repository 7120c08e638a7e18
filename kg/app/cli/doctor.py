"""``kg doctor``: available tools, missing tools with the consequences, and how to install them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kg.app.cli.options import NamedPath, common, display_path, flag, read_settings, texts, to_stderr, translate_sentence
from kg.app.cli.tables import print_rows
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.base.settings import Settings

_PACKAGES: Final = ("pyromark", "pyoxigraph", "rdflib", "oxrdflib", "networkx", "igraph", "pyvis", "latex2mathml")
INSTALLED: Final = ("katex", "mermaid", "nusmv")
"""The values of `--install`: the names of kg.base.parcels, and nusmv."""


def _install(name: str) -> object:
    """Install a tool and return its place. Raises KgError on failure."""
    # start time: only --install needs it
    from kg.base import parcels
    from kg.evidence.tools import building

    def say(text: str) -> None:
        if not flag("quiet"):
            to_stderr(text)

    if name == "nusmv":
        return building.build_nusmv(say)
    parcel = parcels.PARCELS[name]
    there = parcels.find(parcel)
    if there is not None:
        return there
    say(texts("doctor")("fetching", name=parcel.name, version=parcel.version))
    return parcels.install(parcel)


@click.command()
@click.option("--install", type=click.Choice(INSTALLED), help="Install a tool for this user, then report all tools.")
@click.option(
    "--from",
    "archive",
    type=NamedPath(exists=True, dir_okay=False),
    metavar="FILE",
    help="With --install mermaid or katex: an archive made by 'npm pack', instead of a download.",
)
@common
def doctor(install: str | None, archive: Path | None) -> None:
    """Report which tools are available and which are missing, with the consequences."""
    # start time: `--help` doesn't need it
    from importlib import metadata

    from kg.base import parcels

    settings = read_settings()
    if archive is not None:
        if install not in parcels.PARCELS:
            raise UsageError("--from goes with --install mermaid or katex", hint="kg doctor --install mermaid --from FILE")
        to_stderr(f"{install}: {parcels.install(parcels.PARCELS[install], archive)}")
    elif install is not None:
        to_stderr(f"{install}: {_install(install)}")
    click.echo(f"kg {metadata.version('kg-notes')}, Python {sys.version.split()[0]}, {sys.platform}")
    print_rows(((package, metadata.version(package)) for package in _PACKAGES), indented=True)
    _say_tools()
    _say_sandbox()
    _say_base(settings)


def _say_tools() -> None:
    """The programs that are found, and what the missing ones cost."""
    # start time: `--help` doesn't need it
    from kg.base import parcels, process
    from kg.evidence.tools import TOOLS

    t = texts("doctor")
    click.echo(t("optional"))
    program = process.find("chromium", "chromium-browser", "google-chrome")
    if program is None:
        shown = t("missing", cost=t("browser"))
    else:
        version = process.run([program, "--version"], timeout=20).stdout.strip().splitlines()
        shown = f"{program} ({version[0] if version else t('no-version')})"
    rows = [("chromium", shown)]
    for parcel in parcels.PARCELS.values():
        there = parcels.find(parcel)
        purpose = translate_sentence("costs", parcel.purpose)
        shown = f"{there} ({parcel.version})" if there else t("missing-parcel", purpose=purpose, name=parcel.name)
        rows.append((parcel.name, shown))
    print_rows(rows, indented=True)
    click.echo(t("tools"))
    rows = []
    for tool in TOOLS:
        path = tool.locate()
        installed = tool.version(path) if path is not None else None
        if installed:
            shown = f"{installed.path or t('built-in')} ({installed.name} {installed.version})"
        else:
            shown = t("missing", cost=translate_sentence("costs", tool.cost))
        rows.append((tool.languages[0], shown))
    print_rows(rows, indented=True)


def _say_sandbox() -> None:
    """What this system holds while evidence is run."""
    # start time: `--help` doesn't need it
    from kg.base.process import sandbox

    t, holds, needs = texts("doctor"), texts("holds"), texts("needs")
    click.echo(t("sandbox"))
    rows = []
    for name, held in sandbox.try_system().items():
        shown = (
            f"{holds(name)} ({translate_sentence('holders', held)})"
            if held
            else t("not-held", what=holds(name), needs=needs(name))
        )
        rows.append((name, shown))
    print_rows(rows, indented=True)


def _say_base(settings: Settings) -> None:
    """Where the notes and the output of the knowledge base are."""
    t = texts("doctor")
    click.echo(t("base"))
    rows = []
    for folder in settings.notes:
        state = "" if folder.is_dir() else f" ({t('no-folder')})"
        shown = display_path(settings, "") if len(settings.notes) == 1 else str(folder)
        rows.append(("notes", f"{shown}{state}"))
    built = (settings.out / "build.json").is_file()
    rows.append(("output", f"{settings.out}" + ("" if built else f" ({t('not-built')})")))
    if settings.base == "https://example.org/kb/":
        rows.append(("base", f"{settings.base} ({t('placeholder')})"))
    print_rows(rows, indented=True)
