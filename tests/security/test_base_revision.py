"""``--base-revision``: what comes with a change neither judges it nor excuses it, and is told."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Kg = Callable[..., tuple[int, str, str]]

BASE = {
    "kb/kg.toml": "title = 'x'\n\n[gates]\nlinkage = 95\n\n[check]\nignore = ['KG303']\nbaseline = 'ontology/known.json'\n",
    "kb/ontology/known.json": '{"version": 1, "findings": []}\n',
    "kb/ontology/relations.ttl": (
        "@prefix kg: <https://w3id.org/kg-notes/ns#> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    ),
    "kb/concepts/pod.md": "---\nid: pod\ntitle: Pod\n---\n[[node]]\n",
    "kb/concepts/node.md": "---\nid: node\ntitle: Node\n---\n",
}


def git(folder: Path, *args: str) -> str:
    who = {f"GIT_{w}_{x}": v for w in ("AUTHOR", "COMMITTER") for x, v in (("NAME", "A"), ("EMAIL", "a@example.org"))}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who}
    ran = subprocess.run(
        ["git", "-C", str(folder), *args], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    return ran.stdout.strip()


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def kb(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    write(folder, BASE)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "base")
    return folder / "kb"


def findings(kg: Kg, kb: Path, *args: str) -> dict[str, list[tuple[str, int, str]]]:
    """By code: path, line and message."""
    status, stdout, stderr = kg("check", "-C", kb, "--base-revision", "main", "--format", "json", *args)
    assert status in (0, 1), stderr
    assert "Traceback" not in stderr
    found: dict[str, list[tuple[str, int, str]]] = {}
    for f in json.loads(stdout)["findings"]:
        found.setdefault(f["code"], []).append((f["path"], f["line"], f["message"]))
    return found


def test_without_a_change_it_is_as_without_a_base(kg: Kg, kb: Path) -> None:
    plain = json.loads(kg("check", "-C", kb, "--format", "json")[1])
    based = json.loads(kg("check", "-C", kb, "--base-revision", "HEAD", "--format", "json")[1])
    assert plain == based


def test_each_setting_that_differs_is_told_at_its_line(kg: Kg, kb: Path) -> None:
    write(kb, {"kg.toml": BASE["kb/kg.toml"].replace("95", "10").replace("title = 'x'\n", "") + "fail-on = 'never'\n"})
    told = findings(kg, kb)["KG124"]
    at = [(path, line, message.partition(": ")[2]) for path, line, message in told]
    assert at == [
        ("../kg.toml", 1, "'title': \"x\" → not set"),
        ("../kg.toml", 3, "'gates.linkage': 95 → 10"),
        ("../kg.toml", 8, "'check.fail-on': not set → \"never\""),
    ]
    assert told[0][2].startswith("kg.toml differs from main (")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "it is gone"),
        ("not toml [", "it can't be read as TOML"),
        ("a." * 5000 + "a = 1\n", ""),
        ("base = 5\nunknown = true\n", "'base': not set → 5"),
        ("link", "it is not a file"),
    ],
)
def test_settings_of_a_change_are_never_used(kg: Kg, kb: Path, text: str | None, said: str) -> None:
    (kb / "kg.toml").unlink()
    if text == "link":
        (kb / "kg.toml").symlink_to("/dev/zero")
    elif text is not None:
        write(kb, {"kg.toml": text})
    assert any(said in message for _, _, message in findings(kg, kb)["KG124"])


def test_files_of_the_ontology_are_those_of_the_base(kg: Kg, kb: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("this is secret\n")
    write(
        kb,
        {
            "ontology/relations.ttl": BASE["kb/ontology/relations.ttl"] + "# more\n",
            "ontology/rules/r.rq": "CONSTRUCT { ?a ?p ?b } WHERE { SERVICE <http://127.0.0.1:9/> { ?a ?p ?b } }\n",
            "ontology/evidence.jsonl": '{"verdict": "passed"}\n',
            "ontology/shapes.ttl": "no turtle",
        },
    )
    (kb / "ontology/known.json").unlink()
    (kb / "ontology/link.ttl").symlink_to(secret)
    (kb / "ontology/folder").symlink_to("/etc")
    os.mkfifo(kb / "ontology/pipe.ttl")
    found = findings(kg, kb)
    told = {path: message.rpartition(": ")[2] for path, _, message in found["KG125"]}
    assert told == {
        "../ontology/relations.ttl": "it was changed", "../ontology/rules/r.rq": "it is new",
        "../ontology/evidence.jsonl": "it is new", "../ontology/shapes.ttl": "it is new",
        "../ontology/known.json": "it is gone",
        "../ontology/link.ttl": "it is new", "../ontology/folder": "it is new", "../ontology/pipe.ttl": "it is new",
    }  # fmt: skip
    assert "KG121" not in found
    (kb / "ontology/zero.ttl").symlink_to("/dev/zero")
    (kb / "ontology/shapes.ttl").unlink()
    (kb / "ontology/shapes.ttl").symlink_to("zero.ttl")
    status, stdout, _ = kg("check", "-C", kb, "--base-revision", "main")
    assert (status, "ontology/link.ttl" in stdout, "secret" in stdout) == (0, True, False)


def test_ends_of_lines_are_no_change(kg: Kg, kb: Path) -> None:
    for name in ("ontology/relations.ttl", "kg.toml"):
        (kb / name).write_bytes((kb / name).read_bytes().replace(b"\n", b"\r\n"))
    assert {"KG124", "KG125"}.isdisjoint(findings(kg, kb))


def test_a_baseline_of_the_change_excuses_nothing(kg: Kg, kb: Path) -> None:
    write(kb, {"concepts/bad.md": "# Bad\n[[nowhere]]\n"})
    assert kg("check", "-C", kb, "--write-baseline", "--quiet")[0] == 0
    assert kg("check", "-C", kb)[0] == 0
    for args in ((), ("--baseline", str(kb / "ontology/known.json"))):
        assert "KG201" in findings(kg, kb, *args)
    write(kb, {"new.json": (kb / "ontology/known.json").read_text()})
    status, _, stderr = kg("check", "-C", kb, "--base-revision", "main", "--baseline", kb / "new.json")
    assert (status, "there is no baseline main (" in stderr, "kg-base-" in stderr) == (2, True, False)
    outside = kb.parent.parent / "outside.json"
    outside.write_text((kb / "new.json").read_text())
    assert "KG201" not in findings(kg, kb, "--baseline", str(outside))


def test_gates_are_those_of_the_base(kg: Kg, kb: Path) -> None:
    write(kb, {"kg.toml": "[gates]\nlinkage = 0\n", **{f"concepts/n{i}.md": f"# N{i}\n" for i in range(9)}})
    assert kg("metrics", "-C", kb)[0] == 0
    assert kg("metrics", "-C", kb, "--base-revision", "main")[0] == 1


def test_a_base_without_a_knowledge_base_is_said(kg: Kg, kb: Path) -> None:
    git(kb, "rm", "-rq", "--cached", ".")
    git(kb, "commit", "-q", "--allow-empty", "-m", "nothing")
    status, stdout, stderr = kg("check", "-C", kb, "--base-revision", "HEAD", "--compact")
    assert status == 0
    assert "has neither kg.toml nor ontology/: using the defaults" in stderr
    assert "kg.toml differs from HEAD" in stdout
    assert "it is new" in stdout


def test_a_knowledge_base_that_a_change_makes_a_link_is_refused(kg: Kg, kb: Path) -> None:
    """Else the settings of the folder that it leads to would count, and the base may have none there."""
    kb.rename(kb.parent / "other")
    kb.symlink_to("other")
    status, _, stderr = kg("check", "-C", kb, "--base-revision", "main")
    assert (status, "is reached through a link" in stderr) == (2, True)
    # Links above the repository are of whoever has it.
    (kb.parent.parent / "link").symlink_to(kb.parent)
    assert kg("check", "-C", kb.parent.parent / "link/other", "--base-revision", "main")[0] == 0


def test_wrong_use(kg: Kg, kb: Path, tmp_path: Path) -> None:
    for name in ("nowhere", "--output=x", ""):
        status, _, stderr = kg("check", "-C", kb, f"--base-revision={name}")
        assert (status, "there is no revision" in stderr) == (2, True)
    write(tmp_path, {"other/concepts/a.md": "# A\n"})
    assert kg("check", "-C", tmp_path / "other", "--base-revision", "HEAD")[0] == 2
    status, _, stderr = kg("check", "-C", kb, "--base-revision", "main", "--write-baseline")
    assert (status, "--write-baseline" in stderr) == (2, True)


SUPPRESSED = {
    "kb/concepts/a.md": (
        "---\nid: a\ntitle: A\n---\n[[nowhere]] <!-- kg: ignore KG201 written in May -->\n"
        "[x](node.md#none) <!-- kg: ignore KG202 it comes -->\n"
    ),
    "kb/concepts/b.md": "---\nid: b # kg: ignore-file broken-link none of it matters\n---\n[[gone]]\n",
}  # fmt: skip


def test_suppressions_count_unless_the_command_line_says_otherwise(kg: Kg, kb: Path) -> None:
    write(kb.parent, SUPPRESSED)
    hidden = findings(kg, kb)
    assert {"KG201", "KG202"}.isdisjoint(hidden)
    every = findings(kg, kb, "--no-suppressions")
    assert [path for path, _, _ in every["KG201"]] == ["a.md", "b.md"]
    assert "KG202" in every
    assert "KG110" not in every, "they hide something, where they count"
    errors = findings(kg, kb, "--no-suppressions=error")
    assert len(errors["KG201"]) == 2
    assert "KG202" not in errors
    assert findings(kg, kb, "--no-suppressions", "info").keys() == hidden.keys()
    text = kg("check", "-C", kb, "--no-suppressions")
    assert (text[0], "the suppression in the note doesn't count here" in text[1]) == (1, True)
    assert kg("check", "-C", kb)[0] == 0
    status, _, stderr = kg("check", "-C", kb, "--no-suppressions", "severe")
    assert (status, "'severe' is not a severity" in stderr) == (2, True)


def test_the_severity_that_counts_is_that_of_the_settings(kg: Kg, kb: Path) -> None:
    write(kb.parent, SUPPRESSED)
    write(kb, {"kg.toml": "[check.severity]\nKG201 = 'info'\n"})
    git(kb, "commit", "-qam", "as info")
    assert "KG201" not in findings(kg, kb, "--no-suppressions=error")
    assert "KG201" in findings(kg, kb, "--no-suppressions=info")


def test_suppressions_are_no_setting(kg: Kg, kb: Path) -> None:
    """What comes with a change can't turn them on again."""
    write(kb, {"kg.toml": "[check]\nno-suppressions = false\n"})
    assert kg("check", "-C", kb)[0] == 2


