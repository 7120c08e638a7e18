"""The schema of `kg.toml` as types; a value of another type is rejected with an example of a valid one."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeGuard, get_args, get_origin

import msgspec
from msgspec import Meta

from kg.base.errors import UsageError

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def _refused(message: str, example: str) -> Meta:
    """Texts for a value of the wrong type: the message after the key, and an example. `{name}` is the key's last part."""
    return Meta(extra={"message": message, "example": example})


Text = Annotated[str, _refused(" must be a text", 'write {name} = "…"')]
Texts = Annotated[tuple[str, ...], _refused(" must be a list of texts", 'write {name} = ["…"]')]
"""A single string is accepted as a list of one."""
Switch = Annotated[bool, _refused(" is true or false", "write {name} = true")]
WebAddress = Annotated[
    str,
    Meta(pattern=r"^$|^https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?$"),
    _refused(" = '{value}' is not an address of the web", 'write e.g. {name} = "https://example.org/notes/"'),
]
Seconds = Annotated[float, Meta(gt=0, le=86_400), _refused(" is a number of seconds", "write {name} = 60")]
Numbers = Annotated[
    Mapping[str, Any], _refused(" must be a table of measures", "write [{name}] and below it e.g. linkage = 90")
]
"""Measure → percentage, or number of innovations. The name determines which, so the type can't express it."""
FolderDialect = Literal["", "obsidian", "foam", "markdown", "logseq", "zk", "dendron", "mkdocs", "myst", "mdbook"]
"""Tools whose notes may be in one folder among others; the addresses of a site need its configuration."""
DialectName = Literal[FolderDialect, "okf", "hugo", "jekyll", "docfx", "docusaurus", "vitepress", "astro", "quarto"]
"""Tools of all notes."""


def _one_of(names: object) -> Meta:
    """Texts for the name of a dialect that isn't one of `names`, a literal."""
    return _refused(f" = '{{value}}' is not one of {', '.join(filter(None, get_args(names)))}", 'write dialect = "obsidian"')


CheckpointKind = Literal["daily", "weekly", "monthly"]
Representation = Annotated[
    Literal["math", "diagram", "code", "document"],
    _refused(": '{value}' is not one of math, diagram, code, document", "correct the name"),
]
_BY_TYPE: Final = _refused(" must be a table by type", 'write e.g. [{name}] theorem = ["…"]')


class FolderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A table ``[[folder]]``: settings for the notes in one folder; the last one that names a folder around a note counts."""

    path: Annotated[str, Meta(min_length=1), _refused(" names a folder of notes", 'write path = "archive"')]
    """Path below the knowledge base, or below the notes folder."""
    dialect: Annotated[FolderDialect, _one_of(FolderDialect)] = ""
    """The tool of its notes; empty: that of all notes."""
    ignore: Texts = ()
    """Rules that don't report there."""


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table ``[check]``: which rules run where, and what fails. Codes are validated where the rules are known."""

    select: Texts = ()
    also: Texts = ()
    """Rules that are off by default and enabled here."""
    ignore: Texts = ()
    by_path: Annotated[
        Mapping[str, Texts], _refused(" must be a table", 'write [check.per-path] and below it "drafts/**" = ["KG3"]')
    ] = msgspec.field(name="per-path", default_factory=dict)
    """Pattern of paths below the notes folder → rules to ignore there."""
    severity: Annotated[
        Mapping[str, Literal["error", "warning", "info"]],
        _refused(" says error, warning or info of a code", 'write KG303 = "warning"'),
    ] = msgspec.field(default_factory=dict)
    """Code or name → its severity in this knowledge base."""
    fail_on: Annotated[
        Literal["error", "warning", "never"], _refused(" is error, warning or never", 'write fail-on = "warning"')
    ] = "error"
    baseline: Text = ""
    """File of known findings that don't fail, below the folder of the knowledge base."""
    shapes_timeout: Seconds = 120
    """Seconds after which the validation of shapes is ended."""
    query_timeout: Seconds = 30
    """Seconds after which a rule, check or question of the knowledge base is ended; ten times that for all together."""


class ReadingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table ``[reading]``: how the notes are read."""

    dialect: Annotated[DialectName, _one_of(DialectName)] = ""
    """The tool of the notes; empty: from its configuration, otherwise from their links."""
    bibliography: Annotated[
        tuple[str, ...], _refused(" must be a list of texts", 'write bibliography = ["references.bib"]')
    ] = ()
    """Files of the bibliography (BibTeX, CSL-JSON) below the knowledge base; empty: those of `bibliography_paths`."""


class UsedBase(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A value of the table ``[uses]``: another knowledge base whose concepts notes link to."""

    path: Text = ""
    """The output of its build: a folder, its `inventory.json`, or the `objects.inv` of Sphinx; may lie outside."""
    url: WebAddress = ""
    """The address of its published build, which only `kg uses update` fetches."""
    site: WebAddress = ""
    """The address of its pages, if the build doesn't say so; an `objects.inv` never does."""

    @property
    def source(self) -> str:
        """The path or the address."""
        return self.path or self.url


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table ``[site]``: changes to the site."""

    edit: Annotated[
        str,
        Meta(pattern=r"^$|^https?://.*\{path\}"),
        _refused(
            " = '{value}' is not an address of the web with {{path}} in it",
            'write e.g. edit = "https://github.com/me/notes/edit/main/concepts/{{path}}"',
        ),
    ] = ""
    """URL for editing a note, with ``{path}`` for its path below the notes folder."""
    theme: Text = ""
    """Folder below the knowledge base with its own templates (``*.html``) and styles (``*.css``)."""
    search: Annotated[bool, _refused(" is true or false", "write search = false")] = True
    """Whether the site gets an index for full-text search."""
    url: Annotated[
        str,
        Meta(pattern=r"^$|^https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~!$&'()*+,;=:@/-]*)?$"),
        _refused(" = '{value}' is not an address of the web", 'write e.g. url = "https://example.org/notes/"'),
    ] = ""
    """Where the site is published, for its feed, sitemap and description as a dataset; empty: at the base."""
    license: Annotated[
        str,
        Meta(pattern=r"^$|^https?://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~!$&'()*+,;=:@/#-]*)?$"),
        _refused(
            " = '{value}' is not an address of a licence", 'write e.g. license = "https://creativecommons.org/licenses/by/4.0/"'
        ),
    ] = ""
    """The licence of what is published, as an IRI."""
    description: Annotated[
        str | Mapping[str, str], _refused(" must be a text", 'write description = "…" or description = {{zh = "…", en = "…"}}')
    ] = msgspec.field(default_factory=dict)
    """One sentence on what the knowledge base is, for its start page; one for each language, or one text for all."""


class ComputeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table ``[compute]``: what computes the measures of an exported graph (`kg metrics --graph`)."""

    engine: Annotated[
        Literal["local", "spark"], _refused(" = '{value}' is not one of local, spark", 'write engine = "spark"')
    ] = "local"
    master: Annotated[
        str,
        Meta(pattern=r"^local(\[[0-9*, ]+\]|-cluster\[[0-9, ]+\])?$"),
        _refused(
            " = '{value}' is not this machine: whoever may change kg.toml could send the graph elsewhere",
            'write master = "local[*]"; give a cluster with --master or KG_SPARK_MASTER',
        ),
    ] = "local[*]"
    """The master of Spark on this machine; a cluster is named by the user who runs kg, never by the knowledge base."""
    tolerance: Annotated[float, Meta(gt=0, lt=1), _refused(" is a positive number below 1", "write tolerance = 1e-6")] = 1e-6
    """Largest sum of errors of PageRank."""
    hub: Annotated[int, Meta(ge=2, le=100_000), _refused(" is a number of links", "write hub = 200")] = 200
    """Shared neighbours with more links don't count for similar pairs."""
    partitions: Annotated[int, Meta(ge=0, le=100_000), _refused(" is a number", "write partitions = 64")] = 0
    """Partitions of a shuffle; 0: as the cluster is configured."""


class SuggestSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table ``[suggest]``: which suggestions are strong enough for pages, reports, the graph and editors."""

    mention_min_score: Annotated[
        float, Meta(ge=0, le=1), _refused(" is a number between 0 and 1", "write mention-min-score = 0.35")
    ] = 0.35
    """Minimum score if the note names the other concept; chosen on the training collections, see docs/suggest.md."""
    latent_min_score: Annotated[
        float, Meta(ge=0, le=1), _refused(" is a number between 0 and 1", "write latent-min-score = 0.2")
    ] = 0.2
    """Minimum score if it doesn't."""


class Planning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The table ``[plan]``."""

    timezone: Text = "UTC"
    """IANA name of the time zone in which checkpoints are due."""
    start: Annotated[datetime.date | None, _refused(" = {value} is not a date", "write start = 2026-01-31")] = None
    """Day 1; None: the day of the first event of the journal."""
    checkpoints: Annotated[
        tuple[Annotated[CheckpointKind, _refused(": '{value}'", "known: daily, weekly, monthly")], ...],
        _refused(" must be a list of texts", 'write checkpoints = ["weekly"]'),
    ] = ("daily", "weekly", "monthly")
    """The kinds of checkpoints that this team uses."""


class SettingsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """The content of `kg.toml`; `kg.base.settings.Settings` documents each setting."""

    extend: Text = ""
    base: Text = "https://example.org/kb/"
    title: Annotated[
        str | Mapping[str, str], _refused(" must be a text", 'write title = "…" or title = {{zh = "…", en = "…"}}')
    ] = msgspec.field(default_factory=dict)
    languages: Texts = ()
    notes: Texts = ()
    output: Text = "output"
    exclude: Texts = ()
    respect_gitignore: Switch = True
    top_concepts: Texts = ()
    targets: Numbers = msgspec.field(default_factory=dict)
    gates: Numbers = msgspec.field(default_factory=dict)
    claimed: Numbers = msgspec.field(default_factory=dict)
    floors: Numbers = msgspec.field(default_factory=dict)
    translations: Annotated[
        Mapping[str, Annotated[str, Meta(pattern="[^/]")]],
        _refused(" names a folder for each language", 'write e.g. [translations] en = "en"'),
    ] = msgspec.field(default_factory=dict)
    transitive: Texts = ()
    sections_as_concepts: Switch = False
    depth: Annotated[
        Mapping[str, Annotated[str, Meta(min_length=1)]],
        _refused(" names a scope list for each area", "write e.g. [depth] edge = 'my-syllabus'"),
    ] = msgspec.field(default_factory=dict)
    sections: Annotated[Mapping[str, Texts], _BY_TYPE] = msgspec.field(default_factory=dict)
    representations: Annotated[
        Mapping[str, Annotated[tuple[Representation, ...], _refused(" must be a list of texts", 'write {name} = ["…"]')]],
        _BY_TYPE,
    ] = msgspec.field(default_factory=dict)
    folder: Annotated[
        tuple[FolderSettings, ...], _refused(" is a list of tables", 'write [[folder]] and below it path = "archive"')
    ] = ()
    check: Annotated[Check, _refused(" must be a table", 'write [check] and below it e.g. ignore = ["KG403"]')] = Check()
    reading: Annotated[
        ReadingSettings, _refused(" must be a table", 'write [reading] and below it e.g. dialect = "obsidian"')
    ] = ReadingSettings()
    uses: Annotated[
        Mapping[str, Annotated[UsedBase, _refused(" must be a table", 'write {name} = {{path = "../{name}/output"}}')]],
        _refused(" must be a table", 'write [uses] and below it e.g. cncf = {{path = "../cncf/output"}}'),
    ] = msgspec.field(default_factory=dict)
    site: Annotated[SiteSettings, _refused(" must be a table", 'write [site] and below it e.g. theme = "theme"')] = (
        SiteSettings()
    )
    compute: Annotated[ComputeSettings, _refused(" must be a table", 'write [compute] and below it e.g. engine = "spark"')] = (
        ComputeSettings()
    )
    suggest: Annotated[
        SuggestSettings, _refused(" must be a table", "write [suggest] and below it e.g. mention-min-score = 0.35")
    ] = SuggestSettings()
    plan: Annotated[Planning, _refused(" must be a table", 'write [plan] and below it e.g. timezone = "Asia/Shanghai"')] = (
        Planning()
    )


def decode_settings(table: Mapping[str, object], path: Path | str) -> SettingsFile:
    """Decode a TOML table as settings. Raises UsageError for the first setting with an unknown name or a wrong type."""
    values = _lists_for_texts(table, SettingsFile)
    try:
        return msgspec.convert(values, SettingsFile)
    except msgspec.ValidationError:
        message, hint = _explain(_Refused("", "", values, SettingsFile))
    raise UsageError(f"{path}: {message}", hint=hint)


class _Refused(NamedTuple):
    """A value of the wrong type."""

    key: str
    """The full key, with its tables: ``check.per-path``."""
    name: str
    """The last part of the key."""
    value: object
    kind: object
    """The type, with its `_refused`."""


def _explain(refused: _Refused, inherited: Mapping[str, str] = _NOTHING) -> tuple[str, str]:
    """Return message and hint for the smallest invalid part of a value; a part without texts of its own inherits them."""
    kind = _bare(refused.kind)
    if isinstance(refused.value, dict) and kind is FolderSettings and "path" not in refused.value:
        return f"{refused.key} has no path", 'write [[folder]] and below it path = "archive"'
    if isinstance(refused.value, dict) and _is_struct(kind):
        names = [field.encode_name for field in msgspec.structs.fields(kind)]
        for name in sorted(set(refused.value).difference(names)):
            return unknown_setting(_joined(refused.key, name), name, names)
    texts = _texts(refused.kind) or inherited
    for part in _parts(refused, kind):
        try:
            msgspec.convert(part.value, part.kind)
        except msgspec.ValidationError:
            return _explain(part if _texts(part.kind) else part._replace(key=refused.key, name=refused.name), texts)
    shown = {"name": refused.name, "value": refused.value}
    return refused.key + texts["message"].format_map(shown), texts["example"].format_map(shown)


def unknown_setting(key: str, name: str, names: Iterable[str]) -> tuple[str, str]:
    """Return message and hint for an unknown name: the most similar names, or all of them."""
    names = sorted(names)
    near = difflib.get_close_matches(name, names, 3, 0.6)
    return f"unknown setting '{key}'", f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names)}"


def _parts(whole: _Refused, kind: object) -> Iterator[_Refused]:
    """Yield the values in a table or list, each with its type."""
    value = whole.value
    if isinstance(value, dict):
        kinds = _kinds_in(kind)
        for name, item in value.items():
            if (own := kinds(name)) is not None:
                yield _Refused(_joined(whole.key, name), name, item, own)
    elif isinstance(value, list) and get_origin(kind) is tuple:
        yield from (_Refused(whole.key, whole.name, item, get_args(kind)[0]) for item in value)


def _lists_for_texts(value: object, kind: object) -> object:
    """Convert a string to a list of one wherever the type is a list."""
    kind = _bare(kind)
    if isinstance(value, str) and get_origin(kind) is tuple:
        return [value]
    if isinstance(value, list) and get_origin(kind) is tuple:
        return [_lists_for_texts(item, get_args(kind)[0]) for item in value]
    if isinstance(value, dict):
        kinds = _kinds_in(kind)
        return {name: _lists_for_texts(item, kinds(name)) for name, item in value.items()}
    return value


def _kinds_in(kind: object) -> Callable[[str], object]:
    """Return a function that gives the type of a table's value by its name; None if the table has no such name."""
    if _is_struct(kind):
        return {field.encode_name: field.type for field in msgspec.structs.fields(kind)}.get
    of_values = get_args(kind)[1] if get_origin(kind) is Mapping else None
    return lambda _name: of_values


def _bare(kind: object) -> object:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _is_struct(kind: object) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _texts(kind: object) -> Mapping[str, str]:
    return next((m.extra for m in getattr(kind, "__metadata__", ()) if isinstance(m, Meta) and m.extra), _NOTHING)


def _joined(stem: str, name: str) -> str:
    return f"{stem}.{name}" if stem else name
