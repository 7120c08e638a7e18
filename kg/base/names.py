"""Names: namespaces, IRIs, file names of pages, heading anchors, and the folding used to compare labels."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Final
from urllib.parse import quote

KG: Final = "https://w3id.org/kg-notes/ns#"
SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
OWL: Final = "http://www.w3.org/2002/07/owl#"
DCTERMS: Final = "http://purl.org/dc/terms/"
PROV: Final = "http://www.w3.org/ns/prov#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
FOAF: Final = "http://xmlns.com/foaf/0.1/"
DQV: Final = "http://www.w3.org/ns/dqv#"
OA: Final = "http://www.w3.org/ns/oa#"
METRIC: Final = "https://w3id.org/kg-notes/metrics#"
P_PLAN: Final = "http://purl.org/net/p-plan#"
SKOS_XL: Final = "http://www.w3.org/2008/05/skos-xl#"
BLANK_PATH: Final = ".well-known/genid/"
"""Path, below the base, of the IRIs that stand for blank nodes (RDF 1.1 Concepts, 3.5)."""
ISO_THES: Final = "http://purl.org/iso25964/skos-thes#"

MARKDOWN_ENDINGS: Final = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")
"""Endings of the names of Markdown files, in lower case, as GitHub and MkDocs know them."""
NOTE_ENDINGS: Final = (*MARKDOWN_ENDINGS, ".mdx", ".qmd", ".ipynb")
"""Endings of the names of notes, in lower case."""
LINKS_TO: Final = KG + "linksTo"
"""The IRI of plain links, which state no relation."""

PREFIXES: Final = {
    "dcterms": DCTERMS,
    "dqv": DQV,
    "foaf": FOAF,
    "iso-thes": ISO_THES,
    "kg": KG,
    "metric": METRIC,
    "oa": OA,
    "owl": OWL,
    "p-plan": P_PLAN,
    "prov": PROV,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "xsd": XSD,
}
"""Prefixes that queries may use without a declaration; `Settings.base` adds ``:``."""

# Characters allowed unescaped in the path of an IRI (RFC 3987, ipchar and "/"). They include letters beyond ASCII, so Chinese
# ids stay readable; brackets, private use, tags and non-characters are excluded.
_IN_ASCII_IRI: Final = r"A-Za-z0-9\-._~!$&'()*+,;=:@/"
_NOT_IN_ASCII_IRI: Final = re.compile(f"[^{_IN_ASCII_IRI}]")
_PLANES: Final = "".join(f"{chr(p << 16)}-{chr((p << 16) + 0xFFFD)}" for p in range(1, 14)) + "\U000e1000-\U000efffd"
AS_OF: Final = "as-of"
"""The key for the day on which claims that depend on versions were checked."""


@cache  # compiled on use: it takes eight milliseconds
def _not_in_iri() -> re.Pattern[str]:
    return re.compile(rf"[^{_IN_ASCII_IRI}\u00a1-\ud7ff\uf900-\ufdcf\ufdf0-\uffef{_PLANES}]")


def notes_iri(base: str) -> str:
    """Return the IRI prefix of notes. A line of a note is a fragment, so the prefix must not contain one.

    >>> notes_iri("https://example.org/kb/"), notes_iri("https://example.org/kb#")
    ('https://example.org/kb/notes/', 'https://example.org/kb/notes/')
    """
    return _folder(base) + "notes/"


def inferred_iri(base: str) -> str:
    """Return the IRI prefix of graphs of inferred statements; it too is followed by a fragment for the line."""
    return _folder(base) + "inferred/"


def _folder(base: str) -> str:
    return base[:-1] + "/" if base.endswith("#") else base


def iri_path(text: str) -> str:
    """Return a text as an IRI path: unescaped if RFC 3987 allows it, else percent-encoded.

    >>> iri_path("容器 隔离/a b#1")
    '容器%20隔离/a%20b%231'
    """
    return (_NOT_IN_ASCII_IRI if text.isascii() else _not_in_iri()).sub(_percent_encoded, text)


def _percent_encoded(match: re.Match[str]) -> str:
    return _escaped(match.group())


@lru_cache(maxsize=4096)
def _escaped(character: str) -> str:
    return quote(character.encode("utf-8", "replace"), safe="")


_UNSAFE_IN_FILE: Final = re.compile(r"[^\w.\-]+")

# Pages in languages other than the first end in the language tag (``raft.en.html``), so no page name may end like that.
_LIKE_A_LANGUAGE: Final = re.compile(r"\.[a-z]{2,3}(-[a-z0-9]+)*$", re.IGNORECASE)


@lru_cache(maxsize=65536)
def page_name(concept_id: str) -> str:
    """Return a file name (without extension) for the page of a concept: safe on every disk, distinct for distinct ids.

    It never ends like a language tag, so the page of ``raft.en`` and the English page of ``raft`` are different files.

    >>> page_name("raft"), page_name("7.1 知识/总览"), page_name("raft.en")
    ('raft', '7.1-知识-总览-0c8fee', 'raft.en-0c0dab')
    """
    safe = _UNSAFE_IN_FILE.sub("-", nfc(concept_id))
    # File systems count bytes: 200 leave room for the digest, the language and the extension.
    safe = safe.encode("utf-8", "replace")[:200].decode("utf-8", "ignore").strip("-.") or "x"
    if safe == concept_id and safe == safe.lower() and not _LIKE_A_LANGUAGE.search(safe):
        return safe
    return f"{safe}-{hashlib.sha256(concept_id.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


_MARKS: Final = re.compile(r"[\W_]+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Return the form used to compare names: NFC, case-folded, white space collapsed, ends trimmed.

    >>> fold("  Service   MESH ") == fold("service mesh")
    True
    """
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).split())


