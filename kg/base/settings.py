"""Settings of a knowledge base: the content of `kg.toml`, with defaults for missing settings."""

from __future__ import annotations

import os
import re
import shlex
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec

from kg.base import caches, files
from kg.base.errors import UsageError
from kg.base.names import NOTE_ENDINGS
from kg.base.setting_sources import FILE, SettingSource, find_nearest, merge_sources, read_setting_sources
from kg.base.setting_types import (
    Check,
    ComputeSettings,
    FolderDialect,
    FolderSettings,
    Planning,
    ReadingSettings,
    SiteSettings,
    SuggestSettings,
    UsedBase,
    decode_settings,
)  # fmt: skip
from kg.base.setting_values import (
    check_below,
    check_languages,
    check_used,
    fractions_in,
    longest_seconds,
    ratchets_in,
    shares_of,
    without_ratchets,
)

DEFAULT_EXCLUDES: Final = (
    *(".*", "node_modules", "archetypes", "_TEMPLATE.md"),
    # Logseq's copies of earlier versions of pages, at the top and in a folder.
    *(f"{above}logseq/{folder}" for above in ("", "*/") for folder in ("bak", "version-files")),
)
TEMPLATE_FOLDERS: Final = ("templates", "_templates")
"""Names of folders that hold templates of notes; to a site generator they are content like any other."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; `root` is the folder of the knowledge base."""

    root: Path
    base: str = "https://example.org/kb/"
    """The prefix of the IRIs of concepts and notes; ends in ``/`` or ``#``."""
    title: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    """Languages of the views, default first; empty: the languages of the notes."""
    notes: tuple[Path, ...] = ()
    thesauri: tuple[Path, ...] = ()
    """RDF files among the arguments for notes: SKOS thesauri that are part of the build in full."""
    out: Path = Path("output")
    exclude: tuple[str, ...] = ()
    """Names or paths (with ``*``) of files and folders to ignore, in addition to the default ones."""
    respect_gitignore: bool = True
    """Whether files that `.gitignore` excludes are neither notes nor attachments."""
    top_concepts: tuple[str, ...] = ()
    """Ids of at most ten concepts that need no broader concept."""
    targets: Mapping[str, float] = field(default_factory=dict)
    """Measure → the value to reach: shown, never enforced; a measure without a target is shown if its value is known."""
    gates: Mapping[str, float] = field(default_factory=dict)
    ratchets: tuple[str, ...] = ()
    """Measures that must be no worse than at a base revision; only `kg metrics` compares them."""
    translations: Mapping[str, str] = field(default_factory=dict)
    """Language → folder of its notes below the notes folder; notes at the same path below these folders are one concept."""
    claimed: Mapping[str, float] = field(default_factory=dict)
    """The team's own claims; shown next to the measured values."""
    transitive: tuple[str, ...] = ()
    """Keys of relations whose transitive closure the graph contains."""

    folders: tuple[FolderSettings, ...] = ()
    """Settings for the notes in one folder; each path is a prefix of their names, with ``/`` at its end."""
    files: tuple[Path, ...] = ()
    """The files that these settings come from, the most general first."""
    overrides: tuple[str, ...] = ()
    """Settings of the command line, as ``KEY=VALUE``."""
    warnings: tuple[str, ...] = ()
    """What is valid, but probably not meant."""
    sections_as_concepts: bool = False
    """Whether sections that define a concept are read as concepts, as `kg extract` does."""

    def name_of(self, path: Path) -> str:
        """Return the name of a thesaurus: its path below the knowledge base, or its file name."""
        name = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        return unicodedata.normalize("NFC", name)

    def location_of(self, name: str) -> str:
        """Return the place on disk of a note by its path, as findings name it."""
        if len(self.notes) == 1:
            return str(self.notes[0] / name)
        first, _, rest = name.partition("/")
        return next((str(folder / rest) for folder in self.notes if folder.name == first), str(self.root / name))

    copy_of: Path | None = None
    """The folder of the knowledge base, if `root` is a copy of an earlier state: `[uses]` reads beside it."""
    trusted: Path | None = None
    """The folder with `kg.toml`, `ontology/` and baseline of a base revision, if notes are checked against those."""
    check: Check = field(default_factory=Check)
    reading: ReadingSettings = field(default_factory=ReadingSettings)
    uses: Mapping[str, UsedBase] = field(default_factory=dict)
    """Name → another knowledge base, whose concepts notes link to."""
    site: SiteSettings = field(default_factory=SiteSettings)
    plan: Planning = field(default_factory=Planning)
    compute: ComputeSettings = field(default_factory=ComputeSettings)
    suggest: SuggestSettings = field(default_factory=SuggestSettings)
    trust_committed: bool = False
    """Whether gates accept committed verdicts; set by the command line only, never by `kg.toml`."""
    remember: bool = True
    """Whether maps and communities start from those of the last snapshot."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """Measure → the minimum for each of its parts (lists, areas)."""
    depth: Mapping[str, str] = field(default_factory=dict)
    """Area → key of the scope list on which `theory_depth.<area>` is measured."""
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Type → sections that a concept must have to meet a topic."""
    representations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Type → ``math``, ``diagram``, ``code`` or ``document`` that its concepts must have."""

    @property
    def ontology(self) -> Path:
        """The folder with this knowledge base's additions to the vocabulary."""
        return self.keepers / "ontology"

    @property
    def folder_dialects(self) -> tuple[tuple[str, FolderDialect], ...]:
        """Prefix of the names of notes → the dialect in which they are written."""
        return tuple((own.path, own.dialect) for own in self.folders if own.dialect)

    @property
    def keepers(self) -> Path:
        """The folder of the files that maintainers control (`kg.toml`, `ontology/`, baseline), possibly of a base revision."""
        return self.trusted or self.root

    @property
    def baseline(self) -> Path | None:
        """The file of known findings that the settings name."""
        return self.keepers / self.check.baseline if self.check.baseline else None

    @property
    def writable(self) -> tuple[Path, ...]:
        """The folders in which notes and records may be written: the knowledge base, and notes folders elsewhere.

        A folder below the knowledge base that is a link to the outside is excluded.
        """
        return (self.root, *(folder for folder in self.notes if not folder.is_relative_to(self.root)))

    @property
    def cache(self) -> Path:
        """The folder of caches, never needed for correctness; it belongs to the user and is apart from the notes."""
        return caches.of_base(self.root)


