"""Makes hostile knowledge bases: what a pull request, an archive or another process may put before `kg`.

`make(arena, seed)` lays out a folder with three parts: `outside`, which no command may read or change; `home`, the user's, likewise;
and `base`, a small knowledge base with some hostile things in it. Equal seeds give equal bases.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import random
import re
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hostile_git import bare_repository, git_file, repository
from hostile_texts import BENIGN, BODY, FRONT, PARQUET, PLACES, QUERIES, RAN, RDF, SETTINGS, TOOLS


class Arena(NamedTuple):
    """Where a hostile base lies, and what must stay unknown and unchanged."""

    base: Path
    outside: Path
    home: Path
    secret: str
    """Stands in every file outside, and in names of files in folders outside: no output may hold it."""
    features: tuple[str, ...]


class Making:
    """What a hostile thing is made with."""

    def __init__(self, draw: random.Random, base: Path, outside: Path, secret: str) -> None:
        self.draw, self.base, self.outside, self.secret = draw, base, outside, secret

    def clear(self, place: str) -> Path:
        """A path below the base at which nothing is yet. OSError where a link on the way leads out of the arena."""
        path = self.base / place
        parent = Path(os.path.realpath(path.parent))  # a loop of links is refused below
        if not parent.is_relative_to(os.path.realpath(self.outside.parent)):
            raise OSError(errno.EXDEV, "leads out")
        parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() and not path.is_symlink():
            path.rename(path.with_name(f"{path.name}-moved"))
        else:  # a pipe, too: writing into it would wait for a reader
            path.unlink(missing_ok=True)
        return path

    def write(self, place: str, data: str | bytes) -> Path:
        path = self.clear(place)
        path.write_bytes(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)
        return path

    def program(self, place: str) -> Path:
        """A program that tells when it is run."""
        path = self.write(place, f"#!/bin/sh\n: >'{self.outside.parent}/{RAN}-'$$\ncat\n")
        path.chmod(0o755)
        return path


def _link(to: Callable[[Making, Path], str | Path]) -> Callable[[Making, str], None]:
    def put(making: Making, place: str) -> None:
        path = making.clear(place)
        path.symlink_to(to(making, path))

    return put


def _fifo(making: Making, place: str) -> None:
    os.mkfifo(making.clear(place))


def _socket(making: Making, place: str) -> None:
    path = making.clear(place)
    here = Path.cwd()
    with socket.socket(socket.AF_UNIX) as listening:
        try:
            os.chdir(path.parent)  # a socket's whole path may have 108 bytes
            listening.bind(path.name)
        finally:
            os.chdir(here)


def _device(making: Making, place: str) -> None:
    path = making.clear(place)
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, making.draw.choice((3, 5, 7, 8, 9))))
    except PermissionError:
        path.symlink_to("/dev/zero")


def _other_kind(making: Making, place: str) -> None:
    """A folder where a file is expected."""
    folder = making.clear(place)
    folder.mkdir()
    (folder / "a.md").write_text("# In a folder\n")


def _bytes(content: Callable[[random.Random], bytes]) -> Callable[[Making, str], None]:
    return lambda making, place: _write(making, place, content(making.draw))


def _write(making: Making, place: str, data: bytes) -> None:
    making.write(place, data)


def _sparse(making: Making, place: str) -> None:
    path = making.write(place, b"")
    os.truncate(path, 6 << 30)


def _shut(making: Making, place: str) -> None:
    making.write(place, b"# Shut\n").chmod(0)


def value(draw: random.Random, depth: int = 3) -> object:
    """Any JSON, as a reader doesn't expect it."""
    plain: list[object] = [
        None, True, False, 0, -1, 5, 10**30, 1e308, "", "x", "../../etc/passwd", "\u202e", "\x1b[31m", "a" * 5000, "failed", "passed",
    ]  # fmt: skip
    if depth and draw.random() < 0.5:
        return [value(draw, depth - 1) for _ in range(draw.randrange(4))]
    if depth and draw.random() < 0.5:
        keys = (
            "summary",
            "files",
            "base",
            "measures",
            "name",
            "value",
            "path",
            "line",
            "id",
            "x",
            "y",
            "severity",
            "findings",
            "notes",
        )
        return {draw.choice(keys): value(draw, depth - 1) for _ in range(draw.randrange(6))}
    return draw.choice(plain)


