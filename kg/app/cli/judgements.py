"""``kg review add``: records of judgements, one command for each kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

import click

from kg import knowledge
from kg.app.cli.completion import complete_concepts, complete_drawn, complete_innovations
from kg.app.cli.options import NamedPath, common, flag, read_settings, say, texts, translate_sentence
from kg.base import files
from kg.base.errors import UsageError
from kg.base.formats import FormatError

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.evidence.review.records import Record
    from kg.model import Assessment

BY = click.option("--by", metavar="NAME", help="The person who judged (default: git's user.name and user.email).")
_VERDICTS = {
    "claim": ("correct", "wrong", "unclear"), "concept": ("approved", "objected"), "acceptance": ("accepted", "rejected"),
}  # fmt: skip


@click.group()
@common
def add() -> None:
    """Add a record. Records are never changed or removed; a later record by the same person replaces an earlier one."""


class ReviewSignature(TypedDict):
    """Author, time and comment of a record."""

    by: str
    when: str
    comment: str


def _record(make: Callable[[Settings, Assessment, ReviewSignature], list[Record]], by: str | None, comment: str = "") -> None:
    """Make records about the current knowledge base, sign them and append them."""
    # start time: only this command needs it
    from kg.base.clock import read_clock
    from kg.evidence.review.records import append_reviews, find_signer

    settings = read_settings()
    assessment = knowledge.open_base(settings).assessment
    records = make(settings, assessment, {"by": find_signer(by, settings.root), "when": read_clock(), "comment": comment})
    append_reviews(settings.ontology, records, say_record)
    t = texts("review")
    for record in records:
        name = getattr(record, "id", "") or getattr(record, "subject", "")
        verdict = getattr(record, "verdict", "")
        values = {"name": name, "by": record.by, "when": record.when}
        say_record(t("recorded-verdict", verdict=t(verdict), **values) if verdict else t("recorded", **values))


def say_record(text: str) -> None:
    """Say on stderr what was recorded, or what a journal reports, unless --quiet."""
    if not flag("quiet"):
        say(translate_sentence("errors", text))


_COMMENT = click.option("--comment", default="", help="Why.")


def _claim_record(assessment: Assessment, name: str, verdict: str, signed: ReviewSignature) -> Record:
    # start time: only this command needs it
    from kg.evidence.review.records import ClaimReview

    reviews = assessment.reviews
    claim = next((c for c in reviews.claims if c.id == name), None) if reviews else None
    if claim is None:
        raise UsageError(f"no claim {name} was drawn", hint="'kg review sample' draws claims; 'kg review status' lists them")
    if claim.stale:
        raise UsageError(
            f"{claim.path} has changed since claim {name} was drawn", hint="draw a new sample: kg review sample --seed N"
        )
    if verdict not in _VERDICTS["claim"]:
        raise UsageError(f"'{verdict}' is not a verdict on a claim", hint=f"give one of: {', '.join(_VERDICTS['claim'])}")
    kind: Any = verdict
    return ClaimReview(subject=name, verdict=kind, digest=assessment.corpus.notes[claim.path].digest, **signed)


@add.command("claim")
@click.argument("claims", metavar="CLAIM…", shell_complete=complete_drawn, nargs=-1, required=True)
@click.option("--verdict", type=click.Choice(_VERDICTS["claim"]), required=True)
@_COMMENT
@BY
@common
def add_claim(claims: tuple[str, ...], verdict: str, comment: str, by: str | None) -> None:
    """Add your verdict on claims drawn by 'kg review sample': all of them, or none if one can't be judged."""

    def make(_settings: Settings, assessment: Assessment, signed: ReviewSignature) -> list[Record]:
        return [_claim_record(assessment, claim, verdict, signed) for claim in dict.fromkeys(claims)]

    _record(make, by, comment)


