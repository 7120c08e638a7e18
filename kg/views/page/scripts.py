"""Data in scripts."""

from __future__ import annotations

from kg.base.json_forms import json_compact


def script_json(value: object) -> str:
    r"""Encode JSON for a script element, so that no content can close the element or open another.

    >>> script_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    result = json_compact(value)
    for char in "<>&\u2028\u2029":
        result = result.replace(char, f"\\u{ord(char):04x}")
    return result
