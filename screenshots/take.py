"""Takes a picture of every screen, from real data on a throw-away embedded stack.

    python screenshots/take.py [--size 120x34]

Writes ``screenshots/NAME.svg`` (and ``NAME.png`` where ``rsvg-convert`` is installed).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from secingest_tui.tui import scrub

scrub(os.environ)

from textual.pilot import Pilot  # noqa: E402

from secingest_tui.app import SecingestApp  # noqa: E402
from secingest_tui.crypto.keyfile import KeyType  # noqa: E402
from secingest_tui.models.options import Options  # noqa: E402
from secingest_tui.paths import Home  # noqa: E402
from secingest_tui.screens.listing import ListScreen  # noqa: E402
from secingest_tui.screens.replication.screen import ReplicationScreen  # noqa: E402
from secingest_tui.services.ingest.plan import IngestRequest  # noqa: E402
from secingest_tui.services.ingest.run import Ingest  # noqa: E402
from secingest_tui.services.replication.worker import Worker  # noqa: E402
from secingest_tui.services.session import ScreenSession  # noqa: E402
from secingest_tui.services.snapshots import take_snapshot  # noqa: E402
from secingest_tui.services.tenants import create_tenant  # noqa: E402
from secingest_tui.services.workspace import Workspace  # noqa: E402
from secingest_tui.widgets.field import Field  # noqa: E402

HERE = Path(__file__).parent
SCREENS = (
    ("0", "home"),
    ("1", "discovery"),
    ("2", "provisioning"),
    ("3", "upload"),
    ("4", "metadata"),
    ("5", "replication"),
    ("6", "snapshots"),
)
CLOSER = (
    (("0", "?"), "help"),
    (("colon",), "palette"),
    (("comma",), "settings"),
    (("K",), "keys"),
    (("4", "enter"), "object"),
)
"""What opens on top of a screen, and is left by Esc."""
FURTHER = (
    (("0", "o"), "outbox"),
    (("1", "p"), "probe-form"),
    (("1", "l", "c", "down", "tab", "enter"), "compare"),
    (("2", "l", "l"), "at-providers"),
    (("2", "n"), "new-tenant"),
    (("2", "k"), "new-key"),
    (("2", "w"), "connect"),
    (("2", "o"), "onboard"),
    (("3", "f12"), "unfinished"),
    (("4", "w"), "narrow"),
    (("4", "y"), "policy"),
    (("4", "d"), "confirm"),
    (("4", "b"), "register-many"),
    (("4", "n", "down", "enter", "enter", "enter"), "location"),
    (("4", "n", "down", "enter", "enter", "down", "enter"), "register"),
    (("4", "p"), "choose"),
    (("4", "enter", "v"), "value"),
    (("5", "enter"), "job"),
    (("6", "enter"), "snapshot"),
    (("6", "g"), "findings"),
    (("6", "s"), "search"),
    (("6", "n", "enter"), "take-snapshot"),
    (("4", "t"), "tasks"),
    (("4", "comma", "enter"), "setting"),
    (("4", "K", "enter"), "another-key"),
    (("4", "ctrl+o"), "jump"),
)
"""The same, without a PNG."""


def fill(workspace: Workspace, folder: Path) -> None:
    """Two tenants, a key, some objects with replicas, and a snapshot."""
    workspace.keyring.create("customer42-k1", KeyType.RSA_3072, None, signer_id="signer")
    create_tenant(workspace, "customer42", residency="FI,DE", replicas=2)
    create_tenant(workspace, "acme", residency="EU")
    for name, size in (("2024-Q3.pdf", 180_000), ("2024-Q4.pdf", 2_400_000), ("ledger.csv", 51_000_000)):
        path = folder / name
        path.write_bytes(bytes(size))  # the same each time
        request = IngestRequest(
            paths=(str(path),),
            tenant="customer42",
            backend="local-fi",
            object_key=f"customer42/reports/{name}",
            version="v1",
            targets=("local-de",),
        )
        Ingest(workspace, request).run()
    Worker(workspace, "customer42").run(once=True)
    take_snapshot(workspace, "customer42", "local-de")


async def settle(pilot: Pilot[int]) -> None:
    """Wait until nothing is being read, and until what a screen listens to has said something."""
    for _ in range(1200):
        await pilot.pause(0.05)
        read = all(worker.is_finished for worker in pilot.app.workers)
        screen = pilot.app.screen
        if read and not (isinstance(screen, ReplicationScreen) and screen.waiting):
            break
    else:
        raise SystemExit(f"the screen {pilot.app.screen!r} was still reading after a minute")
    await pilot.pause()


async def take(session: ScreenSession, width: int, height: int, out: Path, png: bool) -> None:
    app = SecingestApp(lambda report: session, Options())
    async with app.run_test(size=(width, height)) as pilot:
        await settle(pilot)
        for key, name in SCREENS:
            await pilot.press("escape")
            await pilot.press(key)
            await settle(pilot)
            save(app, out, name, png)
        for closer, as_png in ((CLOSER, png), (FURTHER, False)):
            for keys, name in closer:
                for key in keys:
                    await pilot.press(key)
                    await settle(pilot)
                save(app, out, name, as_png)
                await leave(pilot)


async def leave(pilot: Pilot[int]) -> None:
    """Back to a main screen, and to its first list."""
    for _ in range(4):
        await pilot.press("escape")
        await settle(pilot)
    screen = pilot.app.screen
    while isinstance(screen, ListScreen) and screen.view is not screen._views[0]:
        await pilot.press("l")
        await settle(pilot)


def save(app: SecingestApp, out: Path, name: str, png: bool) -> None:
    svg = out / f"{name}.svg"
    for field in app.screen.query(Field):
        field.cursor_blink = False  # a picture must not depend on the moment
        field._cursor_visible = True
    # Without the attribute, renderers of SVG drop the blanks at the ends of a piece of text.
    picture = app.export_screenshot(title="secingest").replace("<text ", '<text xml:space="preserve" ')
    svg.write_text(picture, encoding="utf-8")
    if png and shutil.which("rsvg-convert"):
        subprocess.run(["rsvg-convert", "-o", svg.with_suffix(".png"), svg], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="120x34", help="columns x rows")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into")
    parser.add_argument("--svg-only", action="store_true", help="write no PNG")
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    with tempfile.TemporaryDirectory(prefix="secingest-screenshots-") as folder:
        workspace = Workspace(Home(Path(folder) / "home"))
        session = ScreenSession(workspace)
        fill(workspace, Path(folder))
        asyncio.run(take(session, width, height, asked.out, not asked.svg_only))
        session.close()


if __name__ == "__main__":
    main()
