"""Escapes from the cage and floods in it, as data, and a program that tries them where the system gives more or less.

    python escapes.py SITUATION     prints one JSON object a line: name, kind, ok, how

`root`, `no groups` (root without control groups), `container` (root without the right to mount, without control groups and
without signals to others' processes, as in a plain container), `user`, and `no namespaces` (a user without user namespaces), and
`old` (the same with Landlock as it was at first, in Linux 5.13). Who isn't root can try the last three.
"""
# ruff: noqa: E501  # each attack is a line

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

SITUATIONS = ("root", "no groups", "container", "user", "no namespaces", "old")
MB = 1 << 20
_USER = 60_999

# What all attacks have. `attempt` is for what must be refused; `grow` for what must be stopped before it is beyond all measure.
_PRELUDE = """\
import ctypes, errno, mmap, os, signal, socket, struct, sys, threading, time
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.mmap.restype = ctypes.c_void_p
ARM = os.uname().machine == "aarch64"
MB = 1 << 20
def held(text):
    print("held:", text, flush=True)
def escaped(text=""):
    print("ESCAPED", text, flush=True)
def attempt(function, *arguments):
    try:
        result = function(*arguments)
    except OSError as error:
        held(errno.errorcode.get(error.errno, str(error)))
    except MemoryError:
        held("no memory")
    else:
        escaped(repr(result))
def call(x86, arm, *arguments):
    result = LIBC.syscall(arm if ARM else x86, *arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
def grow(step, most):
    total = 0
    try:
        while total < most:
            total += step()
        escaped(f"{total} of {most}")
    except OSError as error:
        held(errno.errorcode.get(error.errno, str(error)))
        sys.exit(1)
    except MemoryError:
        held("no memory")
        sys.exit(1)
def spread(function, number):
    '''Run something in so many processes, and wait for them.'''
    for _ in range(number):
        try:
            if os.fork() == 0:
                try:
                    function()
                finally:
                    os._exit(0)
        except OSError:
            break
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
"""


class Attack(NamedTuple):
    """What a program tries. It says `ESCAPED` where it got what it wanted."""

    kind: str
    name: str
    code: str


