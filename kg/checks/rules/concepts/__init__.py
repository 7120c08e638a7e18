"""Labels, definitions and other statements about concepts (KG3)."""
