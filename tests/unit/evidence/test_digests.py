"""Digests of pieces: remembered verdicts are found by them, so they are the same however they are computed."""

import hashlib
import json

import hypothesis
from hypothesis import strategies as st

from kg.evidence.claims.attributes import Attributes
from kg.evidence.claims.pieces import NO_ATTRIBUTES, STEP, Piece, digest_of

_TEXTS = st.text(max_size=30)


@hypothesis.given(
    _TEXTS, _TEXTS, st.sampled_from([NO_ATTRIBUTES, Attributes(expect=(False,)), Attributes(run=True)]), st.none() | _TEXTS
)
def test_digest_is_that_of_all_it_depends_on_as_json(language: str, text: str, said: Attributes, output: str | None) -> None:
    piece = Piece("a.md#x", "a.md", 3, 1, "", language, text, said, output=output)
    whole = [STEP, language, text, list(said.expect), list(said.axioms), said.run, output, []]
    assert digest_of(piece) == hashlib.sha256(json.dumps(whole).encode()).hexdigest()
