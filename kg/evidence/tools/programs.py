"""Python and bash: parsed. Python marked ``run`` is executed in the sandbox, with its doctests or expected output."""

from __future__ import annotations

import doctest
import os
import platform
import re
import secrets
import sys
import textwrap
from pathlib import Path
from typing import Final

from kg.base import process
from kg.base.formats import FormatError
from kg.base.formats.json_text import read_typed
from kg.base.formats.python_text import read_python
from kg.base.process import sandbox
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools import fillers, pretences
from kg.evidence.tools.base import Installed, Judgement, concluded, unfinished

_LINE: Final = re.compile(r'File "[^"]*claim\.py", line (\d+)')
_BASH: Final = re.compile(r"line (\d+): (.*)")
_RUNNER: Final = {"run.py": "harness.py", "rewriting.py": "rewriting.py", "library.py": "library.py"}


class Python:
    """Python, parsed by `ast` and, if a block says ``run``, executed."""

    group = "code"
    languages = ("python",)
    cost = ""

    def locate(self) -> str | None:
        """The Python that runs kg."""
        return ""

    def version(self, path: str) -> Installed | None:
        """Its version, major and minor."""
        return Installed("", "python", ".".join(platform.python_version_tuple()[:2]))

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse a block, or run it after the blocks that it builds on. Only the standard library is available."""
        before = "".join(textwrap.dedent(p.text).rstrip("\n") + "\n" for p in piece.inputs)
        own = textwrap.dedent(piece.text)
        session = bool(re.search(r"^>>> ", own, re.MULTILINE)) and not before
        fault = _session(own) if session else _syntax(own)
        if fault is not None:
            why, at = fault
            return concluded(piece, fillers.hint("Python", piece.text, why), at)
        return self._run(piece, before, own, session, limits) if piece.attributes.run else concluded(piece, "")

    def _run(self, piece: Piece, before: str, own: str, session: bool, limits: SandboxLimits) -> Judgement:
        """Run the code. The harness reports with a secret word that the code reached its end.

        Exit status 0 isn't sufficient: the code can exit early or catch a failure. If the report shows that, the block fails
        whatever it expects.
        """
        whole = before + own
        try:
            tree = None if session else read_python(whole)
        except FormatError as error:
            return concluded(piece, error.advice)
        offset = before.count("\n")
        pretence = pretences.in_session(own) if tree is None else pretences.in_text(tree)
        if pretence is not None:
            return Judgement("failed", pretence[0], max(0, pretence[1] - offset))
        python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        command = [python, "-I", "-S", "-B", "run.py", *(["session"] if session else [])]
        word = f"kg{secrets.token_hex(16)}"
        parts = {name: Path(__file__).with_name(part).read_text(encoding="utf-8") for name, part in _RUNNER.items()}
        files = {"claim.py": whole, "order": word, **parts}
        prefix = os.path.realpath(sys.base_prefix)
        # If the folder of this Python is bind-mounted elsewhere, its library must be found at the new location.
        outcome = sandbox.run(
            command,
            files,
            limits=limits,
            tools=[Path(prefix)],
            environment={"LD_LIBRARY_PATH": f"{prefix}/lib"},
            keep=("report",),
        )
        early = unfinished(outcome, limits)
        if early is not None:
            return early
        if outcome.status != 0:
            at = [int(n) - 1 - offset for n in _LINE.findall(outcome.stderr + outcome.stdout)]
            last = [row for row in outcome.stderr.strip().splitlines() if row.strip()]
            why = last[-1] if last else _example(outcome.stdout) or f"it ended with status {outcome.status}"
            inside = [n for n in at if n >= 0]
            return concluded(piece, why, inside[-1] if inside else None)
        report = _report(outcome.files.get("report", b""), word)
        if report is None:
            return Judgement("failed", "it ends without having come to its end")
        pretence = pretences.in_report(report, tree, own, offset + 1, bool(piece.attributes.claims) and piece.output is None)
        if pretence is not None:
            return Judgement("failed", pretence[0], max(0, pretence[1] - offset))
        if piece.output is not None and _lines(outcome.stdout) != _lines(piece.output):
            return concluded(piece, _difference(_lines(piece.output), _lines(outcome.stdout)))
        return concluded(piece, "", shown=True)


def _report(data: bytes, word: str) -> pretences.HarnessReport | None:
    """The report of the harness; None if the harness didn't write it."""
    try:
        report = read_typed(data, pretences.HarnessReport)
    except FormatError:
        return None
    return report if report.word == word else None


def _syntax(text: str) -> tuple[str, int | None] | None:
    try:
        read_python(text)
    except FormatError as error:
        return error.advice, (error.line - 1) if error.line else None
    return None


def _session(text: str) -> tuple[str, int | None] | None:
    """The fault in an interactive session, with its line."""
    try:
        for example in doctest.DocTestParser().get_examples(text):
            fault = _syntax(example.source)
            if fault is not None and "Traceback" not in (example.exc_msg or "") and not example.exc_msg:
                return fault[0], example.lineno + (fault[1] or 0)
    except ValueError as error:
        return str(error), None
    return None


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def _difference(wanted: list[str], got: list[str]) -> str:
    for number, (a, b) in enumerate(zip(wanted, got, strict=False), 1):
        if a != b:
            return f"line {number} of its output is '{b}', expected '{a}'"
    return f"it prints {len(got)} lines, expected {len(wanted)}"


def _example(text: str) -> str:
    """The first failed example in the output of doctest."""
    m = re.search(r"Failed example:\n(.*?)\n(Expected.*?|Exception.*?)(?:\n\*{5}|\Z)", text, re.DOTALL)
    return f"{m[1].strip()}: {m[2]}" if m else ""


class Bash:
    """Shell scripts by `bash -n`, which parses without executing."""

    group = "code"
    languages = ("bash",)
    cost = "shell scripts are not checked; install bash"

    def locate(self) -> str | None:
        """`bash` on PATH."""
        return process.find("bash")

    def version(self, path: str) -> Installed | None:
        """Name and version, as bash reports them."""
        match = re.search(r"version (\d+\.\d+)", process.run([path, "--version"], timeout=30).stdout)
        return Installed(path, "bash", match[1]) if match else None

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse a script; ``<pod-name>`` is a placeholder, not a redirection."""
        text, _ = fillers.without_placeholders(piece.text)
        if fillers.is_prose(text):
            return concluded(piece, fillers.hint("shell", text, ""))
        outcome = sandbox.run(
            [installed.path, "--norc", "--noprofile", "-n", "claim.sh"],
            {"claim.sh": text},
            limits=limits,
            tools=[Path(installed.path)],
        )
        early = unfinished(outcome, limits)
        if early is not None:
            return early
        # For an unterminated here-document, bash prints a warning and exits with 0.
        error = _BASH.search(outcome.stderr)
        if outcome.status == 0 and (error is None or "here-document" not in error[2]):
            return concluded(piece, "")
        at = min(int(error[1]) - 1, piece.text.rstrip("\n").count("\n")) if error else None
        return concluded(piece, error[2] if error else outcome.stderr or "bash refuses it", at)
