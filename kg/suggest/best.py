"""Selects the largest values of rows without sorting all of them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

_GROUP: Final = 64
_LEAST_GROUP: Final = 8
_MANY: Final = 4
"""With more values than that for each one that is wanted, many equal the bound."""


class LargestValues(NamedTuple):
    """The places of the largest values of each row, largest first."""

    rows: np.ndarray
    columns: np.ndarray
    least: np.ndarray
    """The smallest of the chosen values, for each row; the floor if there are fewer."""


def largest(values: np.ndarray, most: int, floor: float = 0.0) -> LargestValues:
    """Return the `most` largest values above `floor` of each row; of equal values, those in the first columns.

    So the choice in a row depends on its values alone. In long rows, maxima of groups of columns first exclude most columns,
    which is many times faster than a partition. Of the columns that equal the bound, the first ones are enough: notes that all
    have the same words are as alike as each other.

    >>> best = largest(np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 5.0], [0.0, 1.0, 0.0]]), 2)
    >>> list(zip(best.rows.tolist(), best.columns.tolist())), best.least.tolist()
    ([(0, 0), (0, 2), (1, 0), (1, 1), (2, 1)], [2.0, 5.0, 0.0])
    """
    height, width = values.shape
    above = values > floor
    group = min(_GROUP, width // (2 * most))
    if group >= _LEAST_GROUP:
        groups = width // group
        highest = values[:, : groups * group].reshape(height, groups, group).max(axis=2)
        bound = np.partition(highest, groups - most, axis=1)[:, groups - most, None]
        above &= values >= bound
        if np.count_nonzero(above) > _MANY * most * height:
            above &= (values > bound) | (np.cumsum(values == bound, axis=1, dtype=np.int32) <= most)
    rows, columns = np.divmod(np.flatnonzero(above), width)
    return first_of_rows(rows, columns, values[rows, columns], height, most, floor)


def first_of_rows(
    rows: np.ndarray, columns: np.ndarray, data: np.ndarray, height: int, most: int, floor: float = 0.0
) -> LargestValues:
    """As `largest`, for values above the floor that are listed with their rows and columns."""
    order = np.lexsort((columns, -data, rows))
    rows, columns, data = rows[order], columns[order], data[order]
    starts = np.searchsorted(rows, np.arange(height + 1))
    keep = np.arange(len(rows)) - starts[rows] < most
    full = np.diff(starts) >= most
    least = np.full(height, floor, dtype=np.float32)
    least[full] = data[starts[:-1][full] + most - 1]
    return LargestValues(rows[keep], columns[keep], least)