KINDS: dict[str, Callable[[Making, str], None]] = {
    "link to a secret file": _link(lambda m, _: m.outside / "secret.txt"),
    "relative link to a secret file": _link(lambda m, p: os.path.relpath(m.outside / "secret.txt", p.parent)),
    "link to a folder outside": _link(lambda m, p: os.path.relpath(m.outside / "folder", p.parent)),
    "link to the home": _link(lambda m, p: os.path.relpath(m.outside.parent / "home", p.parent)),
    "link to another's output": _link(lambda m, _: m.outside / "output"),
    "link to another base": _link(lambda m, _: m.outside / "other"),
    "link to /dev/zero": _link(lambda _m, _p: "/dev/zero"),
    "link to /dev/stdin": _link(lambda _m, _p: "/dev/stdin"),
    "link to /proc/self/environ": _link(lambda _m, _p: "/proc/self/environ"),
    "link to /proc/self/root": _link(lambda _m, _p: "/proc/self/root"),
    "link to nothing": _link(lambda _m, _p: "nowhere"),
    "link to itself": _link(lambda _m, p: p.name),
    "link to its folder": _link(lambda _m, _p: "."),
    "link to the base": _link(lambda m, _: m.base),
    "pipe": _fifo,
    "socket": _socket,
    "device": _device,
    "folder": _other_kind,
    "empty file": _bytes(lambda _: b""),
    "noise": _bytes(lambda d: d.randbytes(d.randrange(1, 3000))),
    "NUL bytes": _bytes(lambda _: b"\0" * 3000),
    "one long line": _bytes(lambda d: d.choice((b"[", b"a.", b"- ", b"{{", b"((", b"<x ", b"!", b"a=", b"  ")) * 20_000),
    "JSON of other types": _bytes(lambda d: json.dumps(value(d)).encode()),
    "lines of JSON": _bytes(lambda d: b"\n".join(json.dumps(value(d)).encode() for _ in range(4))),
    "sparse file of 6 GB": _sparse,
    "unreadable file": _shut,
}


def _things(making: Making) -> str:
    place, kind = making.draw.choice(PLACES), making.draw.choice(list(KINDS))
    KINDS[kind](making, place)
    return f"{place}: {kind}"


def _tools(making: Making) -> str:
    """Settings of other tools in the working folder: such as they take, or links, pipes and noise in their place."""
    chosen = making.draw.sample(list(TOOLS), making.draw.choice((1, 3, len(TOOLS))))
    values = {
        "canary": str(making.outside.parent / f"{RAN}-tool"), "secret": str(making.outside / "secret.txt"),
        "outside": str(making.outside),
    }  # fmt: skip
    for name in chosen:
        if making.draw.random() < 0.6:
            making.write(name, TOOLS[name].format(**values))
        else:
            KINDS[making.draw.choice(list(KINDS))](making, name)
    return f"settings of tools: {chosen[:3]}"


def _twins(making: Making) -> str:
    names = [
        "A.md", "a.MD", "caf\u00e9.md", "cafe\u0301.md", "CON.md", "aux.md", "x .md", "x..md", "-rf.md", "--help.md", "$(touch x).md",
        "`x`.md", "a\nb.md", "a\rb.md", "\u202egnp.md", "\x1b[31mred.md", "%2e%2e%2f%2e%2e%2fsecret.md", "..%2f.md", "a&b<c>.md", "ﬁ.md",
        "\udcff\udcfe.md", "n" * 250 + ".md", "#.md", "?.md", "'.md", '".md', "\\..\\..\\x.md", "::warning::x.md", "|.md", "K.md", "k.md",
    ]  # fmt: skip
    chosen = making.draw.sample(names, 8)
    for name in chosen:
        with contextlib.suppress(OSError):
            making.write(f"concepts/{name}", b"# T\n\n[[a]] and [b](b.md)\n")
    return f"names {chosen}"


def _deep(making: Making) -> str:
    levels = making.draw.choice((50, 300, 1300, 3000))
    folder = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
    here = os.open(making.base / "concepts", folder)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", folder, dir_fd=here)
        os.close(here)
        here = below
    file = os.open("deep.md", os.O_CREAT | os.O_WRONLY, dir_fd=here)
    os.write(file, b"# Deep\n\n[[a]]\n")
    os.close(file)
    os.close(here)
    return f"{levels} nested folders"


