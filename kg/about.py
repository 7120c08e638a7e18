"""The version of kg, apart from the package so that every floor may name it."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
