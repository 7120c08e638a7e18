"""The choice of the largest values of rows, compared with sorting all of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.suggest.best import largest


@pytest.mark.parametrize("levels", [0, 1, 2, 50], ids=["all different", "all equal", "two values", "many ties"])
@given(seed=st.integers(0, 2**32 - 1), width=st.integers(1, 2000), most=st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_the_largest_values_are_those_of_a_stable_sort(levels: int, seed: int, width: int, most: int) -> None:
    values = np.random.default_rng(seed).random((3, width))
    if levels:
        values = np.ceil(values * levels)
    chosen = largest(values, most)
    for row in range(len(values)):
        columns = np.argsort(-values[row], kind="stable")[:most]
        assert chosen.columns[chosen.rows == row].tolist() == columns.tolist()