def local_name(iri: str) -> str:
    """Return the part of an IRI after the last slash or number sign.

    >>> local_name("https://example.org/kb#raft"), local_name("https://example.org/a#b/c"), local_name("urn:x")
    ('raft', 'c', 'urn:x')
    """
    return iri.rpartition("/")[2].rpartition("#")[2]


def printable(text: str) -> str:
    r"""Return text of notes for a terminal or a log: control characters, which could move the cursor or hide text, are U+FFFD.

    >>> printable("a\x1b[2Jb") == "a\ufffd[2Jb"
    True
    """
    return text if text.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in text)


def one_line(text: str) -> str:
    r"""Return text on one line: runs of white space and unprintable characters become one space.

    >>> one_line("a\n \x07b ")
    'a b'
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def letters_and_digits(text: str) -> str:
    """Return only the letters and digits of a text, in lower case and half width: a key for spelling variants.

    >>> letters_and_digits("Site_Reliability-Engineering"), letters_and_digits("2.1 形式化"), letters_and_digits("（ＡＢ）")
    ('sitereliabilityengineering', '21形式化', 'ab')
    """
    return _MARKS.sub("", unicodedata.normalize("NFKC", text).casefold())


def nfc(text: str) -> str:
    """Return a text in Unicode normalization form C.

    >>> nfc("e\u0301") == "é"
    True
    """
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def fold_file_name(name: str) -> str:
    r"""Return the name of a file as the most forgiving systems read it, which ignore case, endings and what nobody sees.

    Such systems open one file by several names: macOS leaves out invisible characters, Windows dots and spaces at the end and
    what follows a colon.

    >>> fold_file_name(".GIT. "), fold_file_name(".g\u200cit"), fold_file_name("kg.toml::$DATA")
    ('.git', '.git', 'kg.toml')
    """
    return "".join(c for c in name if unicodedata.category(c) != "Cf").lower().partition(":")[0].rstrip(". ")


_SHORT_GIT: Final = re.compile(r"git~\d+")
"""What Windows calls `.git`, too."""


def is_git_name(name: str) -> bool:
    r"""Return whether a file or folder is git's own on some system.

    >>> [n for n in (".git", ".GIT.", ".g\u200cit", "git~1", ".gitignore", ".github", "digit~1") if is_git_name(n)]
    ['.git', '.GIT.', '.g\u200cit', 'git~1']
    """
    plain = fold_file_name(name)
    return plain == ".git" or bool(_SHORT_GIT.fullmatch(plain))


_LATIN: Final = re.compile(r"[A-Za-z\u00c0-\u024f]")


@cache  # compiled on use: it takes two milliseconds
def _han() -> re.Pattern[str]:
    return re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def language_of(text: str, default: str = "") -> str:
    """Return ``zh`` for text with Chinese characters, ``en`` for other text with Latin letters, else the default.

    >>> language_of("容器 container"), language_of("Raft"), language_of("42")
    ('zh', 'en', '')
    """
    if not text.isascii() and _han().search(text):
        return "zh"
    return "en" if _LATIN.search(text) else default


_PARENTHESES: Final = re.compile(r"^\s*(.+?)\s*[(（]\s*([^()（）]+?)\s*[)）]\s*$")
_SLASH: Final = re.compile(r"^\s*(.+?)\s+/\s+(.+?)\s*$")


def split_bilingual(title: str) -> dict[str, str]:
    """Return the labels in a title by language: two if it names the concept in Chinese and in English.

    >>> split_bilingual("左移 (Shift Left)")
    {'zh': '左移', 'en': 'Shift Left'}
    >>> split_bilingual("服务网格 / Service Mesh"), split_bilingual("Raft"), split_bilingual("Raft (2014)")
    ({'zh': '服务网格', 'en': 'Service Mesh'}, {'en': 'Raft'}, {'en': 'Raft (2014)'})
    """
    title = title.strip()
    for pattern, mark in ((_PARENTHESES, "()（）"), (_SLASH, "/")):
        m = pattern.match(title) if any(c in title for c in mark) else None
        if m:
            first, second = m.groups()
            langs = (language_of(first), language_of(second))
            if langs == ("zh", "en"):
                return {"zh": first, "en": second}
            if langs == ("en", "zh"):
                return {"zh": second, "en": first}
    return {language_of(title, "en"): title}


# GitHub's rule (the regular expression of its `github-slugger` documentation): lower case; drop everything but
# letters, marks, numbers, connector punctuation, hyphens and spaces; spaces become hyphens.
_ANCHOR_KEEP: Final = {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"}
_ASCII_ANCHOR_DROP: Final = re.compile(r"[^a-z0-9_\- ]")


@lru_cache(maxsize=65536)
def github_anchor(heading: str) -> str:
    """Return GitHub's anchor for the text of a heading, before repeats are numbered.

    >>> github_anchor("2.1 形式化 / Formal: Coq!")
    '21-形式化--formal-coq'
    """
    text = heading.strip().lower()
    if text.isascii():
        return _ASCII_ANCHOR_DROP.sub("", text).replace(" ", "-")
    kept = (c for c in text if c in " -" or unicodedata.category(c) in _ANCHOR_KEEP)
    return "".join(kept).replace(" ", "-")


def unique_anchors(anchors: Sequence[str], own: Iterable[int] = ()) -> list[str]:
    """Return the anchors of one page in order; repeats are numbered from ``-1`` as GitHub does.

    `own` are the positions of ids that the author set: they are kept, even if an earlier heading would get the same anchor.

    >>> unique_anchors(["a", "a", "a-1", "a"])
    ['a', 'a-1', 'a-1-1', 'a-2']
    >>> unique_anchors(["a", "a", "a"], own=[1])
    ['a-1', 'a', 'a-2']
    """
    kept: dict[str, int] = {}
    for i in own:
        kept.setdefault(anchors[i], i)
    seen = dict.fromkeys(kept, 0)
    result = []
    for i, anchor in enumerate(anchors):
        unique = anchor
        if kept.get(anchor) != i and unique in seen:
            n = seen[anchor]
            while unique in seen:
                n += 1
                unique = f"{anchor}-{n}"
            seen[anchor] = n
        seen.setdefault(unique, 0)
        result.append(unique)
    return result


_GAPS: Final = re.compile(r"[\s_\-‐‑–]+")


def key_form(text: str) -> str:
    """Return the form in which keys are compared: without case, width, and the difference of spaces, hyphens and underscores.

    >>> key_form("Depends_On"), key_form("ＵＳＥＳ"), key_form(" 上位概念 ")
    ('depends-on', 'uses', '上位概念')
    """
    if text.isascii():
        return _GAPS.sub("-", text.strip().lower())
    return _GAPS.sub("-", unicodedata.normalize("NFKC", text).strip().casefold())


_LONGEST_FILE_NAME: Final = 255  # bytes; of all usual file systems


def can_be_path(path: str) -> bool:
    """Return whether each part of a path can be the name of a file: no control characters, at most 255 bytes.

    >>> can_be_path("a/共识.md"), can_be_path("a\\0.md"), can_be_path("共" * 86)
    (True, False, False)
    """
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in path):
        return False
    return all(len(part.encode()) <= _LONGEST_FILE_NAME for part in path.split("/"))
