"""The image of the Dockerfile is built where a builder is: it is small, and kg runs in it without root."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MOST = 500_000_000
"""Bytes of the image, unpacked."""
AT_FIRST = "kg --version && id -u && kg init new && kg build -C new --strict"
"""What is run in the image."""


def _run(*command: str) -> str:
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=1500)
    assert ran.returncode == 0, ran.stderr[-4000:]
    return ran.stdout


def _judge(size: int, output: str) -> None:
    assert size <= MOST
    version, user, *built = output.splitlines()
    assert (version.startswith("kg, version "), user) == (True, "10001")
    assert any("concept_association 100% (3 of 3)" in line for line in built)


@pytest.mark.skipif(not any(map(shutil.which, ("docker", "podman"))), reason="docker and podman are missing")
def test_the_image_is_small_and_runs_without_root() -> None:
    builder = next(name for name in ("docker", "podman") if shutil.which(name))
    if subprocess.run([builder, "info"], capture_output=True, check=False).returncode:
        pytest.skip(f"{builder} doesn't run on this machine")
    _run(builder, "build", "-q", "-t", "kg-test", ".")
    size = int(_run(builder, "image", "inspect", "-f", "{{.Size}}", "kg-test"))
    command = f"cd /tmp && {{ {AT_FIRST}; }} 2>&1"
    _judge(size, _run(builder, "run", "--rm", "--entrypoint", "sh", "kg-test", "-c", command))


@pytest.fixture
def buildah(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Buildah with a storage of its own, which needs neither a service nor a registry."""
    storage = ("buildah", "--root", str(tmp_path / "root"), "--runroot", str(tmp_path / "run"), "--storage-driver", "vfs")
    yield lambda *arguments: _run(*storage, *arguments)
    _run(*storage, "rm", "--all")


@pytest.mark.weekly
@pytest.mark.skipif(not all(map(shutil.which, ("buildah", "debootstrap"))), reason="buildah and debootstrap are missing")
@pytest.mark.skipif(os.geteuid() != 0, reason="debootstrap needs root")
def test_the_image_is_made_from_packages_of_debian(buildah: Callable[..., str], tmp_path: Path) -> None:
    """Without a registry of images: the base is made of Debian's packages, and steps run in a changed root."""
    rootfs = tmp_path / "rootfs"
    _run("debootstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", "trixie", str(rootfs))
    (rootfs / "usr/bin/python").symlink_to("python3")
    for folder in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale", "usr/share/man"):
        shutil.rmtree(rootfs / folder)
        (rootfs / folder).mkdir()
    base = buildah("from", "scratch").strip()
    buildah("add", "-q", base, str(rootfs), "/")
    buildah("commit", "-q", base, "localhost/base")
    # Its default limits are higher than a container may set.
    limits = [
        f"--ulimit={name}={':'.join(map(str, resource.getrlimit(number)))}"
        for name, number in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC))
    ]
    # The package index and the authorities are those of this machine.
    shared = [f"--volume={path}:{path}:ro" for path in ("/etc/ssl/certs", "/etc/pip.conf") if Path(path).exists()]
    how = ["--isolation=chroot", *limits]
    buildah("build", *how, *shared, "--pull=never", "--build-arg", "BASE=localhost/base", "-t", "kg-test", ".")
    container = buildah("from", *how, "--pull-never", "kg-test").strip()
    mounted = Path(buildah("mount", container).strip())
    size = sum(path.lstat().st_size for path in mounted.rglob("*") if not path.is_dir())
    command = f"cd /tmp && {{ {AT_FIRST}; }} 2>&1"
    _judge(size, buildah("run", "--isolation=chroot", container, "--", "sh", "-c", command))
