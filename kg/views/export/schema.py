"""The types of `metrics.json`, and the JSON Schema generated from them (`docs/schema/metrics.schema.json`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

_Share = Annotated[float, Meta(ge=0, le=1)]
_Amount = Annotated[float, Meta(ge=0)]

_NULLABLE_SHARE: Final = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}]}
# Constraints between the fields of a measure, which types can't express.
_BETWEEN_FIELDS: Final = [
    {
        "if": {"properties": {"unit": {"const": "share"}}},
        "then": {"properties": {"value": _NULLABLE_SHARE, "target": _NULLABLE_SHARE}},
    },
    {
        "if": {"properties": {"denominator": {"const": 0}}},
        "then": {"properties": {"value": {"type": "null"}}},
        "else": {"properties": {"value": {"type": "number"}}},
    },
    {
        "if": {"properties": {"by_people": {"const": True}}},
        "then": {"properties": {"gate": {"type": "null"}}},
    },
]


class PartEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a measure: a scope list or an area."""

    numerator: _Amount
    denominator: _Amount


class OffenderEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An item that lowers a measure."""

    id: Annotated[str, Meta(description="Id of a concept, or the name of a topic, question, claim")]
    iri: Annotated[str | UnsetType, Meta(description="Of a concept or topic")] = UNSET
    path: Annotated[str | UnsetType, Meta(description="Of the note below the notes folder")] = UNSET
    line: Annotated[int, Meta(ge=1)] | UnsetType = UNSET
    lacks: tuple[str, ...] | UnsetType = UNSET


class MeasureEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measure with numerator, denominator and offenders."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[a-z_]+(\..+)?$",
            description="As in docs/metrics.md; theory_depth.AREA and innovation.KIND carry their part behind a dot",
        ),
    ]
    unit: Annotated[
        Literal["share", "count"],
        Meta(description="share: values and targets lie between 0 and 1; count: they are numbers of things"),
    ]
    by_people: Annotated[bool, Meta(description="Counted from signed records of people; no gate can hold it")]
    value: Annotated[_Amount | None, Meta(description="null: unknown, there is nothing to measure")]
    numerator: _Amount
    denominator: Annotated[_Amount, Meta(description="0 where the value is unknown")]
    lower: Annotated[_Share | None, Meta(description="Wilson 95% lower bound, where the value was estimated from a sample")]
    target: _Amount | None
    met: Annotated[
        bool | None,
        Meta(description="Whether target and floor are met; null without a target; an unknown value never meets one"),
    ]
    floor: Annotated[_Share | None, Meta(description="What each part must reach")]
    below_floor: Annotated[tuple[str, ...], Meta(description="Parts that miss the floor, the poorest first")]
    gate: _Amount | None
    claimed: Annotated[_Amount | None, Meta(description="What the team says of the measure")]
    note: str
    committed: Annotated[
        int,
        Meta(
            ge=0,
            description="Verdicts on evidence that it counts, that came with the notes and that nobody here checked or trusts",
        ),
    ]
    diagnostics: Mapping[str, float]
    parts: Mapping[str, PartEntry]
    offenders: tuple[OffenderEntry, ...]


class MetricsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All measures of a build. Fields can be added without a new version."""

    version: Literal[1] = 1
    measures: tuple[Annotated[MeasureEntry, Meta(extra_json_schema={"allOf": _BETWEEN_FIELDS})], ...]


def metrics_schema() -> dict[str, Any]:
    """The JSON Schema of `metrics.json`."""
    schema = msgspec.json.schema(MetricsFile)
    whole = schema["$defs"].pop(MetricsFile.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://w3id.org/kg-notes/schema/metrics.json",
        **whole,
        "title": "metrics.json of kg",
        "required": sorted(whole["properties"]),
        "$defs": schema["$defs"],
    }
