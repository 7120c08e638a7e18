"""Finding texts in the language of messages, for several commands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.app.cli.options import join, message_language, texts
from kg.base.texts import FALLBACK

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.model import Finding

_QUOTED: Final = re.compile(r"(?<![A-Za-z])'([^']+)'(?![A-Za-z])|\"([^\"]+)\"")
"""What a message quotes; an apostrophe, as in "can't", quotes nothing."""


def message_reader(settings: Settings) -> Callable[[Finding], tuple[str, str]]:
    """Return a function that gives message and hint of a finding in the language of messages.

    Rules write messages in English. In other languages, the message is the rule's description together with the names quoted
    in the message; if the rule has no description in that language, its message is used.
    """
    lang = message_language()
    if lang == FALLBACK:
        return lambda finding: (finding.message, finding.hint)
    # start time: only messages in other languages need the rules
    from kg.checks import RULES, own_rules

    rules = {rule.code: rule for rule in (*RULES, *own_rules(settings, Path.as_posix)[0])}
    t = texts("check")

    def read(finding: Finding) -> tuple[str, str]:
        rule = rules.get(finding.code)
        what = (rule.what.get(lang, "") if rule else "").rstrip("。.")
        if rule is None or not what:
            return finding.message, finding.hint
        names = [a or b for a, b in _QUOTED.findall(finding.message)]
        return t("names", what=what, names=join(names)) if names else what, rule.fix.get(lang, "") or finding.hint

    return read