RDF_ENDINGS: Final = frozenset((".ttl", ".nt", ".nq", ".trig", ".rdf", ".owl", ".n3", ".jsonld"))

# A scheme, then characters allowed in an IRI; `#` only at the end, since a concept's IRI is the base plus its id.
_BASE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\[\]#]+[/#]")


def load_settings(
    root: Path,
    *,
    notes: tuple[Path, ...] = (),
    out: Path | None = None,
    trusted: Path | None = None,
    overrides: tuple[str, ...] = (),
) -> Settings:
    """Read the settings of a folder; arguments of the command line override them.

    `trusted` and `overrides` are the fields of `Settings`.

    Raises UsageError if the file isn't valid.
    """
    root = files.without_parents(root).absolute()
    if root.is_file():
        raise _is_a_file(root, "-C", find_nearest(root.parent).folder)
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}", hint="give the folder of a knowledge base with -C DIR")
    settings = Settings(root, trusted=trusted)
    files.guard(root)
    files.guard(settings.keepers)
    _stays_inside(settings.keepers, settings.ontology, "put the folder itself there")
    sources = read_setting_sources(settings.keepers, overrides)
    if sources:
        settings = _from_sources(settings, sources, overrides)
    places = tuple(files.without_parents(p).absolute() for p in notes) or settings.notes or (root / "concepts",)
    if not notes:
        for place in places:
            _stays_inside(
                root, place, f"if you trust what lies there, say so: --notes {os.path.relpath(os.path.realpath(place))}"
            )
    thesauri = tuple(p for p in places if _is_thesaurus(p))
    folders = tuple(p for p in places if p not in thesauri)
    for folder in folders:
        if files.is_file(folder):
            raise _is_a_file(folder, "--notes", folder.parent)
        files.guard(folder)
    settings = replace(settings, notes=folders, thesauri=thesauri, out=_output(root, settings.out, out))
    return _with_folders(settings) if settings.folders else settings


def _is_a_file(path: Path, option: str, folder: Path) -> UsageError:
    return UsageError(f"{path} is a file, not a folder", hint=f"give the folder: {option} {shlex.quote(str(folder))}")


def _output(root: Path, set_in_file: Path, on_command_line: Path | None) -> Path:
    """Return the output folder. Raises UsageError if kg.toml or a link leads outside: only the command line may choose that."""
    if on_command_line is not None:
        out = files.without_parents(on_command_line).absolute()
        if files.is_file(out):
            raise UsageError(f"{out} is a file, not a folder", hint="give another folder: --out output")
        return Path(os.path.realpath(out)) if out.is_symlink() else out
    base, real = Path(os.path.realpath(root)), Path(os.path.realpath(root / set_in_file))
    if real == base or not real.is_relative_to(base):
        raise UsageError(
            f"{root / FILE}: output = '{set_in_file}' is the folder {real}, which does not lie below the knowledge base",
            hint=f"to use that folder, pass it on the command line: --out {shlex.quote(str(real))}",
        )
    return root / real.relative_to(base)


def _stays_inside(root: Path, path: Path, hint: str) -> None:
    """Raise UsageError unless a folder from the settings is below the knowledge base, with links resolved."""
    if not files.is_beneath(path, root):
        raise UsageError(f"{path} leads out of the knowledge base at {root}", hint=hint)


