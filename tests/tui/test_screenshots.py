"""The pictures in ``screenshots/`` show every screen of the application as it is now, on the same data."""

from __future__ import annotations

import hashlib
import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.screens import screens_there_are

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "screenshots"


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Where the pictures were taken once more, and the class of the screen that each shows."""
    folder = tmp_path_factory.mktemp("screenshots")
    done = subprocess.run(
        [sys.executable, str(PICTURES / "take.py"), "--out", str(folder), "--svg-only"],
        check=False, timeout=600, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder, dict(line.split() for line in done.stdout.splitlines())


VOLATILE = (
    (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.]*(Z|\+00:00)?|[0-9]{2}:[0-9]{2}:[0-9]{2}Z", "MOMENT"),
    (r"127\.0\.0\.1:[0-9]*", "SERVER"),
    (r"/tmp/secingest-screenshots-\w+", "HOME"),
    (r"\S+-[0-9]+ \([A-Z0-9]{16,}\)", "WORKER"),
    (r"[0-9][0-9.,]*(/s)? (ms|s|min|h|B/s|KiB/s|MiB/s)\b", "SOME"),
    (r"SOME( SOME)+", "SOME"),
    (r"(SOME.*) \S*…", r"\1"),  # how much of a line has room after it
)
"""What differs from run to run, and what stands for it: the rest has to be the same."""
CODE = re.compile(r"[0-9a-f]{12,}|[A-Z0-9]{16,}|[A-Za-z0-9+/=]{40,}|[A-Za-z0-9+/]{10,}=")
"""Ids, digests, access keys and base64."""
TURNS = re.compile(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")


def is_code(word: str) -> bool:
    """No two runs have it: by its form, or cut with digits in it, or the end of one that was wrapped."""
    cut = "…" in word and re.search("[0-9]", word)
    return bool(
        cut or CODE.search(word) or len(TURNS.findall(word)) > 3 or re.search(r'^[^"{]+=?"[,}]*$', word)
    )


def words(picture: Path) -> list[str]:
    """The words of a picture, without what differs from run to run."""
    found = re.findall(r"<text [^>]*>(.*?)</text>", picture.read_text(encoding="utf-8"))
    lines = [html.unescape(line).replace("\xa0", " ") for line in found]
    for pattern, stand_in in VOLATILE:
        lines = [re.sub(pattern, stand_in, line) for line in lines]
    # Sparklines and bars show what was measured.
    return [
        word
        for word in " ".join(lines).split()
        if not re.fullmatch("[▁▂▃▄▅▆▇█]+", word) and not is_code(word)
    ]


def test_the_pictures_are_current(taken: tuple[Path, dict[str, str]]) -> None:
    folder, shown = taken
    assert set(shown) == {path.stem for path in PICTURES.glob("*.svg")}
    stale = [
        name for name in sorted(shown) if words(folder / f"{name}.svg") != words(PICTURES / f"{name}.svg")
    ]
    assert not stale, f"run make screenshots and look at them: {stale}"


def made_from(image: Path) -> str:
    """The SHA-256 of the SVG that a PNG says it was made of."""
    found = re.search(rb"tEXtsvg-sha256\0([0-9a-f]{64})", image.read_bytes()[:200])
    return found[1].decode() if found else ""


def test_each_png_is_made_of_the_svg_beside_it() -> None:
    images = sorted(PICTURES.glob("*.png"))
    assert images
    for image in images:
        drawn = image.with_suffix(".svg").read_bytes()
        assert made_from(image) == hashlib.sha256(drawn).hexdigest(), f"run make screenshots: {image.name}"


def test_what_the_readme_shows_is_there() -> None:
    shown = re.findall(r"\(screenshots/([a-z-]+\.png)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert shown
    assert not [name for name in shown if not (PICTURES / name).exists()]


def test_every_screen_has_a_picture(taken: tuple[Path, dict[str, str]]) -> None:
    """Walks the classes of screens: a new one fails without a picture or a name among the bases."""
    _, shown = taken
    assert screens_there_are() | {"TooSmallScreen"} == set(shown.values())


def test_every_picture_is_judged() -> None:
    """The design review speaks of each picture by its name, and of none that is not there."""
    review = (ROOT / "docs" / "design-review.md").read_text(encoding="utf-8")
    judged = re.findall(r"^\| \[([a-z-]+)\]\(\.\./screenshots/\1\.svg\) \|", review, re.MULTILINE)
    assert sorted(judged) == sorted(path.stem for path in PICTURES.glob("*.svg"))
