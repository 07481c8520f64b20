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


def words(picture: Path) -> list[str]:
    """The words of a picture, without what differs from run to run."""
    found = re.findall(r"<text [^>]*>(.*?)</text>", picture.read_text(encoding="utf-8"))
    text = " ".join(html.unescape(text).replace("\xa0", " ") for text in found)
    text = re.sub(r"[0-9]+ (ms|s|min) ", "", text)  # how long ago, how long it took
    # A sparkline of nothing is as long as there were samples; base64 ends in =, ids and paths are long.
    said = [word for word in text.split() if not re.fullmatch("▁+", word)]
    return [word for word in said if not re.search(r"[0-9…=]", word) and len(word) < 16]


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
