"""YAML by libyaml: values take hundreds of times the memory of the text, and a few aliases can expand to any number of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from kg.base.formats import FormatError

SIZE: Final = 4 << 20
"""Maximum characters of a text."""
NESTING: Final = 64
NODES: Final = 100_000
"""Maximum values and keys, including those repeated by aliases; each takes half a kilobyte."""
NUMBER: Final = 1000
"""Maximum characters of a number: sexagesimal ones (1:30) take quadratic time."""

VERSION: Final = yaml.__version__
"""The version of PyYAML."""

# libyaml if available (eight times faster), else PyYAML's own parser; both construct plain values only.
if TYPE_CHECKING:
    from yaml import SafeLoader as _Base
else:
    _Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_TAGS: Final = 1000
"""Maximum characters of all %TAG directives: each use of a tag is expanded."""
_COLLIDING: Final = 2000
"""Maximum numbers of more than 15 characters: as keys, they could be chosen to have equal hashes."""

_YAML: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_YAML}merge"
"""The tag of the key ``<<``, which may occur again."""
_TEXT: Final = f"{_YAML}str"
_SCALARS: Final = frozenset(
    f"{_YAML}{name}" for name in ("str", "int", "float", "bool", "null", "binary", "timestamp", "merge")
)
"""Tags of the scalars whose values are constructed."""
_PREFIX: Final = re.compile(r"(?:\A|[\n\r\x85\u2028\u2029])[ \t\-?:]{64}")
_DIRECTIVE: Final = re.compile(r"(?:\A|[\n\r\x85\u2028\u2029])(%TAG[^\n\r\x85\u2028\u2029]*+)")
_LONG: Final = re.compile(r"(?<![\w:])[0-9][0-9a-fA-FxXob_:]{15}", re.ASCII)
_NUMBER: Final = re.compile(r"(?<![\d_:])[\d][\d_:]{999}|(?<!\w)0[xb][0-9a-fA-F_]{999}", re.ASCII)
_NUMERAL: Final = re.compile(r"[+-]?(?:[0-9][0-9_:.]*|0[xb][0-9a-fA-F_]+)\Z", re.ASCII)


class _Loader(_Base):
    """Safe YAML."""


class _Dateless(_Base):
    """Safe YAML without timestamps: a date remains the text that the author wrote."""


_Dateless.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


class _Tagless(_Base):
    """YAML of configurations: tags that name code (``!!python/name:…``, ``!ENV``) are read as text and never run."""


_Tagless.add_multi_constructor("", lambda _loader, suffix, _node: suffix)


class RepeatedKey(NamedTuple):
    """A key that its mapping has already."""

    key: str
    line: int
    """Line in the text, from 1."""
    column: int
    first: int
    """The line in which the key is written first."""


def read_note(text: str, repeated: list[RepeatedKey] | None = None, *, as_written: bool = False) -> object:
    """Return the value of front matter: dates are strings. Keys that occur again are added to `repeated`. Raises FormatError.

    A value with the tag of some program is the plain value without it, and a key that is a list or a mapping is its text.
    With `as_written`, outermost keys that differ in case are different ones, and a value that doesn't fit its tag is its text.

    >>> read_note("a: &x 2020-01-01\\nb: *x")
    {'a': '2020-01-01', 'b': '2020-01-01'}
    >>> read_note("a: 1\\nb: {c: 2, c: 3}\\nA: 4", found := [])
    {'a': 1, 'b': {'c': 3}, 'A': 4}
    >>> found
    [RepeatedKey(key='c', line=2, column=11, first=2), RepeatedKey(key='A', line=3, column=1, first=1)]
    >>> read_note("a: !unit {b: !!python/name:os.system 1}\\n? [x, y]\\n: 2")
    {'a': {'b': '1'}, '[x, y]': 2}
    >>> read_note("A: !!int b\\na: !!timestamp c\\n<<: d", found := [], as_written=True), found
    ({'A': 'b', 'a': 'c', '<<': 'd'}, [])
    """
    with _translated():
        _check(text)
        loader = _Dateless(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            if repeated is not None:
                repeated += _find_repeated(node, fold=not as_written)
            _make_plain(node, text)
            if as_written:
                _make_readable(node, loader)
            return loader.construct_document(node)
        finally:
            loader.dispose()


def _make_plain(top: yaml.Node, text: str) -> None:
    """Replace the tags that only some program knows by those of plain values, and keys that are not scalars by their text."""
    for node in _nodes(top):
        if isinstance(node, yaml.ScalarNode):
            if node.tag not in _SCALARS:
                node.tag = _TEXT
        elif isinstance(node, yaml.SequenceNode):
            node.tag = f"{_YAML}seq"
        elif isinstance(node, yaml.MappingNode):
            node.tag = f"{_YAML}map"
            node.value = [(_plain_key(key, text), value) for key, value in node.value]


def _make_readable(top: yaml.Node, loader: _Dateless) -> None:
    """Make texts of the scalars that don't fit their tags (``!!int x``), and of keys ``<<`` that merge no mapping."""
    for node in _nodes(top):
        if isinstance(node, yaml.ScalarNode) and node.tag not in (_TEXT, _MERGE):
            try:
                loader.yaml_constructors[node.tag](loader, node)
            except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError):
                node.tag = _TEXT
        elif isinstance(node, yaml.SequenceNode):
            _unmerge(node.value)
        elif isinstance(node, yaml.MappingNode):
            _unmerge([value for _, value in node.value])
            _unmerge([key for key, value in node.value if not _can_be_merged(value)])


