"""No other door: modules of kg open files through the gate, but for a few that open none of a knowledge base."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable
from pathlib import Path

import kg

PACKAGE = Path(kg.__file__).parent

# What may open files by itself, and what it opens.
ALLOWED = {
    "base/files.py": "the gate",
    "base/caches.py": "the user's own cache",
    "base/durable.py": "what is written: folders held open, no link followed",
    "base/store.py": "locks, and what is written",
    "base/staging.py": "the output and what killed builds left of it: regular files, through no link",
    "base/parcels.py": "the user's own cache, by digest",
    "base/process/": "the folders that programs are shut in, /proc",
    "serve/files.py": "the output, with a check of its own that knows of exchanged folders",
    "base/removal.py": "folders that are removed, by descriptor",
    "graph/shacl/__main__.py": "/dev/null",
    "app/bench/": "notes that kg has made up, /proc",
    "views/page/shell.py": "kg's own files",
    "views/maps/page.py": "kg's own files",
    "serve/page.py": "kg's own files",
    "serve/bulk/writing.py": "what is written, in the folder of a staging",
    "views/site/diagrams.py": "the user's own cache, by digest",
    "views/site/search.py": "what the indexer has written",
    "suggest/ranker.py": "kg's own files",
    "evidence/tools/building.py": "sources by digest",
    "evidence/tools/data.py": "schemas of an installed package",
    "evidence/tools/node.py": "kg's own files",
    "evidence/tools/harness.py": "runs shut in: its own text and that of the block",
    "evidence/tools/programs.py": "kg's own files",
}
OPENERS = {"read_text", "read_bytes", "open", "fdopen", "copyfile", "copy", "copy2", "copytree"}
# What may list folders or read links by itself, beside the above, and why: `files.entries` and `files.walk` are the gate's.
LISTING = {
    "base/listing.py": "finds the notes: folders by descriptor, links by its own rules",
    "base/about.py": "kg's own files",
    "base/texts.py": "kg's own catalogues",
    "serve/watch/inputs.py": "folders to watch: names only, through no link",
    "app/cli/bench.py": "whether the folder that the command line names is empty",
    "notes/reading/cache.py": "the user's own cache",
    "graph/feed.py": "a store in the output",
    "knowledge/graph_files.py": "a store in the output: names, sizes and times",
    "knowledge/current.py": "the output: names, sizes and times, through no link",
    "knowledge/bundling.py": "a bundle that the command line names: files are opened by the gate, no link is followed",
    "knowledge/trusting.py": "the target of a link, which is compared and not followed",
}
LISTERS = {"scandir", "listdir", "iterdir", "glob", "rglob", "iglob", "readlink", "fwalk"}


@functools.cache
def _calls(text: str) -> list[ast.Call]:
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]


def _opened(path: Path) -> list[str]:
    """Lines of a module at which it opens a file itself."""
    return [f"{path}:{call.lineno}" for call in _calls(path.read_text("utf-8")) if _is_door(call.func)]


def _listed(path: Path) -> list[str]:
    """Lines of a module at which it lists a folder or reads a link itself."""
    return [f"{path}:{call.lineno}" for call in _calls(path.read_text("utf-8")) if _is_list(call.func)]


def _is_list(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id in LISTERS
    # Not `ast.walk`, `links.walk`, and the gate's own.
    walks = isinstance(called, ast.Attribute) and called.attr == "walk" and ast.unparse(called.value) in ("os", "Path", "path")
    return walks or (isinstance(called, ast.Attribute) and called.attr in LISTERS)


def _is_on(name: str, allowed: Iterable[str]) -> bool:
    return any(name == one or (one.endswith("/") and name.startswith(one)) for one in allowed)


def _is_door(called: ast.expr) -> bool:
    if isinstance(called, ast.Name):
        return called.id == "open"
    return isinstance(called, ast.Attribute) and called.attr in OPENERS and not _is_gate(called)


def _is_gate(called: ast.Attribute) -> bool:
    """Whether it is a function of the gate, or no file: an opened graph or archive, a copied dictionary."""
    owner = called.value.id if isinstance(called.value, ast.Name) else ""
    if called.attr in ("read_text", "read_bytes"):
        return owner in ("files", "files_", "gate")
    if called.attr == "open":
        return owner not in ("os", "io", "path", "file", "codecs") and not isinstance(called.value, ast.BinOp | ast.Call)
    return owner not in ("shutil", "os")


def test_files_are_opened_by_the_gate_alone() -> None:
    opened = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not _is_on(name, ALLOWED):
            opened += _opened(path)
    assert not opened, "open files of a knowledge base with kg.base.files.read, or say in ALLOWED what is opened there"


def test_folders_are_listed_by_the_gate_alone() -> None:
    listed = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if not _is_on(path.relative_to(PACKAGE).as_posix(), (*ALLOWED, *LISTING)):
            listed += _listed(path)
    assert not listed, "list folders of a knowledge base with kg.base.files.entries, or say in LISTING what is listed there"
    assert [name for name in LISTING if not _listed(PACKAGE / name)] == [], "they list nothing: take them off the list"


def test_what_is_allowed_is_there_and_needs_it() -> None:
    for name in ALLOWED:
        modules = list((PACKAGE / name).rglob("*.py")) if name.endswith("/") else [PACKAGE / name]
        assert any(_opened(module) for module in modules), f"{name} opens nothing: take it off the list"


def test_the_test_sees_doors(tmp_path: Path) -> None:
    for code in (
        "open('x')", "Path('x').read_text()", "(a / 'b').read_bytes()", "path.open()", "os.open(p, 0)", "shutil.copy(a, b)",
        "Path(x).open('rb')", "io.open(x)",
    ):  # fmt: skip
        (tmp_path / "m.py").write_text(code)
        assert len(_opened(tmp_path / "m.py")) == 1, code
    for code in (
        "os.scandir(p)", "p.glob('*.rq')", "sorted(p.rglob('*'))", "p.iterdir()", "os.readlink(p)", "p.readlink()",
        "scandir(p)", "os.walk(p)", "glob.iglob(p)", "os.listdir(fd)",
    ):  # fmt: skip
        (tmp_path / "m.py").write_text(code)
        assert len(_listed(tmp_path / "m.py")) == 1, code
    for code in ("files.walk(p)", "files.entries(p)", "ast.walk(t)"):
        (tmp_path / "m.py").write_text(code)
        assert _listed(tmp_path / "m.py") == [], code
    for code in ("files.read_text(p)", "Graph.open(f, b)", "tarfile.open(f)", "d.copy()"):
        (tmp_path / "m.py").write_text(code)
        assert _opened(tmp_path / "m.py") == [], code
