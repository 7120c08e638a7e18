"""Finding texts in the language of messages, for several commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kg.app.cli.options import join, message_language, texts
from kg.base.texts import FALLBACK

if TYPE_CHECKING:
    from kg.base.settings import Settings
    from kg.model import Finding


def message_reader(settings: Settings) -> Callable[[Finding], tuple[str, str]]:
    """Return a function that gives message and hint of a finding in the language of messages.

    See `kg.checks.translated`.
    """
    lang = message_language()
    if lang == FALLBACK:
        return lambda finding: (finding.message, finding.hint)
    # start time: only messages in other languages need the rules
    from kg.checks import RULES, own_rules
    from kg.checks.translated import translate_finding

    rules = {rule.code: rule for rule in (*RULES, *own_rules(settings, Path.as_posix)[0])}
    t = texts("check")
    return lambda finding: translate_finding(finding, lang, rules, lambda what, names: t("names", what=what, names=join(names)))
