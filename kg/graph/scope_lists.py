"""Scope lists that people write: a Markdown check list or a table in CSV, with front matter; and the record of any list.

A list that isn't Turtle gets IRIs below the base: ``scope/<file name>``, and for a topic its English name.
"""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.csv_text import CsvRow, read_csv
from kg.base.formats.encoding import convert_to_utf8
from kg.base.names import github_anchor, iri_path, local_name, one_line, split_bilingual

MOST_TOPICS: Final = 20_000
LONGEST: Final = 500
"""Maximum characters of a topic's name."""
_LINE: Final = 4000
"""Maximum characters of a line with a name, links included: some patterns take quadratic time."""

_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_ITEM: Final = re.compile(r"^([ \t]*)(?:[-*+]|(\d{1,9})[.)])[ \t]+\[[ xX]\][ \t]+(.*)$")
_HEADING: Final = re.compile(r"^#[ \t]+(.+?)[ \t#]*$")
_FENCE: Final = re.compile(r"^[ \t]*(`{3,}|~{3,})")
_NUMBER: Final = re.compile(r"^`([^`]{1,40})`[ \t]+")
_WIKILINK: Final = re.compile(r"!?\[\[([^\]\[|#]*)(?:#[^\]\[|]*)?(?:\|([^\]\[]*))?\]\]")
_LINK: Final = re.compile(r"!?\[([^\]\[]*)\]\([^()\s]*\)")
_COMMENT: Final = re.compile(r"<!--.*?-->")
_STRONG: Final = re.compile(r"(\*\*|__|`)(.+?)\1")
_COLUMNS: Final = {
    "notation": "notation number no nr id code 编号 序号",
    "label": "topic label name title term 主题 名称 标题 术语",
    "en": "en english topic@en label@en topic_en label_en 英文 英文名称",
    "zh": "zh chinese topic@zh label@zh topic_zh label_zh 中文 中文名称",
}
_NAMES: Final = {name: column for column, names in _COLUMNS.items() for name in names.split()}
_EXAMPLE: Final = "write '- [ ] Topic / 主题', one a line"


class ScopeTopic(NamedTuple):
    """A topic with its names in the source."""

    iri: str
    labels: Mapping[str, str]
    """Language → name."""
    notation: str = ""
    """Its number in the source."""
    line: int = 0
    """In its file; 0 if unknown."""

    @property
    def label(self) -> str:
        """The English name if there is one, otherwise any."""
        return self.labels.get("en") or next(iter(self.labels.values()), "")


@dataclass(frozen=True, slots=True)
class Scope:
    """A list of topics: its IRI, title by language, area, edition, source, and its topics in the source's order."""

    iri: str
    title: Mapping[str, str]
    area: str = ""
    edition: str = ""
    source: str = ""
    checked: bool = True
    topics: tuple[ScopeTopic, ...] = ()

    @property
    def key(self) -> str:
        """The last part of the IRI."""
        return local_name(self.iri)


def scope_iri(base: str, key: str) -> str:
    """Return the IRI of a list that has none of its own."""
    return f"{base}scope/{iri_path(key)}"


def read_list_text(path: Path, *, named: bool = False) -> str:
    """Return the text of a Markdown or CSV file, with line feeds only; `named`: a person named the file.

    Raises UsageError if it can't be read or isn't UTF-8.
    """
    try:
        return decode_list(path, files.read(path, files.SMALL, named=named))
    except UsageError:
        raise
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="may you read it?") from None


