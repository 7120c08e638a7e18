"""Recognises a vault of Obsidian, also without its folder ``.obsidian``, and a bundle of the Open Knowledge Format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from kg.base import files
from kg.base.configurations import FOAM, OBSIDIAN, OKFIGNORE, ZK, Configuration
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json
from kg.base.listing import File, Listing
from kg.base.names import fold
from kg.base.setting_types import DialectName, FolderDialect
from kg.corpus.contents import read_contents
from kg.corpus.periodic import name_pattern, periodic_formats
from kg.corpus.site import SourceSite
from kg.corpus.source_site import OKF
from kg.corpus.tools import graphs_of, has_configuration, logseq_site, read_tool, with_folders
from kg.notes.okf import INDEX, LOG, RESERVED, read_ignored

_SAMPLE: Final = 200
"""Maximum number of notes that are looked at; in a vault, the first ones are enough."""
_ENOUGH: Final = 12
"""Notes with wikilinks after which the rest of the sample isn't looked at for them."""
_LEAST_SHARE: Final = 0.05
"""Least share of notes with wikilinks in a vault: elsewhere, a few notes have double brackets too."""
_MANY: Final = 20
"""Number of notes of which one with wikilinks says little."""
_FEW: Final = 3
"""Number of headings in which a repetition says nothing."""
_BYTES: Final = 1 << 16
_VAULT_FILES: Final = (".canvas", ".base")
"""Endings of files that only vaults contain."""
_CODE: Final = re.compile(rb"^[ \t]*(`{3,}+|~{3,}+).*?^[ \t]*\1|`[^`\r\n]+`|<!--(?:(?!<!--).)*?-->", re.DOTALL | re.MULTILINE)
"""Code and comments, in which no link stands. Of many comments that aren't closed, none is looked through but the last."""
_WIKILINK: Final = re.compile(rb"(?<![\\\[])\[\[(?!(?i:_?toc_?|_tosp_)\]\])[^\[\]\r\n]{1,200}\]\](?![(\]])")
# What only Python-Markdown reads: admonitions and tabs, with their content indented by four.
_ADMONITION: Final = re.compile(
    rb"^(?:!!!|\?\?\?\+?|===\+?)[ ]+[\w\"][^\r\n]*\r?\n(?:[ \t]*\r?\n)?(?:[ ]{4}|\t)[ \t]*\S", re.MULTILINE
)
# What only MyST reads, the Markdown of Sphinx: directives, roles and labels of blocks.
_MYST: Final = re.compile(
    rb"^(?:`{3,}|:{3,})\{(?:note|tip|warning|important|caution|danger|hint|seealso|admonition|toctree|code-block|eval-rst|figure"
    rb"|image|include|literalinclude|math|tab-set|grid|dropdown|versionadded|auto\w+|contents|glossary|card|py:\w+)\}"
    rb"|^\([\w:.-]+\)=[ \t]*\r?$|\{(?:doc|ref|term|numref|class|func|meth|mod|attr|py:\w+)\}`[^`\r\n]+`",
    re.MULTILINE,
)
_FRONT: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*$", re.DOTALL | re.MULTILINE)
# Extensions that read formulas in \\(…\\) and \\[…\\]: of MkDocs, Hugo, and scripts that Jekyll and others load.
_FORMULAS: Final = re.compile(rb"arithmatex|\bpassthrough\b|mathjax|katex", re.IGNORECASE)
_FOAM: Final = re.compile(rb"foam\.foam-vscode|\"foam\.")
_SUPPRESSION: Final = re.compile(rb"%%[ \t]*kg:[^%]*%%")
# What Obsidian has and other tools with wikilinks lack: links to blocks, comments, callouts that fold, its plugins.
_OBSIDIAN: Final = re.compile(
    rb"\[\[[^\[\]\r\n]*#\^|%%[^%]+%%|^>[ \t]*\[![\w-]+\][+-]|^[ \t]*`{3,}(?:dataview|dataviewjs|tasks)\b|<%[*_-]?[ \t]*tp\.",
    re.MULTILINE,
)
# Properties of Obsidian and of its plug-ins: Digital Garden, also in its published form, Kanban and Excalidraw.
_OBSIDIAN_KEY: Final = re.compile(
    rb"^(?:\{[^\r\n]*?[\"'])?(?:dg-[a-z-]+|cssclass(?:es)?|kanban-plugin|excalidraw-plugin)[\"']?[ \t]*:", re.MULTILINE
)
# What Logseq writes into blocks: ids, whether they are folded, embedded blocks and queries.
_LOGSEQ: Final = re.compile(
    rb"^[ \t]*(?:- )?(?:id:: [0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|collapsed:: (?:true|false))[ \t]*\r?$|\{\{(?:embed|query) \(",
    re.MULTILINE,
)
_LOGSEQ_FILES: Final = re.compile(r"(?:.*/)?(?:pages/[^/]+|(?P<journal>journals/\d{4}_\d\d_\d\d))\.md")
"""Where Logseq keeps its files, if its settings name no other folders."""
_VERSION: Final = re.compile(rb"^okf_version:", re.MULTILINE)
_TYPE: Final = re.compile(rb"^type:[ \t]*[\"']?(\S[^\r\n]*)", re.MULTILINE)
# What front matter has in a bundle of the Open Knowledge Format and nowhere else.
_FAMILY: Final = re.compile(
    rb"^(?:generated|verified):[ \t]*(?:\{[ \t]*|\r?\n(?:[ \t]+|[ \t]*-[ \t]*)(?:-[ \t]*)?(?:\{[ \t]*)?)(?:by|at):"
    rb"|^stale_after:|^okf_version:|^[ \t]*(?:-[ \t]*)?(?:\{[^}\r\n]*)?usage_count:"
    rb"|^sources:[ \t]*\r?\n(?:[ \t]*(?:-[ \t]+)?(?:id|title|author|last_modified):[^\r\n]*\r?\n)*"
    rb"[ \t]*(?:-[ \t]+)?(?:\{[^}\r\n]*)?resource:",
    re.MULTILINE,
)
_RUNTIME: Final = re.compile(rb"^runtime:", re.MULTILINE)
_RUNNER: Final = re.compile(rb"^(?:executor|attester):", re.MULTILINE)
_TIMESTAMP: Final = re.compile(rb"^timestamp:[ \t]*[\"']?\d{4}-\d\d-\d\d", re.MULTILINE)
"""What version 0.1 has, and other tools too: it counts beside a type that is written as a name."""
_LOG_DAY: Final = re.compile(rb"^##[ \t]+\d{4}-\d\d-\d\d[ \t]*\r?$", re.MULTILINE)
_INDEX_ENTRY: Final = re.compile(rb"^[*-][ \t]+\[[^\]\r\n]+\]\([^)\r\n]+\)", re.MULTILINE)
_TITLE: Final = re.compile(rb"^title:[ \t]*\S", re.MULTILINE | re.IGNORECASE)
_FIRST_HEADING: Final = re.compile(rb"\s*#[ \t]+([^\r\n]+)")


