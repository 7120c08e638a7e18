"""Links (KG2)."""
