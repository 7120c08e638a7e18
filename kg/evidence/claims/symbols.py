"""The symbol registry: a note with a table of symbols, each defined once per scope."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from kg.base import files
from kg.model import Corpus, Note

_CELL: Final = re.compile(r"(?<!\\)\|")
_HEADS: Final = {"symbol": ("symbol", "符号", "记号"), "scope": ("scope", "作用域", "适用范围", "范围")}
_WRAPPED: Final = re.compile(
    r"\\(?:text|textbf|textit|mathrm|operatorname|mbox|label|tag|begin|end|textsf|texttt)\*?\s*\{[^{}]*\}"
)
_TOKEN: Final = re.compile(
    r"(?:\\(?P<style>mathcal|mathbb|mathbf|mathfrak|mathit|mathsf|boldsymbol)\s*(?:\{(?P<of>[^{}]+)\}|(?P<bare>[A-Za-z])))"
    r"|(?P<greek>\\(?:alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|pi|rho|sigma"
    r"|tau|upsilon|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Upsilon|Phi|Psi|Omega)(?![A-Za-z]))"
    r"|(?P<letter>(?<![\\A-Za-z])[A-Za-z](?![A-Za-z]))"
)


class RegisteredSymbol(NamedTuple):
    """A symbol as the registry defines it."""

    symbol: str
    scope: str
    """Empty: the whole knowledge base."""
    path: str
    line: int


def normalise_symbol(symbol: str) -> str:
    """A symbol without dollar signs, redundant braces and white space.

    >>> normalise_symbol("$ \\\\mathcal{Q} $"), normalise_symbol("Q"), normalise_symbol("$n_{max}$")
    ('\\\\mathcal Q', 'Q', 'n_max')
    """
    text = symbol.strip().strip("`").strip().strip("$").strip()
    text = re.sub(r"\{([^{}]*)\}", r" \1", text) if "\\" in text.partition("{")[0] else re.sub(r"\{([^{}]*)\}", r"\1", text)
    return " ".join(text.split())


def symbols_in(formula: str) -> set[str]:
    """The symbols in a formula: letters, Greek letters, styled letters; not words or commands.

    >>> sorted(symbols_in("n \\\\ge 3f + 1, \\\\mathcal{Q}_i \\\\in \\\\Sigma, \\\\text{if so}"))
    ['Q', '\\\\Sigma', '\\\\mathcal Q', 'f', 'i', 'n']
    """
    text = _WRAPPED.sub(" ", formula)
    symbols = set()
    for m in _TOKEN.finditer(text):
        if m["style"]:
            inner = (m["of"] or m["bare"]).strip()
            symbols |= {f"\\{m['style']} {inner}", inner}
        else:
            symbols.add(m["greek"] or m["letter"])
    return symbols


class Registry:
    """The registries that notes refer to, each read at first use."""

    def __init__(self, corpus: Corpus, files: Mapping[str, str]) -> None:
        self._corpus, self._files = corpus, files
        self._by_id = {c.id: c.paths or (c.path,) for c in corpus.concepts.values()}
        self._known: dict[str, tuple[RegisteredSymbol, ...] | None] = {}

    def entries(self, name: str) -> tuple[RegisteredSymbol, ...] | None:
        """The symbols that the registry with this id defines; None if there is no such note."""
        if name not in self._known:
            paths = self._by_id.get(name) or tuple(p for p in self._corpus.notes if Path(p).stem == name)
            self._known[name] = tuple(e for p in paths for e in self._read(p)) if paths else None
        return self._known[name]

    def judge(self, symbol: str, name: str, note: Note) -> tuple[str, str]:
        """Check that a registry defines a symbol exactly once for the scope of the note. Return the verdict and the reason."""
        entries = self.entries(name)
        if entries is None:
            return "failed", f"there is no symbol registry '{name}'"
        wanted = normalise_symbol(symbol)
        used = {normalise_symbol(s) for b in note.blocks if b.kind == "math" for s in symbols_in(b.text)}
        whole = " ".join(b.text for b in note.blocks if b.kind == "math")
        if wanted not in used and symbol.strip("$ ") not in whole:
            return "failed", f"no formula of this note has the symbol {symbol}"
        scopes = self._scopes(note)
        meant = [e for e in entries if normalise_symbol(e.symbol) == wanted and (not e.scope or e.scope.lower() in scopes)]
        if not meant:
            return "failed", f"the symbol {symbol} is not declared in '{name}'"
        exact = [e for e in meant if e.scope] or meant
        if len(exact) > 1:
            lines = ", ".join(str(e.line) for e in exact)
            return "failed", f"the symbol {symbol} is defined {len(exact)} times in one scope of '{name}' (lines {lines})"
        return "passed", ""

    def undeclared(self, note: Note, used: set[str], name: str) -> set[str]:
        """The symbols that neither the registry declares for the scope of the note nor a table in the note itself."""
        scopes = self._scopes(note)
        own = {normalise_symbol(e.symbol) for e in self._read(note.path)}
        declared = {normalise_symbol(e.symbol) for e in self.entries(name) or () if not e.scope or e.scope.lower() in scopes}
        letters = {s.rpartition(" ")[2] for s in declared | own}
        return used - declared - own - letters

    def _scopes(self, note: Note) -> set[str]:
        concept = self._corpus.concepts.get(self._corpus.concept_of.get(note.path, ""))
        scopes = {Path(note.path).stem.lower(), str(note.metadata.get("area", "")).lower()}
        if concept is not None:
            scopes |= {concept.id.lower(), concept.area.lower(), *(label.lower() for label in concept.labels.values())}
        return scopes - {""}

    def _read(self, path: str) -> Iterator[RegisteredSymbol]:
        try:
            lines = files.read(self._files[path], cut=True).decode("utf-8", "replace").splitlines()
        except (KeyError, OSError):
            return
        heads: dict[str, int] | None = None
        for number, line in enumerate(lines, 1):
            if not line.lstrip().startswith("|"):
                heads = None
                continue
            cells = [c.strip().replace("\\|", "|") for c in _CELL.split(line.strip().strip("|"))]
            if heads is None:
                heads = {
                    key: i
                    for key, words in _HEADS.items()
                    for i, cell in enumerate(cells)
                    if any(word in cell.lower() for word in words)
                }
            elif "symbol" in heads and len(cells) > heads["symbol"] and not set("".join(cells)) <= set("-: "):
                scope = cells[heads["scope"]] if "scope" in heads and len(cells) > heads["scope"] else ""
                for symbol in re.findall(r"\$([^$]+)\$|`([^`]+)`", cells[heads["symbol"]]) or [(cells[heads["symbol"]], "")]:
                    yield RegisteredSymbol(
                        symbol[0] or symbol[1], "" if scope in ("-", "*", "全局", "global") else scope, path, number
                    )
