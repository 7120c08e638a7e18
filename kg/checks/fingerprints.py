"""Fingerprints that identify a finding after other lines of its note were changed."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from kg.model import Finding

VERSION: Final = "kg/v1"
_NUMBERS: Final = re.compile(r"\d+")


def fingerprint_findings(findings: Sequence[Finding]) -> list[str]:
    """Return a unique fingerprint for each finding, in order.

    It consists of code, path, message without numbers, and the number of equal findings before:
    so it doesn't change if lines are inserted above, if the line changes elsewhere, or if counts grow.

    >>> a = Finding("KG201", "broken-link", "error", "n.md", 3, 1, "no note is named 'x'")
    >>> b = Finding("KG201", "broken-link", "error", "n.md", 9, 5, "no note is named 'x'")
    >>> fingerprint_findings([a]) == fingerprint_findings([b]), len(set(fingerprint_findings([a, b])))
    (True, 2)
    """
    seen: Counter[str] = Counter()
    marks = []
    for f in findings:
        key = f"{f.code}\0{f.path}\0{_NUMBERS.sub('0', f.message)}"
        marks.append(hashlib.sha256(f"{key}\0{seen[key]}".encode("utf-8", "surrogatepass")).hexdigest()[:32])
        seen[key] += 1
    return marks
