"""Pretty JSON has the bytes of Python's own encoder."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from kg.base.json_forms import json_pretty

_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(_VALUES, st.sampled_from((1, 2, 4)), st.booleans())
def test_pretty_json_is_pythons(value: object, indent: int, sort_keys: bool) -> None:
    assert json_pretty(value, indent=indent, sort_keys=sort_keys) == json.dumps(
        value, ensure_ascii=False, indent=indent, sort_keys=sort_keys
    )


def test_lone_surrogates_and_infinity() -> None:
    value = ["\ud800", float("inf")]
    assert json_pretty(value) == json.dumps(value, ensure_ascii=False, indent=2)
