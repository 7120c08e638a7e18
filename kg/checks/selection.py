"""Selection of rules by code, prefix of a code or name, and of the rules ignored for some paths."""

from __future__ import annotations

import difflib
import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from kg.base.errors import UsageError
from kg.checks.rule import Rule
from kg.model import Finding

ALL: Final = "ALL"
_CODE: Final = re.compile(r"[A-Z]{1,4}[0-9]+")
Wanted = Literal["no", "usual", "rdf", "named"]


@dataclass(frozen=True, slots=True)
class Selection:
    """The values of ``--select``, ``--ignore`` and the table ``[check]``."""

    select: tuple[str, ...] = ()
    """Codes, their beginnings, names or ALL; empty: the rules that are on by default."""
    ignore: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """Rules in addition to the selected ones."""
    by_path: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Pattern of paths below the notes folder → rules to ignore there."""

    def wanted(self, rule: Rule) -> Wanted:
        """Return whether and how to run a rule: ``usual`` by default, ``rdf`` for RDF files only, ``named`` in full.

        The prefix of a code selects its rules that are on by default; a full code, a name or ALL selects others, too.
        """
        if any(_names(token, rule) or _begins(token, rule) for token in self.ignore):
            return "no"
        if any(_names(token, rule) for token in (*self.select, *self.also)):
            return "named"
        if rule.default == "off":
            return "no"
        if self.select and not any(_begins(token, rule) for token in (*self.select, *self.also)):
            return "no"
        return "rdf" if rule.default == "rdf" else "usual"

    def hides(self, finding: Finding) -> bool:
        """Whether the settings ignore the rule of a finding for its path."""
        return any(
            finding.code.startswith(token.upper()) or finding.name == token.lower() or token.upper() == ALL
            for pattern, tokens in self.by_path
            if matches(finding.path, pattern)
            for token in tokens
        )


def matches(path: str, pattern: str) -> bool:
    """Return whether a path matches a pattern: a file, a folder with its content, or ``*`` and ``**`` for any characters.

    >>> matches("drafts/a/b.md", "drafts"), matches("drafts/a.md", "drafts/**"), matches("x/drafts.md", "drafts")
    (True, True, False)
    """
    pattern = pattern.rstrip("/")
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, pattern + "/*")


def _names(token: str, rule: Rule) -> bool:
    return token.upper() in (rule.code, ALL) or token.lower() == rule.name


def _begins(token: str, rule: Rule) -> bool:
    return rule.code.startswith(token.upper())


def check_severities(severity: Iterable[str], rules: Sequence[Rule]) -> None:
    """Raise UsageError for a severity of something that is neither the code nor the name of a rule."""
    for token in severity:
        if not any(token in (rule.code, rule.name) for rule in rules):
            raise _no_rule(token, rules, "check.severity: ")


def _no_rule(token: str, rules: Sequence[Rule], where: str = "") -> UsageError:
    near = near_rules(token, rules)
    return UsageError(
        f"{where}'{token}' is not a rule", hint=f"did you mean {' or '.join(near)}?" if near else "'kg rule' lists them"
    )


def near_rules(token: str, rules: Sequence[Rule]) -> list[str]:
    """Return the codes or names of rules that are probably meant. Codes that share digits have nothing in common.

    A code is near if one character differs or two are exchanged.
    """
    name = token.upper()
    if _CODE.fullmatch(name):
        return [r.code for r in rules if _is_slip(name, r.code)][:3]
    names = {x.upper(): x for r in rules for x in (r.name, r.code)}
    return [names[near] for near in difflib.get_close_matches(name, names, 3, 0.6)]


def _is_slip(token: str, code: str) -> bool:
    """Whether a code has one character more or less, or two neighbours exchanged; the group of the rule stays."""
    if len(token) == len(code):
        differing = [i for i in range(len(code)) if token[i] != code[i]]
        return len(differing) == 2 and differing[1] == differing[0] + 1 and sorted(token) == sorted(code)
    short, long = sorted((token, code), key=len)
    return len(long) == len(short) + 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


def tokens(listed: str | Iterable[str], rules: Sequence[Rule]) -> tuple[str, ...]:
    """Split the value of an option or a setting at commas. Raises UsageError for a part that matches no rule."""
    parts = listed.split(",") if isinstance(listed, str) else list(listed)
    values = tuple(p.strip() for p in parts if p.strip())
    for token in values:
        if not any(_names(token, r) or _begins(token, r) for r in rules):
            raise _no_rule(token, rules)
    return values
