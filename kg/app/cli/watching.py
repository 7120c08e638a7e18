"""What `kg build --watch` and `kg serve --watch` print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from kg.app.cli.options import flag, log_json, message_language, say_error, texts, to_stderr
from kg.app.cli.progress import ProgressLine
from kg.app.cli.quality import say_gate
from kg.base.errors import KgError
from kg.base.settings import Settings
from kg.base.texts import Texts
from kg.knowledge import Failure, Published
from kg.serve.watch.messages import BuildDone, BuildFailed, BuildOrder, BuildReport, BuildStep
from kg.serve.watch.session import WatchRequest


def watch_request(settings: Settings, stage: str, jobs: int = 0, *, full: bool = False) -> WatchRequest:
    """What to build, and again after each change: that of the command line, with settings that are read each time."""
    options = click.get_current_context().obj or {}
    notes = tuple(str(path.absolute()) for path in options.get("notes") or ())
    order = BuildOrder(
        str(settings.root), notes, str(settings.out), stage, jobs, full, settings.trust_committed, settings.overrides
    )
    return WatchRequest(order, message_language())


class WatchPrinter:
    """Prints one line after each build."""

    def __init__(self) -> None:
        self._texts = Texts(message_language(), "serve.watch")

    def report(self, report: BuildReport) -> None:
        """Progress isn't printed."""

    def built(self, done: BuildDone, difference: str | None) -> None:
        """Print the differences; of the first build, what there is."""
        if flag("quiet"):
            return
        t = self._texts
        line = difference or t("built", notes=done.summary.notes, concepts=done.summary.concepts)
        if not log_json("built", difference=line, seconds=round(done.took, 3), changed=done.changed, out=done.out):
            to_stderr(t("took", line=line, seconds=f"{done.took:.1f}"))

    def failed(self, problem: BuildFailed) -> None:
        """Print a problem."""
        say_error(KgError(problem.message, hint=problem.hint))


class BuildPrinter(WatchPrinter):
    """Prints the whole summary of the first build, one line after the others, and gates when they are missed."""

    def __init__(self, print_whole: Callable[[Published, float], None]) -> None:
        super().__init__()
        self._print_whole = print_whole
        self._line = ProgressLine()
        self._gates: tuple[Failure, ...] = ()

    def report(self, report: BuildReport) -> None:
        """Show the progress of a build on a terminal."""
        if isinstance(report, BuildStep):
            self._line(report.stage, report.done, report.total)

    def built(self, done: BuildDone, difference: str | None) -> None:
        """Print a build."""
        self._line.close()
        if difference is None:
            published = Published(Path(done.out), done.summary, done.seconds, done.files, done.changed, done.pages)
            self._print_whole(published, done.took)
        else:
            super().built(done, difference)
        missed = {failure.measure for failure in self._gates}
        self._gates = done.summary.gates
        for failure in self._gates:
            if failure.measure not in missed:
                say_gate(failure)
        self._say_watching(first=difference is None)

    def failed(self, problem: BuildFailed) -> None:
        """Print a problem."""
        self._line.close()
        super().failed(problem)
        self._say_watching(first=True)

    def _say_watching(self, *, first: bool) -> None:
        if first and not flag("quiet") and flag("log_format") != "json":
            to_stderr(texts("build")("watching"))
