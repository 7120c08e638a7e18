"""kg: a compiler and a test suite for knowledge."""

__version__ = "0.1.0"
