"""Selects the largest values of rows without sorting."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_GROUP = 64


class LargestValues(NamedTuple):
    """The places of the largest values of each row."""

    rows: np.ndarray
    columns: np.ndarray
    least: np.ndarray
    """The smallest of the chosen values, for each row."""


def largest(values: np.ndarray, most: int) -> LargestValues:
    """Return the `most` largest values of each row; of equal values, those in the first columns.

    So the choice in a row depends on its values alone. In long rows, maxima of groups of columns first exclude most columns,
    which is many times faster than a partition.

    >>> best = largest(np.array([[3.0, 1.0, 2.0], [5.0, 5.0, 5.0]]), 2)
    >>> sorted(zip(best.rows.tolist(), best.columns.tolist())), best.least.tolist()
    ([(0, 0), (0, 2), (1, 0), (1, 1)], [2.0, 5.0])
    """
    height, width = values.shape
    k = min(most, width)
    groups = width // _GROUP
    if groups < 2 * k:
        least = np.partition(values, width - k, axis=1)[:, width - k]
        above = values > least[:, None]
        equal = values == least[:, None]
        left = k - above.sum(axis=1)
        crowded = np.flatnonzero(equal.sum(axis=1) > left)
        if len(crowded):
            equal[crowded] &= np.cumsum(equal[crowded], axis=1) <= left[crowded, None]
        rows, columns = np.divmod(np.flatnonzero(above | equal), width)
        return LargestValues(rows, columns, least)
    body = groups * _GROUP
    highest = values[:, :body].reshape(height, groups, _GROUP).max(axis=2)
    bound = np.partition(highest, groups - k, axis=1)[:, groups - k]
    rows, columns = np.divmod(np.flatnonzero(values >= bound[:, None]), width)
    data = values[rows, columns]
    order = np.lexsort((columns, -data, rows))
    rows, columns, data = rows[order], columns[order], data[order]
    starts = np.searchsorted(rows, np.arange(height))
    keep = np.arange(len(rows)) - starts[rows] < k
    return LargestValues(rows[keep], columns[keep], data[starts + k - 1])
