"""Looks whether the output is up to date, and builds if it isn't. Imports no step: they take longer than the look."""

from __future__ import annotations

from kg.base.clock import read_clock
from kg.base.settings import Settings
from kg.base.store import lock_base
from kg.knowledge.current import (
    BuildRun,
    Published,
    deliverables_there,
    fingerprint_inputs,
    is_current,
    last_build,
    up_to_date,
)
from kg.knowledge.inputs import Inputs
from kg.knowledge.running import ANYHOW, Clock, How, without_collector

__all__ = ["Published", "build_base", "fingerprint_inputs", "is_current"]


def build_base(settings: Settings, *, stage: str = "site", how: How = ANYHOW, full: bool = False) -> Published:
    """Build up to a stage and publish the output folder in one step.

    If the inputs haven't changed since the last build, nothing is done unless `full` is set. Raises KgError if the build can't
    continue; the output folder is then unchanged.
    """
    run = BuildRun(settings, stage, how, full, Clock(), read_clock())
    with lock_base(settings.cache), without_collector():
        with run.clock.stage("look"):
            inputs = Inputs(settings)
            digest = inputs.build_key(stage)
            last = None if full else last_build(settings)
            same = (
                last is not None
                and last["inputs"] == digest
                and last.get("deliverables", "") == deliverables_there(settings, last)
            )
            done = up_to_date(settings) if same else None
        if done is not None:
            return done
        # start time: a build without changes needs no step
        from kg.knowledge.building import build_changed

        return build_changed(run, inputs, digest, last)
