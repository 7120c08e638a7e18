"""The only module that calls git. Content is read from git's objects, and no repository can make git run a program.

A repository is searched for from a folder upwards, by its ``.git`` only. A folder laid out like a bare repository, which
the files of a commit can be, is never accepted: its settings could name programs.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import shlex
import stat
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Final, NamedTuple, TypeVar

from kg.base import process
from kg.base.errors import UsageError
from kg.base.gitignore import GITIGNORE
from kg.base.names import printable

T = TypeVar("T")

_SETTINGS: Final = (
    # Where repositories are accepted.
    "safe.bareRepository=explicit",
    # Settings that run a program.
    "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.pager=cat", "core.sshCommand=false", "core.askPass=false",
    "core.editor=false", "core.gitProxy=false", "core.alternateRefsCommand=false", "credential.helper=", "diff.external=",
    "interactive.diffFilter=", "log.showSignature=false", "gpg.program=false", "gc.auto=0", "maintenance.auto=false",
    # Settings that contact another server.
    "protocol.allow=never", "submodule.recurse=false", "fetch.recurseSubmodules=false",
    # Settings that change what is read.
    "core.attributesFile=/dev/null", "core.untrackedCache=false", "core.splitIndex=false", "core.quotePath=false",
    "color.ui=false", "i18n.logOutputEncoding=UTF-8",
)  # fmt: skip
"""Settings on the command line, which override those of the repository."""
_OPTIONS: Final = ("--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs")
_CLEAN: Final = {
    "LC_ALL": "C", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1",
    # Overrides `protocol.NAME.allow` of a repository, which `protocol.allow` doesn't.
    "GIT_ALLOW_PROTOCOL": "none",
}  # fmt: skip
_KEPT: Final = ("PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "DEVELOPER_DIR", "SUDO_UID")
"""Variables of kg's environment that git gets; others, such as GIT_DIR in a hook that calls kg, would change the result."""
_OF_THE_USER: Final = ("HOME", "USERPROFILE", "XDG_CONFIG_HOME")
"""Besides ``GIT_CONFIG…``, variables that locate the user's settings, used for the user's name and trusted folders."""
_SECONDS: Final = 120
_OUTPUT: Final = 256 << 20
_TEXT: Final = 50_000_000
"""Bytes above which a file isn't treated as text with varying line ends."""
_OBJECT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class GitOutput(NamedTuple):
    """The output of a call of git."""

    status: int
    data: bytes
    error: str
    """What git said. It may quote any file that the repository's settings include, so it is never shown."""


