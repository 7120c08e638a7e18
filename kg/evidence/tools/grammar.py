"""Go, Rust, Java and Dockerfiles by tree-sitter grammars: checks that a text parses, not that it compiles."""

from __future__ import annotations

import warnings
from functools import lru_cache
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING

from kg.base.extras import install_command
from kg.base.process.sandbox import SandboxLimits
from kg.evidence.claims import Piece
from kg.evidence.tools import fillers
from kg.evidence.tools.base import Installed, Judgement, concluded

if TYPE_CHECKING:
    from tree_sitter import Language, Node


class Grammar:
    """The grammar of one language, in a package of its own; needs no network."""

    group = "code"

    def __init__(self, language: str) -> None:
        self.language = language
        self.languages = (language,)

    @property
    def cost(self) -> str:
        """The language is not parsed."""
        return f"{self.language} is not parsed; install it: {install_command('verify')}"

    def locate(self) -> str | None:
        """Two Python libraries: the parser, and the grammar, which can be installed without it."""
        libraries = ("tree_sitter", f"tree_sitter_{self.language}")
        return "" if all(find_spec(name) is not None for name in libraries) else None

    def version(self, path: str) -> Installed | None:
        """The version of the grammar."""
        name = f"tree-sitter-{self.language}"
        return Installed("", name, metadata.version(name))

    def judge(self, piece: Piece, installed: Installed, limits: SandboxLimits) -> Judgement:
        """Parse the text; the first syntax error is the fault."""
        text = piece.text
        if self.language == "dockerfile":
            text, _ = fillers.without_placeholders(text)
        if not text.endswith("\n"):
            text += "\n"
        root = tree(self.language, text)
        node = fault_in(root)
        if node is None and self.language == "dockerfile":
            # The grammar parses RUNN as RUN followed by N.
            for child in root.children:
                word = _word(child).split(" ")[0]
                if child.type.endswith("_instruction") and word.upper() != child.type.split("_")[0].upper():
                    return concluded(piece, f"there is no instruction '{word}'", child.start_point[0])
        if node is None:
            return concluded(piece, "")
        line = min(node.start_point[0], piece.text.rstrip("\n").count("\n"))
        why = f"'{node.type}' is missing" if node.is_missing else f"it doesn't parse at '{_word(node)}'"
        return concluded(piece, fillers.hint(self.language, piece.text, why), line)


@lru_cache(maxsize=8)
def _parser(language: str) -> Language:
    # optional: from the extra `verify`
    import tree_sitter

    with warnings.catch_warnings():
        # Older grammars pass their address as an integer.
        warnings.simplefilter("ignore", DeprecationWarning)
        return tree_sitter.Language(import_module(f"tree_sitter_{language}").language())


def tree(language: str, text: str) -> Node:
    """The root of the syntax tree."""
    # optional: from the extra `verify`
    import tree_sitter

    return tree_sitter.Parser(_parser(language)).parse(text.encode("utf-8", "replace")).root_node


def fault_in(root: Node) -> Node | None:
    """The first node that is an error or a missing token; None if there are no errors."""
    if not root.has_error:
        return None
    queue = [root]
    while queue:
        node = queue.pop()
        if node.is_error or node.is_missing:
            return node
        queue += reversed([child for child in node.children if child.has_error or child.is_missing])
    return root


def _word(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace").split("\n")[0].strip()
    return text[:40] or node.type