def _unmerge(nodes: Iterable[yaml.Node]) -> None:
    for node in nodes:
        if node.tag == _MERGE:
            node.tag = _TEXT


def _can_be_merged(node: yaml.Node) -> bool:
    parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
    return all(isinstance(part, yaml.MappingNode) for part in parts)


def _nodes(top: yaml.Node) -> Iterator[yaml.Node]:
    """Yield each node once; what a node holds is read after it was yielded, so that the caller may replace it."""
    seen: set[int] = set()  # aliases make one node part of many
    nodes = [top]
    while nodes:
        node = nodes.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            nodes += node.value
        elif isinstance(node, yaml.MappingNode):
            nodes += (part for pair in node.value for part in pair)


def _plain_key(key: yaml.Node, text: str) -> yaml.Node:
    if isinstance(key, yaml.ScalarNode):
        return key
    written = text[key.start_mark.index : key.end_mark.index].strip()
    return yaml.ScalarNode(_TEXT, written, key.start_mark, key.end_mark)


def _find_repeated(top: yaml.Node, *, fold: bool) -> list[RepeatedKey]:
    """Find the keys that a mapping has more than once; with `fold`, capitals make no difference in the outermost one."""
    repeated: list[RepeatedKey] = []
    for node in _nodes(top):
        if not isinstance(node, yaml.MappingNode):
            continue
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                name = str(key.value).strip().lower() if fold and node is top else f"{key.tag} {key.value}"
                line = key.start_mark.line + 1
                if name in lines:
                    repeated.append(RepeatedKey(str(key.value), line, key.start_mark.column + 1, lines[name]))
                lines.setdefault(name, line)
    return sorted(repeated, key=lambda key: (key.line, key.column))


def read_configuration(text: str) -> object:
    """Return the value of a program's configuration, with foreign tags as text. Raises FormatError."""
    return _read(text, _Tagless)


def compose_yaml(text: str) -> list[yaml.Node]:
    """Return the nodes of all documents of a text, with their places. Raises FormatError."""
    with _translated():
        _check(text)
        return list(yaml.compose_all(text, Loader=_Loader))


def read_as_written(text: str) -> object:
    """Return a value with its scalars as texts, exactly as written, and without lists. Raises FormatError.

    >>> read_as_written("{edition: 1.30, title: {en: A}, tags: [x]}")
    {'edition': '1.30', 'title': {'en': 'A'}, 'tags': ''}
    """
    nodes = compose_yaml(text)
    return _as_written(nodes[0]) if nodes else {}


