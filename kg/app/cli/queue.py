"""``kg suggest --review``: suggestions one by one in the terminal, each decided with a letter."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from kg.app.cli.options import display_path, flag, texts, to_stderr
from kg.app.cli.terminal import read_line
from kg.base.errors import KgError
from kg.base.names import printable
from kg.suggest.reasons import make_reason_texts

if TYPE_CHECKING:
    from kg.knowledge.reviewing import ReviewQueue
    from kg.model import Suggestion

_ANSWERS: Final = {
    "y": "yes", "yes": "yes", "是": "yes", "好": "yes", "接受": "yes",
    "n": "no", "no": "no", "否": "no", "不": "no", "拒绝": "no",
    "t": "type", "type": "type", "类型": "type",
    "d": "direction", "direction": "direction", "方向": "direction",
    "s": "skip", "skip": "skip", "": "skip", "跳过": "skip",
    "u": "undo", "undo": "undo", "撤销": "undo",
    "e": "edit", "edit": "edit", "编辑": "edit",
    "q": "quit", "quit": "quit", "退出": "quit",
}  # fmt: skip
"""What a reader may answer, after NFKC: full-width letters count as letters."""


class ReviewSession:
    """A dialogue about a queue."""

    def __init__(self, queue: ReviewQueue) -> None:
        self._queue = queue
        self._texts = texts("queue")
        lang = self._texts.lang
        self._wording = make_reason_texts(
            lang, lambda iri: queue.concepts[iri].label(lang), lambda path: display_path(queue.settings, path)
        )
        self.accepted = self.rejected = 0

    def run(self) -> None:
        """Ask until nothing is left, or until the reader quits or the input ends."""
        skipped: set[str] = set()
        while True:
            row = self._queue.current()
            ended = row is None or row.id in skipped
            if ended and not self.accepted + self.rejected:
                break
            if row is not None and not ended:
                self._show(row)
            answer = read_line(self._texts("last-question" if ended else "question"))
            if answer is None:
                break
            action, _, rest = unicodedata.normalize("NFKC", answer).strip().partition(" ")
            name = _ANSWERS.get(action.lower())
            if name == "quit" or (ended and name != "undo"):
                break
            if name == "skip" and row is not None:
                skipped.add(row.id)
            try:
                self._act(name, rest.strip())
            except KgError as error:
                to_stderr(str(error) + (f"\n  {error.hint}" if getattr(error, "hint", "") else ""))
        click.echo(self._texts("done", accepted=self.accepted, rejected=self.rejected, left=len(self._queue)))

    def _act(self, name: str | None, rest: str) -> None:
        queue, t = self._queue, self._texts
        match name:
            case "yes":
                done = queue.accept()
                self.accepted += 1
                click.echo(printable(f"{display_path(queue.settings, done.path)}:{done.line}: {done.text}"))
            case "no":
                queue.reject()
                self.rejected += 1
                click.echo(t("rejected"))
            case "type":
                key = rest or read_line(t("which-type")) or ""
                queue.with_type(key.strip())
            case "direction":
                queue.turn()
            case "skip":
                queue.skip()
            case "undo":
                click.echo(t("undone") if self._undo() else t("nothing-to-undo"))
            case "edit":
                row = queue.current()
                if row is not None:
                    click.edit(filename=str(queue.place(row.path)))
                    queue.read_again()
            case _:
                click.echo(t("help"))

    def _undo(self) -> bool:
        was_accepted = self._queue.undo()
        if was_accepted is None:
            return False
        if was_accepted:
            self.accepted -= 1
        else:
            self.rejected -= 1
        return True

    def _show(self, row: Suggestion) -> None:
        if sys.stdout.isatty():
            click.clear()
        for line in self._screen(row):
            click.echo(printable(line))

    def _screen(self, row: Suggestion) -> Iterator[str]:
        queue, t = self._queue, self._texts
        concepts, lang = queue.concepts, t.lang
        source, target = concepts[row.source], concepts[row.target]
        yield ""
        yield f"{t('left', n=len(queue))}  {row.id}  {row.score:.3f}  {texts('suggest')(row.lane)}"
        yield f"{source.label(lang)}  —{queue.key(row)}→  {target.label(lang)}"
        line, path, number = queue.context(row)
        if line:
            yield f"  {display_path(queue.settings, path)}:{number}: {line}"
        for concept in (source, target):
            if definition := queue.definition(concept, lang):
                yield f"  {concept.label(lang)}: {definition}"
        for reason in row.why[: None if flag("verbose") else 3]:
            yield f"  +{reason.contribution:.3f} {self._wording.describe(reason)}"
