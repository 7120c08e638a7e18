"""Representations, evidence and the plan (KG5)."""
