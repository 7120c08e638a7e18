"""Findings in another language than English, in which rules write their messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from kg.base.texts import FALLBACK
from kg.checks.rule import Rule
from kg.model import Finding

_QUOTED: Final = re.compile(r"(?<![A-Za-z])'([^']+)'(?![A-Za-z])|\"([^\"]+)\"")
"""What a message quotes; an apostrophe, as in "can't", quotes nothing."""


def translate_finding(
    finding: Finding, lang: str, rules: Mapping[str, Rule], with_names: Callable[[str, list[str]], str]
) -> tuple[str, str]:
    """Return message and hint of a finding in a language.

    In other languages than English, the message is the description of the rule (by code in `rules`) together with the names
    quoted in the message, which `with_names` joins; if the rule has no description in that language, its message is used.
    """
    rule = rules.get(finding.code)
    lang = lang.partition("-")[0]
    what = (rule.what.get(lang, "") if rule else "").rstrip("。.")
    if lang == FALLBACK or rule is None or not what:
        return finding.message, finding.hint
    names = [a or b for a, b in _QUOTED.findall(finding.message)]
    return with_names(what, names) if names else what, rule.fix.get(lang, "") or finding.hint
