"""The type of sparse matrices, since scipy has no type hints."""

from __future__ import annotations

from typing import Any, TypeAlias

Matrix: TypeAlias = Any
"""A scipy.sparse matrix of float32; if a module says so, also a dense numpy array."""
