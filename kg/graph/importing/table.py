"""Reads a table of concepts: CSV from Excel, LibreOffice or ``kg export csv``, with a row for each concept."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pyoxigraph as ox

from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError
from kg.base.formats.csv_text import read_csv
from kg.base.formats.encoding import convert_to_utf8
from kg.base.names import DCTERMS, KG, LINKS_TO, RDF, SKOS, fold, iri_path, language_of
from kg.graph import Vocabulary
from kg.graph.importing.thesaurus import Thesaurus, ThesaurusEntry, ThesaurusRelation

ENDINGS: Final = (".csv", ".tsv", ".tab")
_SEPARATORS: Final = ",;\t|"

# Accepted column names, in addition to the names and labels of the vocabulary's relations.
_COLUMNS: Final = {
    "iri": "iri uri 网址",
    "id": "id identifier key code 编号 标识 标识符",
    "label": "label preflabel prefterm term name title concept 标签 名称 术语 概念 首选标签 首选词",
    "alt": "alt altlabel altlabels alias aliases synonym synonyms usefor uf 别名 同义词 其他标签 替代标签",
    "hidden": "hiddenlabel hidden 隐藏标签",
    "definition": "definition definitions description meaning 定义 描述 释义",
    "note": "note notes 注释 备注",
    "scope-note": "scopenote sn 范围注释",
    "example": "example examples 示例 例子",
    "notation": "notation classification 分类号",
    "type": "type kind class 类型",
    "layer": "layer 层 层次",
    "area": "area domain category subjectarea 领域 类别",
    "status": "status 状态",
    "sources": "source sources reference references 来源 参考",
    "tags": "tag tags keywords keyword subject subjects 关键词 主题",
    "exact-match": "exactmatch sameas 精确匹配",
    "close-match": "closematch 近似匹配",
    "path": "path",
}
_NAMES: Final = {name: column for column, names in _COLUMNS.items() for name in names.split()}
_THESAURUS: Final = {
    "bt": "broader",
    "nt": "narrower",
    "rt": "related",
    "parent": "broader",
    "上级": "broader",
    "父概念": "broader",
}
_TEXTS: Final = {
    "label": "prefLabel", "alt": "altLabel", "hidden": "hiddenLabel", "definition": "definition", "note": "note",
    "scope-note": "scopeNote", "example": "example",
}  # fmt: skip
# These may have several values in one cell; a definition may contain a semicolon.
_MANY: Final = frozenset(("alt", "hidden", "notation", "sources", "tags"))
_PART: Final = re.compile(r"\s*[|;；\n]\s*")
_LANGUAGE: Final = re.compile(r"(.+?)\s*(?:[_@\-\[( ])([a-z]{2,3}(?:-[a-z0-9]{2,8})*)[\])]?", re.IGNORECASE)
_CHINESE: Final = {"中文": "zh", "英文": "en", "汉语": "zh", "英语": "en"}


class Column(NamedTuple):
    """The meaning of a column."""

    kind: str
    """A key of `_COLUMNS`, or the IRI of a relation."""
    lang: str


def is_table(path: Path) -> bool:
    """Return whether the name is that of a table, or the folder contains the two tables of an export."""
    return path.suffix.lower() in ENDINGS or (path / "nodes.csv").is_file()


def read_concept_table(path: Path, vocabulary: Vocabulary, base: str, encoding: str = "") -> Thesaurus:
    """Return the concepts of a table; their relations are in ``edges.csv`` beside ``nodes.csv``, as in ``kg export csv``.

    Raises UsageError for a file that isn't a table, or one without a column of labels or ids.
    """
    nodes = path / "nodes.csv" if path.is_dir() else path
    result = Thesaurus()
    head, rows = _rows(nodes, encoding, result.left_out)
    columns = relation_columns(head, vocabulary)
    kinds = {c.kind for c in columns if c}
    if not kinds & {"label", "id"}:
        raise UsageError(
            f"{nodes.name} has no column of labels: {', '.join(head[:8])}",
            hint="the first row names the columns, e.g. id,label,definition,broader (label_zh, label_en for languages)",
        )
    for name, column in zip(head, columns, strict=True):
        if column is None and name.strip():
            result.left_out[f"column '{name.strip()[:40]}'"] += sum(1 for _, row in rows if row.get(name, "").strip())
    reader = TableReader(result, vocabulary, base)
    for line, cells in concept_cells(head, columns, rows):
        reader.row(line, cells)
    reader.relate()
    edges = nodes.with_name("edges.csv")
    if nodes.name == "nodes.csv" and edges.is_file():
        _edges(edges, result, vocabulary, encoding)
    return result


def _rows(path: Path, encoding: str, left_out: Counter[str]) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Return the column names, and each row with its line."""
    try:
        data = files.read(path, files.NAMED, named=True)
    except OSError as error:
        raise UsageError(f"can't read {path}: {error.strerror}", hint="is it there, and may you read it?") from None
    text = _text(data, path.name, encoding, left_out)
    first, _, rest = text.partition("\n")
    separator = ""
    # A line that Excel writes: sep=;
    if m := re.fullmatch(r"sep=(.)\r?", first):
        separator, text = m[1], rest
    skipped = 1 if separator else 0
    separator = separator or _separator(text)
    head: list[str] | None = None
    rows = []
    try:
        for line, row in read_csv(text, separator):
            if head is None:
                head = [h.strip() for h in row]
            elif any(cell.strip() for cell in row):
                rows.append((line + skipped, dict(zip(head, row, strict=False))))
                if any(cell.strip() for cell in row[len(head) :]):
                    left_out["cells behind the last column"] += 1
    except FormatError as error:
        hint = error.hint or "is it a table in CSV?"
        raise UsageError(f"{path.name}:{error.line + skipped}: {error.problem}", hint=hint) from None
    head = head or []
    twice = [h for h, n in Counter(h for h in head if h).items() if n > 1]
    if twice:
        raise UsageError(f"{path.name} has two columns called '{twice[0]}'", hint="give each a name of its own")
    return head, rows