def read_source_site(
    listing: Listing, dialect: DialectName = "", folders: Iterable[tuple[str, FolderDialect]] = ()
) -> SourceSite:
    """Return the tool of the notes, from its configuration, the setting, or the links of the notes.

    `dialect` is the setting ``[reading] dialect``; if it is empty and there is no configuration, a sample of notes decides.
    `folders` are prefixes of the names of notes with the dialect that the settings name for them.
    """
    site = _read_usual(listing, dialect)
    if listing.contents:
        entries, faults = read_contents(listing.contents)
        site = replace(site, entries=tuple(entries), faults=(*site.faults, *faults))
    if notebooks := _inner(listing, ZK):
        alone = site.alone if site.nested else not site.partial_names
        site = replace(site, nested=tuple(sorted({*site.nested, *notebooks})), notebooks=notebooks, alone=alone)
    return with_folders(site, listing, folders)


def _inner(listing: Listing, settings: str) -> tuple[str, ...]:
    """Return the prefixes of the names of notes below whose folder there is a folder with these settings."""
    return tuple(name.removesuffix(settings) for name in listing.vaults if name.endswith(f"/{settings}"))


def _read_usual(listing: Listing, dialect: DialectName) -> SourceSite:
    site = read_tool(dialect, listing)
    if any(_FORMULAS.search(configuration.data) for configuration in listing.configurations):
        site = replace(site, dialect=site.dialect._replace(tex=True))
    if dialect == "okf" or (not dialect and _declares_bundle(listing)):
        return _bundle(site, listing)
    if has_configuration(dialect):
        return _with(replace(site, obsidian=False), comments=False, file_labels=False)
    if dialect == "markdown":
        return _with(replace(site, obsidian=False), comments=False, file_labels=False)
    if dialect == "obsidian" or (not dialect and site.obsidian):
        return _vault(site, listing)
    if dialect == "foam" or (not site.generator and _uses_foam(listing.configurations)):
        return _with(replace(site, obsidian=False, generator="foam"), comments=False, file_labels=False)
    if _inner(listing, OBSIDIAN) or (not site.generator and any(name.endswith(_VAULT_FILES) for name in listing.attachments)):
        return _vault(site, listing)
    if site.generator:
        return _with(site, comments=False, file_labels=False)
    graphs = graphs_of(listing)
    sample = _Sample([file for file in listing.notes if not graphs or not file.name.startswith(graphs)])
    if sample.is_bundle:
        return _bundle(site, listing)
    if sample.is_logseq or _is_laid_out_for_logseq(listing):
        site = logseq_site([file.name for file in listing.notes], listing.configurations, listing.unread)
        return _with(site, comments=False, file_labels=False)
    # zk, VitePress and others read double brackets too; what only Obsidian has tells its vaults from theirs.
    is_vault = sample.is_vault and (sample.is_obsidian or not (site.partial_names or site.unknown))
    sampled = replace(
        site,
        obsidian=is_vault,
        unwritten=is_vault and sample.is_obsidian,
        # Double brackets in a few of many notes are not links of these notes.
        only_markdown_links=not sample.is_vault and sample.seen >= _MANY,
        dialect=site.dialect._replace(admonitions=sample.has_admonitions, myst=site.dialect.myst or sample.is_myst),
        separator="-" if sample.has_admonitions else "",
        cross_references=site.cross_references or sample.is_myst,
        unknown=site.unknown or sample.is_myst,
    )
    return _with(sampled, comments=is_vault, file_labels=sample.named_by_files)


