"""Writes the expected files of the golden knowledge base anew: ``python tests/golden/update.py``.

Read every line of the difference before committing it: what stands in ``expected/`` is claimed to be true.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).resolve().parent / "small"
EXPECTED = HERE / "expected"
FILES = ("kg.ttl", "metrics.json", "findings.json")


def built() -> dict[str, bytes]:
    """The files that kg makes of the notes today. `kg.ttl` holds the notes' own statements, without the vocabulary."""
    from kg import knowledge
    from kg.base import settings
    from kg.graph import built_in_vocabulary
    from kg.views.export import findings_json, measures_json

    given = settings.load_settings(HERE)
    found = knowledge.KnowledgeBase(given)
    assert found.assessment is not None
    return {
        "kg.ttl": without_vocabulary(found.graph.turtle(), {str(t) for t in built_in_vocabulary().triples}),
        "metrics.json": measures_json(found.assessment.measures, found.corpus.concepts, given.gates, given.claimed).data,
        "findings.json": findings_json(found.findings).data,
    }


def without_vocabulary(turtle: bytes, vocabulary: set[str]) -> bytes:
    """The statements of a graph that are not in the vocabulary itself, sorted, as Turtle."""
    import pyoxigraph as ox

    from kg.base.names import PREFIXES

    kept = [q.triple for q in ox.parse(turtle, format=ox.RdfFormat.TURTLE) if str(q.triple) not in vocabulary]
    base = "https://example.org/small/"
    prefixes = PREFIXES | {"c": f"{base}concept/", "n": f"{base}notes/"}
    return ox.serialize(sorted(kept, key=str), format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b""


def main() -> None:
    """Write what differs and say so."""
    EXPECTED.mkdir(exist_ok=True)
    for name, data in built().items():
        path = EXPECTED / name
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
            print(f"written: {path}")


if __name__ == "__main__":
    main()
