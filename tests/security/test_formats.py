"""Foreign formats come through one gate: what is too much of something ends early, at its place, in little memory."""

from __future__ import annotations

import ast
import gc
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.base.extras import has_extra
from kg.base.formats import LIMITS, FormatError
from kg.base.formats.bibtex_text import read_bibtex
from kg.base.formats.csv_text import read_csv, read_table
from kg.base.formats.json_text import JsonReader, read_json, read_json_object
from kg.base.formats.notebook_text import read_cells
from kg.base.formats.python_text import read_python
from kg.base.formats.rdf_text import parse_rdf
from kg.base.formats.sparql_results import parse_results
from kg.base.formats.sphinx_inventory import HEADER, read_sphinx_inventory
from kg.base.formats.svg_text import safe_svg
from kg.base.formats.toml_text import read_toml
from kg.base.formats.yaml_text import compose_yaml, read_configuration, read_note

ROOT = Path(__file__).resolve().parents[2]

# The examples: what took gigabytes, through the command line

DOTTED = "a." * 19_999 + "a = 1\n"
"""One key of 20,000 parts, in 39 KB."""


class Measured:
    """What a run of the command line printed, and the most memory that it took in MB."""

    def __init__(self, *args: str | Path, cwd: Path) -> None:
        # A small process in between: what a fork shares with pytest counts as the memory of the child.
        program = (
            "import resource as r, subprocess as s, sys\n"
            "status = s.run([sys.executable, '-m', 'kg', *sys.argv[1:]]).returncode\n"
            "print('PEAK', r.getrusage(r.RUSAGE_CHILDREN).ru_maxrss, status, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, args)],
            cwd=cwd, capture_output=True, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        self.output = done.stdout + done.stderr
        assert "Traceback" not in self.output, self.output
        assert "PEAK" in done.stderr, self.output
        peak, self.status = map(int, done.stderr.rpartition("PEAK ")[2].split())
        self.peak = peak / 1024


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> float:
    """What a run over one small note takes, in MB."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "concepts").mkdir()
    (folder / "concepts/a.md").write_text("+++\ntitle = 'A'\n+++\n# A\n")
    return Measured("check", "-C", folder, cwd=folder).peak


@pytest.mark.parametrize("count", [1, 3])
def test_a_key_of_20000_parts_in_front_matter(tmp_path: Path, plain: float, count: int) -> None:
    (tmp_path / "concepts").mkdir()
    for number in range(count):
        (tmp_path / f"concepts/n{number}.md").write_text(f"+++\ntitle = 'N'\n{DOTTED}+++\n# N{number}\n")
    ran = Measured("check", "-C", tmp_path, cwd=tmp_path)
    for number in range(count):
        assert f"n{number}.md:3:" in ran.output, ran.output
    assert "more than 32 parts" in ran.output
    assert "fewer dots" in ran.output
    assert ran.status == 1
    assert ran.peak < plain + 100


def test_a_key_of_20000_parts_in_hugos_configuration(tmp_path: Path, plain: float) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text("# A\n")
    (tmp_path / "hugo.toml").write_text("title = 'T'\n" + DOTTED)
    ran = Measured("check", "-C", tmp_path, cwd=tmp_path)
    assert "hugo.toml:2:" in ran.output, ran.output
    assert "KG111" in ran.output
    assert ran.peak < plain + 100


def test_a_key_of_20000_parts_in_a_block(tmp_path: Path, plain: float) -> None:
    (tmp_path / "concepts").mkdir()
    (tmp_path / "concepts/a.md").write_text(f"# A\n\n```toml\nb = 1\n{DOTTED}```\n")
    ran = Measured("verify", "-C", tmp_path, cwd=tmp_path)
    assert "a.md:5" in ran.output, ran.output
    assert "more than 32 parts" in ran.output
    assert ran.status == 1
    assert ran.peak < plain + 150


def test_a_key_of_20000_parts_in_the_settings(tmp_path: Path, plain: float) -> None:
    (tmp_path / "kg.toml").write_text(DOTTED)
    ran = Measured("check", "-C", tmp_path, cwd=tmp_path)
    assert "kg.toml: a key of more than 32 parts (at line 1" in ran.output
    assert "fewer dots" in ran.output
    assert ran.status == 2
    assert ran.peak < plain + 50


HOSTILE: dict[str, str | bytes] = {
    "concepts/merge.md": "---\na: &a {x: 1}\nb: &b {<<: [*a, *b]}\n---\n# M\n",
    "concepts/deep.md": "---\na: " + "[" * 900 + "]" * 900 + "\n---\n# D\n",
    "concepts/flow.md": "---\na: [" + "? a," * 100_000 + "]\n---\n# F\n",
    "concepts/sexagesimal.md": "---\na: 1" + ":11" * 100_000 + "\nb: 1\n---\n# S\n",
    "concepts/overflow.md": "---\na: 1" + ":11" * 300 + ".5\n---\n# O\n",
    "concepts/tagged.md": '---\na: !!int ""\n---\n# T\n',
    "concepts/truth.md": "---\na: !!bool x\n---\n# T\n",
    "concepts/time.md": "---\na: !!timestamp x\n---\n# T\n",
    "concepts/json.md": '{ "a": ' + "[" * 5000 + "]" * 5000 + "}\n# J\n",
    "concepts/hex.md": "+++\na = 0x" + "1" * 20_000 + "\n+++\n# H\n",
    "concepts/python.md": "# P\n\n```python\n" + "-" * 20_000 + "1\n```\n",
}
FINDINGS = {
    "merge.md:3:", "deep.md:2:", "flow.md:2:", "sexagesimal.md:2:", "overflow.md:", "tagged.md:", "truth.md:", "time.md:",
    "json.md:1:", "hex.md:2:",
}  # fmt: skip


def test_each_front_matter_that_is_stopped_is_a_finding(tmp_path: Path, plain: float) -> None:
    for name, content in HOSTILE.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(content))
    ran = Measured("check", "--select", "KG102", "-C", tmp_path, cwd=tmp_path)
    missing = {place for place in FINDINGS if place not in ran.output}
    assert not missing, ran.output
    assert ran.peak < plain + 150


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("deep.ttl", "<a:a> <a:b> " + "<<( <a:a> <a:b> " * 200_000 + "<a:c>" + " )>>" * 200_000 + " ."),
        ("list.jsonld", '{"@id":"a:a","a:b":' + '{"@list":[' * 20_000 + "]}" * 20_000 + "}"),
        ("graph.jsonld", '{"@graph":[' * 20_000 + "]}" * 20_000),
        ("chain.jsonld", '{"@context":{' + ",".join(f'"a{i}":"a{i + 1}:x"' for i in range(20_000)) + '},"a1":"b"}'),
    ],
)
@pytest.mark.parametrize("command", ["check", "import"])
def test_rdf_that_ended_the_process(tmp_path: Path, name: str, content: str, command: str) -> None:
    (tmp_path / name).write_text(content)
    (tmp_path / "concepts").mkdir()
    arguments = ("check", name) if command == "check" else ("import", name, "--out", "concepts/t")
    done = subprocess.run(
        [sys.executable, "-m", "kg", *arguments], cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 2, (done.returncode, done.stdout, done.stderr[-500:])
    assert f"{name}:1:" in done.stderr
    assert "Traceback" not in done.stderr


def _varint(number: int, width: int = 1) -> bytes:
    """A number as Thrift writes it, in at least `width` bytes."""
    parts = []
    while number or len(parts) < width:
        parts.append(number % 128 | 128)
        number >>= 7
    return bytes((*parts[:-1], parts[-1] & 127))


@pytest.mark.parametrize("truly", [True, False])
def test_a_kilobyte_of_parquet_that_is_a_list_of_40_million_numbers(tmp_path: Path, truly: bool) -> None:
    """Its metadata states the bytes of its pages, 208, and the number of values, which may be a lie."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    count = 40_000_000
    zeros = pa.Array.from_buffers(pa.int32(), count, [None, pa.py_buffer(bytes(4 * count))])
    numbers = pa.ListArray.from_arrays(pa.array([0, count], pa.int32()), zeros)
    path = tmp_path / "list.parquet"
    pq.write_table(pa.table({"label": ["a"], "n": numbers}), path, compression="zstd", write_statistics=False)
    data = path.read_bytes()
    assert len(data) < 2000
    if not truly:
        start = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
        told, lie = _varint(2 * count), _varint(2, len(_varint(2 * count)))
        path.write_bytes(data[:start] + data[start:].replace(told, lie))
        assert pq.ParquetFile(path).metadata.row_group(0).column(1).num_values == 1
    ran = Measured("import", path, "-C", tmp_path, cwd=tmp_path)
    assert ran.status == 2
    assert f"can't read {path}" in ran.output
    assert "import it in parts" in ran.output
    assert ("bytes of values" if truly else "MB of memory") in ran.output
    assert ran.peak < 1024


# The class: families of texts that a parser could pay dearly for, each at two sizes


def _turtle(text: str) -> bytes:
    return f"@prefix : <http://e/> .\n:a :b {text} .".encode()


def _xml(text: str, head: str = "", attributes: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://e/" {attributes}>{text}</rdf:RDF>'
    ).encode()


def _nodes(count: int, text: str) -> str:
    return ",".join(text.replace("#", str(i)) for i in range(count))


def _chain(size: int) -> str:
    return json.dumps({f"a{i}": f"a{i + 1}:x" for i in range(size // 18)})


def _statements(syntax: ox.RdfFormat) -> Callable[[bytes], int]:
    return lambda data: sum(1 for _ in parse_rdf(data, syntax, base="http://b/"))


def _results(syntax: ox.QueryResultsFormat) -> Callable[[bytes], Any]:
    def read(data: bytes) -> Any:
        results = parse_results(data, syntax)
        return sum(1 for _ in results) if isinstance(results, ox.QuerySolutions) else 0

    return read


Family = Callable[[int], Any]
TOML: Mapping[str, Family] = {
    "dotted": lambda n: "a." * (n // 2) + "a = 1",
    "dotted, spaced": lambda n: "a . " * (n // 4) + "a = 1",
    "dotted, quoted": lambda n: '"a".' * (n // 4) + "a = 1",
    "dotted in a table": lambda n: "x = {" + "a." * (n // 2) + "a = 1}",
    "header": lambda n: "[" + "a." * (n // 2) + "a]",
    "array header": lambda n: "[[" + "a." * (n // 2) + "a]]",
    "many dotted": lambda n: "".join(".".join(f"k{i}x{j}" for j in range(30)) + " = 1\n" for i in range(n // 200)),
    "headers of one start": lambda n: "".join(f"[a.b.c.k{i}]\n" for i in range(n // 14)),
    "array of tables": lambda n: "[[a]]\n[[a.b]]\n" * (n // 14),
    "keys": lambda n: "".join(f"k{i}=1\n" for i in range(n // 9)),
    "inline table": lambda n: "a={" + _nodes(n // 9, "k#=1") + "}",
    "deep tables": lambda n: "a=" + "{a=" * (n // 4) + "1" + "}" * (n // 4),
    "deep dotted tables": lambda n: "a=" + ("{" + "a." * 30 + "a=") * (n // 64) + "1" + "}" * (n // 64),
    "deep arrays": lambda n: "a=" + "[" * (n // 2) + "]" * (n // 2),
    "arrays": lambda n: "a=[" + "[]," * (n // 3) + "]",
    "escapes": lambda n: 'a="' + "\\n" * (n // 2) + '"',
    "open text": lambda n: 'a="""' + '\\"' * (n // 2),
    "integer": lambda n: "a=" + "1" * n,
    "hexadecimal": lambda n: "a=0x" + "1" * n,
    "float": lambda n: "a=1e" + "9" * n,
    "spaces": lambda n: "a =" + " " * n,
    "comments": lambda n: "#\n" * (n // 2),
    "quotes": lambda n: "a=" + "'" * n,
}
YAML: Mapping[str, Family] = {
    "flow": lambda n: "a: " + "[" * (n // 2) + "]" * (n // 2),
    "flow maps": lambda n: "{a: " * (n // 5) + "1" + "}" * (n // 5),
    "dashes": lambda n: "- " * (n // 2) + "a",
    "questions": lambda n: "? " * (n // 2) + "a",
    "indented": lambda n: "".join(" " * i + "a:\n" for i in range(int((2 * n) ** 0.5))),
    "items": lambda n: "a: [" + "1," * (n // 2) + "]",
    "pairs": lambda n: "a: [" + "? a," * (n // 4) + "]",
    "json pairs": lambda n: "a: [" + '"":1,' * (n // 5) + "]",
    "set": lambda n: "a: !!set {" + "a," * (n // 2) + "}",
    "keys": lambda n: "".join(f"k{i}: 1\n" for i in range(n // 9)),
    "one key": lambda n: "a: 1\n" * (n // 5),
    "colliding keys": lambda n: "".join(f"{i * (2**61 - 1)}: 1\n" for i in range(n // 22)),
    "integer": lambda n: "a: " + "1" * n,
    "octal": lambda n: "a: 0" + "1" * n,
    "sexagesimal": lambda n: "a: 1" + ":11" * (n // 3),
    "sexagesimal float": lambda n: "a: 1" + ":11" * (n // 3) + ".5",
    "laughs": lambda n: "a0: &a0 [x,x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1},*a{i - 1}]\n" for i in range(1, n // 30)),
    "merges": lambda n: "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1},*a{i - 1}]}}\n" for i in range(1, n // 36)),
    "many aliases": lambda n: "a: &a x\nb: [" + "*a," * (n // 3) + "]",
    "anchors": lambda n: "".join(f"- &k{i} x\n" for i in range(n // 10)),
    "holds itself": lambda n: "a: &a [" + "*a," * (n // 3) + "]",
    "tag directives": lambda n: "".join(f"%TAG !{i}! tag:x\n" for i in range(n // 17)) + "---\na: 1",
    "long tags": lambda n: "%TAG ! tag:" + "y" * (n // 2) + "\n---\n" + "- !a b\n" * (n // 14),
    "text": lambda n: "a: |\n" + " x\n" * (n // 3),
    "open text": lambda n: "a: '" + "x\n" * (n // 2),
    "documents": lambda n: "---\na\n" * (n // 6),
}
JSON: Mapping[str, Family] = {
    "lists": lambda n: "[" * (n // 2) + "]" * (n // 2),
    "objects": lambda n: '{"a":' * (n // 6) + "1" + "}" * (n // 6),
    "empty lists": lambda n: "[" + "[]," * (n // 3) + "1]",
    "one key": lambda n: "{" + '"a":1,' * (n // 6) + '"a":1}',
    "keys": lambda n: "{" + _nodes(n // 10, '"k#":1') + "}",
    "integer": lambda n: "1" * n,
    "exponent": lambda n: "1e" + "9" * n,
    "halves": lambda n: '"' + "\\ud800" * (n // 6) + '"',
    "open text": lambda n: '["' + '\\"' * (n // 2),
    "open texts": lambda n: "[" * 100 + '"\\' * (n // 2),
}
CSV: Mapping[str, Family] = {
    "open quote": lambda n: 'a,b\n"' + "x\n" * (n // 2),
    "commas": lambda n: "," * n,
    "rows": lambda n: "a\n" * (n // 2),
    "wide head": lambda n: _nodes(2000, "c#") + "\n" + "1\n" * (n // 2),
    "quotes": lambda n: '"' * n,
    "empty lines": lambda n: "\n" * n,
}
PYTHON: Mapping[str, Family] = {
    "parentheses": lambda n: "(" * (n // 2) + ")" * (n // 2),
    "minus": lambda n: "-" * n + "1",
    "lambda": lambda n: "lambda:" * (n // 7) + "1",
    "attributes": lambda n: "a" + ".a" * (n // 2),
    "powers": lambda n: "1" + "**1" * (n // 3),
    "statements": lambda n: "1;" * (n // 2),
    "branches": lambda n: "if 1:\n pass\n" + "elif 1:\n pass\n" * (n // 14),
    "f-string": lambda n: "f'" + "{a}" * (n // 3) + "'",
}
TURTLE: Mapping[str, Family] = {
    "blank nodes": lambda n: _turtle("[ :c " * (n // 6) + ":d" + "]" * (n // 6)),
    "lists": lambda n: _turtle("(" * (n // 2) + ")" * (n // 2)),
    "open lists": lambda n: _turtle("(" * n),
    "quoted": lambda n: _turtle("<<( :a :b " * (n // 14) + ":c" + " )>>" * (n // 14)),
    "reified": lambda n: _turtle("<< :a :b " * (n // 12) + ":c" + " >>" * (n // 12)),
    "annotated": lambda n: _turtle(":c " + "{| :b :c " * (n // 11) + "|}" * (n // 11)),
    "bases": lambda n: b"@base <a/> .\n" * (n // 13),
    "long base": lambda n: b"@base <http://e/" + b"a" * (n // 2) + b"/> .\n" + b"<b> <c> <d> .\n" * (n // 28),
    "long prefix": lambda n: b"PREFIX : <http://e/" + b"a" * (n // 2) + b"/>\n" + b":b :c :d .\n" * (n // 22),
    "growing base": lambda n: (b"base <" + b"a" * 250 + b"/>\n") * (n // 500) + b"<b> <c> <d> .\n" * (n // 28),
    "open text": lambda n: _turtle("(" * 600 + '"""' + '\\"""' * (n // 4)),
    "objects": lambda n: _turtle(":c," * (n // 3) + ":c"),
    "semicolons": lambda n: _turtle(":c " + ";" * n),
}
JSONLD: Mapping[str, Family] = {
    "nodes": lambda n: '{"@id":"http://e/a","http://e/b":' * (n // 36) + '"x"' + "}" * (n // 36),
    "lists": lambda n: '{"@id":"http://e/a","http://e/b":' + '{"@list":[' * (n // 13) + "]}" * (n // 13) + "}",
    "graphs": lambda n: '{"@graph":[' * (n // 13) + "]}" * (n // 13),
    "included": lambda n: '{"@included":' * (n // 14) + "{}" + "}" * (n // 14),
    "reversed": lambda n: '{"@reverse":{"http://e/b":' * (n // 28) + '"x"' + "}}" * (n // 28),
    "contexts": lambda n: json.dumps({
        "@context": {f"a{i}": f"http://e/{i}" for i in range(n // 48)},
        "@graph": [{"@context": {"x": "http://e/"}, "a1": "b"}] * (n // 80),
    }),
    "contexts of terms": lambda n: json.dumps({
        "@context": {f"a{i}": f"http://e/{i}" for i in range(n // 48)} | {"z": {"@id": "http://e/z", "@context": {}}},
        "z": [{"a1": "b"}] * (n // 24),
    }),
    "chain": lambda n: '{"@context":' + _chain(n) + ',"a1":"b"}',
    "chain, escaped": lambda n: '{"\\u0040context":' + _chain(n) + ',"a1":"b"}',
    "chain, hidden": lambda n: '{"@context":' + _chain(n) + ',"@context":{},"a1":"b"}',
    "base": lambda n: json.dumps({
        "@context": {"@base": f"http://e/{'a' * (n // 2)}/"},
        "@graph": [{"@id": f"a{i}", "http://e/b": {"@id": "c"}} for i in range(n // 80)],
    }),
    "vocabulary": lambda n: json.dumps({
        "@context": {"@vocab": f"http://e/{'a' * (n // 2)}/"},
        "@graph": [{"@id": f"http://a/{i}", "b": 1} for i in range(n // 60)],
    }),
}  # fmt: skip
XML: Mapping[str, Family] = {
    "elements": lambda n: _xml("<D><p>" * (n // 13) + "</p></D>" * (n // 13)),
    "open elements": lambda n: _xml("<D><p>" * (n // 6)),
    "attributes": lambda n: _xml("<D " + " ".join(f'a{i}="x"' for i in range(n // 9)) + "/>"),
    "namespaces": lambda n: _xml("<D " + " ".join(f'xmlns:a{i}="x"' for i in range(n // 14)) + "/>"),
    "namespaces in literals": lambda n: _xml(
        '<D><p rdf:parseType="Literal">' + "<a/>" * (n // 4) + "</p></D>",
        attributes=" ".join(f'xmlns:a{i}="http://x/{i}"' for i in range(500)),
    ),
    "bases": lambda n: _xml('<D xml:base="aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/"><p>' * 200 + "</p></D>" * 200),
    "entities": lambda n: _xml("", "<!DOCTYPE r [" + "".join(f'<!ENTITY e{i} "x">' for i in range(n // 20)) + "]>"),
    "uses": lambda n: _xml("<D><p>" + "&e;" * (n // 3) + "</p></D>", f'<!DOCTYPE r [<!ENTITY e "{"x" * 990}">]>'),
    "behind a fault": lambda n: _xml('<D a="1" a="2"/>' + "<D><p>" * (n // 6)),
}
ROWS: Mapping[str, Family] = {
    "empty rows": lambda n: f'{{"head":{{"vars":[{_nodes(n // 20, chr(34) + "v#" + chr(34))}]}},'
    f'"results":{{"bindings":[{",".join(["{}"] * (n // 6))}]}}}}',
    "few variables": lambda n: f'{{"head":{{"vars":[{_nodes(900, chr(34) + "v#" + chr(34))}]}},'
    f'"results":{{"bindings":[{",".join(["{}"] * (n // 3))}]}}}}',
    "triples": lambda n: '{"head":{"vars":["a"]},"results":{"bindings":[{"a":'
    + '{"type":"triple","value":{"subject":' * (n // 40) + "1" + "}}" * (n // 40) + "}]}}",
}  # fmt: skip

BIBTEX: Mapping[str, Family] = {
    "entries": lambda n: "".join(f"@a{{k{i}, t = 1}}\n" for i in range(n // 16)),
    "fields": lambda n: "@a{k," + "".join(f"f{i} = 1," for i in range(n // 10)) + "}",
    "braces": lambda n: "@a{k, t = " + "{" * (n // 2) + "}" * (n // 2) + "}",
    "open entries": lambda n: "@a{" * (n // 3),
    "open values": lambda n: "@a{k, t = {" * (n // 11),
    "open values of lines": lambda n: "@a{k, t = {\n" * (n // 12),
    "joined": lambda n: "@a{k, t = " + "{}#" * (n // 3) + "{}}",
    "macros": lambda n: "@string{m0 = {xx}}" + "".join(f"@string{{m{i} = m{i - 1} # m{i - 1}}}" for i in range(1, n // 32)),
    "uses": lambda n: "@string{m = {" + "x" * 5000 + "}}" + "@a{k, t = m}" * (n // 12),
    "accents": lambda n: "@a{k, t = {" + '{\\"o}' * (n // 5) + "}}",
    "commands": lambda n: "@a{k, t = {" + "\\a" * (n // 2) + "}}",
    "comments": lambda n: "@comment{" * (n // 9),
    "spaces": lambda n: "@a{k, t" + " " * n,
    "marks": lambda n: "@" * n,
    "letters": lambda n: "@" + "a" * n,
}
NOTEBOOK: Mapping[str, Family] = {
    **JSON,
    "cells": lambda n: '{"cells":[' + ",".join(['{"cell_type":"markdown","source":"a"}'] * (n // 38)) + "]}",
    "lines": lambda n: '{"cells":[{"cell_type":"markdown","source":"' + "\\n" * (n // 2) + '"}]}',
    "strings": lambda n: '{"cells":[{"cell_type":"markdown","source":[' + ",".join(['"\\""'] * (n // 5)) + "]}]}",
    "escapes": lambda n: '{"cells":[{"cell_type":"markdown","source":"' + "\\ud83d\\ude00" * (n // 12) + '"}]}',
    "deep outputs": lambda n: '{"cells":[{"outputs":' + "[" * (n // 2) + "]" * (n // 2) + "}]}",
    "sources of outputs": lambda n: '{"cells":[{"outputs":[' + ",".join(['{"source":"a"}'] * (n // 15)) + "]}]}",
}


def _svg(text: str, attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{text}</svg>'.encode()


SVG: Mapping[str, Family] = {
    "elements": lambda n: _svg("<g>" * (n // 7) + "</g>" * (n // 7)),
    "shapes": lambda n: _svg("<rect/>" * (n // 7)),
    "skipped": lambda n: _svg("<script>" * (n // 17) + "</script>" * (n // 17)),
    "attributes": lambda n: _svg("<g " + " ".join(f'a{i}="x"' for i in range(n // 9)) + "/>"),
    "address": lambda n: _svg('<g fill="' + "url(" * (n // 4) + '"/>'),
    "spaces in an address": lambda n: _svg('<g fill="url' + " " * n + '"/>'),
    "styles": lambda n: _svg("<style>" + "url( " * (n // 5) + "</style>"),
    "namespaces": lambda n: _svg("", " ".join(f'xmlns:a{i}="x"' for i in range(n // 14))),
    "entities": lambda n: b'<!DOCTYPE svg [<!ENTITY a "' + b"x" * 990 + b'">]>' + _svg("&a;" * (n // 3)),
    "characters": lambda n: _svg("&lt;" * (n // 4)),
}


def _inventory(text: str, repeated: int = 1) -> bytes:
    packer = zlib.compressobj()
    packed = b"".join(packer.compress(text.encode()) for _ in range(repeated)) + packer.flush()
    return HEADER + b"# Project: P\n# Version: 1\n# zlib\n" + packed


INVENTORY: Mapping[str, Family] = {
    "objects": lambda n: _inventory("".join(f"name{i} py:function 1 a.html#$ -\n" for i in range(n // 36))),
    "spaces": lambda n: _inventory(("a" + " " * 9000 + "\n") * (n // 9000)),
    "words": lambda n: _inventory(("a " * 4900 + "\n") * (n // 9800)),
    "colons": lambda n: _inventory(("a " + ":" * 9000 + "\n") * (n // 9000)),
    "almost objects": lambda n: _inventory(("a b:c " * 1600 + "\n") * (n // 9600)),
    "empty lines": lambda n: _inventory("\n" * n),
    "more than a thousandfold": lambda n: _inventory(" " * 9000, n // 10),
    "no list": lambda n: HEADER + b"# zli" * (n // 5),
}


def _columns(count: int, **more: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    pq.write_table(pa.table({f"c{i}": [1] for i in range(count)} | more), file, compression="zstd")
    return file.getvalue()


PARQUET: Mapping[str, Family] = {
    "columns": lambda n: _columns(n // 300),
    "rows": lambda n: _columns(0, a=list(range(n // 8))),
    "texts": lambda n: _columns(0, a=[f"text {i}" for i in range(n // 10)]),
    "one text": lambda n: _columns(0, a=["x" * 1000] * (n // 8)),
    "a list": lambda n: _columns(0, a=[[0] * n]),
    "lists of lists": lambda n: _columns(0, a=[[[[]]] * (n // 8)]),
    "nothing": lambda n: _columns(0, a=[None] * n),
    "no Parquet": lambda n: b"PAR1" * (n // 4),
}


def _parquet(data: bytes) -> int:
    from kg.base.formats.parquet_file import parquet_batches

    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(data)
        file.flush()
        return sum(batch.num_rows for batch in parquet_batches(Path(file.name)))


def _encoded(families: Mapping[str, Family]) -> Mapping[str, Family]:
    return {name: lambda n, make=make: make(n).encode() for name, make in families.items()}


CLASSES: Mapping[str, tuple[Callable[[Any], Any], Mapping[str, Family]]] = {
    "toml": (read_toml, TOML),
    "yaml of notes": (lambda text: read_note(text, []), YAML),
    "yaml of bundles": (lambda text: read_note(text, [], as_written=True), YAML),
    "yaml of configurations": (read_configuration, YAML),
    "yaml of blocks": (compose_yaml, YAML),
    "json": (read_json, JSON),
    "json of notes": (lambda text: read_json_object(text, set()), JSON),
    "json of records": (JsonReader[Any](dict[str, Any]).read, _encoded(JSON)),
    "csv": (lambda text: sum(1 for _ in read_csv(text)), CSV),
    "csv by columns": (read_table, CSV),
    "python": (read_python, PYTHON),
    "turtle": (_statements(ox.RdfFormat.TURTLE), TURTLE),
    "trig": (_statements(ox.RdfFormat.TRIG), TURTLE),
    "n3": (_statements(ox.RdfFormat.N3), TURTLE),
    "n-quads": (_statements(ox.RdfFormat.N_QUADS), TURTLE),
    "json-ld": (_statements(ox.RdfFormat.JSON_LD), _encoded(JSONLD)),
    "rdf/xml": (_statements(ox.RdfFormat.RDF_XML), XML),
    "results": (_results(ox.QueryResultsFormat.JSON), _encoded(ROWS)),
    "bibtex": (read_bibtex, BIBTEX),
    "notebooks": (read_cells, NOTEBOOK),
    "svg": (safe_svg, SVG),
    "objects.inv": (read_sphinx_inventory, INVENTORY),
    **({"parquet": (_parquet, PARQUET)} if has_extra("parquet") else {}),
}
SIZE = 40_000


def measure(kind: str) -> dict[str, Any]:
    """The seconds that each family of a format takes at two sizes, and the memory in MB that it all took."""
    read, families = CLASSES[kind]
    gc.disable()  # walking what pytest holds would be counted
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds: dict[str, list[float]] = {}
    for name, make in families.items():
        for size in (SIZE, 4 * SIZE):
            text = make(size)
            start = time.process_time()
            try:
                read(text)
            except FormatError as error:
                assert not error.limit or error.limit in LIMITS, error  # noqa: PT017  # any other exception ends the run
            seconds.setdefault(name, []).append(time.process_time() - start)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "peak": (peak - before) / 1024}


@pytest.mark.parametrize("kind", CLASSES)
def test_time_and_memory_grow_with_the_text_at_most(kind: str, tmp_path: Path) -> None:
    """Four times the text takes about four times as long at most; a process that reads 160 KB takes less than 200 MB for it.

    In a process of its own, since what a parser does to the stack or to memory could end it.
    """
    child = os.fork()
    if not child:
        status = 1
        signal.alarm(300)
        try:
            (tmp_path / "measured.json").write_text(json.dumps(measure(kind)))
            status = 0
        except BaseException:  # noqa: BLE001  # a child of pytest must not go on as pytest
            (tmp_path / "error").write_text(traceback.format_exc())
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    error = tmp_path / "error"
    assert status == 0, error.read_text() if error.is_file() else f"ended by signal {os.WTERMSIG(status)}"
    measured = json.loads((tmp_path / "measured.json").read_text())
    grown = {name: (few, many) for name, (few, many) in measured["seconds"].items() if many > 3 * 4 * max(few, 0.03)}
    assert not grown
    assert measured["peak"] < 200


@pytest.mark.parametrize(
    ("read", "text", "limit", "line"),
    [
        (read_toml, "b=1\n" + "a." * 40 + "a=1", "parts", 2),
        (read_toml, "a=1\nb=" + "[" * 70, "nesting", 2),
        (read_toml, "\na=0x" + "1" * 2000, "number", 2),
        (read_toml, "".join(f"k{i}=1\n" for i in range(30_000)), "keys", 20_001),
        (read_note, "a: 1\nb: " + "[" * 70 + "]" * 70, "nesting", 2),
        (read_note, "a: &a [1]\nb: &b [*b]", "aliases", 2),
        (read_note, "a:\n  1" + "1" * 2000, "number", 2),
        (read_configuration, "a: &a [1]\nb: &b [*b]", "aliases", 2),
        (read_note, "a: [" + "1," * 200_000 + "]", "nodes", 1),
        (read_json, "[\n" + "[" * 70, "nesting", 2),
        (read_json, "1" * 5000, "number", 0),
        (lambda text: list(read_csv(text)), "a\n" + "," * 5000, "columns", 2),
        (read_python, "1;" * 100_000, "size", 0),
        (read_python, "-" * 20_000 + "1", "nesting", 0),
        (_statements(ox.RdfFormat.TURTLE), _turtle("(" * 600 + ")" * 600), "nesting", 2),
        (_statements(ox.RdfFormat.N_TRIPLES), b"<a:a> <a:b>\n" + b"<<( " * 40, "nesting", 2),
    ],
)  # fmt: skip
def test_a_limit_is_named_with_its_place_and_what_to_do(
    read: Callable[[Any], Any], text: str | bytes, limit: str, line: int
) -> None:
    with pytest.raises(FormatError) as caught:
        read(text)
    assert (caught.value.limit, caught.value.line) == (limit, line)
    assert caught.value.hint


# What is read stays what the parsers read

SCALARS = st.one_of(st.integers(-(10**18), 10**18), st.booleans(), st.text(max_size=20), st.floats(allow_nan=False))
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=8), v, max_size=4), max_leaves=20
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=5))
def test_json_is_read_as_ever(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    assert read_json(text) == read_json(text.encode()) == value
    assert read_json_object(text + "\nrest", set()) == (value, len(text))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="a1.=[]{}\"'#,\n \\-:", max_size=60))
def test_toml_is_read_as_ever(text: str) -> None:
    import tomllib

    try:
        expected = tomllib.loads(text)
    except ValueError:
        with pytest.raises(FormatError):
            read_toml(text)
    else:
        assert read_toml(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="a1.=[]{}\"'#,\n \\-:?&*!|<", max_size=60))
def test_yaml_is_read_as_ever_or_refused(text: str) -> None:
    import yaml

    try:
        value = read_configuration(text)
    except FormatError:
        return
    try:
        expected = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.constructor.ConstructorError:
        return  # tags of other tools, '=' and '<<' are read as their text
    assert repr(expected) == repr(value)


# No other door

PARSERS: Mapping[str, frozenset[str]] = {
    "tomllib": frozenset(("load", "loads")),
    "yaml": frozenset(
        "load load_all safe_load safe_load_all full_load full_load_all unsafe_load unsafe_load_all compose compose_all parse "
        "scan "
        "SafeLoader CSafeLoader Loader CLoader FullLoader CFullLoader UnsafeLoader CUnsafeLoader BaseLoader CBaseLoader".split()
    ),
    "json": frozenset(("load", "loads", "JSONDecoder")),
    "csv": frozenset(("reader", "DictReader", "Sniffer")),
    "ast": frozenset(("parse", "literal_eval")),
    "msgspec.json": frozenset(("decode", "Decoder")),
    "msgspec.msgpack": frozenset(("decode", "Decoder")),
    "msgspec.toml": frozenset(("decode",)),
    "msgspec.yaml": frozenset(("decode",)),
    "pyoxigraph": frozenset(("parse", "parse_query_results")),
    "xml.parsers": frozenset(("expat",)),
    "xml.etree.ElementTree": frozenset(("parse", "iterparse", "fromstring", "XML", "XMLParser")),
    "pyarrow.parquet": frozenset("ParquetFile ParquetDataset read_table read_pandas read_schema read_metadata".split()),
    "pyarrow.ipc": frozenset(("open_stream", "open_file", "read_tensor", "RecordBatchStreamReader", "RecordBatchFileReader")),
    "zlib": frozenset(("decompress", "decompressobj")),
    "lzma": frozenset(("decompress", "LZMADecompressor", "LZMAFile", "open")),
    "tarfile": frozenset(("open", "TarFile")),
    "zipfile": frozenset(("ZipFile", "Path")),
    "sqlite3": frozenset(("connect",)),
    **{
        name: frozenset("*")
        for name in (
            "gzip",
            "bz2",
            "zipimport",
            "pyarrow.csv",
            "pyarrow.json",
            "pyarrow.dataset",
            "pyarrow.feather",
            "pyarrow.orc",
        )
    },
    **{
        name: frozenset("*")
        for name in ("pickle", "marshal", "shelve", "plistlib", "configparser", "xml.dom", "xml.sax", "lxml")
    },
}
METHODS = frozenset(("load", "bulk_load", "parse"))
"""Of stores and graphs, where a format is given along."""

OWN = "what kg itself wrote for this call: a message to or from a process of its own, or statements of its own graph"
PACKAGE = "files of the package"
CACHE = "a cache that carries digests"
ALLOWED: Mapping[str, str] = {
    "kg/base/texts.py": PACKAGE,
    "kg/suggest/ranker.py": PACKAGE,
    "kg/evidence/tools/harness.py": "it runs inside of the cage",
    "kg/evidence/tools/data.py": "schemas of the package kubernetes-validate",
    "kg/base/process/cage.py": OWN,
    "kg/base/process/crew.py": OWN,
    "kg/base/process/sandbox.py": OWN,
    "kg/checks/shapes.py": OWN,
    "kg/graph/shacl/__main__.py": OWN,
    "kg/graph/shacl/worker.py": OWN + "; shapes were parsed by kg.checks.shapes before",
    "kg/app/mcp/asker.py": OWN,
    "kg/app/mcp/worker.py": OWN,
    "kg/serve/answer.py": OWN,
    "kg/serve/lsp/checker.py": OWN,
    "kg/serve/lsp/insight.py": OWN,
    "kg/serve/lsp/worker.py": OWN,
    "kg/serve/pool.py": OWN,
    "kg/serve/watch/builder.py": OWN,
    "kg/serve/watch/worker.py": OWN,
    "kg/serve/worker.py": OWN,
    "kg/graph/ask.py": OWN,
    "kg/graph/dataset.py": OWN,
    "kg/graph/documents.py": OWN,
    "kg/graph/lexical.py": OWN,
    "kg/graph/feed.py": OWN,
    "kg/graph/splice.py": OWN,
    "kg/serve/publish/content.py": OWN,
    "kg/notes/reading/__init__.py": OWN,
    "kg/notes/reading/__main__.py": OWN,
    "kg/base/memo.py": CACHE,
    "kg/base/parcels.py": "packages whose digests are pinned",
    "kg/evidence/tools/building.py": "sources whose digests are pinned",
    "kg/graph/tables/partitions.py": OWN,
    "kg/views/site/epub.py": "it only writes",
    "kg/knowledge/remembered.py": CACHE,
    "kg/knowledge/search/documents.py": CACHE,
    "kg/knowledge/rendering.py": OWN,
    "kg/knowledge/sharded.py": OWN,
    "kg/notes/reading/cache.py": CACHE,
    "kg/suggest/kept.py": CACHE,
    "kg/suggest/records.py": CACHE,
    "kg/suggest/update.py": CACHE,
    "kg/knowledge/current.py": CACHE,
}


def doors(tree: ast.AST) -> set[str]:
    """Parsers that a module names, however it imports them."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    used = set(names.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            used |= {alias.name for alias in node.names}
        if isinstance(node, ast.Attribute):
            path, inner = [node.attr], node.value
            while isinstance(inner, ast.Attribute):
                path.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name) and inner.id in names:
                used.add(".".join([names[inner.id], *reversed(path)]))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "__import__"):
            text = ast.unparse(node)
            used |= {f"{module}.{name}" for module in ("yaml", "json", "tomllib") if module in text for name in PARSERS[module]
                     if f"'{name}'" in text}  # fmt: skip
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
            and any(k.arg == "format" for k in node.keywords)
        ):
            used.add(f"pyoxigraph.{node.func.attr}()")
    found = {name for name in used if name.endswith("()")}
    for module, parsers in PARSERS.items():
        for name in used:
            if name.startswith(module + ".") and name[len(module) + 1 :].partition(".")[0] in parsers:
                found.add(name)
            if parsers == {"*"} and (name == module or name.startswith(module + ".")):
                found.add(name)
    return found


def test_no_other_module_parses_foreign_formats() -> None:
    found = {}
    for path in sorted((ROOT / "kg").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith("kg/base/formats/"):
            uses = doors(ast.parse(path.read_text(encoding="utf-8")))
            if uses:
                found[name] = sorted(uses)
    assert found.keys() - ALLOWED.keys() == set(), {name: found[name] for name in found.keys() - ALLOWED.keys()}
    assert ALLOWED.keys() - found.keys() == set(), "these need no leave any longer"


@pytest.mark.parametrize(
    "text",
    [
        "import json\njson.loads(x)", "from json import loads as read", "import yaml as y\ny.load(x, Loader=y.SafeLoader)",
        "def f():\n from tomllib import loads", "import msgspec\nd = msgspec.json.Decoder(int)", "import pickle",
        "import pyoxigraph as ox\nox.parse(x)", "store.load(x, format=y)", "from xml.parsers import expat",
        "import csv\nr = csv.reader", "import tarfile\ntarfile.open(x)", "from zipfile import ZipFile",
        "import zlib as z\nz.decompress(x)",
        "import pyarrow.parquet as pq\npq.read_table(x)", "import pyarrow as pa\npa.ipc.open_stream(x)",
        "def f():\n import sqlite3\n sqlite3.connect(x)", "import yaml\nL = getattr(yaml, 'CSafeLoader', None)",
    ],
)  # fmt: skip
def test_a_door_is_seen_however_it_is_imported(text: str) -> None:
    assert doors(ast.parse(text))
