"""Notes, and what a knowledge base adds to kg (KG1)."""
