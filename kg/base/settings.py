"""Settings of a knowledge base: what `kg.toml` says, with defaults for everything it leaves out."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from kg.base import caches, files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.toml_text import read_toml
from kg.base.setting_values import (
    check_below,
    check_keys,
    check_languages,
    take_by_type,
    take_folders,
    take_names,
    take_seconds,
    take_shares,
    take_switch,
    take_text,
    take_texts,
)

FILE: Final = "kg.toml"

# The seed plan's targets (part 7), as METRICS.md lists them; shown, not enforced.
TARGETS: Final[Mapping[str, float]] = {
    "theory_coverage": 0.95,
    "competency": 1.0,
    "concept_association": 0.90,
    "representation_consistency": 0.95,
    "logical_consistency": 0.95,
    "accuracy": 0.98,
    "clarity": 0.90,
}


REPRESENTATIONS: Final = ("math", "diagram", "code", "document")

DEFAULT_EXCLUDES: Final = (".*", "node_modules", "templates", "_templates", "archetypes", "_TEMPLATE.md")


@dataclass(frozen=True, slots=True)
class Check:
    """The table ``[check]``: which rules are wanted where, and what fails. Codes are looked at where the rules are known."""

    select: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Rules that are off by default and wanted here."""
    ignore: tuple[str, ...] = ()
    by_path: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Pattern of paths below the notes folder → what is not wanted there."""
    severity: Mapping[str, str] = field(default_factory=dict)
    """Code or name → the severity that it has here."""
    fail_on: str = "error"
    baseline: str = ""
    """File of findings that are known and don't fail, below the folder of the knowledge base."""
    shapes_timeout: float = 120
    """Seconds after which the validation of shapes is ended."""
    query_timeout: float = 30
    """Seconds after which a rule, check or question of the knowledge base is ended; all together have ten times that."""


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The table ``[site]``: what a knowledge base changes on its site."""

    edit: str = ""
    """Address at which a note is edited, with ``{path}`` for its path below the notes folder."""
    theme: str = ""
    """Folder below the knowledge base with templates (``*.html``) and styles (``*.css``) of its own."""
    search: bool = True
    """Whether the site gets an index for full-text search."""


@dataclass(frozen=True, slots=True)
class Planning:
    """The table ``[plan]``."""

    timezone: str = "UTC"
    """IANA name of the time zone in which checkpoints are due."""
    start: str = ""
    """Date of day 1; empty: the day of the first event of the journal."""
    checkpoints: tuple[str, ...] = ("daily", "weekly", "monthly")
    """The kinds of checkpoints that this team holds."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set; `root` is the folder of the knowledge base."""

    root: Path
    base: str = "https://example.org/kb/"
    """The IRI below which concepts and notes get theirs; ends in ``/`` or ``#``."""
    title: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    """Languages of the views, default first; empty: those that the notes use."""
    notes: tuple[Path, ...] = ()
    thesauri: tuple[Path, ...] = ()
    """Files of RDF among what was given as notes: SKOS thesauri that take part in the build as they are."""
    out: Path = Path("output")
    exclude: tuple[str, ...] = ()
    """Names or paths (with ``*``) of files and folders that are no notes, besides the default ones."""
    top_concepts: tuple[str, ...] = ()
    """Ids of at most ten concepts that need no broader one."""
    targets: Mapping[str, float] = field(default_factory=lambda: dict(TARGETS))
    asked_for: tuple[str, ...] = ()
    """Measures whose target the knowledge base sets itself; of the others only known values are worth a line."""
    gates: Mapping[str, float] = field(default_factory=dict)
    translations: Mapping[str, str] = field(default_factory=dict)
    """Language → folder of its notes below the notes folder; notes at the same path below them are one concept."""
    claimed: Mapping[str, float] = field(default_factory=dict)
    """What the team says today; shown beside what was measured."""
    transitive: tuple[str, ...] = ()
    """Keys of relations of which the graph is to hold the transitive closure."""

    sections_as_concepts: bool = False
    """Whether sections that define a concept are read as concepts, as `kg extract` finds them."""

    def name_of(self, path: Path) -> str:
        """What a thesaurus is called: its path below the knowledge base, else its name."""
        name = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.name
        return unicodedata.normalize("NFC", name)

    trusted: Path | None = None
    """The folder that has `kg.toml`, `ontology/` and the baseline of a base revision, where notes are judged by these."""
    check: Check = Check()
    site: SiteSettings = SiteSettings()
    plan: Planning = Planning()
    trust_committed: bool = False
    """Whether gates may rest on verdicts that came with the notes; only the command line says so, never `kg.toml`."""
    remember: bool = True
    """Whether maps and communities begin with what the last snapshot remembers."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """Measure → what each of its parts (lists, areas) must reach."""
    depth: Mapping[str, str] = field(default_factory=dict)
    """Area → key of the scope list that `theory_depth.<area>` is measured on."""
    sections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Type → sections that its concepts must have before they meet a topic."""
    representations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Type → ``math``, ``diagram``, ``code`` or ``document`` that its concepts must have."""

    @property
    def ontology(self) -> Path:
        """The folder of what this knowledge base adds to the vocabulary."""
        return self.keepers / "ontology"

    @property
    def keepers(self) -> Path:
        """The folder of what keepers decide (`kg.toml`, `ontology/`, the baseline): on the disk, or of the base revision."""
        return self.trusted or self.root

    @property
    def baseline(self) -> Path | None:
        """The file of findings that are known, as the settings name it."""
        return self.keepers / self.check.baseline if self.check.baseline else None

    @property
    def writable(self) -> tuple[Path, ...]:
        """The folders in which notes and records may be written: this one, and folders of notes that lie elsewhere by name.

        A folder below this one that is a link out of it is none.
        """
        return (self.root, *(folder for folder in self.notes if not folder.is_relative_to(self.root)))

    @property
    def cache(self) -> Path:
        """The folder of caches, never needed for correctness; it is the user's and lies nowhere near the notes."""
        return caches.of_base(self.root)


