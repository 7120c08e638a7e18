"""The engine on a cluster: the same measures as joins and groups of Spark's data frames; executors run no Python.

Every result is written as Parquet in the folder of checkpoints, and so is every round of an iteration.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
from pyspark.sql import functions as f

from kg.base.errors import StoreError, UsageError
from kg.graph.tables.reading import TablesManifest, decode_manifest
from kg.graph.tables.schema import MANIFEST, TABLES
from kg.network.compute.components import large_star, small_star
from kg.network.compute.kept import JAVA_ERRORS, Checkpoints, Frame, java_reason
from kg.network.compute.protocol import ALPHA, HUB, LISTED, PAIRS, ROUNDS_OF_LABELS, TOLERANCE
from kg.network.compute.rounds import core_round, count_changed, label_round, rank_round
from kg.network.criteria import LACKS, AssociationCounts, LinkageCounts

_MOST_ROUNDS: Final = 1_000
_STEPS: Final = 4
"""Multiplications in a round of PageRank."""
_HIERARCHICAL: Final = ("broader", "narrower")


class SparkCompute:
    """Implements `Compute` on a cluster. `source` is the folder of an export, `work` one for checkpoints; both may be URLs."""

    name = "spark"

    def __init__(self, session: Any, source: str, work: str) -> None:
        self._session = session
        self._source = source.rstrip("/")
        data = self._manifest_bytes()
        self._manifest: TablesManifest = decode_manifest(data, f"{self._source}/{MANIFEST}")
        self._kept = Checkpoints(session, f"{work.rstrip('/')}/{hashlib.sha256(data).hexdigest()[:16]}")

    def _manifest_bytes(self) -> bytes:
        try:
            rows = self._session.read.text(f"{self._source}/{MANIFEST}", wholetext=True).collect()
        except JAVA_ERRORS as error:
            raise UsageError(
                f"there is no export at {self._source}: {java_reason(error)}", hint="make one: kg export parquet -o DIR"
            ) from None
        return "".join(row[0] for row in rows).encode()

    def _table(self, name: str, *columns: str) -> Frame:
        """Return columns of a table: of the files that the manifest lists, if these have as many rows as it says."""
        listed = self._manifest.tables[name]
        paths = [f"{self._source}/{file.path}" for file in listed.files]
        if any(".." in file.path.split("/") or file.path.startswith("/") or ":" in file.path for file in listed.files):
            raise StoreError(f"{self._source}/{MANIFEST} lists a file outside of its folder", hint="export it again")
        try:
            rows = self._session.read.parquet(*paths)
            count = rows.count()
        except JAVA_ERRORS as error:
            raise StoreError(f"can't read {self._source}/{name}: {java_reason(error)}", hint="export it again") from None
        if count != listed.rows or not set(columns) <= set(rows.columns):
            raise StoreError(
                f"{self._source}/{name} has {count:,} rows; {MANIFEST} says {listed.rows:,}: a file was changed or is damaged",
                hint="export it again",
            )
        return rows.select(*(columns or [c.name for c in TABLES[name].columns]))

    @cached_property
    def _nodes(self) -> Frame:
        return self._kept.keep(
            "nodes", lambda: self._table("nodes", "id", "iri", "top", "planned").where(~f.col("planned")).drop("planned")
        )

    @cached_property
    def _edges(self) -> Frame:
        """The asserted edges between concepts: source, target, typed, kind of relation."""
        kinds = f.broadcast(self._table("relations", "id", "kind").withColumnRenamed("id", "relation"))

        def make() -> Frame:
            ids = self._nodes.select("id")
            edges = self._table("edges", "source", "target", "relation", "asserted", "typed").where("asserted")
            for end in ("source", "target"):
                edges = edges.join(ids, f.col(end) == f.col("id"), "left_semi")
            return edges.join(kinds, "relation").select("source", "target", "typed", "kind")

        return self._kept.keep("edges", make)

    def _pairs(self, *, typed: bool = False) -> Frame:
        """The undirected graph: a < b, and the number of edges between them."""

        def make() -> Frame:
            edges = self._edges.where("typed") if typed else self._edges
            ends = (f.least("source", "target").alias("a"), f.greatest("source", "target").alias("b"))
            return edges.select(*ends).groupBy("a", "b").agg(f.count("*").alias("weight"))

        return self._kept.keep("typed-pairs" if typed else "pairs", make)

    @cached_property
    def _around(self) -> Frame:
        """The neighbours of each concept: u, v, weight; each pair in both directions."""
        pairs = self._pairs()
        return pairs.select(f.col("a").alias("u"), f.col("b").alias("v"), "weight").unionAll(pairs.select("b", "a", "weight"))

    def _of_all(self, rows: Frame, **defaults: Any) -> Frame:
        """Return rows with a column id, completed by those of concepts that aren't in it."""
        return self._nodes.select("id").join(rows, "id", "left").fillna(defaults)

    def degrees(self) -> Frame:
        """See `Compute`."""

        def make() -> Frame:
            around = self._around.groupBy(f.col("u").alias("id"))
            degree = around.agg(f.count("*").alias("degree"), f.sum("weight").alias("weighted_degree"))
            every = self._of_all(degree, degree=0, weighted_degree=0)
            typed = self._typed_degree().withColumnRenamed("degree", "typed_degree")
            every = every.join(typed, "id", "left").fillna({"typed_degree": 0})
            return every.select("id", "degree", "typed_degree", "weighted_degree")

        return self._kept.keep("degrees", make)

    def _typed_degree(self) -> Frame:
        ends = f.explode(f.array("a", "b")).alias("id")
        return self._pairs(typed=True).select(ends).groupBy("id").agg(f.count("*").alias("degree"))

    def components(self, *, typed: bool = False) -> Frame:
        """See `Compute`. Alternating stars: Kiveris et al. 2014, "Connected components in MapReduce and beyond"."""
        name = "typed-components" if typed else "components"

        def make() -> Frame:
            stars = self._stars(name, self._pairs(typed=typed))
            found = self._of_all(stars.select(f.col("b").alias("id"), f.col("a").alias("component")))
            return found.select("id", f.coalesce("component", "id").alias("component"))

        return self._kept.keep(name, make)

    def _stars(self, name: str, pairs: Frame) -> Frame:
        """Return a star (a, b) for each component, around its least id a."""
        return self._kept.rounds(
            name,
            lambda: pairs.select("a", "b"),
            lambda state: small_star(large_star(state)),
            lambda new, old: _fingerprint(new) == _fingerprint(old),
            _MOST_ROUNDS,
        )

    def pagerank(self, tolerance: float = TOLERANCE) -> Frame:
        """See `Compute`. Rank that concepts without outgoing edges would spread is left out, and the sum made 1 at the end.

        Since they spread it as evenly as the teleport, the result is the same: the solution of a linear system is scaled.
        """
        name = f"pagerank-{tolerance:g}"

        def make() -> Frame:
            ids, links = self._nodes.select("id"), self._links()

            def step(state: Frame) -> Frame:
                for _ in range(_STEPS):
                    state = rank_round(links, state)
                return state

            def is_last(new: Frame, _old: Frame) -> bool:
                moved, total = new.agg(f.sum(f.abs(f.col("rank") - f.col("before"))), f.sum("rank")).first()
                return moved is None or moved * ALPHA / (1 - ALPHA) <= tolerance * total

            start = ids.select("id", f.lit(1.0).alias("rank"), f.lit(0.0).alias("before"))
            state = self._kept.rounds(name, lambda: start, step, is_last, _MOST_ROUNDS)
            total = state.agg(f.sum("rank")).first()[0] or 1.0
            return state.select("id", (f.col("rank") / total).alias("pagerank"))

        return self._kept.keep(name, make)

    def _links(self) -> Frame:
        """Return the directed edges with the share of rank that each passes on."""

        def make() -> Frame:
            pairs = self._edges.select("source", "target").distinct()
            return pairs.join(pairs.groupBy("source").agg((ALPHA / f.count("*")).alias("share")), "source")

        return self._kept.keep("links", make)

    def core(self) -> Frame:
        """See `Compute`. The h-index of the neighbours' values, again and again from the degrees on (Lü et al. 2016).

        It ends at the core numbers that peeling gives, in fewer rounds (Montresor, De Pellegrini & Miorandi 2013).
        """

        def make() -> Frame:
            around = self._around.select("u", "v")

            def start() -> Frame:
                degree = around.groupBy(f.col("u").alias("id")).agg(f.count("*").alias("core"))
                return degree.withColumn("changed", f.lit(1))

            def is_last(new: Frame, _old: Frame) -> bool:
                return count_changed(new) == 0

            state = self._kept.rounds("core", start, lambda state: core_round(around, state), is_last, _MOST_ROUNDS)
            return self._of_all(state.select("id", "core"), core=0)

        return self._kept.keep("core", make)

    def clustering(self) -> Frame:
        """See `Compute`. Triangles are found once, from the concept with the fewest neighbours: at most edges^1.5 pairs."""

        def make() -> Frame:
            degree = self.degrees().select("id", "degree")
            pairs = self._pairs()
            pairs = pairs.join(degree.select(f.col("id").alias("a"), f.col("degree").alias("m")), "a")
            pairs = pairs.join(degree.select(f.col("id").alias("b"), f.col("degree").alias("n")), "b")
            swap = (f.col("m") > f.col("n")) | ((f.col("m") == f.col("n")) & (f.col("a") > f.col("b")))
            edges = pairs.select(f.when(swap, f.col("b")).otherwise(f.col("a")).alias("x"),
                                 f.when(swap, f.col("a")).otherwise(f.col("b")).alias("y"))  # fmt: skip
            wedges = edges.join(edges.select("x", f.col("y").alias("z")), "x").where("y <> z")
            closing = edges.select(f.col("x").alias("y"), f.col("y").alias("z"))
            corners = wedges.join(closing, ["y", "z"]).select(f.explode(f.array("x", "y", "z")).alias("id"))
            triangles = corners.groupBy("id").agg(f.count("*").alias("triangles"))
            every = self._of_all(triangles, triangles=0).join(degree, "id")
            possible = f.col("degree") * (f.col("degree") - 1)
            share = f.when(f.col("degree") > 1, 2.0 * f.col("triangles") / possible).otherwise(0.0)
            return every.select("id", "triangles", share.alias("clustering"))

        return self._kept.keep("clustering", make)

    def label_propagation(self) -> Frame:
        """See `Compute`."""

        def make() -> Frame:
            around = self._around

            def is_last(new: Frame, _old: Frame) -> bool:
                return count_changed(new) == 0

            start = self._nodes.select("id", f.col("id").alias("label"), f.lit(1).alias("changed"))
            state = self._kept.rounds(
                "labels", lambda: start, lambda state: label_round(around, state), is_last, ROUNDS_OF_LABELS
            )
            return state.select("id", "label")

        return self._kept.keep("label-propagation", make)

    def similar_pairs(self, limit: int = PAIRS, hub: int = HUB) -> Frame:
        """See `Compute`. A self-join over shared neighbours with at most `hub` links."""

        def make() -> Frame:
            degree = self.degrees().where((f.col("degree") > 1) & (f.col("degree") <= hub))
            weight = degree.select(f.col("id").alias("v"), (1.0 / f.log(f.col("degree").cast("double"))).alias("w"))
            ends = self._around.select("u", "v").join(weight, "v")
            shared = ends.join(ends.select("v", f.col("u").alias("t")), "v").where("u < t")
            scored = shared.groupBy(f.col("u").alias("a"), f.col("t").alias("b")).agg(f.sum("w").alias("adamic_adar"))
            unlinked = scored.join(self._pairs().select("a", "b"), ["a", "b"], "left_anti")
            best = unlinked.orderBy(f.round("adamic_adar", 9).desc(), "a", "b").limit(limit)
            return best.select(f.col("a").alias("first"), f.col("b").alias("second"), "adamic_adar")

        kept = self._kept.keep(f"similar-pairs-{limit}-{hub}", make)
        return kept.orderBy(f.round("adamic_adar", 9).desc(), "first", "second")

    def association(self, listed: int = LISTED) -> AssociationCounts:
        """See `Compute`. The table of criteria is kept as Parquet with all concepts."""
        nodes, degree = self._nodes, self._of_all(self._typed_degree(), degree=0)
        criteria = self._kept.keep("association", lambda: self._criteria(None))
        total = nodes.count()
        hub = degree.join(nodes, "id").orderBy(f.col("degree").desc(), "iri").limit(1).collect()
        without = 0
        if total > 1:
            gone = hub[0]["id"]
            met = self._criteria(gone).where(f.col("id") != gone).where(" and ".join(f"`{name}`" for name in LACKS))
            without = met.count()
        lacks = sum((f.when(f.col(name), 0).otherwise(1) for name in LACKS), f.lit(0))
        offenders = criteria.withColumn("lacks", lacks).join(nodes.select("id", "iri"), "id")
        met, lacking = offenders.agg(f.count_if(f.col("lacks") == 0), f.sum("lacks")).first() if total else (0, 0)
        first = offenders.where("lacks > 0").orderBy("iri").limit(listed).collect()
        typed = self._edges.where("typed")
        return AssociationCounts(
            concepts=total,
            associated=met,
            lacking=lacking or 0,
            components=self.components(typed=True).select("component").distinct().count(),
            isolated=degree.where("degree = 0").count(),
            pairs=self._pairs(typed=True).count(),
            typed=typed.count(),
            associative=typed.where(~f.col("kind").isin(*_HIERARCHICAL)).count(),
            without_hub=without,
            reasons={row["iri"]: tuple(name for name in LACKS if not row[name]) for row in first},
        )

    def _criteria(self, gone: int | None) -> Frame:
        """Return for each concept whether it meets each of the criteria; the concept `gone` is left out."""
        edges, pairs = self._edges, self._pairs(typed=True)
        if gone is not None:
            edges = edges.where((f.col("source") != gone) & (f.col("target") != gone))
            pairs = pairs.where((f.col("a") != gone) & (f.col("b") != gone))
        degree = pairs.select(f.explode(f.array("a", "b")).alias("id")).groupBy("id").agg(f.count("*").alias("degree"))
        associative = edges.where(f.col("typed") & ~f.col("kind").isin(*_HIERARCHICAL))
        joined = associative.select(f.explode(f.array("source", "target")).alias("id")).distinct()
        upward = f.when(f.col("kind") == "broader", f.col("source")).otherwise(f.col("target"))
        above = edges.where(f.col("kind").isin(*_HIERARCHICAL)).select(upward.alias("id")).distinct()
        inside = self._largest(self.components(typed=True) if gone is None else self._components_of(pairs, gone))
        typed, associated, component, broader = LACKS
        rows = self._nodes.join(degree, "id", "left")
        for name, ids in ((associated, joined), (component, inside), (broader, above)):
            rows = rows.join(ids.withColumn(name, f.lit(True)), "id", "left")
        return rows.select(
            "id",
            (f.coalesce("degree", f.lit(0)) >= 2).alias(typed),
            f.coalesce(f.col(f"`{associated}`"), f.lit(False)).alias(associated),
            f.coalesce(f.col(f"`{component}`"), f.lit(False)).alias(component),
            (f.coalesce(f.col(f"`{broader}`"), f.lit(False)) | f.col("top")).alias(broader),
        )

    def _components_of(self, pairs: Frame, gone: int) -> Frame:
        stars = self._stars(f"components-without-{gone}", pairs)
        centres = stars.select(f.col("a").alias("id"), f.col("a").alias("component")).distinct()
        return stars.select(f.col("b").alias("id"), f.col("a").alias("component")).unionAll(centres)

    def _largest(self, components: Frame) -> Frame:
        """Return the ids of the largest component; of several, the one with the first IRI. None if nothing is connected."""
        sizes = components.groupBy("component").agg(f.count("*").alias("size")).where("size > 1")
        most = sizes.agg(f.max("size")).first()[0]
        if most is None:
            return components.select("id").limit(0)
        tied = components.join(sizes.where(f.col("size") == most), "component").join(self._nodes, "id")
        first = tied.groupBy("component").agg(f.min("iri").alias("iri")).orderBy("iri").limit(1).collect()[0]["component"]
        return components.where(f.col("component") == first).select("id")

    def linkage(self, listed: int = LISTED) -> LinkageCounts:
        """See `Compute`."""
        inside = self._largest(self.components())
        outside = self._nodes.join(inside, "id", "left_anti")
        names = tuple(row["iri"] for row in outside.select("iri").orderBy("iri").limit(listed).collect())
        return LinkageCounts(self._nodes.count(), inside.count(), names)

    def arrow(self, rows: Frame) -> pa.Table:
        """See `Compute`."""
        return rows.toArrow()

    def write(self, rows: Frame, path: str) -> None:
        """See `Compute`."""
        rows.write.mode("overwrite").parquet(path)


def _fingerprint(edges: Frame) -> tuple[int, int]:
    """Return the number of edges and the sum of their digests: equal for equal sets."""
    count, total = edges.agg(f.count("*"), f.sum(f.xxhash64("a", "b").cast("decimal(38,0)"))).first()
    return int(count), int(total or 0)
