"""What shells complete: names that a knowledge base has, such as concepts, lists, rules, revisions and settings."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kg.base.errors import KgError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from kg.base.settings import Settings
    from kg.model import Corpus

_PLAIN = re.compile(r"[\w./:+][\w./:@%+,=-]*")


def is_plain(name: str) -> bool:
    """Whether a shell reads a name as it is: completions get no quotes, and names may come with somebody else's notes."""
    return _PLAIN.fullmatch(name) is not None


Complete = Callable[[click.Context, click.Parameter, str], list[str]]
"""What click calls with the beginning of a word, for what the word can become."""


def settings_to_complete(ctx: click.Context) -> Settings | None:
    """The settings of the knowledge base of an unfinished command; None if they can't be read."""
    # start time: only completion needs them
    from kg.base.setting_sources import find_nearest
    from kg.base.settings import load_settings

    named = ctx.params.get("directory") or ctx.find_root().params.get("directory")
    with contextlib.suppress(KgError, OSError):
        return load_settings(Path(named) if named else find_nearest(Path.cwd()).folder)
    return None


def corpus_to_complete(ctx: click.Context) -> Corpus | None:
    """The notes of an unfinished command, for completion; None if they can't be read."""
    # start time: only completion needs it
    from kg.knowledge import open_base

    settings = settings_to_complete(ctx)
    with contextlib.suppress(KgError, OSError):
        return open_base(settings).corpus if settings is not None else None
    return None


def complete_names(list_names: Callable[[Settings], Iterable[str]]) -> Complete:
    """Complete names that a knowledge base has: those that begin with a text, and that a shell reads as they are.

    Of a list with commas, the last part is completed.
    """

    def complete(ctx: click.Context, _parameter: click.Parameter, begin: str) -> list[str]:
        settings = settings_to_complete(ctx)
        names: list[str] = []
        with contextlib.suppress(KgError, OSError):
            names = sorted(filter(is_plain, list_names(settings))) if settings is not None else []
        before, comma, last = begin.rpartition(",")
        whole = [name for name in names if name.lower().startswith(begin.lower())]
        return whole or [before + comma + name for name in names if comma and name.lower().startswith(last.lower())]

    return complete


def complete_files(complete: Complete) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Complete names, and files where no name begins so."""

    def complete_either(ctx: click.Context, parameter: click.Parameter, begin: str) -> list[CompletionItem]:
        # start time: only completion needs it
        from click.shell_completion import CompletionItem

        names = complete(ctx, parameter, begin)
        return [CompletionItem(name) for name in names] or [CompletionItem(begin, type="file")]

    return complete_either


def _list_concepts(settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.knowledge import open_base

    return (concept.id for concept in open_base(settings).corpus.concepts.values())


def _list_notes(settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.knowledge import open_base

    return open_base(settings).corpus.notes


def _list_rules(settings: Settings) -> Iterable[str]:
    # start time: only completion needs them
    from kg.checks import RULES, own_rules

    return (rule.code for rule in (*RULES, *own_rules(settings, Path.as_posix)[0]))


def _list_revisions(settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.base.process.git import find_repository

    repository = find_repository(settings.root)
    if repository is None:
        return ()
    refs = repository.call("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    return {"HEAD", *refs.data.decode("utf-8", "replace").split()}


def _list_measures(settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.model import MEASURES, TRUST_MEASURES

    return (*MEASURES, *TRUST_MEASURES, *(f"theory_depth.{area}" for area in settings.depth))


def _list_scopes(settings: Settings) -> Iterable[str]:
    # start time: only completion needs them
    from kg.graph.scopes import FOLDER, scope_files

    return {path.stem for path in scope_files(settings.ontology / FOLDER)} - {"mapping"}


def _list_shipped(_settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.knowledge.scoping import shipped_lists

    return shipped_lists()


def _list_questions(settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.base import files

    return (path.stem for path in files.entries(settings.ontology / "questions", ".rq"))


def _list_keys(_settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.base.setting_schema import ABOUT

    return ABOUT


def _list_drawn(settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.evidence.review.records import Drawn, read_reviews

    return (record.id for record in read_reviews(settings.ontology) if isinstance(record, Drawn))


def _list_innovations(settings: Settings) -> Iterable[str]:
    # start time: only completion needs it
    from kg.evidence.review.records import InnovationClaim, read_reviews

    return (record.id for record in read_reviews(settings.ontology) if isinstance(record, InnovationClaim))


def _list_tasks(settings: Settings) -> Iterable[str]:
    # start time: only completion needs them
    from kg.knowledge import open_base
    from kg.plan.tasks import tasks_of

    tasks = tasks_of(open_base(settings).corpus)[0]
    return (name for task in tasks for name in (str(task.number or ""), task.id) if name)


def _list_interrupts(settings: Settings) -> Iterable[str]:
    # start time: only completion needs them
    from kg.plan.folder import plan_folder
    from kg.plan.journal import read_journal
    from kg.plan.state import replay_journal

    return replay_journal(read_journal(plan_folder(settings)).events).interrupts


def _list_triggers(_settings: Settings) -> Iterable[str]:
    # start time: only completion needs them
    from kg.plan.interrupts import TRIGGERS

    return (trigger.key for trigger in TRIGGERS)


def _with_equals(list_names: Callable[[Settings], Iterable[str]]) -> Callable[[Settings], Iterable[str]]:
    """The names of what gets a value, each with the sign before it."""
    return lambda settings: (f"{name}=" for name in list_names(settings))


complete_concepts: Final = complete_names(_list_concepts)
complete_notes: Final = complete_names(_list_notes)
complete_rules: Final = complete_names(_list_rules)
complete_severities: Final = complete_names(lambda _settings: ("error", "warning", "info"))
complete_revisions: Final = complete_names(_list_revisions)
complete_measures: Final = complete_names(_list_measures)
complete_goals: Final = complete_names(_with_equals(_list_measures))
complete_scopes: Final = complete_names(_list_scopes)
complete_lists: Final = complete_files(complete_names(_list_shipped))
complete_states: Final = complete_files(complete_revisions)
complete_queries: Final = complete_files(complete_names(_list_questions))
complete_keys: Final = complete_names(_list_keys)
complete_overrides: Final = complete_names(_with_equals(_list_keys))
complete_used: Final = complete_names(lambda settings: settings.uses)
complete_drawn: Final = complete_names(_list_drawn)
complete_innovations: Final = complete_names(_list_innovations)
complete_tasks: Final = complete_names(_list_tasks)
complete_days: Final = complete_names(_with_equals(_list_tasks))
complete_interrupts: Final = complete_names(_list_interrupts)
complete_triggers: Final = complete_names(_list_triggers)


def complete_selectors(ctx: click.Context, _parameter: click.Parameter, begin: str) -> list[str]:
    """Selectors for the completion of shells, whose last part is completed."""
    # start time: only completion needs it
    from kg.network.selectors import complete_selector

    corpus = corpus_to_complete(ctx)
    return [text for text in complete_selector(corpus.concepts.values(), begin) if is_plain(text)] if corpus is not None else []


select_concepts = click.option(
    "--select-concepts", "selectors", multiple=True, metavar="SELECTOR", shell_complete=complete_selectors,
    help="Only these concepts, as in dbt: +raft+2, tag:consensus, area:edge,type:theorem; repeatable.",
)  # fmt: skip