RDF_ENDINGS: Final = frozenset((".ttl", ".nt", ".nq", ".trig", ".rdf", ".owl", ".n3", ".jsonld"))

# A scheme, then what an IRI may hold; `#` only at the end, since a concept's IRI is the base with more behind it.
_BASE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\[\]#]+[/#]")


_KEYS: Final = {
    "base", "title", "languages", "notes", "output", "exclude", "top-concepts", "targets", "gates", "claimed", "translations",
    "transitive", "sections-as-concepts",
    "check", "plan", "site",
    "floors", "depth", "sections", "representations",
}  # fmt: skip


def load(root: Path, *, notes: tuple[Path, ...] = (), out: Path | None = None, trusted: Path | None = None) -> Settings:
    """Read `kg.toml` in a folder; what the command line gives comes before it. `trusted` is as `Settings` has it.

    Raises UsageError for a file that can't be read as settings.
    """
    root = root.absolute()
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}", hint="give the folder of a knowledge base with -C DIR")
    settings = Settings(root, trusted=trusted)
    path = settings.keepers / FILE
    files.guard(root)
    files.guard(settings.keepers)
    _stays_inside(settings.keepers, settings.ontology, "put the folder itself there")
    try:
        text = files.read_text(path)
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: {error}", hint="save the file as UTF-8") from None
    if text:
        try:
            table = read_toml(text)
        except FormatError as error:
            hint = error.hint or "correct the file; TOML is described at https://toml.io"
            raise UsageError(f"{path}: {error}", hint=hint) from None
        settings = _from_table(settings, table, path)
    given = tuple(p.absolute() for p in notes) or settings.notes or (root / "concepts",)
    if not notes:
        for place in given:
            _stays_inside(
                root, place, f"if you trust what lies there, say so: --notes {os.path.relpath(os.path.realpath(place))}"
            )
    thesauri = tuple(p for p in given if _is_thesaurus(p))
    folders = tuple(p for p in given if p not in thesauri)
    for folder in folders:
        files.guard(folder)
    return replace(settings, notes=folders, thesauri=thesauri, out=_output(root, settings.out, out))


def _output(root: Path, set_in_file: Path, on_command_line: Path | None) -> Path:
    """The output folder. Raises UsageError where kg.toml, or a link in the base, leads out: only who calls may say so."""
    if on_command_line is not None:
        out = on_command_line.absolute()
        return Path(os.path.realpath(out)) if out.is_symlink() else out
    base, real = Path(os.path.realpath(root)), Path(os.path.realpath(root / set_in_file))
    if real == base or not real.is_relative_to(base):
        raise UsageError(
            f"{root / FILE}: output = '{set_in_file}' is the folder {real}, which does not lie below the knowledge base",
            hint=f"if you mean that folder, say so on the command line: --out '{real}'",
        )
    return root / real.relative_to(base)


def _stays_inside(root: Path, path: Path, hint: str) -> None:
    """A folder that settings name, or that is looked for by itself, lies below the knowledge base, links and all."""
    if not files.is_beneath(path, root):
        raise UsageError(f"{path} leads out of the knowledge base at {root}", hint=hint)


def _is_thesaurus(path: Path) -> bool:
    """Whether what was given as notes is a file of RDF: by its ending, or for being a file that is no note."""
    ending = path.suffix.lower()
    return not path.is_dir() and (ending in RDF_ENDINGS or (path.is_file() and ending not in (".md", ".markdown")))


