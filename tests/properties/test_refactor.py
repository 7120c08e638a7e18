"""Moving and renaming: after any sequence each link leads to the same note, and no byte beside links is changed."""

from __future__ import annotations

import os
import posixpath
import random
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.base.settings import load_settings
from kg.corpus import resolve_notes
from kg.knowledge.base import KnowledgeBase
from kg.knowledge.refactor import (
    MoveFiles,
    RefusedError,
    RenameConcept,
    RenameHeading,
    RenameTag,
    Sources,
    plan_refactoring,
    read_sources,
    undo_refactoring,
    write_refactoring,
)
from kg.model import Resolved
from kg.notes import parse_note
from kg.notes.places import read_places

FOLDERS = ("", "a", "a/b", "c d")
NAMES = ("raft", "log", "x y", "容器", "a(b)", "naïve")
FORMS = (
    "[[{stem}]]", "[[{stem}|shown]]", "![[{path}]]", "[[{noext}#Part]]", "[t]({rel})", "[t](<{rel}>)", "[t]({enc}#part)",
    '<a href="{rel}">t</a>', '<img src="{rel}">', "[t][r{i}]\n\n[r{i}]: <{rel}> 'T'",
    "| a | b |\n|---|---|\n| [[{stem}\\|t]] | x |\n",
    "requires:: [[{noext}]]", "[uses:: [[{stem}]]]", "> [t](/{enc})",
)  # fmt: skip


def _note(number: int, own: str, others: list[str], forms: list[int], front: int) -> str:
    lines = []
    if front % 3:
        target = others[front % len(others)]
        lines += ["---", f"id: note-{number}" if front % 3 == 1 else "layer: theory"]
        lines += [f'broader: ["[[{target.removesuffix(".md")}]]"]', "tags: [t/u]", "---"]
    lines += [f"# Note {number}", "", f"marker {number}. #t/u", ""]
    for i, form in enumerate(forms):
        path = others[(i + number) % len(others)]
        rel = posixpath.relpath(path, posixpath.dirname(own) or ".")
        enc = {"rel": rel, "enc": re.sub(r"[ ()]", lambda m: f"%{ord(m.group()):02X}", rel)}
        if "(/{enc})" in FORMS[form]:
            enc["enc"] = re.sub(r"[ ()]", lambda m: f"%{ord(m.group()):02X}", path)
        if "[t]({rel})" in FORMS[form]:
            enc["rel"] = enc["enc"]
        stem = posixpath.basename(path).removesuffix(".md")
        lines += [FORMS[form].format(stem=stem, path=path, noext=path.removesuffix(".md"), i=i, **enc), ""]
    return "\n".join([*lines, "## Part", "", "end"])


@st.composite
def bases(draw: st.DrawFn) -> dict[str, str]:
    paths = draw(
        st.lists(
            st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)), min_size=2, max_size=6, unique_by=lambda r: r[1]
        ).map(lambda rows: [posixpath.join(folder, f"{name}.md") for folder, name in rows])
    )
    forms = st.lists(st.integers(0, len(FORMS) - 1), max_size=5)
    return {path: _note(i, path, paths, draw(forms), draw(st.integers(0, 11))) for i, path in enumerate(paths)}


def sources_of(folder: Path, notes: Mapping[str, str]) -> Sources:
    for path, text in notes.items():
        file = folder / "concepts" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return read_sources(KnowledgeBase(load_settings(folder)))


def marker(data: bytes) -> bytes:
    m = re.search(rb"marker \d+", data)
    assert m
    return m.group()


def graph(sources: Sources) -> Counter[tuple[object, ...]]:
    """The links of a state between markers of notes, from a reading of all texts that has nothing to do with the engine's."""
    notes = {p: parse_note(p, sources.text_of(p), sources.options.site.dialect) for p in sources.notes}
    corpus, _ = resolve_notes(notes, sources.options, attachments=sources.attachments)
    names = {path: marker(sources.text_of(path)) for path in notes}
    rows: Counter[tuple[object, ...]] = Counter()
    for source, link, resolution in corpus.links:
        target = names.get(resolution.path) if isinstance(resolution, Resolved) else resolution.__class__.__name__
        anchor = resolution.anchor if isinstance(resolution, Resolved) else None
        rows[names[source], link.kind, link.relation, link.text, link.embed, target, anchor and "anchor"] += 1
    of_iri = {iri: names[c.path] for iri, c in corpus.concepts.items()}
    rows.update((of_iri[a.subject], a.predicate, of_iri[a.object]) for a in corpus.assertions)
    return rows


def masked(sources: Sources) -> Counter[bytes]:
    """The texts without what names a target, and without records of former ids."""
    result = Counter()
    for path in sources.notes:
        data = sources.text_of(path)
        places, unknown = read_places(parse_note(path, data, sources.options.site.dialect), data, sources.options.site.dialect)
        assert not unknown
        named = [p for p in places if p.link.relation != "former-ids"]
        spans = {p.target for p in named} | {p.name_at for p in named if p.name_at is not None}
        for span in sorted(spans, reverse=True):
            data = data[: span.start] + b"*" + data[span.end :]
        data = re.sub(rb"\A---\nformer-ids: \[[^\n]*\n---\n|^[ ]*former-ids: \[[^\n]*\n", b"", data, flags=re.MULTILINE)
        result[data] += 1
    return result


SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@SLOW
@given(notes=bases(), seed=st.integers(0, 1 << 30))
def test_links_lead_to_the_same_notes_after_any_sequence(
    tmp_path_factory: pytest.TempPathFactory, notes: dict[str, str], seed: int
) -> None:
    sources = sources_of(tmp_path_factory.mktemp("base"), notes)
    links, texts = graph(sources), masked(sources)
    chance = random.Random(seed)
    for _ in range(6):
        path = chance.choice(list(sources.notes))
        new = posixpath.join(chance.choice(FOLDERS), f"{chance.choice(NAMES)}{chance.choice(['', '-2'])}.md")
        if new in sources.notes:
            continue
        try:
            after = plan_refactoring(sources, MoveFiles({path: new})).after
        except RefusedError as error:
            # Only what no path can say may be refused.
            assert all("no way to write it" in refusal.reason for refusal in error.refusals)  # noqa: PT017
            continue
        assert after is not None
        sources = after
        assert graph(sources) == links
        assert masked(sources) == texts


@SLOW
@given(notes=bases(), seed=st.integers(0, 1 << 30))
def test_undo_gives_back_the_same_bytes(tmp_path_factory: pytest.TempPathFactory, notes: dict[str, str], seed: int) -> None:
    folder = tmp_path_factory.mktemp("base")
    os.environ["KG_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    sources = sources_of(folder, notes)
    chance = random.Random(seed)
    before: list[dict[str, bytes]] = []

    def files() -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    for number in range(4):
        path = chance.choice(list(sources.notes))
        operation = chance.choice(
            [
                MoveFiles({path: f"new/{number} z.md"}),
                RenameConcept(path, f"id-{number}"),
                RenameHeading(path, len(sources.notes[path].headings) - 1, f"Other part {number}"),
                RenameTag("t", f"tag{number}") if number == 0 else MoveFiles({path: f"deep/er/{number}.md"}),
            ]
        )
        planned = plan_refactoring(sources, operation)
        before.append(files())
        write_refactoring(sources.settings, planned, "test")
        assert planned.after is not None
        sources = read_sources(KnowledgeBase(sources.settings))
        assert {p: sources.text_of(p) for p in sources.notes} == {p: planned.after.text_of(p) for p in planned.after.notes}
    for state in reversed(before):
        undo_refactoring(sources.settings)
        assert files() == state


def test_a_move_and_its_reverse_leave_no_trace(tmp_path: Path) -> None:
    paths = [posixpath.join(folder, f"{name}-{i}.md") for i, folder in enumerate(FOLDERS) for name in NAMES]
    notes = {p: _note(i, p, paths, [(i + k) % len(FORMS) for k in range(5)], i % 12) for i, p in enumerate(paths)}
    first = sources = sources_of(tmp_path, notes)
    moves = [(path, f"moved/{i}/{posixpath.basename(path)}") for i, path in enumerate(paths[::3])]
    for old, new in [*moves, *((new, old) for old, new in reversed(moves))]:
        after = plan_refactoring(sources, MoveFiles({old: new})).after
        assert after is not None
        sources = after
    assert {p: sources.text_of(p) for p in sources.notes} == {p: first.text_of(p) for p in first.notes}


@pytest.mark.parametrize("collection", ["cncf-glossary/content/en", "foam-docs", "powershell-docs"])
def test_random_moves_in_real_collections(corpora: Path, tmp_path: Path, collection: str) -> None:
    """`KG_MOVES=500` moves 500 files of each."""
    number = int(os.environ.get("KG_MOVES", "12"))
    sources = read_sources(KnowledgeBase(load_settings(tmp_path, notes=(corpora / collection,))))
    chance = random.Random(collection)
    folders = sorted({posixpath.dirname(path) for path in sources.notes} | {"new folder", "neu/ä"})

    def state(sources: Sources) -> Counter[tuple[object, ...]]:
        rows = sources.corpus.links
        return Counter((isinstance(r.resolution, Resolved), r.link.kind, r.link.embed, r.link.relation) for r in rows)

    links, texts = state(sources), masked(sources)
    moved = 0
    for i in range(number):
        old = chance.choice(list(sources.notes))
        stem = chance.choice([posixpath.basename(old), f"{chance.choice(NAMES)}{i}.md"])
        new = posixpath.join(chance.choice([posixpath.dirname(old), *folders]), stem)
        if new in sources.notes or new == old:
            continue
        after = plan_refactoring(sources, MoveFiles({old: new})).after
        assert after is not None
        sources, moved = after, moved + 1
    assert moved > number / 2
    assert state(sources) == links
    assert masked(sources) == texts
