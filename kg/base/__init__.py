"""What every wing stands on: names, settings, the gates for files, foreign formats and programs, the writers, locks, caches."""