def _text(data: bytes, name: str, encoding: str, left_out: Counter[str]) -> str:
    if encoding:
        try:
            return data.decode(encoding).removeprefix("\ufeff")
        except (LookupError, UnicodeDecodeError) as error:
            raise UsageError(f"{name}: {error}", hint="give another --encoding, or save the file as CSV UTF-8") from None
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return convert_to_utf8(data).decode("utf-8")
        except ValueError as error:
            raise UsageError(f"{name}: {error}", hint="save the file as UTF-8") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if b"\0" in data[:4096]:
        raise UsageError(f"{name} is not text", hint="save the sheet as CSV UTF-8")
    try:
        # Excel in China saves CSV in GBK, a subset of GB 18030.
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is neither UTF-8 nor GB 18030", hint="give its --encoding, or save it as CSV UTF-8") from None
    left_out["file that isn't UTF-8: read as GB 18030 (--encoding says another)"] += 1
    return text


def _separator(text: str) -> str:
    """Return the separator that occurs most often in the first row outside of quotes."""
    head = re.sub(r'"(?:[^"]|"")*"', "", text[:65536]).partition("\n")[0]
    return max(_SEPARATORS, key=lambda s: (head.count(s), -_SEPARATORS.index(s)))


def relation_columns(head: Sequence[str], vocabulary: Vocabulary) -> list[Column | None]:
    """Return the meaning of each column by its name; None if it has none."""
    words = {word: f"={iri}" for word, iri in relation_words(vocabulary).items()} | _NAMES
    return [_column(name, words) for name in head]


def relation_words(vocabulary: Vocabulary) -> dict[str, str]:
    """Return key, label or usual name, as `plain_name` returns it → IRI of the relation."""
    iris: dict[str, str] = {}
    for iri, relation in vocabulary.relations.items():
        for word in (relation.key, *relation.labels.values()):
            iris.setdefault(plain_name(word), iri)
    of_key = {relation.key: iri for iri, relation in vocabulary.relations.items()}
    iris |= {word: of_key[key] for word, key in _THESAURUS.items()}
    return iris


def plain_name(name: str) -> str:
    """Return a name of a column or relation without prefix, case, spaces and hyphens."""
    return re.sub(r"[\s_\-:]+", "", fold(name.removeprefix("skos:").removeprefix("dcterms:")))


def _column(name: str, words: Mapping[str, str]) -> Column | None:
    plain = plain_name(name)
    if plain in words:
        return Column(words[plain], "")
    for word, lang in _CHINESE.items():
        rest = plain.replace(word, "").strip("()（）")
        if word in plain and rest in words:
            return Column(words[rest], lang)
    if m := _LANGUAGE.fullmatch(name.strip()):
        kind = words.get(plain_name(m[1]))
        if kind in _TEXTS:
            return Column(kind, "" if m[2].lower() == "und" else m[2].lower())
    return None


def concept_cells(
    head: Sequence[str], columns: Sequence[Column | None], rows: Iterable[tuple[int, dict[str, str]]]
) -> Iterator[tuple[int, list[tuple[Column, str]]]]:
    """Yield the line and the filled cells of each row, with the meaning of their columns."""
    for line, row in rows:
        filled = []
        for name, column in zip(head, columns, strict=True):
            text = row.get(name, "").strip()
            if column is not None and text:
                filled.append((column, text))
        yield line, filled


class _Target(NamedTuple):
    """A relation of a row to a concept that is given by name."""

    entry: ThesaurusEntry
    predicate: str
    name: str
    line: int


