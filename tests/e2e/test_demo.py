"""The demo, and what the program says without a terminal."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from tests.e2e.conftest import SECINGEST
from tests.rigs.waiting import wait_for


def run(*arguments: str | Path, home: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SECINGEST, *map(str, arguments)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
        env={**os.environ, "SECINGEST_HOME": str(home), **environ},
    )


def stack_processes(folder: Path) -> list[str]:
    """Command lines of processes that work in ``folder``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_the_story_holds_for_a_file_of_ones_own(tmp_path: Path) -> None:
    source, keep = tmp_path / "data.bin", tmp_path / "kept"
    source.write_bytes(os.urandom(3_000_000))
    done = run("demo", source, "--keep", keep, home=tmp_path / "home")
    assert done.returncode == 0, done.stderr
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert done.stdout.count(digest) == 2
    assert "Identical" in done.stdout
    steps = [line for line in done.stdout.splitlines() if line.strip()[0].isdigit()]
    assert len(steps) == 8
    assert (keep / "restored-data.bin").read_bytes() == source.read_bytes()
    assert not (tmp_path / "home").exists()  # the person's own home is never touched
    wait_for(lambda: not stack_processes(keep), "the end of the demo's stack")


def test_the_story_needs_no_file(tmp_path: Path) -> None:
    done = run("demo", home=tmp_path / "home", TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "README.md" in done.stdout
    wait_for(lambda: not list(tmp_path.glob("secingest-demo-*")), "the demo's folder to be removed")


def test_a_home_and_a_temporary_folder_with_long_paths(tmp_path: Path) -> None:
    """Neither leaves room for a socket's name (108 bytes)."""
    long = tmp_path / ("x" * 90)
    long.mkdir()
    done = run("stack", "status", "--json", home=long / "home", TMPDIR=str(long))
    assert done.returncode == 0, done.stderr


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    done = run("demo", tmp_path / "nothing", home=tmp_path / "home")
    assert done.returncode == 2
    assert "There is no file" in done.stderr


def test_without_a_terminal_it_points_at_the_demo(tmp_path: Path) -> None:
    done = run(home=tmp_path / "home")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "make demo" in done.stderr


def test_serve_names_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [*SECINGEST, "serve", "--port", "0"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "ADMIN_API_KEY" in done.stderr
    assert "TENANT_SECRET_PASSPHRASE" in done.stderr