_FILL = "block = bytes(MB)\n"
_ATTACKS: Mapping[str, Mapping[str, str]] = {
    "memory": {
        "one large array": "kept = []\ngrow(lambda: kept.append(bytearray(8 * MB)) or 8, 600)",
        "many processes, each below the limit": (
            "def take():\n    kept = bytearray(40 * MB)\n    for i in range(0, len(kept), 4096): kept[i] = 1\n    time.sleep(9)\n"
            "spread(take, 7)\nprint('END')"
        ),
        "memory without mapping (memfd)": (
            _FILL + "fd = os.memfd_create('x') if hasattr(os, 'memfd_create') else call(319, 279, b'x', 0)\n"
            "grow(lambda: os.write(fd, block) // MB, 600)"
        ),
        "System V shared memory": "attempt(call, 29, 194, 0, 256 * MB, 0o1600)",
        "POSIX shared memory in /dev/shm": (
            _FILL + "fd = os.open('/dev/shm/kg-escape', os.O_CREAT | os.O_RDWR)\ngrow(lambda: os.write(fd, block) // MB, 600)"
        ),
        "shared memory that isn't mapped any more": (
            "def step():\n    m = mmap.mmap(-1, 8 * MB)\n    for i in range(0, len(m), 4096): m[i] = 1\n    m.madvise(mmap.MADV_DONTNEED)\n"
            "    kept.append(m)\n    return 8\nkept = []\ngrow(step, 600)"
        ),
        "full pipes": (
            "kept = []\ndef step():\n    r, w = os.pipe()\n    kept.append((r, w))\n    os.set_blocking(w, False)\n    n = 0\n"
            "    try:\n        while True: n += os.write(w, bytes(65536))\n    except BlockingIOError: return max(1, n // MB)\n"
            "grow(step, 600)"
        ),
        "full sockets in many processes": (
            "def take():\n    kept = []\n    try:\n        while True:\n            a, b = socket.socketpair()\n            kept.append((a, b))\n"
            "            a.setblocking(False)\n            try:\n                while True: a.send(bytes(65536))\n"
            "            except BlockingIOError: pass\n    except OSError: time.sleep(1)\nspread(take, 7)\nprint('END')"
        ),
        "POSIX message queues": "attempt(call, 240, 180, b'kg-escape', os.O_CREAT | os.O_RDWR, 0o600, 0)",
        "a large stack": (
            "threading.stack_size(512 * MB)\ndef f(): pass\ntry: t = threading.Thread(target=f); t.start(); t.join(); print('END')\n"
            "except (RuntimeError, MemoryError): held('no memory')"
        ),
    },
    "files": {
        "one large file": _FILL + "f = os.open('x', os.O_CREAT | os.O_WRONLY)\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "grow(lambda: os.write(f, block) // MB, 400)",
        "many files": _FILL + "def step():\n    n[0] += 1\n    with open(str(n[0]), 'wb', 0) as f: return sum(f.write(block) for _ in range(4)) // MB\n"
        "n = [0]\ngrow(step, 400)",
        "removed files that stay open": _FILL + "def step():\n    n[0] += 1\n    f = open(str(n[0]), 'wb', 0)\n    kept.append(f)\n    os.unlink(str(n[0]))\n"
        "    return sum(f.write(block) for _ in range(4)) // MB\nn = [0]\nkept = []\ngrow(step, 400)",
        "files without a name": _FILL + "def step():\n    fd = os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)\n    return sum(os.write(fd, block) for _ in range(4)) // MB\n"
        "grow(step, 400)",
        "a file of 1 TB with nothing in it": "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nattempt(os.truncate, os.open('x', os.O_CREAT | os.O_RDWR), 1 << 40)",
        "empty files without end": "def step():\n    n[0] += 1\n    os.close(os.open(str(n[0]), os.O_CREAT))\n    return 1\nn = [0]\ngrow(step, 60_000)",
        "hard links without end": "def step():\n    n[0] += 1\n    os.link('x', str(n[0]))\n    return 1\nn = [0]\nopen('x', 'w').close()\ngrow(step, 60_000)",
        "links and pipes without end": "def step():\n    n[0] += 1\n    os.symlink('/', f'l{n[0]}')\n    os.mkfifo(f'p{n[0]}')\n    return 2\nn = [0]\ngrow(step, 60_000)",
        "folders with mode 0": "for i in range(50):\n    os.mkdir(f'd{i}')\n    open(f'd{i}/x', 'w').close()\n    try: os.chmod(f'd{i}', 0)\n    except OSError: os.mkdir(f'e{i}', 0)\nprint('END')",
        "3,000 nested folders": "for i in range(3000):\n    os.mkdir('d')\n    os.chdir('d')\nprint('END')",
        "names of 255 characters, nested": "for i in range(300):\n    os.mkdir('n' * 255)\n    os.chdir('n' * 255)\nprint('END')",
    },
    "processes": {
        "a fork bomb": "while True:\n    try: os.fork()\n    except OSError: pass",
        "a process that leaves its family": "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        os.closerange(0, 9)\n        time.sleep(99)\n    os._exit(0)\nprint('END')",
        "processes that ignore every signal": "for s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "if os.fork() == 0: time.sleep(99)\nprint('END')",
        "zombies": "n = 0\nfor _ in range(300):\n    try:\n        if os.fork() == 0: os._exit(0)\n        n += 1\n    except OSError as error:\n        held(errno.errorcode[error.errno]); break\n"
        "else: escaped(n)",
        "threads without end": "def f(): time.sleep(9)\nthreading.stack_size(65536)\nn = 0\ntry:\n    while n < 300:\n        threading.Thread(target=f, daemon=True).start()\n        n += 1\n    escaped(n)\n"
        "except RuntimeError: held('no more threads')\nos._exit(1)",
        "one that stops itself": "os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(9)",
        "children that are stopped": "for _ in range(3):\n    if os.fork() == 0:\n        os.kill(os.getpid(), signal.SIGSTOP)\n        time.sleep(99)\nprint('END')",
        "a loop without end": "while True: pass",
        "sleep without end": "time.sleep(99)",
        "output without end": "while True: print('x' * 10_000)",
        "messages without end": "while True: sys.stderr.write('x' * 10_000)",
    },
    "reading": {
        "a file of the user": "attempt(lambda: open(HOME + '/secret').read())",
        "names of the user's files": "attempt(os.listdir, HOME)",
        "the machine's users": "attempt(lambda: open('/etc/passwd').read())",
        "another process's environment": "attempt(lambda: open(f'/proc/{VICTIM}/environ').read())",
        "the launcher's memory": "attempt(lambda: open(f'/proc/{os.getppid()}/mem', 'rb').read(1))",
        "open files of kg": "left = []\nfor fd in range(3, 1024):\n    try: os.fstat(fd)\n    except OSError: continue\n    left.append(fd)\nescaped(left) if left else held('none')",
        "variables of kg": "held('none') if 'KG_ESCAPE_SECRET' not in os.environ else escaped()",
        "the disks": "attempt(lambda: [open('/dev/' + n, 'rb').read(1) for n in ('vda', 'sda', 'nvme0n1', 'mem')])",
    },
    "writing": {
        "a file of the user": "attempt(lambda: open(HOME + '/secret', 'w').write('x'))",
        "a new file of the user": "attempt(lambda: open(HOME + '/left', 'w').write('x'))",
        "the temporary folder": "attempt(lambda: open('/tmp/kg-escape', 'w').write('x'))",
        "the folder above": "attempt(lambda: open('../left', 'w').write('x'))",
        "mode and time of the user's files": "attempt(os.chmod, HOME + '/secret', 0o600)\nattempt(os.utime, HOME + '/secret', (1, 1))",
        "the length of a file of the user": "attempt(os.truncate, HOME + '/secret', 0)",
        "a link to a file of the user": "attempt(os.link, HOME + '/secret', 'kept')",
        "the name of a file that kg reads, as a link": "os.symlink(HOME + '/secret', 'kept')\nprint('END')",
        "the kernel's settings": "attempt(lambda: open('/proc/sys/kernel/core_pattern', 'w').write('x'))",
        "kg's own program": "attempt(lambda: open(KG + '/cage.py', 'a').write('#'))",
    },
    "network": {
        "TCP": "attempt(socket.create_connection, ('127.0.0.1', PORT), 1)",
        "UDP": "attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT)))",
        "sockets of this machine": "attempt(lambda: socket.socket(socket.AF_UNIX).connect('\\0kg-escape-' + str(PORT)))",
        "raw packets": "attempt(socket.socket, socket.AF_INET, socket.SOCK_RAW, 1)",
        "netlink": "attempt(socket.socket, 16, socket.SOCK_RAW, 0)",
        "sockets by io_uring": "attempt(call, 425, 425, 8, ctypes.create_string_buffer(120))",
    },
    "kernel": {
        "tracing another process": "attempt(call, 101, 117, 16, VICTIM, 0, 0)",
        "another process's memory": "attempt(call, 310, 270, VICTIM, 0, 0, 0, 0, 0)",
        "signals to another process": "attempt(os.kill, VICTIM, 9)",
        "signals by what happens to a file": (
            "import fcntl\nr, w = os.pipe()\nattempt(fcntl.fcntl, r, 8, VICTIM)\nattempt(fcntl.ioctl, r, 0x8901, struct.pack('i', VICTIM))"
        ),
        "limits of another process": "import resource\nattempt(resource.prlimit, VICTIM, resource.RLIMIT_CPU, (0, 0))",
        "priorities of other processes": "attempt(os.setpriority, os.PRIO_PROCESS, VICTIM, 19)\nattempt(os.sched_setaffinity, VICTIM, [0])",
        "mounting": "attempt(call, 165, 40, b'x', b'.', b'tmpfs', 0, 0)",
        "new namespaces": "attempt(call, 272, 97, 0x10000000)\nattempt(call, 56, 220, 0x10000000 | 17, 0, 0, 0, 0)",
        "namespaces of others": "attempt(call, 308, 268, 0, 0)",
        "another root": "attempt(os.chroot, '.')",
        "files by their handles": "attempt(call, 304, 265, -1, 0, 0)",
        "keyrings": "attempt(call, 250, 219, 1, 0)",
        "performance counters": "attempt(call, 298, 241, ctypes.create_string_buffer(b'\\1' + bytes(127)), 0, -1, -1, 0)",
        "programs in the kernel (bpf)": "attempt(call, 321, 280, 0, ctypes.create_string_buffer(120), 120)",
        "faults of memory": "attempt(call, 323, 282, 1)",
        "programs with the rights of root": "os.system('su -c true 2>/dev/null; mount -t tmpfs x . 2>/dev/null')\nescaped() if os.geteuid() == 0 or "
        "'NoNewPrivs:\\t1' not in (open('/proc/self/status').read() if os.path.isdir('/proc/self') and os.access('/proc/self/status', 4) else 'NoNewPrivs:\\t1') "
        "or LIBC.prctl(39, 0, 0, 0, 0) != 1 else held('no new rights')",
        "rights of root again": "attempt(os.setuid, 0)",
        "calls of another ABI": "if ARM: held('no such ABI')\nelse: attempt(call, 0x40000029, 0, 2, 1, 0)",
    },
}  # fmt: skip
ATTACKS = tuple(Attack(kind, name, code) for kind, some in _ATTACKS.items() for name, code in some.items())


def main(situation: str) -> None:
    """Enter a situation and try all; each result is a line of JSON."""
    place = Path(tempfile.mkdtemp(prefix="kg-escapes-"))
    try:
        place.chmod(0o755)
        home = place / "home"
        home.mkdir()
        (home / "secret").write_text("the secret", encoding="utf-8")
        here = Path(__file__).resolve()
        shutil.copyfile(here, place / "escapes.py")
        shutil.copytree(here.parents[2] / "kg", place / "lib" / "kg", ignore=shutil.ignore_patterns("__pycache__"))
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                _enter(situation, place)
            os._exit(125)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.exit(status)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _enter(situation: str, place: Path) -> None:
    """Become what the situation says, and go on as another program."""
    sys.path.insert(0, str(place / "lib"))
    from kg.base.process import calls

    libc = ctypes.CDLL(None, use_errno=True)
    python = Path(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
    prefix = Path(os.path.realpath(sys.base_prefix))
    if os.geteuid() == 0:
        # An ordinary user must reach the interpreter, wherever it is.
        assert libc.unshare(0x20000) == 0
        libc.mount(None, b"/", None, 0x44000, None)
        (place / "python").mkdir()
        assert libc.mount(os.fsencode(prefix), os.fsencode(place / "python"), None, 0x5000, None) == 0
        python = place / "python" / python.relative_to(prefix)
        os.environ["LD_LIBRARY_PATH"] = str(place / "python" / "lib")
        if situation in ("no groups", "container"):
            libc.mount(b"tmpfs", b"/sys/fs/cgroup", b"tmpfs", 0, None)
        if situation == "container":
            # What remains is what the engines of containers leave to root.
            for right in set(range(41)) - {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}:
                libc.prctl(24, right, 0, 0, 0)
        if situation in ("user", "no namespaces", "old"):
            for path in (place / "home", place / "home" / "secret"):
                os.chown(path, _USER, _USER)
            os.setgroups([])
            os.setgid(_USER)
            os.setuid(_USER)
    if situation in ("no namespaces", "old"):
        spaces = [rule for rule in calls.NEVER if rule.call in ("unshare", "clone", "clone3")]
        libc.prctl(38, 1, 0, 0, 0)
        code = ctypes.create_string_buffer(calls.compile_filter(spaces))
        assert libc.prctl(22, 2, struct.pack("HP", (len(code) - 1) // 8, ctypes.addressof(code)), 0, 0) == 0
    os.environ |= {"PYTHONPATH": str(place / "lib"), "HOME": str(place / "home"), "KG_ESCAPE_SECRET": "the secret"}
    os.execv(python, [str(python), "-B", str(place / "escapes.py"), "inside", situation])  # noqa: S606


def inside(situation: str) -> None:
    """Try all, in the situation that this process is in."""
    from kg.base.process import sandbox

    if situation == "old":
        sandbox._ABI = 1
    place = Path(__file__).resolve().parent
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        port = server.getsockname()[1]
        local.bind(f"\0kg-escape-{port}")
        local.listen()
        victim = subprocess.Popen(["sleep", "600"])
        try:
            head = (
                f"{_PRELUDE}\nHOME = {str(place / 'home')!r}\nPORT = {port}\nVICTIM = {victim.pid}\n"
                f"KG = {str(Path(sandbox.__file__).parent)!r}\n"
            )
            with ThreadPoolExecutor(8) as pool:
                for attack, result in zip(ATTACKS, pool.map(lambda a: _try(head, a), ATTACKS), strict=True):
                    print(json.dumps({"kind": attack.kind, "name": attack.name, **result}), flush=True)
            faults = []
            if victim.poll() is not None:
                faults.append("another process was ended")
            for listener in (server, local):
                listener.settimeout(0)
                with contextlib.suppress(BlockingIOError):
                    listener.accept()
                    faults.append("a connection came in")
        finally:
            victim.kill()
            victim.wait(60)
    if (place / "home" / "secret").read_text(encoding="utf-8") != "the secret" or len(os.listdir(place / "home")) != 1:  # noqa: PTH208
        faults.append("files of the user were changed")
    if (place / "home" / "secret").stat().st_mtime < 1e9 or os.path.lexists("/tmp/kg-escape"):  # noqa: S108
        faults.append("files were changed")
    left = [pid for pid in os.listdir("/proc") if pid.isdigit() and _is_ours(pid)]  # noqa: PTH208
    if left:
        faults.append(f"processes are left: {left}")
    how = ", ".join(faults) or "nothing is left, nothing is changed"
    print(json.dumps({"kind": "all", "name": "what is left afterwards", "ok": not faults, "how": how}), flush=True)


def _script() -> str:
    """A name by which the programs of this run are known."""
    return f"escape-{os.getpid()}.py"


def _is_ours(pid: str) -> bool:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return os.fsencode(_script()) in words
    return False


def _try(head: str, attack: Attack) -> dict[str, Any]:
    from kg.base.process import sandbox
    from kg.base.process.sandbox import SandboxLimits

    python, name = os.path.realpath(sys.executable), _script()
    limits = SandboxLimits(
        seconds=3, memory=64 * MB, file=8 * MB, disk=16 * MB, output=100_000, processes=8, address=0, entries=1_000
    )
    result = sandbox.run(
        [python, "-I", "-S", "-B", name], {name: head + attack.code}, limits=limits, keep=("kept",),
        tools=[Path(os.path.realpath(sys.base_prefix))], environment={"LD_LIBRARY_PATH": f"{sys.base_prefix}/lib"},
    )  # fmt: skip
    said = list(dict.fromkeys(re.findall(r"^held: (.*)$", result.stdout, re.MULTILINE)))
    missing = [name for name, holds in result.held.items() if not holds]
    ok = "ESCAPED" not in result.stdout and bool(result.held) and not missing and not result.files
    ends = {
        "time": "ended at its time", "output": "ended: output", "memory": f"ended: {result.by.get('memory')}",
        "disk": f"ended: {result.by.get('disk')}", "processes": "ended: processes",
    }  # fmt: skip
    if result.ended:
        how = ends[result.ended]
    elif said:
        how = ", ".join(said)
    elif result.status in (137, 159):
        how = {137: "killed by the kernel", 159: "ended by the filter of calls"}[result.status]
    elif result.stdout.endswith("END\n") and result.status == 0:
        how = "ended and removed with the run"
    else:
        lines = result.stderr.strip().splitlines() or [f"status {result.status}"]
        how = lines[-1][:120]
        # Python says itself what was refused.
        ok = ok and bool(re.search(r"Error", how))
        how = re.sub(r"^(\w+Error): (?:\[Errno \d+\] )?([^:]*).*", r"\2", how)
    return {"ok": ok, "how": how}


if __name__ == "__main__":
    inside(sys.argv[2]) if sys.argv[1] == "inside" else main(sys.argv[1])
