"""``kg check``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click
import msgspec

from kg import knowledge
from kg.app.cli.check_output import FORMATS, RANK, located, print_findings, print_statistics, print_summary, say_event
from kg.app.cli.completion import complete_revisions, complete_rules, complete_severities, select_concepts
from kg.app.cli.options import JudgedBy, NamedPath, base_revision, common, join, judged_by, output_file, say_other_texts, texts
from kg.base.errors import UsageError

if TYPE_CHECKING:
    from kg.app.cli.check_scope import CheckScope
    from kg.base.settings import Settings
    from kg.knowledge import CheckOptions, CheckResult
    from kg.model import Finding, Severity

_PROFILES: Final = ("okf",)  # as in kg.checks.profiles, which `--help` doesn't import
_FAILING: Final[Mapping[str, tuple[Severity, ...]]] = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_ROUNDS: Final = 5


@click.command()
@click.argument("paths", nargs=-1, type=NamedPath(exists=True, allow_dash=True), metavar="[PATH|RDF|-]…")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option(
    "--fail-on", type=click.Choice(["error", "warning", "never"]), help="Exit with 1 for findings of this severity or worse."
)
@click.option(
    "--select", multiple=True, metavar="CODE,…", shell_complete=complete_rules,
    help="Run only these rules: codes, prefixes of codes (KG2), names, or ALL; repeatable.",
)  # fmt: skip
@click.option("--ignore", multiple=True, metavar="CODE,…", shell_complete=complete_rules, help="Rules not to run; repeatable.")
@click.option(
    "--profile", type=click.Choice(_PROFILES),
    help="Check against a published format, with a verdict. okf: the Open Knowledge Format.",
)  # fmt: skip
@click.option("--baseline", type=NamedPath(dir_okay=False), metavar="FILE", help="Don't report the findings in FILE.")
@click.option("--write-baseline", is_flag=True, help="Write all current findings to the baseline; exit with 0.")
@click.option("--fix", is_flag=True, help="Apply fixes with a single correct answer; change no other bytes.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, and write nothing; exit with 1 if it would.")
@click.option(
    "--preferred-labels", type=click.Choice(("shortest", "longest", "first")),
    help="With --fix on RDF files: which of several preferred labels in one language stays; the others become alternative.",
)  # fmt: skip
@click.option("--compact", is_flag=True, help="One line for each finding, without source line and hint.")
@click.option("--statistics", is_flag=True, help="Print the number of findings of each rule instead of the findings.")
@click.option(
    "--changed", is_flag=False, flag_value="HEAD", metavar="[REV]", shell_complete=complete_revisions,
    help="Report only findings that the change since a git revision brought (default: HEAD).",
)  # fmt: skip
@select_concepts
@click.option("--stdin-path", type=NamedPath(), metavar="PATH", help="With -: the note whose text is on stdin.")
@click.option("--show-files", is_flag=True, help="List the files that are read, and check nothing.")
@click.option("--show-settings", is_flag=True, help="Print the settings that apply, and check nothing.")
@base_revision
@click.option(
    "--no-suppressions", is_flag=False, flag_value="error,warning,info", metavar="[SEVERITY,…]",
    shell_complete=complete_severities,
    help="Ignore suppressions in notes, or those of findings with these severities.",
)  # fmt: skip
@output_file
@common
def check(
    paths: tuple[Path, ...],
    form: str,
    fail_on: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    profile: str | None,
    baseline: Path | None,
    write_baseline: bool,
    fix: bool,
    diff: bool,
    preferred_labels: str | None,
    compact: bool,
    statistics: bool,
    changed: str | None,
    selectors: tuple[str, ...],
    stdin_path: Path | None,
    show_files: bool,
    show_settings: bool,
    revision: str | None,
    no_suppressions: str | None,
) -> None:
    """Report problems in notes or RDF files. Writes nothing without --fix and --write-baseline.

    PATH is a note or a folder: all notes are read, and findings there are reported; - is the text of a note on stdin. RDF
    files are checked by themselves. 'kg rule' lists the rules. A suppression on the line of a finding, or on the line above,
    hides it: <!-- kg: ignore KG201 the reason -->, in front matter # kg: ignore KG303 the reason.
    """
    # start time: `--help` doesn't need it
    from kg.app.cli import check_scope

    with judged_by(revision, paths) as judged:
        if show_settings or show_files:
            check_scope.show(judged.settings, files=show_files)
            return
        scope = check_scope.read_scope(judged.settings, paths, stdin_path, changed, selectors)
        if preferred_labels and not (fix and scope.rdf):
            raise UsageError("--diff and --preferred-labels are for --fix on RDF files", hint="kg check --fix --diff FILE.ttl")
        if scope.rdf and (fix or diff):
            # start time: only this needs it
            from kg.app.cli.repair import repair_files

            repair_files(scope.rdf, preferred_labels or "", diff=diff)
            if diff:
                return
        request = _CheckRequest(
            scope=scope,
            options=knowledge.CheckOptions(_split(select), _split(ignore), judged.changes, _severities(no_suppressions)),
            form=form,
            fail_on=fail_on,
            baseline_file=baseline,
            write_baseline=write_baseline,
            fix=fix and not scope.rdf,
            diff=diff,
            compact=compact,
            statistics=statistics,
            profile=profile or "",
        )
        _reject_combinations(judged, request)
        with request.scope.as_saved():
            _check(judged, request)


class _CheckRequest(NamedTuple):
    scope: CheckScope
    options: CheckOptions
    form: str
    fail_on: str | None
    baseline_file: Path | None
    write_baseline: bool
    fix: bool
    diff: bool
    compact: bool
    statistics: bool
    profile: str = ""


def _reject_combinations(judged: JudgedBy, request: _CheckRequest) -> None:
    """Raise UsageError for options that exclude each other."""
    scope = request.scope
    if request.write_baseline and judged.revision:
        raise UsageError("--write-baseline and --base-revision exclude each other", hint="leave out --base-revision")
    if request.write_baseline and not (request.baseline_file or judged.settings.baseline):
        raise UsageError(
            "--write-baseline needs a file", hint="name it with --baseline FILE, or with baseline in [check] of kg.toml"
        )
    if request.write_baseline and not scope.is_whole:
        raise UsageError("--write-baseline is for all notes", hint="leave out paths, --changed and --select-concepts")


def _check(judged: JudgedBy, request: _CheckRequest) -> None:
    settings, t = judged.settings, texts("check")
    if request.profile:
        settings, request = _in_profile(settings, request)
    scope = request.scope
    if request.diff:
        _diff(settings, request)
        return
    checked = scope.check(settings, request.options)
    if request.fix:
        checked = _fix(settings, request, checked)
        if scope.stdin is not None:
            sys.stdout.buffer.write(scope.stdin.data)
            sys.stdout.buffer.flush()
            print_summary(checked.findings, checked.counts)
            _end(settings, request, checked.findings)
            return
    findings: Sequence[Finding] = checked.findings
    path = judged.baseline(request.baseline_file) if request.baseline_file else settings.baseline
    if path is not None:
        # start time: few checks have a baseline
        from kg.checks import baseline

        if request.write_baseline:
            baseline.write(path, findings)
            say_event(t("baseline-written", n=len(findings), path=path), "baseline", count=len(findings))
            return
        compared = baseline.compare(path, findings, named=request.baseline_file is not None)
        findings = compared.new
        gone = compared.gone if scope.is_whole else 0
        if compared.known or gone:
            text = t("known-gone" if gone else "known", n=compared.known, path=path, gone=gone)
            say_event(text, "known", count=compared.known, gone=gone)
    failing = _FAILING[request.fail_on or settings.check.fail_on]
    if request.statistics:
        print_statistics(findings, request.form)
    else:
        print_findings(settings, checked, findings, request.form, request.compact, lambda f: f.severity in failing)
    print_summary(findings, checked.counts)
    # start time: help needs no listing of files
    from kg.base.listing import count_other_texts

    if others := count_other_texts(checked.corpus.attachments):
        say_event(say_other_texts(others), "other-texts", **others)
    conformant = not request.profile or _verdict(checked)
    _end(settings, request, findings, fails=not conformant)


def _end(settings: Settings, request: _CheckRequest, findings: Sequence[Finding], *, fails: bool = False) -> None:
    """End with 1 if a finding fails the check, or with `fails`."""
    failing = _FAILING[request.fail_on or settings.check.fail_on]
    if fails or any(f.severity in failing for f in findings):
        raise SystemExit(1)


def _fix(settings: Settings, request: _CheckRequest, checked: CheckResult) -> CheckResult:
    """Apply fixes until nothing changes, and return the last check. Fixes of stdin change what the scope holds of it."""
    # start time: only this option needs it
    from kg.checks import fixing

    t, scope, before = texts("check"), request.scope, -1
    for _ in range(_ROUNDS):
        fixable = sum(1 for f in checked.findings if f.fix)
        if fixable in (0, before):
            break  # findings that remain after a fix aren't fixed by another round
        before = fixable
        if scope.stdin is not None:
            data, count = fixing.replaced(scope.stdin.data, [f.fix for f in checked.findings if f.fix])
            scope.stdin.data = data
            say_event(t("fixed", n=count, notes=t("n-notes", n=1)), "mended", count=count, paths=[scope.stdin.name])
        else:
            fixed = fixing.apply(checked.findings, checked.corpus.notes, checked.files, settings.writable)
            if not fixed.fixes:
                for name in fixed.skipped:
                    say_event(t("changed-meanwhile", path=name), "changed-meanwhile", path=name)
                break
            done = t("fixed", n=fixed.fixes, notes=t("n-notes", n=len(fixed.paths)))
            say_event(done, "mended", count=fixed.fixes, paths=fixed.paths)
        checked = scope.check(settings, request.options)
    return checked


def _diff(settings: Settings, request: _CheckRequest) -> None:
    """Print what --fix would change. Ends with 1 if it would."""
    # start time: only this option needs them
    from kg.app.cli.difference import print_difference
    from kg.base import files
    from kg.checks import fixing

    scope = request.scope
    before: dict[str, bytes] = {}
    fixed_texts: dict[str, bytes] = {}
    shown: dict[str, str] = {}
    for _ in range(_ROUNDS):
        checked = scope.check(settings, request.options, fixed_texts)
        changed = False
        for path in sorted({f.path for f in checked.findings if f.fix and f.path in checked.files}):
            if path not in fixed_texts:
                shown[path] = located(settings, checked.files, path)
                own = scope.stdin is not None and scope.stdin.name == path
                fixed_texts[path] = before[path] = scope.stdin.data if own and scope.stdin else files.read(checked.files[path])
            fixes = [f.fix for f in checked.findings if f.path == path and f.fix]
            fixed_texts[path], count = fixing.replaced(fixed_texts[path], fixes)
            changed = changed or count > 0
        if not changed:
            break
    for path in sorted(fixed_texts):
        print_difference(shown[path], before[path], fixed_texts[path])
    differing = [path for path in fixed_texts if fixed_texts[path] != before[path]]
    t = texts("check")
    say_event(t("would-fix", notes=t("n-notes", n=len(differing))) if differing else t("nothing-to-fix"), "would-fix")
    if differing:
        raise SystemExit(1)


def _in_profile(settings: Settings, request: _CheckRequest) -> tuple[Settings, _CheckRequest]:
    """Return settings and request with what a profile sets: the dialect, and the rules unless some are selected."""
    # start time: only this command needs it
    from kg.checks.profiles import PROFILES

    if request.scope.rdf:
        raise UsageError("--profile is for notes, not RDF files", hint="leave out --profile")
    if not any(folder.is_dir() for folder in settings.notes):
        settings = replace(settings, notes=(settings.root,))  # a bundle has no folder of notes: it is one
    reading = msgspec.structs.replace(settings.reading, dialect=request.profile)
    options = request.options._replace(select=request.options.select or PROFILES[request.profile])
    return replace(settings, reading=reading), request._replace(options=options)


def _verdict(checked: CheckResult) -> bool:
    """Print the verdicts about a bundle; return whether it is conformant."""
    # start time: only this command needs it
    from kg.checks.profiles import judge_bundle

    verdict = judge_bundle(checked.corpus, checked.findings)
    t = texts("check")
    broken = join([t("okf-section", section=section, n=n) for section, n in verdict.violations.items()])
    conformant = t("okf-conformant") if verdict.conformant else t("okf-not-conformant", broken=broken)
    clean = t("okf-clean") if verdict.clean else t("okf-not-clean", n=verdict.problems)
    say_event(
        t("okf-verdict", n=verdict.concepts, conformant=conformant, clean=clean),
        "okf",
        conformant=verdict.conformant,
        clean=verdict.clean,
        concepts=verdict.concepts,
        violations=dict(verdict.violations),
        problems=verdict.problems,
    )
    return verdict.conformant


def _severities(text: str | None) -> frozenset[Severity]:
    """Parse a list of severities. Raises UsageError for an invalid one."""
    names = _split((text or "",))
    for name in names:
        if name not in RANK:
            raise UsageError(
                f"'{name}' is not a severity: error, warning or info",
                hint="write e.g. --no-suppressions=error; without a value, write --no-suppressions last",
            )
    return frozenset(names)  # type: ignore[arg-type]  # just asked


def _split(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(part for value in values for part in value.split(",") if part.strip())