def _as_written(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(getattr(key, "value", "")): _as_written(value) for key, value in node.value}
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def build_yaml(node: yaml.Node) -> object:
    """Return the value of a node of `compose_yaml`. Raises FormatError for unknown tags and for invalid values."""
    with _translated():
        loader = _Loader("")
        try:
            return loader.construct_document(node)
        finally:
            loader.dispose()


def _read(text: str, kind: type[yaml.SafeLoader]) -> object:
    with _translated():
        _check(text)
        loader = kind(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    """Convert all errors of the parser and of the value constructors to FormatError."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        problem = error.problem or error.context or "no YAML"
        raise FormatError(problem, line=mark.line + 1 if mark else 0, column=mark.column + 1 if mark else 0) from None
    except FormatError:
        raise
    except RecursionError:
        raise FormatError("YAML that nests too deeply", limit="nesting") from None
    except (yaml.YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        # Constructors raise any of these for values that don't fit their tags (!!int "", !!bool x, !!timestamp x).
        message = str(error).partition("\n")[0]
        raise FormatError(f"a value that can't be read: {message}" if message else "a value that can't be read") from None


def _check(text: str) -> None:
    """Check the limits before a value is constructed. Most texts are so small that counting characters is enough."""
    if len(text) > SIZE:
        raise FormatError(f"YAML of {len(text):,} characters; at most {SIZE:,} are read", limit="size")
    flow = text.count("[") + text.count("{")
    most = flow + text.count(",") + 2 * (text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028"))
    most += text.count("\u2029") + text.count("- ") + text.count("? ") + text.count(": ") + text.count("-\t")
    if "%TAG" in text and sum(len(directive) for directive in _DIRECTIVE.findall(text)) > _TAGS:
        raise FormatError(f"%TAG directives of more than {_TAGS:,} characters", limit="names")
    if (
        ("*" in text and "&" in text)  # possibly aliases: only the parser can tell
        or flow > NESTING // 2
        or 3 * most > NODES
        or _PREFIX.search(text)
        or _NUMBER.search(text)
        or len(_LONG.findall(text)) > _COLLIDING
    ):
        _count(text)


def _count(text: str) -> None:
    """Read a text as events, which take no memory, and count the values that it would construct."""
    total = long = 0
    open_: list[tuple[str | None, int]] = []  # for each open collection: its anchor, and the total at its start
    sizes: dict[str, int] = {}
    events: Iterable[yaml.Event] = yaml.parse(text, Loader=_Base)
    for event in events:
        mark = event.start_mark
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, start = open_.pop()
            if anchor is not None:
                sizes[anchor] = total - start
            continue
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_):
                _refuse(f"a value that holds itself (*{event.anchor})", mark, "aliases")
            total += sizes.get(str(event.anchor), 1)
        elif isinstance(event, yaml.NodeEvent):
            total += 1
            if isinstance(event, yaml.ScalarEvent):
                if event.anchor is not None:
                    sizes[event.anchor] = 1
                if len(event.value) > 15 and not event.style and _NUMERAL.match(event.value):
                    long += 1
                    if len(event.value) > NUMBER:
                        _refuse(f"a number of more than {NUMBER:,} characters", mark, "number")
                    if long > _COLLIDING:
                        _refuse(f"more than {_COLLIDING:,} numbers of more than 15 characters", mark, "number")
            else:
                open_.append((event.anchor, total))
                if len(open_) > NESTING:
                    _refuse(f"YAML that nests deeper than {NESTING} levels", mark, "nesting")
        if total > NODES:
            repeated = " with those that aliases repeat" if sizes else ""
            _refuse(f"YAML with more than {NODES:,} values{repeated}", mark, "aliases" if sizes else "nodes")


def _refuse(problem: str, mark: Any, limit: str) -> None:
    raise FormatError(problem, line=mark.line + 1, column=mark.column + 1, limit=limit)
