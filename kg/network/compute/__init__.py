"""Measures of a graph in Parquet, on one machine or on a cluster: one protocol, two engines.

`local` uses the arrays and algorithms of this wing, `spark` the same measures as joins of Spark's data frames. Both give equal
results (`tests/scale/test_compute.py`). Nothing here is imported without the extras `parquet` or `spark`.
"""