@add.command("sheet")
@click.argument("file", type=NamedPath(exists=True, dir_okay=False))
@BY
@common
def add_sheet(file: Path, by: str | None) -> None:
    """Add all verdicts of a sheet printed by 'kg review sample' and filled in; rows without a verdict are skipped."""
    try:
        # start time: only sheets need it
        from kg.base.formats.csv_text import read_table

        head, rows = read_table(files.read(file, named=True).decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, FormatError) as error:
        raise UsageError(f"can't read {file}: {error}", hint="a sheet is a CSV file in UTF-8") from None
    if not rows or not {"claim", "verdict"} <= set(head):
        raise UsageError(f"{file} has no columns claim and verdict", hint="fill in the sheet of 'kg review sample'")
    filled = [r for r in rows if (r.get("verdict") or "").strip()]
    if not filled:
        raise UsageError(f"{file} has no verdict yet", hint="write correct, wrong or unclear into the column verdict")

    def make(_settings: Settings, assessment: Assessment, signed: ReviewSignature) -> list[Record]:
        verdicts = [{key: (row.get(key) or "").strip() for key in ("claim", "verdict", "comment")} for row in filled]
        return [
            _claim_record(assessment, r["claim"], r["verdict"].lower(), signed | {"comment": r["comment"]}) for r in verdicts
        ]

    _record(make, by)


@add.command("concept")
@click.argument("concepts", metavar="CONCEPT…", shell_complete=complete_concepts, nargs=-1, required=True)
@click.option("--verdict", type=click.Choice(_VERDICTS["concept"]), required=True)
@_COMMENT
@BY
@common
def add_concept(concepts: tuple[str, ...], verdict: str, comment: str, by: str | None) -> None:
    """Add an expert's verdict on all notes of concepts: all of them, or none if a name is unknown. Shown with theory_depth."""
    # start time: only this command needs it
    from kg.evidence.review import digest_of
    from kg.evidence.review.records import ConceptReview
    from kg.graph.concepts import find_concept

    def make(_settings: Settings, assessment: Assessment, signed: ReviewSignature) -> list[Record]:
        kind: Any = verdict
        # A concept can be given twice, by its id and by its label.
        subjects = {c.id: c for c in (find_concept(assessment.corpus.concepts, name) for name in concepts)}
        return [
            ConceptReview(subject=name, verdict=kind, digest=digest_of(assessment.corpus, subject), **signed)
            for name, subject in subjects.items()
        ]

    _record(make, by, comment)


@add.command("test")
@click.argument("concept", shell_complete=complete_concepts)
@click.option("--asked", type=click.IntRange(1, 1000), default=1, show_default=True, help="Number of questions.")
@click.option("--correct", type=click.IntRange(0, 1000), required=True, help="Number of correct answers.")
@click.option("--question", default="", help="Text of the questions.")
@_COMMENT
@BY
@common
def add_test(concept: str, asked: int, correct: int, question: str, comment: str, by: str | None) -> None:
    """Add a comprehension test: a person read the note of a concept and answered questions. --by names the reader."""
    # start time: only this command needs it
    from kg.evidence.review import digest_of
    from kg.evidence.review.records import Comprehension
    from kg.graph.concepts import find_concept

    if correct > asked:
        raise UsageError(f"{correct} right answers to {asked} questions", hint="--correct is at most --asked")

    def make(_settings: Settings, assessment: Assessment, signed: ReviewSignature) -> list[Record]:
        subject = find_concept(assessment.corpus.concepts, concept)
        digest = digest_of(assessment.corpus, subject)
        return [Comprehension(subject=subject.id, asked=asked, correct=correct, question=question, digest=digest, **signed)]

    _record(make, by, comment)


