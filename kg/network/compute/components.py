"""The two operations that turn a graph into stars, one for each component, around its least id (Kiveris et al. 2014).

Edges are rows (a, b) with a < b. Applied in turn until nothing changes, the operations need O(log² n) rounds, mostly
fewer than ten.
"""

from __future__ import annotations

from pyspark.sql import functions as f

from kg.network.compute.kept import Frame


def large_star(edges: Frame) -> Frame:
    """Connect the larger neighbours of each node with the least of the node and its neighbours."""
    around = edges.select(f.col("a").alias("u"), f.col("b").alias("v")).unionAll(edges.select("b", "a"))
    least = around.groupBy("u").agg(f.min("v").alias("m")).select("u", f.least("u", "m").alias("m"))
    moved = around.join(least, "u").where("v > u").select(f.col("m").alias("a"), f.col("v").alias("b"))
    return moved.where("a <> b").distinct()


def small_star(edges: Frame) -> Frame:
    """Connect each node and its smaller neighbours with the least of them."""
    least = edges.groupBy("b").agg(f.min("a").alias("m"))
    joined = edges.join(least, "b")
    moved = joined.select(f.col("m").alias("a"), f.col("a").alias("b")).where("a <> b")
    return moved.unionAll(least.select(f.col("m").alias("a"), "b")).distinct()
