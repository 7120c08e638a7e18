"""Accepting and rejecting suggestions in the browser, under ``kg serve --watch --edit``."""
