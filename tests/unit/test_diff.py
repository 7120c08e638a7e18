"""Two states compared: concepts that moved are found again, and long lists are cut with the number of what is left out."""

from __future__ import annotations

from dataclasses import replace

from kg.app.diff.compare import compare_states
from kg.app.diff.render import as_markdown, as_text
from kg.app.diff.state import BaseState
from kg.corpus import ResolveOptions, VocabularyWords, resolve_notes
from kg.model import Concept
from kg.notes import parse_note

OLD, NEW = "https://old.org/", "https://new.org/"


def _concepts(base: str, titles: dict[str, str]) -> dict[str, Concept]:
    notes = {
        f"{name}.md": parse_note(f"{name}.md", f"---\nid: {name}\n---\n# {title}\n".encode()) for name, title in titles.items()
    }
    corpus, _ = resolve_notes(notes, ResolveOptions(base, VocabularyWords((), {}, ())))
    return dict(corpus.concepts)


def test_concepts_are_found_again_by_id_and_by_name() -> None:
    a = BaseState("a", _concepts(OLD, {"raft": "Raft", "log": "Log", "two": "Same", "too": "Same"}), {}, {}, ())
    b = BaseState("b", _concepts(NEW, {"raft": "Raft", "journal": "Log", "three": "Same"}), {}, {}, ())
    found = compare_states(a, b)
    assert [(r.before.id, r.after.id) for r in found.renamed] == [("log", "journal")]
    # Two of one name are not told apart.
    assert ([c.id for c in found.added], sorted(c.id for c in found.removed)) == (["three"], ["too", "two"])
    assert "~ log (Log) → journal (Log)  journal.md" in "\n".join(as_text(found))
    assert "- log \\(Log\\) → journal" in "\n".join(as_markdown(found)).replace("log (Log)", "log \\(Log\\)")


def test_nothing_and_much() -> None:
    a = BaseState("a", _concepts(OLD, {"raft": "Raft"}), {}, {}, ())
    assert list(as_markdown(compare_states(a, a)))[1:] == [
        "No difference in concepts, relations, definitions, measures or findings."
    ]
    b = replace(a, name="b", concepts=a.concepts | _concepts(OLD, {f"c{i}": f"C {i}" for i in range(60)}))
    found = compare_states(a, b)
    text = list(as_text(found, limit=20))
    assert (sum(line.startswith("  + c") for line in text), "  … 40 more" in text) == (20, True)
    markdown = "\n".join(as_markdown(found))
    assert "\n- … 10 more\n" in markdown
    assert "61 concepts (+60), 0 typed relations (+0)." in markdown
    assert "| measure |" not in markdown
    assert len([line for line in as_text(found, limit=0) if line.startswith("  + c")]) == 60
