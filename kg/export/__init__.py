"""Results for programs: measures and findings, the ontology and the network in the formats that others read."""

from kg.export.formats import FORMATS, export
from kg.export.measured import all_files, findings_json, measures_json, prometheus, to_json
from kg.export.networks import gexf, graphml

__all__ = [
    "FORMATS",
    "all_files",
    "export",
    "findings_json",
    "gexf",
    "graphml",
    "measures_json",
    "prometheus",
    "to_json",
]
