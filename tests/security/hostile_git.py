"""Repositories that mean harm: their own settings, hooks, attributes and objects, and what only looks like a repository."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hostile_texts import BENIGN

if TYPE_CHECKING:
    from hostile_bases import Making

_LARGEST = 1 << 20
"""Bytes of a file that is committed at most."""
_FILES = (
    "HEAD", "config", "config.worktree", "index", "packed-refs", "shallow", "commondir", "info/exclude", "info/attributes", "info/grafts",
    "objects/info/alternates", "objects/info/commit-graph", "refs/heads/main", "logs/HEAD", "ORIG_HEAD",
)  # fmt: skip
"""Files of a repository that git reads, or would read if they were there."""


def walk(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """All below a folder, without following links, at any depth: path and what `lstat` says."""
    queue = [str(folder)]
    while queue:
        try:
            with os.scandir(queue.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    yield entry.path, status
                    if stat.S_ISDIR(status.st_mode):
                        queue.append(entry.path)
        except OSError:
            continue


def hostile_settings(canary: Path) -> str:
    """A repository's settings with a program wherever git takes one."""
    run = f"'{canary}'"
    return f"""
[core]
    fsmonitor = {canary}
    hooksPath = {canary.parent}/hooks
    pager = {canary}
    editor = {canary}
    askPass = {canary}
    sshCommand = {canary}
    gitProxy = {canary}
    alternateRefsCommand = {canary}
    attributesFile = {canary.parent}/attributes
    untrackedCache = true
[filter "x"]
    clean = {run}
    smudge = {run}
    process = {run}
    required = true
[diff]
    external = {canary}
[diff "x"]
    textconv = {canary}
    command = {canary}
[merge "x"]
    driver = {canary}
[pager]
    log = {canary}
    rev-list = {canary}
    ls-tree = {canary}
    cat-file = {canary}
    config = {canary}
[alias]
    rev-parse = "!{canary}"
    ls-tree = "!{canary}"
    cat-file = "!{canary}"
    rev-list = "!{canary}"
    ls-files = "!{canary}"
    config = "!{canary}"
[log]
    showSignature = true
[gpg]
    program = {canary}
[credential]
    helper = "!{canary}"
[protocol "ext"]
    allow = always
[protocol]
    allow = always
[tar "tar"]
    command = {canary}
[remote "origin"]
    url = "ext::{canary}"
    promisor = true
    uploadpack = {canary}
    partialclonefilter = blob:none
[trace2]
    eventTarget = {canary.parent}/trace
[extensions]
    partialClone = origin
"""


def _append(path: Path, text: str) -> None:
    with path.open("ab") as file:
        file.write(os.fsencode(text))


def arm(git_folder: Path, canary: Path) -> None:
    """Hand a repository over with hostile settings, hooks and attributes."""
    _append(git_folder / "config", hostile_settings(canary))
    data = (git_folder / "config").read_bytes().replace(b"repositoryformatversion = 0", b"repositoryformatversion = 1")
    (git_folder / "config").write_bytes(data)
    for path in (git_folder / "info/attributes", canary.parent / "attributes"):
        path.parent.mkdir(exist_ok=True)
        path.write_text("* filter=x diff=x merge=x text eol=crlf\n")
    for folder in (git_folder / "hooks", canary.parent / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in ("post-checkout", "post-index-change", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman"):
            shutil.copy(canary, folder / name)


def bare_repository(making: Making) -> str:
    """A folder that git takes for a repository, with settings that run programs."""
    program = making.program("tools/run")
    inside = making.draw.choice(("", "concepts/", "ontology/"))
    git = inside + making.draw.choice(("", ".git/", "x.git/"))
    bare = making.draw.choice(("true", "false"))
    for name, text in {
        "HEAD": "ref: refs/heads/main\n", "refs/heads/.keep": "", "objects/info/alternates": f"{making.outside}/objects\n",
        "info/attributes": "* filter=x diff=x\n", "hooks/post-index-change": program.read_text(), "hooks/pre-auto-gc": program.read_text(),
        "config": f"[core]\n\trepositoryformatversion = 0\n\tbare = {bare}\n\tworktree = {making.base}\n{hostile_settings(program)}",
    }.items():  # fmt: skip
        path = making.write(git + name, text)
        if name.startswith("hooks/"):
            path.chmod(0o755)
    return f"repository in {git or '.'}"


def git_file(making: Making) -> str:
    """A file that says where the repository is."""
    making.write(".git", f"gitdir: {making.draw.choice(('../outside/repo', 'tools', '/', '../../../../..', 'concepts'))}\n")
    return ".git is a file"


def repository(making: Making) -> str:
    """A real repository with two commits, the second of what is in the base now; then somebody changes what is in `.git`."""
    git = making.clear(".git")
    _git(making, "init", "-q", "--template=", "-b", "main")
    unpacked = making.draw.choice((1, 100))  # below as many objects, each becomes a file
    _git(making, "-c", f"fastimport.unpackLimit={unpacked}", "fast-import", "--quiet", given=_commits(making))
    _git(making, "read-tree", "HEAD")
    (making.base / "concepts" / "later.md").write_text("# Later\n\n[[a]]\n")
    (git / "info").mkdir(exist_ok=True)
    changes = making.draw.sample(list(_CHANGES), making.draw.choice((1, 1, 2, 3)))
    changes.sort(key=list(_CHANGES).index)
    for name in changes:
        _CHANGES[name](making, git)
    return f"repository: {', '.join(changes)}"


def _git(making: Making, *arguments: str, given: bytes = b"") -> None:
    """Git without settings of the machine, before the repository has any that are hostile."""
    home = str(making.outside.parent / "home")
    environment = {
        "PATH": os.defpath, "HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_DIR": ".git", "GIT_WORK_TREE": ".",
    }  # fmt: skip
    safe = ["-c", "safe.directory=*", "-c", "core.fsync=none"]
    done = subprocess.run(
        ["git", *safe, *arguments], cwd=making.base, env=environment, input=given, capture_output=True, timeout=60, check=False
    )
    if done.returncode:
        # What stands in the base may be what git refuses, such as a folder in place of its file.
        raise OSError(done.returncode, f"git {arguments[0]}: {done.stderr[-200:].decode('utf-8', 'replace')}")


def _commits(making: Making) -> bytes:
    """Two commits for `git fast-import`: of harmless notes, and of the files and links that are in the base."""
    first = {f"concepts/{name}".encode(): ("100644", text.encode()) for name, text in BENIGN.items()}
    second: dict[bytes, tuple[str, bytes]] = {}
    for found, status in walk(making.base):
        name = os.path.relpath(found, making.base)
        if ".git" in Path(name).parts:
            continue
        if stat.S_ISLNK(status.st_mode):
            second[os.fsencode(name)] = ("120000", os.fsencode(os.readlink(found)))  # noqa: PTH115  # as it is
        elif stat.S_ISREG(status.st_mode) and status.st_size < _LARGEST:
            second[os.fsencode(name)] = ("100644", Path(found).read_bytes())
    parts = []
    for number, files_of in enumerate((first, second)):
        who = b"A <a@example.org> %d +0000" % (1_700_000_000 + number * 86_400)
        parts.append(b"commit refs/heads/main\ncommitter %s\ndata 1\n%d\ndeleteall\n" % (who, number))
        parts += [
            b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), _quoted(name), len(data), data)
            for name, (mode, data) in files_of.items()
        ]
    return b"".join(parts)