def decode_list(path: Path, data: bytes, encoding: str = "utf-8") -> str:
    """Return the text of a list's bytes. Raises UsageError with the line of the first byte that isn't text."""
    try:
        text = convert_to_utf8(data).decode(encoding)
    except (FormatError, LookupError) as error:
        raise UsageError(f"{path}: {error}", hint="save it in UTF-8") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path}:{line}: it is not in UTF-8",
            hint=f"save it in UTF-8, or: kg scope add {shlex.quote(str(path))} --encoding gb18030",
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def parse_scope(path: Path, text: str, base: str, key: str = "") -> Scope | None:
    """Return the list in a Markdown or CSV text; None for Markdown that is not a list, such as a README.

    Raises UsageError with the place of an error.
    """
    front, body = _split_front(path, text)
    first = text[: len(text) - len(body)].count("\n") + 1
    rows = _csv_topics(path, body, first) if path.suffix == ".csv" else list(_markdown_topics(path, body, first))
    if not rows and path.suffix != ".csv" and not {"source", "edition"} & front.keys():
        return None
    if not rows:
        raise UsageError(f"{path}: the list has no topic", hint=_EXAMPLE)
    iri = scope_iri(base, key or path.stem)
    title = _title(front.get("title")) or _heading(path, body) or {"en": path.stem}
    checked = str(front.get("checked", "true")).lower() not in ("false", "no", "off", "否")
    area, edition, source = (_text(front.get(name)) for name in ("area", "edition", "source"))
    return Scope(iri, title, area, edition, source, checked, tuple(_named(path, iri, rows)))


def _named(path: Path, iri: str, rows: Sequence[ScopeTopic]) -> Iterator[ScopeTopic]:
    """Yield the topics with IRIs: the English name, numbered if it was there before."""
    if len(rows) > MOST_TOPICS:
        raise UsageError(f"{path}: a list of {len(rows):,} topics; at most {MOST_TOPICS:,} are read", hint="split it")
    seen: dict[str, int] = defaultdict(int)
    for row in rows:
        if not row.label:
            raise UsageError(f"{path}:{row.line}: a topic without a name", hint=_EXAMPLE)
        slug = github_anchor(row.label).strip("-") or row.notation
        seen[slug] += 1
        name = slug if seen[slug] == 1 else f"{slug}-{seen[slug]}"
        yield row._replace(iri=f"{iri}/{iri_path(name)}")


def _split_front(path: Path, text: str) -> tuple[dict[str, object], str]:
    """Return the front matter, values as written (so that ``1.30`` stays), and the rest of a text."""
    m = _FRONT.match(text)
    if m is None:
        return {}, text
    try:
        # start time: few lists have front matter
        from kg.base.formats.yaml_text import read_as_written

        values = read_as_written(m[1])
    except FormatError as error:
        at = f":{error.line + 1}:{error.column or 1}" if error.line else ":1:1"
        raise UsageError(f"{path}{at}: {error.problem}", hint=error.hint or "correct the front matter") from None
    if not isinstance(values, dict):
        raise UsageError(f"{path}:2:1: the front matter is not a table", hint="write e.g. title: Our topics")
    return {str(name).lower(): value for name, value in values.items()}, text[m.end() :]


def _text(value: object) -> str:
    return one_line(value) if isinstance(value, str) else ""