def _is_laid_out_for_logseq(listing: Listing) -> bool:
    """Return whether the files lie where Logseq keeps them: pages beside journals with its names."""
    return len({m["journal"] is None for file in listing.notes if (m := _LOGSEQ_FILES.fullmatch(file.name))}) == 2


def _with(site: SourceSite, *, comments: bool, file_labels: bool) -> SourceSite:
    return replace(site, dialect=site.dialect._replace(comments=comments, file_labels=file_labels))


def _declares_bundle(listing: Listing) -> bool:
    """Return whether the notes say that they are a bundle: by the version in the index of their root, or by an ignore file."""
    if any(c.name == OKFIGNORE and not c.below for c in listing.configurations):
        return True
    return any(_has_version(file) for file in listing.notes if file.name == INDEX)


def _has_version(file: File) -> bool:
    try:
        front = _FRONT.match(files.read(file.path, _BYTES, cut=True))
    except OSError:
        return False
    return bool(front and _VERSION.search(front[1]))


def _bundle(site: SourceSite, listing: Listing) -> SourceSite:
    """Return the site of a bundle of the Open Knowledge Format, or of several in the folders of the notes."""
    indexes = [file for file in listing.notes if file.name.endswith(f"/{INDEX}")]
    loose = any("/" not in file.name for file in listing.notes)
    roots = {""}
    if not loose:
        roots |= {file.name.removesuffix(INDEX) for file in indexes if file.name.count("/") == 1}
    if not any(file.name == INDEX for file in listing.notes):
        roots |= {file.name.removesuffix(INDEX) for file in indexes[:_SAMPLE] if _has_version(file)}
    ignore_files = (c.data for c in listing.configurations if c.name == OKFIGNORE and not c.below)
    ignored = tuple(pattern for data in ignore_files for pattern in read_ignored(data))
    dialect = site.dialect._replace(
        comments=False, definitions=False, file_labels=True, okf=True, okf_roots=tuple(sorted(roots)), okf_ignored=ignored
    )
    return SourceSite(
        generator=OKF, unwritten=True, dialect=dialect, ignores=site.ignores, unread=site.unread, faults=site.faults
    )


