"""The entry points: the command line, the Python interface, comparison of two states, benchmarks."""
