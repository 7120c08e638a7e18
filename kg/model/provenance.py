"""What a note states about its own origin: sources, who wrote it, who verified it, and until when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

HUMAN: Final = "human:"
"""Prefix of the actors that are people."""
PROCESS: Final = "process:"
"""Prefix of the actors that are automated processes."""

TrustTier = Literal["unverified", "machine-confirmed", "human-reviewed"]


class StatedSource(NamedTuple):
    """A material that a concept derives from."""

    id: str
    """The label of the footnotes that cite it; empty if none can."""
    resource: str
    """A URL, a path, or the description of a scope."""
    title: str = ""
    author: str = ""
    usage_count: int | None = None
    last_modified: str = ""


class SourceUse(NamedTuple):
    """A claim that cites a source."""

    line: int
    """The line of the reference in the note."""
    id: str
    """The id of the source."""


class Attribution(NamedTuple):
    """Who did something, and when."""

    by: str
    at: str
    """A date or an instant as `kg.notes.okf.dates` writes it; as written if it is none; empty if not stated."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """The statements of a note about itself."""

    type: str = ""
    """The kind of concept in the note's own words, where the dialect allows any."""
    resource: str = ""
    """URI of the asset that the concept describes."""
    sources: tuple[StatedSource, ...] = ()
    cited: tuple[SourceUse, ...] = ()
    """The claims in the text that name their source."""
    generated: Attribution | None = None
    verified: tuple[Attribution, ...] = ()
    stale_after: str = ""
    """The date or instant from which on the content is stale; empty if not stated."""

    @property
    def tier(self) -> TrustTier:
        """The level of trust that the verifications give.

        >>> Provenance(verified=(Attribution("process:nightly", ""),)).tier, Provenance().tier
        ('machine-confirmed', 'unverified')
        """
        actors = [event.by for event in self.verified if event.by]
        if not actors:
            return "unverified"
        return "human-reviewed" if any(actor.startswith(HUMAN) for actor in actors) else "machine-confirmed"