def _vault(site: SourceSite, listing: Listing) -> SourceSite:
    """Return the site of a vault, with the folders and the forms of dates that its settings name."""
    asides: set[str] = set()
    periodic: set[str] = set()
    for configuration in listing.configurations:
        table = _settings_of(configuration)
        # Templater calls its setting otherwise than Obsidian.
        folder = _prefix_of(configuration, str(table.get("folder") or table.get("templates_folder") or ""))
        asides |= {folder} if folder and folder != configuration.notes else set()
        for place, form in periodic_formats(configuration.name.removeprefix(f"{OBSIDIAN}/"), table):
            prefix, pattern = _prefix_of(configuration, place), name_pattern(form)
            # Without a folder of their own, they may lie anywhere: people move them.
            if pattern is not None and prefix is not None:
                periodic.add(re.escape(prefix) + r"(?:.*/)?" + pattern)
    found = replace(site, obsidian=True, unwritten=True, asides=tuple(sorted(asides)), nested=_inner(listing, OBSIDIAN))
    found = replace(found, periodic=tuple(sorted(periodic)))
    found = replace(found, alone=bool(found.nested) and not site.obsidian, dialect=site.dialect._replace(definitions=False))
    return _with(found, comments=True, file_labels=True)


def _settings_of(configuration: Configuration) -> dict[str, object]:
    """Return the content of a settings file of a vault; empty if it isn't one, or can't be read."""
    if not configuration.name.startswith(f"{OBSIDIAN}/"):
        return {}
    try:
        table = read_json(configuration.data.decode("utf-8", "replace"))
    except FormatError:
        return {}  # the vault's own tool reports it
    return {str(key): value for key, value in table.items()} if isinstance(table, dict) else {}


def _prefix_of(configuration: Configuration, folder: str) -> str | None:
    """Return the prefix of the names of notes in a folder of a vault; empty for all, None if it lies outside of the notes."""
    below = f"{configuration.below}/" if configuration.below else ""
    folder = folder.strip("/")
    if not folder:
        return configuration.notes
    return f"{configuration.notes}{f'{folder}/'[len(below) :]}" if f"{folder}/".startswith(below) else None


def _uses_foam(configurations: Sequence[Configuration]) -> bool:
    """Return whether the workspace has settings of Foam or recommends its extension."""
    for configuration in configurations:
        if configuration.name in FOAM[:2] or (configuration.name in FOAM and _FOAM.search(configuration.data)):
            return True
    return False


