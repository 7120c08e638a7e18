"""The table of names finds what a comparison of all names finds, also after names changed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.base.names import fold
from kg.notes import parse_note
from kg.serve.lsp.names import NameTable, NoteName

TITLES = st.sampled_from(
    ["Raft", "Raft log", "log raft", "a-raft", "容器", "容器编排", "故障 Detector", "GraFt", "ﬁne", "x", "Éa", "ea"]
)
QUERIES = ("", "r", "raft", "log", "rq", "rongqi", "容", "编", "a", "e", "x", "gz", "no", "log\nraft", "|")


def compared(names: list[NoteName], query: str) -> list[NoteName]:
    """Rank each name by itself."""
    typed, ranked = fold(query.strip()), []
    for name in names:
        at = name.folded.find(typed)
        if at == 0:
            rank = 0 if name.is_file_name else 1
        elif at > 0:
            rank = 2 if name.folded[at - 1] in " -_/·" or ord(name.folded[at]) >= 0x2E80 else 3
        elif name.pinyin[0] and typed.isascii() and any(form.startswith(typed) for form in name.pinyin):
            rank = 2
        else:
            continue
        ranked.append((rank, len(name.folded), name))
    return [name for _, _, name in sorted(ranked)]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(TITLES, min_size=1, max_size=3), min_size=1, max_size=5), st.lists(TITLES, max_size=3))
def test_names_match_as_if_each_was_compared(notes: list[list[str]], later: list[str]) -> None:
    def put(number: int, titles: list[str]) -> str:
        path = f"n{number}/{titles[0]}.md"
        front = f"---\naliases: [{', '.join(titles)}]\n---\n# {titles[-1]}\n"
        live.notes[path] = parse_note(path, front.encode())
        return path

    live: Any = SimpleNamespace(notes={})
    paths = [put(number, titles) for number, titles in enumerate(notes)]
    table = NameTable(live)
    table.matching("raft", 100)
    if later:
        live.notes[paths[0]] = parse_note(paths[0], f"# {' '.join(later)}\n".encode())
        table.update(paths[0])
        if len(paths) > 1:
            del live.notes[paths[1]]
            table.update(paths[1])
    fresh = NameTable(live)
    names = [name for path in live.notes for name in fresh._names[path][1]]
    for query in QUERIES:
        for limit in (2, 100):
            assert table.matching(query, limit) == compared(names, query)[:limit], query