@add.command("reading")
@click.argument("concept", shell_complete=complete_concepts)
@click.option("--claims", type=click.IntRange(0, 100_000), required=True, help="Number of claims that were judged.")
@click.option("--wrong", type=click.IntRange(0, 100_000), default=0, show_default=True, help="Number of wrong claims.")
@click.option("--relations", type=click.IntRange(0, 10_000), default=0, show_default=True, help="Number of relations judged.")
@click.option("--wrong-relations", type=click.IntRange(0, 10_000), default=0, show_default=True, help="Number of wrong ones.")
@_COMMENT
@click.option("--by", metavar="NAME", required=True, help="The machine, with its version.")
@common
def add_reading(concept: str, by: str, comment: str, **counts: int) -> None:
    """Add a machine's reading of a concept's notes. It is shown apart from judgements by people and enters no measure."""
    # start time: only this command needs it
    from kg.evidence.review import digest_of
    from kg.evidence.review.records import NoteReading
    from kg.graph.concepts import find_concept

    if counts["wrong"] > counts["claims"]:
        raise UsageError("more claims are wrong than were judged", hint="--wrong is at most --claims")
    if counts["wrong_relations"] > counts["relations"]:
        raise UsageError("more relations are wrong than were judged", hint="--wrong-relations is at most --relations")

    def make(_settings: Settings, assessment: Assessment, signed: ReviewSignature) -> list[Record]:
        subject = find_concept(assessment.corpus.concepts, concept)
        reading = NoteReading(
            subject=subject.id, digest=digest_of(assessment.corpus, subject), **signed,
            claims=counts["claims"], wrong=counts["wrong"],
            relations=counts["relations"], wrong_relations=counts["wrong_relations"],
        )  # fmt: skip
        return [reading]

    _record(make, by, comment)


@add.command("innovation")
@click.argument("name", metavar="ID")
@click.option("--type", "kind", type=click.Choice(["theory", "method", "application"]), required=True)
@click.option("--title", required=True, help="The innovation, in one sentence.")
@click.option("--prior-art", required=True, help="The search for prior art, and the closest result.")
@click.option("--concept", default="", shell_complete=complete_concepts, help="The concept whose note describes it.")
@_COMMENT
@BY
@common
def add_innovation(name: str, kind: str, title: str, prior_art: str, concept: str, comment: str, by: str | None) -> None:
    """Add a claim of novelty, with the search for prior art; it counts after two other people have accepted it."""
    # start time: only this command needs it
    from kg.evidence.review import digest_of
    from kg.evidence.review.records import InnovationClaim
    from kg.graph.concepts import find_concept

    def make(_settings: Settings, assessment: Assessment, signed: ReviewSignature) -> list[Record]:
        if assessment.reviews and name in {i.id for i in assessment.reviews.innovations}:
            raise UsageError(f"there is already an innovation '{name}'", hint="give another id")
        subject = find_concept(assessment.corpus.concepts, concept) if concept else None
        about: Any = kind
        digest = digest_of(assessment.corpus, subject) if subject else ""
        about_concept = subject.id if subject else ""
        return [
            InnovationClaim(
                id=name, type=about, title=title, prior_art=prior_art, concept=about_concept, digest=digest, **signed
            )
        ]

    _record(make, by, comment)


@add.command("acceptance")
@click.argument("name", metavar="ID", shell_complete=complete_innovations)
@click.option("--verdict", type=click.Choice(_VERDICTS["acceptance"]), required=True)
@_COMMENT
@BY
@common
def add_acceptance(name: str, verdict: str, comment: str, by: str | None) -> None:
    """Add your verdict on another person's claim of novelty."""
    # start time: only this command needs it
    from kg.evidence.review import digest_of, read_reviews
    from kg.evidence.review.records import Acceptance, InnovationClaim
    from kg.evidence.review.state import acceptance_digest

    def make(settings: Settings, assessment: Assessment, signed: ReviewSignature) -> list[Record]:
        claims = {r.id: r for r in read_reviews(settings.ontology) if isinstance(r, InnovationClaim)}
        claim = claims.get(name)
        if claim is None:
            raise UsageError(
                f"there is no innovation '{name}'", hint=f"give one of: {', '.join(claims)}" if claims else "none is recorded"
            )
        if claim.by == signed["by"]:
            raise UsageError(f"{claim.by} made this claim", hint="two other people must judge it: name yourself with --by")
        digests = {c.id: digest_of(assessment.corpus, c) for c in assessment.corpus.concepts.values()}
        about: Any = verdict
        return [Acceptance(subject=name, verdict=about, digest=acceptance_digest(claim, digests), **signed)]

    _record(make, by, comment)
