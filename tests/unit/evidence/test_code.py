"""Code in notes: a planted fault in each language is found on its line; what is well formed passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kg.base import extras
from kg.evidence.tools import TOOLS, Judgement, data, grammar

Judge = Callable[..., Judgement]

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - name: a\n      image: b\n"

GOOD = {
    "python": "def f(x):\n    return x",
    "yaml": POD,
    "json": '{"a": [1, 2]}',
    "toml": "[a]\nb = 1",
    "bash": "for i in 1 2; do echo $i; done",
    "go": "func f(x int) int {\n\treturn x\n}",
    "rust": "fn f(x: i32) -> i32 {\n    x\n}",
    "java": "class A {\n  int f(int x) { return x; }\n}",
    "dockerfile": "FROM debian:12\nRUN apt-get update && \\\n    apt-get install -y curl\nENTRYPOINT [\"curl\"]",
}  # fmt: skip


@pytest.mark.parametrize("language", GOOD)
def test_what_is_well_formed_passes(judge: Judge, language: str) -> None:
    assert judge(f"```{language}\n{GOOD[language]}\n```") == Judgement("passed")


@pytest.mark.parametrize(
    ("language", "text", "line", "why"),
    [
        ("python", "x = 1\ny = (2", 1, "was never closed"),
        ("yaml", "a: 1\nb: [1, 2", 1, "did not find expected"),
        ("yaml", "a: 1\nb: 2\na: 3", 2, "the key 'a' appears twice"),
        ("yaml", POD + "---\n" + POD.replace("image: b", "imagee: b"), 13, "Pod: spec.containers.0"),
        ("yaml", POD.replace("containers", "container"), 3, "Pod: spec: 'containers' is a required property"),
        ("json", '{"a": 1,\n "b": 2,}', 1, "property name"),
        ("json", '{"a": 1, "a": 2}', None, "'a' appears twice"),
        ("json", '{"a": NaN}', None, "NaN is not a value of JSON"),
        ("yaml", "- &x {a: 1}\n- *x\n- {a: 1, a: 2}", 2, "the key 'a' appears twice"),
        ("yaml", "? [a, b]\n: 1\n<<: {c: 1}\nd: 1\nd: 2", 4, "the key 'd' appears twice"),
        ("yaml", "- a\n---\nb: 1\n---\n" + POD.replace("image: b", "imagee: b"), 9, "Pod: spec.containers.0"),
        ("toml", "a = 1\nb = ", 1, "Invalid value"),
        ("bash", "if true; then\necho a", 1, "unexpected end of file"),
        ("go", "func f() {\n\tx := \n}", 1, "is missing"),
        ("rust", "fn f() {\n    let x = ;\n}", 1, "doesn't parse"),
        ("java", "class A {\n  int f( { return 1; }\n}", 1, "is missing"),
        ("dockerfile", "FROM a\nRUNN b", 1, "no instruction 'RUNN'"),
    ],
)
def test_a_fault_is_found_on_its_line(judge: Judge, language: str, text: str, line: int | None, why: str) -> None:
    found = judge(f"```{language}\n{text}\n```")
    assert (found.verdict, found.at) == ("failed", line), found
    assert why in found.why
    # Where it is meant to be wrong, its author says so.
    assert judge(f"```{language} {{#bad expect=false}}\n{text}\n```").verdict == "passed"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("bash", "kubectl logs <pod-name> -n <namespace>"),
        ("yaml", POD.replace("name: a", "name: <pod-name>")),
        ("yaml", "a: {{ .Values.a }}\n{{- if .Values.b }}\nb: 1\n{{- end }}"),
        ("yaml", "kind: Widget\napiVersion: example.org/v1\nspec: {size: x}"),  # a kind without a schema
        ("dockerfile", "FROM <image>:<tag>"),
    ],
)
def test_placeholders_and_templates_are_filled_in(judge: Judge, language: str, text: str) -> None:
    assert judge(f"```{language}\n{text}\n```").verdict == "passed"


@pytest.mark.parametrize("language", ["python", "yaml", "bash", "go"])
def test_a_fence_that_holds_prose_is_told_as_such(judge: Judge, language: str) -> None:
    found = judge(f"```{language}\n首先创建命名空间，随后挂载文件系统\n最后启动进程，并等待它结束\n```")
    assert found.verdict == "failed"
    assert "it holds prose" in found.why


@pytest.mark.parametrize(
    ("blocks", "verdict", "why", "line"),
    [
        ("```python {#a run}\nassert 1 + 1 == 2\n```", "passed", "", None),
        ("```python {#a run}\nx = 1\nassert x == 2, 'no'\n```", "failed", "AssertionError: no", 1),
        ('```python {#a run}\ndef f():\n    """\n    >>> f()\n    2\n    """\n    return 1\n```', "failed", "Expected: 2", 2),
        ("```python {#a run}\n>>> 1 + 1\n2\n```", "passed", "", None),
        ("```python {#a run}\n>>> 1 + 1\n3\n```", "failed", "Expected: 3 Got: 2", 0),
        ("```text {#o}\n2\n```\n\n```python {#a run output=o}\nprint(1 + 1)\n```", "passed", "", None),
        ("```text {#o}\n3\n```\n\n```python {#a run output=o}\nprint(1 + 1)\n```", "failed", "is '2', expected '3'", None),
        ("```python {#b}\nx = 3\n```\n\n```python {#a run after=b}\nassert x == 4\n```", "failed", "AssertionError", 0),
    ],
)  # fmt: skip
def test_python_that_is_run(judge: Judge, blocks: str, verdict: str, why: str, line: int | None) -> None:
    found = judge(blocks)
    assert (found.verdict, found.at) == (verdict, line), found
    assert why in found.why


@pytest.mark.parametrize("language", ["python", "yaml", "json", "toml", "go"])
def test_deep_nesting_ends_as_a_verdict(judge: Judge, language: str) -> None:
    assert judge(f"```{language}\n{'[' * 20_000}\n```").verdict == "failed"


@pytest.mark.parametrize("hidden", ["tree_sitter", "tree_sitter_java"])
def test_a_grammar_needs_its_parser_too(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    monkeypatch.setattr(grammar, "find_spec", lambda name: None if name == hidden else object())
    java = grammar.Grammar("java")
    assert java.locate() is None
    assert java.cost == f"java is not parsed; install it: {extras.install_command('verify')}"
    packages = java.cost.split()
    assert {"tree-sitter", "tree-sitter-java", "kubernetes-validate"} <= set(packages)


def test_without_schemas_manifests_are_only_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a verdict has a name of its own, so that it never replaces one by the schemas."""
    monkeypatch.setattr(data, "_schemas", lambda: ())
    first, second = (tool for tool in TOOLS if "yaml" in tool.languages)
    assert first.locate() is None
    assert first.cost.endswith(extras.install_command("verify"))
    found = second.version(second.locate() or "")
    assert found is not None
    assert found.name == "pyyaml-alone"
