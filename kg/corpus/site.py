"""Detects the tool of a collection, and reads folders, languages and addresses from its configuration."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kg.base.configurations import Configuration
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json
from kg.base.formats.toml_text import read_toml
from kg.base.formats.yaml_text import read_configuration
from kg.base.gitignore import GITIGNORE, read_rules
from kg.corpus.generators import COPIES, FOREIGN, GENERATORS, STATIC, read_redirects
from kg.corpus.source_site import NO_SITE, IgnoreFile, SourceSite
from kg.model import Fault
from kg.notes.dialect import Dialect

__all__ = ["NO_SITE", "SourceSite", "read_site"]


def read_site(configurations: Iterable[Configuration], unread: Sequence[str] = ()) -> SourceSite:
    """Return the site that configuration files describe; the nearest known tool is used, Obsidian combines with any.

    `unread` are the names of files that exist but aren't read, as listed.

    >>> read_site([Configuration("hugo.toml", b'defaultContentLanguage = "de"', "", "content")]).generator
    'hugo'
    >>> read_site([]) == NO_SITE
    True
    """
    all_files = list(configurations)
    obsidian = any(c.name == ".obsidian" for c in all_files)
    faults: list[tuple[str, Fault]] = []
    ignores = tuple(
        IgnoreFile(c.notes, c.below, tuple(read_rules(c.data.decode("utf-8", "replace").split("\n"))))
        for c in all_files
        if c.name == GITIGNORE
    )
    for depth in sorted({_depth(c) for c in all_files}):
        for generator, (names, reader) in GENERATORS.items():
            own = [c for c in all_files if _depth(c) == depth and names.fullmatch(c.name)]
            table: dict[str, object] = {"linkhooks": any(_depth(c) == depth and "_markup" in c.name for c in all_files)}
            for c in own:
                _merge(table, _section(c.name, _table(c, faults)))
            site = reader(table) if own else None
            if site is not None:
                # Another notes folder may be at a deeper level below the same configuration.
                same = {(c.notes, c.below) for c in all_files if (c.name, c.data) == (own[0].name, own[0].data)}
                if any(c.name == "netlify.toml" for c in all_files):
                    site = replace(site, lower_case=False)  # this host doesn't tell cases apart
                site = replace(site, places=tuple(sorted(same, reverse=True)))
                made = (site.name(path) for path in site.unread)
                return replace(
                    site,
                    generator=generator,
                    obsidian=obsidian,
                    faults=tuple(faults),
                    ignores=ignores,
                    unread=(*unread, *(name for name in made if name)),
                    redirects=tuple(r for c in all_files if _depth(c) == depth for r in read_redirects(c.name, c.data)),
                )
    partial = any(c.name == ".zk" for c in all_files)
    foreign = any(c.name in FOREIGN for c in all_files)
    above = min((c for c in all_files if c.below and not c.notes and COPIES.fullmatch(c.name)), key=_depth, default=None)
    sphinx = any(c.name in ("conf.py", "_toc.yml", "myst.yml") for c in all_files)
    return replace(
        NO_SITE,
        obsidian=obsidian,
        dialect=Dialect(myst=sphinx, books=any(c.name == "book.toml" for c in all_files)),
        faults=tuple(faults),
        ignores=ignores,
        unread=tuple(unread),
        partial_names=partial,
        unknown=foreign,
        static=STATIC if above else (),
        places=((above.notes, above.below),) if above else (),
        open_anchors=foreign,
        cross_references=sphinx,
    )


def _depth(configuration: Configuration) -> int:
    return len(configuration.below.split("/")) if configuration.below else 0


def _table(configuration: Configuration, faults: list[tuple[str, Fault]]) -> dict[str, object]:
    """Return the content of a configuration file; empty if it can't be parsed, which its own tool will report.

    If it exceeds a limit, add a fault with the file's path from the notes folder: the tool itself may be able to read it.
    """
    text = configuration.data.decode("utf-8", "replace")
    ending = configuration.name.rpartition(".")[2]
    try:
        if ending == "edn":
            value: object = {"text": text}
        elif ending == "toml":
            value = read_toml(text)
        elif ending == "json":
            value = read_json(text)
        else:
            value = read_configuration(text)
    except FormatError as error:
        value = {}
        if error.limit:
            path = "../" * _depth(configuration) + configuration.name
            faults.append((path, Fault("left-out-file", error.line or 1, error.column or 1, error.advice)))
    return {str(k): v for k, v in value.items()} if isinstance(value, dict) else {}


def _section(name: str, table: dict[str, object]) -> dict[str, object]:
    """Return the content of a file in Hugo's configuration folder: its name is the key of the section."""
    stem = posixpath.basename(name).rpartition(".")[0]
    return table if not name.startswith("config/") or stem in ("hugo", "config") else {stem: table}


def _merge(table: dict[str, object], more: Mapping[str, object]) -> None:
    for key, value in more.items():
        present = table.get(key)
        if isinstance(value, dict) and isinstance(present, dict):
            _merge(present, value)
        else:
            table.setdefault(key, value)
