"""The JSON Schema of the front matter of notes, made from the vocabulary: editors complete and explain keys with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kg.base.json_forms import json_pretty
from kg.model import Artifact, Relation

NOTE_SCHEMA: Final = "schema/note.schema.json"
_TEXTS: Final = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "number"]}}]}
_BY_LANGUAGE: Final = {
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "propertyNames": {"pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"},
        },
    ]
}
_LINK: Final = {
    # Unquoted, [[name]] is a list in a list for YAML.
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "array"]}}]
}
_LINKS: Final = {"anyOf": [{"type": "string"}, {"type": "array", "items": _LINK}, {"type": "null"}]}
_DATE: Final = {"type": "string", "description": "A date or a time of ISO 8601"}
_WINDOW: Final = {"type": "object", "properties": {"from": _DATE, "to": _DATE}}
_EVENT: Final = {
    "type": "object",
    "properties": {"by": {"type": "string", "examples": ["human:ada", "process:review", "writer/1.0"]}, "at": _DATE},
}
_SOURCE: Final = {
    "type": "object",
    "properties": {
        "id": {"type": ["string", "number"]},
        "resource": {"type": "string"},
        "title": {"type": "string"},
        "author": {"type": "string"},
        "usage_count": {"type": "integer", "minimum": 0},
        "last_modified": _DATE,
        "usage_window": _WINDOW,
    },
    "required": ["resource"],
}
_SOURCES: Final = {
    "anyOf": [{"type": "string"}, _SOURCE, {"type": "array", "items": {"anyOf": [{"type": ["string", "number"]}, _SOURCE]}}]
}
_PARAMETER: Final = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "type": {"type": "string"}, "required": {"type": "boolean"}},
    "required": ["name", "type"],
}
_PROGRAM: Final = {"type": "object", "properties": {"resource": {"type": "string"}}, "required": ["resource"]}
_EXECUTOR: Final = {
    **_PROGRAM,
    "properties": {"resource": {"type": "string"}, "receipt": {"type": "array", "items": {"type": "string"}}},
}
READ_KEYS: Final[Mapping[str, tuple[Mapping[str, object], str]]] = {
    "id": ({"type": ["string", "number"]}, "The id of the concept; without it, the path of the note. 概念的标识"),
    "title": (_BY_LANGUAGE, "The preferred label, or one for each language: {zh: …, en: …}. 首选名称"),
    "aliases": (_TEXTS, "Other names of the concept. 别名"),
    "definition": (_BY_LANGUAGE, "One sentence, or one for each language: {zh: …, en: …}. 定义"),
    "description": (_BY_LANGUAGE, "What the concept is, if there is no definition: one sentence. 描述"),
    "sources": (
        _SOURCES,
        "Where it comes from: texts, addresses, DOIs, keys of a bibliography (@lamport1998), or entries with resource. 来源",
    ),
    "usage_window": (_WINDOW, "The time in which the uses of sources were counted. 使用统计的时段"),
    "resource": ({"type": "string"}, "The address or path of what the concept describes. 所描述的资源"),
    "generated": (_EVENT, "Who or what wrote the note, and when. 生成者与时间"),
    "verified": (
        {"anyOf": [_EVENT, {"type": "array", "items": _EVENT}]},
        "Who or what verified the note, and when: one event, or a list. 核实者与时间",
    ),
    "stale_after": (_DATE, "The day or time from which the note is stale. 失效日期"),
    "superseded_by": (_LINKS, "The concept that replaces this one. 被何概念取代"),
    "supersedes": (_LINKS, "The concept that this one replaces. 取代何概念"),
    "runtime": ({"type": "string"}, "What runs the computation, such as bigquery or python. 运行环境"),
    "parameters": ({"type": "array", "items": _PARAMETER}, "The parameters of the computation. 计算的参数"),
    "computation": ({"type": "string"}, "The path of the computation, if it is not in the text. 计算文件的路径"),
    "executor": (_EXECUTOR, "What runs the computation, and the fields of its receipt. 执行程序"),
    "attester": (_PROGRAM, "What attests a receipt. 核验程序"),
    "tags": (_TEXTS, "Free tags. 标签"),
    "lang": ({"type": "string"}, "The language of the note. 笔记的语言"),
    "layer": ({"type": "string"}, "The layer of the concept. 层次"),
    "area": ({"type": "string"}, "The subject area of the concept. 领域"),
    "status": ({"type": "string"}, "The state of the note, such as draft or stable. 状态"),
    "former-ids": (_TEXTS, "Ids that the concept had before; their IRIs redirect to it. 曾用标识"),
    "skos": (
        {"type": "object"},
        "SKOS statements that have no key of their own, such as notation and exactMatch. 其他 SKOS 陈述",
    ),
}


def note_schema(
    relations: Mapping[str, Relation], types: Mapping[str, str], type_labels: Mapping[str, Mapping[str, str]]
) -> Artifact:
    """`schema/note.schema.json`: `types` are keys of classes with their IRIs. Other keys stay allowed: notes may have any."""
    properties: dict[str, object] = {key: {**schema, "description": text} for key, (schema, text) in READ_KEYS.items()}
    kinds = [
        {"const": key, "title": _joined(type_labels.get(key, {})) or key, "description": iri}
        for key, iri in sorted({"concept": "", **types}.items())
    ]
    properties["type"] = {
        "description": "The type of the concept. 概念的类型",
        "anyOf": [*kinds, {"enum": ["page", "section", "index", "template", "list", "plan", "task"]}, {"type": "string"}],
    }
    for relation in relations.values():
        if relation.key in properties:
            continue
        about = (_joined(relation.labels), _joined(relation.definitions, " "), _joined(relation.note, " "))
        properties[relation.key] = {
            **_LINKS,
            "title": about[0] or relation.key,
            "description": "\n".join(text for text in about if text),
            "examples": ["[[note]]", ["[[note]]"]],
        }
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Front matter of a note",
        "type": "object",
        "properties": properties,
        "additionalProperties": True,
    }
    return Artifact(NOTE_SCHEMA, (json_pretty(schema) + "\n").encode("utf-8", "replace"))


def _joined(texts: Mapping[str, str], between: str = " / ") -> str:
    return between.join(dict.fromkeys(text for _, text in sorted(texts.items()) if text))