class TreeEntry(NamedTuple):
    """A file, link or submodule in a commit."""

    mode: str
    """Octal: 100644 and 100755 are files, 120000 links, 160000 submodules."""
    id: str
    size: int
    """In bytes; -1 if there is no content."""
    name: bytes
    """Path below the requested folder, with ``/``. The author of the commit chose it: it can be anything except empty."""

    @property
    def is_file(self) -> bool:
        """Whether this is a regular file."""
        return self.mode.startswith("100")

    @property
    def is_link(self) -> bool:
        """Whether this is a symbolic link."""
        return self.mode == "120000"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository and a requested folder of its working tree."""

    root: Path
    """The working tree, with links resolved."""
    below: str
    """The requested folder, as a path below `root` with ``/``; empty for the whole tree."""

    def call(self, *args: str, stdin: bytes = b"") -> GitOutput:
        """Run a git command. Raises UsageError if git takes too long, prints too much or rejects the owner."""
        return self.read(args, lambda stream: stream.read(_OUTPUT + 1), stdin)

    def read(self, args: Sequence[str], consume: Callable[[IO[bytes]], bytes], stdin: bytes = b"") -> GitOutput:
        """Like `call`; `consume` reads git's output and returns the data of the result."""
        answer = _run(args, self.root, _environment(self.root), consume, stdin)
        if answer.status and "dubious ownership" in answer.error:
            trusted = [f"safe.directory={name}" for name in _trusted_folders()]
            answer = _run(args, self.root, _environment(self.root), consume, stdin, trusted)
            if answer.status and "dubious ownership" in answer.error:
                raise UsageError(
                    f"git doesn't read {self.root}: it belongs to another user",
                    hint=f"if you trust it: git config --global --add safe.directory {shlex.quote(str(self.root))}",
                )
        return answer

    def commit_of(self, name: str) -> str | None:
        """Return the full id of the commit that a name refers to, or None. A name is never read as an option of git."""
        if not name or name.startswith("-") or "\0" in name:
            return None
        answer = self.call("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        said = answer.data.decode("ascii", "replace").strip()
        return said if answer.status == 0 and _OBJECT.fullmatch(said) else None

    def entries(self, commit: str) -> Iterator[TreeEntry]:
        """Yield the entries of a commit in the folder; none if the commit has no such folder.

        Raises UsageError if git can't read the commit: an unreadable entry must not look like a missing one.
        """
        tree = f"{commit}^{{tree}}"
        if self.below:
            found = self._tree_rows("-d", commit, "--", self.below)
            tree = found.split(b"\t")[0].split()[-1].decode("ascii", "replace") if found else ""
        if not tree:
            return
        for row in self._tree_rows("-r", "-l", tree).split(b"\0"):
            head, tab, name = row.partition(b"\t")
            parts = head.decode("ascii", "replace").split()
            if tab and len(parts) == 4 and _OBJECT.fullmatch(parts[2]):
                yield TreeEntry(parts[0], parts[2], int(parts[3]) if parts[3].isdigit() else -1, name)

    def _tree_rows(self, *args: str) -> bytes:
        answer = self.call("ls-tree", "-z", "--full-tree", *args)
        if answer.status != 0:
            raise unread_revision(answer)
        return answer.data

    def differs(self, commit: str) -> bool:
        """Return whether files in the folder differ from a commit, or are new and not ignored.

        Bytes on disk are compared with those of the commit, except line ends. Filters are not run: a file
        that a filter changes (Git LFS) differs.
        """
        folder = os.fsencode(self.root / self.below)
        for entry in self.entries(commit):
            if (entry.is_file or entry.is_link) and not _same(os.path.join(folder, entry.name), entry):  # noqa: PTH118  # bytes
                return True
        _refuse_endless_ignores(self.root, self.below)
        others = self.call("ls-files", "-z", "--others", "--exclude-standard", "--", self.below or ".")
        return others.status == 0 and bool(others.data)

    def subjects(self, since: str, until: str) -> tuple[str, ...]:
        """Return short ids and subjects of the commits that touch the folder between two times, newest first."""
        times = (f"--since={since}", f"--until={until}")
        answer = self.call("rev-list", "--format=%h %s", *times, "HEAD", "--", self.below or ".")
        lines = answer.data.decode("utf-8", "replace").splitlines() if answer.status == 0 else []
        return tuple(lines[1::2])  # before each is a line with the full id of the commit


def find_repository(folder: Path) -> Repository | None:
    """Return the repository whose working tree contains the folder; None if there is none, or if git is missing.

    The first ``.git`` found upwards is used if git created it: a repository, or a file that points to one. Raises UsageError
    if a pipe or a device lies in it.
    """
    if process.find("git") is None:
        return None
    folder = Path(os.path.realpath(folder))
    for root in (folder, *folder.parents):
        own = _repository_of(root / ".git")
        if own is not None:
            _refuse_endless(own)
            below = folder.relative_to(root).as_posix()
            return Repository(root, "" if below == "." else below)
    return None


def unread_revision(answer: GitOutput) -> UsageError:
    """Return the error for a revision that git can't read whole."""
    why = f"status {answer.status}" if answer.status else "objects are missing"
    return UsageError(
        f"git can't read the revision: {why}",
        hint="'git fsck' says what is lacking; fetch it whole: git fetch --refetch, or clone again",
    )


def read_identity(folder: Path) -> tuple[str, str]:
    """Return `user.name` and `user.email` from git's settings for a folder; empty if not set."""
    if process.find("git") is None:
        return "", ""
    found = find_repository(folder)
    place, environment = (found.root, _environment(found.root)) if found else (Path(os.sep), {"GIT_DIR": os.devnull})
    users = _user_environment(environment)

    def value(key: str) -> str:
        answer = _run(("config", "--get", key), place, users, lambda stream: stream.read(4096))
        return " ".join(answer.data.decode("utf-8", "replace").split()) if answer.status == 0 else ""

    return value("user.name"), value("user.email")


def _repository_of(path: Path) -> Path | None:
    """Return the folder of a repository that git would probably accept: a ``.git``, or what it points to; git checks more."""
    if path.is_dir():
        return path if all(os.path.lexists(path / name) for name in ("HEAD", "objects", "refs")) else None
    try:
        with path.open("rb") if path.is_file() else io.BytesIO() as file:
            head, _, name = file.read(4096).partition(b" ")
    except OSError:
        return None
    name = name.strip()
    return path.parent / os.fsdecode(name) if head == b"gitdir:" and name and b"\0" not in name else None


@cache  # a repository is walked once, not at each call; a pipe that comes later ends at the limit of time
def _refuse_endless(path: Path) -> None:
    """Raise UsageError if a pipe or a device lies in a repository: git would wait for its data, or read it without end.

    A socket may be one of git's own, and can't be opened as a file.
    """
    # What a file points to can be any folder, even the root of the file system.
    queue = [path] if os.path.lexists(path / "HEAD") else []
    with contextlib.suppress(OSError):
        if queue and (path / "commondir").is_file():  # of a linked work tree: objects and references are there
            queue.append(path / os.fsdecode((path / "commondir").read_bytes()[:4096].strip()))
    while queue:
        try:
            with os.scandir(queue.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        queue.append(Path(entry.path))
                    elif not entry.is_file() and _is_endless(entry.path):
                        raise _endless(entry.path)
        except OSError:
            continue  # it is gone by now, or git can't read it either


def _refuse_endless_ignores(root: Path, below: str) -> None:
    """Raise UsageError if a `.gitignore` is a pipe or a device, in the folder, in one below it or between it and the root."""
    folder = root / below
    between = [] if folder == root else [root, *(p for p in folder.parents if p.is_relative_to(root) and p != root)]
    for place in (*map(str, between), *(top for top, _, names in os.walk(folder) if GITIGNORE in names)):
        path = os.path.join(place, GITIGNORE)  # noqa: PTH118  # paths that needn't be text
        if _is_endless(path):
            raise _endless(path)


def _endless(path: str) -> UsageError:
    return UsageError(
        f"{printable(path)} is a pipe or a device: git would wait for it", hint=f"remove it: rm {shlex.quote(path)}"
    )


def _is_endless(path: str) -> bool:
    with contextlib.suppress(OSError):
        seen = os.stat(path)  # noqa: PTH116  # paths that needn't be text
        if stat.S_ISCHR(seen.st_mode):
            # Hooks and locks are often turned off by a link to the device that ends at once.
            return seen.st_rdev != os.stat(os.devnull).st_rdev  # noqa: PTH116
        return stat.S_ISFIFO(seen.st_mode) or stat.S_ISBLK(seen.st_mode)
    return False


def _environment(root: Path) -> dict[str, str]:
    """Return the complete environment of a call: git may search `root`, and no further up."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_CLEAN, "GIT_CEILING_DIRECTORIES": str(root.parent), "GIT_WORK_TREE": str(root)}


def _user_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which git reads the settings of the user and of the machine."""
    clean = {k: v for k, v in {**_CLEAN, **environment}.items() if not k.startswith("GIT_CONFIG")}
    users = {k: v for k, v in os.environ.items() if k in _KEPT or k in _OF_THE_USER or k.startswith("GIT_CONFIG")}
    return {**clean, **users}


def _trusted_folders() -> list[str]:
    """Return the folders of other users that the user or the administrator has configured git to trust."""
    users = _user_environment({"GIT_DIR": os.devnull})
    folders: list[str] = []
    for scope in ("--system", "--global"):
        answer = _run(
            ("config", scope, "-z", "--get-all", "safe.directory"), Path(os.sep), users, lambda stream: stream.read(1 << 20)
        )
        folders += [name for name in answer.data.decode("utf-8", "replace").split("\0")[:-1] if answer.status == 0]
    return folders


def _run(
    args: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    consume: Callable[[IO[bytes]], bytes],
    stdin: bytes = b"",
    more: Sequence[str] = (),
) -> GitOutput:
    program = process.find("git")
    if program is None:
        raise UsageError("git is not installed", hint="give the output folders of two builds instead")
    settings = [part for setting in (*_SETTINGS, *more) for part in ("-c", setting)]
    command = [program, *_OPTIONS, *settings, *args]
    with contextlib.ExitStack() as stack:
        told = stack.enter_context(tempfile.TemporaryFile())
        asked: IO[bytes] | int = subprocess.DEVNULL
        if stdin:
            asked = stack.enter_context(tempfile.TemporaryFile())
            asked.write(stdin)
            asked.seek(0)
        try:
            running = subprocess.Popen(  # noqa: S603  # the command is kg's own; a name from outside is never an option
                command, cwd=folder, env=dict(environment), stdin=asked, stdout=subprocess.PIPE, stderr=told
            )
        except OSError as error:
            raise UsageError(f"can't run git: {error}", hint="does 'git --version' work?") from None
        assert running.stdout is not None  # noqa: S101  # it is a pipe
        late = threading.Event()

        def stop() -> None:
            late.set()
            running.kill()

        timer = threading.Timer(_SECONDS, stop)
        timer.daemon = True
        timer.start()
        try:
            data = consume(running.stdout)
            if not running.stdout.read(1):
                running.wait()
        finally:
            timer.cancel()
            running.kill()
            running.stdout.close()
            status = running.wait()
        told.seek(0)
        error_text = told.read(1 << 16).decode("utf-8", "replace").strip()
    if late.is_set() or len(data) > _OUTPUT:
        what = f"takes longer than {_SECONDS} seconds" if late.is_set() else f"says more than {_OUTPUT >> 20} MB"
        raise UsageError(f"git {args[0]} {what} in {folder}", hint="is the repository damaged? check it with 'git fsck'")
    return GitOutput(status, data, error_text)


def _same(path: bytes, entry: TreeEntry) -> bool:
    """Return whether a file or link on disk has the content of an entry, except for line ends."""
    try:
        seen = os.lstat(path)
        if entry.is_link:
            return stat.S_ISLNK(seen.st_mode) and _blob_id([os.readlink(path)], entry) == entry.id  # noqa: PTH115  # bytes
        # CRLF can only make a file longer than git's content, and at most twice as long.
        longest = entry.size if entry.size > _TEXT else 2 * entry.size
        if not stat.S_ISREG(seen.st_mode) or not entry.size <= seen.st_size <= longest:
            return False
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with os.fdopen(os.open(path, flags), "rb") as file:
            if seen.st_size == entry.size:
                return _blob_id(iter(lambda: file.read(1 << 20), b""), entry) == entry.id
            data = file.read(longest).replace(b"\r\n", b"\n")
    except OSError:
        return False
    return len(data) == entry.size and _blob_id([data], entry) == entry.id


def _blob_id(parts: Iterable[bytes], entry: TreeEntry) -> str:
    """Return git's id of a content of the entry's size: SHA-1, or SHA-256 in repositories that use it."""
    head = b"blob %d\0" % entry.size
    digest = hashlib.sha256(head) if len(entry.id) == 64 else hashlib.sha1(head, usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
