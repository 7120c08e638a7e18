"""Proposed mappings in SSSOM, the Simple Standard for Sharing Ontological Mappings: a table below metadata in comments."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from kg.base.about import VERSION
from kg.base.json_forms import json_line
from kg.base.names import SKOS, one_line
from kg.suggest.align import MappingProposal

_UNSTATED: Final = "https://w3id.org/sssom/license/unspecified"
_COLUMNS: Final = (
    "record_id", "subject_id", "subject_label", "predicate_id", "object_id", "object_label", "mapping_justification",
    "confidence", "match_string", "comment",
)  # fmt: skip


def render_sssom(proposals: Sequence[MappingProposal], base: str, source: str, license_: str = "") -> str:
    """Return SSSOM/TSV; `source` is the name of the other vocabulary's file.

    Every IRI is written with a prefix of the `curie_map`, as SSSOM demands.
    """
    prefixes = {"c": f"{base}concept/", "map": f"{base}mapping/"}
    for proposal in proposals:
        space = _namespace(proposal.target.iri)
        if space not in prefixes.values():
            prefixes[f"o{len(prefixes) - 1}"] = space
    by_space = {space: prefix for prefix, space in prefixes.items()}

    def curie(iri: str) -> str:
        space = prefixes["c"] if iri.startswith(prefixes["c"]) else _namespace(iri)
        return f"{by_space[space]}:{iri[len(space) :]}" if space in by_space else iri

    prefixes = {**prefixes, "semapv": "https://w3id.org/semapv/vocab/", "skos": SKOS}
    head = [
        "curie_map:",
        *(f"  {prefix}: {json_line(space)}" for prefix, space in sorted(prefixes.items())),
        f"license: {json_line(license_ or _UNSTATED)}",
        f"mapping_set_id: {json_line(f'{base}mapping/{one_line(source)}')}",
        f"object_source_version: {json_line(one_line(source))}",
        "mapping_tool: kg align",
        f"mapping_tool_version: {json_line(VERSION)}",
    ]
    out = io.StringIO(newline="")
    out.writelines(f"#{line}\n" for line in head)
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(_COLUMNS)
    for p in proposals:
        writer.writerow(
            (
                f"map:{p.id}",
                curie(p.source.iri),
                one_line(p.source.label()),
                f"skos:{p.predicate.removeprefix(SKOS)}",
                curie(p.target.iri),
                one_line(p.target.label()),
                f"semapv:{p.justification}",
                f"{p.confidence:.2f}",
                one_line(p.match),
                one_line("; ".join(p.evidence)),
            )
        )
    return out.getvalue()


def _namespace(iri: str) -> str:
    """The part of an IRI up to the last ``#`` or ``/``."""
    at = max(iri.rfind("#"), iri.rfind("/"))
    return iri[: at + 1] if at >= 0 else iri
