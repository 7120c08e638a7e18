"""Off Linux nothing can be held in a sandbox: what notes bring is run only on request, and what isn't held is told before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
# As on macOS, for kg and for the launcher, which is a process of its own and has no more than the standard library.
LAUNCHER = "import ctypes, runpy, sys\nsys.platform = 'darwin'\nrunpy.run_path({cage!r}, run_name='__main__')\n"
# An ordinary user also where the tests run as root: the other user that kg would take can't be shown Python's folder.
KG = """
import os, sys, types
sys.path.insert(0, {tests!r})
from program import _load
_load()
from kg.app.cli import run
from kg.base.process import cage, sandbox
sandbox.os = types.SimpleNamespace(**{{**vars(os), "geteuid": lambda: 501}})
cage.__file__ = {launcher!r}
sys.platform = "darwin"
sys.argv = ["kg", *sys.argv[1:]]
run()
"""
BLOCK = "import os, time\nopen(AT + '/ran', 'w').close()\nwhile not os.path.exists(AT + '/go'):\n    time.sleep(0.05)\n"


def _verify(folder: Path, shared: Path, *options: str) -> subprocess.Popen[str]:
    from kg.base.process import cage

    (folder / "concepts").mkdir(parents=True)
    shared.mkdir()
    block = f"AT = {str(shared)!r}\n{BLOCK}"
    (folder / "concepts/a.md").write_text(f"# A\n\n```python {{#a run claims=x}}\n{block}```\n", encoding="utf-8")
    launcher = folder / "launcher.py"
    launcher.write_text(LAUNCHER.format(cage=cage.__file__), encoding="utf-8")
    code = KG.format(tests=str(TESTS), launcher=str(launcher))
    command = [sys.executable, "-c", code, "verify", "-C", str(folder), "--only", "code", "--timeout", "60", *options]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(TESTS.parent)}
    )


@pytest.mark.parametrize(
    ("lang", "refused", "lacking"),
    [("en", "nothing of the notes was run", "it takes a network namespace"), ("zh", "没有运行笔记中的任何程序", "限制")],
)
def test_verify_refuses_and_says_what_is_lacking(tmp_path: Path, lang: str, refused: str, lacking: str) -> None:
    out, err = _verify(tmp_path, tmp_path / "shared", "--lang", lang).communicate(timeout=120)
    assert "Traceback" not in err
    assert refused in err
    assert lacking in err
    assert "--unsafe" in err
    assert out == ""
    assert list((tmp_path / "shared").iterdir()) == []
    assert not (tmp_path / "ontology/snapshot/evidence.jsonl").exists()


def test_unsafe_says_what_is_lacking_before_anything_runs(tmp_path: Path) -> None:
    """The block goes on only after the warning was read: one that came behind it would be waited for in vain."""
    process = _verify(tmp_path, tmp_path / "shared", "--unsafe", "--lang", "en")
    assert process.stderr is not None
    warning = process.stderr.readline()
    (tmp_path / "shared/go").touch()
    out, err = process.communicate(timeout=120)
    assert "no network" in warning
    assert "Traceback" not in err
    assert "verdicts written" in err, out
    assert sorted(path.name for path in (tmp_path / "shared").iterdir()) == ["go", "ran"]
