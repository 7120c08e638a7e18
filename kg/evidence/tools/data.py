"""YAML, JSON and TOML: parsed, with a check for duplicate keys. Kubernetes manifests are validated against their schema."""

from __future__ import annotations

import json
import re
import sys
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NoReturn

import yaml

from kg.base.extras import install_command
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_json
from kg.base.formats.toml_text import read_toml
from kg.base.formats.yaml_text import VERSION, build_yaml, compose_yaml
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools import fillers
from kg.evidence.tools.base import Installed, Judgement, concluded

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_CONTROL: Final = re.compile(r"\{\{-?\s*(?:if|else|range|with|end|include|template|toYaml|tpl|block|define)\b|\|\s*n?indent\b")
_HOLE: Final = re.compile(r"<[^<>]+>|x{4,}|\$\{|\{\{")
Fault = tuple[str, int | None]
"""The message, and the line, from 0."""
_FOLDER: Final = "kubernetes-json-schema"


def _python() -> str:
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


class Yaml:
    """YAML by libyaml; Kubernetes manifests by the JSON schemas of the package `kubernetes-validate`."""

    group = "code"
    languages = ("yaml",)

    @property
    def cost(self) -> str:
        """`PlainYaml` judges instead."""
        return f"manifests of Kubernetes are only parsed; install their schemas: {install_command('verify')}"

    def locate(self) -> str | None:
        """A Python library with the schemas."""
        return "" if _schemas() else None

    def version(self, path: str) -> Installed | None:
        """The versions of PyYAML and of the newest Kubernetes schema."""
        return Installed("", "pyyaml", f"{VERSION} kubernetes {_release(0)}")

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse all documents; a duplicate key is a fault."""
        text, template = fillers.without_templates("".join(p.text for p in piece.inputs) + piece.text)
        _, holes = fillers.without_placeholders(text)
        documents: list[yaml.Node] = []
        try:
            for node in compose_yaml(text):
                twice = _twice(node)
                if twice is not None:
                    return concluded(piece, f"the key '{twice[0]}' appears twice", twice[1])
                documents.append(node)
        except FormatError as error:
            why = error.advice if error.limit else fillers.hint("YAML", piece.text, error.problem)
            return concluded(piece, why, min(error.line - 1, piece.text.rstrip("\n").count("\n")) if error.line else None)
        if fillers.is_prose(piece.text) and not any(isinstance(d, yaml.MappingNode | yaml.SequenceNode) for d in documents):
            return concluded(piece, fillers.hint("YAML", piece.text, ""))
        return _manifests(piece, documents, filled=bool(template or holes), template=bool(_CONTROL.search(piece.text)))


class PlainYaml(Yaml):
    """YAML where the schemas of Kubernetes are missing: its verdicts have a name of their own and replace none by schemas."""

    @property
    def cost(self) -> str:
        """Never missing."""
        return ""

    def locate(self) -> str | None:
        """Always available: a Python library."""
        return ""

    def version(self, path: str) -> Installed | None:
        """The version of PyYAML."""
        return Installed("", "pyyaml-alone", VERSION)


def _twice(root: yaml.Node) -> tuple[str, int] | None:
    """The first duplicate key of a mapping, and its line; aliases are not followed."""
    queue, seen = [root], set()
    while queue:
        node = queue.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    if (key.tag, key.value) in keys:
                        return key.value, key.start_mark.line
                    keys.add((key.tag, key.value))
                queue += (key, value)
        elif isinstance(node, yaml.SequenceNode):
            queue += node.value
    return None


# Kubernetes


@lru_cache(maxsize=1)
def _schemas() -> tuple[Traversable, ...]:
    """Folders of the strict schemas, newest Kubernetes first; empty if the package is not installed."""
    if any(find_spec(name) is None for name in ("kubernetes_validate", "jsonschema", "referencing")):
        return ()
    folders = [d for d in (files("kubernetes_validate") / _FOLDER).iterdir() if re.fullmatch(r"v[\d.]+-local-strict", d.name)]
    return tuple(sorted(folders, key=lambda d: [int(x) for x in re.findall(r"\d+", d.name)], reverse=True))


def _release(number: int) -> str:
    return ".".join(re.findall(r"\d+", _schemas()[number].name)[:2])


@lru_cache(maxsize=4)
def _registry(number: int) -> Any:
    # optional: from the extra `verify`
    from referencing import Registry, Resource

    definitions: Any = Resource.from_contents(json.loads((_schemas()[number] / "_definitions.json").read_text()))
    return definitions @ Registry()


@lru_cache(maxsize=64)
def _validator(number: int, kind: str, version: str) -> Any:
    # optional: from the extra `verify`
    from jsonschema import Draft202012Validator

    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", version)
    name = f"{kind.lower()}-{group}.json"
    path = _schemas()[number] / name
    if not re.fullmatch(r"[a-z0-9.-]+", name) or not path.is_file():
        return None
    return Draft202012Validator(json.loads(path.read_text()), registry=_registry(number))


def _manifests(piece: Piece, documents: list[yaml.Node], *, filled: bool, template: bool) -> Judgement:
    """Validate the manifests against one release of Kubernetes: the newest release that accepts all of them.

    A placeholder is valid everywhere. A template with conditions is not rejected for missing fields.
    """
    manifests = [m for node in documents for m in _manifests_in(node)]
    first: Fault | None = None
    for number in range(len(_schemas())):
        fault = next((f for f in (_manifest(number, node, filled=filled) for node in manifests) if f is not None), None)
        if fault is None:
            shown = any(_named(number, node) is not None for node in manifests)
            old = f"it fits Kubernetes {_release(number)}, not {_release(0)}" if number else ""
            judged = concluded(piece, "", shown=shown)
            return (
                judged._replace(why=old)
                if old and judged.verdict == "passed" and piece.attributes.expect != (False,)
                else judged
            )
        first = first or fault
    if first is not None and template:
        return Judgement("unverified", f"a template: what it makes is not known ({first[0]})", first[1])
    return concluded(piece, *first) if first is not None else concluded(piece, "")


def _manifests_in(node: yaml.Node) -> list[yaml.Node]:
    """The manifest in a document, or the items of a list of manifests."""
    if not isinstance(node, yaml.MappingNode):
        return []
    values = {k.value: v for k, v in node.value if isinstance(k, yaml.ScalarNode)}
    kind, items = values.get("kind"), values.get("items")
    if isinstance(kind, yaml.ScalarNode) and kind.value == "List" and isinstance(items, yaml.SequenceNode):
        return [item for item in items.value if isinstance(item, yaml.MappingNode)]
    return [node]


def _named(number: int, node: yaml.Node) -> object:
    """The validator for a manifest; None for a kind without a schema."""
    data = _data(node)
    return _validator(number, str(data["kind"]), str(data["apiVersion"])) if "apiVersion" in data and "kind" in data else None


def _data(node: yaml.Node) -> dict[str, object]:
    """The data of a mapping. Raises FormatError if it contains anything but plain data."""
    data = build_yaml(node)
    return data if isinstance(data, dict) else {}


def _manifest(number: int, node: yaml.Node, *, filled: bool) -> Fault | None:
    """The fault of a manifest with its line; None if it is valid, is not a manifest, or has a third-party kind."""
    keys = {k.value for k, _ in node.value if isinstance(k, yaml.ScalarNode)}
    if not (keys >= {"apiVersion", "kind"} or "<<" in keys):
        return None
    # optional: from the extra `verify`
    from jsonschema.exceptions import best_match

    try:
        data = _data(node)
        if "apiVersion" not in data or "kind" not in data:
            return None
        kind, version = str(data["kind"]), str(data["apiVersion"])
        validator = _validator(number, kind, version)
        if validator is None:
            # An API group without a dot is Kubernetes' own. A Config is a kubectl file.
            own = (
                "." not in version.partition("/")[0]
                and kind not in ("Config", "List")
                and not (filled and _HOLE.search(kind + version))
            )
            return (f"Kubernetes has no {kind} in {version}", _line(node, ["kind"])) if own else None
        errors = validator.iter_errors(data)
        error = best_match(e for e in errors if not (filled and isinstance(e.instance, str) and _HOLE.search(e.instance)))
    except (RecursionError, ValueError) as fault:
        problem = getattr(fault, "problem", None) or str(fault) or "it holds itself"
        return f"it is not plain data: {problem}", node.start_mark.line
    if error is None:
        return None
    path = ".".join(str(p) for p in error.absolute_path) or kind
    return f"{kind}: {path}: {_brief(error.message)}", _line(node, list(error.absolute_path))


def _brief(message: str) -> str:
    return message if len(message) < 200 else f"…{message[-200:]}"


def _line(node: yaml.Node, path: list[str | int]) -> int | None:
    line: int | None = node.start_mark.line
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if getattr(k, "value", None) == str(step)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            return line
    return line


class Json:
    """JSON by RFC 8259, without duplicate keys."""

    group = "code"
    languages = ("json",)
    cost = ""

    def locate(self) -> str | None:
        """Always available: a Python library."""
        return ""

    def version(self, path: str) -> Installed | None:
        """The version of Python, whose parser is used."""
        return Installed("", "python-json", _python())

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse the text."""

        def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
            values: dict[str, object] = {}
            for key, value in items:
                if key in values:
                    raise FormatError(f"the key '{key}' appears twice")
                values[key] = value
            return values

        def constant(name: str) -> NoReturn:
            raise FormatError(f"{name} is not a value of JSON")

        try:
            read_json(piece.text, pairs=pairs, constant=constant)
        except FormatError as error:
            syntax = error.line and not error.limit
            why = fillers.hint("JSON", piece.text, error.problem) if syntax else error.advice
            return concluded(piece, why, error.line - 1 if error.line else None)
        return concluded(piece, "")


class Toml:
    """TOML 1.0."""

    group = "code"
    languages = ("toml",)
    cost = ""

    def locate(self) -> str | None:
        """Always available: a Python library."""
        return ""

    def version(self, path: str) -> Installed | None:
        """The version of Python, whose parser is used."""
        return Installed("", "python-tomllib", _python())

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse the text."""
        try:
            read_toml(piece.text)
        except FormatError as error:
            why = error.advice if error.limit else fillers.hint("TOML", piece.text, error.problem)
            return concluded(piece, why, error.line - 1 if error.line else None)
        return concluded(piece, "")
