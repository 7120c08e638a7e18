"""The examples for pre-commit and GitLab run as written on a temporary clone; the Dockerfile is sound."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
Ran = subprocess.CompletedProcess[str]


def run(folder: Path, *command: str, **more: str) -> Ran:
    """Run a program with kg in the path."""
    who = {f"GIT_{w}_{x}": v for w in ("AUTHOR", "COMMITTER") for x, v in (("NAME", "A"), ("EMAIL", "a@example.org"))}
    path = os.pathsep.join([str(folder.parent / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, **who, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **more}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=500)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a knowledge base whose last commit loses a link."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/kg").write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m kg "$@"\n')
    (tmp_path / "bin/kg").chmod(0o755)
    origin = tmp_path / "origin"
    (origin / "concepts").mkdir(parents=True)
    (origin / "kg.toml").write_text('[gates]\nlinkage = "no-worse"\n')
    (origin / "concepts/pod.md").write_text("# Pod\n\nA pod runs on a [[node]].\n")
    (origin / "concepts/node.md").write_text("# Node\n\nA node is a machine.\n")
    for command in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "one")):
        assert run(origin, "git", *command).returncode == 0
    (origin / "concepts/pod.md").write_text("# Pod\n\nA pod runs on a node, [[nowhere]].\n")
    assert run(origin, "git", "commit", "-qam", "two").returncode == 0
    assert run(tmp_path, "git", "clone", "-q", f"file://{origin}", "clone").returncode == 0
    return tmp_path / "clone"


def test_the_hook_of_pre_commit_runs(clone: Path, tmp_path: Path) -> None:
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(ROOT / ".pre-commit-hooks.yaml", hooks)
    for command in (("init", "-q"), ("add", "."), ("commit", "-qm", "hooks"), ("tag", "v0.2.0")):
        assert run(hooks, "git", *command).returncode == 0
    text = (EXAMPLES / "pre-commit-config.yaml").read_text().replace("https://github.com/OWNER/kg", f"file://{hooks}")
    # kg is in the path: an environment of its own takes minutes to install.
    (clone / ".pre-commit-config.yaml").write_text(text.replace("id: kg-check", "id: kg-check\n        language: system"))
    assert run(clone, "git", "add", ".").returncode == 0
    found = run(clone, sys.executable, "-m", "pre_commit", "run", "--all-files", PRE_COMMIT_HOME=str(tmp_path / "cache"))
    assert found.returncode == 1, found.stdout + found.stderr
    assert re.search(r"^concepts/pod\.md:3:\d+: KG201", found.stdout, re.MULTILINE)
    (clone / "concepts/pod.md").write_text("# Pod\n\nA pod runs on a [[node]].\n")
    clean = run(clone, sys.executable, "-m", "pre_commit", "run", "--all-files", PRE_COMMIT_HOME=str(tmp_path / "cache"))
    assert clean.returncode == 0, clean.stdout + clean.stderr


def test_the_jobs_of_gitlab_run(clone: Path) -> None:
    text = (EXAMPLES / "gitlab-ci.yml").read_text()
    jobs: dict[str, Any] = yaml.safe_load(text)
    variables = {name: str(value).replace("$CI_PROJECT_DIR", str(clone)) for name, value in jobs["variables"].items()}

    def job(name: str, **more: str) -> Ran:
        lines = [*jobs[jobs[name]["extends"]]["before_script"], *jobs[name]["script"]]
        return run(clone, "sh", "-ec", "\n".join(lines), **variables, CI="true", CI_PROJECT_DIR=str(clone), **more)

    checked = job("check")
    assert (checked.returncode, "KG201" in checked.stdout) == (1, True), checked.stderr
    assert '"check_name"' in (clone / "gl-code-quality-report.json").read_text()
    base = run(clone, "git", "rev-parse", "HEAD~1").stdout.strip()
    worse = job("gates", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert (worse.returncode, "gate not met: linkage is 0%, required 100%" in worse.stderr) == (1, True), worse.stderr
    assert job("gates").returncode == 1  # on a branch: against the commit before
    built = job("pages")
    assert built.returncode == 0, built.stderr
    assert (clone / jobs["pages"]["artifacts"]["paths"][0] / "index.html").is_file()
    assert jobs[".kg"]["cache"]["key"]["files"] == ["kg.toml"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the files of this one, at the tag that the examples name."""
    folder = tmp_path_factory.mktemp("source") / "kg"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for command in (("init", "-q"), ("add", "-Af"), ("commit", "-qm", "kg"), ("tag", "v0.2.0")):
        assert run(folder, "git", *command).returncode == 0
    return folder


