"""Topics of external sources and competency questions, with their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kg.model.notes import Lang


class NearConcept(NamedTuple):
    """A concept with a name similar to that of a topic."""

    iri: str
    name: str
    likeness: float
    """Between 0 and 1."""


class TopicState(NamedTuple):
    """A topic of a scope list, with its state in the knowledge base."""

    iri: str
    label: str
    notation: str
    """The topic's number in the source."""
    concepts: tuple[str, ...]
    """IRIs of the concepts that authors mapped to it."""
    lacks: tuple[str, ...]
    """Why no concept meets the topic; empty if one does."""
    near: tuple[NearConcept, ...]
    """Concepts with a similar name, best first; suggestions only."""
    level: int = -1
    """Depth from 0 to 5 if the list is the reference of an area, else -1."""
    next: tuple[str, ...] = ()
    """The requirements of the next level of depth."""
    reviewed: bool = False
    """Whether an expert approved the present text of one of its concepts."""
    labels: Mapping[Lang, str] = {}
    """Language → name; `label` is the English one if there is one."""

    def name(self, lang: Lang) -> str:
        """Return the name in a language, otherwise in any."""
        return self.labels.get(lang) or self.label


@dataclass(frozen=True, slots=True)
class TopicList:
    """A scope list with the state of its topics."""

    iri: str
    key: str
    """The last part of the IRI, which is the name of the file."""
    title: Mapping[Lang, str]
    area: str
    edition: str
    source: str
    checked: bool
    """Whether the list was compared with its source; other lists are counted separately."""
    topics: tuple[TopicState, ...]
    reference_of: str = ""
    """The area whose depth is measured with this list."""

    @property
    def met(self) -> int:
        """The number of topics that are met."""
        return sum(not t.lacks for t in self.topics)


class BlindMeasurement(NamedTuple):
    """The first measurement of a blind list: it was recorded before any note could be written for the list."""

    list: str
    """Key of the list."""
    met: int
    topics: int
    digest: str
    """Digest of the topics that were measured."""
    committed: str
    """The commit that added the list, and no notes."""
    measured: str
    """The commit whose notes were measured: those of the commit above, unchanged."""
    time: str


@dataclass(frozen=True, slots=True)
class BlindList:
    """A list that no note was written for when it was committed, with its topics today and its first measurement."""

    topics: TopicList
    first: BlindMeasurement | None
    """None until `kg coverage --freeze` records it, and if the topics were changed afterwards."""
    changed: bool = False
    """Whether the topics were changed after the first measurement."""


class Answer(NamedTuple):
    """A competency question and the graph's answer to it."""

    name: str
    question: str
    """The first comment line of the query."""
    faults: tuple[str, ...]
    """Differences from the expected rows; empty if the question is answered."""
    rows: int
    """Number of expected rows."""
    refused: str = ""
    """Why the query returned no result: a limit, a service, bad syntax; empty if it returned one."""
    hint: str = ""
    """How to avoid that."""
