"""The GitHub Action, its scripts run for real: what notes say is not a command, a token is only where gh is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
Ran = subprocess.CompletedProcess[str]
Run = Callable[..., Ran]

RUNNER_COMMANDS = {
    "add-matcher", "remove-matcher", "stop-commands", "error", "warning", "notice", "debug", "group", "endgroup", "add-mask",
    "set-output", "save-state", "set-env", "add-path", "echo", "command",
}  # fmt: skip


def heard(log: str, *, stops: bool = True) -> list[str]:
    """The commands that GitHub's runner sees in a log, as its source reads lines: both forms, and the stop of commands."""
    found: list[str] = []
    token = None
    for line in re.split(r"\r\n|\r|\n", log):
        v2 = re.match(r"::([\w-]+)(?: [^:]*)?::(.*)", line.lstrip())
        v1 = re.search(r"##\[([\w-]+)[^\]]*\](.*)", line)
        match = v2 or v1
        if not match:
            continue
        name, value = match[1].lower(), match[2]
        if token is not None:
            if name == token:
                token = None
            continue
        if stops and name == "stop-commands":
            token = value.strip().lower()
        if name in RUNNER_COMMANDS:
            found.append(name)
    assert token is None, "commands stay stopped"
    return found


def git(folder: Path, *args: str) -> str:
    who = {f"GIT_{w}_{x}": v for w in ("AUTHOR", "COMMITTER") for x, v in (("NAME", "A"), ("EMAIL", "a@example.org"))}
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", **who}
    return subprocess.run(
        ["git", "-C", str(folder), *args], env=environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The checkout of a pull request, before it changes anything."""
    folder = tmp_path / "checkout"
    write(
        folder,
        {
            "kg.toml": '[check]\nfail-on = "error"\nignore = ["KG303"]\n',
            "ontology/questions/q.rq": "SELECT ?a WHERE { ?a a skos:Concept }\n",
            "concepts/pod.md": "---\nid: pod\ntitle: Pod\n---\n",
        },
    )
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "base")
    return folder


@pytest.fixture
def step(tmp_path: Path, checkout: Path) -> Run:
    """Run one of the Action's scripts as a step does; kg and gh write down how they were called, and with what."""
    runner = tmp_path / "runner"
    note = f"{{ echo \"$0 $*\"; env; echo ---; }} >>'{tmp_path}/calls'\n"
    program(runner / "bin/kg", f'#!/bin/sh\n{note}exec "{sys.executable}" -P -m kg "$@"\n')
    program(
        tmp_path / "gh/gh",
        f"#!/bin/sh\n{note}case \"$*\" in\n*r/pulls*) printf '%s\\n' $PULL ;;\n*--jq*) printf '%s\\n' $OLD ;;\n"
        "*PATCH*comments/$OURS\\ *) [ -n \"$OURS\" ] ;;\n*PATCH*) exit 1 ;;\nesac\n",
    )  # fmt: skip

    def run(script: str, **more: str) -> Ran:
        found = [str(tmp_path / "gh")] if script == "comment" else [str(runner / "bin")]
        environment = {
            "PATH": os.pathsep.join([*found, "/usr/bin", "/bin"]), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path),
            "RUNNER_TEMP": str(runner), "NO_COLOR": "1", "GITHUB_WORKSPACE": str(checkout), "KG_DIRECTORY": ".",
            "GITHUB_OUTPUT": str(runner / "output"), "GITHUB_STEP_SUMMARY": str(runner / "summary"), "KG_ACTION": str(ROOT),
            "GITHUB_REPOSITORY": "o/r", "KG_OWNER": "fork", "KG_BRANCH": "b&x=1", "KG_HEAD": "c" * 40,
            "GH_TOKEN": "secret-token", "GITHUB_TOKEN": "secret-token", "PULL": "7", **more,
        }  # fmt: skip
        place = runner if script == "comment" else checkout
        return subprocess.run(
            ["bash", str(ROOT / "action" / script)],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return run


HOSTILE = {
    "concepts/a.md": (
        "---\ntitle: A\n---\n[[##[stop-commands]x]]\n[[::error::x]]\n\n::error file=x::y\n##[error]z [[nowhere]]\n"
        "::stop-commands::t [[nope]]\n    ::add-mask::m [[gone]]\n\u3000::add-path::/tmp [[away]]\n[[x ##[add-mask]y]]\n"
    ),
    "concepts/::add-mask::b.md": "# B\n[[none]]\n",
    "concepts/##[group]c.md": "# C\n[[none]]\n",
    "concepts/d\r::error::d.md": "# D\n[[none]]\n",
    "concepts/e\n::error::e.md": "# E\n[[none]]\n",
}


def test_nothing_in_a_note_is_a_command_of_the_runner(step: Run, checkout: Path, tmp_path: Path) -> None:
    write(checkout, HOSTILE)
    ran = step("check")
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert ran.stderr == "", "the runner reads the two streams apart: only in one is it sure when commands are on again"
    own = ["add-matcher", "stop-commands", "stop-commands", "remove-matcher", "remove-matcher", "remove-matcher"]
    assert heard(ran.stdout) == own
    # Where commands are not stopped, as in viewers of the log, it is the same.
    assert heard(ran.stdout, stops=False) == own
    tokens = re.findall(r"^::stop-commands::([0-9a-f]{32})$", ran.stdout, re.MULTILINE)
    assert len(set(tokens)) == 2
    assert "##[" not in (tmp_path / "runner/summary").read_text()
    # Without the guard the same output holds commands.
    plain = subprocess.run(
        [sys.executable, "-m", "kg", "check", "-C", str(checkout)], env={**os.environ, "NO_COLOR": "1"},
        capture_output=True, text=True, check=False, timeout=300,
    ).stdout  # fmt: skip
    assert any(name in plain for name in ("##[stop-commands]", "##[error]"))


def test_findings_are_still_matched_at_their_lines(step: Run, checkout: Path) -> None:
    write(checkout, HOSTILE)
    lines = step("check").stdout.splitlines()
    (one,) = [
        m for m in json.loads((ROOT / "action/problem-matcher.json").read_text())["problemMatcher"] if m["severity"] == "error"
    ]
    found = {(m[1], m[2]) for line in lines if (m := re.match(one["pattern"][0]["regexp"], line))}
    assert {("concepts/a.md", str(n)) for n in (8, 9, 10, 11)} <= found


def test_an_error_of_kg_is_shown_without_commands(step: Run, checkout: Path) -> None:
    write(checkout, {"kg.toml": "'##[error]x' = 1\n"})
    ran = step("check")
    assert (ran.returncode, "unknown setting" in ran.stdout, "##[" in ran.stdout) == (2, True, False)


def test_a_pull_request_is_judged_by_its_base(step: Run, checkout: Path) -> None:
    """It turns its errors into nothing in every way that files can, and the check fails as if it had not."""
    base = git(checkout, "rev-parse", "HEAD")
    assert step("check", KG_BASE=base).returncode == 0
    write(checkout, {"concepts/bad.md": "# Bad\n[[nowhere]] <!-- kg: ignore KG201 trust me -->\n"})
    row = {"code": "KG201", "path": "bad.md", "message": "no note is named 'nowhere'"}
    write(
        checkout,
        {
            "kg.toml": (
                '[check]\nfail-on = "never"\nignore = ["KG"]\nbaseline = "ontology/known.json"\n'
                '[check.severity]\nKG201 = "info"\n'
            ),
            "ontology/known.json": json.dumps({"version": 1, "findings": [row | {"fingerprint": "x"}]}),
            "ontology/checks/own.rq": "# code: MY001\n# message: x\nSELECT ?focus WHERE { ?focus ?p ?o }\n",
        },
    )  # fmt: skip
    (checkout / "ontology/questions/q.rq").unlink()
    assert step("check").returncode != 1, "by its own settings nothing fails"
    ran = step("check", KG_BASE=base, KG_NO_SUPPRESSIONS="error")
    assert ran.returncode == 1, ran.stdout
    assert "KG201 broken-link: no note is named 'nowhere' [error]" in ran.stdout
    for said in (
        "'check.fail-on': \"error\" → \"never\"", "'check.severity.KG201': not set → \"info\"", "ontology/known.json differs",
        "ontology/checks/own.rq differs from", "it is new", "it is gone", f"judged by {base[:10]}",
    ):  # fmt: skip
        assert said in ran.stdout, said
    assert not re.search(r": MY001 .*\[", ran.stdout), "rules of the change are not run"
    assert step("check", KG_BASE=base).returncode == 0, "a suppression counts, unless it is told not to"


def test_a_base_is_a_full_id(step: Run, checkout: Path, tmp_path: Path) -> None:
    for name in ("main", "--upload-pack=touch x", "HEAD", "a" * 39, "ext::sh -c touch% x"):
        ran = step("check", KG_BASE=name)
        assert (ran.returncode, "full id" in ran.stderr) == (2, True)
    assert not (tmp_path / "calls").exists()


def test_a_base_that_is_not_here_is_fetched_by_its_id(step: Run, checkout: Path, tmp_path: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD")
    write(checkout, {"concepts/more.md": "# More\n"})
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "head")
    git(checkout, "tag", base)
    git(checkout, "config", "uploadpack.allowAnySHA1InWant", "true")
    origin = tmp_path / "origin"
    shutil.move(checkout, origin)
    git(tmp_path, "clone", "-q", "--depth=1", "--no-tags", f"file://{origin}", str(checkout))
    ran = step("check", KG_BASE=base)
    assert (ran.returncode, f"judged by {base[:10]}" in ran.stdout) == (0, True), ran.stdout + ran.stderr
    assert git(checkout, "tag") == ""


def test_the_comment_has_the_token_and_the_others_have_not(step: Run, checkout: Path, tmp_path: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD")
    # The knowledge base as a bare repository whose filter would read the token.
    canary = tmp_path / "canary"
    program(canary, f"#!/bin/sh\nenv >>'{tmp_path}/sung'\ncat\n")
    objects = checkout / ".git/objects"
    write(
        checkout,
        {
            "kb/concepts/a.md": "# A\n@team [[pod]] <!-- kg: ignore KG201 no need -->\n",
            "kb/HEAD": "ref: refs/heads/main\n",
            "kb/refs/heads/.keep": "",
            "kb/objects/info/alternates": f"{objects}\n",
            "kb/info/attributes": "* filter=x\n",
            "kb/config": (
                f"[core]\n bare = true\n fsmonitor = {canary}\n[filter \"x\"]\n smudge = {canary}\n clean = {canary}\n"
            ),
        },
    )  # fmt: skip
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "head")
    head = git(checkout, "rev-parse", "HEAD")
    assert step("check", KG_BASE=head, KG_DIRECTORY="kb").returncode == 0
    ran = step("compare", KG_BASE=head, KG_HEAD=head, KG_DIRECTORY="kb")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = step("compare", KG_BASE=base, KG_HEAD=head)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not (tmp_path / "sung").exists()
    calls = (tmp_path / "calls").read_text()
    assert calls
    assert "secret-token" not in calls
    body = (tmp_path / "runner/kg-diff.md").read_text()
    assert body.startswith("<!-- kg diff -->\n### Knowledge base")
    assert f"comment={tmp_path}/runner/kg-diff.md\n" in (tmp_path / "runner/output").read_text()
    (tmp_path / "calls").unlink()
    handed_over(tmp_path, body)
    assert step("comment").returncode == 0
    assert (tmp_path / "runner/kg-comment/body.md").read_text() == body
    made = [c.splitlines()[0] for c in (tmp_path / "calls").read_text().split("---\n") if c]
    assert len(made) == 3
    assert all("/gh api " in c for c in made), made
    assert "repos/o/r/pulls -f state=open -f head=fork:b&x=1 --jq" in made[0]
    assert made[2].endswith(f"repos/o/r/issues/7/comments --field body=@{tmp_path}/runner/kg-comment/body.md")
    assert "GH_TOKEN=secret-token" in (tmp_path / "calls").read_text()


def test_a_change_does_not_choose_how_the_comment_judges_it(step: Run, checkout: Path, tmp_path: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD")
    write(checkout, {"kg.toml": '[check]\nignore = ["KG2", "KG3", "KG4"]\n', "concepts/node.md": "# Node\n[[nowhere]]\n"})
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "hidden")
    ran = step("compare", KG_BASE=base, KG_HEAD=git(checkout, "rev-parse", "HEAD"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    body = (tmp_path / "runner/kg-diff.md").read_text()
    assert "KG201" in body
    assert "check.ignore" in body


def handed_over(folder: Path, text: str) -> None:
    """The artifact of the other workflow, as the action in comment/ downloads it."""
    write(folder, {"runner/kg-comment/kg-diff.md": text})


def test_a_text_that_the_change_made_notifies_nobody_and_finds_its_own_pull_request_only(step: Run, tmp_path: Path) -> None:
    handed_over(tmp_path, "Hello @team\n<!-- kg diff -->\n" + "x" * 70_000)
    assert step("comment", PULL="").returncode == 0  # no open pull request has the commit
    assert step("comment", PULL="7;rm").returncode == 0
    assert "comments" not in (tmp_path / "calls").read_text()
    assert step("comment").returncode == 0
    body = (tmp_path / "runner/kg-comment/body.md").read_text()
    assert body.startswith("<!-- kg diff -->\nHello @\u200bteam\n")
    assert body.count("<!-- kg diff -->") == 1
    assert len(body) < 65_536
    (tmp_path / "runner/kg-comment/kg-diff.md").unlink()
    (tmp_path / "runner/kg-comment/kg-diff.md").symlink_to("/etc/passwd")
    assert step("comment").returncode == 2


def test_gates_of_no_worse_compare_a_pull_request_with_its_base(step: Run, checkout: Path) -> None:
    write(checkout, {"kg.toml": '[gates]\nlinkage = "no-worse"\n', "concepts/node.md": "# Node\n[[pod]]\n"})
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "linked")
    base = git(checkout, "rev-parse", "HEAD")
    assert step("gates", KG_BASE=base).returncode == 0
    write(checkout, {"concepts/node.md": "# Node\n", "kg.toml": ""})
    git(checkout, "commit", "-qam", "lost")
    ran = step("gates", KG_BASE=base)
    assert ran.returncode == 1, ran
    assert "gate not met: linkage is 0%, required 100% (it must be no worse than" in ran.stdout


def test_verdicts_that_come_with_a_change_hold_no_gate_of_its_base(step: Run, checkout: Path, tmp_path: Path) -> None:
    """After a push they do: the gate is of the same commit."""
    note = '---\ntype: algorithm\n---\n# A\n\n```python {#t run claims="sums are right"}\nassert 1 + 1 == 2\n```\n'
    write(checkout, {"kg.toml": "[gates]\nrepresentation_consistency = 50\n", "concepts/a.md": note})
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "claimed")
    base = git(checkout, "rev-parse", "HEAD")
    subprocess.run(
        [sys.executable, "-m", "kg", "verify", "-C", str(checkout)],
        env={**os.environ, "KG_CACHE": str(tmp_path / "elsewhere")}, capture_output=True, check=True, timeout=300,
    )  # fmt: skip
    assert step("gates", KG_BASE=base).returncode == 1
    assert step("gates").returncode == 0


def value_of(expression: str, event: Mapping[str, object]) -> object:
    """An expression of GitHub's: names with dots, of which the first that isn't empty counts; one that isn't there is empty."""
    for name in re.fullmatch(r"\$\{\{ (.+) \}\}", expression)[1].split(" || "):  # type: ignore[index]
        found: object = {"github": {"event": event}}
        for part in name.split("."):
            found = found.get(part, "") if isinstance(found, Mapping) else ""
        if found:
            return found
    return ""


def test_each_event_that_has_a_base_is_judged_by_it() -> None:
    """A merge group is a change, too: without its base, it would be judged by its own kg.toml."""
    steps = yaml.safe_load((ROOT / "action.yml").read_text())["runs"]["steps"]
    bases = {s["name"]: s["env"]["KG_BASE"] for s in steps if "KG_BASE" in s.get("env", {})}
    assert bases.keys() == {"Check", "Gates", "Compare"}
    for name, base in bases.items():
        assert value_of(base, {"pull_request": {"base": {"sha": "a"}}}) == "a", name
        assert value_of(base, {"merge_group": {"base_sha": "b", "head_sha": "c"}}) == "b", name
        assert value_of(base, {"before": "d", "after": "e"}) == "", name
    # YAML 1.1 reads the key "on" as true.
    assert {"pull_request", "merge_group"} <= yaml.safe_load((ROOT / "docs/examples/kg.yml").read_text())[True].keys()


def test_a_comment_of_somebody_else_with_the_mark_is_passed_over(step: Run, tmp_path: Path) -> None:
    handed_over(tmp_path, "<!-- kg diff -->\n")
    assert step("comment", OLD="11 22 evil/../33", OURS="22").returncode == 0
    made = [c.splitlines()[0] for c in (tmp_path / "calls").read_text().split("---\n") if c]
    assert [re.search(r"comments/(\d+)", c)[1] for c in made if "PATCH" in c] == ["11", "22"]  # type: ignore[index]
    assert not any("issues/7/comments --field" in c for c in made)
    (tmp_path / "calls").unlink()
    assert step("comment", OLD="11").returncode == 0
    assert "issues/7/comments --field" in (tmp_path / "calls").read_text()


def test_names_in_notes_call_nobody(step: Run, checkout: Path, tmp_path: Path) -> None:
    base = git(checkout, "rev-parse", "HEAD")
    write(checkout, {"concepts/x.md": "---\nid: x\ntitle: 'Hello @team'\n---\n"})
    git(checkout, "add", "-A")
    git(checkout, "commit", "-q", "-m", "head")
    assert step("compare", KG_BASE=base, KG_HEAD=git(checkout, "rev-parse", "HEAD")).returncode == 0
    body = (tmp_path / "runner/kg-diff.md").read_text()
    assert "@\u200bteam" in body
    assert "@team" not in body


def test_what_is_installed_has_digests_and_the_checkout_takes_no_part(tmp_path: Path, checkout: Path) -> None:
    """A Python that writes down how it is called: nowhere with the folder of the checkout in its path."""
    fake = tmp_path / "python"
    program(
        fake,
        f"#!/bin/sh\necho \"$*\" >>'{tmp_path}/calls'\n"
        f'[ "$2 $3" = "-m venv" ] && mkdir -p "$4/bin" && cp "$0" "$4/bin/python"\nexit 0\n',
    )
    environment = {
        "PATH": "/usr/bin:/bin", "KG_PYTHON": str(fake), "RUNNER_TEMP": str(tmp_path / "runner"), "KG_ACTION": str(ROOT),
        "GITHUB_PATH": str(tmp_path / "path"),
    }  # fmt: skip
    subprocess.run(["bash", str(ROOT / "action/install")], cwd=checkout, env=environment, check=True, timeout=300)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert all(call.startswith("-I ") for call in calls if call.startswith("-") or "python" in call), calls
    (pip,) = [call for call in calls if "-m pip" in call]
    assert f"--require-hashes --only-binary :all: -r {ROOT}/.ci/lock.txt" in pip
    assert 'python" -I -m kg "$@"' in (tmp_path / "runner/kg/bin/kg").read_text()
    assert (tmp_path / "path").read_text() == f"{tmp_path}/runner/kg/bin\n"


def test_modules_of_the_checkout_are_not_those_of_python(checkout: Path, tmp_path: Path) -> None:
    for name in ("venv", "ensurepip", "pip", "site", "json"):
        write(checkout, {f"{name}.py": f"open({str(tmp_path / 'sung')!r}, 'w')\n"})
    made = subprocess.run(
        [sys.executable, "-I", "-m", "venv", "--without-pip", str(tmp_path / "v")], cwd=checkout, check=False, timeout=120
    )
    assert (made.returncode, (tmp_path / "sung").exists()) == (0, False)


def test_only_the_step_with_gh_has_the_token() -> None:
    """The action that reads a change has none; the one that has it runs in another workflow, and starts gh alone."""
    assert "token" not in json.dumps(yaml.safe_load((ROOT / "action.yml").read_text())).lower().replace("no token", "")
    action = yaml.safe_load((ROOT / "comment/action.yml").read_text())
    download, comment = action["runs"]["steps"]
    assert re.fullmatch(r"actions/download-artifact@[0-9a-f]{40}", download["uses"])
    assert comment["working-directory"] == "${{ runner.temp }}"
    text = "\n".join(line for line in (ROOT / "action/comment").read_text().splitlines() if not line.startswith("#"))
    assert not re.search(r"^\s*(kg|git|python3?)\b|\$\((kg|git|python3?)\b", text, re.MULTILINE), "it starts gh alone"
    posting = yaml.safe_load((ROOT / "docs/examples/kg-comment.yml").read_text())
    checking = yaml.safe_load((ROOT / "docs/examples/kg.yml").read_text())
    assert posting[True]["workflow_run"]["workflows"] == [checking["name"]]  # YAML 1.1 reads the key "on" as true
    assert "pull-requests" not in checking["permissions"]
    assert len(posting["jobs"]["comment"]["steps"]) == 1
    (own,) = [s for s in checking["jobs"]["check"]["steps"] if s.get("uses", "").startswith("OWNER/kg@v")]
    declared = yaml.safe_load((ROOT / "action.yml").read_text())
    assert set(own["with"]) <= set(declared["inputs"])
    used = set(re.findall(r"steps\.kg\.outputs\.(\w+)", (ROOT / "docs/examples/kg.yml").read_text()))
    assert used == set(declared["outputs"])
    checkouts = [
        s
        for s in yaml.safe_load((ROOT / "docs/examples/kg.yml").read_text())["jobs"]["check"]["steps"]
        if "checkout" in s.get("uses", "")
    ]
    assert [s["with"]["persist-credentials"] for s in checkouts] == [False]
