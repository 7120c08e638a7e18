"""Results for other programs: measures, findings, the ontology and the network in common formats."""

from kg.views.export.formats import FORMATS, export_graph
from kg.views.export.found import render_github, render_junit, render_sarif
from kg.views.export.measured import MeasuredBase, all_files, findings_json, json_file, measures_json
from kg.views.export.networks import render_gexf, render_graphml
from kg.views.export.note_schema import note_schema
from kg.views.export.openmetrics import metrics_prom
from kg.views.export.reviewed import render_gitlab, render_rdjson

__all__ = [
    "FORMATS",
    "MeasuredBase",
    "all_files",
    "export_graph",
    "findings_json",
    "json_file",
    "measures_json",
    "metrics_prom",
    "note_schema",
    "render_gexf",
    "render_github",
    "render_gitlab",
    "render_graphml",
    "render_junit",
    "render_rdjson",
    "render_sarif",
]
