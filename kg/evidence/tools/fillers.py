"""Recognises parts of code blocks that are not code: placeholders, template expressions, prose."""

from __future__ import annotations

import re
from typing import Final

_PLACEHOLDER: Final = re.compile(r"(?<![<\w])<([^\W\d_][\w\u4e00-\u9fff.-]*(?:[ /|][\w\u4e00-\u9fff.-]+){0,5})>(?!>)")
_TEMPLATE: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_ONLY_TEMPLATE: Final = re.compile(r"^[ \t]*(?:\{\{[^{}]*\}\}[ \t]*)+$", re.MULTILINE)
_CODE: Final = re.compile(r"[={}\[\]();`$|<>\\]|::|->|^\s*(?:#|//|--|[-\w.\"'/]+:(?:\s|$)|- |\w+\()")
_SENTENCE: Final = re.compile(r"[\u4e00-\u9fff].*[\u4e00-\u9fff]|^\s*[A-Z][a-z]*,?(?: [A-Za-z][a-z']*,?){4,}[.:!?]?$")


def without_placeholders(text: str) -> tuple[str, tuple[str, ...]]:
    """Replace each ``<pod-name>`` by a word of the same length. Return the text and the placeholders.

    >>> without_placeholders("kubectl logs <pod-name> -c <c>")
    ('kubectl logs xxxxxxxxxx -c xxx', ('<pod-name>', '<c>'))
    >>> without_placeholders("cat <in.txt >out; cat <<EOF")
    ('cat <in.txt >out; cat <<EOF', ())
    """
    placeholders: dict[str, None] = {}

    def fill(m: re.Match[str]) -> str:
        placeholders[m[0]] = None
        return "x" * len(m[0])

    return _PLACEHOLDER.sub(fill, text), tuple(placeholders)


def without_templates(text: str) -> tuple[str, bool]:
    """Replace ``{{ expressions }}`` by words and clear lines with nothing else. Return the text and whether it had any.

    >>> without_templates("a: {{ .Values.a }}\\n{{- if .b }}\\nc: 1\\n{{- end }}")
    ('a: xxxxxxxxxxxxxxx\\n\\nc: 1\\n', True)
    """
    if "{{" not in text:
        return text, False
    filled = _ONLY_TEMPLATE.sub("", text)
    return _TEMPLATE.sub(lambda m: re.sub(r"[^\n]", "x", m[0]), filled), filled != text or "{{" in filled


def is_prose(text: str) -> bool:
    """Whether a text consists of sentences rather than code.

    >>> is_prose("首先创建网络命名空间，\\n然后挂载文件系统"), is_prose("The pod is created first and then it is started")
    (True, True)
    >>> is_prose("x = 1\\ny = 2"), is_prose("name: 网络 与 存储")
    (False, False)
    >>> is_prose("ctr --namespace demo images pull alpine")
    False
    """
    lines = [line for line in text.splitlines() if line.strip()]
    sentences = sum(bool(_SENTENCE.search(line)) and not _CODE.search(line) for line in lines)
    return bool(lines) and sentences * 2 > len(lines)


def hint(language: str, text: str, why: str) -> str:
    """Explain why a text was rejected, if it isn't code at all."""
    return f"it holds prose, not {language}: fence it as text" if is_prose(text) else why
