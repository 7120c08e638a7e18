"""Krippendorff's α against the library of that name."""

from __future__ import annotations

import math
import warnings

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.evidence.review.statistics import alpha

VERDICTS = ("correct", "wrong", "unclear")
units = st.lists(st.dictionaries(st.sampled_from("abcd"), st.sampled_from(VERDICTS)), min_size=1, max_size=30)


@settings(max_examples=300, deadline=None)
@given(units)
def test_alpha_is_that_of_the_library(verdicts: list[dict[str, str]]) -> None:
    rows = [[VERDICTS.index(unit[who]) if who in unit else math.nan for unit in verdicts] for who in "abcd"]
    ours = alpha(verdicts)
    if ours is None:
        shared = {verdict for unit in verdicts if len(unit) > 1 for verdict in unit.values()}
        assert len(shared) < 2, "undefined only where all verdicts that can be compared are equal"
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rows of reviewers who judged nothing
        theirs = krippendorff.alpha(np.array(rows), level_of_measurement="nominal")
    assert ours == pytest.approx(theirs, abs=1e-6)