def _from_table(settings: Settings, table: Mapping[str, Any], path: Path) -> Settings:
    check_keys(table, _KEYS, "", path)
    base = take_text(table, "base", settings.base, path)
    if not base.endswith(("/", "#")):
        raise UsageError(f"{path}: base = '{base}' must end in '/' or '#'", hint=f"write base = '{base}/'")
    if not _BASE.fullmatch(base):
        raise UsageError(f"{path}: base = '{base}' is no absolute IRI", hint='write e.g. base = "https://example.org/kb/"')
    title = table.get("title", {})
    titles = list(title.values()) if isinstance(title, dict) else [title]
    if not all(isinstance(t, str) for t in titles):
        raise UsageError(f"{path}: title must be a text", hint='write title = "…" or title = {zh = "…", en = "…"}')
    if isinstance(title, dict):
        check_languages(title, "title", path)
    check_languages(take_texts(table, "languages", path), "languages", path)
    targets = dict(TARGETS) | take_shares(table, "targets", path)
    top = take_texts(table, "top-concepts", path)
    if len(top) > 10:
        raise UsageError(f"{path}: {len(top)} top-concepts; at most ten", hint="keep the ones that everything else is part of")
    return replace(
        settings,
        base=base,
        title={"": title} if isinstance(title, str) else {str(k): str(v) for k, v in dict(title).items()},
        languages=take_texts(table, "languages", path),
        notes=tuple(settings.root / n for n in take_texts(table, "notes", path)),
        out=Path(take_text(table, "output", "output", path)),
        exclude=take_texts(table, "exclude", path),
        top_concepts=top,
        targets=targets,
        asked_for=tuple(take_shares(table, "targets", path)),
        gates=take_shares(table, "gates", path),
        claimed=take_shares(table, "claimed", path),
        translations=take_folders(table, path),
        transitive=take_texts(table, "transitive", path),
        sections_as_concepts=take_switch(table, "sections-as-concepts", path),
        check=_check(table, path),
        site=_site(table, path),
        plan=_planning(table, path),
        floors=take_shares(table, "floors", path),
        depth=take_names(table, "depth", path),
        sections=take_by_type(table, "sections", path),
        representations=take_by_type(table, "representations", path, REPRESENTATIONS),
    )


def _site(whole: Mapping[str, Any], path: Path) -> SiteSettings:
    table = whole.get("site", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: site must be a table", hint='write [site] and below it e.g. theme = "theme"')
    check_keys(table, {"edit", "theme", "search"}, "site.", path)
    edit = take_text(table, "edit", "", path)
    if edit and (not edit.startswith(("https://", "http://")) or "{path}" not in edit):
        raise UsageError(
            f"{path}: site.edit = '{edit}' is no address of the web with {{path}} in it",
            hint='write e.g. edit = "https://github.com/me/notes/edit/main/concepts/{path}"',
        )
    theme = take_text(table, "theme", "", path)
    search = table.get("search", True)
    if not isinstance(search, bool):
        raise UsageError(f"{path}: site.search is true or false", hint="write search = false")
    return SiteSettings(edit, check_below(theme, "site.theme", "theme", path), search)


_CHECK_KEYS: Final = {
    "select",
    "also",
    "ignore",
    "per-path",
    "severity",
    "fail-on",
    "baseline",
    "shapes-timeout",
    "query-timeout",
}


def _check(whole: Mapping[str, Any], path: Path) -> Check:
    table = whole.get("check", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: check must be a table", hint='write [check] and below it e.g. ignore = ["KG403"]')
    check_keys(table, _CHECK_KEYS, "check.", path)
    by_path = table.get("per-path", {})
    if not isinstance(by_path, dict):
        raise UsageError(
            f"{path}: check.per-path must be a table", hint='write [check.per-path] and below it "drafts/**" = ["KG3"]'
        )
    severity = table.get("severity", {})
    if not isinstance(severity, dict) or not all(v in ("error", "warning", "info") for v in severity.values()):
        raise UsageError(f"{path}: check.severity says error, warning or info of a code", hint='write KG303 = "warning"')
    fail_on = table.get("fail-on", "error")
    if fail_on not in ("error", "warning", "never"):
        raise UsageError(f"{path}: check.fail-on is error, warning or never", hint='write fail-on = "warning"')
    return Check(
        select=take_texts(table, "select", path),
        also=take_texts(table, "also", path),
        ignore=take_texts(table, "ignore", path),
        by_path={str(k): take_texts(by_path, k, path) for k in by_path},
        severity={str(k): str(v) for k, v in severity.items()},
        fail_on=str(fail_on),
        baseline=check_below(take_text(table, "baseline", "", path), "check.baseline", "baseline.json", path),
        shapes_timeout=take_seconds(table, "shapes-timeout", 120, path),
        query_timeout=take_seconds(table, "query-timeout", 30, path),
    )


def _planning(whole: Mapping[str, Any], path: Path) -> Planning:
    table = whole.get("plan", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: plan must be a table", hint='write [plan] and below it e.g. timezone = "Asia/Shanghai"')
    check_keys(table, {"timezone", "start", "checkpoints"}, "plan.", path)
    every = Planning().checkpoints
    kinds = take_texts(table, "checkpoints", path) if "checkpoints" in table else every
    wrong = [k for k in kinds if k not in every]
    if wrong:
        raise UsageError(f"{path}: plan.checkpoints: '{wrong[0]}'", hint="known: daily, weekly, monthly")
    start = str(table.get("start", ""))
    if start and not re.fullmatch(r"\d{4}-\d\d-\d\d", start):
        raise UsageError(f"{path}: plan.start = {start} is no date", hint="write start = 2026-01-31")
    return Planning(take_text(table, "timezone", "UTC", path), start, kinds)