def _title(value: object) -> dict[str, str]:
    """Return a title by language: a table, or one text that may hold both languages."""
    if isinstance(value, dict):
        langs = {str(lang): _text(text) for lang, text in value.items()}
        return {lang: text for lang, text in langs.items() if text and re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", lang)}
    text = _text(value)[:LONGEST]
    return split_bilingual(text) if text else {}


def _heading(path: Path, body: str) -> dict[str, str]:
    if path.suffix == ".csv":
        return {}
    heading = next((m[1] for line in body.split("\n") if len(line) <= LONGEST and (m := _HEADING.match(line))), "")
    return split_bilingual(one_line(heading)) if heading else {}


def _markdown_topics(path: Path, body: str, first: int) -> Iterator[ScopeTopic]:
    """Yield the items of check lists; the number is that of an ordered list, otherwise the position, level by level."""
    levels: list[tuple[int, int, str]] = []  # indent, number, prefix
    count, fence = 0, ""
    for number, line in enumerate(body.split("\n"), first):
        if m := _FENCE.match(line):
            fence = "" if fence and m[1].startswith(fence) else fence or m[1]
        m = None if fence else _ITEM.match(line)
        if m is None:
            continue
        if len(line) > _LINE:
            raise _too_long(path, number)
        indent = len(m[1].expandtabs(4))
        while levels and levels[-1][0] > indent:
            levels.pop()
        if levels and levels[-1][0] == indent:
            position, prefix = levels[-1][1] + 1, levels[-1][2]
            levels.pop()
        elif levels:
            position, prefix = 1, f"{levels[-1][2]}{levels[-1][1]}."
        else:
            position, prefix = count + 1, ""
        position = int(m[2]) if m[2] else position
        levels.append((indent, position, prefix))
        count = position if not prefix else count
        text = m[3]
        own = _NUMBER.match(text)
        text = text[own.end() :] if own else text
        labels = _labels(plain_text(text), path, number)
        yield ScopeTopic("", labels, one_line(own[1]) if own else f"{prefix}{position}", number)


def plain_text(text: str) -> str:
    """Return the text of a list item without links and emphasis.

    >>> plain_text("**Raft** in [[consensus|Consensus]], [paper](https://x.org) <!-- x -->")
    'Raft in Consensus, paper'
    """
    text = _WIKILINK.sub(lambda m: m[2] or m[1], _COMMENT.sub("", text))
    return one_line(_STRONG.sub(r"\2", _LINK.sub(r"\1", text)))


def _labels(text: str, path: Path, line: int) -> dict[str, str]:
    if len(text) > LONGEST:
        raise _too_long(path, line)
    return {lang: one_line(label) for lang, label in split_bilingual(text).items()} if text else {}


def _too_long(path: Path, line: int) -> UsageError:
    return UsageError(f"{path}:{line}: a name of more than {LONGEST} characters", hint=_EXAMPLE)


def _csv_topics(path: Path, body: str, first: int) -> list[ScopeTopic]:
    rows = csv_rows(path, body, first)
    if not rows:
        return []
    head = [_NAMES.get(cell.strip().lower(), "") for cell in rows[0].cells]
    if not {"label", "en", "zh"} & set(head):
        raise UsageError(
            f"{path}:{rows[0].line}: the table has no column of topics", hint="call it topic, or en and zh for two languages"
        )
    topics = []
    for position, row in enumerate(rows[1:], 1):
        cells: dict[str, str] = {}
        for column, cell in zip(head, row.cells, strict=False):
            if column and cell.strip():
                cells.setdefault(column, one_line(cell))
        if any(len(cells.get(name, "")) > LONGEST for name in _COLUMNS):
            raise _too_long(path, row.line)
        labels = _labels(cells.get("label", ""), path, row.line) | {lang: cells[lang] for lang in ("en", "zh") if lang in cells}
        if any(cell.strip() for cell in row.cells):
            topics.append(ScopeTopic("", labels, cells.get("notation", str(position)), row.line))
    return topics


def csv_rows(path: Path, body: str, first: int = 1) -> list[CsvRow]:
    """Return the rows of a table, with lines of the file. Raises UsageError."""
    try:
        return [row._replace(line=row.line + first - 1) for row in read_csv(body)]
    except FormatError as error:
        raise UsageError(
            f"{path}:{error.line + first - 1}: {error.problem}", hint=error.hint or "save it as CSV, separated by commas"
        ) from None


def with_facts(scope: Scope, facts: Mapping[str, str]) -> Scope:
    """Return a list with a title, a source, an edition or an area of its own instead; empty ones stay."""
    own = {name: one_line(value) for name, value in facts.items() if value.strip()}
    title = split_bilingual(own.pop("title")) if "title" in own else scope.title
    return replace(scope, title=title, **own)  # type: ignore[arg-type]  # all of them are texts


def render_scope(scope: Scope) -> str:
    """Return a list as a Markdown check list with front matter; what `parse_scope` reads again is the same list."""
    front = ["---"]
    title = {lang or "en": text for lang, text in scope.title.items()}
    front.append(f"title: {{{', '.join(f'{lang}: {_quoted(text)}' for lang, text in sorted(title.items()))}}}")
    front += [f"{name}: {_quoted(v)}" for name in ("source", "edition", "area") if (v := getattr(scope, name))]
    front += [] if scope.checked else ["checked: false"]
    return "\n".join([*front, "---", "", *_items(scope.topics), ""])


def _items(topics: Iterable[ScopeTopic]) -> Iterator[str]:
    for position, topic in enumerate(topics, 1):
        number = f"`{topic.notation}` " if topic.notation not in ("", str(position)) else ""
        names = [topic.labels[lang] for lang in ("en", "zh") if topic.labels.get(lang)] or [topic.label]
        yield f"- [ ] {number}{' / '.join(map(one_line, names))}"


def _quoted(text: str) -> str:
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
