"""The composition root: the only part that knows every step of a build and their order."""

from kg.metrics.gates import Failure, check_names, failures
from kg.pipeline.publish import STAGES, Published, build, fingerprint, open_build
from kg.pipeline.quality import text_of
from kg.pipeline.steps import Built, How, Progress, assess, read
from kg.pipeline.summary import MeasureLine, Summary, summarise

__all__ = [
    "STAGES",
    "Built",
    "Failure",
    "How",
    "MeasureLine",
    "Progress",
    "Published",
    "Summary",
    "assess",
    "build",
    "check_names",
    "failures",
    "fingerprint",
    "open_build",
    "read",
    "summarise",
    "text_of",
]