def test_new_suppressions_are_in_the_diff(kg: Kg, kb: Path) -> None:
    write(kb.parent, SUPPRESSED)
    git(kb, "add", "-A")
    git(kb, "commit", "-q", "-m", "more")
    found = json.loads(kg("diff", "-C", kb, "HEAD~1", "HEAD", "--format", "json")[1])["suppressions"]
    assert [(s["path"], s["codes"], s["reason"], s["whole"]) for s in found["new"]] == [
        ("a.md", ["KG201"], "written in May", False),
        ("a.md", ["KG202"], "it comes", False),
        ("b.md", ["broken-link"], "none of it matters", True),
    ]
    back = json.loads(kg("diff", "-C", kb, "HEAD", "HEAD~1", "--format", "json")[1])["suppressions"]
    assert (back["new"], len(back["removed"])) == ([], 3)
    text = kg("diff", "-C", kb, "HEAD~1", "HEAD")[1]
    assert "suppressions new: 3\n  + a.md:5 KG201: written in May" in text
    assert "b.md:2 broken-link in the whole note: none of it matters" in text
    markdown = kg("diff", "-C", kb, "HEAD~1", "HEAD", "--format", "markdown")[1]
    assert "<details open><summary>Suppressions new: 3</summary>" in markdown
    # On another line, or in a note of another name, it is the same one.
    path = kb / "concepts/a.md"
    path.write_text(path.read_text().replace("---\n[[", "---\n\n\n[["))
    path.rename(kb / "concepts/moved.md")
    found = json.loads(kg("diff", "-C", kb, "HEAD", "--format", "json")[1])["suppressions"]
    assert found == {"new": [], "removed": []}


