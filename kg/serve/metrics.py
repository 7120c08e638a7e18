"""Metrics of the build and of the service, for Prometheus."""

from __future__ import annotations

import calendar
import contextlib
import time
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from kg.base.about import VERSION
from kg.serve.builds import Builds
from kg.views.export.openmetrics import Gauged, metric_families

OUTCOMES = ("answered", "truncated", "refused", "failed", "timed-out", "busy", "gone")
"""Outcomes of a query: `refused` for errors in the request, `failed` for errors of the evaluation."""

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class _OfBuild(Collector):
    """Measures, findings and time of the served build, with the names of `metrics.prom`."""

    def __init__(self, builds: Builds) -> None:
        self._builds = builds

    def describe(self) -> list[Metric]:
        """Empty, since no build exists when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The families of `metrics.prom`, and those that only the service provides."""
        build = self._builds.current
        summary = build.info.summary
        # A failure is an array that starts with the name of the measure.
        missed = {gate.measure for gate in summary.gates}
        rows = (Gauged(r.name, r.unit, r.value, r.target, r.lower, r.gate, r.name not in missed) for r in build.measures)
        totals = {"concepts": summary.concepts, "notes": summary.notes, "statements": summary.statements}
        yield from metric_families(rows, build.findings, totals, summary.plan)
        stages = GaugeMetricFamily("kg_build_stage_seconds", "Seconds that each stage of the build took.", labels=["stage"])
        for stage, seconds in build.info.seconds.items():
            stages.add_metric([stage], seconds)
        yield stages
        yield GaugeMetricFamily("kg_build_seconds", "Seconds that the build took.", value=sum(build.info.seconds.values()))
        with contextlib.suppress(ValueError):
            built = calendar.timegm(time.strptime(build.info.built, "%Y-%m-%dT%H:%M:%SZ"))
            yield GaugeMetricFamily("kg_build_timestamp_seconds", "When the build that is served was made.", value=built)
        yield CounterMetricFamily("kg_builds_picked_up", "Newer builds put into service.", value=self._builds.reloads)
        yield GaugeMetricFamily("kg_query_workers", "Worker processes that answer queries.", value=build.pool.ready)
        info = GaugeMetricFamily("kg_version_info", "Version of kg.", labels=["version"])
        info.add_metric([VERSION], 1)
        yield info


class Figures:
    """The counters of the service, and their output."""

    def __init__(self, builds: Builds) -> None:
        # Disables an additional, unused sample for each counter.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types for it
        self._registry = CollectorRegistry()
        self._queries = Counter("kg_queries", "Queries by how they ended.", ["outcome"], registry=self._registry)
        for outcome in OUTCOMES:
            self._queries.labels(outcome)
        self._seconds = Histogram(
            "kg_query_seconds", "Seconds that a worker took for a query.", buckets=_BUCKETS, registry=self._registry
        )
        self._timeouts = Counter("kg_query_timeouts", "Queries ended at the time limit.", registry=self._registry)
        self._registry.register(_OfBuild(builds))
        ProcessCollector(registry=self._registry)

    def count(self, outcome: str, seconds: float | None = None) -> None:
        """Count a finished query."""
        self._queries.labels(outcome).inc()
        if outcome == "timed-out":
            self._timeouts.inc()
        if seconds is not None:
            self._seconds.observe(seconds)

    def write(self, accept: str) -> tuple[bytes, str]:
        """All metrics in the Prometheus text format or, if requested, OpenMetrics; and the media type."""
        encode: Callable[[CollectorRegistry], bytes]
        encode, media = choose_encoder(accept)
        return encode(self._registry), media