def _linked_folders(making: Making) -> str:
    """Folders each of which holds two links to the next: a walk that follows each takes 2^n steps."""
    top = making.clear("concepts/l14").parent
    for level in range(14):
        (top / f"l{level}").mkdir(exist_ok=True)
        for name in ("x", "y"):
            with contextlib.suppress(FileExistsError):
                (top / f"l{level}" / name).symlink_to(f"../l{level + 1}")
    (top / "l14").mkdir(exist_ok=True)
    (top / "l14" / "end.md").write_text("# End\n")
    return "exponential links"


def _fill(text: str, **values: str) -> str:
    for name, inserted in values.items():
        text = text.replace(f"@{name}@", inserted)
    return text


def _notes(making: Making) -> str:
    fills = {
        "dots": ".".join("a" * making.draw.choice((50, 20_000))), "flow": "[" * making.draw.choice((50, 5000)),
        "digits": "9" * making.draw.choice((50, 20_000)), "secret": str(making.outside / "secret.txt"),
    }  # fmt: skip
    front, body = making.draw.choice(FRONT), making.draw.choice(BODY)
    text = _fill(front + body, **fills)
    making.write("concepts/h.md", text)
    return f"front matter {FRONT.index(front)}, text {BODY.index(body)}"


def _settings(making: Making) -> str:
    text = making.draw.choice(SETTINGS)
    dots = ".".join("a" * 20_000)
    place = making.draw.choice(("kg.toml", "kg.toml", "pyproject.toml", "hugo.toml"))
    filled = _fill(text, outside=str(making.outside), dots=dots) + "\n"
    if place == "pyproject.toml":
        filled = "[tool.kg]\n" + re.sub(r"(?m)^(\[+)", r"\1tool.kg.", filled)
    making.write(place, filled)
    return f"{place}: {text}"


def _queries(making: Making) -> str:
    place = making.draw.choice(("ontology/rules/r.rq", "ontology/checks/KG990-x.rq", "ontology/questions/q.rq"))
    text = making.draw.choice(QUERIES)
    making.write(place, _fill(text, secret=str(making.outside / "secret.txt")))
    return f"{place}: {text[:40]}"


def _rdf(making: Making) -> str:
    ending = making.draw.choice(list(RDF))
    deep = making.draw.random() < 0.3
    nested = {
        "ttl": "<x:a> <x:b> " + "[ <x:b> " * 20_000,
        "jsonld": "[" * 20_000,
        "rdf": "<a>" * 20_000,
        "nt": "<< " * 20_000,
        "csv": "," * 90_000,
    }
    making.write(f"table.{ending}", nested[ending] if deep else _fill(RDF[ending], secret=str(making.outside / "secret.txt")))
    return f"table.{ending}{' deep' if deep else ''}"


