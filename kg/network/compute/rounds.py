"""One round of each iteration, as joins of data frames."""

from __future__ import annotations

from pyspark.sql import Window
from pyspark.sql import functions as f

from kg.network.compute.kept import Frame


def rank_round(links: Frame, state: Frame) -> Frame:
    """Return rank = 1 + Σ share · rank over incoming links, and the rank before, from rows (id, rank, before).

    `links` has source, target and share = α / number of outgoing links.
    """
    sent = links.join(state.select(f.col("id").alias("source"), "rank"), "source")
    sent = sent.select(f.col("target").alias("id"), (f.col("share") * f.col("rank")).alias("rank"), f.lit(0.0).alias("before"))
    own = state.select("id", f.lit(1.0).alias("rank"), f.col("rank").alias("before"))
    return sent.unionAll(own).groupBy("id").agg(f.sum("rank").alias("rank"), f.sum("before").alias("before"))


def core_round(around: Frame, state: Frame) -> Frame:
    """Return the h-index of the values of each node's neighbours, from rows (id, core, changed)."""
    values = around.join(state.select(f.col("id").alias("v"), "core"), "v").groupBy("u", "core").agg(f.count("*").alias("n"))
    above = Window.partitionBy("u").orderBy(f.col("core").desc()).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    at_least = values.select("u", f.least("core", f.sum("n").over(above)).alias("h"))
    new = at_least.groupBy(f.col("u").alias("id")).agg(f.max("h").alias("h"))
    changed = (f.col("h") != f.col("core")).cast("int").alias("changed")
    return new.join(state, "id").select("id", f.col("h").alias("core"), changed)


def label_round(around: Frame, state: Frame) -> Frame:
    """Return the label with the most edges to neighbours, from rows (id, label, changed); see `Compute.label_propagation`."""
    own = state.select(f.col("id").alias("u"), "label", f.lit(0.5).alias("votes"))
    votes = around.join(state.select(f.col("id").alias("v"), "label"), "v")
    votes = votes.select("u", "label", f.col("weight").cast("double").alias("votes")).unionAll(own)
    total = votes.groupBy("u", "label").agg(f.sum("votes").alias("votes"))
    # The complement of a label orders labels backwards, and unlike its negative exists for every int64.
    best = total.groupBy(f.col("u").alias("id")).agg(
        f.max(f.struct("votes", f.bitwise_not("label").alias("label"))).alias("best")
    )
    new = best.select("id", f.bitwise_not(f.col("best.label")).alias("new"))
    changed = (f.col("new") != f.col("label")).cast("int").alias("changed")
    return new.join(state, "id").select("id", f.col("new").alias("label"), changed)


def count_changed(state: Frame) -> int:
    """Return the number of rows that the last round changed."""
    return int(state.agg(f.sum("changed")).first()[0] or 0)
