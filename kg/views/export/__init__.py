"""Results for programs: measures and findings, the ontology and the network in the formats that others read."""

from kg.views.export.formats import FORMATS, export
from kg.views.export.found import github, junit, sarif
from kg.views.export.measured import all_files, findings_json, json_file, measures_json
from kg.views.export.networks import gexf, graphml
from kg.views.export.openmetrics import metrics_prom

__all__ = [
    "FORMATS",
    "all_files",
    "export",
    "findings_json",
    "gexf",
    "github",
    "graphml",
    "json_file",
    "junit",
    "measures_json",
    "metrics_prom",
    "sarif",
]
