"""The pictures in ``screenshots/`` show the application as it is now, on the same real data."""

from __future__ import annotations

import html
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def texts(picture: Path) -> list[str]:
    """The words of a picture, without what differs from run to run."""
    found = re.findall(r"<text [^>]*>(.*?)</text>", picture.read_text(encoding="utf-8"))
    words = " ".join(html.unescape(text).replace("\xa0", " ") for text in found).split()
    # A sparkline of nothing is as long as there were samples.
    words = [word for word in words if not re.fullmatch("▁+", word)]
    return [word for word in words if not re.search(r"[0-9…]", word) and len(word) < 24]


def test_the_pictures_are_current(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(ROOT / "screenshots" / "take.py"), "--out", str(tmp_path), "--svg-only"],
        check=True, timeout=240, capture_output=True, cwd=ROOT,
    )  # fmt: skip
    made = {path.name for path in tmp_path.glob("*.svg")}
    assert made == {path.name for path in (ROOT / "screenshots").glob("*.svg")}
    stale = [name for name in sorted(made) if texts(tmp_path / name) != texts(ROOT / "screenshots" / name)]
    assert not stale, f"run make screenshots and look at them: {stale}"
