"""Compares the Chinese and the English text of one note: sections, formulas and numbers.

A sentence can be translated in many ways; what a translation never changes are its numbers, its formulas, and which sections
there are. `passages` divides a note by language, `quantities` reads numbers in figures and in words, `differences` compares.
"""

from __future__ import annotations

from kg.notes.languages.differences import compare_languages

__all__ = ["compare_languages"]
