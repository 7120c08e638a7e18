"""The type of sparse matrices: scipy has no type information."""

from __future__ import annotations

from typing import Any, TypeAlias

Matrix: TypeAlias = Any
"""A scipy.sparse matrix of float32; where a module says so, also a dense one of numpy."""
