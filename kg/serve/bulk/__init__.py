"""Bulk loads: the graph of a build as N-Quads in parts, with a script for the loader of a SPARQL server.

The files contain what `kg publish` would send, in the graphs in which it would send it, and its list of graphs. So after a bulk
load, `kg publish` compares all counts, sends nothing, or sends only what is missing, and later only changes.
"""

from kg.serve.bulk.loaders import LOADERS, TRIED
from kg.serve.bulk.writing import BulkReport, write_nquads

__all__ = ["LOADERS", "TRIED", "BulkReport", "write_nquads"]
