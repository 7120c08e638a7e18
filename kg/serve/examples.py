"""Example queries for the query page, which work for every knowledge base."""

from __future__ import annotations

from typing import Final

_LABELS: Final = """SELECT ?concept ?label
WHERE { ?concept a skos:Concept ; skos:prefLabel ?label }
ORDER BY ?label
LIMIT 100
"""
_RELATIONS: Final = """# kg:key marks the relations of the vocabulary.
SELECT ?relation (COUNT(*) AS ?uses)
WHERE { ?property kg:key ?relation . ?from ?property ?to . ?from a skos:Concept }
GROUP BY ?relation
ORDER BY DESC(?uses) ?relation
"""
_GRAPH: Final = """CONSTRUCT { ?from ?relation ?to }
WHERE {
  ?relation kg:key ?key .
  GRAPH ?place { ?from ?relation ?to }
  ?from a skos:Concept . ?to a skos:Concept .
}
LIMIT 150
"""
_BEST: Final = """SELECT ?concept ?label ?definition
WHERE {
  ?concept skos:prefLabel ?label ; skos:definition ?definition .
  FILTER(LANG(?label) = LANG(?definition))
  FILTER(CONTAINS(LCASE(STR(?definition)), "consensus") || CONTAINS(?definition, "共识"))
}
LIMIT 50
"""

EXAMPLES: Final = (
    ("example-labels", _LABELS), ("example-relations", _RELATIONS), ("example-graph", _GRAPH), ("example-definitions", _BEST),
)  # fmt: skip
"""Key of the name, and query text."""
