"""What the rules' documentation says: what is wrong, why it matters, how to mend it, and an example of each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from kg.base import files
from kg.checks import sparql
from kg.checks.base import Rule

_FOLDER: Final = Path(__file__).resolve().parent / "texts"


class RuleText(NamedTuple):
    """The documentation of a rule; texts for readers by language."""

    what: Mapping[str, str]
    why: Mapping[str, str]
    mend: Mapping[str, str]
    bad: str
    """An example that the rule finds fault with: a note, an RDF file, or files behind lines ``=== path``."""
    good: str
    """The example, mended."""


def text_of(rule: Rule) -> RuleText:
    """The documentation of a rule."""
    if rule.own is not None:
        return _from_header(sparql.header(files.read_text(rule.own)), rule.mend)
    return _all()[rule.code]


@cache
def _all() -> dict[str, RuleText]:
    found = {rule.code: _from_header(about, rule.mend) for rule, about in sparql.built_in()}
    for path in sorted(_FOLDER.glob("*.toml")):
        for code, said in tomllib.loads(files.read_text(path)).items():
            found[code] = _from_table(said)
    return found


def _from_table(said: Mapping[str, Any]) -> RuleText:
    return RuleText(said["what"], said["why"], said["mend"], said["bad"].strip("\n"), said["good"].strip("\n"))


def _from_header(about: Mapping[str, str], mend: str) -> RuleText:
    def both(key: str) -> dict[str, str]:
        plain = about.get(key, "")
        return {lang: about.get(f"{key}.{lang}", plain) for lang in ("en", "zh") if about.get(f"{key}.{lang}", plain)}

    return RuleText(both("what"), both("why"), both("mend") or {"en": mend}, about.get("bad", ""), about.get("good", ""))


def files_of(example: str, default: str) -> dict[str, str]:
    """The files of an example: path → text. `default` is the path where it names none.

    >>> files_of("=== a.md\\n# A\\n=== b.md\\n# B", "n.md")
    {'a.md': '# A\\n', 'b.md': '# B\\n'}
    >>> files_of("# A", "concepts/n.md")
    {'concepts/n.md': '# A\\n'}
    """
    if not example.startswith("=== "):
        return {default: example + "\n" if example else ""}
    found: dict[str, list[str]] = {}
    path = ""
    for line in example.split("\n"):
        if line.startswith("=== "):
            path = line[4:].strip()
            found[path] = []
        else:
            found[path].append(line)
    return {path: "\n".join(lines) + "\n" if lines else "" for path, lines in found.items()}
