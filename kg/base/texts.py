"""Texts for readers: each wing has one catalogue per language, beside the code that shows them, with plural forms.

A catalogue is TOML in the format of go-i18n and Hugo's themes: a table of keys, each a text or its plural forms by CLDR
category (``one``, ``few``, ``other`` …), chosen by the value ``n``. Its table ``language`` gives the expression that chooses
the form, in the syntax of gettext's ``Plural-Forms``. ``{name}`` is replaced. A language is a file; English is the fallback.
"""

from __future__ import annotations

import gettext
import re
import string
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Final

from kg.base import files

FALLBACK: Final = "en"
NOTE_LANGUAGES: Final = ("zh", "en")
"""The languages of notes that kg generates, in their order."""
_FOLDER: Final = Path(__file__).resolve().parent.parent
_FORMS: Final = frozenset(("zero", "one", "two", "few", "many", "other"))


class PluralForms:
    """A text whose form depends on a number."""

    __slots__ = ("_forms", "_names", "_rule")

    def __init__(self, forms: Mapping[str, str], names: tuple[str, ...], rule: Callable[[int], int]) -> None:
        self._forms, self._names, self._rule = forms, names, rule

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms.values())

    def by_name(self) -> dict[str, str]:
        """CLDR's name of a form → its text."""
        return dict(self._forms)

    def form(self, n: int) -> str:
        """The text for a number."""
        return self._forms.get(self._names[self._rule(n)]) or self._forms["other"]


@cache
def list_languages(wing: str) -> tuple[str, ...]:
    """Return the languages of a wing's catalogues.

    >>> list_languages("views")
    ('en', 'zh')
    """
    return tuple(sorted(path.stem for path in (_FOLDER / wing / "texts").glob("*.toml")))


@cache
def read_catalogue(wing: str, lang: str) -> Mapping[str, Mapping[str, str | PluralForms]]:
    """Return section → key → text of a wing in a language; ``zh-hans`` reads ``zh``, and the fallback is English.

    >>> read_catalogue("views", "de")["frame"]["home"], read_catalogue("views", "zh-hans")["frame"]["home"]
    ('Dashboard', '总览')
    """
    primary = lang.lower().partition("-")[0]
    english = _read(wing, FALLBACK)
    if primary == FALLBACK or primary not in list_languages(wing):
        return english
    own = _read(wing, primary)
    return {section: {**texts, **own.get(section, {})} for section, texts in english.items()}


def _read(wing: str, lang: str) -> dict[str, dict[str, str | PluralForms]]:
    tables = tomllib.loads(files.read_text(_FOLDER / wing / "texts" / f"{lang}.toml"))
    about = tables.pop("language")
    rule, names = gettext.c2py(about["plural"]), tuple(about["forms"])

    def flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str | PluralForms]]:
        for key, value in table.items():
            if isinstance(value, str):
                yield before + key, value
            elif isinstance(value, dict) and "other" in value and _FORMS.issuperset(value):
                yield before + key, PluralForms(value, names, rule)
            elif isinstance(value, dict):
                yield from flat(value, f"{before}{key}.")

    return {section: dict(flat(table)) for section, table in tables.items()}