class TableReader:
    """Builds a thesaurus from the rows of a table."""

    def __init__(self, result: Thesaurus, vocabulary: Vocabulary, base: str) -> None:
        self.result, self.vocabulary, self.base = result, vocabulary, base
        self.names: dict[str, str] = {}
        """Folded name of a concept → its IRI."""
        self.targets: list[_Target] = []

    def row(self, line: int, cells: Sequence[tuple[Column, str]]) -> None:
        """Add the concept of a row."""
        result, names = self.result, self.names
        first = {column.kind: text for column, text in reversed(cells)}
        name = " ".join((first.get("id") or first.get("label") or "").split())
        if not name:
            result.left_out["rows without an id and a label"] += 1
            return
        iri = first.get("iri") or f"{self.base}concept/{iri_path(name)}"
        try:
            ox.NamedNode(iri)
        except ValueError:
            result.left_out["invalid IRIs"] += 1
            iri = f"{self.base}concept/{iri_path(name)}"
        if fold(name) in names or iri in result.concepts:
            _count(result.left_out, "rows whose id another row has", f"line {line}")
            return
        entry = ThesaurusEntry(iri, "Concept", line, name)
        result.concepts[iri] = entry
        names[fold(name)] = iri
        for column, text in cells:
            self._cell(column, text, entry)
        for text, _ in entry.texts(SKOS + "prefLabel"):
            names.setdefault(fold(text), iri)

    def _cell(self, column: Column, text: str, entry: ThesaurusEntry) -> None:
        kind = column.kind
        several = kind in _MANY or kind.startswith("=") or kind.endswith("match")
        parts = [p for p in _PART.split(text) if p] if several else [text]
        if kind in _TEXTS:
            for part in parts:
                entry.add(SKOS + _TEXTS[kind], ox.Literal(part, language=column.lang or language_of(part, "en")))
        elif kind.startswith("=") or kind in ("exact-match", "close-match"):
            predicate = kind[1:] if kind.startswith("=") else SKOS + ("exactMatch" if kind == "exact-match" else "closeMatch")
            self.targets.extend(_Target(entry, predicate, part, entry.line) for part in parts)
        elif kind == "notation":
            for part in parts:
                entry.add(SKOS + "notation", ox.Literal(part))
        elif kind == "type":
            self._type(text, entry)
        elif kind == "layer":
            scheme = self._other(f"layer/{iri_path(text)}", "ConceptScheme", text, entry)
            entry.add(SKOS + "inScheme", ox.NamedNode(scheme.iri))
        elif kind == "area":
            self._other(f"area/{iri_path(text)}", "Collection", text, entry).members.append(entry.iri)
        elif kind == "status":
            entry.add(KG + "status", ox.Literal(text))
        elif kind in ("sources", "tags"):
            for part in parts:
                entry.add(DCTERMS + ("bibliographicCitation" if kind == "sources" else "subject"), ox.Literal(part))

    def _type(self, text: str, entry: ThesaurusEntry) -> None:
        """Set the type of a concept, by its key or by a label of its class."""
        types, name = self.vocabulary.types, fold(text)
        by_label = (types[key] for key, labels in self.vocabulary.type_labels.items() if name in map(fold, labels.values()))
        iri = types.get(name) or next(by_label, "")
        if iri:
            entry.add(RDF + "type", ox.NamedNode(iri))
        else:
            self.result.left_out[f"types '{text[:40]}'"] += 1

    def _other(self, path: str, kind: str, label: str, entry: ThesaurusEntry) -> ThesaurusEntry:
        """Return the layer or area with a name; the first row that names it creates it."""
        iri = f"{self.base}{path}"
        other = self.result.others.setdefault(iri, ThesaurusEntry(iri, kind, entry.line, label))
        other.add(SKOS + "prefLabel", ox.Literal(label))
        return other

    def relate(self) -> None:
        """Add the relations of all rows, after all names are known."""
        result = self.result
        for entry, predicate, name, line in self.targets:
            target = self.names.get(fold(name)) or (name if name in result.concepts else None)
            if target is not None:
                entry.relations.append(ThesaurusRelation(predicate, target, line))
            elif predicate in (SKOS + "exactMatch", SKOS + "closeMatch") and re.match(r"https?://\S+\Z", name):
                entry.add(predicate, ox.NamedNode(name))
            else:
                _count(result.left_out, "relations to what is not a row", f"'{name[:40]}' in line {line}")


def _count(left_out: Counter[str], kind: str, first: str) -> None:
    """Count something left out under its kind, with the place of the first."""
    known = next((key for key in left_out if key.startswith(f"{kind} (")), f"{kind} (first: {first})")
    left_out[known] += 1


def _edges(path: Path, result: Thesaurus, vocabulary: Vocabulary, encoding: str) -> None:
    """Add the relations of ``kg export csv``: those that authors asserted."""
    head, rows = _rows(path, encoding, result.left_out)
    if not {"source", "target", "relation"} <= set(head):
        raise UsageError(f"{path} has no columns source, target, relation", hint="move it elsewhere if it isn't an export")
    keys = {r.key: iri for iri, r in vocabulary.relations.items()} | {"links-to": LINKS_TO}
    result.told = "asserted" in head
    for line, row in rows:
        if row.get("asserted") == "false":
            continue
        source, target = result.concepts.get(row.get("source", "")), row.get("target", "")
        predicate = keys.get(row.get("relation", ""))
        if source is None or target not in result.concepts or predicate is None:
            result.left_out["rows of edges.csv about what isn't in nodes.csv or the vocabulary"] += 1
            continue
        source.relations.append(ThesaurusRelation(predicate, target, line))