def _is_thesaurus(path: Path) -> bool:
    """Return whether an argument for notes is an RDF file: by its extension, or because it is a file but no note."""
    ending = path.suffix.lower()
    return not path.is_dir() and (ending in RDF_ENDINGS or (path.is_file() and ending not in NOTE_ENDINGS))


def _from_sources(settings: Settings, sources: tuple[SettingSource, ...], overrides: tuple[str, ...]) -> Settings:
    """Check each source, so that a mistake is reported where it is, and return the settings of all."""
    warnings: list[str] = []
    for source in sources:
        table = {key: value for key, value in source.table.items() if key != "extend"}
        _from_table(settings, table, source.path)
        for key in ("targets", "gates", "claimed", "floors"):
            if isinstance(values := table.get(key), dict):
                warnings += fractions_in(values, key, source.path)
    merged = _from_table(settings, merge_sources(sources), sources[-1].path)
    paths = tuple(source.path for source in sources if source.text)
    return replace(merged, files=paths, overrides=overrides, warnings=tuple(warnings))


def _with_folders(settings: Settings) -> Settings:
    """Return the settings with the paths of ``[[folder]]`` as prefixes of names; one that is nowhere is a warning."""
    prefixed, warnings = [], []
    for own in settings.folders:
        path = os.path.normpath(own.path)
        name = next((n for place in settings.notes if (n := _name_in(settings, place, path)) is not None), path)
        prefixed.append(msgspec.structs.replace(own, path="" if name == "." else f"{unicodedata.normalize('NFC', name)}/"))
        if not any(files.is_folder(place / path) for place in (settings.root, *settings.notes)):
            warnings.append(f"{settings.root / FILE}: there is no folder '{own.path}' for [[folder]]")
    return replace(settings, folders=tuple(prefixed), warnings=(*settings.warnings, *warnings))


def _name_in(settings: Settings, place: Path, path: str) -> str | None:
    """Return the name in a notes folder of a path below the knowledge base; None if it isn't below that folder."""
    full = Path(os.path.normpath(settings.root / path))
    if not full.is_relative_to(place):
        return None
    below = full.relative_to(place).as_posix()
    return below if len(settings.notes) == 1 else f"{place.name}/{below}".removesuffix("/.")


def _from_table(settings: Settings, table: Mapping[str, object], path: Path) -> Settings:
    values = decode_settings(table, path)
    _check_iri(values.base, path)
    title = {"": values.title} if isinstance(values.title, str) else dict(values.title)
    check_languages((tag for tag in title if tag), "title", path)
    check_languages(values.languages, "languages", path)
    check_languages(values.translations, "translations", path)
    if len(values.top_concepts) > 10:
        hint = "keep the most general ones"
        raise UsageError(f"{path}: {len(values.top_concepts)} top-concepts; at most ten", hint=hint)
    longest = longest_seconds()
    timeouts = {name: min(getattr(values.check, name), longest) for name in ("shapes_timeout", "query_timeout")}
    check_below(values.check.baseline, "check.baseline", "baseline.json", path, settings.keepers)
    for name in values.reading.bibliography:
        check_below(name, "reading.bibliography", "references.bib", path, settings.keepers)
    check_used(values.uses, path)
    check_below(values.site.theme, "site.theme", "theme", path, settings.keepers)
    return replace(
        settings,
        base=values.base,
        title=title,
        languages=values.languages,
        notes=tuple(settings.root / name for name in values.notes),
        out=Path(values.output),
        exclude=values.exclude,
        respect_gitignore=values.respect_gitignore,
        top_concepts=values.top_concepts,
        targets=shares_of(values.targets, "targets", path),
        gates=shares_of(without_ratchets(values.gates), "gates", path),
        ratchets=ratchets_in(values.gates, path),
        claimed=shares_of(values.claimed, "claimed", path),
        translations={tag.lower(): folder.strip("/") for tag, folder in values.translations.items()},
        transitive=values.transitive,
        sections_as_concepts=values.sections_as_concepts,
        check=msgspec.structs.replace(values.check, **timeouts),
        reading=values.reading,
        uses=values.uses,
        site=values.site,
        plan=values.plan,
        folders=values.folder,
        compute=values.compute,
        suggest=values.suggest,
        floors=shares_of(values.floors, "floors", path),
        depth=values.depth,
        sections=values.sections,
        representations=values.representations,
    )


def _check_iri(base: str, path: Path) -> None:
    """Raise UsageError for a base that can't be the prefix of concepts' IRIs."""
    if not base.endswith(("/", "#")):
        raise UsageError(f"{path}: base = '{base}' must end in '/' or '#'", hint=f"write base = '{base}/'")
    if not _BASE.fullmatch(base):
        raise UsageError(f"{path}: base = '{base}' is not an absolute IRI", hint='write e.g. base = "https://example.org/kb/"')
