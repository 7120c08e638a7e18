"""The conditions of logical consistency, in words. Gates need these only, and not what finds violations."""

from __future__ import annotations

from typing import Final

# SKOS Reference, section 4.3 (S9), 5.4 (S13, S14), 8.4 (S27), 9.4 (S37), 10.4 (S46): https://www.w3.org/TR/skos-reference/
S9 = "S9: both a concept and a concept scheme"
S37 = "S37: both a concept and a collection"
S13 = "S13: a label is both preferred and alternative"
S14 = "S14: two preferred labels in one language"
S27 = "S27: related to a concept above or below it"
S46 = "S46: exact match of a concept that it also matches as broader or related"
CYCLE = "hierarchy cycle"
TWO_DEFINITIONS = "two definitions in one language"
CONTRADICTION = "contradictory relations"
FAILED = "failed evidence"
HARD: Final = (S9, S13, S14, S27, S37, S46)
"""Conditions of the hard gate, which allows no violation."""