def _quoted(name: bytes) -> bytes:
    return b'"' + b"".join(b"\\%03o" % byte if byte < 32 or byte in b'"\\' else bytes([byte]) for byte in name) + b'"'


def _armed(making: Making, git: Path) -> None:
    arm(git, making.program("tools/run"))


def _included(making: Making, git: Path) -> None:
    """Settings that lie elsewhere: what can't be read of them holds the secret."""
    program = making.program("tools/run")
    making.write("tools/gitconfig", hostile_settings(program))
    _append(making.outside / "gitconfig", f"[core]\n\tfsmonitor = {program}\n[{making.secret}\n")
    included = making.draw.choice(
        (making.base / "tools/gitconfig", making.outside / "gitconfig", making.outside / "secret.txt")
    )
    how = making.draw.choice(("include", 'includeIf "gitdir:/"', 'includeIf "onbranch:**"'))
    _append(git / "config", f"[{how}]\n\tpath = {included}\n")


def _alternates(making: Making, git: Path) -> None:
    """All objects lie outside."""
    objects = making.outside / "objects"
    shutil.rmtree(objects, ignore_errors=True)
    (git / "objects").rename(objects)
    (git / "objects/info").mkdir(parents=True)
    (git / "objects/info/alternates").write_text(f"{objects}\n{making.outside}\n/dev\n")


def _linked_objects(making: Making, git: Path) -> None:
    objects = making.outside / "objects"
    shutil.rmtree(objects, ignore_errors=True)
    (git / "objects").rename(objects)
    (git / "objects").symlink_to(objects)


def _elsewhere(making: Making, git: Path) -> None:
    """The repository lies outside; a file says where."""
    shutil.rmtree(making.outside / "repo", ignore_errors=True)
    git.rename(making.outside / "repo")
    git.write_text("gitdir: ../outside/repo\n")


def _worktree(making: Making, git: Path) -> None:
    _append(
        git / "config", f"[core]\n\tworktree = {making.draw.choice((making.outside, making.outside.parent / 'home', '/'))}\n"
    )


def _led_out(making: Making, git: Path) -> None:
    """A file of the repository is a link to the secret, or names it."""
    path = git / making.draw.choice(_FILES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if making.draw.random() < 0.5:
        path.symlink_to(making.outside / "secret.txt")
    else:
        path.write_text(
            making.draw.choice(("ref: refs/../../../outside/secret.txt\n", f"{making.outside}/repo\n", "../../outside\n"))
        )


def _noise(making: Making, git: Path) -> None:
    """One of the files is noise, or is gone."""
    path = making.draw.choice(sorted(path for path in git.rglob("*") if path.is_file()))
    path.unlink()
    if making.draw.random() < 0.7:
        path.write_bytes(making.draw.randbytes(300))


def _special(making: Making, git: Path) -> None:
    """A pipe, a device or a folder stands where git reads a file."""
    path = git / making.draw.choice(_FILES)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    kind = making.draw.choice(("pipe", "/dev/zero", "/dev/stdin", "/proc/self/environ", "folder"))
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(kind)


_CHANGES: dict[str, Callable[[Making, Path], None]] = {
    "settings": _armed, "settings elsewhere": _included, "objects outside": _alternates, "a link to objects": _linked_objects,
    "a file that leads out": _led_out, "another working tree": _worktree, "noise": _noise, "a pipe or device": _special, "outside": _elsewhere,
}  # fmt: skip
"""What somebody does to a repository that is handed over; in this order: after the last, `.git` is not a folder any more."""
