"""Settings for notes that are already there: what `kg init` proposes from their folders, languages and relation keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from kg.base.configurations import Configuration
from kg.base.json_forms import json_compact
from kg.base.listing import Listing
from kg.base.names import iri_path, one_line
from kg.base.settings import load_settings
from kg.base.starter import SCHEMA_LINE
from kg.corpus.source_site import OKF
from kg.knowledge.base import open_base
from kg.knowledge.inputs import list_files

_REPOSITORY: Final = frozenset(
    (
        "readme",
        "changelog",
        "contributing",
        "license",
        "licence",
        "code_of_conduct",
        "security",
        "support",
        "authors",
        "governance",
    )
)
"""Names of notes that repositories have whatever they hold."""
_TOOLS: Final = (
    (".obsidian", "Obsidian"), ("hugo.", "Hugo"), ("config.", "Hugo"), ("mkdocs.", "MkDocs"), ("_config.", "Jekyll"),
    ("dendron.", "Dendron"), ("logseq/", "Logseq"), (".zk", "zk"), (".vitepress", "VitePress"),
)  # fmt: skip
_BY_READING: Final = {"obsidian": "Obsidian", "foam": "Foam", OKF: "OKF", "logseq": "Logseq"}
"""Dialect, or tool by the form of its notes → name."""
_CONTENT: Final = {"Hugo": "content", "MkDocs": "docs"}
"""Tool → the folder that it publishes."""
_NO_RELATIONS: Final = frozenset(
    "alias aliases tag tags source sources cover image banner icon cssclass 别名 标签 来源".split()
)
"""Keys whose links state no relation."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2}(?:[-_][A-Za-z]{2,4})?")
"""Names of folders for a language: ``en``, ``zh-cn``."""
_DEEPEST: Final = 4
"""Folders below the notes folder, at most, of which the last one is that of a language."""
_NAMED: Final = 12
"""Maximum number of folders and keys that are named."""


class Adoption(NamedTuple):
    """What was seen in notes that are already there, and the settings proposed for them."""

    notes: int
    tool: str
    """The tool of the notes, by its configuration or their links; empty if it isn't known."""
    dialect: str
    """The setting ``[reading] dialect`` for it; empty if the configuration of the tool is enough."""
    folder: str
    """The folder of the notes below the knowledge base; ``.`` for itself."""
    languages: Mapping[str, int]
    """Language of labels → number of concepts, most frequent first."""
    folders: Mapping[str, int]
    """Top folder → number of notes, most notes first."""
    relations: Mapping[str, tuple[str, int]]
    """Key that states a relation → key of the relation and number of links, most links first."""
    unknown: Mapping[str, int]
    """Key that carries links but states no relation of the vocabulary → number of links, most links first."""
    translations: Mapping[str, str]
    """Language → folder of its notes, the one with most notes first, if notes of these folders have the same names."""

    def settings_text(self, name: str) -> str:
        """The proposed `kg.toml` of a knowledge base in a folder of this name."""
        lines = [
            SCHEMA_LINE,
            f"# Proposed by 'kg init' from {self.notes:,} notes{f' of {self.tool}' if self.tool else ''}; each line may go.",
            f"base = {json_compact(f'https://example.org/{iri_path(name)}/')}",
            f"title = {json_compact(name)}",
            f"notes = [{json_compact(self.folder)}]",
        ]
        if self.languages:
            counts = _listed(f"{lang} {count:,}" for lang, count in self.languages.items())
            lines.append(f"languages = {json_compact(list(self.languages))}  # by labels: {counts}")
        if len(self.folders) > 1:
            counts = _listed(f"{folder} {count:,}" for folder, count in self.folders.items())
            lines += ["", f"# Notes by folder: {counts}", '# exclude = ["…"]   # names or paths to leave out']
        if self.relations:
            lines += ["", "# Keys that state relations, with the number of links:"]
            lines += [
                f"#   {one_line(key)} → {relation}  {count:,}"
                for key, (relation, count) in list(self.relations.items())[:_NAMED]
            ]
        if self.unknown:
            lines += [
                "",
                "# Keys with links that are not a relation; declare them in ontology/relations.ttl (docs/reading.md):",
            ]
            lines += [f"#   {one_line(key)}  {count:,}" for key, count in list(self.unknown.items())[:_NAMED]]
        if self.translations:
            lines += ["", "# Notes of one name in these folders are one concept:", "[translations]"]
            lines += [f"{lang} = {json_compact(folder)}" for lang, folder in self.translations.items()]
        if self.dialect:
            lines += [
                "",
                "[reading]",
                f"dialect = {json_compact(self.dialect)}  # also where .obsidian and the like are not copied",
            ]
        lines += ["", "# What to reach, in percent: shown, never enforced.", "# [targets]", "# concept_association = 90"]
        return "\n".join(lines) + "\n"


def _listed(parts: Iterable[str]) -> str:
    named = list(parts)
    more = f", {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return one_line(", ".join(named[:_NAMED])) + more


def find_notes(folder: Path) -> Listing | None:
    """The notes in a folder without a knowledge base; None if it has none but those of any repository."""
    settings = replace(load_settings(folder), notes=(folder.absolute(),))
    listing = list_files(settings)
    own = [note for note in listing.notes if "/" in note.name or note.name.rpartition(".")[0].lower() not in _REPOSITORY]
    return listing if own else None


