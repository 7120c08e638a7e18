"""The type of sparse matrices, since scipy has no type hints, and their bytes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import scipy.sparse as sp

Matrix: TypeAlias = Any
"""A scipy.sparse matrix of float32; if a module says so, also a dense numpy array."""
PackedMatrix: TypeAlias = tuple[bytes, bytes, bytes]
"""Ends of rows (int64), columns (int32) and values."""


def pack_matrix(matrix: Matrix) -> PackedMatrix:
    """Return the bytes of a matrix, row by row (CSR)."""
    return (
        matrix.indptr.astype(np.int64).tobytes(),
        matrix.indices.astype(np.int32).tobytes(),
        np.ascontiguousarray(matrix.data).tobytes(),
    )


def unpack_matrix(parts: PackedMatrix, width: int, kind: type) -> Matrix:
    """Return the matrix of `width` columns with values of a kind, whose bytes these are."""
    pointers, columns, data = parts
    ends = np.frombuffer(pointers, dtype=np.int64)
    return sp.csr_matrix(
        (np.frombuffer(data, dtype=kind), np.frombuffer(columns, dtype=np.int32), ends), (len(ends) - 1, width)
    )
