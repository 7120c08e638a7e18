"""Extracts public collections of linked notes from packages with Markdown files, to evaluate suggestions.

    apt-get download dict-foldoc dict-jargon && npm pack @intlayer/docs @directus/docs
    python benchmarks/note_collections.py PACKAGES OUT

PACKAGES is the folder with the packages. Each subfolder of OUT is one collection: two computing dictionaries, whose entries
and cross-references become notes and wikilinks, and the documentation of two programs, one in English and Chinese, whose links
to addresses of their own pages become links to files. Other text is unchanged. None of it is part of this
repository.
"""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_REFERENCE = re.compile(r"\{([^{}]{1,80})\}", re.DOTALL)
_ELSEWHERE = "https://github.com/aymericzip/intlayer/blob/main/docs/docs/"
_INTLAYER = re.compile(rf"\]\({re.escape(_ELSEWHERE)}([^)\s#]+\.md)(#[^)]*)?\)")


def _number(text: str) -> int:
    value = 0
    for character in text:
        value = value * 64 + _DIGITS.index(character)
    return value


def dictionary(package: Path, name: str, out: Path) -> None:
    """Convert a dictionary in dictd format to notes; additional headwords of an entry become aliases."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg", "-x", package, folder], check=True)  # noqa: S607  # whichever dpkg there is
        at = Path(folder) / "usr" / "share" / "dictd"
        data = gzip.decompress((at / f"{name}.dict.dz").read_bytes())
        index = (at / f"{name}.index").read_text(encoding="utf-8", errors="replace")
    entries: dict[tuple[int, int], list[str]] = defaultdict(list)
    for line in index.splitlines():
        word, start, size = line.rsplit("\t", 2)
        if not word.startswith("00-database") and word != "00databasealphabet":
            entries[_number(start), _number(size)].append(word)
    texts: dict[str, tuple[list[str], str]] = {}
    file_of: dict[str, str] = {}
    for (start, size), words in sorted(entries.items()):
        head, _, body = data[start : start + size].decode("utf-8", "replace").partition("\n")
        title = head.strip() or words[0]
        file = re.sub(r"[^\w .+-]+", "_", title).strip(" ._")[:80] or f"entry {start}"
        while file.lower() in texts:
            file += "_"
        texts[file.lower()] = ([title, *(w for w in words if w.lower() != title.lower())], body)
        for word in (title, *words):
            file_of.setdefault(word.lower(), file)

    def linked(match: re.Match[str]) -> str:
        shown = " ".join(match[1].split())
        target = file_of.get(shown.lower())
        return f"[[{target}|{shown}]]" if target and "|" not in shown and "]" not in shown else shown.partition(" (")[0]

    out.mkdir(parents=True)
    for key, ((title, *aliases), body) in texts.items():
        front = ["---", f"title: {_quoted(title)}"]
        front += ["aliases:", *(f"  - {_quoted(a)}" for a in aliases)] if aliases else []
        text = "\n".join(line.strip() for line in _REFERENCE.sub(linked, body).splitlines())
        (out / f"{file_of.get(title.lower(), key)}.md").write_text("\n".join((*front, "---", "", text, "")), encoding="utf-8")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def documentation(package: Path, folder: str, out: Path) -> None:
    """Copy the Markdown files of a folder in an npm package."""
    root = f"package/{folder}/" if folder else "package/"
    with tarfile.open(package) as archive:
        for member in archive:
            if member.isfile() and member.name.startswith(root) and member.name.endswith(".md"):
                path = out / member.name.removeprefix(root)
                path.parent.mkdir(parents=True, exist_ok=True)
                reader = archive.extractfile(member)
                assert reader is not None
                text = reader.read().decode("utf-8", "replace")
                own = f"{folder.rpartition('/')[2]}/"
                up = "../" * (len(path.relative_to(out).parts) - 1)
                parts = _INTLAYER.split(text)
                for i in range(1, len(parts), 3):
                    target, fragment = parts[i], parts[i + 1] or ""
                    start = up + target.removeprefix(own) if target.startswith(own) else _ELSEWHERE + target
                    parts[i : i + 2] = f"]({start}{fragment})", ""
                path.write_text("".join(parts), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packages", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    for name in ("foldoc", "jargon"):
        for package in sorted(given.packages.glob(f"dict-{name}_*.deb")):
            dictionary(package, name, given.out / name)
    for pattern, folder, name in (
        ("intlayer-docs-*.tgz", "docs/en", "intlayer-en"),
        ("intlayer-docs-*.tgz", "docs/zh", "intlayer-zh"),
        ("directus-docs-*.tgz", "", "directus"),
    ):
        for package in sorted(given.packages.glob(pattern)):
            documentation(package, folder, given.out / name)
    for folder_ in sorted(given.out.iterdir()):
        print(f"{folder_.name}: {sum(1 for _ in folder_.rglob('*.md')):,} notes")


if __name__ == "__main__":
    main()
