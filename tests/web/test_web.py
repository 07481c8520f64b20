"""``secingest web`` in headless Chromium: it works, for one browser, and asks nobody else anything."""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from secingest_tui.paths import Home
from tests.rigs import homes
from tests.rigs.browser import browser

HOSTS = {"127.0.0.1"}


@dataclass
class Served:
    """A running ``secingest web``."""

    address: str
    port: int
    process: subprocess.Popen[str]

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(
            "GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

    def let_in(self) -> str:
        """Use the token; answers the cookie."""
        parts = urlsplit(self.address)
        status, headers, _ = self.get(f"{parts.path}?{parts.query}")
        assert status == 303
        return headers["set-cookie"].partition(";")[0]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = Home(tmp_path / "home")
    process = subprocess.Popen(
        [sys.executable, "-m", "secingest_tui", "web", "--port", str(port)],
        env={**os.environ, "SECINGEST_HOME": str(home.root)}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + (process.stderr.read() if process.poll() is not None else "")
        yield Served(found.group(), port, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        homes.clear(home)


def test_the_screens_work_in_a_browser_and_no_request_leaves_loopback(served: Served, tmp_path: Path) -> None:
    async def look() -> None:
        async with browser() as page:
            await page.open(served.address)
            await page.shows("All is ready")
            await page.press("2")
            await page.shows("registers the first one")
            await page.press("n")
            await page.shows("New tenant")
            await page.press("acme")
            await page.shows("acme")
            assert await page.evaluate("document.body.classList.contains('-first-byte')")
            assert await page.evaluate("document.querySelectorAll('canvas, .xterm-rows').length") > 0
            assert await page.evaluate("location.search") == ""
            assert await page.evaluate("document.cookie") == ""
            assert await page.evaluate(
                "document.fonts.load('16px \"Roboto Mono\"').then(fonts => fonts.length > 0)"
            )
            # What a page that was taken over could try is refused by the policy.
            assert (
                await page.evaluate("fetch('http://127.0.0.2:9/').then(() => 'sent', error => 'refused')")
                == "refused"
            )
            assert len(page.requests) >= 4
            assert {urlsplit(url).hostname for url in page.requests if url[:5] != "data:"} <= {
                *HOSTS,
                "127.0.0.2",
            }
            assert [text for text in page.problems if "127.0.0.2" not in text] == []

    asyncio.run(look())


def test_keys_that_browsers_know_are_ours(served: Served) -> None:
    """F5 would load the page anew, F12 open the tools, F1 the help, Ctrl+P and Ctrl+O a dialog."""

    async def look() -> None:
        async with browser() as page:
            await page.open(served.address)
            await page.shows("All is ready")
            await page.evaluate("window.mark = 'the same page'")
            for name, code, control, shown in (
                ("F5", 116, False, "Nothing is recorded yet"),
                ("p", 80, True, "Commands and objects"),
                ("Escape", 27, False, ""),
                ("F4", 115, False, "File or folder"),
                ("F12", 123, False, "interrupted"),
                ("Escape", 27, False, ""),
                ("F1", 112, False, "Help"),
                ("Escape", 27, False, ""),
                ("F10", 121, False, "All is ready"),
            ):
                assert await page.key(name, code, control=control), f"{name} is left to the browser"
                await page.shows(shown)
            assert await page.evaluate("window.mark") == "the same page"

    asyncio.run(look())


def test_copying_reaches_the_clipboard_or_shows_the_text(served: Served, tmp_path: Path) -> None:
    """``c`` in the details sends OSC 52; the page's own script takes it from there."""

    async def look() -> None:
        async with browser() as page:
            await page.call(
                "Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"]
            )
            await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
            await page.open(served.address)
            await page.shows("All is ready")
            await page.press("2")
            await page.shows("registers the first one")
            await page.press("n")
            await page.shows("New tenant")
            await page.press("acme")
            for _ in range(3):
                await page.press("\r")
            await page.shows("Tenant acme is registered")
            await page.press("c")
            await page.shows("sent to the terminal")
            copied = await page.evaluate("navigator.clipboard.readText()")
            assert copied
            assert copied in page.text
            await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
            await page.press("c")
            shown = (
                "document.getElementById('copied').open && document.querySelector('#copied textarea').value"
            )
            async with asyncio.timeout(120):
                while (found := await page.evaluate(shown)) != copied:
                    await asyncio.sleep(0.05)
            assert found == copied

    asyncio.run(look())


def test_the_address_works_once_and_nothing_works_without_it(served: Served) -> None:
    for path in ("/", "/ws", "/copy.js", "/static/js/textual.js", "/?token=", "/?token=wrong"):
        assert served.get(path)[0] == 403, path
    cookie = served.let_in()
    parts = urlsplit(served.address)
    assert served.get(f"/?{parts.query}")[0] == 403
    status, headers, body = served.get("/", Cookie=cookie)
    assert status == 200
    assert "script-src 'self'" in headers["content-security-policy"]
    assert not re.findall(r'(?:src|href)="https?://(?!127\.0\.0\.1)', body)
    assert served.get("/static/js/textual.js", Cookie=cookie)[0] == 200
    assert served.get("/static/", Cookie=cookie)[0] == 403


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1:1"])
def test_another_name_for_this_machine_is_refused(served: Served, host: str) -> None:
    cookie = served.let_in()
    assert served.get("/", Cookie=cookie, Host=host)[0] == 403


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "https://127.0.0.1.evil.example"])
def test_another_site_cannot_drive_the_terminal(served: Served, origin: str | None) -> None:
    cookie = served.let_in()
    upgrade = {
        "Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Cookie": cookie,
    }  # fmt: skip
    given = {} if origin is None else {"Origin": origin}
    assert served.get("/ws", **upgrade, **given)[0] == 403


def test_it_refuses_to_be_reachable_without_tls() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "secingest_tui", "web", "--host", "0.0.0.0"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--public-url https://" in done.stderr