def _need_index(ran: Ran) -> None:
    """Skip if nothing could be installed for want of an index; where tools are required, that is a failure."""
    text = ran.stdout + ran.stderr
    if re.search(r"No matching distribution|Could not find a version|NewConnectionError|NameResolutionError", text):
        if os.environ.get("KG_REQUIRE_TOOLS") == "1":
            pytest.fail(text)
        pytest.skip("there is no package index")


@pytest.mark.weekly  # it installs all packages into an environment of its own
def test_the_hook_of_pre_commit_installs_kg_as_written(source: Path, clone: Path, tmp_path: Path) -> None:
    text = (EXAMPLES / "pre-commit-config.yaml").read_text().replace("https://github.com/OWNER/kg", f"file://{source}")
    (clone / ".pre-commit-config.yaml").write_text(text)
    (tmp_path / "bin/kg").unlink()
    assert run(clone, "git", "add", ".").returncode == 0
    command = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--verbose")
    ran = run(clone, *command, PRE_COMMIT_HOME=str(tmp_path / "cache"), PYTHONPATH="")
    _need_index(ran)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert re.search(r"^concepts/pod\.md:3:\d+: KG201", ran.stdout, re.MULTILINE), ran.stdout + ran.stderr
    assert list((tmp_path / "cache").glob("repo*/py_env-*/bin/kg")), "kg is the one that pre-commit installed"


@pytest.mark.weekly  # it installs all packages into an environment of its own
def test_the_jobs_of_gitlab_install_kg_as_written(source: Path, clone: Path, tmp_path: Path) -> None:
    """In an environment as the image has one: Python, pip and git, without kg."""
    jobs: dict[str, Any] = yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())
    variables = {name: str(value).replace("$CI_PROJECT_DIR", str(clone)) for name, value in jobs["variables"].items()}
    written = variables["KG_SOURCE"]
    variables["KG_SOURCE"] = written.replace("https://github.com/OWNER/kg", f"file://{source}")
    assert variables["KG_SOURCE"] != written
    (tmp_path / "bin/kg").unlink()
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "image")], check=True)
    path = os.pathsep.join([str(tmp_path / "image/bin"), "/usr/bin", "/bin"])
    lines = [*jobs[".kg"]["before_script"], *jobs["check"]["script"]]
    ran = run(clone, "sh", "-ec", "\n".join(lines), **variables, CI="true", PATH=path, PYTHONPATH="")
    _need_index(ran)
    assert (ran.returncode, "KG201" in ran.stdout) == (1, True), ran.stdout + ran.stderr
    assert (tmp_path / "image/bin/kg").is_file()


