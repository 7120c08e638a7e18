"""Topics of outside sources and competency questions, with their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kg.model.notes import Lang


class NearConcept(NamedTuple):
    """A concept with a name like that of a topic."""

    iri: str
    name: str
    likeness: float
    """Between 0 and 1."""


class TopicState(NamedTuple):
    """A topic of a scope list and what the knowledge base has for it."""

    iri: str
    label: str
    notation: str
    """The number that the source gives it."""
    concepts: tuple[str, ...]
    """IRIs of the concepts that authors mapped to it."""
    lacks: tuple[str, ...]
    """Why no concept meets the topic; empty where one does."""
    near: tuple[NearConcept, ...]
    """Concepts with a similar name, best first. Only suggested."""
    level: int = -1
    """Depth from 0 to 5, where the list is the reference of an area; -1 where it is not."""
    next: tuple[str, ...] = ()
    """What the next level of depth requires."""
    reviewed: bool = False
    """Whether an expert approved the present text of one of its concepts."""


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
    """Whether the list was compared with its source; others are counted apart."""
    topics: tuple[TopicState, ...]
    reference_of: str = ""
    """The area whose depth is measured on it."""

    @property
    def met(self) -> int:
        """The number of topics that are met."""
        return sum(not t.lacks for t in self.topics)


class Answer(NamedTuple):
    """A competency question and the graph's answer to it."""

    name: str
    question: str
    """Its first comment line."""
    faults: tuple[str, ...]
    """What differs from the rows expected; empty where it is answered."""
    rows: int
    """Number of rows expected."""
    refused: str = ""
    """Why its query gave nothing: a limit, a service, bad syntax; empty where it was answered."""
    hint: str = ""
    """What helps against that."""
