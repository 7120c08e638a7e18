"""The programs that people start: the command line, the Python interface, comparison of two states, benchmarks."""