class _Sample:
    """What some notes show of their tool. The sample depends on the names of the notes only."""

    def __init__(self, notes: Sequence[File]) -> None:
        self.seen = self.linking = self.titled = 0
        self.is_obsidian = self.has_admonitions = self.is_myst = self.is_logseq = False
        """Whether a note has syntax that only Obsidian, Python-Markdown, MyST or Logseq has."""
        self.concepts = self.typed = self.named_kinds = self.families = 0
        self.declared = self.lists = False
        """Whether an index says that this is a bundle of OKF; whether an index or a log is written as in bundles."""
        self.headings: list[str] = []
        """The headings with which notes without a title begin."""
        for name, data in _texts(notes):
            self.seen += 1
            front = _FRONT.match(data)
            text = data[front.end() :] if front else data
            if b"[[" in text and _WIKILINK.search(_CODE.sub(b"", text)):
                self.linking += 1
            has_key = front is not None and bool(_OBSIDIAN_KEY.search(front[1]))
            self.is_obsidian = self.is_obsidian or has_key or bool(_OBSIDIAN.search(_SUPPRESSION.sub(b"", text)))
            self.has_admonitions = self.has_admonitions or bool(_ADMONITION.search(text))
            self.is_myst = self.is_myst or bool(_MYST.search(text))
            self.is_logseq = self.is_logseq or bool(_LOGSEQ_FILES.fullmatch(name) and _LOGSEQ.search(text))
            self._look_for_bundle(name, front[1] if front else b"", text)
            if front and _TITLE.search(front[1]):
                self.titled += 1
            elif heading := _FIRST_HEADING.match(text):
                self.headings.append(fold(heading[1].decode("utf-8", "replace")))
            if self.linking >= _ENOUGH and self.linking >= self.seen // 2:
                break

    def _look_for_bundle(self, name: str, front: bytes, text: bytes) -> None:
        """Count what shows a bundle of the Open Knowledge Format."""
        file = name.rpartition("/")[2]
        if file in RESERVED:
            self.declared = self.declared or bool(_VERSION.search(front))
            self.lists = self.lists or (file == INDEX and not front and bool(_INDEX_ENTRY.search(text)))
            self.lists = self.lists or (name == LOG and bool(_LOG_DAY.search(text)))
            return
        self.concepts += 1
        kind = _TYPE.search(front)
        is_name = kind is not None and (kind[1][:1].isupper() or b" " in kind[1].strip())
        self.typed += kind is not None
        self.named_kinds += is_name
        dated = is_name and _TIMESTAMP.search(front)
        computed = _RUNTIME.search(front) and _RUNNER.search(front)
        self.families += bool(dated or computed or _FAMILY.search(front))

    @property
    def is_bundle(self) -> bool:
        """Whether it is a bundle of the Open Knowledge Format: most files have a type, and what only bundles have."""
        if self.declared:
            return True
        if not self.typed or 2 * self.typed < self.concepts:
            return False
        # Double brackets are text in a bundle: a few of them don't outweigh the fields of most files.
        if self.is_vault and (2 * self.families < self.concepts or 2 * self.linking > self.concepts):
            return False
        return 10 * self.families >= self.concepts or (self.lists and 2 * self.named_kinds >= self.concepts)

    @property
    def is_vault(self) -> bool:
        """Whether the notes are linked as in a vault."""
        return self.linking > 0 and self.linking >= self.seen * _LEAST_SHARE

    @property
    def named_by_files(self) -> bool:
        """Whether notes are called by their files: where they don't begin with headings of their own, such as "Definition"."""
        distinct = len(set(self.headings))
        repeated = len(self.headings) > _FEW and distinct * 2 < len(self.headings)
        return repeated or (self.is_vault and distinct * 2 < self.seen - self.titled)


def _texts(notes: Sequence[File]) -> Iterator[tuple[str, bytes]]:
    """Yield names and beginnings of some notes, evenly spread over all of them."""
    step = max(1, -(-len(notes) // _SAMPLE))
    index = [file for file in notes if file.name == INDEX]
    for file in (*index, *notes[::step]):
        try:
            yield file.name, files.read(file.path, _BYTES, cut=True)
        except OSError:
            continue