@pytest.mark.parametrize("place", ["", "kb/", "kb/concepts/"])
def test_a_change_does_not_ignore_its_notes(kg: Kg, kb: Path, place: str) -> None:
    root = kb.parent
    git(root, "checkout", "-q", "-b", "change")
    write(root, {f"{place}.gitignore": "evil.md\ngone*.md\n", "kb/concepts/evil.md": "# Evil\n\n[g](gone.md)\n"})
    git(root, "add", "-Af")
    git(root, "commit", "-q", "-m", "hidden")
    found = findings(kg, kb)
    assert ("evil.md", 3) in {(path, line) for path, line, _ in found["KG201"]}
    assert place == "" or ("it is new" in found["KG125"][0][2] and ".gitignore" in found["KG125"][0][0])
    told = kg("diff", "main", "HEAD", "-C", kb, "--base-revision", "main")[1]
    assert "evil.md:3:1 KG201" in told


def test_ignored_files_of_the_base_stay_ignored(kg: Kg, kb: Path) -> None:
    root = kb.parent
    write(root, {"kb/.gitignore": "made/\n", "kb/concepts/pod.md": "# Pod\n\n[made](made/x.md)\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "ignored")
    write(root, {"kb/concepts/made/y.md": "# Made\n\n[g](gone.md)\n"})
    assert "KG201" not in findings(kg, kb)


def test_a_folder_with_the_name_of_the_base_is_not_the_base(kg: Kg, kb: Path) -> None:
    root, base = kb.parent, git(kb.parent, "rev-parse", "HEAD")
    write(root, {"kb/concepts/node.md": "# Node\n\n[gone](gone.md)\n"})
    assert kg("build", "-C", kb, "-q", "--stage", "metrics", "--out", root / base)[0] == 0
    git(root, "add", "-Af")
    git(root, "commit", "-q", "-m", "forged")
    told = kg("diff", base, "HEAD", "-C", kb, "--base-revision", base, cwd=root)[1]
    assert "KG201" in told


def test_files_of_the_base_that_are_gone_have_their_names(kg: Kg, kb: Path) -> None:
    (kb / "kg.toml").unlink()
    (kb / "kg.toml").symlink_to("concepts/pod.md")
    assert "it is not a file" in findings(kg, kb)["KG124"][0][2]
