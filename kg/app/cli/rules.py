"""``kg rule``: what a rule means, with an example and a fix."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.app.cli.completion import complete_rules
from kg.app.cli.options import common, message_language, read_settings, texts
from kg.app.cli.tables import print_rows
from kg.base.errors import UnknownNameError
from kg.base.names import printable
from kg.base.texts import Texts

if TYPE_CHECKING:
    from kg.checks import Rule


@click.command()
@click.argument("code", required=False, shell_complete=complete_rules)
@common
def rule(code: str | None) -> None:
    """Explain a rule, with an example and a fix. Without CODE, list the rules."""
    # start time: `--help` needs no rules
    from kg.checks import RULES, own_rules
    from kg.checks.selection import near_rules

    settings = read_settings()
    rules = sorted((*RULES, *own_rules(settings, Path.as_posix)[0]), key=lambda r: r.code)
    lang, t, severity = message_language(), texts("rule"), texts("check")
    if code is None:
        rows = []
        for r in rules:
            state = "" if r.default == "on" else t(r.default)
            rows.append((r.code, r.name, severity(r.severity), f"{r.what.get(lang) or r.what.get('en', '')}{state}"))
        print_rows(rows, whole=(0, 1, 2))
        return
    named = next((r for r in rules if code.upper() == r.code or code.lower() == r.name), None)
    if named is None:
        raise UnknownNameError(f"there is no rule '{code}'", code, near_rules(code, rules), otherwise="'kg rule' lists them")
    for line in describe(named, lang):
        click.echo(line)


def describe(rule_: Rule, lang: str) -> list[str]:
    """The documentation of a rule as lines of text."""

    def said(texts: Mapping[str, str]) -> str:
        return printable(texts.get(lang) or texts.get("en", ""))

    t = Texts(lang, "app.rule", "app.check", "app.common")
    state = t(rule_.default) if rule_.default != "on" else ""
    lines = [f"{rule_.code} {rule_.name} ({t(rule_.severity)}){state}", "", said(rule_.what), said(rule_.why)]
    if rule_.habit:
        lines.append(t("habit"))
    lines += ["", f"{t('fix')}{t('colon')}{said(rule_.fix)}"]
    for key, example in (("bad", rule_.bad), ("good", rule_.good)):
        if example:
            lines += [
                "",
                t(key) + t("colon").rstrip(),
                *(f"    {printable(line)}".rstrip() for line in example.split("\n")),
            ]
    if rule_.source:
        lines += ["", f"{t('source')}{t('colon')}{rule_.source}"]
    return [line for i, line in enumerate(lines) if line or (i and lines[i - 1])]