class Texts:
    """The texts of sections (``wing.section``) in one language; if two sections have a key, the first one is used.

    >>> texts = Texts("en", "views.reports", "views.frame")
    >>> texts("why-degree", n=1), texts("why-degree", n=1234), texts("home")
    ('1 direct neighbour', '1,234 direct neighbours', 'Dashboard')
    """

    def __init__(self, lang: str, *sections: str) -> None:
        self.lang = lang
        self._texts: dict[str, str | PluralForms] = {}
        for name in reversed(sections):
            wing, _, section = name.partition(".")
            self._texts |= read_catalogue(wing, lang)[section]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key, filled in with values; a missing key is a mistake in the program and raises KeyError."""
        text = self._texts[key]
        if isinstance(text, PluralForms):
            n = values["n"]
            text = text.form(n if isinstance(n, int) else int(str(n).replace(",", "")))
        if not values:
            return text
        return text.format_map({k: f"{v:,}" if isinstance(v, int) else v for k, v in values.items()})

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def forms(self, key: str) -> dict[str, str]:
        """The forms of a key by CLDR's names, with the names of values in them; scripts choose by ``Intl.PluralRules``.

        >>> Texts("en", "views.site").forms("search-found"), Texts("zh", "views.site").forms("search-found")
        ({'one': '{n} result', 'other': '{n} results'}, {'other': '{n} 个结果'})
        """
        text = self._texts[key]
        return {"other": text} if isinstance(text, str) else text.by_name()

    def get(self, key: str, default: str) -> str:
        """Return the text of a key without plural forms, or the default if there is none."""
        text = self._texts.get(key)
        return text if isinstance(text, str) else default


class ParallelTexts:
    """The texts of a section in both languages of generated notes, which readers of either share.

    A value that is a function is asked for its text in each language.

    >>> both = ParallelTexts("plan.notes")
    >>> both("since-day", day="3"), both.by_language("interrupt", id="i-1")
    ('第 3 天 / day 3', {'zh': '中断 i-1', 'en': 'Interrupt i-1'})
    """

    def __init__(self, section: str) -> None:
        self._texts = {lang: Texts(lang, section) for lang in NOTE_LANGUAGES}

    def __call__(self, key: str, /, **values: object) -> str:
        """The text of a key in both languages, separated by a slash."""
        return " / ".join(self.by_language(key, **values).values())

    def by_language(self, key: str, /, **values: object) -> dict[str, str]:
        """Language → text of a key."""
        return {
            lang: texts(key, **{name: value(lang) if callable(value) else value for name, value in values.items()})
            for lang, texts in self._texts.items()
        }


_BETWEEN: Final = ("; ", ", ", ": ")
_VALUES: Final = {"n": r"[0-9][0-9,]*", "reason": ".+", "rows": ".+", "near": ".+"}
"""Patterns of values; other values contain no semicolon, which separates sentences."""
_LONGEST: Final = 1000
"""Maximum characters of a sentence: longer texts were written by people."""


class Sentences:
    """Translates English sentences of a section: lower wings make them, without knowing the reader's language.

    A sentence is recognised by the section's English text, from which the values are extracted; a value ``reason`` is itself a
    sentence, a value ``names`` a list with "or". In a list of sentences each one is translated; an unknown one is unchanged.

    >>> say = Sentences("zh", "metrics.reasons")
    >>> say("raft has no source"), say("next: level 2"), say("else"), say("raft has no source; no math")
    ('raft 没有来源', '下一级要求：第 2 级', 'else', 'raft 没有来源；缺少公式')
    """

    def __init__(self, lang: str, *sections: str) -> None:
        self._texts = Texts(lang, *sections)
        self._patterns = _patterns(sections) if lang.partition("-")[0] != FALLBACK else ()

    def __call__(self, sentence: str) -> str:
        """Return the sentence in this language."""
        if not self._patterns or len(sentence) > _LONGEST:
            return sentence
        first = bisect_left(self._patterns, -len(sentence), key=itemgetter(0))
        for _, key, pattern in islice(self._patterns, first, None):
            match = pattern.fullmatch(sentence)
            if match:
                values: dict[str, object] = dict(match.groupdict())
                if "reason" in values:
                    values["reason"] = self(match["reason"])
                if "names" in values:
                    values["names"] = self._texts.get("between-or", " or ").join(match["names"].split(" or "))
                if "n" in values:
                    values["n"] = int(match["n"].replace(",", ""))
                return self._texts(key, **values)
        for between in _BETWEEN:
            parts = sentence.split(between)
            translated = [self(part) for part in parts] if len(parts) > 1 else parts
            if translated != parts:
                return self._texts.get(f"between{between.strip()}", between).join(translated)
        return sentence


@cache
def _patterns(sections: tuple[str, ...]) -> tuple[tuple[int, str, re.Pattern[str]], ...]:
    """The patterns: how many characters a sentence has at least, as a negative number, then key and pattern.

    The text with the most words of its own is tried first: "no folder {folder}" also fits "no folder of notes at {folder}".
    """
    english = Texts(FALLBACK, *sections)
    keys = (key for key in english if not key.startswith("between"))
    forms = [(-_length(form), key, form) for key in keys for form in english.forms(key).values()]
    return tuple((least, key, _pattern(form)) for least, key, form in sorted(forms, key=itemgetter(0)))


def _length(form: str) -> int:
    return sum(len(text) for text, *_ in string.Formatter().parse(form))


def _pattern(form: str) -> re.Pattern[str]:
    parts: list[str] = []
    names: set[str] = set()
    for text, name, _, _ in string.Formatter().parse(form):
        parts.append(re.escape(text))
        if name:
            parts.append(f"(?P={name})" if name in names else f"(?P<{name}>{_VALUES.get(name, '[^;]+?')})")
            names.add(name)
    return re.compile("".join(parts), re.DOTALL)
