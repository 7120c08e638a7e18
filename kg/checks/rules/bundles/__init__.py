"""Rules of the Open Knowledge Format; they apply to bundles only."""
