"""Loading and checking of conformance cases; README.md beside this file describes their form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
_FILE = re.compile(r"^`([^`\n]+)`[ \t]*$")
_FENCE = re.compile(r"^(`{3,}|~{3,})[ \t]*([^\n`]*)$")


@dataclass(frozen=True)
class Case:
    path: Path
    title: str
    dialect: str
    files: dict[str, bytes]
    expect: dict[str, Any]

    @property
    def name(self) -> str:
        return self.path.relative_to(HERE).with_suffix("").as_posix()

    @property
    def settings(self) -> str:
        return self.files.get("kg.toml", b"").decode()

    def write(self, folder: Path) -> None:
        for name, data in self.files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)


def load(path: Path) -> Case:
    lines = path.read_text(encoding="utf-8").split("\n")
    title = lines[0].removeprefix("# ").strip()
    dialect = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("- dialect:"))
    files: dict[str, bytes] = {}
    expect: dict[str, Any] = {}
    section, name, i = "", None, 1
    while i < len(lines):
        line = lines[i]
        fence = _FENCE.match(line)
        if fence:
            end = next(j for j in range(i + 1, len(lines)) if lines[j].rstrip() == fence[1])
            body = "\n".join(lines[i + 1 : end]) + ("\n" if end > i + 1 else "")
            if section == "Expect":
                expect = yaml.safe_load(body) or {}
            elif name is not None:
                files[name] = _escaped(body) if fence[2].split()[1:2] == ["escaped"] else body.encode()
                name = None
            i = end + 1
            continue
        if line.startswith("## "):
            section = line[3:].strip()
        elif section == "Notes" and (m := _FILE.match(line)):
            name = m[1]
            files[name] = b"attachment"
        i += 1
    return Case(path, title, dialect, files, expect)


def _escaped(body: str) -> bytes:
    text = body.replace("\n", "")
    out = bytearray()
    i = 0
    simple = {"n": b"\n", "r": b"\r", "t": b"\t", "\\": b"\\", "0": b"\0", "'": b"'", '"': b'"'}
    while i < len(text):
        if text[i] == "\\" and i + 1 < len(text):
            c = text[i + 1]
            width = {"x": 2, "u": 4, "U": 8}.get(c)
            if width:
                value = int(text[i + 2 : i + 2 + width], 16)
                out += bytes([value]) if c == "x" else chr(value).encode("utf-8", "surrogatepass")
                i += 2 + width
                continue
            if c in simple:
                out += simple[c]
                i += 2
                continue
        out += text[i].encode()
        i += 1
    return bytes(out)


def all_cases() -> Iterator[Case]:
    for path in sorted(HERE.glob("*/*.md")):
        yield load(path)


def nfc(value: Any) -> Any:
    """Text in Unicode NFC: paths that are canonically equivalent name the same file."""
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


def canonical(key: str, value: Any) -> Any:
    """An expectation or a result as something comparable, order aside."""
    if key == "titles":
        return value
    if key == "concepts":
        return sorted(value)
    if key == "definitions":
        return {nfc(path): nfc(text) for path, text in value.items()}
    if key == "tags":
        return {path: sorted(tags) for path, tags in value.items() if tags}
    rows = []
    for row in value:
        row = {k: nfc(v) for k, v in row.items() if v is not None and v is not False}
        if row.get("state") == "resolved":
            del row["state"]
        if "candidates" in row:
            row["candidates"] = tuple(sorted(map(nfc, row["candidates"])))
        rows.append(tuple(sorted((k, v) for k, v in row.items())))
    return sorted(rows, key=str)