def _parquet(making: Making) -> str:
    """A file of another schema, or a piece of it."""
    size = making.draw.choice((len(PARQUET), making.draw.randrange(len(PARQUET))))
    start = making.draw.choice((0, 0, size // 2))
    making.write("table.parquet", PARQUET[start:size])
    return f"table.parquet: bytes {start} to {size} of {len(PARQUET)}"


def _bibliography(making: Making) -> str:
    name, text = making.draw.choice((
        ("a.bib", "@a{k, t = " + "{" * 20_000), ("a.bib", "@a{" * 20_000), ("a.bib", "@a{k, t = {x}\n" * 5_000),
        ("a.bib", '@string{a = "xxxxxxxx"}\n' + "@string{a = a # a}\n" * 60 + "@m{k, t = a # a}"),
        ("a.bib", "@misc{k\x1b[31m, title = {<script>\u202e}, url = {javascript:alert(1)}, doi = {10.1/<x>}}\n@misc{k}"),
        ("a.bib", "\xff\xfe"), ("a.csl.json", json.dumps(value(making.draw))), ("a.csl.json", "[" * 20_000),
        ("a.csl.json", '[{"id": 1' + "0" * 5_000 + "}]"),
        ("a.csl.json", '[{"id": "k", "issued": {"date-parts": [[]]}, "author": [{}], "DOI": "10.1/\\u0000"}]'),
    ))  # fmt: skip
    making.write(f"{making.draw.choice(('', 'concepts/'))}{name}", text.encode("latin-1", "replace"))
    making.write(
        "concepts/cites.md", "---\nsources: ['@k', '@']\n---\n# C\n\nIt [see @k, p. 1; -@k] and [" + "@k;" * 150 + "@k].\n"
    )
    return f"{name}: {text[:40]!r}"


def _forged_output(making: Making) -> str:
    for name in ("build.json", "metrics.json", "findings.json"):
        making.write(f"output/{name}", json.dumps(value(making.draw)))
    marker = {"kg": "0.1.0", "base": "https://example.org/kb/", "summary": value(making.draw), "files": value(making.draw)}
    if making.draw.random() < 0.5:
        making.write("output/build.json", json.dumps(marker))
    making.write("output/suggestions.jsonl", json.dumps(value(making.draw)) + "\n")
    making.write("output/graph/store/CURRENT", "MANIFEST-000001\n")
    return "forged output"


def _forged_records(making: Making) -> str:
    names = ("positions", "communities", "notes", "history", "reviews", "rejected", "evidence", "benchmarks")
    for name in making.draw.sample(names, 3):
        making.write(f"ontology/snapshot/{name}.jsonl", "\n".join(json.dumps(value(making.draw)) for _ in range(3)))
    return "forged records"


FEATURES: tuple[tuple[float, Callable[[Making], str]], ...] = (
    (9, _things), (2, bare_repository), (1, git_file), (3, repository), (2, _twins), (0.5, _deep), (0.5, _linked_folders), (4, _notes), (3, _settings),
    (2, _queries), (2, _rdf), (1, _parquet), (2, _bibliography), (2, _forged_output), (2, _forged_records), (2, _tools),
)  # fmt: skip


def _name_of(seed: int) -> str:
    """The name of the base's folder; of 40, one is strange."""
    strange = ("b\udcffse", "b\nse", "b se", "基地", "-b", "b\x1b[2J", "'b", "%62", "b.md", "#b?")
    draw = random.Random(-seed - 1)
    return draw.choice(strange) if draw.random() < 0.025 else "base"


def make(arena: Path, seed: int, *, history: bool = False) -> Arena:
    """Lay out a hostile base in a new folder; `arena` must not exist. With `history`, the base is a repository."""
    draw = random.Random(seed)
    secret = f"canary{draw.getrandbits(64):016x}"
    base, outside, home = arena / _name_of(seed), arena / "outside", arena / "home"
    for folder in (
        base / "concepts",
        outside / "folder" / "below",
        outside / "other" / "concepts",
        outside / "output",
        home / ".ssh",
        home / "tmp",
        *(home / "xdg" / name for name in ("config_home", "data_home", "state_home", "runtime_dir")),
    ):
        folder.mkdir(parents=True)
    (home / ".ssh" / "id_rsa").write_text(secret)
    (outside / "secret.txt").write_text(f"{secret}\n")
    (outside / "folder" / f"{secret}.md").write_text(f"---\ntitle: {secret}\n---\n# {secret}\n\n{secret} is [[a]].\n")
    (outside / "folder" / "below" / "x.rq").write_text(f"# title: {secret}\nSELECT ('{secret}' AS ?x) {{}}\n")
    (outside / "folder" / "page.html").write_text(secret)
    (outside / "other" / "concepts" / "o.md").write_text(f"# {secret}\n")
    (outside / "other" / "kg.toml").write_text(f'title = "{secret}"\n')
    (outside / "output" / "build.json").write_text("{}")
    (outside / "a.bib").write_text(f"@misc{{k, title = {{{secret}}}}}\n")
    (outside / "shared.toml").write_text(f'title = "{secret}"\n[check]\nbaseline = "{secret}.json"\n')
    (outside / "output" / f"{secret}.html").write_text(secret)
    for name, text in BENIGN.items():
        (base / "concepts" / name).write_text(text)
    making = Making(draw, base, outside, secret)
    drawn = draw.choices([f for _, f in FEATURES], [w for w, _ in FEATURES], k=draw.choice((1, 1, 1, 2, 2, 3, 5)))
    if history and repository not in drawn:
        drawn.insert(draw.randrange(len(drawn) + 1), repository)
    features = []
    for feature in drawn:
        try:
            features.append(feature(making))
        except OSError as error:
            # One hostile thing stands in the way of another, such as a file where a folder would be.
            features.append(f"{feature.__name__} ({error.strerror})")
    return Arena(base, outside, home, secret, tuple(features))
