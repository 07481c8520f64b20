"""Takes a picture of every screen, from real data on a throw-away embedded stack.

    python screenshots/take.py [--size 120x34]

Writes ``screenshots/NAME.svg`` (and ``NAME.png`` where ``rsvg-convert`` is installed), and prints the name of
each with the class of the screen it shows.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event

from secingest_tui.tui import scrub

scrub(os.environ)

from textual.events import Paste  # noqa: E402
from textual.pilot import Pilot  # noqa: E402
from textual.widgets import Button  # noqa: E402

from secingest_tui.app import SecingestApp  # noqa: E402
from secingest_tui.crypto.keyfile import KeyType  # noqa: E402
from secingest_tui.models.options import Options  # noqa: E402
from secingest_tui.paths import Home  # noqa: E402
from secingest_tui.screens.common.confirm import ConfirmScreen  # noqa: E402
from secingest_tui.screens.listing import ListScreen  # noqa: E402
from secingest_tui.screens.replication.screen import ReplicationScreen  # noqa: E402
from secingest_tui.services.ingest.plan import IngestRequest  # noqa: E402
from secingest_tui.services.ingest.run import Ingest  # noqa: E402
from secingest_tui.services.replication.worker import Worker  # noqa: E402
from secingest_tui.services.session import ScreenSession, open_session  # noqa: E402
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
FILES = "~/reports"
PASSPHRASE = "correct horse battery"  # noqa: S105 - of a key that is thrown away
PORTAL = ("2", "w", "enter", "=local-de", "enter", "enter", "=portal", "enter")
UPLOAD = ("3", "@path", "ctrl+u", f"={FILES}/2024-Q4.pdf", "@tenant", "enter", "=customer42", "enter")
CLOSER = (
    (("0", "?"), "help"),
    (("colon",), "palette"),
    (("comma",), "settings"),
    (("K",), "keys"),
    (("4", "enter"), "object"),
)
"""What opens on top of a screen, and is left by Esc; ``=text`` is pasted, ``@id`` puts the focus there."""
FURTHER = (
    (("0", "o"), "outbox"),
    (("1", "p"), "probe-form"),
    (("1", "l", "c", "down", "tab", "enter"), "compare"),
    (("2", "n", "=nordic", "@residency", "=FI,SE"), "new-tenant"),
    (("2", "k"), "new-key"),
    (("2", "o", "=nordic", "@residency", "=FI,DE", "@quota", "=500GiB"), "onboard"),
    (("2", "o", "=nordic", "@residency", "=FI,DE", "@quota", "=500GiB", "@do", "enter", "a"), "fresh-keys"),
    (("2", "o", "down", "enter"), "checklist"),
    (("2", "l", "l"), "at-providers"),
    (("2", "l", "l", "u", "=500GiB"), "quota"),
    (PORTAL, "connect"),
    ((*PORTAL, "@do", "enter"), ""),
    (("2", "m", "=local-de", "enter"), "paste"),
    (("3", "f12"), "unfinished"),
    (("4", "w"), "narrow"),
    (("4", "y"), "policy"),
    (("4", "d"), "confirm"),
    (("4", "b"), "register-many"),
    (("4", "n", "down", "enter", "enter", "enter"), "location"),
    (("4", "n", "down", "enter", "enter", "down", "enter"), "register"),
    (("4", "n", "down", "enter", "enter", "down", *("enter",) * 5, "tab", "tab", "enter"), "payload"),
    (("4", "p"), "choose"),
    (("4", "enter", "v"), "value"),
    (("4", "o", "ctrl+u", f"={FILES}/restored.pdf"), "restore"),
    (("4", "o", "ctrl+u", f"={FILES}/restored.pdf", "enter"), "passphrase"),
    (("5", "enter"), "job"),
    (("6", "enter"), "snapshot"),
    (("6", "g"), "findings"),
    (("6", "s"), "search"),
    (("6", "n", "enter"), "take-snapshot"),
    (("4", "comma", "enter"), "setting"),
    (("4", "K", "enter"), "another-key"),
    (("4", "ctrl+o"), "jump"),
    (("3", f"={FILES}", "f8"), "browse"),
    ((*UPLOAD, "f9"), "plan"),
    ((*UPLOAD, "f9", "enter"), "task"),
    (("4", "t"), "tasks"),
    (("4", "t", "l"), "log"),
)
"""The same, without a PNG; what has no name only leads to what comes after it."""


def fill(workspace: Workspace, folder: Path) -> None:
    """Two tenants, a key, some objects with replicas, and a snapshot."""
    workspace.keyring.create("customer42-k1", KeyType.RSA_3072, PASSPHRASE.encode(), signer_id="signer")
    create_tenant(workspace, "customer42", residency="FI,DE", replicas=2)
    create_tenant(workspace, "acme", residency="EU")
    reports = folder / "reports"
    reports.mkdir()
    for name, size in (("2024-Q3.pdf", 180_000), ("2024-Q4.pdf", 2_400_000), ("ledger.csv", 51_000_000)):
        path = reports / name
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
    """Wait until nothing is being read or done, and until what a screen listens to has said something."""
    app = pilot.app
    assert isinstance(app, SecingestApp)
    for _ in range(2400):
        await pilot.pause(0.05)
        read = all(worker.is_finished for worker in app.workers)
        screen = app.screen
        listens = isinstance(screen, ReplicationScreen) and screen.waiting
        if read and not listens and heard(app):
            break
    else:
        raise SystemExit(f"the screen {app.screen!r} was still reading after two minutes")
    await pilot.pause()


def heard(app: SecingestApp) -> bool:
    """Every task has ended, and the screens know it."""
    if app.feed is None:
        return True
    tasks = app.session.jobs_service.tasks()
    return all(task.phase.ended and app.feed.get(task.id) == task for task in tasks)


async def act(pilot: Pilot[int], key: str) -> None:
    if key.startswith("="):
        assert pilot.app.focused is not None
        pilot.app.focused.post_message(Paste(key[1:]))
    elif key.startswith("@"):
        pilot.app.screen.query_one("#" + key[1:]).focus()
    else:
        await pilot.press(key)
    await settle(pilot)


async def take(home: Home, width: int, height: int, save: Callable[[SecingestApp, str, bool], None]) -> None:
    gate, told = Event(), Event()

    def opened(report: Callable[[str], None]) -> ScreenSession:
        """As in the application, but not before the first picture."""

        def held(text: str) -> None:
            report(text)
            told.set()
            gate.wait()

        return open_session(held, home)

    app = SecingestApp(opened, Options())
    async with app.run_test(size=(width, height)) as pilot:
        try:
            while not told.is_set():
                await pilot.pause(0.05)
            await pilot.pause()
            save(app, "start", False)
        finally:
            gate.set()
        while app.session_or_none is None:
            await pilot.pause(0.05)
        await settle(pilot)
        for key, name in SCREENS:
            await pilot.press("escape")
            await act(pilot, key)
            save(app, name, True)
        for closer, as_png in ((CLOSER, True), (FURTHER, False)):
            for keys, name in closer:
                for key in keys:
                    await act(pilot, key)
                if name:
                    save(app, name, as_png)
                await leave(pilot)
        await pilot.resize_terminal(50, 15)
        await settle(pilot)
        save(app, "too-small", False)


async def leave(pilot: Pilot[int]) -> None:
    """Back to a main screen, and to its first list."""
    for _ in range(4):
        await pilot.press("escape")
        await settle(pilot)
        if isinstance(pilot.app.screen, ConfirmScreen):  # what was typed is lost: yes
            pilot.app.screen.query_one("#yes", Button).press()
            await settle(pilot)
    screen = pilot.app.screen
    while isinstance(screen, ListScreen) and screen.view is not screen._views[0]:
        await pilot.press("l")
        await settle(pilot)


def save(app: SecingestApp, picture: Path, png: bool) -> None:
    for field in app.screen.query(Field):
        field.cursor_blink = False  # a picture must not depend on the moment
        field._cursor_visible = True
    # Without the attribute, renderers of SVG drop the blanks at the ends of a piece of text.
    drawn = app.export_screenshot(title="secingest").replace("<text ", '<text xml:space="preserve" ')
    picture.write_text(drawn, encoding="utf-8")
    if png and shutil.which("rsvg-convert"):
        image = picture.with_suffix(".png")
        subprocess.run(["rsvg-convert", "-o", image, picture], check=True)
        sign(image, picture)


def sign(image: Path, picture: Path) -> None:
    """Write into the PNG of which SVG it was made, as a text chunk (PNG, section 11.3.3): a test looks there."""
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()
    chunk = f"tEXtsvg-sha256\0{digest}".encode()
    whole = image.read_bytes()
    after_header = 8 + 25  # the signature, and IHDR
    made = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    image.write_bytes(whole[:after_header] + made + whole[after_header:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="120x34", help="columns x rows")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write into")
    parser.add_argument("--svg-only", action="store_true", help="write no PNG")
    parser.add_argument(
        "--png", action="store_true", help="write a PNG of each, not only of what README shows"
    )
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")

    def taken(app: SecingestApp, name: str, png: bool) -> None:
        save(app, asked.out / f"{name}.svg", (png or asked.png) and not asked.svg_only)
        print(name, type(app.screen).__name__, flush=True)  # noqa: T201

    with tempfile.TemporaryDirectory(prefix="secingest-screenshots-") as folder:
        os.environ["HOME"] = folder
        home = Home(Path(folder) / "home")
        with closing(Workspace(home)) as workspace:
            fill(workspace, Path(folder))
        asyncio.run(take(home, width, height, taken))


if __name__ == "__main__":
    main()
