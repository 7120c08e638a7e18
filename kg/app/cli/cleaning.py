"""``kg clean`` and ``kg --version --verbose``."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import click

from kg.app.cli.options import common, flag, read_settings, say, texts
from kg.base.about import VERSION
from kg.base.names import printable

_LIBRARIES = ("click", "igraph", "msgspec", "networkx", "numpy", "pyoxigraph", "pyromark", "pyshacl", "rdflib", "scipy")


@click.command()
@click.option("--output", is_flag=True, help="Also remove the output folder, if everything in it is of kg.")
@click.option("-n", "--dry-run", is_flag=True, help="Print what would be removed, and remove nothing.")
@common
def clean(output: bool, dry_run: bool) -> None:
    """Remove the caches of this knowledge base; they are never needed for correctness.

    The record of which verdicts a tool gave on this machine is kept: without it, kg verify judges everything again.
    """
    # start time: `--help` doesn't need them
    from kg.base import caches, staging
    from kg.base.store import lock_base

    settings = read_settings()
    with lock_base(settings.cache):
        for path in caches.list_removable(settings.cache):
            _report(path)
            if not dry_run:
                caches.remove_entry(path)
    if output and settings.out.is_dir():
        _report(settings.out)
        if not dry_run:
            staging.remove_output(settings.out)
    if not flag("quiet"):
        say(texts("clean")("would-remove" if dry_run else "removed"))


def _report(path: Path) -> None:
    if flag("verbose") or not flag("quiet"):
        relative = os.path.relpath(path)
        click.echo(printable(str(path) if relative.startswith("..") else relative))


def print_versions() -> None:
    """Print the versions of kg, Python, the system and libraries, and where caches are: for reports of bugs."""
    # start time: only this option needs them
    from importlib import metadata

    from kg.base import caches

    click.echo(f"kg, version {VERSION}")
    rows = [
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("system", platform.platform()),
        ("package", str(Path(__file__).resolve().parents[2])),
        ("caches", str(caches.bases())),
    ]
    for name in _LIBRARIES:
        try:
            rows.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            rows.append((name, "not installed"))
    for name, value in rows:
        click.echo(f"{name:<12} {value}")
