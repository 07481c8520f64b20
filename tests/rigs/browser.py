"""Debian's Chromium without a window, driven over its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pyte

CHROMIUM = "/usr/bin/chromium"
TIMEOUT = 120.0
COLUMNS, ROWS = 300, 100
"""Larger than any window here: pyte must not wrap what the browser's terminal does not."""


class Browser:
    """One page; every request it makes, and what its terminal shows, is kept."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.requests: list[str] = []
        self.problems: list[str] = []
        """What the page was refused by its content security policy, or complained of."""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._session = ""

    @property
    def text(self) -> str:
        """The terminal's text, from the bytes that the page was sent."""
        return "\n".join(self._screen.display)

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._socket.send_json(message)
        return await asyncio.wait_for(answer, TIMEOUT)

    async def listen(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said.get("result", said))
            else:
                self._heard(said["method"], said["params"])

    def _heard(self, method: str, about: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(about["url"])
        elif method == "Network.webSocketFrameReceived" and about["response"]["opcode"] == 2:
            self._stream.feed(base64.b64decode(about["response"]["payloadData"]))
        elif method == "Log.entryAdded" and about["entry"]["level"] == "error":
            self.problems.append(about["entry"]["text"])

    async def attach(self) -> None:
        target = await self.call("Target.createTarget", url="about:blank")
        attached = await self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self.call(domain + ".enable")

    async def open(self, url: str) -> None:
        await self.call("Page.navigate", url=url)

    async def evaluate(self, code: str) -> Any:
        answer = await self.call("Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True)
        return answer["result"].get("value")

    async def press(self, text: str) -> None:
        await self.evaluate("document.querySelector('textarea').focus()")
        for character in text:
            await self.call("Input.dispatchKeyEvent", type="keyDown", text=character, key=character)
            await self.call("Input.dispatchKeyEvent", type="keyUp", key=character)

    async def key(self, name: str, code: int, *, control: bool = False) -> bool:
        """Press a key that types nothing; whether the page kept it, so that the browser does nothing with it.

        The events go to the page as a person's do, not to the browser's window: Ctrl+W and its like, which
        no page is asked about, cannot be tried so.
        """
        await self.evaluate(
            "document.querySelector('textarea').focus();"
            "addEventListener('keydown', event => { window.pressed = event }, {capture: true, once: true})"
        )
        about = {"key": name, "windowsVirtualKeyCode": code, "modifiers": 2 if control else 0}
        about["code"] = f"Key{name.upper()}" if len(name) == 1 else name
        await self.call("Input.dispatchKeyEvent", type="rawKeyDown", **about)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **about)
        return bool(await self.evaluate("window.pressed.defaultPrevented"))

    async def until(self, condition: Callable[[], object], what: str) -> None:
        async with asyncio.timeout(TIMEOUT):
            while not condition():
                await asyncio.sleep(0.05)
        assert condition(), what

    async def shows(self, text: str) -> None:
        try:
            await self.until(lambda: text in self.text, text)
        except TimeoutError:
            raise AssertionError(f"waited for {text!r}; the terminal shows:\n{self.text.strip()}") from None


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """A fresh profile; nothing but what the page asks for goes over the network."""
    with tempfile.TemporaryDirectory(prefix="secingest-chromium-", ignore_cleanup_errors=True) as folder:
        argv = [
            CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
            "--disable-dev-shm-usage", "--remote-debugging-port=0", "--window-size=1000,600",
            f"--user-data-dir={folder}",
        ]  # fmt: skip
        process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            port = Path(folder) / "DevToolsActivePort"
            async with asyncio.timeout(TIMEOUT):
                while not (port.exists() and len(lines := port.read_text().split()) == 2):
                    assert process.poll() is None, "chromium ended"
                    await asyncio.sleep(0.05)
            async with aiohttp.ClientSession() as session:
                url = f"ws://127.0.0.1:{lines[0]}{lines[1]}"
                async with session.ws_connect(url, max_msg_size=0) as socket:
                    page = Browser(socket)
                    listener = asyncio.create_task(page.listen())
                    await page.attach()
                    yield page
                    listener.cancel()
        finally:
            process.terminate()
            process.wait(20)
