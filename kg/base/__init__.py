"""The foundation: names, settings, the gateways for files, foreign formats and programs, writers, locks, caches."""