def adopt_notes(folder: Path, listing: Listing) -> Adoption:
    """Read the notes in a folder and propose settings. Writes only caches."""
    settings = load_settings(folder)
    tool = _tool_of(listing.configurations)
    names = [note.name for note in listing.notes]
    below = _folder_of(names, tool)
    base = open_base(replace(settings, notes=((settings.root / below),)))
    read = base.notes_read
    typed: dict[str, Counter[str]] = {}
    unknown: Counter[str] = Counter()
    for note in read.corpus.notes.values():
        for link in note.links:
            if link.relation is None or link.context not in ("front-matter", "field") or link.relation.lower() in _NO_RELATIONS:
                continue
            iri = read.resolver.words.relation(link)
            if iri is None:
                # The text of any other key is not a link.
                unknown[link.relation] += link.kind != "name"
            else:
                typed.setdefault(link.relation, Counter())[base.vocabulary.relations[iri].key] += 1
    site = base.inputs.site
    # The configuration of a site in its own folder is seen only there.
    tool = tool or _tool_of(base.inputs.listing.configurations)
    # Notes with double brackets and nothing else of Obsidian may be those of any tool.
    dialect = "obsidian" if site.obsidian and site.unwritten and tool in ("", "Obsidian") else ""
    dialect = site.generator if site.generator in ("foam", OKF) else dialect
    counted = {key: (counts.most_common(1)[0][0], counts.total()) for key, counts in typed.items()}
    labels = Counter(lang.partition("-")[0] for c in read.corpus.concepts.values() for lang in c.labels)
    folders = Counter(name.partition("/")[0] if "/" in name else "." for name in read.corpus.notes)
    return Adoption(
        len(read.corpus.notes),
        tool or _BY_READING.get(dialect or site.generator, ""),
        dialect,
        below,
        {lang: count for lang, count in _sorted(labels) if lang in ("zh", "en")},
        dict(_sorted(folders)),
        dict(sorted(counted.items(), key=lambda item: (-item[1][1], item[0]))),
        {key: count for key, count in _sorted(unknown) if count},
        # The configuration of a site may name the folders already.
        {} if read.resolver.pairs.original else _translations(read.corpus.notes),
    )


def _tool_of(configurations: Iterable[Configuration]) -> str:
    names = [configuration.name for configuration in configurations]
    return next((tool for start, tool in _TOOLS if any(name.startswith(start) for name in names)), "")


def _translations(names: Iterable[str]) -> dict[str, str]:
    """Return language → folder of folders that are called as languages, lie side by side and hold notes of the same names.

    >>> _translations(["en/a.md", "en/b.md", "zh-cn/a.md", "zh-cn/c.md", "de/x.md"]), _translations(["en/a.md", "zh/b.md"])
    ({'en': 'en', 'zh': 'zh-cn'}, {})
    >>> _translations(["site/docs/en/a.md", "site/docs/zh-cn/a.md", "site/docs/zh-tw/a.md", "more/a.md"])
    {'en': 'site/docs/en', 'zh-cn': 'site/docs/zh-cn', 'zh-tw': 'site/docs/zh-tw'}
    """
    places: dict[str, dict[str, set[str]]] = {}
    """Folder above → folder called as a language → names of the notes in it."""
    for name in names:
        folders = name.split("/")[:-1]
        for depth, folder in enumerate(folders[:_DEEPEST]):
            if _LANGUAGE.fullmatch(folder):
                path = "/".join(folders[: depth + 1])
                inside = places.setdefault("/".join(folders[:depth]), {})
                inside.setdefault(path, set()).add(name[len(path) + 1 :])
    found = [_same_notes(inside) for _, inside in sorted(places.items())]
    return max(found, key=lambda pair: pair[0], default=(0, {}))[1]


def _same_notes(inside: Mapping[str, set[str]]) -> tuple[int, dict[str, str]]:
    """Return the number of notes in folders that translate one another, and language → folder; 0 if there are none."""
    # Of folders with equally many notes, the originals are more likely the English ones, then the Chinese ones.
    ranked = sorted(inside, key=lambda folder: (-len(inside[folder]), *_not_called(folder, ("en", "zh")), folder))
    same = [folder for folder in ranked if 2 * len(inside[folder] & inside[ranked[0]]) >= len(inside[folder])]
    tags = {folder: folder.rpartition("/")[2].lower().replace("_", "-") for folder in same}
    shared = Counter(tag.partition("-")[0] for tag in tags.values())
    languages = {tag if shared[tag.partition("-")[0]] > 1 else tag.partition("-")[0]: f for f, tag in tags.items()}
    # Other folders have names of two letters too, such as `js` and `go`.
    if len(languages) < 2 or shared.keys().isdisjoint(("en", "zh")):
        return 0, {}
    return sum(len(inside[folder]) for folder in languages.values()), languages


def _not_called(folder: str, languages: Iterable[str]) -> tuple[bool, ...]:
    return tuple(not folder.rpartition("/")[2].lower().startswith(language) for language in languages)


def _sorted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _folder_of(names: list[str], tool: str) -> str:
    """The folder of the notes: the one that their tool publishes, or the one that holds all but the repository's own."""
    tops = {name.partition("/")[0] for name in names if "/" in name}
    content = _CONTENT.get(tool, "")
    if content in tops:
        return content
    loose = [name for name in names if "/" not in name and name.rpartition(".")[0].lower() not in _REPOSITORY]
    return next(iter(tops)) if len(tops) == 1 and not loose and tool != "Obsidian" else "."