def test_the_workflow_of_the_comment_runs_as_written(tmp_path: Path) -> None:
    """With two permissions and without a checkout, it posts the artifact of kg.yml on the pull request of that run."""
    checking, posting = (yaml.safe_load((EXAMPLES / name).read_text()) for name in ("kg.yml", "kg-comment.yml"))
    assert posting[True] == {
        "workflow_run": {"workflows": [checking["name"]], "types": ["completed"]}
    }  # YAML 1.1: "on" is true
    assert posting["permissions"] == {"actions": "read", "pull-requests": "write"}
    ((_, job),) = posting["jobs"].items()
    assert set(job) == {"if", "runs-on", "steps"}
    assert "workflow_run.event == 'pull_request'" in job["if"]
    (used,) = (step["uses"] for step in job["steps"])
    folder = ROOT / re.fullmatch(r"OWNER/kg/(\w+)@v\d[\d.]*", used)[1]  # type: ignore[index]  # else the test fails
    action = yaml.safe_load((folder / "action.yml").read_text())
    uploads = [step for step in checking["jobs"]["check"]["steps"] if "upload-artifact" in step.get("uses", "")]
    assert [step["with"]["name"] for step in uploads] == [action["inputs"]["artifact"]["default"]]
    download, comment = action["runs"]["steps"]
    context = {
        "runner.temp": str(tmp_path), "github.action_path": str(folder), "inputs.token": "T", "github.repository": "o/r",
        "inputs.artifact": action["inputs"]["artifact"]["default"], "github.event.workflow_run.id": "5",
        "github.event.workflow_run.head_repository.owner.login": "fork", "github.event.workflow_run.head_branch": "topic",
        "github.event.workflow_run.head_sha": "c" * 40,
    }  # fmt: skip

    def evaluated(text: str) -> str:
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda m: context[m[1]], text)

    place = Path(evaluated(download["with"]["path"]))
    assert evaluated(download["with"]["run-id"]) == "5"
    place.mkdir()
    (place / "kg-diff.md").write_text("1 concept more, says @ann\n", encoding="utf-8")
    (tmp_path / "bin").mkdir()
    log = tmp_path / "log"
    (tmp_path / "bin/gh").write_text(
        f'#!/bin/sh\necho "$GH_TOKEN $*" >>"{log}"\ncase "$*" in *r/pulls*head=fork:topic*{"c" * 40}*) echo 7;; esac\n'
    )
    (tmp_path / "bin/gh").chmod(0o755)
    env = {name: evaluated(value) for name, value in comment["env"].items()}
    path = os.pathsep.join([str(tmp_path / "bin"), "/usr/bin", "/bin"])
    posted = subprocess.run(
        [comment["shell"], "-e", "-c", evaluated(comment["run"])],
        cwd=evaluated(comment["working-directory"]),
        env={**env, "PATH": path, "RUNNER_TEMP": str(tmp_path), "GITHUB_REPOSITORY": "o/r"},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert posted.returncode == 0, posted.stderr
    calls = log.read_text().splitlines()
    assert all(call.startswith("T api ") for call in calls)
    assert calls[-1] == f"T api --silent repos/o/r/issues/7/comments --field body=@{place}/body.md"
    assert (place / "body.md").read_text(encoding="utf-8") == "<!-- kg diff -->\n1 concept more, says @\u200bann\n"


def test_the_dockerfile_is_sound() -> None:
    """Digests or locked packages only, no moving tag, no root at the end, and every file that it copies is there."""
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
    steps = [line.split(None, 1) for line in lines if line.strip() and not line.startswith("#")]
    images = [rest.split()[0] for name, rest in steps if name == "FROM"]
    assert images
    assert set(images) == {"${BASE}"}
    (base,) = (rest for name, rest in steps if name == "ARG")
    assert re.fullmatch(r"BASE=python:3\.\d+-slim", base)
    assert {name for name, _ in steps} <= {"ARG", "FROM", "COPY", "RUN", "ENV", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}
    users = [rest for name, rest in steps if name == "USER"]
    assert users
    assert int(users[-1]) > 0
    for name, rest in steps:
        if name == "COPY" and "--from" not in rest:
            assert all((ROOT / source).exists() for source in rest.split()[:-1]), rest
        if name == "RUN" and "pip install" in rest:
            assert all("--require-hashes" in part or "--no-index" in part for part in rest.split("&&") if "pip install" in part)
    assert "rm -rf /var/lib/apt/lists/*" in (ROOT / "Dockerfile").read_text()
