"""The JSON Schema of `kg.toml`, for editors; made from the types of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kg.base.json_forms import json_pretty
from kg.base.setting_types import SettingsFile
from kg.base.setting_values import NO_WORSE, WITH_PARTS
from kg.model import INNOVATIONS, MEASURES

SchemaTable = dict[str, Any]
"""A JSON Schema, or a part of one."""
_DIALECT: Final = "http://json-schema.org/draft-07/schema#"

_ID: Final = "https://w3id.org/kg-notes/kg.schema.json"
ABOUT: Final[Mapping[str, str]] = {
    "extend": "Path of another file of settings, relative to this one; values here override it.",
    "base": "Prefix of the IRIs of concepts and notes; ends in '/' or '#'.",
    "title": "Title of the knowledge base, or titles by language.",
    "languages": "Languages of the views, default first; empty: the languages of the notes.",
    "notes": "Folders of notes below the knowledge base, or RDF files with thesauri; default: concepts.",
    "output": "Folder for everything that is generated, below the knowledge base.",
    "exclude": "Names or paths (with *) of files and folders that are not read.",
    "respect-gitignore": "Whether files that .gitignore excludes are neither notes nor attachments.",
    "top-concepts": "Ids of at most ten concepts that need no broader concept.",
    "targets": "Measure = percentage to reach, or number of innovations: shown, never enforced.",
    "gates": "Measure = percentage below which 'kg build' and 'kg metrics' end with 1, or \"no-worse\" than before.",
    "claimed": "Measure = percentage that the team claims; shown next to the measured value.",
    "floors": "Measure = percentage that each of its parts (lists, areas) must have.",
    "translations": "Language = folder of its notes; notes at the same path below these folders are one concept.",
    "transitive": "Keys of relations whose transitive closure the graph contains.",
    "sections-as-concepts": "Whether sections that define a concept are read as concepts, as 'kg extract' does.",
    "depth": "Area = key of the scope list on which theory_depth.<area> is measured.",
    "sections": "Type = sections that a concept must have to meet a topic.",
    "representations": "Type = math, diagram, code or document that its concepts must have.",
    "folder": "Settings for the notes in one folder; the last one that names a folder around a note counts.",
    "folder.path": "Path of the folder below the knowledge base, or below the notes folder.",
    "folder.dialect": "The tool of the notes there; empty: that of all notes.",
    "folder.ignore": "Rules that don't report there.",
    "check": "Which rules run where, and what fails.",
    "check.select": "Rules to run: codes, prefixes of codes, names or ALL; empty: those that are on by default.",
    "check.also": "Rules that are off by default and enabled here.",
    "check.ignore": "Rules not to run.",
    "check.per-path": "Pattern of paths below the notes folder = rules to ignore there.",
    "check.severity": "Code or name of a rule = its severity: error, warning or info.",
    "check.fail-on": "Severity from which 'kg check' ends with 1: error, warning or never.",
    "check.baseline": "File of known findings that don't fail, below the knowledge base.",
    "check.shapes-timeout": "Seconds after which the validation of shapes is ended.",
    "check.query-timeout": "Seconds after which a rule, check or question is ended; ten times that for all together.",
    "reading": "How the notes are read.",
    "reading.dialect": "The tool of the notes; empty: from its configuration, otherwise from their links.",
    "reading.bibliography": "Files of references (.bib, CSL-JSON) below the knowledge base, which citations name.",
    "uses": "Name = another knowledge base, whose concepts notes link to as [[name:concept]].",
    "uses.path": "The output of its build (a folder or its inventory.json), or an objects.inv of Sphinx.",
    "uses.url": "Address of its published build, which only 'kg uses update' fetches.",
    "uses.site": "Address of its pages, if the build doesn't say so.",
    "site": "Changes to the site.",
    "site.edit": "URL for editing a note, with {path} for its path below the notes folder.",
    "site.theme": "Folder below the knowledge base with its own templates (*.html) and styles (*.css).",
    "site.search": "Whether the site gets an index for full-text search.",
    "site.url": "Address at which the site is published.",
    "site.license": "Licence of what is published, as an IRI.",
    "site.description": "One sentence on what the knowledge base is, for its start page, or one for each language.",
    "compute": "How 'kg metrics --graph' computes.",
    "compute.engine": "What computes: this machine (local) or a cluster (spark).",
    "compute.master": "Address of the cluster.",
    "compute.tolerance": "Difference between two steps at which an iteration ends.",
    "compute.hub": "Number of links from which a concept counts as a hub.",
    "compute.partitions": "Number of partitions; 0: as many as fit.",
    "suggest": "Which suggestions are strong enough for pages, reports, the graph and editors.",
    "suggest.mention-min-score": "Minimum score if the note names the other concept.",
    "suggest.latent-min-score": "Minimum score if it doesn't.",
    "plan": "The plan of a team.",
    "plan.timezone": "IANA name of the time zone in which checkpoints are due.",
    "plan.start": "Day 1; without it, the day of the first event of the journal.",
    "plan.checkpoints": "Kinds of checkpoints that this team uses: daily, weekly, monthly.",
}
"""Dotted name of each setting → what it is for."""
_MEASURED: Final = ("targets", "gates", "claimed", "floors")


def schema_text() -> bytes:
    """Return the schema as the content of a file."""
    return f"{json_pretty(settings_schema())}\n".encode()


def settings_schema() -> SchemaTable:
    """Return the schema, complete in itself, in the draft that editors of TOML read."""
    (whole,), parts = msgspec.json.schema_components([SettingsFile], ref_template="#/definitions/{name}")
    definitions = dict(parts)
    top = definitions.pop(whole["$ref"].rpartition("/")[2])
    properties = {name: _described(name, value, definitions) for name, value in top["properties"].items()}
    for name in _MEASURED:
        properties[name] = {"description": ABOUT[name], **_measures(WITH_PARTS if name == "floors" else MEASURES, name)}
    return {
        "$schema": _DIALECT,
        "$id": _ID,
        "title": "Settings of a kg knowledge base (kg.toml)",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _described(key: str, schema: SchemaTable, definitions: SchemaTable) -> SchemaTable:
    """Return the schema of a setting with its description, and its parts in place of references."""
    result = {name: value for name, value in schema.items() if name != "default" or value not in ({}, [], "", None)}
    refs = [result.pop("$ref")] if "$ref" in result else [one["$ref"] for one in result.pop("allOf", ())]
    for ref in refs:
        result |= definitions[ref.rpartition("/")[2]]
    for inner in ("items", "additionalProperties"):
        if isinstance(result.get(inner), dict) and "$ref" in result[inner]:
            result[inner] = _described(key, result[inner], definitions)
            result[inner].pop("description", None)
    if "properties" in result:
        result.pop("default", None)
        result["properties"] = {
            name: _described(f"{key}.{name}", value, definitions) for name, value in result["properties"].items()
        }
    result = _text_for_list(result)
    if isinstance(values := result.get("additionalProperties"), dict):
        result["additionalProperties"] = _text_for_list(values)
    if isinstance(result.get("default"), tuple | list):
        result["default"] = list(result["default"])
    if result.get("default") in ([], ""):
        del result["default"]
    result.pop("title", None)
    return {"description": ABOUT[key], **{k: v for k, v in result.items() if k != "description"}}


def _text_for_list(schema: SchemaTable) -> SchemaTable:
    """Return a schema that also accepts a text where it accepts a list of texts."""
    if schema.get("type") != "array" or (schema["items"].get("type") != "string" and "enum" not in schema["items"]):
        return schema
    default = {"default": schema["default"]} if schema.get("default") else {}
    return {**default, "anyOf": [schema["items"], {name: value for name, value in schema.items() if name != "default"}]}


def _measures(names: tuple[str, ...], table: str) -> SchemaTable:
    """Return the schema of a table of measures."""
    percent: SchemaTable = {"type": "number", "minimum": 0, "maximum": 100}
    if table == "gates":
        either: SchemaTable = {"anyOf": [percent, {"const": NO_WORSE}]}
        percent = {"anyOf": [*either["anyOf"], {"type": "array", "items": either, "maxItems": 2}]}
    own: SchemaTable = dict.fromkeys(names, percent)
    if table != "floors":
        number = {"type": "integer", "minimum": 0}
        own["theory_depth"] = {"type": "object", "additionalProperties": percent}
        own["innovation"] = {
            "type": "object", "additionalProperties": False, "properties": dict.fromkeys(INNOVATIONS, number)
        }  # fmt: skip
    return {"type": "object", "additionalProperties": False, "properties": own}
