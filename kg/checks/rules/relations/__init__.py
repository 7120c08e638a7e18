"""Hierarchy and relations (KG4)."""
