"""What reads evidence never raises, whatever stands in a note, and records are read as they were written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kg.evidence.claims import Piece, attributes
from kg.evidence.claims.crosschecks import names_in
from kg.evidence.claims.records import parts_of, rows_of
from kg.evidence.claims.symbols import normalise_symbol, symbols_in
from kg.evidence.tools import fillers, smv, smv_models, states, vernacular
from kg.model import EvidencePart, Trace

# Pieces of the notations, so that they meet.
TEXT = st.lists(
    st.sampled_from(
        [
            *"{}()[]<>#\"'=.;:\\|$-*\n ", "(*", "*)", "--", "/--", "MODULE main", "VAR x : {a, b};", "SPEC", "Theorem t", "中",
            "Module M.", "End M.", "[*] --> A", "state", "{{", "}}", "\\mathcal", "def f(", "a: &b", "*b", "claims=", "<pod>",
        ]
    )
    | st.text(max_size=4),
    max_size=30,
).map("".join)  # fmt: skip


@given(TEXT)
def test_readers_never_raise(text: str) -> None:
    said = attributes.read_attributes("{" + text + "}")
    assert said.check or said.reason or said.fault
    for language in ("python", "yaml", "json", "toml", "smv", "go", "bash"):
        names_in(Piece("k", "p", 1, 1, "", language, text))
    assert all(normalise_symbol(s) for s in symbols_in(text))
    # Lines stay where they are: verdicts point at them.
    assert vernacular.without_comments(text).count("\n") == text.count("\n")
    assert smv.without_comments(text).count("\n") == text.count("\n")
    assert fillers.without_placeholders(text)[0].count("\n") == text.count("\n")
    assert fillers.without_templates(text)[0].count("\n") == text.count("\n")
    last = text.count("\n")
    read = vernacular.sentences(text, f"Chars 0 - {len(text.encode())} [\n") or []
    assert all(0 <= s.line <= last for s in read)
    assert all(0 <= d.line <= last for d in smv.declared(text))
    smv.unused(text)
    smv.read_traces(text)
    found = states.read_diagram(text)
    assert {s for step in found.steps for s in step} | found.initial <= found.states
    states.values(text, "x")
    states.instances(text, "x")
    smv_models.without_sections(text, smv_models.SPECIFICATIONS)


STATES = st.lists(st.dictionaries(st.sampled_from("abc"), st.sampled_from(["0", "1", ""]), min_size=3), max_size=5)


@given(st.lists(st.tuples(st.text(max_size=5), st.booleans(), st.sampled_from([True, False, None]), STATES)))
def test_records_are_read_as_they_were_written(rows: list[tuple[str, bool, bool | None, list[dict[str, str]]]]) -> None:
    parts = tuple(EvidencePart(n, e, h, trace=Trace(tuple(s), 0 if s else None)) for n, e, h, s in rows)
    assert parts_of(rows_of(parts)) == parts
