"""Parts of file names, found in one text, are those that a look at each name finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kg.base.names import fold
from kg.corpus.partial_names import PartialNames

_NAMES = st.text("ab.-é中 ", min_size=1, max_size=6)


@given(st.lists(st.tuples(st.sampled_from(("", "d/", "d/e/")), _NAMES), unique=True, max_size=8), _NAMES)
def test_the_shortest_names_with_a_part(files: list[tuple[str, str]], part: str) -> None:
    paths = [folder + name + ".md" for folder, name in files]
    matches = [path for path in paths if fold(part) in fold(path.rpartition("/")[2])]
    shortest = min(map(len, matches), default=0)
    expected = [path for path in matches if len(path) == shortest]
    assert not fold(part) or PartialNames(paths).shortest(fold(part)) == expected
